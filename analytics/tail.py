"""The paths that fail: which items carry the failure, and where the factors stood.

A rated note fails on some simulated paths. Seen against the base case, the loans that lost most on
those paths carry the failure; the mean of the factors on them is the most likely way there, the
first approximation of the design point.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.errors import AssumptionError
from analytics.kernels.simulation import working_space
from analytics.kernels.tail import add_paths
from analytics.recovery import LoanForecast, expected_cash
from analytics.simulation import Draws, neutral_stress

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class FailureProfile:
    """What the failing paths have in common.

    `missing` (n_items,) CNY each item falls short of the base case on average over those paths, in
    the order of the forecast's items; `delay` (n_items,) months it comes later; `factors` the mean
    standard score of each factor by name, the lowest first.
    """

    paths: int
    missing: Floats
    delay: Floats
    factors: tuple[tuple[str, float], ...]

    def top(self, n: int) -> Ints:
        """Return the items that fall short most, in order."""
        return np.argsort(-self.missing, kind="stable")[:n]


def failure_profile(
    draws: Draws, forecast: LoanForecast, failing: Ints, weight: Floats | None = None
) -> FailureProfile:
    """Draw the failing paths again and compare each item with its base case.

    Parameters
    ----------
    failing : (n,) path numbers.
    weight : (n,) their weights; one each when not given.
    """
    if failing.size == 0:
        msg = "No path fails: there is no failure to describe. Draw more paths or use importance sampling."
        raise AssumptionError(msg)
    weight = np.ones(failing.size) if weight is None else weight
    share = np.ascontiguousarray(weight / weight.sum())
    cash, moment = np.zeros(draws.item.size), np.zeros(draws.item.size)
    factors = np.zeros(draws.arrays.shift.size)
    add_paths(
        np.ascontiguousarray(failing, dtype=np.int64),
        share,
        draws.arrays,
        neutral_stress(draws),
        cash,
        moment,
        factors,
        working_space(),
    )
    base = expected_cash(forecast)
    missing, delay = np.empty_like(cash), np.empty_like(cash)
    missing[draws.item] = base.item_gross[draws.item] - cash
    months = np.divide(moment, cash, out=np.zeros_like(moment), where=cash > 0.0)
    delay[draws.item] = months - base.item_months[draws.item]
    named = zip(factor_names(forecast), factors.tolist(), strict=True)
    return FailureProfile(
        failing.size, missing, delay, tuple(sorted(named, key=lambda pair: pair[1]))
    )


def factor_names(forecast: LoanForecast) -> tuple[str, ...]:
    """Name the factors in the kernel's order: nation, provinces, asset classes."""
    items = forecast.items
    return ("nation", *items.province.words, *items.asset_class.words)
