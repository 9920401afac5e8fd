"""How far a note can go: the least cash, and the longest delay, at which it just passes.

A search evaluates a whole row of values at once (they run as paths of one block), then narrows
the interval around the last failure; three rounds of 64 settle an interval to 1 / 262,144.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Verdicts = Callable[[Floats], Flags]

WIDTH = 64


def lowest_passing(verdicts: Verdicts, n_notes: int, high: float, rounds: int = 3) -> Floats:
    """Find, for each note, the least value in [0, high] from which every tried value passes.

    Parameters
    ----------
    verdicts : from (n_values,) values to (n_values, n_notes) verdicts.
    n_notes : number of notes.
    high : upper end of the search.
    rounds : how often the interval is narrowed.

    Returns
    -------
    (n_notes,) values; nan where even `high` fails, 0 where even 0 passes. A value that passes
    below one that fails is no pass: triggers may make the verdict jump.
    """
    lower, upper = np.zeros(n_notes), np.full(n_notes, high)
    never = np.zeros(n_notes, dtype=np.bool_)
    for turn in range(rounds):
        tried = np.linspace(lower, upper, WIDTH, axis=-1)
        passed = _own_verdicts(verdicts, tried)
        failed = ~passed
        last_failure = np.where(failed.any(axis=1), WIDTH - 1 - failed[:, ::-1].argmax(axis=1), -1)
        if turn == 0:
            never = last_failure == WIDTH - 1
        lower = _at(tried, np.maximum(last_failure, 0))
        upper = _at(tried, np.minimum(last_failure + 1, WIDTH - 1))
    return np.where(never, np.nan, upper)


def highest_passing(verdicts: Verdicts, n_notes: int, high: float, rounds: int = 3) -> Floats:
    """Find, for each note, the largest value in [0, high] up to which every tried value passes.

    Same shapes as `lowest_passing`; nan where even 0 fails, `high` where all pass.
    """
    mirrored = lowest_passing(lambda values: verdicts(high - values), n_notes, high, rounds)
    return high - mirrored


def _own_verdicts(verdicts: Verdicts, tried: Floats) -> Flags:
    """Evaluate every note's own row of values in one call; (n_notes, width)."""
    n_notes = tried.shape[0]
    answers = verdicts(tried.ravel()).reshape(n_notes, WIDTH, n_notes)
    return answers[np.arange(n_notes), :, np.arange(n_notes)]


def _at(tried: Floats, place: NDArray[np.int64]) -> Floats:
    return np.take_along_axis(tried, place[:, None], axis=1)[:, 0]


def pathwise_lowest_passing(
    fails: Verdicts, n_paths: int, n_notes: int, high: float, rounds: int
) -> Floats:
    """Find for every path and note the least scale at which it does not fall short, by bisection.

    Valid where more cash never hurts a note: P(short | scale) is then the share of paths whose
    own breakeven lies above the scale, and one sort answers every frequency.

    Parameters
    ----------
    fails : from (n_paths,) scales, one for each path, to (n_paths, n_notes) shortfalls.

    Returns
    -------
    (n_paths, n_notes) scales in [0, high]; nan where even `high` falls short.
    """
    found = np.empty((n_paths, n_notes))
    for note in range(n_notes):
        lower, upper = np.zeros(n_paths), np.full(n_paths, high)
        never = fails(upper)[:, note]
        upper[~fails(lower)[:, note]] = 0.0
        for _ in range(rounds):
            middle = 0.5 * (lower + upper)
            short = fails(middle)[:, note]
            lower, upper = np.where(short, middle, lower), np.where(short, upper, middle)
        found[:, note] = np.where(never, np.nan, upper)
    return found
