"""What if: one change answered on stored paths, beside the run that it departs from.

The paths of a run are kept by month, so that a change of amount, delay, cost, fees, rates or of the
deal itself is answered without drawing again, on the same random numbers (method: a what-if
inherits the seed of its run). A delay stretches every path's months alike.
"""

import copy
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.errors import AssumptionError, StructureError
from analytics.ladder import Setting, climb, program_for
from analytics.path_statistics import standard_error, weighted_mean
from analytics.pipeline import Plan, fee_defaults
from analytics.rating import level_by_ladder, level_by_simulation
from analytics.result import nano, plain
from analytics.schedule import build_schedule
from analytics.simulation import prepare, simulate
from analytics.stress import BaseCase, mean_time, stretch, to_periods
from analytics.structure import Deal, deal_document, expand, parse_deal
from analytics.waterfall import Conditions, NoteOutcomes, run_waterfall

Floats = NDArray[np.float64]

STEP = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)|\[(\d+)\]")


@dataclass(frozen=True)
class MonthlyPaths:
    """Paths of the unstressed base case by month from cut-off: (n_paths, n_months) CNY."""

    gross: Floats
    costs: Floats
    weight: Floats

    def to_bytes(self) -> bytes:
        file = io.BytesIO()
        np.savez(file, gross=self.gross, costs=self.costs, weight=self.weight)
        return file.getvalue()

    @staticmethod
    def from_bytes(stored: bytes) -> "MonthlyPaths":
        with np.load(io.BytesIO(stored), allow_pickle=False) as kept:
            return MonthlyPaths(kept["gross"], kept["costs"], kept["weight"])


@dataclass(frozen=True)
class Change:
    """One departure from a run.

    haircut : share of gross collections lost. delay_months : added to the mean remaining time.
    cost_multiple, fee_multiple, rate_shock : as in a level's stress.
    edits : new values of the deal file by JSON path, e.g. `{"notes[0].coupon.rate": 0.03}`.
    """

    haircut: float = 0.0
    delay_months: float = 0.0
    cost_multiple: float = 1.0
    fee_multiple: float = 1.0
    rate_shock: float = 0.0
    edits: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0.0 <= self.haircut <= 1.0:
            msg = f"A haircut lies between 0 and 1; got {self.haircut}."
            raise AssumptionError(msg)
        if not 0.0 <= self.delay_months <= 240.0:
            msg = f"A delay lies between 0 and 240 months; got {self.delay_months}."
            raise AssumptionError(msg)
        if self.cost_multiple < 0.0 or self.fee_multiple < 0.0:
            msg = "Multiples of costs and fees cannot be negative."
            raise AssumptionError(msg)


@dataclass(frozen=True)
class NoteAnswer:
    """What a change does to one note; probabilities over the stored paths."""

    name: str
    level_by_ladder: str
    level_by_simulation: str
    shortfall_probability: float
    shortfall_se: float
    expected_loss: float
    miss_expected_maturity: float
    wal_years: float


@dataclass(frozen=True)
class Answer:
    """The answer to one change, for every note."""

    paths: int
    notes: tuple[NoteAnswer, ...]

    def document(self) -> dict[str, Any]:
        return {"paths": self.paths, "notes": [plain(vars(note)) for note in self.notes]}


@dataclass(frozen=True)
class Grid:
    """Answers over two assumptions: `answers[i][j]` belongs to first[i] and second[j]."""

    first: tuple[str, tuple[float, ...]]
    second: tuple[str, tuple[float, ...]]
    answers: tuple[tuple[Answer, ...], ...]


def monthly_paths(plan: Plan, n_paths: int) -> MonthlyPaths:
    """Draw the first paths of a run again, by month; the same paths as the run's own."""
    months = plan.setting.schedule.n_months
    draws = prepare(
        plan.pool.forecast, plan.setting.criteria, np.arange(months), months, plan.pool.seed
    )
    cash = simulate(draws, n_paths, threads=plan.inputs.threads)
    return MonthlyPaths(cash.gross, cash.costs, cash.weight)


def what_if(plan: Plan, stored: MonthlyPaths, change: Change) -> Answer:
    """Answer one change on stored paths; without a change it is the run's own reading."""
    setting = changed_setting(plan, change)
    outcomes = simulated(setting, stored, change)
    verdicts = climb(setting)
    return Answer(
        paths=int(stored.weight.size),
        notes=tuple(
            _answer(
                setting,
                outcomes,
                stored.weight,
                place,
                level_by_ladder([bool(verdict.is_passed[place]) for verdict in verdicts]),
            )
            for place in range(len(setting.deal.notes))
        ),
    )


def grid(
    plan: Plan,
    stored: MonthlyPaths,
    first: tuple[str, Sequence[float]],
    second: tuple[str, Sequence[float]],
    change: Change | None = None,
) -> Grid:
    """Answer every pair of values of two assumptions: the field of a heat map.

    An assumption is a number of `Change` (`haircut`) or the JSON path of one in the deal file.
    """
    start = change or Change()
    rows = []
    for one in first[1]:
        moved = with_value(start, first[0], one)
        changes = [with_value(moved, second[0], other) for other in second[1]]
        rows.append(tuple(what_if(plan, stored, each) for each in changes))
    return Grid((first[0], tuple(first[1])), (second[0], tuple(second[1])), tuple(rows))


def with_value(change: Change, name: str, value: float) -> Change:
    """Return the change with one more assumption set."""
    if name in ("haircut", "delay_months", "cost_multiple", "fee_multiple", "rate_shock"):
        numbers: dict[str, Any] = {name: value}
        return replace(change, **numbers)
    return replace(change, edits={**change.edits, name: value})


# ------------------------------------------------------------------ the changed deal and cash


def changed_setting(plan: Plan, change: Change) -> Setting:
    """Return what the ladder stands on after a change: the deal as edited, the base case as moved."""
    setting = plan.setting
    deal = edited(plan.inputs.deal, change.edits) if change.edits else plan.inputs.deal
    if change.edits:
        expanded = expand(deal, fee_defaults(setting.criteria))
        setting = replace(setting, expanded=expanded, schedule=build_schedule(expanded.deal))
    return replace(setting, pool=_MovedPool(plan, change))


def edited(deal: Deal, edits: Mapping[str, Any]) -> Deal:
    """Return the deal with new values at JSON paths; the result is checked like any deal file."""
    document = copy.deepcopy(deal_document(deal))
    for path, value in edits.items():
        place: Any = document
        steps = [name or int(number) for name, number in STEP.findall(path)]
        try:
            for step in steps[:-1]:
                place = place[step]
            place[steps[-1]] = _written(place[steps[-1]], value)
        except (KeyError, IndexError, TypeError) as error:
            msg = "The deal file has no value at this path."
            raise StructureError(msg, path) from error
    return parse_deal(document)


def _written(old: Any, new: Any) -> Any:
    """Write a number as the deal file wrote the one before: money as text, rates as numbers."""
    if isinstance(old, str) and isinstance(new, int | float):
        return f"{new:.2f}"
    return new


def simulated(setting: Setting, stored: MonthlyPaths, change: Change) -> NoteOutcomes:
    """Run the stored paths, moved by the change, through the deal as it now stands."""
    schedule = setting.schedule
    time = mean_time(stored.gross.mean(axis=0))
    operator = stretch_operator(stored.gross.shape[1], schedule.n_months, change.delay_months, time)
    kept = 1.0 - change.haircut
    gross, costs = (
        to_periods(kept * (cash @ operator), schedule.month_to_period, schedule.n_periods)
        for cash in (stored.gross, stored.costs)
    )
    program = program_for(
        setting,
        Conditions(
            cost_multiple=change.cost_multiple,
            fee_multiple=change.fee_multiple,
            rate_shock=change.rate_shock,
            plan=setting.plan,
        ),
    )
    return run_waterfall(program, gross, costs, threads=setting.threads)


def stretch_operator(n_from: int, n_to: int, delay: float, mean_months: float) -> Floats:
    """Return the matrix that stretches rows of monthly cash: (n_from, n_to)."""
    factor = 1.0 + delay / mean_months if mean_months > 0.0 else 1.0
    return np.vstack([stretch(row, factor, n_to) for row in np.eye(n_from)])


class _MovedPool:
    """The pool of a run with its base case moved by a change."""

    def __init__(self, plan: Plan, change: Change) -> None:
        self.pool, self.change = plan.pool, change
        self.is_lumpy = plan.pool.is_lumpy
        self.has_price_stress = plan.pool.has_price_stress
        self.base = self._moved(plan.pool.base)

    def base_at(self, stresses: Sequence[Any]) -> BaseCase:
        return self._moved(self.pool.base_at(stresses))

    def noisy_paths(
        self, stresses: Sequence[Any], kept: Sequence[float], factors: Sequence[float]
    ) -> tuple[Floats, Floats]:
        less = [share * (1.0 - self.change.haircut) for share in kept]
        slower = [factor * self._factor(self.pool.base) for factor in factors]
        gross, costs = self.pool.noisy_paths(stresses, less, slower)
        return gross, costs * self.change.cost_multiple

    def _factor(self, base: BaseCase) -> float:
        time = mean_time(base.gross.sum(axis=0))
        return 1.0 + self.change.delay_months / time if time > 0.0 else 1.0

    def _moved(self, base: BaseCase) -> BaseCase:
        kept, factor, months = 1.0 - self.change.haircut, self._factor(base), base.gross.shape[1]
        gross = np.vstack([kept * stretch(row, factor, months) for row in base.gross])
        costs = np.vstack([kept * stretch(row, factor, months) for row in base.costs])
        return replace(base, gross=gross, costs=self.change.cost_multiple * costs)


def _answer(
    setting: Setting, outcomes: NoteOutcomes, weight: Floats, place: int, by_ladder: str
) -> NoteAnswer:
    note = setting.deal.notes[place]
    short = outcomes.has_shortfall[:, place]
    probability = float(weighted_mean(short, weight))
    principal = float(weighted_mean(outcomes.principal_paid[:, place], weight))
    time = float(weighted_mean(outcomes.principal_time[:, place], weight))
    wal = time / principal if principal > 0.0 else 0.0
    misses = outcomes.unpaid_principal_at_expected[:, place] > 0.005
    return NoteAnswer(
        name=note.name,
        level_by_ladder=by_ladder,
        level_by_simulation=level_by_simulation(setting.criteria, setting.scale, probability, wal),
        shortfall_probability=nano(probability),
        shortfall_se=nano(float(standard_error(short, weight))),
        expected_loss=nano(
            float(weighted_mean(outcomes.loss[:, place], weight)) / float(note.balance)
        ),
        miss_expected_maturity=nano(float(weighted_mean(misses, weight))),
        wal_years=nano(wal),
    )
