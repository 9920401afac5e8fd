"""What each item paid, and where the factors stood, on chosen paths.

Paths are addressed by number, so the ones that failed are drawn again, alone.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from analytics.kernels.beta import table_value
from analytics.kernels.random import BLOCK
from analytics.kernels.simulation import (
    DrawArrays,
    draw_factors,
    draw_numbers,
    read_run,
    secured_cash,
)

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@njit(cache=True, nogil=True, error_model="numpy")
def add_paths(  # noqa: PLR0915, PLR0917 - one pass over a path, in its order
    paths: Integers,
    path_weights: Floats,
    draws: DrawArrays,
    stress: Floats,
    item_cash: Floats,
    item_months: Floats,
    factor_sums: Floats,
    work: Floats,
) -> None:
    """Add up, over chosen paths, each item's cash, its months times cash, and the factors.

    Parameters
    ----------
    paths, path_weights : (n_chosen,) path numbers and the weight of each in the sums.
    draws, stress, work : as for `simulate_block`; the factors are drawn.
    item_cash, item_months : (n_items,) CNY and CNY months added to, over all time.
    factor_sums : (n_factors,) added to.
    """
    key, shift, shifted_share = draws.key, draws.shift, draws.shifted_share[0]
    cell_factor, cell_weight, cell_own = draws.cell_factor, draws.cell_weight, draws.cell_own
    cell_stretch, cell_score, quantiles = draws.cell_stretch, draws.cell_score, draws.quantiles
    amounts, time_scale, times = draws.item_amount, draws.item_time_scale, draws.times
    run_first, run_cell, run_class = draws.run_first, draws.run_cell, draws.run_class
    run_table, run_time, n_beta = draws.run_table, draws.run_time, draws.n_beta[0]
    dues, growth, growth_stops = draws.secured_due, draws.secured_growth, draws.secured_growth_stops
    first_collateral, price_paths = draws.secured_first, draws.price_paths
    collateral_path, values = draws.collateral_path, draws.collateral_value
    priors, caps = draws.collateral_prior, draws.collateral_cap
    residual_share, residual_months = draws.residual[0], draws.residual[1]
    p, z, month = work[0], work[1], work[3]
    words, scratch = work[4].view(np.uint32), work[5:8]
    factors = np.empty(shift.size)
    n_items, n_runs = amounts.size, run_class.size

    for chosen in range(paths.size):
        weight = path_weights[chosen]
        draw_factors(paths[chosen], key, shift, shifted_share, factors)
        for f in range(factors.size):
            factor_sums[f] += weight * factors[f]
        run = 0
        for start in range(0, n_items, BLOCK):
            size = min(BLOCK, n_items - start)
            stop = start + size
            draw_numbers(paths[chosen], start, size, key, p, z, words, scratch)
            while run < n_runs and run_first[run] < stop:
                a, b = max(run_first[run], start) - start, min(run_first[run + 1], stop) - start
                cell, group = run_cell[run], run_class[run]
                score = (
                    cell_weight[cell, 0] * factors[cell_factor[cell, 0]]
                    + cell_weight[cell, 1] * factors[cell_factor[cell, 1]]
                    + cell_weight[cell, 2] * factors[cell_factor[cell, 2]]
                )
                stretch = table_value(quantiles, cell_stretch[cell], -score * cell_score[cell])
                read_run(
                    a,
                    b,
                    score,
                    cell_own[cell],
                    stretch * stress[1, group],
                    quantiles[run_table[run]],
                    times[run_time[run]],
                    time_scale[start:stop],
                    words,
                    z,
                    month,
                )
                for k in range(a, b):
                    i = start + k
                    cash, rest = z[k] * amounts[i], 0.0
                    if i >= n_beta:
                        s = i - n_beta
                        covered, due = secured_cash(
                            first_collateral[s],
                            first_collateral[s + 1],
                            (dues[s], growth[s], growth_stops[s]),
                            month[k],
                            z[k] * stress[2, group],
                            price_paths,
                            collateral_path,
                            values,
                            priors,
                            caps,
                        )
                        cash = min(due, covered * amounts[i])
                        rest = (due - covered) * residual_share
                    item_cash[i] += weight * stress[0, group] * (cash + rest)
                    later = month[k] + residual_months
                    item_months[i] += weight * stress[0, group] * (cash * month[k] + rest * later)
                if run_first[run + 1] > stop:
                    break
                run += 1
