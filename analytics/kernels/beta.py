"""Quantile tables indexed by a normal score, and their look-up.

A table holds Q(Phi(z)) on z = -8.5 ... 8.5 in steps of 1/64, read by linear interpolation. Indexing
by z instead of by probability keeps the tails as exact as the middle.
"""

from numba import njit

Z_MIN = -8.5
STEPS_PER_UNIT = 64.0
N_STEPS = 1088
"""A table has N_STEPS + 1 nodes."""


@njit(inline="always")
def table_value(tables, row, z):
    """Read `tables[row]` at normal score z; beyond the ends the end value holds."""
    x = (z - Z_MIN) * STEPS_PER_UNIT
    x = x if x > 0.0 else 0.0
    x = x if x < N_STEPS - 1e-6 else N_STEPS - 1e-6
    i = int(x)
    low = tables[row, i]
    return low + (x - i) * (tables[row, i + 1] - low)


@njit(cache=True, nogil=True)
def table_values(tables, row, z, out):
    """Read one table at many scores: out[i] = Q_row(Phi(z[i]))."""
    for i in range(z.size):
        out[i] = table_value(tables, row, z[i])
