"""The multiple of collections at which each note just passes, path by path.

Valid where more cash never hurts a note: then the probability of a shortfall at a multiple is the
share of paths whose own breakeven lies above it, and one sort answers every probability. A trigger
that diverts cash can break this; `audit_monotonicity` says whether it does for a deal.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.errors import ConvergenceError
from analytics.kernels.waterfall import run_scaled
from analytics.waterfall.program import TOLERANCE, Program
from analytics.waterfall.run import checked, split

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]

HIGH = 2.0
PRECISION = 2.0**-14


class Scaler:
    """Runs chosen paths of one deal at chosen multiples and says which notes fall short."""

    def __init__(
        self, program: Program, gross: Floats, costs: Floats | None = None, *, threads: int = 1
    ) -> None:
        self.program = program
        self.gross, self.costs = checked(program, gross, costs)
        self.threads = threads
        self.n_runs = 0

    @property
    def n_paths(self) -> int:
        return len(self.gross)

    def losses(self, paths: Integers, scales: Floats) -> Floats:
        """Return what breaks the promise, (n_chosen, n_notes) CNY: the worst of its parts."""
        program = self.program
        wanted = np.ascontiguousarray(program.outcome_registers[:3].reshape(-1))
        found = np.zeros((len(wanted), len(paths)))
        a = (self.gross, self.costs, program.init, program.steps, program.table, wanted)
        bounds = split(len(paths), self.threads)
        if len(bounds) == 1:
            run_scaled(*a, paths, scales, 0, len(paths), found)
        else:
            with ThreadPoolExecutor(self.threads) as pool:
                list(pool.map(lambda e: run_scaled(*a, paths, scales, e[0], e[1], found), bounds))
        self.n_runs += len(paths)
        timely, interest, principal = found.reshape(3, program.n_notes, -1)
        timely = np.where(program.is_timely[:, None], timely, 0.0)
        return np.ascontiguousarray(np.maximum(np.maximum(timely, interest), principal).T)

    def falls_short(self, paths: Integers, scales: Floats) -> Flags:
        return self.losses(paths, scales) > TOLERANCE


def path_breakevens(scaler: Scaler, *, high: float = HIGH, precision: float = PRECISION) -> Floats:
    """Return the least multiple at which each note passes on each path, (n_paths, n_notes).

    nan where it falls short even at `high`; 0 where it passes without any cash.
    """
    brackets = Brackets(scaler, high)
    for note in range(scaler.program.n_notes):
        while (open_ := np.flatnonzero(brackets.width[:, note] > precision)).size:
            brackets.halve(open_, note)
    return np.where(brackets.never, np.nan, brackets.upper)


def breakeven_quantiles(
    scaler: Scaler,
    frequencies: Floats,
    *,
    weights: Floats | None = None,
    high: float = HIGH,
    precision: float = PRECISION,
) -> Floats:
    """Return the least multiple at which each note falls short on at most a share of paths.

    Only paths whose interval still straddles a wanted quantile are run again.

    Parameters
    ----------
    frequencies : (n_targets,) shares of paths that may fall short, such as 0.02.
    weights : (n_paths,) path weights; equal when not given.

    Returns
    -------
    (n_targets, n_notes) multiples; nan where even `high` is not enough.
    """
    brackets = Brackets(scaler, high)
    n_notes = scaler.program.n_notes
    weights = np.ones(scaler.n_paths) if weights is None else np.asarray(weights, dtype=np.float64)
    found = np.empty((len(frequencies), n_notes))
    for note in range(n_notes):
        while True:
            lowest = upper_quantiles(brackets.lower[:, note], weights, frequencies)
            highest = upper_quantiles(brackets.upper[:, note], weights, frequencies)
            open_ = straddling(brackets, note, lowest, highest, precision)
            if not open_.size:
                break
            brackets.halve(open_, note)
        settled = np.where(brackets.never[:, note], np.inf, brackets.upper[:, note])
        answer = upper_quantiles(settled, weights, frequencies)
        found[:, note] = np.where(np.isinf(answer), np.nan, answer)
    return found


class Brackets:
    """Intervals (n_paths, n_notes) that hold each breakeven: short at the lower, not at the upper.

    One run narrows the intervals of all notes: its verdict counts for each of them.
    """

    def __init__(self, scaler: Scaler, high: float) -> None:
        everyone = np.arange(scaler.n_paths)
        shape = (scaler.n_paths, scaler.program.n_notes)
        self.scaler = scaler
        self.lower = np.zeros(shape)
        self.upper = np.full(shape, high)
        self.never = scaler.falls_short(everyone, self.upper[:, 0].copy())
        self.lower[self.never] = high
        passes_without = ~scaler.falls_short(everyone, np.zeros(len(everyone)))
        self.upper[passes_without] = 0.0

    @property
    def width(self) -> Floats:
        return self.upper - self.lower

    def halve(self, paths: Integers, note: int) -> None:
        middle = 0.5 * (self.lower[paths, note] + self.upper[paths, note])
        short = self.scaler.falls_short(paths, middle)
        lower, upper = self.lower[paths], self.upper[paths]
        scales = middle[:, None]
        self.lower[paths] = np.where(short & (scales > lower) & (scales < upper), scales, lower)
        self.upper[paths] = np.where(~short & (scales < upper) & (scales > lower), scales, upper)


def straddling(
    brackets: Brackets, note: int, lowest: Floats, highest: Floats, precision: float
) -> Integers:
    """Paths whose interval is still wide and reaches into the interval of a wanted quantile."""
    is_open = brackets.width[:, note] > precision
    needed = np.zeros(len(is_open), dtype=np.bool_)
    for low, high in zip(lowest, highest, strict=True):
        if high - low > precision:
            needed |= (brackets.upper[:, note] >= low) & (brackets.lower[:, note] <= high)
    return np.flatnonzero(is_open & needed)


def upper_quantiles(values: Floats, weights: Floats, frequencies: Floats) -> Floats:
    """Return the least value that at most a share of the weight exceeds, for each share."""
    order = np.argsort(values, kind="stable")
    above = 1.0 - np.cumsum(weights[order]) / weights.sum()
    places = [int(np.argmax(above <= share + 1e-12)) for share in frequencies]
    return values[order][places]


@dataclass(frozen=True)
class MonotonicityAudit:
    """Whether more cash ever hurts a note: largest increase of its loss from one multiple to the next.

    worst : (n_notes,) CNY. n_violations : (n_notes,) paths on which a note passes at one multiple
    and falls short at a higher one.
    """

    multiples: Floats
    worst: Floats
    n_violations: Integers

    @property
    def is_monotone(self) -> bool:
        return not self.n_violations.any() and bool(np.all(self.worst <= TOLERANCE))


def audit_monotonicity(scaler: Scaler, multiples: Floats | None = None) -> MonotonicityAudit:
    """Run every path at rising multiples and count where a note does worse with more cash."""
    multiples = np.linspace(0.05, 1.5, 20) if multiples is None else np.sort(multiples)
    if len(multiples) < 2:
        msg = "An audit of monotonicity needs at least two multiples."
        raise ConvergenceError(msg)
    everyone = np.arange(scaler.n_paths)
    n_notes = scaler.program.n_notes
    worst = np.zeros(n_notes)
    violations = np.zeros((scaler.n_paths, n_notes), dtype=np.bool_)
    has_passed = np.zeros_like(violations)
    before: Floats | None = None
    for multiple in multiples:
        losses = scaler.losses(everyone, np.full(scaler.n_paths, multiple))
        short = losses > TOLERANCE
        violations |= short & has_passed
        has_passed |= ~short
        if before is not None:
            worst = np.maximum(worst, (losses - before).max(axis=0, initial=0.0))
        before = losses
    return MonotonicityAudit(multiples, worst, violations.sum(axis=0))
