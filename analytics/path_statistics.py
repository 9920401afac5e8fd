"""Weighted means, errors, quantiles and histograms of paths."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Values = NDArray[np.float64] | NDArray[np.bool_]


def weighted_mean(values: Values, weight: Floats) -> Floats:
    """Return the mean over paths (axis 0) of values with path weights; weights average one."""
    return np.asarray(np.tensordot(weight, values, axes=(0, 0)) / values.shape[0])


def standard_error(values: Values, weight: Floats) -> Floats:
    """Return the standard error of `weighted_mean`; 0 for a single path."""
    n_paths = values.shape[0]
    if n_paths < 2:
        return np.zeros(values.shape[1:])
    weighted = values * weight.reshape(-1, *[1] * (values.ndim - 1))
    return np.asarray(weighted.std(axis=0, ddof=1) / np.sqrt(n_paths))


def quantiles(values: Floats, weight: Floats, shares: tuple[float, ...]) -> Floats:
    """Return quantiles over paths (axis 0): (n_shares, ...) of values with path weights.

    With equal weights these are the usual linear quantiles.
    """
    if np.ptp(weight) == 0.0:
        return np.asarray(np.quantile(values, shares, axis=0))
    flat = values.reshape(values.shape[0], -1)
    order = np.argsort(flat, axis=0, kind="stable")
    found = np.empty((len(shares), flat.shape[1]))
    for column in range(flat.shape[1]):
        rows = order[:, column]
        mass = np.cumsum(weight[rows])
        middle = (mass - 0.5 * weight[rows]) / mass[-1]
        found[:, column] = np.interp(shares, middle, flat[rows, column])
    return found.reshape(len(shares), *values.shape[1:])


def histogram(
    values: Floats, weight: Floats, low: float, high: float, n_bars: int
) -> tuple[tuple[float, float, float], ...]:
    """Return bars (low, high, probability) over [low, high]; what lies outside joins the ends."""
    edges = np.linspace(low, high, n_bars + 1)
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, n_bars - 1)
    mass = np.bincount(place, weights=weight, minlength=n_bars) / values.size
    return tuple((float(edges[k]), float(edges[k + 1]), float(mass[k])) for k in range(n_bars))
