"""The most likely failure of a note: the simulated path that breaks it nearest to the ordinary.

Systematic factors are standard normal, so the likeliest of all paths that fall short is the one
whose factors lie nearest to zero. It is a real path of the run: its number opens it in the audit
view.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analytics.chunks import Chunk
from analytics.kernels.factors import factors_of_paths
from analytics.result import Factor, Failure, fen, nano
from analytics.simulation import Draws, simulate

Floats = NDArray[np.float64]

N_FACTORS_TOLD = 6


def most_likely_failure(
    draws: Draws, names: Sequence[tuple[str, str]], chunks: Sequence[Chunk], place: int, note: str
) -> Failure | None:
    """Find the likeliest of the paths on which a note falls short; None where none does.

    `names` gives kind and name of each factor; `place` is the number of the note.
    """
    failing = np.concatenate(
        [chunk.first_path + np.flatnonzero(chunk.is_short[:, place]) for chunk in chunks]
    ).astype(np.int64)
    if failing.size == 0:
        return None
    factors = factors_of(draws, failing)
    distances = np.sqrt((factors**2).sum(axis=1))
    chosen = int(np.argmin(distances))
    path = int(failing[chosen])
    chunk = next(
        each for each in chunks if each.first_path <= path < each.first_path + each.n_paths
    )
    row = path - chunk.first_path
    recovery, pace = _against_the_average(draws, chunks, path)
    told = sorted(
        zip(names, factors[chosen], strict=True), key=lambda pair: (-abs(pair[1]), pair[0])
    )
    return Failure(
        note=note,
        path=path,
        distance=nano(distances[chosen]),
        recovery=nano(recovery),
        pace=nano(pace),
        loss=fen(chunk.loss[row, place]),
        is_late=bool(chunk.is_late[row, place]),
        n_failures=int(failing.size),
        factors=tuple(
            Factor(kind, name, nano(score)) for (kind, name), score in told[:N_FACTORS_TOLD]
        ),
    )


def factors_of(draws: Draws, paths: NDArray[np.int64]) -> Floats:
    """Return the factors of paths by their numbers: (n_paths, n_factors)."""
    arrays = draws.arrays
    factors = np.empty((paths.size, arrays.shift.size))
    factors_of_paths(paths, arrays.key, arrays.shift, float(arrays.shifted_share[0]), factors)
    return factors


def _against_the_average(draws: Draws, chunks: Sequence[Chunk], path: int) -> tuple[float, float]:
    """Return the path's collections and their mean period, over those of the average path."""
    expected = np.sum([chunk.expected for chunk in chunks], axis=0)
    expected = expected / sum(chunk.n_paths for chunk in chunks)
    cash = simulate(draws, 1, first_path=path).gross[0]
    periods = np.arange(1, cash.size + 1)
    own, usual = (float(each @ periods) / max(float(each.sum()), 0.01) for each in (cash, expected))
    return float(cash.sum()) / max(float(expected.sum()), 0.01), own / max(usual, 0.01)
