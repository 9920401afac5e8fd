"""The loans of an accepted tape: pages of a grid, one loan with its collateral, exports.

A tape never changes, so what is read of it may be kept: each process holds the grid of the tapes
it showed last, and the order of rows under the questions it was asked last.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from analytics.tape import BY_NAME, COLUMNS
from analytics.tape.descriptors import STRATA, band_of, loans_of
from analytics.tape.divisions import name_of

__all__ = ["NOT_TOLD", "SHOWN", "SORTED", "STRATA"]
SHOWN = (
    "loan_id",
    "borrower_id",
    "borrower_name",
    "province",
    "city_name",
    "asset_type",
    "product",
    "risk_class",
    "legal_stage",
    "default_date",
    "unpaid_principal",
    "total_claim",
    "value",
    "ltv",
)
SORTED = (
    "loan_id",
    "borrower_id",
    "province",
    "product",
    "legal_stage",
    "default_date",
    "unpaid_principal",
    "total_claim",
    "value",
    "ltv",
)
_SEARCHED = ("loan_id", "borrower_id", "court", "guarantor")
_OF_LIEN = {
    "lien_rank",
    "prior_lien_amount",
    "max_claim_amount",
    "registration",
    "seizure_rank",
    "occupied",
    "leased",
    "valuation_basis",
    "valuation_method",
}
_NAMES = ("borrower_name", "guarantor")
NOT_TOLD = "-"
Row = dict[str, Any]


@dataclass(frozen=True)
class LoanQuery:
    """What is asked of the grid. `filters` pairs a stratification with one of its keys."""

    sort: str = ""
    is_descending: bool = False
    filters: tuple[tuple[str, str], ...] = ()
    search: str = ""
    masks_names: bool = True


@dataclass(frozen=True)
class LoanPage:
    """One page of the grid and how much there is in all."""

    rows: Sequence[Row]
    total: int
    claim: float


def answers(path: Path, cutoff: dt.date, query: LoanQuery) -> tuple[int, float]:
    """Count the loans that answer a query, and add up their claim, CNY."""
    order, claim = _order(path, cutoff, query)
    return len(order), claim


def loan_page(path: Path, cutoff: dt.date, query: LoanQuery, *, begin: int, size: int) -> LoanPage:
    """Give `size` loans from position `begin` of the grid under a query."""
    grid = _grid(path, cutoff)
    order, claim = _order(path, cutoff, query)
    rows = grid[order.slice(begin, size)].select(SHOWN).to_dicts() if len(order) else []
    return LoanPage([_shown(row, masks_names=query.masks_names) for row in rows], len(order), claim)


def export_frame(path: Path, cutoff: dt.date, query: LoanQuery) -> pl.DataFrame:
    """Give all rows of the tape whose loans answer a query, in the tape's own columns."""
    grid = _grid(path, cutoff)
    order, _ = _order(path, cutoff, query)
    wanted = grid[order].select("loan_id").with_row_index("position") if len(order) else None
    frame = pl.read_parquet(path)
    if wanted is None:
        return frame.clear()
    chosen = wanted.join(frame, on="loan_id", how="left", maintain_order="left").drop("position")
    chosen = chosen.select(frame.columns)
    if query.masks_names:
        chosen = chosen.with_columns(
            [pl.col(name).map_elements(mask_name, return_dtype=pl.String) for name in _NAMES]
        )
    return chosen


def loan_rows(path: Path, loan_id: str) -> list[Row]:
    """Give the rows of one loan, one per collateral; empty when there is none of that number."""
    return pl.scan_parquet(path).filter(pl.col("loan_id") == loan_id).collect().to_dicts()


def loans_of_borrower(path: Path, cutoff: dt.date, borrower_id: str) -> list[Row]:
    """Give the loans of one borrower as the grid shows them."""
    grid = _grid(path, cutoff)
    return grid.filter(pl.col("borrower_id") == borrower_id).select(SHOWN).head(200).to_dicts()


def loans_on_collateral(path: Path, collateral_id: str) -> list[str]:
    """Give the numbers of all loans that share a collateral."""
    found = pl.scan_parquet(path).filter(pl.col("collateral_id") == collateral_id)
    return (
        found.select(pl.col("loan_id").unique(maintain_order=True)).collect()["loan_id"].to_list()
    )


def mask_name(name: str | None) -> str | None:
    """Leave the first sign of a borrower's name: for those who do not work with single loans."""
    return name if name is None else name[:1] + "＊" * min(max(len(name) - 1, 1), 3)


@lru_cache(maxsize=3)
def _grid(path: Path, cutoff: dt.date) -> pl.DataFrame:
    """One row per loan with what the grid shows, is searched by, and is filtered by."""
    sources = [
        *(name for name in SHOWN if name in BY_NAME or name == "city_name"),
        "collateral_id", "collateral_type", "registration", "industry", "appraised_value", "court", "guarantor",
    ]  # fmt: skip
    frame = pl.read_parquet(path, columns=list(dict.fromkeys(sources)))
    loans = loans_of(frame, cutoff)
    bands = [band_of(loans, name).alias(f"is_{name}") for name in STRATA]
    return loans.with_columns(bands)


@lru_cache(maxsize=64)
def _order(path: Path, cutoff: dt.date, query: LoanQuery) -> tuple[pl.Series, float]:
    """Positions in the grid of the loans that answer a query, in its order; and their claim, CNY."""
    grid = _grid(path, cutoff).with_row_index("at").lazy()
    for name, key in query.filters:
        column = pl.col(f"is_{name}")
        grid = grid.filter(column.is_null() if key == NOT_TOLD else column == key)
    if query.search:
        searched = list(_SEARCHED[:3]) if query.masks_names else [*_SEARCHED, "borrower_name"]
        hits = [pl.col(name).str.contains(query.search, literal=True) for name in searched]
        grid = grid.filter(pl.any_horizontal(hits))
    if query.sort:
        grid = grid.sort(
            query.sort, descending=query.is_descending, nulls_last=True, maintain_order=True
        )
    found = grid.select("at", "claim").collect()
    return found["at"], float(found["claim"].sum())


def _shown(row: Row, *, masks_names: bool) -> Row:
    shown = dict(row)
    shown["province_name"] = name_of(row["province"]) if row["province"] else ""
    if masks_names:
        shown["borrower_name"] = mask_name(row["borrower_name"])
    return shown


@dataclass(frozen=True)
class LoanFact:
    """One value of a loan or a collateral, with its column; `kind` says how it is written."""

    column: str
    kind: str
    value: Any


def facts_of(row: Row, *, of_collateral: bool, masks_names: bool) -> list[LoanFact]:
    """Give the values that a row has, those of the loan or those of its collateral."""
    found = []
    for column in COLUMNS:
        is_collateral = column.of_collateral or column.name in _OF_LIEN
        value = row.get(column.name)
        if value is None or is_collateral is not of_collateral:
            continue
        if masks_names and column.name in _NAMES:
            value = mask_name(value)
        found.append(LoanFact(column.name, str(column.kind), value))
    return found
