"""What changed between two versions of a tape, loan by loan; and values that stand beside a tape."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import polars as pl

from analytics.tape import BY_NAME, COLUMNS, Kind

_SHOWN = 200
_KEY = ["loan_id", "collateral_id"]


@dataclass(frozen=True)
class Change:
    """One value that differs; amounts and dates as text."""

    loan_id: str
    collateral_id: str
    column: str
    before: str
    after: str


@dataclass(frozen=True)
class Changes:
    """All that differs: loans that came and went, values that changed, totals of both versions."""

    added: Sequence[str]
    removed: Sequence[str]
    changed: Sequence[Change]
    n_added: int
    n_removed: int
    n_changed: int
    by_column: Sequence[tuple[str, int]]
    principal_before: Decimal
    principal_after: Decimal
    claim_before: Decimal
    claim_after: Decimal


def compare(before: Path, after: Path) -> Changes:
    """Compare two canonical files row by row, by loan and collateral."""
    old, new = pl.read_parquet(before), pl.read_parquet(after)
    gone = _only_in(old, new)
    come = _only_in(new, old)
    names = [column.name for column in COLUMNS if column.name not in _KEY]
    both = old.join(new, on=_KEY, how="inner", nulls_equal=True, suffix="_after")
    changed: list[Change] = []
    by_column: list[tuple[str, int]] = []
    for name in names:
        differs = both.filter(~pl.col(name).eq_missing(pl.col(f"{name}_after")))
        if not differs.height:
            continue
        by_column.append((name, differs.height))
        room = max(0, _SHOWN - len(changed))
        changed += [
            Change(
                row["loan_id"],
                row["collateral_id"] or "",
                name,
                _text(row[name]),
                _text(row[f"{name}_after"]),
            )
            for row in differs.head(room).iter_rows(named=True)
        ]
    return Changes(
        added=come[:_SHOWN],
        removed=gone[:_SHOWN],
        changed=changed,
        n_added=len(come),
        n_removed=len(gone),
        n_changed=sum(count for _, count in by_column),
        by_column=sorted(by_column, key=lambda pair: -pair[1]),
        principal_before=_total(old, "unpaid_principal"),
        principal_after=_total(new, "unpaid_principal"),
        claim_before=_total(old, "total_claim"),
        claim_after=_total(new, "total_claim"),
    )


def _only_in(one: pl.DataFrame, other: pl.DataFrame) -> list[str]:
    lone = one.join(other, on="loan_id", how="anti")
    return lone["loan_id"].unique(maintain_order=True).to_list()


def _total(frame: pl.DataFrame, column: str) -> Decimal:
    total = frame.unique("loan_id", keep="first")[column].sum()
    return total if isinstance(total, Decimal) else Decimal(0)


def _text(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:,.2f}" if isinstance(value, Decimal) else str(value)


def overridable() -> list[str]:
    """Columns of which a single value may be overridden: what an analyst can know better."""
    return [column.name for column in COLUMNS if column.kind in {Kind.MONEY, Kind.DATE, Kind.CODE, Kind.COUNT} and column.name not in {"currency", "industry"}]  # fmt: skip


def read_value(column: str, text: str) -> object:
    """Read an override's value as its column does. Raises ValueError when it is none."""
    found = BY_NAME[column]
    if found.kind is Kind.MONEY:
        amount = (
            Decimal(text)
            if text.replace(".", "", 1).isascii() and text.replace(".", "", 1).isdigit()
            else None
        )
        if amount is None or amount != amount.quantize(Decimal("0.01")):
            raise ValueError(text)
        return amount
    if found.kind is Kind.DATE:
        return dt.date.fromisoformat(text)
    if found.kind is Kind.COUNT and text.isascii() and text.isdigit():
        return int(text)
    if found.codes and text in found.codes:
        return text
    raise ValueError(text)


def value_of(path: Path, loan_id: str, collateral_id: str, column: str) -> str | None:
    """Give the tape's own value of a cell as text; None when there is no such row."""
    rows = pl.scan_parquet(path).filter(pl.col("loan_id") == loan_id)
    if collateral_id:
        rows = rows.filter(pl.col("collateral_id") == collateral_id)
    found = rows.select(column).collect()
    if not found.height:
        return None
    value = found[column][0]
    return "" if value is None else str(value)


def with_overrides(
    frame: pl.DataFrame, overrides: Sequence[tuple[str, str, str, str]]
) -> pl.DataFrame:
    """Lay approved overrides (loan, collateral or "", column, value) over a canonical frame.

    `total_claim` follows when one of its parts is overridden.
    """
    for loan_id, collateral_id, column, text in overrides:
        here = pl.col("loan_id") == loan_id
        if collateral_id:
            here &= pl.col("collateral_id") == collateral_id
        new = pl.lit(read_value(column, text)).cast(BY_NAME[column].dtype)
        old = pl.col(column)
        frame = frame.with_columns(pl.when(here).then(new).otherwise(old).alias(column))
        if column in {"unpaid_principal", "accrued_interest", "penalty_interest", "other_fees"}:
            parts = [
                pl.col(part).fill_null(0)
                for part in (
                    "unpaid_principal",
                    "accrued_interest",
                    "penalty_interest",
                    "other_fees",
                )
            ]
            claim = pl.sum_horizontal(parts).cast(BY_NAME["total_claim"].dtype)
            frame = frame.with_columns(
                pl.when(here).then(claim).otherwise(pl.col("total_claim")).alias("total_claim")
            )
    return frame
