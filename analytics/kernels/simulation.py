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
        a, b, c, d = philox(
            np.uint32(path), np.uint32(f), np.uint32(STREAM_FACTORS), np.uint32(0), key[0], key[1]
        )
        factors[f] = inverse_normal(unit(a))
        if f + 1 < n:
            factors[f + 1] = inverse_normal(unit(b))
        if f + 2 < n:
            factors[f + 2] = inverse_normal(unit(c))
        if f + 3 < n:
            factors[f + 3] = inverse_normal(unit(d))
    if shifted_share <= 0.0:
        return 1.0
    a, b, c, d = philox(
        np.uint32(path), np.uint32(0), np.uint32(STREAM_FACTORS), np.uint32(1), key[0], key[1]
    )
    if unit(a) < shifted_share:
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
def draw_cells(  # noqa: PLR0917 - kernels take arrays one by one
    draws: DrawArrays,
    path: int,
    systematic: int,
    factors: Floats,
    score: Floats,
    own: Floats,
    stretch: Floats,
) -> float:
    """Fill systematic score, own weight and time factor of each cell; return the path's weight."""
    d = draws
    if systematic == 0:
        for cell in range(own.size):
            score[cell], own[cell], stretch[cell] = 0.0, 1.0, 1.0
        return 1.0
    weight = draw_factors(path, d.key, d.shift, d.shifted_share[0], factors)
    for cell in range(own.size):
        score[cell] = (
            d.cell_weight[cell, 0] * factors[d.cell_factor[cell, 0]]
            + d.cell_weight[cell, 1] * factors[d.cell_factor[cell, 1]]
            + d.cell_weight[cell, 2] * factors[d.cell_factor[cell, 2]]
        )
        own[cell] = d.cell_own[cell]
        stretch[cell] = table_value(
            d.quantiles, d.cell_stretch[cell], -score[cell] * d.cell_score[cell]
        )
    return weight


@njit(inline="always")
def secured_cash(
    draws: DrawArrays, secured: int, month: float, price: float
) -> tuple[float, float]:
    """Return what a secured item pays at a month, by its collateral and as unsecured residual.

    `price` is the item's draw over the expected price. The first never exceeds the claim.
    """
    d = draws
    price_month = min(int(min(month, 1e6)), d.price_paths.shape[1] - 1)
    covered = 0.0
    for c in range(d.secured_first[secured], d.secured_first[secured + 1]):
        market = d.price_paths[d.collateral_path[c], price_month]
        net = d.collateral_value[c] * market * price - d.collateral_prior[c]
        covered += min(max(net, 0.0), d.collateral_cap[c])
    due = d.secured_due[secured] + d.secured_growth[secured] * min(
        month, d.secured_growth_stops[secured]
    )
    paid = min(due, covered)
    scaled = min(due, paid * d.item_amount[d.n_beta[0] + secured])
    return scaled, (due - paid) * d.residual[0]


@njit(inline="always")
def draw_numbers(draws: DrawArrays, path: int, start: int, size: int, work: Floats) -> None:
    """Draw a normal and a word for each item of one stretch of items.

    Items k and half + k share a counter, so that the loop vectorises. Normals go to work[1], words
    to work[4].
    """
    p, z, tail, exponent = work[0], work[1], work[2], work[3]
    words, where, bits = work[4].view(np.uint32), work[5].view(np.int64), tail.view(np.int64)
    k0, k1 = draws.key[0], draws.key[1]
    half = (size + 1) // 2
    for k in range(half):
        a, b, c, e = philox(
            np.uint32(path), np.uint32(start + k), np.uint32(STREAM_LOANS), np.uint32(0), k0, k1
        )
        p[k] = unit(a)
        p[half + k] = unit(c)
        words[k] = b
        words[half + k] = e
    normals_of_words(p, z, where, tail, bits, exponent, size)


@njit(inline="always")
def item_cash(  # noqa: PLR0917 - kernels take arrays one by one
    draws: DrawArrays,
    first: int,
    last: int,
    start: int,
    run: int,
    cell_values: tuple[float, float, float],
    stress: Floats,
    work: Floats,
) -> None:
    """Turn the numbers of items [first, last) of one run into cash and months.

    A run is a stretch of items alike in cell, class and tables. Cash goes to work[1], the later
    residual of secured items to work[6], the month to work[7].

    Parameters
    ----------
    cell_values : systematic score, own weight, time factor of the run's cell.
    """
    d = draws
    z, words, residual, month = work[1], work[4].view(np.uint32), work[6], work[7]
    score, own, stretch = cell_values
    group = d.run_class[run]
    multiplier, price_multiplier = stress[0, group], stress[2, group]
    pace = stretch * stress[1, group]
    table, times = d.quantiles[d.run_table[run]], d.times[d.run_time[run]]
    for k in range(first - start, last - start):
        month[k] = month_of(times, words[k]) * d.item_time_scale[start + k] * pace
    for k in range(first - start, last - start):
        x = (score + own * z[k] - Z_MIN) * STEPS_PER_UNIT
        x = x if x > 0.0 else 0.0
        x = x if x < N_STEPS - 1e-6 else N_STEPS - 1e-6
        step = np.uintp(x)
        low = table[step]
        z[k] = low + (x - np.float64(step)) * (table[step + np.uintp(1)] - low)
    if first < d.n_beta[0]:
        for k in range(first - start, last - start):
            z[k] *= d.item_amount[start + k] * multiplier
            residual[k] = 0.0
    else:
        for k in range(first - start, last - start):
            secured = start + k - d.n_beta[0]
            cash, rest = secured_cash(d, secured, month[k], z[k] * price_multiplier)
            z[k] = cash * multiplier
            residual[k] = rest * multiplier


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
    d = draws
    n_periods, width = gross.shape
    n_months, n_items, n_runs = d.month_to_period.size, d.item_cell.size, d.run_class.size
    n_cells = d.cell_own.size
    cash, residual, month = work[1], work[6], work[7]
    factors = np.empty(d.shift.size)
    score, own, stretch = np.empty(n_cells), np.empty(n_cells), np.empty(n_cells)
    same_rate = d.items_cost_only_rate[0] == 1
    # the last slot takes what comes after the last period, so that no branch is needed
    slots = np.empty(n_months + 1, np.uint32)
    for m in range(n_months):
        slots[m] = d.month_to_period[m] if d.month_to_period[m] >= 0 else n_periods
    slots[n_months] = n_periods
    paid, cost = np.empty(n_periods + 1), np.empty(n_periods + 1)
    latest = np.float64(n_months)

    for j in range(width):
        path = first_path + j
        weights[j] = draw_cells(d, path, systematic, factors, score, own, stretch)
        for period in range(n_periods + 1):
            paid[period] = 0.0
            cost[period] = 0.0
        run = 0
        for start in range(0, n_items, BLOCK):
            size = min(BLOCK, n_items - start)
            stop = start + size
            draw_numbers(d, path, start, size, work)
            while run < n_runs and d.run_first[run] < stop:
                cell = d.run_cell[run]
                values = (score[cell], own[cell], stretch[cell])
                first, last = max(d.run_first[run], start), min(d.run_first[run + 1], stop)
                item_cash(d, first, last, start, run, values, stress, work)
                if d.run_first[run + 1] > stop:
                    break
                run += 1
            for k in range(size):
                paid[slots[np.uintp(min(month[k], latest))]] += cash[k]
            if stop > d.n_beta[0]:
                for k in range(max(d.n_beta[0] - start, 0), size):
                    paid[slots[np.uintp(min(month[k] + d.residual[1], latest))]] += residual[k]
            if not same_rate:
                for k in range(size):
                    rate = d.item_cost_rate[start + k]
                    slot = slots[np.uintp(min(month[k], latest))]
                    cost[slot] += rate * cash[k] + d.item_cost_fixed[start + k]
                    slot = slots[np.uintp(min(month[k] + d.residual[1], latest))]
                    cost[slot] += rate * residual[k]
        if same_rate and n_items > 0:
            for period in range(n_periods):
                cost[period] = paid[period] * d.item_cost_rate[0]

        for pool in range(d.pool_cell.size):
            cell = d.pool_cell[pool]
            amount = d.pool_amount[pool] * stress[0, d.pool_class[pool]]
            if systematic == 1:
                amount *= table_value(
                    d.quantiles, d.pool_table[pool], score[cell] * d.cell_score[cell]
                )
            pace = 1.0 / (stretch[cell] * stress[1, d.pool_class[pool]])
            before = 0.0
            for m in range(n_months):
                share = curve_share(d.pool_curve, pool, (m + 1) * pace)
                paid[slots[m]] += amount * (share - before)
                cost[slots[m]] += d.pool_cost_rate[pool] * amount * (share - before)
                before = share
        for period in range(n_periods):
            gross[period, j] = paid[period] + d.certain[period]
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
    d = draws
    n_months, n_beta = gross.shape[1], d.n_beta[0]
    step = TIME_STEPS // n_times
    for i in range(d.item_cell.size):
        row, group = d.item_time[i], d.item_class[i]
        scale = d.item_time_scale[i] * stress[1, group]
        mean = 0.0
        if i < n_beta:
            mean = d.item_amount[i] * table_means[d.item_table[i]] * stress[0, group]
        total, moment = 0.0, 0.0
        for t in range(n_times):
            month = d.times[row, t * step + step // 2] * scale
            rest = 0.0
            if i < n_beta:
                cash = mean
            else:
                cash = 0.0
                for k in range(scores.size):
                    price = table_value(d.quantiles, d.item_table[i], scores[k]) * stress[2, group]
                    now, later_cash = secured_cash(d, i - n_beta, month, price)
                    cash += score_weights[k] * now
                    rest += score_weights[k] * later_cash
                cash *= stress[0, group]
                rest *= stress[0, group]
            cash /= n_times
            rest /= n_times
            later = month + d.residual[1]
            total += cash + rest
            moment += cash * month + rest * later
            m = int(month)
            if m < n_months:
                gross[group, m] += cash
                costs[group, m] += d.item_cost_rate[i] * cash + d.item_cost_fixed[i] / n_times
            m = int(later)
            if rest > 0.0 and m < n_months:
                gross[group, m] += rest
                costs[group, m] += d.item_cost_rate[i] * rest
        item_gross[i] = total
        item_month[i] = moment / total if total > 0.0 else 0.0
    for pool in range(d.pool_cell.size):
        group = d.pool_class[pool]
        amount = d.pool_amount[pool] * stress[0, group]
        before = 0.0
        for m in range(n_months):
            share = curve_share(d.pool_curve, pool, (m + 1) / stress[1, group])
            gross[group, m] += amount * (share - before)
            costs[group, m] += d.pool_cost_rate[pool] * amount * (share - before)
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
    d = draws
    for secured in range(d.secured_due.size):
        row = d.item_table[d.n_beta[0] + secured]
        for k in range(nodes.size):
            price = table_value(d.quantiles, row, nodes[k])
            now, later = secured_cash(d, secured, months[secured], price)
            out[secured, k] = now + later
