"""Simulation and waterfall in one pass over a block: collections never leave the first cache.

Memory does not grow with the number of paths or loans, only with what is kept of each path.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from analytics.kernels.simulation import WIDTH, DrawArrays, simulate_block
from analytics.kernels.waterfall import run_block

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@njit(cache=True, nogil=True)
def run_fused(  # noqa: PLR0917 - kernels take arrays one by one
    first_path: int,
    start: int,
    stop: int,
    draws: DrawArrays,
    systematic: int,
    stress: Floats,
    init: Floats,
    steps: Integers,
    table: Floats,
    wanted: Integers,
    outcomes: Floats,
    weights: Floats,
    totals: Floats,
    work: Floats,
) -> None:
    """Draw paths first_path + start ... and run each block through the deal at once.

    Parameters
    ----------
    first_path : number of the path in column 0 of `outcomes`.
    start, stop : columns to fill; `start` is a multiple of WIDTH.
    draws, systematic, stress, work : as for `simulate_block`.
    init, steps, table : the deal's program, as for `run_block`.
    wanted : (n_wanted,) registers kept.
    outcomes : (n_wanted, n_paths) out.
    weights, totals : (n_paths,) path weights and gross collections out.
    """
    n_periods = table.shape[1]
    gross, costs = np.empty((n_periods, WIDTH)), np.empty((n_periods, WIDTH))
    registers, block_weights = np.zeros((init.size, WIDTH)), np.empty(WIDTH)
    for first in range(start, stop, WIDTH):
        width = min(WIDTH, stop - first)
        simulate_block(
            first_path + first, gross, costs, block_weights, draws, systematic, stress, work
        )
        run_block(gross, costs, init, steps, table, registers)
        for j in range(width):
            weights[first + j] = block_weights[j]
            total = 0.0
            for period in range(n_periods):
                total += gross[period, j]
            totals[first + j] = total
        for k in range(wanted.size):
            for j in range(width):
                outcomes[k, first + j] = registers[wanted[k], j]
