"""Correlated collections of a pool: factors, loadings solved from floors, paths.

Each cell (asset class x province) has the score
z = loading * (sqrt(.60) national + sqrt(.25) province + sqrt(.15) type) + sqrt(1 - loading^2) own,
and the loading is solved so that the pool's recovery without own noise has at least the floor of
dispersion of its class. Time shares the factor. Source: method page 7.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.criteria import Criteria
from analytics.kernels.simulation import (
    WIDTH,
    DrawArrays,
    secured_at_scores,
    simulate_range,
    working_space,
)
from analytics.quantiles import SCORES, beta_quantiles, lognormal_quantiles
from analytics.recovery import (
    Forecast,
    Items,
    SmoothPool,
    draw_arrays,
    expected_cash,
)
from analytics.unsecured import beta_parameters, feasible_sd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

HERMITE_TERMS = 24
NODES = 96
STRONGEST_LOADING = 0.995
SHORTEST_TIME = 0.25
"""Months: a time below counts as this one where logarithms of times are compared."""


@dataclass(frozen=True)
class Loading:
    """The systematic loading of one asset class, and the dispersion it gives.

    `floor` and `reached` are relative standard deviations of the class's pool recovery without own
    noise; `reached` is below the floor only where collateral far above the claims holds it down.
    """

    asset_class: str
    loading: float
    floor: float
    reached: float


@dataclass(frozen=True)
class Draws:
    """All that is needed to draw any path of a pool.

    `item[k]` is the forecast's item that the kernel draws in place k.
    """

    arrays: DrawArrays
    item: Ints
    segments: tuple[str, ...]
    loadings: tuple[Loading, ...]
    n_periods: int
    seed: int


@dataclass(frozen=True)
class Collections:
    """Cash by path and payment period: (n_paths, n_periods) CNY, and path weights (n_paths,).

    `gross` includes cash already collected; `costs` is the work-out cost that belongs to `gross`.
    """

    gross: Floats
    costs: Floats
    weight: Floats


def prepare(
    forecast: Forecast,
    criteria: Criteria,
    month_to_period: npt.NDArray[np.integer],
    n_periods: int,
    seed: int,
    *,
    importance: float = 0.0,
) -> Draws:
    """Lay out a forecast for drawing.

    Parameters
    ----------
    month_to_period : (n_months,) payment period of each month from cut-off; -1 is lost.
    seed : 0 to 2**64 - 1. The same seed gives the same paths for any structure or stress.
    importance : shift of the systematic direction towards low recovery, in standard deviations, for
        half of the paths (a defensive mixture: weights never exceed 2); 0 draws plainly.
    """
    base = draw_arrays(
        forecast.items, forecast.smooth, np.asarray(month_to_period, dtype=np.int32), n_periods
    )
    cells = _Cells(forecast, criteria, base)
    certain = np.zeros(n_periods)
    for month, amount in forecast.collected:
        period = int(month_to_period[month]) if month < len(month_to_period) else -1
        if period >= 0:
            certain[period] += amount
    shift = -importance * cells.direction()
    arrays, order = _in_runs(base._replace(**cells.arrays()))
    arrays = arrays._replace(
        key=np.array([seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF], dtype=np.uint32),
        shift=shift,
        shifted_share=np.array([0.5 if importance > 0.0 else 0.0]),
        certain=certain,
    )
    return Draws(arrays, order, forecast.segments, cells.loadings, n_periods, seed)


def neutral_stress(draws: Draws) -> Floats:
    """Return the stress that changes nothing: (3, n_segments) gross, time and price multiples."""
    return np.ones((3, max(len(draws.segments), 1)))


def simulate(
    draws: Draws,
    n_paths: int,
    *,
    first_path: int = 0,
    threads: int = 1,
    systematic: bool = True,
    stress: Floats | None = None,
) -> Collections:
    """Draw consecutive paths. The digits are the same for any threads and any split into calls.

    Parameters
    ----------
    systematic : False sets the factors aside: items independent, means those of the base case.
    stress : (3, n_segments) multiples of gross, remaining time, collateral price.
    """
    found = Collections(
        np.empty((n_paths, draws.n_periods)),
        np.empty((n_paths, draws.n_periods)),
        np.empty(n_paths),
    )
    stress = (
        neutral_stress(draws) if stress is None else np.ascontiguousarray(stress, dtype=np.float64)
    )

    def part(start: int, stop: int) -> None:
        simulate_range(
            first_path + start,
            stop - start,
            draws.arrays,
            int(systematic),
            stress,
            found.gross[start:stop],
            found.costs[start:stop],
            found.weight[start:stop],
            working_space(),
        )

    bounds = path_ranges(n_paths, threads)
    if threads == 1:
        part(0, n_paths)
        return found
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(part, bounds[:-1], bounds[1:]))
    return found


def path_ranges(n_paths: int, threads: int) -> list[int]:
    """Cut paths into whole blocks, four ranges a thread: [0, ..., n_paths]."""
    blocks = math.ceil(n_paths / WIDTH)
    parts = 1 if threads == 1 else min(4 * threads, blocks)
    edges = [WIDTH * (blocks * part // parts) for part in range(parts)]
    return [*edges, n_paths]


def _in_runs(arrays: DrawArrays) -> tuple[DrawArrays, Ints]:
    """Sort items alike into runs, unsecured ones still first; return the arrays and the order."""
    a = arrays
    n_beta = int(a.n_beta[0])
    alike = np.stack([a.item_cell, a.item_class, a.item_table, a.item_time])
    is_secured = np.arange(a.item_cell.size) >= n_beta
    order = np.lexsort((*alike[::-1], is_secured))
    alike = alike[:, order]
    breaks = np.any(np.diff(alike, axis=1) != 0, axis=0) | (np.diff(is_secured[order]))
    first = np.concatenate([[0], np.flatnonzero(breaks) + 1, [order.size]]).astype(np.int64)
    first = np.unique(first)
    secured = order[n_beta:] - n_beta
    counts = np.diff(a.secured_first)[secured]
    starts = np.concatenate([[0], np.cumsum(counts)])
    rows = np.repeat(a.secured_first[secured] - starts[:-1], counts) + np.arange(starts[-1])
    per_item = ("item_cell", "item_class", "item_table", "item_time", "item_time_scale",
                "item_amount", "item_cost_rate", "item_cost_fixed")  # fmt: skip
    per_secured = ("secured_due", "secured_growth", "secured_growth_stops")
    per_collateral = ("collateral_value", "collateral_path", "collateral_prior", "collateral_cap")
    heads = alike[:, first[:-1]].astype(np.int32)
    sorted_arrays = a._replace(
        **{name: getattr(a, name)[order] for name in per_item},
        **{name: getattr(a, name)[secured] for name in per_secured},
        **{name: getattr(a, name)[rows] for name in per_collateral},
        secured_first=starts.astype(np.int32),
        run_first=first,
        run_cell=heads[0],
        run_class=heads[1],
        run_table=heads[2],
        run_time=heads[3],
    )
    return sorted_arrays, np.asarray(order, dtype=np.int64)


class _Cells:
    """Cells of items with one asset class and province, and the loading of each class."""

    def __init__(self, forecast: Forecast, criteria: Criteria, base: DrawArrays) -> None:
        self.items, self.smooth, self.base = forecast.items, forecast.smooth, base
        self.criteria = criteria
        self.history = forecast.history
        self.shares = criteria.table("dispersion.factor_shares")
        pairs = np.stack([self.items.asset_class.code, self.items.province.code])
        self.pairs, cell = np.unique(pairs, axis=1, return_inverse=True)
        self.cell_of_item = cell.reshape(-1).astype(np.int32)
        self.n_item_cells = self.pairs.shape[1]
        cash = expected_cash(forecast)
        self.expected, self.months = cash.item_gross, cash.item_months
        coefficients = self._hermite()
        self.solved = {
            int(code): self._solve(int(code), coefficients) for code in np.unique(self.pairs[0])
        }

    @property
    def loadings(self) -> tuple[Loading, ...]:
        smooth = tuple(
            Loading(
                pool.asset_class, 1.0, self._floor(pool.asset_class), self._floor(pool.asset_class)
            )
            for pool in self.smooth
        )
        return (*self.solved.values(), *smooth)

    def _floor(self, asset_class: str) -> float:
        """Return the floor of relative dispersion; a short or fitted history may raise it."""
        floor = float(self.criteria.table("dispersion.floor")[asset_class])
        if not self.history:
            return floor
        return max(floor, self.criteria.number(f"dispersion.floor_{self.history}_history"))

    def _hermite(self) -> Floats:
        """Expand each cell's recovery in its score: (n_cells, HERMITE_TERMS) normalised terms."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
        weights = weights / weights.sum()
        at_nodes = np.zeros((self.n_item_cells, NODES))
        n_beta, items = self.items.n_beta, self.items
        if n_beta:
            rows = np.stack([_read(table, nodes) for table in items.quantiles])
            keys, key = np.unique(
                np.stack([self.cell_of_item[:n_beta], items.table[:n_beta]]),
                axis=1,
                return_inverse=True,
            )
            amount = np.bincount(key.reshape(-1), items.amount[:n_beta], keys.shape[1])
            np.add.at(at_nodes, keys[0], amount[:, None] * rows[keys[1]])
        if n_beta < items.n_items:
            found = np.empty((items.n_items - n_beta, NODES))
            secured_at_scores(self.base, self.months[n_beta:], nodes, found)
            np.add.at(at_nodes, self.cell_of_item[n_beta:], found)
        basis = np.empty((HERMITE_TERMS, NODES))
        basis[0], basis[1] = 1.0, nodes
        for k in range(1, HERMITE_TERMS - 1):
            basis[k + 1] = (nodes * basis[k] - math.sqrt(k) * basis[k - 1]) / math.sqrt(k + 1)
        return np.asarray((at_nodes * weights) @ basis.T)

    def _solve(self, code: int, coefficients: Floats) -> Loading:
        """Find the loading at which the class's pool without own noise has its floor."""
        word = self.items.asset_class.words[code]
        mine = coefficients[self.pairs[0] == code]
        common = float(self.shares["national"]) + float(self.shares["asset_type"])
        mean = float(mine[:, 0].sum())
        # sum over pairs of cells of c_k c_k' rho^k: rho is `common` between provinces, 1 within one
        power = common ** np.arange(1, HERMITE_TERMS)
        together = mine[:, 1:].sum(axis=0) ** 2
        alone = (mine[:, 1:] ** 2).sum(axis=0)
        variance = power * (together - alone) + alone
        floor = self._floor(word)

        def spread(loading: float) -> float:
            return math.sqrt(float(loading ** (2 * np.arange(1, HERMITE_TERMS)) @ variance)) / mean

        if mean <= 0.0:
            return Loading(word, 0.0, floor, 0.0)
        low, high = 0.0, STRONGEST_LOADING
        if spread(high) > floor:
            for _ in range(60):
                middle = 0.5 * (low + high)
                low, high = (middle, high) if spread(middle) < floor else (low, middle)
        return Loading(word, high, floor, spread(high))

    def direction(self) -> Floats:
        """Return the unit vector of factors along which the pool's recovery moves most."""
        weights = self.arrays()
        cells = np.bincount(self.cell_of_item, self.expected, self.n_item_cells)
        size = np.concatenate([cells, [pool.amount for pool in self.smooth]])
        moved = np.zeros(self._n_factors())
        np.add.at(moved, weights["cell_factor"], weights["cell_weight"] * size[:, None])
        norm = float(np.sqrt(moved @ moved))
        return moved / norm if norm > 0.0 else moved

    def _n_factors(self) -> int:
        return 1 + len(self.items.province.words) + len(self.items.asset_class.words)

    def arrays(self) -> dict[str, Any]:
        """Return the fields of DrawArrays that describe cells, items' cells and pools."""
        items, n_smooth = self.items, len(self.smooth)
        province = np.concatenate([self.pairs[1], np.zeros(n_smooth, dtype=np.int64)])
        kind = np.concatenate([self.pairs[0], np.zeros(n_smooth, dtype=np.int64)])
        loading = np.array(
            [*[self.solved[int(code)].loading for code in self.pairs[0]], *[1.0] * n_smooth]
        )
        root = np.sqrt(
            [float(self.shares[name]) for name in ("national", "province", "asset_type")]
        )
        first_type = 1 + len(items.province.words)
        stretches, rows = self._stretches(items.quantiles.shape[0])
        pool_tables = [self._pool_table(pool) for pool in self.smooth]
        first_pool = items.quantiles.shape[0] + len(stretches)
        quantiles = np.concatenate([items.quantiles, np.array([*stretches, *pool_tables])])
        cells = np.arange(n_smooth, dtype=np.int32)
        return {
            "cell_factor": np.stack([np.zeros_like(province), 1 + province, first_type + kind], axis=1).astype(np.int32),
            "cell_weight": loading[:, None] * root,
            "cell_own": np.sqrt(1.0 - loading**2),
            "cell_stretch": rows,
            "cell_score": np.where(loading > 0.0, 1.0 / np.where(loading > 0.0, loading, 1.0), 0.0),
            "item_cell": self.cell_of_item,
            "pool_cell": self.n_item_cells + cells,
            "pool_table": first_pool + cells,
            "quantiles": quantiles,
        }  # fmt: skip

    def _stretches(self, first: int) -> tuple[list[Floats], npt.NDArray[np.int32]]:
        """Tabulate the time factor of each cell: lognormal, mean one, correlated with the score.

        Its log has the standard deviation s that makes the correlation of an item's log time with
        the factor the criteria's: s = |c| / sqrt(1 - c^2) times the sd of the item's own log time.
        """
        correlation = abs(self.criteria.number("dispersion.time_correlation"))
        lift = correlation / math.sqrt(1.0 - correlation**2)
        spread = np.array([_log_spread(row) for row in self.items.times])
        weight = np.maximum(self.expected, 1e-9)
        by_cell = np.bincount(
            self.cell_of_item, weight * spread[self.items.time], self.n_item_cells
        )
        mean = by_cell / np.bincount(self.cell_of_item, weight, self.n_item_cells)
        pools = [_curve_spread(pool.curve) for pool in self.smooth]
        wanted = np.round(lift * np.array([*mean, *pools]), 3)
        values, rows = np.unique(wanted, return_inverse=True)
        tables = [lognormal_quantiles(math.sqrt(math.expm1(float(s) ** 2))) for s in values]
        return tables, (first + rows.reshape(-1)).astype(np.int32)

    def _pool_table(self, pool: SmoothPool) -> Floats:
        """Tabulate the systematic amount of a smooth pool, over its base: a Beta with the floor."""
        rate = pool.recovery_rate
        sd = feasible_sd(rate, self._floor(pool.asset_class) * rate)
        return beta_quantiles(*beta_parameters(rate, sd)) / rate


def _read(table: Floats, scores: Floats) -> Floats:
    return np.asarray(np.interp(scores, SCORES, table))


def _log_spread(times: Floats) -> float:
    middle = np.maximum((times[:-1] + times[1:]) / 2.0, SHORTEST_TIME)
    return float(np.log(middle).std())


def _curve_spread(curve: Floats) -> float:
    """Return the standard deviation of log time of a cumulative monthly curve."""
    share = np.diff(curve, prepend=0.0)
    months = np.log(np.maximum(np.arange(curve.size) - 0.5, SHORTEST_TIME))
    mean = float(share @ months)
    return math.sqrt(max(float(share @ months**2) - mean**2, 0.0))


__all__ = [
    "Collections",
    "Draws",
    "Items",
    "Loading",
    "neutral_stress",
    "path_ranges",
    "prepare",
    "simulate",
]
