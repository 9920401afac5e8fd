"""Quantile tables indexed by a normal score, and their look-up.

A table holds Q(Phi(z)) on z = -8.5 ... 8.5 in steps of 1/256, read by linear interpolation. Indexing
by z instead of by probability keeps the tails as exact as the middle.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]

Z_MIN = -8.5
STEPS_PER_UNIT = 256.0
N_STEPS = 4352
"""A table has N_STEPS + 1 nodes."""


@njit(inline="always")
def table_value(tables: Floats, row: int, z: float) -> float:
    """Read `tables[row]` at normal score z; beyond the ends the end value holds."""
    x = (z - Z_MIN) * STEPS_PER_UNIT
    x = x if x > 0.0 else 0.0
    x = x if x < N_STEPS - 1e-6 else N_STEPS - 1e-6
    i = int(x)
    low: float = tables[row, i]
    value: float = low + (x - i) * (tables[row, i + 1] - low)
    return value


@njit(cache=True, nogil=True)
def table_values(tables: Floats, row: int, z: Floats, out: Floats) -> None:
    """Read one table at many scores: out[i] = Q_row(Phi(z[i]))."""
    for i in range(z.size):
        out[i] = table_value(tables, row, z[i])
