"""Plans, forecasts and our own estimate, and the base case they make.

One order, nothing counted twice: a plan or a third party's forecast is debiased; an own estimate
that passed validation is not; the base case is their credibility-weighted mix. Amount and timing
are mixed apart. Source: method page 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.criteria import Criteria
from analytics.errors import AssumptionError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class BaseCase:
    """Gross recovery (CNY) and mean months, each (n_loans,), as mixed."""

    plan_debiased: Floats
    gross: Floats
    months: Floats


def debias_factor(
    criteria: Criteria, *, secured: bool, measured: Mapping[str, float] | None = None
) -> float:
    """Return what a plan is multiplied by: the servicer's own measured ratio, or the criteria's.

    `measured` holds actual over plan by "secured" and "unsecured" where the track record is long
    enough to know it.
    """
    kind = "secured" if secured else "unsecured"
    if measured and kind in measured:
        return float(measured[kind])
    return float(criteria.table("recovery.debias")[kind])


def credibility(criteria: Criteria, assessment: str | None) -> float:
    """Return the weight of a plan by the servicer's assessment in force."""
    table = criteria.table("recovery.plan_credibility")
    word = assessment or "unassessed"
    if word not in table:
        msg = f"Unknown servicer assessment {word!r}; known: {', '.join(table)}."
        raise AssumptionError(msg)
    return float(table[word])


def mix(
    own_gross: Floats,
    own_months: Floats,
    plan_gross: Floats,
    plan_months: Floats,
    *,
    factor: Floats,
    weight: float,
) -> BaseCase:
    """Mix own estimate and debiased plan loan by loan; a loan without a plan keeps its own.

    Parameters
    ----------
    plan_gross, plan_months : nan where the plan says nothing.
    factor : (n_loans,) debias factor.
    weight : credibility of the plan, 0 to 1.
    """
    if not 0.0 <= weight <= 1.0:
        msg = f"The plan's credibility must lie between 0 and 1; got {weight}."
        raise AssumptionError(msg)
    debiased = plan_gross * factor
    amount_weight = np.where(np.isnan(debiased), 0.0, weight)
    time_weight = np.where(np.isnan(plan_months), 0.0, weight)
    return BaseCase(
        debiased,
        (1.0 - amount_weight) * own_gross + amount_weight * np.nan_to_num(debiased),
        (1.0 - time_weight) * own_months + time_weight * np.nan_to_num(plan_months),
    )


def pool_base(forecasts: Sequence[float], factor: float) -> float:
    """Return the base gross recovery of an aggregate pool: the debiased mean of its forecasts."""
    if not forecasts:
        msg = "An aggregate pool needs at least one base forecast of gross recovery."
        raise AssumptionError(msg)
    return factor * float(np.mean(forecasts))
