"""When the cash of a loan arrives: remaining legal phases, settlements, collection curves.

Each stage x strategy has one distribution of the remaining months, kept as 257 evenly spaced
quantiles. A legal chain is the sum of its remaining phases (PERT each, independent); branches
(appeal, special procedure, failed auction rounds, broken settlements) are mixed by their chance.

Statutory ceilings on courts are not enforced on durations; minima (notice periods) stand in the
phases' own minimum. Source: method page 6; durations are engineering defaults of the criteria.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import betainc

from analytics.criteria import Criteria
from analytics.errors import AssumptionError
from analytics.kernels.simulation import TIME_STEPS

Floats = npt.NDArray[np.float64]

STEP = 0.125
"""Months between the points on which distributions of phases are added up."""
STAGES = (
    "pre_litigation", "filed", "first_instance", "judgment", "appeal", "enforcement", "appraisal",
    "auction_1", "auction_2", "sale", "distribution", "bankruptcy", "settled",
)  # fmt: skip
COURT_STAGES = STAGES[:11]
"""One branch of the procedure, in its order."""


@dataclass(frozen=True)
class Duration:
    """A distribution of months on a grid of STEP: `probability[k]` sits at k * STEP months."""

    probability: Floats

    def then(self, other: "Duration") -> "Duration":
        """Add an independent duration."""
        return Duration(np.convolve(self.probability, other.probability))

    def or_else(self, other: "Duration", chance: float) -> "Duration":
        """Mix: `other` happens instead with this chance."""
        size = max(self.probability.size, other.probability.size)
        mixed = np.zeros(size)
        mixed[: self.probability.size] += (1.0 - chance) * self.probability
        mixed[: other.probability.size] += chance * other.probability
        return Duration(mixed)

    @property
    def mean(self) -> float:
        return float(self.probability @ (np.arange(self.probability.size) * STEP))

    def quantiles(self) -> Floats:
        """Return (257,) quantiles at probabilities 0, 1/256 ... 1; increasing, never negative."""
        cumulative = np.concatenate([[0.0], np.cumsum(self.probability)])
        cumulative /= cumulative[-1]
        edges = np.maximum((np.arange(cumulative.size) - 0.5) * STEP, 0.0)
        rising = np.concatenate([[True], np.diff(cumulative) > 0.0])
        rising[:-1] |= rising[1:]
        wanted = np.linspace(0.0, 1.0, TIME_STEPS + 1)
        return np.asarray(np.interp(wanted, cumulative[rising], edges[rising]))


NO_TIME = Duration(np.array([1.0]))


@lru_cache(maxsize=256)
def pert(low: float, mode: float, high: float) -> Duration:
    """Return the PERT distribution on [low, high]: a Beta with mean (low + 4 mode + high) / 6."""
    if not 0.0 <= low <= mode <= high:
        msg = f"A phase needs 0 <= minimum <= mode <= maximum; got {low}, {mode}, {high} months."
        raise AssumptionError(msg)
    points = round(high / STEP) + 1
    if high - low < STEP:
        spike = np.zeros(points)
        spike[-1] = 1.0
        return Duration(spike)
    a = 1.0 + 4.0 * (mode - low) / (high - low)
    b = 1.0 + 4.0 * (high - mode) / (high - low)
    edges = (np.arange(points + 1) - 0.5) * STEP
    cumulative = betainc(a, b, np.clip((edges - low) / (high - low), 0.0, 1.0))
    probability = np.diff(cumulative)
    return Duration(probability / probability.sum())


def stage_duration(
    criteria: Criteria, stage: str, *, secured: bool, occupied: bool = False
) -> Duration:
    """Return the remaining time of a loan whose `stage` is under way.

    Parameters
    ----------
    stage : a code of the tape's legal stages.
    secured : with collateral to sell, or by search for assets.
    occupied : the debtor's only home, lived in: a grace to vacate precedes the handover.
    """
    known = stage_durations(criteria, secured=secured, occupied=occupied)
    if stage not in known:
        msg = f"Unknown legal stage {stage!r}; known: {', '.join(STAGES)}."
        raise AssumptionError(msg)
    return known[stage]


def stage_durations(
    criteria: Criteria, *, secured: bool, occupied: bool = False
) -> dict[str, Duration]:
    """Return the remaining time of every legal stage, built from the last one back."""
    side = "secured" if secured else "unsecured"

    def phase(name: str) -> Duration:
        low, mode, high = criteria.column(f"phases.{side}.{name}")
        return pert(low, mode, high)

    chance = criteria.table("phases.chance")
    found = _execution(criteria, phase, secured=secured, occupied=occupied)
    execution, second = found["enforcement"], phase("second_instance")
    found["appeal"] = second.then(execution)
    appeal = phase("appeal_window").then(NO_TIME.or_else(second, float(chance["second_instance"])))
    found["judgment"] = appeal.then(execution)
    trial = phase("first_instance").then(appeal)
    found["first_instance"] = found["filed"] = trial.then(execution)
    if secured:
        trial = trial.or_else(phase("special_procedure"), float(chance["special_procedure"]))
    found["pre_litigation"] = phase("prepare_and_file").then(trial).then(execution)
    found["bankruptcy"] = phase("bankruptcy")
    broken = phase("settlement").then(execution)
    found["settled"] = phase("settlement").or_else(broken, float(chance["settlement_redefault"]))
    return found


def _execution(
    criteria: Criteria, phase: Callable[[str], Duration], *, secured: bool, occupied: bool
) -> dict[str, Duration]:
    """Return the time from each stage of execution to cash."""
    after = phase("distribution")
    if not secured:
        search = phase("enforcement").then(after)
        during = ("enforcement", "appraisal", "auction_1", "auction_2", "sale")
        return dict.fromkeys(during, search) | {"distribution": after}
    if occupied:
        grace = criteria.number("phases.occupied_home_grace")
        after = pert(grace, grace, grace).then(after)
    success = criteria.table("auction.success")
    sell_off = phase("sell_off").then(after)
    second = phase("auction_2").then(after.or_else(sell_off, 1.0 - float(success["second"])))
    first = phase("auction_1").then(after.or_else(second, 1.0 - float(success["first"])))
    appraised = phase("value_fixed").then(first)
    return {
        "enforcement": phase("enforcement").then(appraised),
        "appraisal": appraised,
        "auction_1": first,
        "auction_2": second,
        "sale": sell_off,
        "distribution": after,
    }


def curve_duration(months: npt.ArrayLike, shares: npt.ArrayLike) -> Floats:
    """Return the quantiles of the time at which a cumulative curve pays: (257,) months."""
    months_, shares_ = np.asarray(months, dtype=float), np.asarray(shares, dtype=float)
    if (
        months_.size != shares_.size
        or np.any(np.diff(months_) <= 0)
        or np.any(np.diff(shares_) < 0)
    ):
        msg = "A timing curve needs rising months and shares that never fall."
        raise AssumptionError(msg)
    rising = np.concatenate([[True], np.diff(shares_) > 0])
    wanted = np.linspace(0.0, 1.0, TIME_STEPS + 1)
    return np.asarray(np.interp(wanted, shares_[rising] / shares_[-1], months_[rising]))


def monthly_curve(months: npt.ArrayLike, shares: npt.ArrayLike) -> Floats:
    """Return a cumulative curve at whole months 0 ... last, ending at one."""
    months_, shares_ = np.asarray(months, dtype=float), np.asarray(shares, dtype=float)
    grid = np.arange(int(np.ceil(months_[-1])) + 1, dtype=float)
    return np.asarray(np.interp(grid, months_, shares_ / shares_[-1]))


def criteria_curve(
    criteria: Criteria, asset_class: str
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return months and cumulative shares of an asset class's default timing curve."""
    name = criteria.table("curves.by_asset_class")[asset_class]
    return criteria.column("curves.months"), criteria.column(f"curves.{name}")


def mean_months(times: Floats) -> float:
    """Return the mean of a table of times, by the trapezoid rule over probability."""
    return float((times[:-1] + times[1:]).mean() / 2.0)
