"""Collections of a pool on many paths: factors, recovery of each item, time, and payment period.

An *item* is what is resolved together: an unsecured loan, or a group of loans with the collateral
they share. Its normal score is z = systematic part of its cell + own part; a quantile table turns
the score into a recovery (unsecured) or a price (secured), a second number gives the month.

Everything is addressed by (path, item), so a path is the same whoever computes it.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from analytics.kernels.beta import N_STEPS, STEPS_PER_UNIT, Z_MIN, table_value
from analytics.kernels.random import (
    BLOCK,
    STREAM_FACTORS,
    STREAM_LOANS,
    inverse_normal,
    normals_of_words,
    philox,
    unit,
)

WIDTH = 64
"""Paths of a block: their cash by period stays in the first cache."""
TIME_STEPS = 256
"""A table of times has TIME_STEPS + 1 quantiles, evenly spaced in probability."""

Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint32]
Ints = npt.NDArray[np.int32]


class DrawArrays(NamedTuple):
    """All that the kernel reads; money in CNY, times in months from cut-off.

    Cells join items with the same class, province and asset type.
    """

    key: Words  # (2,) from the seed
    shift: Floats  # (n_factors,) mean of the shifted draws; zeros without importance sampling
    shifted_share: Floats  # (1,) share of paths drawn with the shift
    cell_factor: Ints  # (n_cells, 3) national, province and type factor
    cell_weight: Floats  # (n_cells, 3) loading times root of the factor's share
    cell_own: Floats  # (n_cells,) root of one minus the squared loading
    cell_stretch: Ints  # (n_cells,) row in quantiles of the time factor, read at minus the score
    cell_score: Floats  # (n_cells,) one over the loading: brings the systematic part to unit scale
    item_cell: Ints  # (n_items,) items before `n_beta` are unsecured, the others secured
    item_class: Ints  # (n_items,) row of the stress arrays
    item_table: Ints  # (n_items,) quantiles of recovery (unsecured) or of price (secured)
    item_time: Ints  # (n_items,) row in times
    item_time_scale: Floats
    item_amount: Floats  # (n_items,) unsecured: CNY at recovery 1; secured: base over own estimate
    item_cost_rate: Floats  # (n_items,) cost over gross
    item_cost_fixed: Floats  # (n_items,) CNY, with the item's cash
    n_beta: npt.NDArray[np.int64]  # (1,)
    run_first: npt.NDArray[np.int64]  # (n_runs + 1,) stretches of items alike in the four below
    run_cell: Ints  # (n_runs,)
    run_class: Ints
    run_table: Ints
    run_time: Ints
    secured_due: Floats  # (n_items - n_beta,) claim at cut-off less cash already in
    secured_growth: Floats  # CNY a month
    secured_growth_stops: Floats  # months
    secured_first: Ints  # (n_secured + 1,) where the item's collateral begins
    collateral_value: Floats  # (n_collaterals,) CNY at cut-off before the table of prices
    collateral_path: Ints  # row in price_paths
    collateral_prior: Floats  # CNY of liens before
    collateral_cap: Floats  # CNY, maximum claims; inf where none
    residual: Floats  # (2,) share of the unpaid rest, months after
    quantiles: Floats  # (n_tables, 4353) by normal score
    times: Floats  # (n_times, 257) months
    price_paths: Floats  # (n_price_paths, n_months) price over that at cut-off
    month_to_period: Ints  # (n_months,) period of each month, -1 when lost to the notes
    certain: Floats  # (n_periods,) cash already collected: never stressed
    pool_cell: Ints  # (n_pools,) aggregate pools: one systematic amount spread over a curve
    pool_class: Ints
    pool_table: Ints
    pool_amount: Floats
    pool_cost_rate: Floats
    pool_curve: Floats  # (n_pools, n_curve) cumulative share by month; ends at 1
    items_cost_only_rate: npt.NDArray[np.int64]  # (1,) 1 when every item has the same cost rate


@njit(inline="always")
def draw_factors(
    path: int, key: Words, shift: Floats, shifted_share: float, factors: Floats
) -> float:
    """Fill the factors of one path and return the path's weight.

    A path is drawn from the shifted density with probability `shifted_share`; its weight is the
    nominal density over that of the mixture, so it never exceeds 1 / (1 - shifted_share).
    """
    n = factors.size
    for f in range(0, n, 4):
        words = philox(
            np.uint32(path), np.uint32(f), np.uint32(STREAM_FACTORS), np.uint32(0), key[0], key[1]
        )
        last = min(n - f, 4)
        for k in range(last):
            factors[f + k] = unit(words[k])
    for f in range(n):
        factors[f] = inverse_normal(factors[f])
    if shifted_share <= 0.0:
        return 1.0
    word, _, _, _ = philox(
        np.uint32(path), np.uint32(0), np.uint32(STREAM_FACTORS), np.uint32(1), key[0], key[1]
    )
    if unit(word) < shifted_share:
        for f in range(n):
            factors[f] += shift[f]
    exponent = 0.0
    for f in range(n):
        exponent += shift[f] * (factors[f] - 0.5 * shift[f])
    weight: float = 1.0 / (1.0 - shifted_share + shifted_share * np.exp(exponent))
    return weight


@njit(inline="always")
def month_of(table: Floats, word: np.uint32) -> float:
    """Read a resolution time at a 32-bit word: 8 bits choose the step, 24 the place in it."""
    step = np.uintp(word >> np.uint32(24))
    place = np.float64(word & np.uint32(0xFFFFFF)) * 5.9604644775390625e-08
    low = table[step]
    month: float = low + place * (table[step + np.uintp(1)] - low)
    return month


@njit(inline="always")
def secured_cash(  # noqa: PLR0917 - kernels take arrays one by one
    first: int,
    last: int,
    claim: tuple[float, float, float],
    month: float,
    price: float,
    price_paths: Floats,
    path: Ints,
    value: Floats,
    prior: Floats,
    cap: Floats,
) -> tuple[float, float]:
    """Return what collaterals [first, last) pay on a claim at a month, and the claim then due.

    Parameters
    ----------
    claim : CNY due at cut-off, growth a month, month at which growth stops.
    price : the item's draw over the expected price.
    path, value, prior, cap : (n_collaterals,) as in DrawArrays.
    """
    price_month = min(int(min(month, 1e6)), price_paths.shape[1] - 1)
    covered = 0.0
    for c in range(first, last):
        net = value[c] * price_paths[path[c], price_month] * price - prior[c]
        covered += min(max(net, 0.0), cap[c])
    due = claim[0] + claim[1] * min(month, claim[2])
    return min(due, covered), due


@njit(inline="always")
def draw_numbers(  # noqa: PLR0917 - kernels take arrays one by one
    path: int, start: int, size: int, key: Words, p: Floats, z: Floats, words: Words, work: Floats
) -> None:
    """Draw a normal (to `z`) and a word (to `words`) for `size` items from number `start`.

    Items k and half + k share a counter, so that the loop vectorises.
    """
    tail = work[0]
    k0, k1 = key[0], key[1]
    half = (size + 1) // 2
    for k in range(half):
        a, b, c, e = philox(
            np.uint32(path), np.uint32(start + k), np.uint32(STREAM_LOANS), np.uint32(0), k0, k1
        )
        p[k] = unit(a)
        p[half + k] = unit(c)
        words[k] = b
        words[half + k] = e
    normals_of_words(p, z, work[1].view(np.int64), tail, tail.view(np.int64), work[2], size)


@njit(inline="always")
def read_run(  # noqa: PLR0917 - kernels take arrays one by one
    a: int, b: int, score: float, own: float, pace: float, table: Floats, times: Floats,
    time_scale: Floats, words: Words, z: Floats, month: Floats,
) -> None:  # fmt: skip
    """Turn scores a to b of a run into table values (in `z`) and words into months.

    A run is a stretch of items alike in cell, class and tables.
    """
    for k in range(a, b):
        month[k] = month_of(times, words[k]) * time_scale[k] * pace
    for k in range(a, b):
        x = (score + own * z[k] - Z_MIN) * STEPS_PER_UNIT
        x = x if x > 0.0 else 0.0
        x = x if x < N_STEPS - 1e-6 else N_STEPS - 1e-6
        step = np.uintp(x)
        low = table[step]
        z[k] = low + (x - np.float64(step)) * (table[step + np.uintp(1)] - low)


@njit(cache=True, nogil=True, error_model="numpy")
def simulate_block(  # noqa: PLR0912, PLR0915, PLR0917 - one pass over a path, in its order
    first_path: int,
    gross: Floats,
    costs: Floats,
    weights: Floats,
    draws: DrawArrays,
    systematic: int,
    stress: Floats,
    work: Floats,
) -> None:
    """Write the collections of consecutive paths, one column each.

    Parameters
    ----------
    first_path : number of the path in column 0.
    gross, costs : (n_periods, width) CNY out; what they held before is overwritten.
    weights : (width,) path weights out.
    draws : DrawArrays
    systematic : 1 for the simulation; 0 sets the factors aside: items are independent, each with
        its full own distribution, so that means are those of the base case (used by the ladder).
    stress : (3, n_classes) multiplier of gross, multiplier of remaining time, multiplier of prices.
    work : working space from `working_space`.
    """
    n_periods, width = gross.shape
    # fields are read once: every reading of a large tuple costs compile time
    key, shift, shifted_share = draws.key, draws.shift, draws.shifted_share[0]
    cell_factor, cell_weight, cell_own = draws.cell_factor, draws.cell_weight, draws.cell_own
    cell_stretch, cell_score, quantiles = draws.cell_stretch, draws.cell_score, draws.quantiles
    amounts, time_scale, times = draws.item_amount, draws.item_time_scale, draws.times
    cost_rate, cost_fixed = draws.item_cost_rate, draws.item_cost_fixed
    run_first, run_cell, run_class = draws.run_first, draws.run_cell, draws.run_class
    run_table, run_time, n_beta = draws.run_table, draws.run_time, draws.n_beta[0]
    dues, growth, growth_stops = draws.secured_due, draws.secured_growth, draws.secured_growth_stops
    first_collateral, price_paths = draws.secured_first, draws.price_paths
    paths, values = draws.collateral_path, draws.collateral_value
    priors, caps = draws.collateral_prior, draws.collateral_cap
    residual_share, residual_months = draws.residual[0], draws.residual[1]
    month_to_period, certain = draws.month_to_period, draws.certain
    pool_cell, pool_class, pool_table = draws.pool_cell, draws.pool_class, draws.pool_table
    pool_amount, pool_cost_rate, pool_curve = draws.pool_amount, draws.pool_cost_rate, draws.pool_curve  # fmt: skip
    same_rate = draws.items_cost_only_rate[0] == 1

    n_months, n_items, n_runs = month_to_period.size, amounts.size, run_class.size
    n_cells = cell_own.size
    p, z, residual, month = work[0], work[1], work[2], work[3]
    words, scratch = work[4].view(np.uint32), work[5:8]
    factors = np.empty(shift.size)
    score, own, stretch = np.empty(n_cells), np.empty(n_cells), np.empty(n_cells)
    # the last slot takes what comes after the last period, so that no branch is needed
    slots = np.empty(n_months + 1, np.uint32)
    for m in range(n_months):
        slots[m] = month_to_period[m] if month_to_period[m] >= 0 else n_periods
    slots[n_months] = n_periods
    paid, cost = np.empty(n_periods + 1), np.empty(n_periods + 1)
    latest = np.float64(n_months)

    for j in range(width):
        path = first_path + j
        weights[j] = 1.0
        if systematic == 1:
            weights[j] = draw_factors(path, key, shift, shifted_share, factors)
            for cell in range(n_cells):
                score[cell] = (
                    cell_weight[cell, 0] * factors[cell_factor[cell, 0]]
                    + cell_weight[cell, 1] * factors[cell_factor[cell, 1]]
                    + cell_weight[cell, 2] * factors[cell_factor[cell, 2]]
                )
                own[cell] = cell_own[cell]
                stretch[cell] = table_value(
                    quantiles, cell_stretch[cell], -score[cell] * cell_score[cell]
                )
        else:
            for cell in range(n_cells):
                score[cell], own[cell], stretch[cell] = 0.0, 1.0, 1.0
        for period in range(n_periods + 1):
            paid[period] = 0.0
            cost[period] = 0.0

        run = 0
        for start in range(0, n_items, BLOCK):
            size = min(BLOCK, n_items - start)
            stop = start + size
            draw_numbers(path, start, size, key, p, z, words, scratch)
            while run < n_runs and run_first[run] < stop:
                a, b = max(run_first[run], start) - start, min(run_first[run + 1], stop) - start
                cell, group = run_cell[run], run_class[run]
                read_run(
                    a,
                    b,
                    score[cell],
                    own[cell],
                    stretch[cell] * stress[1, group],
                    quantiles[run_table[run]],
                    times[run_time[run]],
                    time_scale[start:stop],
                    words,
                    z,
                    month,
                )
                if start + a < n_beta:
                    for k in range(a, b):
                        z[k] *= amounts[start + k] * stress[0, group]
                        residual[k] = 0.0
                else:
                    for k in range(a, b):
                        i = start + k - n_beta
                        covered, due = secured_cash(
                            first_collateral[i],
                            first_collateral[i + 1],
                            (dues[i], growth[i], growth_stops[i]),
                            month[k],
                            z[k] * stress[2, group],
                            price_paths,
                            paths,
                            values,
                            priors,
                            caps,
                        )
                        z[k] = min(due, covered * amounts[start + k]) * stress[0, group]
                        residual[k] = (due - covered) * residual_share * stress[0, group]
                if run_first[run + 1] > stop:
                    break
                run += 1
            for k in range(size):
                paid[slots[np.uintp(min(month[k], latest))]] += z[k]
            for k in range(max(n_beta - start, 0), size):
                paid[slots[np.uintp(min(month[k] + residual_months, latest))]] += residual[k]
            if not same_rate:
                for k in range(size):
                    rate = cost_rate[start + k]
                    slot = slots[np.uintp(min(month[k], latest))]
                    cost[slot] += rate * z[k] + cost_fixed[start + k]
                    slot = slots[np.uintp(min(month[k] + residual_months, latest))]
                    cost[slot] += rate * residual[k]
        if same_rate and n_items > 0:
            for period in range(n_periods):
                cost[period] = paid[period] * cost_rate[0]

        for pool in range(pool_cell.size):
            cell = pool_cell[pool]
            amount = pool_amount[pool] * stress[0, pool_class[pool]]
            if systematic == 1:
                amount *= table_value(quantiles, pool_table[pool], score[cell] * cell_score[cell])
            pace = 1.0 / (stretch[cell] * stress[1, pool_class[pool]])
            before = 0.0
            for m in range(n_months):
                share = curve_share(pool_curve, pool, (m + 1) * pace)
                paid[slots[m]] += amount * (share - before)
                cost[slots[m]] += pool_cost_rate[pool] * amount * (share - before)
                before = share
        for period in range(n_periods):
            gross[period, j] = paid[period] + certain[period]
            costs[period, j] = cost[period]


@njit(inline="always")
def curve_share(curves: Floats, row: int, month: float) -> float:
    """Read a cumulative curve given at whole months 0, 1, 2 ..., linear between; 1 after the end."""
    last = curves.shape[1] - 1
    whole = min(int(month), last - 1)
    low = curves[row, whole]
    share: float = low + min(month - whole, 1.0) * (curves[row, whole + 1] - low)
    return share


def working_space() -> Floats:
    """Return the working space of `simulate_block`, for one thread."""
    return np.empty((8, BLOCK))


@njit(cache=True, nogil=True)
def simulate_range(  # noqa: PLR0917 - kernels take arrays one by one
    first_path: int,
    n_paths: int,
    draws: DrawArrays,
    systematic: int,
    stress: Floats,
    gross: Floats,
    costs: Floats,
    weights: Floats,
    work: Floats,
) -> None:
    """Write the collections of `n_paths` consecutive paths into (n_paths, n_periods) arrays."""
    n_periods = gross.shape[1]
    block_gross, block_costs = np.empty((n_periods, WIDTH)), np.empty((n_periods, WIDTH))
    block_weights = np.empty(WIDTH)
    for start in range(0, n_paths, WIDTH):
        width = min(WIDTH, n_paths - start)
        # always a whole block: columns past the last path are computed and left out
        simulate_block(
            first_path + start,
            block_gross,
            block_costs,
            block_weights,
            draws,
            systematic,
            stress,
            work,
        )
        for j in range(width):
            weights[start + j] = block_weights[j]
            for period in range(n_periods):
                gross[start + j, period] = block_gross[period, j]
                costs[start + j, period] = block_costs[period, j]


@njit(cache=True, nogil=True, error_model="numpy")
def expected_cash(  # noqa: PLR0915, PLR0917 - one pass over the items
    draws: DrawArrays,
    stress: Floats,
    scores: Floats,
    score_weights: Floats,
    table_means: Floats,
    n_times: int,
    gross: Floats,
    costs: Floats,
    item_gross: Floats,
    item_month: Floats,
) -> None:
    """Integrate every item over its time and its score: the deterministic cash of the ladder.

    Parameters
    ----------
    draws, stress : as for `simulate_block`.
    scores, score_weights : nodes of a rule that integrates prices over a standard normal.
    table_means : (n_tables,) means of the quantile tables.
    n_times : number of equally likely times taken per item; divides TIME_STEPS.
    gross, costs : (n_classes, n_months) CNY added to; months beyond the end are left out.
    item_gross, item_month : (n_items,) CNY expected over all time, and their mean month, out.
    """
    quantiles, times, n_beta = draws.quantiles, draws.times, draws.n_beta[0]
    item_class, item_time, item_table = draws.item_class, draws.item_time, draws.item_table
    time_scale, amounts = draws.item_time_scale, draws.item_amount
    cost_rate, cost_fixed = draws.item_cost_rate, draws.item_cost_fixed
    dues, growth, growth_stops = draws.secured_due, draws.secured_growth, draws.secured_growth_stops
    first_collateral, price_paths = draws.secured_first, draws.price_paths
    paths, values = draws.collateral_path, draws.collateral_value
    priors, caps = draws.collateral_prior, draws.collateral_cap
    residual_share, residual_months = draws.residual[0], draws.residual[1]
    n_months, step = gross.shape[1], TIME_STEPS // n_times
    for i in range(amounts.size):
        row, group = item_time[i], item_class[i]
        scale = time_scale[i] * stress[1, group]
        mean = table_means[item_table[i]] * amounts[i] * stress[0, group]
        total, moment = 0.0, 0.0
        for t in range(n_times):
            month = times[row, t * step + step // 2] * scale
            cash, rest = mean, 0.0
            if i >= n_beta:
                cash, s = 0.0, i - n_beta
                for k in range(scores.size):
                    covered, due = secured_cash(
                        first_collateral[s],
                        first_collateral[s + 1],
                        (dues[s], growth[s], growth_stops[s]),
                        month,
                        table_value(quantiles, item_table[i], scores[k]) * stress[2, group],
                        price_paths,
                        paths,
                        values,
                        priors,
                        caps,
                    )
                    cash += score_weights[k] * min(due, covered * amounts[i])
                    rest += score_weights[k] * (due - covered) * residual_share
                cash *= stress[0, group]
                rest *= stress[0, group]
            cash /= n_times
            rest /= n_times
            later = month + residual_months
            total += cash + rest
            moment += cash * month + rest * later
            if month < n_months:
                gross[group, int(month)] += cash
                costs[group, int(month)] += cost_rate[i] * cash + cost_fixed[i] / n_times
            if rest > 0.0 and later < n_months:
                gross[group, int(later)] += rest
                costs[group, int(later)] += cost_rate[i] * rest
        item_gross[i] = total
        item_month[i] = moment / total if total > 0.0 else 0.0
    for pool in range(draws.pool_cell.size):
        group = draws.pool_class[pool]
        amount = draws.pool_amount[pool] * stress[0, group]
        before = 0.0
        for m in range(n_months):
            share = curve_share(draws.pool_curve, pool, (m + 1) / stress[1, group])
            gross[group, m] += amount * (share - before)
            costs[group, m] += draws.pool_cost_rate[pool] * amount * (share - before)
            before = share


@njit(cache=True, nogil=True, error_model="numpy")
def secured_at_scores(draws: DrawArrays, months: Floats, nodes: Floats, out: Floats) -> None:
    """Evaluate each secured item's recovery at given scores, at its own mean month.

    Parameters
    ----------
    months : (n_secured,) month at which prices and claims are taken.
    nodes : (n_nodes,) normal scores.
    out : (n_secured, n_nodes) CNY, residual included.
    """
    n_beta, amounts, tables = draws.n_beta[0], draws.item_amount, draws.item_table
    dues, growth, growth_stops = draws.secured_due, draws.secured_growth, draws.secured_growth_stops
    first_collateral, price_paths = draws.secured_first, draws.price_paths
    paths, values = draws.collateral_path, draws.collateral_value
    priors, caps = draws.collateral_prior, draws.collateral_cap
    quantiles, residual_share = draws.quantiles, draws.residual[0]
    for i in range(dues.size):
        for k in range(nodes.size):
            covered, due = secured_cash(
                first_collateral[i],
                first_collateral[i + 1],
                (dues[i], growth[i], growth_stops[i]),
                months[i],
                table_value(quantiles, tables[n_beta + i], nodes[k]),
                price_paths,
                paths,
                values,
                priors,
                caps,
            )
            out[i, k] = min(due, covered * amounts[n_beta + i]) + (due - covered) * residual_share
