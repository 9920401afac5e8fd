"""Distributions as tables by normal score, for the simulation's kernel.

A table holds Q(Phi(z)) at `SCORES`. Score-indexed tables keep both tails exact, and a copula needs
the score anyway.
"""

import numpy as np
import numpy.typing as npt
from scipy.special import betainccinv, betaincinv, ndtr

from analytics.kernels.beta import N_STEPS, STEPS_PER_UNIT, Z_MIN

Floats = npt.NDArray[np.float64]

SCORES: Floats = Z_MIN + np.arange(N_STEPS + 1) / STEPS_PER_UNIT


def beta_quantiles(a: float, b: float) -> Floats:
    """Tabulate a Beta by normal score: (4353,)."""
    lower = SCORES <= 0.0
    table = np.empty(SCORES.size)
    table[lower] = betaincinv(a, b, ndtr(SCORES[lower]))
    table[~lower] = betainccinv(a, b, ndtr(-SCORES[~lower]))
    return table


def lognormal_quantiles(noise: float) -> Floats:
    """Tabulate a lognormal of mean one and this coefficient of variation: (4353,)."""
    sigma = np.sqrt(np.log1p(noise * noise))
    return np.asarray(np.exp(sigma * SCORES - 0.5 * sigma * sigma))


def mixture_quantiles(chances: Floats, centres: Floats, noise: float) -> Floats:
    """Tabulate a mixture of lognormals (means `centres`), scaled to mean one: (4353,)."""
    sigma = np.sqrt(np.log1p(noise * noise))
    low, high = np.log(centres.min()) - 9.0 * sigma, np.log(centres.max()) + 9.0 * sigma
    log_price = np.linspace(low, high, 8001)
    score = (log_price[:, None] - np.log(centres) + 0.5 * sigma * sigma) / sigma
    below, above = ndtr(score) @ chances, ndtr(-score) @ chances
    # lower half read from the left tail, upper half from the right: neither loses digits
    left = np.interp(ndtr(SCORES), below, log_price)
    right = np.interp(-ndtr(-SCORES), -above, log_price)
    quantiles = np.exp(np.where(SCORES <= 0.0, left, right))
    return np.asarray(quantiles / table_mean(quantiles))


def table_mean(quantiles: Floats) -> float:
    """Return the mean of a table: its linear pieces against the normal law."""
    weight = np.diff(ndtr(SCORES))
    middle = (quantiles[:-1] + quantiles[1:]) / 2.0
    return float(middle @ weight / weight.sum())


def table_sd(quantiles: Floats) -> float:
    """Return the standard deviation of a table."""
    return float(np.sqrt(max(table_mean(quantiles**2) - table_mean(quantiles) ** 2, 0.0)))
