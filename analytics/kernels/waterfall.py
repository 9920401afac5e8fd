"""The priority of payments as an integer program, run one instruction at a time over a block.

A block is a set of consecutive paths. Registers are rows, paths are columns, so that each
instruction is one loop over contiguous memory. The same compiled code serves every deal: a deal is
data (`steps`, `table`, `init`), never code.

An instruction is a row of eight integers: operation, then up to seven operands, which are register
numbers or rows of `table` (n_rows, n_periods). Operations marked with a guard do nothing on a path
whose guard register is 0. Register 0 is always 1, register 1 always 0.
"""

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

WIDTH: Final = 64  # paths in a block: all registers of a usual deal stay in the nearest cache
OPERANDS: Final = 8

ONE: Final = 0
ZERO: Final = 1
GROSS: Final = 2
COSTS: Final = 3
COSTS_DUE: Final = 4
CUMULATIVE_GROSS: Final = 5
CUMULATIVE_NET: Final = 6
FIRST_FREE: Final = 7

# arithmetic: destination, operands
COLLECT: Final = 0  # row of the cost multiple, ledger that receives the gross cash
SET: Final = 1  # destination, row
COPY: Final = 2  # destination, x
ADD: Final = 3  # destination, x, y
SUBTRACT: Final = 4
MULTIPLY: Final = 5
DIVIDE: Final = 6  # 0 where the divisor is 0
MINIMUM: Final = 7
MAXIMUM: Final = 8
LESS: Final = 9  # 1 where x < y
LESS_OR_EQUAL: Final = 10
NOT: Final = 11  # destination, x
SCALE: Final = 12  # destination, x, row: x * row
ADD_ROW: Final = 13  # destination, x, row: x + row
ADD_SCALED: Final = 14  # destination, x, row: destination + x * row
BELOW_ROW: Final = 15  # destination, x, row: 1 where x < row
REQUIRE: Final = 16  # destination, x, y, row: x * row while y is more than half a fen, else 0

# payments
ACCRUE: Final = 20  # due, balance, row, row of the rate on what is unpaid
PAY: Final = 21  # source, due, paid, guard
PAY_CAPPED: Final = 22  # source, due, paid, guard, cap (reduced by what is paid)
RATIO: Final = 23  # destination, source, total: min(1, source / total), 0 where nothing is due
PAY_RATIO: Final = 24  # source, due, paid, guard, ratio
PAY_PRINCIPAL: Final = 25  # source, balance, paid, guard, weighted time, row of time
PAY_UP_TO: Final = 26  # source, balance, paid, guard, weighted time, row of time, most
TOP_UP: Final = 27  # source, account, target, guard
RELEASE: Final = 28  # account, target, destination
SHARE: Final = 29  # source, destination, row, guard
SWEEP: Final = 30  # source, destination, guard
TRANSFER: Final = 31  # source, destination, most, guard
DRAW: Final = 32  # facility left, unpaid, paid, guard, drawn
ACCRUE_FIXED: Final = 33  # due, row: due + row

# records
SNAP: Final = 40  # destination, x, row: x where the row of this period is not 0
SNAP_MAXIMUM: Final = 41  # destination, x, row
OUTSTANDING: Final = 42  # destination, balance: counts the periods that end with a balance
SKIP_UNLESS: Final = 43  # guard, number of instructions: skipped when no path has the guard

HALF_FEN: Final = 0.005


@njit(cache=True, nogil=True)
def lesser(x: float, y: float) -> float:
    """Return the smaller number, in the form that compilers turn into one vector instruction."""
    return x if x < y else y


@njit(cache=True, nogil=True)
def greater(x: float, y: float) -> float:
    return x if x > y else y


@njit(cache=True, nogil=True)
def run_block(  # noqa: PLR0912, PLR0915 - one branch for each operation
    gross: Floats, costs: Floats, init: Floats, steps: Integers, table: Floats, registers: Floats
) -> None:
    """Run a deal over one block of paths.

    Parameters
    ----------
    gross, costs : (n_periods, width) CNY collected, and work-out cost that belongs to it.
    init : (n_registers,) values at closing.
    steps : (n_steps, 8) instructions.
    table : (n_rows, n_periods) deal and market data by payment period.
    registers : (n_registers, width) scratch; afterwards the outcome of every path.

    Conditions are written as sums with 0 and 1 where a branch would keep the compiler from working
    on several paths at once. It is one long function because a call costs as much as a loop here.
    """
    n_periods, width = gross.shape
    n_steps = steps.shape[0]
    for r in range(init.size):
        value = init[r]
        for j in range(width):
            registers[r, j] = value
    for period in range(n_periods):
        k = 0
        while k < n_steps:
            op = steps[k, 0]
            i1 = steps[k, 1]
            i2 = steps[k, 2]
            i3 = steps[k, 3]
            i4 = steps[k, 4]
            i5 = steps[k, 5]
            i6 = steps[k, 6]
            a = registers[i1]
            k += 1
            if op == PAY:
                x = registers[i2]
                y = registers[i3]
                if i4 == ONE:
                    for j in range(width):
                        v = lesser(a[j], x[j])
                        a[j] -= v
                        x[j] -= v
                        y[j] += v
                else:
                    g = registers[i4]
                    for j in range(width):
                        v = lesser(a[j], x[j]) * g[j]
                        a[j] -= v
                        x[j] -= v
                        y[j] += v
            elif op == ACCRUE:
                x = registers[i2]
                t = table[i3, period]
                u = 1.0 + table[i4, period]
                for j in range(width):
                    a[j] = a[j] * u + x[j] * t
            elif op == PAY_PRINCIPAL:
                x = registers[i2]
                y = registers[i3]
                g = registers[i4]
                z = registers[i5]
                t = table[i6, period]
                for j in range(width):
                    v = lesser(a[j], x[j]) * g[j]
                    a[j] -= v
                    x[j] -= v
                    y[j] += v
                    z[j] += v * t
            elif op == ADD_SCALED:
                x = registers[i2]
                t = table[i3, period]
                for j in range(width):
                    a[j] += x[j] * t
            elif op == TOP_UP:
                x = registers[i2]
                y = registers[i3]
                g = registers[i4]
                for j in range(width):
                    v = lesser(a[j], greater(y[j] - x[j], 0.0)) * g[j]
                    a[j] -= v
                    x[j] += v
            elif op == RELEASE:
                x = registers[i2]
                y = registers[i3]
                for j in range(width):
                    v = greater(a[j] - x[j], 0.0)
                    a[j] -= v
                    y[j] += v
            elif op == ACCRUE_FIXED:
                t = table[i2, period]
                for j in range(width):
                    a[j] += t
            elif op == SHARE:
                x = registers[i2]
                t = table[i3, period]
                g = registers[i4]
                for j in range(width):
                    v = a[j] * t * g[j]
                    a[j] -= v
                    x[j] += v
            elif op == SWEEP:
                x = registers[i2]
                g = registers[i3]
                for j in range(width):
                    v = a[j] * g[j]
                    a[j] -= v
                    x[j] += v
            elif op == COPY:
                x = registers[i2]
                for j in range(width):
                    a[j] = x[j]
            elif op == ADD:
                x = registers[i2]
                y = registers[i3]
                for j in range(width):
                    a[j] = x[j] + y[j]
            elif op == SUBTRACT:
                x = registers[i2]
                y = registers[i3]
                for j in range(width):
                    a[j] = x[j] - y[j]
            elif op == MULTIPLY:
                x = registers[i2]
                y = registers[i3]
                for j in range(width):
                    a[j] = x[j] * y[j]
            elif op == SET:
                t = table[i2, period]
                for j in range(width):
                    a[j] = t
            elif op == SCALE:
                x = registers[i2]
                t = table[i3, period]
                for j in range(width):
                    a[j] = x[j] * t
            elif op == ADD_ROW:
                x = registers[i2]
                t = table[i3, period]
                for j in range(width):
                    a[j] = x[j] + t
            elif op == MINIMUM:
                x = registers[i2]
                y = registers[i3]
                for j in range(width):
                    a[j] = lesser(x[j], y[j])
            elif op == MAXIMUM:
                x = registers[i2]
                y = registers[i3]
                for j in range(width):
                    m = 1.0 if x[j] > y[j] else 0.0
                    a[j] = x[j] * m + y[j] * (1.0 - m)
            elif op == BELOW_ROW:
                x = registers[i2]
                t = table[i3, period]
                for j in range(width):
                    a[j] = 1.0 if x[j] < t else 0.0
            elif op == REQUIRE:
                x = registers[i2]
                y = registers[i3]
                t = table[i4, period]
                for j in range(width):
                    m = 1.0 if y[j] > HALF_FEN else 0.0
                    a[j] = x[j] * t * m
            elif op == LESS:
                x = registers[i2]
                y = registers[i3]
                for j in range(width):
                    a[j] = 1.0 if x[j] < y[j] else 0.0
            elif op == LESS_OR_EQUAL:
                x = registers[i2]
                y = registers[i3]
                for j in range(width):
                    a[j] = 1.0 if x[j] <= y[j] else 0.0
            elif op == NOT:
                x = registers[i2]
                for j in range(width):
                    a[j] = 1.0 - x[j]
            elif op == DIVIDE:
                x = registers[i2]
                y = registers[i3]
                for j in range(width):
                    m = 1.0 if y[j] == 0.0 else 0.0
                    a[j] = x[j] / (y[j] + m) * (1.0 - m)
            elif op == PAY_CAPPED:
                x = registers[i2]
                y = registers[i3]
                g = registers[i4]
                z = registers[i5]
                for j in range(width):
                    v = lesser(lesser(a[j], x[j]), greater(z[j], 0.0)) * g[j]
                    a[j] -= v
                    x[j] -= v
                    y[j] += v
                    z[j] -= v
            elif op == RATIO:
                x = registers[i2]
                y = registers[i3]
                for j in range(width):
                    m = 1.0 if y[j] > 0.0 else 0.0
                    a[j] = lesser(x[j] / (y[j] * m + (1.0 - m)), 1.0) * m
            elif op == PAY_RATIO:
                x = registers[i2]
                y = registers[i3]
                g = registers[i4]
                z = registers[i5]
                for j in range(width):
                    v = lesser(a[j], x[j] * z[j]) * g[j]
                    a[j] -= v
                    x[j] -= v
                    y[j] += v
            elif op == PAY_UP_TO:
                x = registers[i2]
                y = registers[i3]
                g = registers[i4]
                z = registers[i5]
                w = registers[steps[k - 1, 7]]
                t = table[i6, period]
                for j in range(width):
                    v = lesser(lesser(a[j], x[j]), greater(w[j], 0.0)) * g[j]
                    a[j] -= v
                    x[j] -= v
                    y[j] += v
                    z[j] += v * t
            elif op == TRANSFER:
                x = registers[i2]
                y = registers[i3]
                g = registers[i4]
                for j in range(width):
                    v = lesser(a[j], greater(y[j], 0.0)) * g[j]
                    a[j] -= v
                    x[j] += v
            elif op == DRAW:
                x = registers[i2]
                y = registers[i3]
                g = registers[i4]
                z = registers[i5]
                for j in range(width):
                    v = lesser(a[j], x[j]) * g[j]
                    a[j] -= v
                    x[j] -= v
                    y[j] += v
                    z[j] += v
            elif op == COLLECT:
                t = table[i1, period]
                cash = gross[period]
                spent = costs[period]
                x = registers[GROSS]
                y = registers[COSTS]
                z = registers[COSTS_DUE]
                w = registers[CUMULATIVE_GROSS]
                n = registers[CUMULATIVE_NET]
                ledger = registers[i2]
                for j in range(width):
                    v = spent[j] * t
                    x[j] = cash[j]
                    y[j] = v
                    z[j] += v
                    w[j] += cash[j]
                    ledger[j] += cash[j]
                    n[j] += cash[j] - v
            elif op == SNAP:
                if table[i3, period] != 0.0:
                    x = registers[i2]
                    for j in range(width):
                        a[j] = x[j]
            elif op == SNAP_MAXIMUM:
                if table[i3, period] != 0.0:
                    x = registers[i2]
                    for j in range(width):
                        m = 1.0 if x[j] > a[j] else 0.0
                        a[j] = x[j] * m + a[j] * (1.0 - m)
            elif op == OUTSTANDING:
                x = registers[i2]
                for j in range(width):
                    a[j] += 1.0 if x[j] >= HALF_FEN else 0.0
            elif op == SKIP_UNLESS:
                n_guarded = 0
                for j in range(width):
                    n_guarded += 1 if a[j] != 0.0 else 0
                if n_guarded == 0:
                    k += i2


@njit(cache=True, nogil=True)
def run_paths(  # noqa: PLR0917 - kernels take arrays one by one
    gross: Floats,
    costs: Floats,
    init: Floats,
    steps: Integers,
    table: Floats,
    wanted: Integers,
    first: int,
    last: int,
    outcomes: Floats,
) -> None:
    """Run paths `first` to `last` in blocks and keep the wanted registers.

    Parameters
    ----------
    gross, costs : (n_paths, n_periods) CNY.
    wanted : (n_wanted,) register numbers.
    outcomes : (n_wanted, n_paths), written for these paths only.
    """
    n_periods = gross.shape[1]
    registers = np.zeros((init.size, WIDTH))
    cash = np.zeros((n_periods, WIDTH))
    spent = np.zeros((n_periods, WIDTH))
    for start in range(first, last, WIDTH):
        width = min(WIDTH, last - start)
        for j in range(width):
            for period in range(n_periods):
                cash[period, j] = gross[start + j, period]
                spent[period, j] = costs[start + j, period]
        run_block(cash, spent, init, steps, table, registers)
        for k in range(wanted.size):
            row = registers[wanted[k]]
            for j in range(width):
                outcomes[k, start + j] = row[j]


@njit(cache=True, nogil=True)
def run_scaled(  # noqa: PLR0917 - kernels take arrays one by one
    gross: Floats,
    costs: Floats,
    init: Floats,
    steps: Integers,
    table: Floats,
    wanted: Integers,
    paths: Integers,
    scales: Floats,
    first: int,
    last: int,
    outcomes: Floats,
) -> None:
    """Run chosen paths, each with its cash and costs multiplied by its own scale.

    Parameters
    ----------
    gross, costs : (n_paths, n_periods) CNY.
    wanted : (n_wanted,) register numbers.
    paths, scales : (n_chosen,) path numbers, and the factor on each.
    first, last : the part of `paths` to run.
    outcomes : (n_wanted, n_chosen), written for this part only.
    """
    n_periods = gross.shape[1]
    registers = np.zeros((init.size, WIDTH))
    cash = np.zeros((n_periods, WIDTH))
    spent = np.zeros((n_periods, WIDTH))
    for start in range(first, last, WIDTH):
        width = min(WIDTH, last - start)
        for j in range(width):
            path = paths[start + j]
            scale = scales[start + j]
            for period in range(n_periods):
                cash[period, j] = gross[path, period] * scale
                spent[period, j] = costs[path, period] * scale
        run_block(cash, spent, init, steps, table, registers)
        for k in range(wanted.size):
            row = registers[wanted[k]]
            for j in range(width):
                outcomes[k, start + j] = row[j]
