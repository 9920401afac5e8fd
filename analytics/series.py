"""Series the engine ships with: house prices by city, loan prime rate, cities and their tiers.

Every answer says how it was found, so that a page can show when an index stood in for another.
Source: `analytics/data/README.md`.
"""

import csv
import datetime
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

DATA = Path(__file__).parent / "data"
TIERS = ("tier_1", "tier_2", "tier_3", "below")
FIRST_TIER = frozenset({"北京", "上海", "广州", "深圳"})
SECOND_TIER = frozenset(
    [
        "天津",
        "石家庄",
        "太原",
        "呼和浩特",
        "沈阳",
        "大连",
        "长春",
        "哈尔滨",
        "南京",
        "杭州",
        "宁波",
        "合肥",
        "福州",
        "厦门",
        "南昌",
        "济南",
        "青岛",
        "郑州",
        "武汉",
        "长沙",
        "南宁",
        "海口",
        "重庆",
        "成都",
        "贵阳",
        "昆明",
        "西安",
        "兰州",
        "西宁",
        "银川",
        "乌鲁木齐",
    ]
)


@dataclass(frozen=True)
class Roll:
    """The change of a price between two months, and what it rests on.

    `basis`: "city", "province" (mean of its cities in the index), "nation" (mean of all), "none"
    (no index for the country). `is_capped`: part of the way lies outside the published months.
    """

    factor: float
    basis: str
    is_capped: bool


@dataclass(frozen=True)
class PriceIndex:
    """Chained price levels, (n_cities, n_months), each 1.0 in the first month."""

    first_month: int
    levels: npt.NDArray[np.float64]
    row_of: dict[str, int]

    def roll(self, division: str, start: datetime.date, end: datetime.date) -> Roll:
        """Roll a price from one date to another, by the index of the division or its stand-in."""
        rows, basis = self._rows(division)
        if not rows:
            return Roll(1.0, "none", is_capped=False)
        last = self.levels.shape[1] - 1
        a, b = month_number(start) - self.first_month, month_number(end) - self.first_month
        inside_a, inside_b = min(max(a, 0), last), min(max(b, 0), last)
        factors = self.levels[rows, inside_b] / self.levels[rows, inside_a]
        return Roll(float(factors.mean()), basis, is_capped=(a, b) != (inside_a, inside_b))

    def _rows(self, division: str) -> tuple[list[int], str]:
        if not division.isdigit():
            return [], "none"
        name = city_name(division)
        if name in self.row_of:
            return [self.row_of[name]], "city"
        province = division[:2]
        inside = [self.row_of[each] for each in _cities_of(province) if each in self.row_of]
        return (inside, "province") if inside else (list(self.row_of.values()), "nation")


@cache
def house_prices(market: str = "second_hand") -> PriceIndex:
    """Chain the month-on-month index of one market ("second_hand" or "new").

    A month missing for a city (66 of 70 in three months) is taken as the mean of the others.
    """
    with (DATA / "nbs_70city_house_price_mom.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["market"] == market]
    months = sorted({row["month"] for row in rows})
    cities = sorted({row["city"] for row in rows})
    row_of = {city: place for place, city in enumerate(cities)}
    changes = np.full((len(cities), len(months)), np.nan)
    column_of = {month: place for place, month in enumerate(months)}
    for row in rows:
        changes[row_of[row["city"]], column_of[row["month"]]] = float(row["mom_prev_100"]) / 100.0
    missing = np.isnan(changes)
    changes = np.where(missing, np.nanmean(changes, axis=0), changes)
    changes[:, 0] = 1.0
    year, month = (int(part) for part in months[0].split("-"))
    return PriceIndex(year * 12 + month - 1, np.cumprod(changes, axis=1), row_of)


def month_number(date: datetime.date) -> int:
    """Count months since year zero."""
    return date.year * 12 + date.month - 1


def months_between(start: datetime.date, end: datetime.date) -> float:
    """Return the time between two dates in months of 30.4375 days; negative when end is first."""
    return (end - start).days / 30.4375


@cache
def divisions() -> dict[str, str]:
    """Return names of provinces and prefectures by six-digit code."""
    with (DATA / "cn_admin_divisions.csv").open(encoding="utf-8") as file:
        return {
            row["code"]: row["name"] for row in csv.DictReader(file) if row["level"] != "county"
        }


def city_name(division: str) -> str:
    """Return the short name used by the statistics bureau: 330100 -> 杭州, 110000 -> 北京."""
    name = divisions().get(division) or divisions().get(division[:2] + "0000", "")
    return name.removesuffix("市")


def city_tier(division: str) -> str:
    """Return the tier of a city; a province alone or an unknown place counts as "below".

    Outside China there is no tier: "tier_2", whose multiple is one.
    """
    if not division.isdigit():
        return "tier_2"
    name = city_name(division)
    if name in FIRST_TIER:
        return "tier_1"
    if name in SECOND_TIER:
        return "tier_2"
    return "tier_3" if name in house_prices().row_of else "below"


def loan_prime_rate(date: datetime.date, years: int = 1) -> float:
    """Return the loan prime rate in force on a date, as a fraction; the first one before 2019-08."""
    with (DATA / "cn_lpr.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    known = [row for row in rows if row["effective_date"] <= date.isoformat()] or rows[:1]
    return float(known[-1]["lpr_1y" if years < 5 else "lpr_5y"]) / 100.0


@cache
def _cities_of(province: str) -> tuple[str, ...]:
    return tuple(
        name.removesuffix("市") for code, name in divisions().items() if code.startswith(province)
    )
