"""The systematic factors of chosen paths, drawn again by their numbers."""

import numpy as np
import numpy.typing as npt
from numba import njit

from analytics.kernels.simulation import draw_factors

Floats = npt.NDArray[np.float64]


@njit(cache=True, nogil=True)
def factors_of_paths(
    paths: npt.NDArray[np.int64],
    key: npt.NDArray[np.uint32],
    shift: Floats,
    shifted_share: float,
    factors: Floats,
) -> None:
    """Write the factors of each path: `factors` is (n_paths, n_factors), standard normal."""
    for row in range(paths.size):
        draw_factors(paths[row], key, shift, shifted_share, factors[row])
