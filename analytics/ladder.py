"""The stress ladder: every level's cash through the deal's own waterfall, note by note.

For each of the seventeen levels the base case is cut, stretched and charged, and run under the
level's costs, fees, rates and rank of disposal costs; the worst of the level's cases decides.
Lumpy pools are tested on noisy paths: a level passes where at most a stated share of paths falls
short (method 1.5).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from analytics.breakeven import highest_passing, lowest_passing, pathwise_lowest_passing
from analytics.criteria import LEVELS, Criteria, Stress, notch
from analytics.schedule import Schedule
from analytics.stress import (
    BaseCase,
    MonthlyCash,
    disrupted,
    disruption_of,
    fitted,
    is_disruption_stacked,
    kept_shares,
    stressed_cash,
    stresses_of,
    stretch_factors,
    to_periods,
)
from analytics.structure import Deal, Expanded
from analytics.structure.terms import DisposalCostStep, FloatingCoupon
from analytics.waterfall import Conditions, NoteOutcomes, Program, compile_waterfall, run_waterfall
from analytics.waterfall.program import TOLERANCE

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MOST_CASH = 2.0  # multiples of base recoveries: the search for a breakeven ends here
LONGEST_DELAY = 120.0  # months
PATHWISE_ROUNDS = 14


class StressedPool(Protocol):
    """The pool as the ladder asks for it.

    `is_lumpy` pools are tested on noisy paths; where `has_price_stress`, the level's stress of
    collateral acts on prices, and the amount of secured segments is not cut a second time.
    """

    base: BaseCase
    is_lumpy: bool
    has_price_stress: bool

    def base_at(self, stresses: Sequence[Stress]) -> BaseCase:
        """Return the base case under the level's price stress."""

    def noisy_paths(
        self, stresses: Sequence[Stress], kept: Sequence[float], factors: Sequence[float]
    ) -> tuple[Floats, Floats]:
        """Draw paths with own noise only: gross and cost, (n_paths, n_months) CNY."""


@dataclass(frozen=True)
class Setting:
    """All that the ladder needs: the deal written out, its dates, its pool, the criteria."""

    expanded: Expanded
    schedule: Schedule
    criteria: Criteria
    pool: StressedPool
    has_backup: bool = False
    threads: int = 1

    @property
    def base(self) -> BaseCase:
        return self.pool.base

    @property
    def deal(self) -> Deal:
        return self.expanded.deal

    @property
    def scale(self) -> str:
        return self.deal.scale

    @property
    def closing_month(self) -> int:
        """First month that ends after closing."""
        return months_to_closing(self.schedule)

    @property
    def plan(self) -> tuple[float, ...]:
        """Net base-case collections of each payment period, the yardstick of triggers."""
        cash = stressed_cash(self.base, self.stresses("CCC"), self.schedule.n_months)
        net = to_periods(cash.gross - cash.costs, self.schedule.month_to_period, self.n_periods)
        return tuple(float(each) for each in net)

    @property
    def n_periods(self) -> int:
        return self.schedule.n_periods

    def stresses(self, level: str) -> tuple[Stress, ...]:
        return stresses_of(self.criteria, self.base.segments, level, self.scale)


@dataclass(frozen=True)
class Case:
    """One way of running a level: which shock, and which rank of disposal costs."""

    name: str
    conditions: Conditions


@dataclass(frozen=True)
class Verdict:
    """One level for all notes: arrays (n_notes,).

    The frequencies are shares of paths; on a deterministic ladder they are 0 or 1. `unpaid` is
    the mean of what stays unpaid, CNY. `worst` names the case that decided for each note. The last
    two judge the cases with the stated rank of disposal costs, and with costs in first rank where
    that was run, by themselves.
    """

    level: str
    is_interest_timely: Flags
    is_principal_paid: Flags
    is_passed: Flags
    frequency: Floats
    unpaid: Floats
    worst: tuple[str, ...]
    is_passed_as_stated: Flags
    is_passed_costs_first: Flags


@dataclass(frozen=True)
class Limits:
    """Breakevens of one level for all notes, arrays (n_notes,); nan where nothing tried passes."""

    level: str
    multiple: Floats
    delay: Floats
    margin: Floats


def months_to_closing(schedule: Schedule) -> int:
    """Count the whole months from cut-off to closing."""
    days = (schedule.closing - schedule.cutoff).days
    return round(days / 30.4375)


def is_rate_sensitive(deal: Deal) -> bool:
    """Say whether any payment depends on an index."""
    floating = any(isinstance(note.coupon, FloatingCoupon) for note in deal.notes)
    return floating or bool(deal.hedges)


def are_costs_behind(expanded: Expanded) -> bool:
    """Say whether disposal costs rank behind anything when the deal starts."""
    steps = expanded.waterfall.amortising
    places = [k for k, step in enumerate(steps) if isinstance(step, DisposalCostStep)]
    return bool(places) and any(
        not isinstance(step, DisposalCostStep) for step in steps[: places[-1]]
    )


def cases_of(setting: Setting, level: str, *, is_disrupted: bool) -> tuple[Case, ...]:
    """List the cases of a level; the worst decides.

    Both directions of the rate shock where a payment floats; disposal costs also in first rank
    from the level of the criteria up and after a replacement of the servicer (method 8).
    """
    stress = setting.stresses(level)[0]
    stated = Conditions(
        cost_multiple=stress.cost_multiple,
        fee_multiple=stress.fee_multiple,
        fx_shock=stress.fx_shock,
        servicer_default=0 if is_disrupted else None,
        plan=setting.plan,
    )
    shocks = {"": 0.0}
    if is_rate_sensitive(setting.deal) and stress.rate_shock > 0.0:
        shocks = {"rates up": stress.rate_shock, "rates down": -stress.rate_shock}
    ranks = {"": False}
    lowest = setting.criteria.text("ladder.costs_first_from")
    if are_costs_behind(setting.expanded) and (is_disrupted or notch(level) <= notch(lowest)):
        ranks = {"": False, "costs first": True}
    return tuple(
        Case(
            ", ".join(word for word in (shock, rank) if word) or "as stated",
            replace(stated, rate_shock=value, costs_first=is_first),
        )
        for shock, value in shocks.items()
        for rank, is_first in ranks.items()
    )


def program_for(setting: Setting, conditions: Conditions) -> Program:
    return compile_waterfall(setting.deal, setting.schedule, conditions)


class Variant(Enum):
    """What happens beside the stress: nothing, a servicer disruption, a failed account holder."""

    AS_IS = "as is"
    DISRUPTED = "disrupted"
    COMMINGLED = "commingled"


class Rung:
    """One level set up to be run: its stresses, its cash, its compiled cases."""

    def __init__(self, setting: Setting, level: str, variant: Variant = Variant.AS_IS) -> None:
        stacked = is_disruption_stacked(setting.criteria, level, setting.scale)
        self.setting = setting
        self.level = level
        self.variant = variant
        self.is_disrupted = stacked or variant is Variant.DISRUPTED
        stresses = setting.stresses(level)
        self.base = setting.pool.base_at(stresses)
        has_prices = setting.pool.has_price_stress
        self.stresses = without_secured_cut(stresses) if has_prices else stresses
        self.cases = cases_of(setting, level, is_disrupted=self.is_disrupted)
        self.programs = [program_for(setting, case.conditions) for case in self.cases]

    @property
    def kept_share(self) -> float:
        """Share of base recoveries that the cut leaves, over all segments, before any exemption."""
        total = self.setting.base.total
        if total <= 0.0:
            return 1.0
        kept = kept_shares(self.base, self.stresses)
        return float(np.dot(kept, self.base.gross.sum(axis=1))) / total

    def cash(self) -> tuple[Floats, Floats]:
        """Return the level's gross and cost by month: one path, or the noisy paths."""
        months = self.setting.schedule.n_months
        if not self.setting.pool.is_lumpy:
            return self._one(
                stressed_cash(self.base, self.stresses, months, self.setting.closing_month)
            )
        kept = kept_shares(self.base, self.stresses)
        factors = stretch_factors(self.base, self.stresses)
        gross, costs = self.setting.pool.noisy_paths(self.stresses, kept, factors)
        left = np.full(months, 1.0)
        left[: self.setting.closing_month] = 1.0 / max(self.kept_share, 1e-9)
        return self._varied(exempted(gross, collected_row(self), left), costs * left)

    def cash_after(self, delays: Floats) -> tuple[Floats, Floats]:
        """Return gross and cost by month with other delays, one path for each, without noise."""
        months, closing = self.setting.schedule.n_months, self.setting.closing_month
        cash = stressed_cash(self.base, self.stresses, months, closing, delays)
        return self._varied(cash.gross, cash.costs)

    def periods(self, monthly: Floats) -> Floats:
        """Add monthly cash, (n_paths, n_months), into payment periods."""
        schedule = self.setting.schedule
        return to_periods(monthly, schedule.month_to_period, schedule.n_periods)

    def run(self, gross: Floats, costs: Floats) -> list[NoteOutcomes]:
        """Run cash by payment period, (n_paths, n_periods), through every case of the level."""
        threads = self.setting.threads
        return [run_waterfall(program, gross, costs, threads=threads) for program in self.programs]

    def falls_short(self, gross: Floats, costs: Floats) -> Flags:
        """Say for each path and note whether any case falls short; (n_paths, n_notes)."""
        runs = self.run(gross, costs)
        return np.asarray(np.any([outcomes.has_shortfall for outcomes in runs], axis=0))

    def _one(self, cash: MonthlyCash) -> tuple[Floats, Floats]:
        return self._varied(cash.gross[None, :], cash.costs[None, :])

    def _varied(self, gross: Floats, costs: Floats) -> tuple[Floats, Floats]:
        if self.variant is Variant.COMMINGLED:
            held = np.arange(gross.shape[-1]) >= self.setting.closing_month
            gross, costs = gross * held, costs * held
        if not self.is_disrupted:
            return gross, costs
        disruption = disruption_of(self.setting.criteria, has_backup=self.setting.has_backup)
        cash = disrupted(MonthlyCash(gross, costs), self.setting.closing_month, disruption)
        return cash.gross, cash.costs


def without_secured_cut(stresses: Sequence[Stress]) -> tuple[Stress, ...]:
    """Take the cut off secured segments: their prices carry the stress."""
    return tuple(
        stress if stress.segment == "unsecured_retail" else replace(stress, cut=0.0)
        for stress in stresses
    )


def verdict_of(rung: Rung) -> Verdict:
    """Run one level and judge every note by its worst case."""
    runs = rung.run(*map(rung.periods, rung.cash()))
    allowed = 0.0
    if rung.setting.pool.is_lumpy:
        allowed = rung.setting.criteria.number("ladder.noise_frequency")
    late = np.array([run.misses_timely_interest.mean(axis=0) for run in runs])
    unpaid = np.array([(run.loss > TOLERANCE).mean(axis=0) for run in runs])
    short = np.array([run.has_shortfall.mean(axis=0) for run in runs])
    amount = np.array([(run.loss + run.unpaid_timely_interest).mean(axis=0) for run in runs])
    worst = np.argmax(short + amount / (1.0 + amount.max()), axis=0)
    is_first = np.array([case.conditions.costs_first for case in rung.cases])
    stated, first = short[~is_first], short[is_first] if is_first.any() else short
    return Verdict(
        level=rung.level,
        is_interest_timely=np.all(late <= allowed, axis=0),
        is_principal_paid=np.all(unpaid <= allowed, axis=0),
        is_passed=np.all(short <= allowed, axis=0),
        frequency=short.max(axis=0),
        unpaid=amount.max(axis=0),
        worst=tuple(rung.cases[k].name for k in worst),
        is_passed_as_stated=np.all(stated <= allowed, axis=0),
        is_passed_costs_first=np.all(first <= allowed, axis=0),
    )


def climb(setting: Setting, variant: Variant = Variant.AS_IS) -> tuple[Verdict, ...]:
    """Judge every level, AAA first."""
    return tuple(verdict_of(Rung(setting, level, variant)) for level in LEVELS)


def limits_of(rung: Rung, verdict: Verdict) -> Limits:
    """Find the breakevens of one level, and the margin that follows from them."""
    n_notes = len(rung.setting.deal.notes)
    multiple = _breakeven_multiple(rung, n_notes)
    delay = highest_passing(
        lambda delays: ~rung.falls_short(*map(rung.periods, rung.cash_after(delays))),
        n_notes,
        LONGEST_DELAY,
    )
    return Limits(rung.level, multiple, delay, _margin(rung, verdict, multiple))


def _breakeven_multiple(rung: Rung, n_notes: int) -> Floats:
    """Scale the level's cash until the note just passes; as a fraction of base recoveries."""
    gross, costs = map(rung.periods, rung.cash())
    collected = rung.periods(collected_row(rung))
    high = MOST_CASH / max(rung.kept_share, 1e-9)

    def fails(scales: Floats) -> Flags:
        scaled = exempted(gross, collected, scales[:, None])
        return rung.falls_short(scaled, scales[:, None] * costs)

    if not rung.setting.pool.is_lumpy:
        return lowest_passing(lambda scales: ~fails(scales), n_notes, high) * rung.kept_share
    own = pathwise_lowest_passing(fails, gross.shape[0], n_notes, high, PATHWISE_ROUNDS)
    allowed = rung.setting.criteria.number("ladder.noise_frequency")
    return quantile_above(own, allowed) * rung.kept_share


def exempted(gross: Floats, collected: Floats, factor: Floats) -> Floats:
    """Multiply cash by a factor, all but what is already collected."""
    return np.asarray(collected + factor * (gross - collected))


def quantile_above(values: Floats, allowed: float) -> Floats:
    """Return, by column, the least value that at most a share `allowed` of rows exceeds."""
    n_rows = values.shape[0]
    place = max(n_rows - 1 - int(np.floor(allowed * n_rows)), 0)
    return np.asarray(np.sort(np.where(np.isnan(values), np.inf, values), axis=0)[place])


def collected_row(rung: Rung) -> Floats:
    """Cash already collected by month: no multiple touches it. Disruption may not move it either."""
    return fitted(rung.base.collected, rung.setting.schedule.n_months)


def _margin(rung: Rung, verdict: Verdict, multiple: Floats) -> Floats:
    """Net cash that the level leaves above the breakeven, over the initial balance of the note.

    Where no amount of cash is enough, the margin is minus what stays unpaid.
    """
    gross, costs = rung.cash()
    stress = rung.stresses[0]
    net = float((gross - stress.cost_multiple * costs).sum(axis=1).mean())
    net -= float(collected_row(rung).sum())
    balances = np.array([float(note.balance) for note in rung.setting.deal.notes])
    known = np.isfinite(multiple)
    above = 1.0 - np.where(known, multiple, 0.0) / max(rung.kept_share, 1e-9)
    return np.asarray(np.where(known, above * net, -verdict.unpaid) / balances)
