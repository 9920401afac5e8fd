"""Unsecured recovery: a Beta by segment and age, by moments.

Fitted static pools decide where they exist; else the criteria's mean by asset class, which falls
with the age of the default. Source: methodology 4; numbers are engineering defaults.
"""

from collections.abc import Mapping

import numpy as np

from analytics.criteria import Criteria
from analytics.errors import AssumptionError
from analytics.static_pool import ALL, BetaSegment, UnsecuredFit

MOST_SPREAD = 0.9
"""A Beta needs variance below m (1 - m); a wider wish is held at this share of it."""


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
    fit = fits.get(asset_class) or fits.get(ALL)
    if fit is None:
        return criteria_segment(criteria, asset_class, age)
    found = fit.at_age(age)
    return BetaSegment(found.mean, feasible_sd(found.mean, found.sd))


__all__ = [
    "BetaSegment",
    "UnsecuredFit",
    "beta_parameters",
    "criteria_segment",
    "feasible_sd",
    "segment_of_loan",
]
