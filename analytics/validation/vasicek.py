"""The limit of a large homogeneous pool with one factor.

Source: Vasicek, "The distribution of loan portfolio value", Risk, December 2002.
"""

import numpy as np
from scipy.special import ndtr, ndtri


def loss_quantile(p: float, r: float, level: float) -> float:
    """Return the quantile of the limit loss: N((N^-1(p) + sqrt(r) N^-1(level)) / sqrt(1 - r)).

    Parameters
    ----------
    p : probability of loss of one loan.
    r : correlation of asset values.
    level : probability below the quantile, such as 0.999.
    """
    return float(ndtr((ndtri(p) + np.sqrt(r) * ndtri(level)) / np.sqrt(1.0 - r)))


def loss_probability(x: float, p: float, r: float) -> float:
    """Return the probability that the limit loss is at most x."""
    return float(ndtr((np.sqrt(1.0 - r) * ndtri(x) - ndtri(p)) / np.sqrt(r)))


def recovery_quantile(mean: float, r: float, level: float) -> float:
    """Return the recovery that is undershot with probability 1 - level, as a limit of success."""
    return 1.0 - loss_quantile(1.0 - mean, r, level)
