"""The rules that look across the rows and columns of a canonical frame.

Values have been read by then; these rules say whether they can be true together. Source: tape.md of
the design, the dictionary's policy; legal stages and liens by the Civil Code, art. 414 and 420.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

import polars as pl

from analytics.tape.columns import BY_NAME, COLUMNS, Kind
from analytics.tape.findings import KEPT, Findings, Place

_PARTS = ("unpaid_principal", "accrued_interest", "penalty_interest", "other_fees")
_TOLERANCE = Decimal("0.01")
_STALE_MONTHS = 12
_DPD_TOLERANCE = 5
_CLAIM_MULTIPLE = 3
_LOAN_COLUMNS = tuple(
    column.name
    for column in COLUMNS
    if not column.of_collateral
    and column.name
    not in {
        "loan_id",
        "lien_rank",
        "prior_lien_amount",
        "max_claim_amount",
        "registration",
        "seizure_rank",
    }
    and column.name not in {"occupied", "leased", "valuation_basis", "valuation_method"}
)
_COLLATERAL_COLUMNS = tuple(
    column.name for column in COLUMNS if column.of_collateral and column.name != "collateral_id"
)


Unread = Mapping[str, Collection[int]]


def check_frame(
    frame: pl.DataFrame, findings: Findings, cutoff: dt.date | None, unread: Unread | None = None
) -> None:
    """Add to `findings` whatever cannot be true, or should be asked about.

    `frame` is canonical (`analytics.tape.SCHEMA`) except that `total_claim` may be null. `unread` names
    the rows whose value of a column was refused already, and is not to be called missing as well.
    """
    unread = unread or {}
    _check_identity(frame, findings)
    _check_collateral(frame, findings, unread)
    _check_amounts(frame, findings, unread)
    _check_dates(frame, findings, cutoff)
    _check_units(frame, findings)


def with_total_claim(frame: pl.DataFrame) -> pl.DataFrame:
    """Fill `total_claim` from its parts where the file leaves it out."""
    return frame.with_columns(pl.coalesce("total_claim", _sum_of_parts()).alias("total_claim"))


def _sum_of_parts() -> pl.Expr:
    zero = pl.lit(0, dtype=pl.Decimal(38, 2))
    return pl.sum_horizontal([pl.col(part).fill_null(zero) for part in _PARTS]).cast(
        pl.Decimal(38, 2)
    )


def _report(
    findings: Findings,
    rule: str,
    column: str,
    rows: pl.DataFrame,
    params: Sequence[str] = (),
    right: str = "",
) -> None:
    """Add the rows of a frame as places; `params` names the columns that fill the rule's sentences."""
    if not rows.height:
        return
    kept = rows.head(KEPT)
    places = [
        Place(
            row=row["source_row"],
            value=_shown(row[column]),
            params={"column": column} | {name: _shown(row[name]) for name in params},
            right=_shown(row[right]) if right else "",
        )
        for row in kept.iter_rows(named=True)
    ]
    findings.add(rule, column, places, count=rows.height)
    if rows.height > KEPT:
        findings.rows.update(
            rows["source_row"].to_list() if _refuses(findings, rule, column) else []
        )


def _refuses(findings: Findings, rule: str, column: str) -> bool:
    return any(kind.rule.key == rule and kind.column == column for kind in findings.errors)


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    return str(value)


def _check_identity(frame: pl.DataFrame, findings: Findings) -> None:
    loans = frame.select("loan_id", "collateral_id", "source_row").drop_nulls("loan_id")
    if loans["loan_id"].n_unique() < loans.height:
        _check_repeats(frame, loans, findings)
    _check_alike(loans, findings)
    _check_names(frame, findings)


def _check_repeats(frame: pl.DataFrame, loans: pl.DataFrame, findings: Findings) -> None:
    """Report a loan that is there twice, and rows of one loan that differ."""
    keyed = loans.filter(pl.col("loan_id").is_duplicated()).with_columns(
        pl.col("source_row").first().over("loan_id").alias("other"),
        pl.col("collateral_id").is_null().any().over("loan_id").alias("lacks_collateral"),
        pl.col("source_row").first().over("loan_id", "collateral_id").alias("twin"),
    )
    later = keyed.filter(pl.col("source_row") != pl.col("other"))
    is_twice = (pl.col("twin") != pl.col("source_row")) | pl.col("lacks_collateral")
    _report(findings, "duplicate_loan", "loan_id", later.filter(is_twice), ["other"])
    if later.filter(~is_twice).height:
        _check_agreement(frame, findings, "loan_id", _LOAN_COLUMNS, "loan_contradicts")


def _check_agreement(
    frame: pl.DataFrame, findings: Findings, key: str, columns: Sequence[str], rule: str
) -> None:
    """Report rows that differ from the first row of the same `key` in one of `columns`."""
    groups = frame.filter(pl.col(key).is_not_null() & (pl.len().over(key) > 1))
    if not groups.height:
        return
    groups = groups.with_columns(pl.col("source_row").first().over(key).alias("other"))
    for column in columns:
        compared = groups.with_columns(pl.col(column).first().over(key).alias("found"))
        _report(
            findings,
            rule,
            column,
            compared.filter(~pl.col(column).eq_missing(pl.col("found"))),
            ["other", "found"],
        )


def _check_alike(loans: pl.DataFrame, findings: Findings) -> None:
    """Report loan numbers that differ only in case, blanks or invisible signs."""
    if not loans["loan_id"].str.contains(r"[^0-9A-Z_\-]").any():
        return
    plain = (
        pl.col("loan_id")
        .str.to_lowercase()
        .str.replace_all(
            r"[\s\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2069}\x{feff}\x{3000}]", ""
        )
    )
    distinct = loans.unique("loan_id", keep="first", maintain_order=True).select(
        "loan_id", "source_row", plain.alias("plain")
    )
    if distinct["plain"].n_unique() == distinct.height:
        return
    alike = distinct.with_columns(pl.col("source_row").first().over("plain").alias("other")).filter(
        pl.col("source_row") != pl.col("other")
    )
    _report(findings, "ids_alike", "loan_id", alike, ["other"])


def _check_names(frame: pl.DataFrame, findings: Findings) -> None:
    pairs = frame.select("borrower_id", "borrower_name").drop_nulls()
    # Hashes of 64 bits are enough to see that there is nothing to look at.
    hashes = pl.DataFrame({name: pairs[name].hash(seed=1) for name in pairs.columns}).unique()
    if hashes["borrower_id"].n_unique() == hashes.height:
        return
    named = frame.filter(
        pl.col("borrower_id").is_not_null() & pl.col("borrower_name").is_not_null()
    ).select("source_row", "borrower_id", "borrower_name")
    named = named.with_columns(
        pl.col("source_row").first().over("borrower_id").alias("other"),
        pl.col("borrower_name").first().over("borrower_id").alias("found"),
    )
    _report(
        findings,
        "borrower_two_names",
        "borrower_name",
        named.filter(pl.col("borrower_name") != pl.col("found")),
        ["other", "found"],
    )


def _check_collateral(frame: pl.DataFrame, findings: Findings, unread: Unread) -> None:
    secured = frame.filter(pl.col("asset_type") == "secured")
    for column in COLUMNS:
        if column.must_if_secured:
            refused = list(unread.get(column.name, ()))
            lacking = secured.filter(
                pl.col(column.name).is_null() & ~pl.col("source_row").is_in(refused)
            )
            _report(findings, "missing_if_secured", column.name, lacking)
    _check_agreement(
        frame, findings, "collateral_id", _COLLATERAL_COLUMNS, "collateral_contradicts"
    )
    other = frame.filter(
        (pl.col("asset_type") == "unsecured") & pl.col("collateral_id").is_not_null()
    )
    _report(findings, "unsecured_with_collateral", "asset_type", other)
    zero = pl.lit(0, dtype=pl.Decimal(38, 2))
    prior = pl.col("prior_lien_amount")
    _report(
        findings,
        "lien_contradicts",
        "lien_rank",
        frame.filter((pl.col("lien_rank") == 1) & (prior > zero)).with_columns(
            prior.alias("found")
        ),
        ["found"],
    )
    _report(
        findings,
        "liens_above_value",
        "prior_lien_amount",
        frame.filter(prior > pl.col("appraised_value")).with_columns(prior.alias("found")),
        ["found"],
    )
    _report(
        findings,
        "zero_valuation",
        "appraised_value",
        frame.filter(pl.col("appraised_value") == zero),
    )
    for column in COLUMNS:
        if column.positive:
            _report(findings, "not_positive", column.name, frame.filter(pl.col(column.name) == 0))


def _check_amounts(frame: pl.DataFrame, findings: Findings, unread: Unread) -> None:
    parts = frame.with_columns(_sum_of_parts().alias("parts"))
    off = parts.with_columns((pl.col("total_claim") - pl.col("parts")).alias("found"))
    tolerance = pl.lit(_TOLERANCE, dtype=pl.Decimal(38, 2))
    wrong = off.filter((pl.col("found") > tolerance) | (pl.col("found") < -tolerance))
    _report(findings, "total_disagrees", "total_claim", wrong, ["parts", "found"], right="parts")
    claim = pl.coalesce("total_claim", "parts")
    original = pl.col("original_balance")
    multiple = parts.filter(
        (original > pl.lit(0, dtype=pl.Decimal(38, 2)))
        & (claim.cast(pl.Float64) >= _CLAIM_MULTIPLE * original.cast(pl.Float64))
    ).with_columns((claim.cast(pl.Float64) / original.cast(pl.Float64)).round(1).alias("found"))
    _report(findings, "claim_multiple", "total_claim", multiple, ["found"])
    above = parts.filter(pl.col("plan_recovery") > claim).with_columns(claim.alias("found"))
    _report(findings, "plan_above_claim", "plan_recovery", above, ["found"])
    if (
        frame.height
        and not unread.get("unpaid_principal")
        and not (frame["unpaid_principal"].fill_null(Decimal(0)) > 0).any()
    ):
        findings.add("all_zero", "unpaid_principal", [Place(0, "0.00")])


def _check_dates(frame: pl.DataFrame, findings: Findings, cutoff: dt.date | None) -> None:
    late = frame.filter(pl.col("origination_date") > pl.col("default_date"))
    late = late.with_columns(pl.col("default_date").alias("found"))
    _report(findings, "origination_after_default", "origination_date", late, ["found"])
    if cutoff is None:
        findings.add("no_cutoff", "", [Place(0, "")])
        return
    dated = frame.with_columns(pl.lit(cutoff).alias("found"))
    for column, rule in (
        ("default_date", "default_after_cutoff"),
        ("appraisal_date", "appraisal_after_cutoff"),
        ("legal_stage_date", "stage_after_cutoff"),
    ):
        _report(findings, rule, column, dated.filter(pl.col(column) > cutoff), ["found"])
    stale_before = _months_before(cutoff, _STALE_MONTHS)
    _report(
        findings,
        "stale_valuation",
        "appraisal_date",
        frame.filter(pl.col("appraisal_date") < stale_before),
    )
    days = (pl.lit(cutoff) - pl.col("default_date")).dt.total_days()
    off = frame.with_columns(days.alias("found")).filter(
        (pl.col("days_past_due") - pl.col("found")).abs() > _DPD_TOLERANCE
    )
    _report(findings, "dpd_disagrees", "days_past_due", off, ["found"])


def _months_before(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return dt.date(year, month + 1, min(day.day, 28))


def _check_units(frame: pl.DataFrame, findings: Findings) -> None:
    """Ask about columns whose values fall into two heaps about 10,000 apart."""
    for column in (
        "unpaid_principal",
        "original_balance",
        "accrued_interest",
        "total_claim",
        "appraised_value",
    ):
        if BY_NAME[column].kind is not Kind.MONEY:
            continue
        split = _unit_split(frame[column])
        if split is None:
            continue
        limit, median = split
        low = frame.filter((pl.col(column) > 0) & (pl.col(column).cast(pl.Float64) < limit))
        low = low.with_columns(pl.lit(f"{median:,.2f}").alias("found"))
        _report(findings, "unit_mixture", column, low, ["found"])


def _unit_split(values: pl.Series) -> tuple[float, float] | None:
    """Find where a column splits into two heaps 10,000 apart: the limit and the upper heap's median.

    Both heaps hold a fifth of the values, a gap of a decade lies between them, and their medians are
    between 2,500 and 40,000 apart.
    """
    positive = values.drop_nulls().cast(pl.Float64)
    positive = positive.filter(positive > 0).sort()
    if len(positive) < 4:
        return None
    logs = positive.log10()
    gaps = logs.diff().drop_nulls()
    at = gaps.arg_max()
    if at is None or float(gaps[at]) < 1.0:
        return None
    low, high = positive[: at + 1], positive[at + 1 :]
    if min(len(low), len(high)) < max(2, len(positive) / 5):
        return None
    low_median, high_median = low.median(), high.median()
    if not isinstance(low_median, float) or not isinstance(high_median, float):
        return None
    ratio = high_median / low_median
    if not 2_500 <= ratio <= 40_000:
        return None
    return math.sqrt(float(positive[at]) * float(positive[at + 1])), high_median
