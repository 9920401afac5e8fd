"""The pool of a run: its forecast, its base case, and its cash under a level's stress."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analytics.criteria import Criteria, Stress
from analytics.inputs import Inputs
from analytics.loans import LoanTape
from analytics.recovery import (
    Forecast,
    LoanForecast,
    RecoveryAssumptions,
    expected_cash,
    forecast_aggregate,
    forecast_loans,
)
from analytics.secured import Market
from analytics.simulation import Draws, prepare, simulate
from analytics.stress import BaseCase
from analytics.structure import Deal

Floats = NDArray[np.float64]


def forecast_pool(
    inputs: Inputs, criteria: Criteria, market: Market | None = None, forecast: int | None = None
) -> Forecast:
    """Forecast the pool: by loan where there is a tape, else from its published totals.

    `market` is a stress of collateral prices; `forecast` runs one of several forecasts alone.
    """
    given = recovery_assumptions(inputs.deal, inputs.recovery)
    pool = inputs.pool
    if isinstance(pool, LoanTape):
        return forecast_loans(pool, criteria, given, market)
    return forecast_aggregate(pool, inputs.deal.dates, criteria, given, forecast)


def recovery_assumptions(deal: Deal, given: RecoveryAssumptions) -> RecoveryAssumptions:
    """Add what the deal file says of the servicer, where the case says nothing itself."""
    servicing = deal.servicing
    if servicing is None or given.servicer or given.plan_credibility is not None:
        return given
    return replace(given, plan_credibility=servicing.plan_credibility)


def base_case(forecast: Forecast) -> BaseCase:
    """Return the expected cash of a forecast, as the ladder stresses it."""
    cash = expected_cash(forecast)
    is_known = isinstance(forecast, LoanForecast) or forecast.has_top_vector
    top = forecast.top_recoveries if is_known else ()
    return BaseCase(cash.segments, cash.gross, cash.costs, cash.collected, top)


class RunPool:
    """The pool of one run as the ladder asks for it, level by level.

    On the international scale the stress of collateral acts on prices inside the minimum of three,
    so a tape is forecast anew for each level; otherwise the base case serves all levels.
    """

    def __init__(
        self, inputs: Inputs, criteria: Criteria, forecast: Forecast, n_months: int, seed: int
    ) -> None:
        self.inputs, self.criteria, self.seed, self.n_months = inputs, criteria, seed, n_months
        self.forecast = forecast
        self.base = base_case(forecast)
        lowest = criteria.number("ladder.noise_below_effective_number")
        self.is_lumpy = forecast.effective_number < lowest
        self.has_price_stress = inputs.deal.scale == "intl" and inputs.tape is not None
        self._by_level: dict[str, tuple[Forecast, BaseCase]] = {}
        self._draws: dict[str, Draws] = {}

    def base_at(self, stresses: Sequence[Stress]) -> BaseCase:
        """Return the base case under the level's price stress."""
        return self._priced(stresses)[1] if self.has_price_stress else self.base

    def noisy_paths(
        self, stresses: Sequence[Stress], kept: Sequence[float], factors: Sequence[float]
    ) -> tuple[Floats, Floats]:
        """Draw paths with idiosyncratic noise only: gross and cost, (n_paths, n_months) CNY.

        `kept` and `factors` are the share kept and the time factor of each segment.
        """
        level = stresses[0].level if self.has_price_stress else ""
        if level not in self._draws:
            forecast = self._priced(stresses)[0] if level else self.forecast
            months = np.arange(self.n_months)
            self._draws[level] = prepare(forecast, self.criteria, months, self.n_months, self.seed)
        cash = simulate(
            self._draws[level],
            int(self.criteria.number("ladder.noise_paths")),
            threads=self.inputs.threads,
            systematic=False,
            stress=np.array([kept, factors, np.ones(len(kept))]),
        )
        return cash.gross, cash.costs

    def _priced(self, stresses: Sequence[Stress]) -> tuple[Forecast, BaseCase]:
        level = stresses[0].level
        if level not in self._by_level:
            forecast = forecast_pool(self.inputs, self.criteria, market_of(stresses))
            self._by_level[level] = (forecast, base_case(forecast))
        return self._by_level[level]


def market_of(stresses: Sequence[Stress]) -> Market:
    """Return the level's stress of collateral markets; the same for every segment."""
    stress = stresses[0]
    return Market(stress.price_decline, stress.forced_sale_discount)
