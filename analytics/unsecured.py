"""Unsecured recovery: a Beta by segment and age, by moments.

Fitted static pools decide where they exist; else the criteria's mean by asset class, which falls
with the age of the default. Source: methodology 4; numbers are engineering defaults.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.criteria import Criteria
from analytics.errors import AssumptionError

Floats = npt.NDArray[np.float64]

MOST_SPREAD = 0.9
"""A Beta needs variance below m (1 - m); a wider wish is held at this share of it."""


@dataclass(frozen=True)
class BetaSegment:
    """Recovery of claim at cut-off in one segment, for loans of one age."""

    mean: float
    sd: float

    @property
    def parameters(self) -> tuple[float, float]:
        return beta_parameters(self.mean, self.sd)


@dataclass(frozen=True)
class UnsecuredFit:
    """What closed cases or static pools say about one segment.

    `mean` and `sd` are of ultimate recovery over exposure; `months` and `shares`, where known, the
    cumulative curve since default, from which the remaining recovery at an age follows.
    """

    mean: float
    sd: float
    cases: int
    source: str
    months: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()

    def at_age(self, age: float) -> BetaSegment:
        """Return recovery still to come, over the claim still open, `age` months after default.

        What was paid before is not expected again: (1 - G(age)) of the ultimate recovery is left,
        over the exposure less what was paid. Balance at default, claim at cut-off and survivors
        are three denominators: this one is the claim at cut-off.
        """
        if not self.months:
            return BetaSegment(self.mean, self.sd)
        paid = self.mean * float(np.interp(age, self.months, self.shares))
        left = (self.mean - paid) / (1.0 - paid)
        return BetaSegment(left, self.sd * left / self.mean if self.mean > 0.0 else 0.0)

    def remaining_curve(self, age: float) -> tuple[Floats, Floats]:
        """Return the curve of recovery still to come: months from now, cumulative shares."""
        months, shares = np.asarray(self.months), np.asarray(self.shares)
        start = float(np.interp(age, months, shares))
        later = months > age
        if not later.any() or start >= shares[-1]:
            return np.array([0.0, 12.0]), np.array([0.0, 1.0])
        rest = (shares[later] - start) / (shares[-1] - start)
        return np.concatenate([[0.0], months[later] - age]), np.concatenate([[0.0], rest])


def beta_parameters(mean: float, sd: float) -> tuple[float, float]:
    """Return (a, b) of the Beta with this mean and standard deviation.

    k = m (1 - m) / s^2 - 1, a = m k, b = (1 - m) k; valid only if s^2 < m (1 - m).
    """
    if not (0.0 < mean < 1.0 and 0.0 < sd * sd < mean * (1.0 - mean)):
        msg = f"No Beta has mean {mean:.4g} and standard deviation {sd:.4g}: it needs 0 < mean < 1 and sd^2 < mean (1 - mean)."
        raise AssumptionError(msg)
    k = mean * (1.0 - mean) / (sd * sd) - 1.0
    return mean * k, (1.0 - mean) * k


def feasible_sd(mean: float, sd: float) -> float:
    """Hold a wished standard deviation inside what a Beta can have."""
    return float(min(sd, np.sqrt(MOST_SPREAD * mean * (1.0 - mean))))


def criteria_segment(criteria: Criteria, asset_class: str, age: float) -> BetaSegment:
    """Return the default segment of an asset class at an age in months since default."""
    ageing = criteria.table("recovery.age_decay")
    mean = float(criteria.table("recovery.unsecured_mean")[asset_class])
    halvings = (age - float(ageing["reference_months"])) / float(ageing["half_life_months"])
    mean *= float(np.clip(0.5**halvings, float(ageing["least"]), float(ageing["most"])))
    cv = float(criteria.table("dispersion.loan_cv")[asset_class])
    return BetaSegment(mean, feasible_sd(mean, cv * mean))


def segment_of_loan(
    criteria: Criteria, fits: Mapping[str, UnsecuredFit], asset_class: str, age: float
) -> BetaSegment:
    """Return the segment that decides: a fit of the asset class, of all classes, or the criteria."""
    fit = fits.get(asset_class) or fits.get("all")
    if fit is None:
        return criteria_segment(criteria, asset_class, age)
    found = fit.at_age(age)
    return BetaSegment(found.mean, feasible_sd(found.mean, found.sd))
