"""The EBA NPL transaction templates: linked sheets joined into one table of the dictionary.

One workbook with the sheets Counterparty, Loan, PropertyCollateral, NonPropertyCollateral,
Enforcement, their fields as headers. Codes are read as number, letter or words. Source: Commission
Implementing Regulation (EU) 2023/2083, annex I; the numbers beside the fields are its references.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import polars as pl

from deals.tapes.files.header import clean
from deals.tapes.files.table import Grid, Source, note

_HEAD_ROWS = 12
_LOAN = {
    "loan_identifier": "loan_id",  # 3.01
    "counterparty_identifier": "borrower_id",  # 2.00
    "date_of_origination": "origination_date",  # 3.02
    "loan_currency": "currency",  # 3.08
    "principal_balance": "unpaid_principal",  # 3.09
    "accrued_interest_balance_on_book": "accrued_interest",  # 3.10
    "other_balances": "other_fees",  # 3.11
    "legal_balance": "total_claim",  # 3.12
    "days_in_pastdue": "days_past_due",  # 3.13
    "current_interest_rate": "contract_rate",  # 3.14
    "date_of_default": "default_date",  # 3.23
    "date_of_initiation_of_legal_proceedings": "legal_stage_date",  # 3.25
    "jurisdiction_of_court": "court",  # 3.27
}
_COLLATERAL = {
    "protection_identifier": "collateral_id",  # 4.00
    "city_of_property": "collateral_city",  # 4.04
    "property_country": "collateral_province",  # 4.06
    "lien_position": "lien_rank",  # 4.09
    "higher_ranking_loan": "prior_lien_amount",  # 4.10
    "building_area_m2": "collateral_area_sqm",  # 4.13
    "latest_valuation_amount": "appraised_value",  # 4.19
    "date_of_latest_valuation": "appraisal_date",  # 4.20
}
_PRODUCTS = ["residential_mortgage", "corporate_loan", "corporate_loan", "auto_loan", "consumer_loan", "credit_card", "corporate_loan"]  # fmt: skip
_PROPERTIES = ["office", "shop", "factory", "residential", "other"]
_MOVABLES = ["vehicle", "vehicle", "other", "other", "equipment", "equipment", "equipment", "inventory", "other", "equity", "guarantee", "other", "other", "other"]  # fmt: skip
_CLASS_WORDS = ["residential real estate", "commercial real estate", "corporate", "automobile", "consumer", "credit card", "leasing", "other"]  # fmt: skip
_PROPERTY_WORDS = ["office", "retail", "industrial", "residential", "other"]
_STATUS_WORDS = [
    "out of court settlement",
    "legal proceedings",
    "no legal or 'out of court' action taken",
]
_TRUE = {"true", "1", "yes", "y"}
Row = dict[str, str]


def eba_grid(source: Source) -> Grid | None:
    """Join the templates of a workbook into one grid in the dictionary's columns; None if it is none."""
    sheets = {
        name: rows for grid in source.grids if (named := _template(grid)) for name, rows in [named]
    }
    if "Loan" not in sheets:
        return None
    counterparties = {
        row.get("counterparty_identifier", ""): row for row in sheets.get("Counterparty", [])
    }
    collateral = _by_loan(sheets)
    enforcement = {
        row.get("protection_identifier", ""): row for row in sheets.get("Enforcement", [])
    }
    found: list[Row] = []
    for loan in sheets["Loan"]:
        borrower = counterparties.get(loan.get("counterparty_identifier", ""), {})
        items = collateral.get(loan.get("loan_identifier", ""), [])
        found += _rows_of(loan, borrower, items, enforcement)
    return _grid(found) if found else None


def _template(grid: Grid) -> tuple[str, list[Row]] | None:
    """Name the template that a sheet is, with its rows by field; None for any other sheet."""
    for index, cells in enumerate(grid.frame.head(_HEAD_ROWS).iter_rows()):
        fields = [re.sub(r"[\s/-]+", "_", clean(cell).lower()) if cell else "" for cell in cells]
        name = _named(set(fields))
        if name:
            data = grid.frame.slice(index + 1)
            numbers = grid.numbers.slice(index + 1)
            rows = [
                {
                    field: cell.strip()
                    for field, cell in zip(fields, line, strict=True)
                    if field and cell and cell.strip()
                }
                | {"#": str(number)}
                for line, number in zip(data.iter_rows(), numbers, strict=True)
            ]
            return name, [row for row in rows if len(row) > 1]
    return None


def _named(fields: set[str]) -> str:
    if {"loan_identifier", "principal_balance"} <= fields:
        return "Loan"
    if {"counterparty_identifier", "name_of_counterparty"} <= fields:
        return "Counterparty"
    if "protection_identifier" in fields and "jurisdiction_of_court" in fields:
        return "Enforcement"
    if "protection_identifier" in fields:
        return "PropertyCollateral" if "type_of_property" in fields else "NonPropertyCollateral"
    return ""


def _by_loan(sheets: Mapping[str, list[Row]]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for name in ("PropertyCollateral", "NonPropertyCollateral"):
        for row in sheets.get(name, []):
            found.setdefault(row.get("loan_identifier", ""), []).append(row | {"sheet": name})
    return found


def _rows_of(
    loan: Row, borrower: Row, items: list[Row], enforcement: Mapping[str, Row]
) -> list[Row]:
    real = [item for item in items if _collateral_type(item) != "guarantee"]
    base = {ours: loan[theirs] for theirs, ours in _LOAN.items() if theirs in loan}
    base |= {
        "borrower_name": borrower.get("name_of_counterparty", ""),
        "city": borrower.get("city_of_registered_location", ""),
        "province": borrower.get("country_of_registered_location", ""),
        "industry": borrower.get("industry_segment", ""),
        "asset_type": "secured" if real else "guaranteed" if items else "unsecured",
        "product": _product(loan, borrower),
        "legal_stage": _stage(
            loan,
            borrower,
            [enforcement.get(item.get("protection_identifier", ""), {}) for item in real],
        ),
        "#": loan["#"],
    }
    if not real:
        return [base]
    return [base | _collateral(item, base["province"]) for item in real]


def _collateral(item: Row, country: str) -> Row:
    found = {ours: item[theirs] for theirs, ours in _COLLATERAL.items() if theirs in item}
    found["collateral_type"] = _collateral_type(item)
    found.setdefault("collateral_province", country)
    occupancy = _choice(item.get("type_of_occupancy", ""), ["owner-occupied", "rented", "other"])
    if occupancy is not None:
        found["occupied"], found["leased"] = (
            ("yes" if occupancy == 0 else "no"),
            ("yes" if occupancy == 1 else "no"),
        )
    return found


def _collateral_type(item: Row) -> str:
    if item["sheet"] == "PropertyCollateral":
        told = item.get("type_of_property", "")
        at = _choice(told, _PROPERTY_WORDS)
        return told if at is None else _PROPERTIES[at]
    told = item.get("collateral_type", "")
    at = _choice(told, [""] * len(_MOVABLES))
    return told if at is None else _MOVABLES[at]


def _product(loan: Row, borrower: Row) -> str:
    told = loan.get("asset_class", "")
    at = _choice(told, _CLASS_WORDS)
    if at is None or at >= len(_PRODUCTS):
        return told
    is_small = _choice(borrower.get("legal_type_of_counterparty", ""), []) == 0
    return "sme_loan" if at == 2 and is_small else _PRODUCTS[at]


def _stage(loan: Row, borrower: Row, acts: list[Row]) -> str:
    """Tell the legal stage from the loan's legal status and how far its enforcement has come."""
    if borrower.get("name_of_insolvency_or_restructuring_proceedings"):
        return "bankruptcy"
    status = _choice(loan.get("loan_legal_status", ""), _STATUS_WORDS)
    if status != 1:
        return {0: "settled", 2: "pre_litigation"}.get(
            -1 if status is None else status, loan.get("loan_legal_status", "")
        )
    if any(act.get("last_auction_date") for act in acts):
        return (
            "auction_2"
            if any(act.get("number_of_failed_auctions", "0") not in {"0", "0.0"} for act in acts)
            else "auction_1"
        )
    if any(act.get("date_of_court_appraisal") for act in acts):
        return "appraisal"
    is_enforced = any(act.get("indicator_of_enforcement", "").lower() in _TRUE for act in acts)
    return "enforcement" if is_enforced else "filed"


def _choice(text: str, words: list[str]) -> int | None:
    """Read a code: its number, its letter as "(c)", or its words; None when it is none of them."""
    lower = text.strip().lower()
    if re.match(r"^[0-9]{1,2}$", lower):
        return int(lower)
    if letter := re.match(r"^\(?([a-z])\)?(?:\s|$)", lower):
        return ord(letter[1]) - ord("a")
    return words.index(lower) if lower and lower in words else None


def _grid(rows: list[Row]) -> Grid:
    names = list(dict.fromkeys(name for row in rows for name in row if name != "#"))
    data: dict[str, list[Any]] = {
        f"c{at}": [name, *(row.get(name) or None for row in rows)] for at, name in enumerate(names)
    }
    countries = {row["province"] for row in rows if row.get("province")} | {
        row["collateral_province"] for row in rows if row.get("collateral_province")
    }
    known = {country: country for country in countries if re.match(r"^[A-Z]{2}$", country)}
    return Grid(
        frame=pl.DataFrame(data, schema=dict.fromkeys(data, pl.String)),
        numbers=pl.Series([1, *(int(row["#"]) for row in rows)], dtype=pl.Int32),
        letters=tuple(names),
        sheet="Loan",
        notes=(note("eba_templates", found=str(len(rows))),),
        is_workbook=True,
        words={"province": known, "collateral_province": known},
    )
