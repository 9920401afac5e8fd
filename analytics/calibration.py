"""The published Chinese deals read by the engine: what the national preset was set on.

Passing these seniors is calibration, not validation: the stresses were chosen looking at them.
What they do validate is order: larger seniors must fail, and seniors that missed their expected
maturity must look likelier to miss it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analytics.criteria import Criteria
from analytics.inputs import Inputs
from analytics.ladder import Rung, Setting, climb, verdict_of
from analytics.path_statistics import weighted_mean
from analytics.pipeline import plan, simulate_chunk
from analytics.published_deals import deal_document_from_row, published_deals
from analytics.rating import level_by_ladder
from analytics.structure import parse_deal

LARGER = 1.3
PATHS = 2_048
MISSED = ("20JIANXIN05", "21JIANXIN10", "22JIANXIN03")
UNDECIDED = ("23YYHZ01", "23GYZC03", "23GYZC08")


@dataclass(frozen=True)
class Reading:
    """One published deal: levels of its senior by ladder, and risk figures of the base case."""

    code: str
    asset_class: str
    level: str
    level_on_lower_forecast: str
    level_if_larger: str
    is_repaid_in_base_case: bool
    shortfall_probability: float
    miss_expected_maturity: float
    outcome: str


@dataclass(frozen=True)
class Target:
    """One target: what is expected, what was found."""

    name: str
    kind: str
    expected: str
    found: str
    is_met: bool


def read_deals(
    criteria: Criteria, rows: Sequence[Mapping[str, str]] | None = None
) -> tuple[Reading, ...]:
    """Read every published deal."""
    return tuple(read_deal(row, criteria) for row in (published_deals() if rows is None else rows))


def read_deal(row: Mapping[str, str], criteria: Criteria) -> Reading:
    """Read one deal: on the mean of its forecasts, on the lower one, and with a larger senior."""
    document = deal_document_from_row(row)
    planned = plan(_inputs(document, criteria))
    chunk = simulate_chunk(planned, 0)
    base = verdict_of(Rung(planned.setting, "CCC"))
    return Reading(
        code=row["code"],
        asset_class=document["pool"]["asset_class"],
        level=_level(planned.setting),
        level_on_lower_forecast=_level(
            plan(_inputs(on_lower_forecast(document), criteria)).setting
        ),
        level_if_larger=_level(plan(_inputs(with_larger_senior(document), criteria)).setting),
        is_repaid_in_base_case=bool(base.is_principal_paid[0]),
        shortfall_probability=float(weighted_mean(chunk.is_short[:, 0], chunk.weight)),
        miss_expected_maturity=float(weighted_mean(chunk.misses[:, 0], chunk.weight)),
        outcome=row["outcome_note"],
    )


def on_lower_forecast(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the deal file with the lower of its forecasts only."""
    pool = document["pool"]
    lower = min(pool["forecasts"], key=lambda forecast: float(forecast["amount"]))
    return {**document, "pool": {**pool, "forecasts": [lower]}}


def with_larger_senior(document: Mapping[str, Any], factor: float = LARGER) -> dict[str, Any]:
    """Return the deal file with its senior larger by a factor."""
    senior, *others = document["notes"]
    larger = {**senior, "balance": f"{factor * float(senior['balance']):.2f}"}
    return {**document, "notes": [larger, *others]}


def targets(readings: Sequence[Reading]) -> tuple[Target, ...]:
    """Compare the readings with what the preset must do."""
    n = len(readings)
    repaid = sum(reading.is_repaid_in_base_case for reading in readings)
    passed = sum(reading.level == "AAA" for reading in readings)
    lower = sum(reading.level_on_lower_forecast == "AAA" for reading in readings)
    larger = sum(reading.level_if_larger == "AAA" for reading in readings)
    homes, cards = (_mean_miss(readings, kind) for kind in ("home_mortgage", "card"))
    ranks = ranks_of_missed(readings)
    third = max(len(_decided_homes(readings)) // 3, 1)
    return (
        _counted("Seniors repaid by legal final in the base case", "calibration", n, repaid, 1.0),
        _counted("Seniors that pass AAA(cn)", "calibration", n, passed, 0.85),
        _counted("Seniors that pass AAA(cn) on the lower forecast", "calibration", n, lower, 0.70),
        Target(
            f"Seniors {LARGER} times as large that pass AAA(cn)",
            "calibration",
            f"at most 20 % of {n}",
            f"{larger} of {n}",
            larger <= 0.20 * n,
        ),
        Target(
            "Mean probability of missing the expected maturity: homes above cards",
            "validation",
            "homes above cards",
            f"homes {homes:.2f}, cards {cards:.2f}",
            homes > cards,
        ),
        Target(
            "Rank of the three dated misses among home mortgages, by that probability",
            "validation",
            f"each among the first {third}",
            ", ".join(f"{code} {rank}" for code, rank in ranks.items()) or "none read",
            bool(ranks) and max(ranks.values()) <= third,
        ),
    )


def ranks_of_missed(readings: Sequence[Reading]) -> dict[str, int]:
    """Rank the seniors that missed their expected maturity among home mortgages; 1 is likeliest.

    Deals whose remaining face has no known date are left out.
    """
    ordered = sorted(_decided_homes(readings), key=lambda each: -each.miss_expected_maturity)
    places = {reading.code: rank for rank, reading in enumerate(ordered, start=1)}
    return {code: places[code] for code in MISSED if code in places}


def _decided_homes(readings: Sequence[Reading]) -> list[Reading]:
    return [
        reading
        for reading in readings
        if reading.asset_class == "home_mortgage" and reading.code not in UNDECIDED
    ]


def _mean_miss(readings: Sequence[Reading], asset_class: str) -> float:
    found = [each.miss_expected_maturity for each in readings if each.asset_class == asset_class]
    return sum(found) / len(found) if found else 0.0


def _counted(name: str, kind: str, n: int, found: int, share: float) -> Target:
    return Target(name, kind, f"at least {share:.0%} of {n}", f"{found} of {n}", found >= share * n)


def _inputs(document: Mapping[str, Any], criteria: Criteria) -> Inputs:
    return Inputs(deal=parse_deal(document), criteria=criteria, paths=PATHS)


def _level(setting: Setting) -> str:
    return level_by_ladder([bool(verdict.is_passed[0]) for verdict in climb(setting)])
