"""What agencies publish about a pool: descriptors and stratifications of a canonical frame.

Source: methodology of the design, 2.2: descriptors printed in rating reports of inter-bank NPL ABS.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import polars as pl

TOP = 10
_DAYS_A_MONTH = 30.4375
_BANDS: dict[str, tuple[list[float], list[str]]] = {
    "months_overdue": (
        [3, 6, 12, 24, 36, 60],
        ["0-3", "3-6", "6-12", "12-24", "24-36", "36-60", "60+"],
    ),
    "ltv": (
        [0.4, 0.6, 0.8, 1.0, 1.2, 1.5],
        ["<40%", "40-60%", "60-80%", "80-100%", "100-120%", "120-150%", ">150%"],
    ),
    "claim_size": (
        [1e4, 5e4, 2e5, 1e6, 5e6, 2e7, 1e8],
        ["<1", "1-5", "5-20", "20-100", "100-500", "500-2,000", "2,000-10,000", ">10,000"],
    ),
}
STRATA = (
    "risk_class",
    "asset_type",
    "product",
    "province",
    "industry",
    "collateral_type",
    "registration",
    "legal_stage",
    "months_overdue",
    "ltv",
    "claim_size",
)
_DESCRIBED = [
    "loan_id", "borrower_id", "collateral_id", "province", "industry", "asset_type", "product", "risk_class",
    "legal_stage", "registration", "collateral_type", "unpaid_principal", "accrued_interest", "penalty_interest",
    "other_fees", "total_claim", "collected_since_cutoff", "appraised_value", "appraisal_date", "default_date",
]  # fmt: skip
Summary = dict[str, Any]


def loans_of(frame: pl.DataFrame, cutoff: dt.date | None) -> pl.DataFrame:
    """Reduce a canonical frame to one row per loan, with value of its collateral, LTV and bands.

    Adds `claim` (Float64 CNY), `value` (CNY, sum over the loan's collateral, null if none), `ltv`
    (claim / value), `months_overdue` (null without a cut-off date).
    """
    loans = frame
    if frame["loan_id"].n_unique() < frame.height:
        loans = frame.unique("loan_id", keep="first", maintain_order=True)
    loans = loans.join(_values(frame), on="loan_id", how="left", maintain_order="left")
    claim = pl.col("total_claim").cast(pl.Float64)
    days = (pl.lit(cutoff) - pl.col("default_date")).dt.total_days() if cutoff else pl.lit(None)
    return loans.with_columns(
        claim.alias("claim"),
        pl.when(pl.col("value") > 0).then(claim / pl.col("value")).alias("ltv"),
        (days.cast(pl.Float64) / _DAYS_A_MONTH).alias("months_overdue"),
    )


def _values(frame: pl.DataFrame) -> pl.DataFrame:
    """Value of the collateral of each loan that has some, each collateral counted once."""
    items = frame.select("loan_id", "collateral_id", pl.col("appraised_value").cast(pl.Float64))
    items = items.drop_nulls("appraised_value").unique(["loan_id", "collateral_id"], keep="first")
    return items.group_by("loan_id").agg(pl.col("appraised_value").sum().alias("value"))


def band_of(loans: pl.DataFrame, name: str) -> pl.Series:
    """Band of each loan under a stratification: a code, a label of `_BANDS`, or null."""
    if name not in _BANDS:
        return loans[name]
    cuts, labels = _BANDS[name]
    source = "claim" if name == "claim_size" else name
    values = loans[source]
    at = pl.Series(cuts).search_sorted(values.fill_null(0.0), side="right")
    return pl.Series(labels).gather(at).set(values.is_null(), None)


def describe(frame: pl.DataFrame, cutoff: dt.date | None) -> Summary:
    """Compute the descriptors and stratifications of a tape, ready for JSON.

    Money as strings to the fen; shares and ratios as fractions of `total_claim`.
    """
    loans = loans_of(frame.select(_DESCRIBED), cutoff)
    total = float(loans["claim"].sum())
    borrowers = (
        loans.group_by("borrower_id").agg(pl.col("claim").sum()).sort("claim", descending=True)
    )
    return {
        "loans": loans.height,
        "rows": frame.height,
        "borrowers": borrowers.height,
        "unpaid_principal": _money(loans["unpaid_principal"]),
        "accrued_interest": _money(loans["accrued_interest"]),
        "penalty_interest": _money(loans["penalty_interest"]),
        "other_fees": _money(loans["other_fees"]),
        "total_claim": _money(loans["total_claim"]),
        "collected_since_cutoff": _money(loans["collected_since_cutoff"]),
        "average_claim": _ratio(total, loans.height),
        "months_overdue": _weighted(loans, "months_overdue"),
        "ltv": _weighted(loans, "ltv"),
        "secured_share": _share(loans, pl.col("asset_type") == "secured", total),
        "unregistered_share": _unregistered(loans),
        "top_borrowers": _top(borrowers, total),
        "top10_share": _ratio(float(borrowers["claim"].head(TOP).sum()), total),
        "borrower_effective_number": _effective(borrowers["claim"]),
        "regional_herfindahl": _herfindahl(loans, "province"),
        "regional_effective_number": _inverse(_herfindahl(loans, "province")),
        "stale_valuations": _stale(loans, cutoff),
        "missing": _missing(frame),
        "strata": {name: _stratify(loans, name, total) for name in STRATA},
    }


def _money(values: pl.Series) -> str:
    total = values.sum()
    return str(total if isinstance(total, Decimal) else Decimal(0).quantize(Decimal("0.01")))


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _inverse(value: float | None) -> float | None:
    return 1 / value if value else None


def _weighted(loans: pl.DataFrame, column: str) -> float | None:
    """Mean of a column weighted by claim, over the loans that have it."""
    known = loans.filter(pl.col(column).is_not_null())
    weight = float(known["claim"].sum())
    return _ratio(float((known[column] * known["claim"]).sum()), weight)


def _share(loans: pl.DataFrame, condition: pl.Expr, total: float) -> float | None:
    return _ratio(float(loans.filter(condition)["claim"].sum()), total)


def _unregistered(loans: pl.DataFrame) -> float | None:
    """Share of the secured claim whose lien is not formally registered, where registration is told."""
    told = loans.filter((pl.col("asset_type") == "secured") & pl.col("registration").is_not_null())
    return _share(told, pl.col("registration") != "formal", float(told["claim"].sum()))


def _top(borrowers: pl.DataFrame, total: float) -> list[dict[str, Any]]:
    return [
        {
            "borrower_id": row["borrower_id"],
            "claim": round(row["claim"], 2),
            "share": _ratio(row["claim"], total),
        }
        for row in borrowers.head(TOP).iter_rows(named=True)
    ]


def _effective(claims: pl.Series) -> float | None:
    """Effective number: the square of the sum over the sum of squares."""
    squares = float((claims * claims).sum())
    return _ratio(float(claims.sum()) ** 2, squares)


def _herfindahl(loans: pl.DataFrame, column: str) -> float | None:
    sums = loans.group_by(column).agg(pl.col("claim").sum())["claim"]
    return _inverse(_effective(sums))


def _stale(loans: pl.DataFrame, cutoff: dt.date | None) -> int | None:
    if cutoff is None:
        return None
    limit = cutoff.replace(year=cutoff.year - 1, day=min(cutoff.day, 28))
    return loans.filter(pl.col("appraisal_date") < limit).height


def _missing(frame: pl.DataFrame) -> dict[str, float]:
    """Share of rows without a value, for each column that has some values and lacks others."""
    shares = {name: frame[name].null_count() / frame.height for name in frame.columns}
    return {name: share for name, share in shares.items() if 0 < share < 1}


def _stratify(loans: pl.DataFrame, name: str, total: float) -> list[dict[str, Any]]:
    """Loans and claim of each stratum: bands in their order, codes by claim, null (not told) last."""
    table = (
        loans.select(band_of(loans, name).alias("key"), "claim")
        .group_by("key")
        .agg(pl.len().alias("loans"), pl.col("claim").sum())
        .sort("claim", descending=True)
    )
    rows = [
        {
            "key": row["key"],
            "loans": row["loans"],
            "claim": round(row["claim"], 2),
            "share": _ratio(row["claim"], total),
        }
        for row in table.iter_rows(named=True)
    ]
    if len(rows) == 1 and rows[0]["key"] is None:
        return []
    return sorted(rows, key=lambda row: _order(name, row["key"]))


def _order(name: str, key: str | None) -> tuple[bool, int]:
    order: Sequence[str] = _BANDS[name][1] if name in _BANDS else ()
    return (key is None, order.index(key) if key in order else 0)
