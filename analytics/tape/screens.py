"""Statistical screens of a tape: what is possible row by row, yet unlikely as a whole.

They refuse nothing. They feed the judgement on data adequacy, each with how many of how many rows.
Source: screens in use for loan data audits (heaping, copied values, duplicates of persons); limits
marked [E] are experience values.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

_COPIED_AT_LEAST = 5  # [E] the same value on so many collaterals
_ROUND = 100_000  # [E] appraised values that are whole multiples of this are heaped
_EARLY_MONTHS = 3  # [E] judgment or later sooner than this after default
_OUTLIER = 5.0  # [E] robust z-score of log value per square metre
_GROUP_AT_LEAST = 20
_GAP = 0.2  # [E] missing more often in a product than in the rest, by so much
_LATE_STAGES = (
    "judgment",
    "appeal",
    "enforcement",
    "appraisal",
    "auction_1",
    "auction_2",
    "sale",
    "distribution",
)
_DAYS_A_MONTH = 30.4375
_OF_ITEMS = ["loan_id", "collateral_id", "collateral_type", "collateral_province", "collateral_area_sqm", "appraised_value", "appraisal_date"]  # fmt: skip


@dataclass(frozen=True)
class Screen:
    """One screen: how many of how many are conspicuous; `detail` names the worst of them."""

    key: str
    count: int
    base: int
    detail: str = ""


def screen(frame: pl.DataFrame, cutoff: dt.date | None) -> list[dict[str, Any]]:
    """Screen a canonical frame; only screens that have something to look at are given."""
    loans = frame
    if frame["loan_id"].n_unique() < frame.height:
        loans = frame.unique("loan_id", keep="first", maintain_order=True)
    found = [
        copied_valuations(frame),
        heaped_valuations(frame),
        copied_dates(frame),
        duplicate_persons(loans),
        early_stages(loans, cutoff),
        point_mass_of_plans(loans),
        value_outliers(frame),
        missing_by_product(loans),
    ]
    return [asdict(each) for each in found if each.base]


def _items(frame: pl.DataFrame) -> pl.DataFrame:
    """One row per valued collateral."""
    items = frame.select(_OF_ITEMS).drop_nulls("appraised_value")
    return items.unique(["loan_id", "collateral_id"], keep="first", maintain_order=True)


def copied_valuations(frame: pl.DataFrame) -> Screen:
    """Count collaterals that share their exact value with at least four others."""
    items = _items(frame)
    same = items.filter(pl.len().over("appraised_value") >= _COPIED_AT_LEAST)
    worst = same["appraised_value"].mode().sort() if same.height else None
    return Screen(
        "copied_valuations",
        same.height,
        items.height,
        f"{worst[0]:,.2f}" if worst is not None else "",
    )


def heaped_valuations(frame: pl.DataFrame) -> Screen:
    """Count values that are whole multiples of CNY 100,000."""
    items = _items(frame)
    heaped = items.filter(
        (pl.col("appraised_value").cast(pl.Float64) % _ROUND == 0) & (pl.col("appraised_value") > 0)
    )
    return Screen("heaped_valuations", heaped.height, items.height)


def copied_dates(frame: pl.DataFrame) -> Screen:
    """Count collaterals appraised on the most frequent day."""
    dated = _items(frame).drop_nulls("appraisal_date")
    if not dated.height:
        return Screen("copied_dates", 0, 0)
    top = (
        dated.group_by("appraisal_date")
        .len()
        .sort("len", "appraisal_date", descending=[True, False])
        .row(0)
    )
    return Screen("copied_dates", int(top[1]), dated.height, top[0].isoformat())


def duplicate_persons(loans: pl.DataFrame) -> Screen:
    """Count borrowers whose name stands under more than one number in the same city."""
    person = ["borrower_name", "province", "city_name"]
    named = (
        loans.select("borrower_id", *person)
        .drop_nulls("borrower_name")
        .unique(["borrower_id"], keep="first")
    )
    same = named.filter(pl.struct(person).is_duplicated())
    return Screen("duplicate_persons", same.height, named.height)


def early_stages(loans: pl.DataFrame, cutoff: dt.date | None) -> Screen:
    """Count loans at judgment or later less than three months after default."""
    if cutoff is None:
        return Screen("early_stages", 0, 0)
    late = loans.filter(pl.col("legal_stage").is_in(_LATE_STAGES))
    months = (pl.lit(cutoff) - pl.col("default_date")).dt.total_days() / _DAYS_A_MONTH
    return Screen("early_stages", late.filter(months < _EARLY_MONTHS).height, late.height)


def point_mass_of_plans(loans: pl.DataFrame) -> Screen:
    """Count plans that expect the whole claim back: a point mass at zero loss."""
    planned = loans.drop_nulls("plan_recovery")
    whole = planned.filter(pl.col("plan_recovery") >= pl.col("total_claim"))
    return Screen("point_mass_of_plans", whole.height, planned.height)


def value_outliers(frame: pl.DataFrame) -> Screen:
    """Count values per square metre far from others of the same province and type."""
    items = _items(frame).filter(
        (pl.col("collateral_area_sqm") > 0) & (pl.col("appraised_value") > 0)
    )
    group = ["collateral_province", "collateral_type"]
    logs = items.with_columns(
        (pl.col("appraised_value").cast(pl.Float64) / pl.col("collateral_area_sqm"))
        .log()
        .alias("log")
    ).filter(pl.len().over(group) >= _GROUP_AT_LEAST)
    if not logs.height:
        return Screen("value_outliers", 0, 0)
    off = (pl.col("log") - pl.col("log").median().over(group)).abs()
    logs = logs.with_columns(off.alias("off"))
    spread = 1.4826 * pl.col("off").median().over(
        group
    )  # median absolute deviation as a standard deviation
    far = logs.filter((spread > 0) & (pl.col("off") / spread > _OUTLIER)).sort(
        "off", descending=True
    )
    return Screen(
        "value_outliers", far.height, logs.height, far["loan_id"][0] if far.height else ""
    )


def missing_by_product(loans: pl.DataFrame) -> Screen:
    """Count columns that one product leaves out far more often than the rest."""
    columns = [name for name in loans.columns if 0 < loans[name].null_count() < loans.height]
    products = loans["product"].unique().sort().to_list()
    if len(products) < 2 or not columns:
        return Screen("missing_by_product", 0, 0)
    worst, found = "", 0
    largest = 0.0
    shares = loans.group_by("product").agg(pl.col(columns).is_null().mean()).sort("product")
    for name in columns:
        gap = float(shares[name].max() or 0) - float(shares[name].min() or 0)  # type: ignore[arg-type]
        found += gap > _GAP
        if gap > max(largest, _GAP):
            largest, worst = gap, name
    return Screen("missing_by_product", found, len(columns), worst)
