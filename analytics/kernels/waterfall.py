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
COLLECT: Final = 0  # row of the cost multiple
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
REDEEMED: Final = 42  # destination, balance: number of the first period without balance
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
def run_block(
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
    """
    n_periods, width = gross.shape
    for r in range(init.size):
        value = init[r]
        row = registers[r]
        for j in range(width):
            row[j] = value
    for period in range(n_periods):
        run_period(period, gross[period], costs[period], steps, table, registers)


@njit(cache=True, nogil=True)
def run_period(
    period: int,
    gross: Floats,
    costs: Floats,
    steps: Integers,
    table: Floats,
    registers: Floats,
) -> None:
    """Run all instructions of one payment date over a block: `gross` and `costs` are (width,)."""
    width = gross.size
    k = 0
    while k < steps.shape[0]:
        op = steps[k, 0]
        a = registers[steps[k, 1]]
        i2 = steps[k, 2]
        i3 = steps[k, 3]
        i4 = steps[k, 4]
        k += 1
        if op == PAY:
            due = registers[i2]
            paid = registers[i3]
            guard = registers[i4]
            for j in range(width):
                x = lesser(a[j], due[j]) * guard[j]
                a[j] -= x
                due[j] -= x
                paid[j] += x
        elif op == ACCRUE:
            balance = registers[i2]
            rate = table[i3, period]
            on_unpaid = 1.0 + table[i4, period]
            for j in range(width):
                a[j] = a[j] * on_unpaid + balance[j] * rate
        elif op == PAY_PRINCIPAL:
            balance = registers[i2]
            paid = registers[i3]
            guard = registers[i4]
            weighted = registers[steps[k - 1, 5]]
            time = table[steps[k - 1, 6], period]
            for j in range(width):
                x = lesser(a[j], balance[j]) * guard[j]
                a[j] -= x
                balance[j] -= x
                paid[j] += x
                weighted[j] += x * time
        elif op == TOP_UP:
            account = registers[i2]
            target = registers[i3]
            guard = registers[i4]
            for j in range(width):
                x = lesser(a[j], greater(target[j] - account[j], 0.0)) * guard[j]
                a[j] -= x
                account[j] += x
        elif op == RELEASE:
            target = registers[i2]
            to = registers[i3]
            for j in range(width):
                x = greater(a[j] - target[j], 0.0)
                a[j] -= x
                to[j] += x
        elif op == SHARE:
            to = registers[i2]
            share = table[i3, period]
            guard = registers[i4]
            for j in range(width):
                x = a[j] * share * guard[j]
                a[j] -= x
                to[j] += x
        elif op == SWEEP:
            to = registers[i2]
            guard = registers[i3]
            for j in range(width):
                x = a[j] * guard[j]
                a[j] -= x
                to[j] += x
        elif op == COLLECT:
            multiple = table[steps[k - 1, 1], period]
            taken = registers[GROSS]
            spent = registers[COSTS]
            due = registers[COSTS_DUE]
            total = registers[CUMULATIVE_GROSS]
            net = registers[CUMULATIVE_NET]
            for j in range(width):
                g = gross[j]
                c = costs[j] * multiple
                taken[j] = g
                spent[j] = c
                due[j] += c
                total[j] += g
                net[j] += g - c
        elif op == SNAP_MAXIMUM:
            if table[i3, period] != 0.0:
                x_of = registers[i2]
                for j in range(width):
                    a[j] = greater(a[j], x_of[j])
        elif op == SNAP:
            if table[i3, period] != 0.0:
                x_of = registers[i2]
                for j in range(width):
                    a[j] = x_of[j]
        elif op == REDEEMED:
            balance = registers[i2]
            now = float(period)
            for j in range(width):
                is_new = balance[j] < HALF_FEN and a[j] < 0.0
                a[j] = now if is_new else a[j]
        elif op == SKIP_UNLESS:
            highest = 0.0
            for j in range(width):
                highest = greater(highest, a[j])
            if highest == 0.0:
                k += i2
        elif op == PAY_CAPPED:
            due = registers[i2]
            paid = registers[i3]
            guard = registers[i4]
            cap = registers[steps[k - 1, 5]]
            for j in range(width):
                x = lesser(lesser(a[j], due[j]), greater(cap[j], 0.0)) * guard[j]
                a[j] -= x
                due[j] -= x
                paid[j] += x
                cap[j] -= x
        elif op == RATIO:
            source = registers[i2]
            total = registers[i3]
            for j in range(width):
                owed = total[j]
                a[j] = lesser(source[j] / owed, 1.0) if owed > 0.0 else 0.0
        elif op == PAY_RATIO:
            due = registers[i2]
            paid = registers[i3]
            guard = registers[i4]
            ratio = registers[steps[k - 1, 5]]
            for j in range(width):
                x = lesser(a[j], due[j] * ratio[j]) * guard[j]
                a[j] -= x
                due[j] -= x
                paid[j] += x
        elif op == PAY_UP_TO:
            balance = registers[i2]
            paid = registers[i3]
            guard = registers[i4]
            weighted = registers[steps[k - 1, 5]]
            time = table[steps[k - 1, 6], period]
            most = registers[steps[k - 1, 7]]
            for j in range(width):
                x = lesser(lesser(a[j], balance[j]), greater(most[j], 0.0)) * guard[j]
                a[j] -= x
                balance[j] -= x
                paid[j] += x
                weighted[j] += x * time
        elif op == TRANSFER:
            to = registers[i2]
            most = registers[i3]
            guard = registers[i4]
            for j in range(width):
                x = lesser(a[j], greater(most[j], 0.0)) * guard[j]
                a[j] -= x
                to[j] += x
        elif op == DRAW:
            unpaid = registers[i2]
            paid = registers[i3]
            guard = registers[i4]
            drawn = registers[steps[k - 1, 5]]
            for j in range(width):
                x = lesser(a[j], unpaid[j]) * guard[j]
                a[j] -= x
                unpaid[j] -= x
                paid[j] += x
                drawn[j] += x
        elif op == ACCRUE_FIXED:
            amount = table[i2, period]
            for j in range(width):
                a[j] += amount
        else:
            compute(op, a, i2, i3, period, table, registers)


@njit(cache=True, nogil=True)
def compute(
    op: int, to: Floats, i2: int, i3: int, period: int, table: Floats, registers: Floats
) -> None:
    """Arithmetic of formulas on one block; `to` is the row of the destination register."""
    width = to.size
    if op == SET:
        value = table[i2, period]
        for j in range(width):
            to[j] = value
        return
    x = registers[i2]
    if op == COPY:
        for j in range(width):
            to[j] = x[j]
    elif op == NOT:
        for j in range(width):
            to[j] = 1.0 - x[j]
    elif op == SCALE:
        factor = table[i3, period]
        for j in range(width):
            to[j] = x[j] * factor
    elif op == ADD_ROW:
        value = table[i3, period]
        for j in range(width):
            to[j] = x[j] + value
    elif op == ADD_SCALED:
        factor = table[i3, period]
        for j in range(width):
            to[j] += x[j] * factor
    else:
        combine(op, to, x, registers[i3])


@njit(cache=True, nogil=True)
def combine(op: int, to: Floats, x: Floats, y: Floats) -> None:
    """Operations of two registers."""
    width = to.size
    if op == ADD:
        for j in range(width):
            to[j] = x[j] + y[j]
    elif op == SUBTRACT:
        for j in range(width):
            to[j] = x[j] - y[j]
    elif op == MULTIPLY:
        for j in range(width):
            to[j] = x[j] * y[j]
    elif op == DIVIDE:
        for j in range(width):
            to[j] = x[j] / y[j] if y[j] != 0.0 else 0.0
    elif op == MINIMUM:
        for j in range(width):
            to[j] = lesser(x[j], y[j])
    elif op == MAXIMUM:
        for j in range(width):
            to[j] = greater(x[j], y[j])
    elif op == LESS:
        for j in range(width):
            to[j] = 1.0 if x[j] < y[j] else 0.0
    elif op == LESS_OR_EQUAL:
        for j in range(width):
            to[j] = 1.0 if x[j] <= y[j] else 0.0


@njit(cache=True, nogil=True)
def run_paths(
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
