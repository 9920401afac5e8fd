"""A whole set of EBA templates, written from the field list, reads by itself."""

import csv
import datetime
import json
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from deals.tapes.engine.check import Request, check_file
from deals.tapes.files.limits import WEB
from tests.deals.tapes.corpus import put, workbook

HERE = Path(__file__).parent
SHEETS = ("Counterparty", "Loan", "PropertyCollateral", "NonPropertyCollateral", "Enforcement")
CHOICES = json.loads((HERE / "eba_npl_choices.json").read_text("utf-8"))
FIELDS = [
    row
    for row in csv.DictReader((HERE / "eba_npl_fields.csv").read_text("utf-8").splitlines())
    if row["template"] in SHEETS and row["status_2023_2083"] in {"mandatory", "recommended"}
]
SET = {
    "counterparty_identifier": "CP1",
    "name_of_counterparty": "Esempio S.r.l.",
    "country_of_registered_location": "IT",
    "loan_identifier": "EL1",
    "protection_identifier": "P1",
    "property_country": "IT",
    "loan_currency": "EUR",
    "principal_balance": "100000.00",
    "accrued_interest_balance_on_book": "2000.00",
    "other_balances": "500.00",
    "legal_balance": "102500.00",
    "days_in_pastdue": "547",
    "date_of_default": "2022-12-31",
    "date_of_origination": "2015-06-01",
    "latest_valuation_amount": "150000.00",
    "date_of_latest_valuation": "2024-03-31",
    "lien_position": "1",
    "higher_ranking_loan": "0",
    "current_interest_rate": "0.035",
    "name_of_insolvency_or_restructuring_proceedings": "",
    "number_of_failed_auctions": "1",
    "last_auction_date": "2024-02-01",
    "date_of_initiation_of_legal_proceedings": "2023-05-01",
    "loan_legal_status": "(b) legal proceedings",
    "asset_class": "(a) Residential real estate",
    "type_of_property": "(d) Residential",
    "collateral_type": "(e) Industrial equipment",
}


def value(field):
    """A value of the field's type, or the one that this set is about."""
    if field["field"] in SET:
        return SET[field["field"]]
    if field["choices"]:
        return CHOICES[field["choices"]][0][1]
    return {
        "Date": "2024-01-31",
        "Boolean": "false",
        "Float": "1.00",
        "BigInteger": "1",
        "Integer": "1",
    }.get(field["type"], "text")


def template_set(**changes):
    def fill(book):
        for sheet in SHEETS:
            fields = [field for field in FIELDS if field["template"] == sheet]
            row = [changes.get(field["field"], value(field)) for field in fields]
            if sheet == "NonPropertyCollateral":
                row = [
                    "P2" if field["field"] == "protection_identifier" else cell
                    for field, cell in zip(fields, row, strict=True)
                ]
            put(book.add_worksheet(sheet), [[field["field"] for field in fields], row])

    return workbook(fill)


def checked(data, tmp_path, rates=None):
    path = tmp_path / "eba.xlsx"
    path.write_bytes(data)
    request = Request(
        path,
        "eba.xlsx",
        WEB,
        cutoff=datetime.date(2024, 6, 30),
        rates={"EUR": Decimal("7.8")} if rates is None else rates,
        parquet=tmp_path / "eba.parquet",
    )
    return check_file(request)


def test_the_field_list_is_whole():
    assert {field["template"] for field in FIELDS} == set(SHEETS)
    assert len(FIELDS) > 90


def test_a_complete_set_maps_itself(tmp_path):
    report = checked(template_set(), tmp_path)
    frame = pl.read_parquet(tmp_path / "eba.parquet")
    home = frame.row(0, named=True)

    assert report["verdict"] == "accept with warnings", report["message"]
    assert report["rows"] == 1
    assert frame.height == 2
    assert home["loan_id"] == "EL1"
    assert home["borrower_name"] == "Esempio S.r.l."
    assert home["province"] == "IT"
    assert home["unpaid_principal"] == Decimal("780000.00")
    assert home["total_claim"] == Decimal("799500.00")
    assert home["product"] == "residential_mortgage"
    assert home["legal_stage"] == "auction_2"
    assert frame["collateral_type"].to_list() == ["residential", "equipment"]
    assert frame["appraised_value"][0] == Decimal("1170000.00")


def test_a_foreign_set_without_a_rate_is_refused(tmp_path):
    report = checked(template_set(), tmp_path, rates={})

    assert "currency_without_rate" in {kind["rule"] for kind in report["kinds"]}


@pytest.mark.parametrize("code", ["5", "f", "(f)", "(f) Credit card"])
def test_codes_are_read_as_number_letter_or_words(code, tmp_path):
    checked(template_set(asset_class=code), tmp_path)

    assert pl.read_parquet(tmp_path / "eba.parquet")["product"][0] == "credit_card"


def test_a_class_that_has_no_place_here_is_refused_by_name(tmp_path):
    report = checked(template_set(asset_class="(h) Other"), tmp_path)

    assert ("unknown_code", "product") in {
        (kind["rule"], kind["column"]) for kind in report["kinds"]
    }
