"""The audit view: one path, every date and every step, in plain Python.

It reads the same instructions as the kernel, one number at a time, and rounds each payment down to
the fen; the fraction stays where it was, in the ledger and in the amount due, and is carried to the
next date. Without rounding its figures are the kernel's own.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from analytics.errors import AnalyticsError
from analytics.kernels import waterfall as op
from analytics.waterfall.program import Entry, Program

FEN = 100.0
BINARY: dict[int, Callable[[float, float], float]] = {
    op.ADD: lambda x, y: x + y,
    op.SUBTRACT: lambda x, y: x - y,
    op.MULTIPLY: lambda x, y: x * y,
    op.DIVIDE: lambda x, y: x / y if y else 0.0,
    op.MINIMUM: min,
    op.MAXIMUM: max,
    op.LESS: lambda x, y: float(x < y),
    op.LESS_OR_EQUAL: lambda x, y: float(x <= y),
}


def whole_fen(amount: float) -> float:
    """Round down to the fen; a millionth of a fen forgives binary fractions."""
    return math.floor(amount * FEN + 1e-6) / FEN


@dataclass(frozen=True)
class TraceLine:
    """One step on one payment date. Amounts in CNY; `is_active` is False where a condition bars it."""

    period: int
    on: date
    entry: Entry
    available: float
    due: float
    paid: float
    is_active: bool

    @property
    def unpaid(self) -> float:
        return self.due - self.paid


@dataclass(frozen=True)
class TriggerTest:
    """One test: the two sides of its last comparison, and whether the trigger stands after it."""

    period: int
    on: date
    name: str
    left: float
    right: float
    stands: bool


@dataclass(frozen=True)
class PeriodState:
    """Registers after a payment date by name, and what changed hands on it."""

    period: int
    on: date
    status: str
    gross: float
    costs: float
    registers: dict[str, float]


@dataclass(frozen=True)
class Trace:
    """One path of a deal, for reading and for checking by hand."""

    program: Program
    lines: tuple[TraceLine, ...]
    tests: tuple[TriggerTest, ...]
    states: tuple[PeriodState, ...]

    def series(self, register: str) -> list[float]:
        """Values of a register after each payment date."""
        return [state.registers.get(register, 0.0) for state in self.states]

    def changes(self, register: str) -> list[float]:
        """Increase of a register on each payment date, such as ``paid_interest:A``."""
        return [float(x) for x in np.diff(self.series(register), prepend=0.0)]

    def lines_of(self, period: int) -> tuple[TraceLine, ...]:
        return tuple(line for line in self.lines if line.period == period)


def trace_waterfall(
    program: Program,
    gross: Sequence[float],
    costs: Sequence[float] | None = None,
    *,
    rounded: bool = True,
) -> Trace:
    """Walk one path: `gross` and `costs` hold CNY for each payment period."""
    costs = [0.0] * len(gross) if costs is None else costs
    if len(gross) != program.n_periods or len(costs) != program.n_periods:
        msg = f"One path needs {program.n_periods} amounts, one for each payment date."
        raise AnalyticsError(msg)
    tracer = Tracer(program, rounded=rounded)
    for period, (cash, cost) in enumerate(zip(gross, costs, strict=True)):
        tracer.run_period(period, float(cash), float(cost))
    return Trace(program, tuple(tracer.lines), tuple(tracer.tests), tuple(tracer.states))


class Tracer:
    """The interpreter of one path; instruction by instruction, with a record of each payment."""

    def __init__(self, program: Program, *, rounded: bool) -> None:
        self.program = program
        self.rounded = rounded
        self.values = [float(value) for value in program.init]
        self.names = {number: name for name, number in program.registers.items()}
        self.steps = [[int(x) for x in step] for step in program.steps]
        self.table = program.table
        self.period = 0
        self.compared = (0.0, 0.0)
        self.lines: list[TraceLine] = []
        self.tests: list[TriggerTest] = []
        self.states: list[PeriodState] = []
        self.accrued = [
            number
            for name, number in program.registers.items()
            if name.startswith(("fee:", "interest:"))
        ]
        self.payments: dict[int, Callable[[list[int]], tuple[float, float]]] = {
            op.PAY: self.pay,
            op.PAY_CAPPED: self.pay,
            op.PAY_RATIO: self.pay,
            op.PAY_PRINCIPAL: self.pay_principal,
            op.PAY_UP_TO: self.pay_principal,
            op.TOP_UP: self.top_up,
            op.SHARE: self.share,
            op.SWEEP: self.sweep,
            op.TRANSFER: self.transfer,
            op.DRAW: self.draw,
        }
        self.others: dict[int, Callable[[list[int]], None]] = {
            op.SET: self.set_value,
            op.COPY: self.copy,
            op.NOT: self.negate,
            op.SCALE: self.scale,
            op.ADD_ROW: self.add_row,
            op.ADD_SCALED: self.add_scaled,
            op.ACCRUE: self.accrue,
            op.ACCRUE_FIXED: self.accrue_fixed,
            op.BELOW_ROW: self.below_row,
            op.REQUIRE: self.require,
            op.RATIO: self.ratio,
            op.RELEASE: self.release,
            op.SNAP: self.snap,
            op.SNAP_MAXIMUM: self.snap_maximum,
            op.OUTSTANDING: self.count_outstanding,
        }

    def run_period(self, period: int, gross: float, costs: float) -> None:
        self.period = period
        opening = {number: self.values[number] for number in self.accrued}
        k = 0
        while k < len(self.steps):
            if k == self.program.accrual_end:
                self.drop_fractions(opening)
            step = self.steps[k]
            if step[0] == op.SKIP_UNLESS:
                k += 0 if self.values[step[1]] else step[2]
            else:
                self.perform(k, step, gross, costs)
            k += 1
        self.keep(gross, costs)

    def perform(self, k: int, step: list[int], gross: float, costs: float) -> None:
        """Carry out one instruction; what is skipped for speed alone may also be carried out."""
        if step[0] == op.COLLECT:
            self.collect(gross, costs * self.row(step[1]), step[2])
        elif step[0] != op.SKIP_UNLESS:
            self.execute(k, step)

    def drop_fractions(self, opening: dict[int, float]) -> None:
        """Truncate to the fen what accrued on this date, where the deal's rounding says so."""
        if self.rounded and self.program.rounding == "truncate":
            for number, before in opening.items():
                accrued = self.values[number] - before
                self.values[number] = round(before + whole_fen(accrued), 2)

    def execute(self, k: int, step: list[int]) -> None:
        if step[0] in self.payments:
            available = self.values[step[1]]
            due, paid = self.payments[step[0]](step)
            self.note(k, step, available, due, paid)
        elif step[0] in BINARY:
            x, y = self.values[step[2]], self.values[step[3]]
            if step[0] in (op.LESS, op.LESS_OR_EQUAL):
                self.compared = (x, y)
            self.values[step[1]] = BINARY[step[0]](x, y)
        else:
            self.others[step[0]](step)
        if k in self.program.trigger_tests:
            name = self.program.trigger_tests[k]
            stands = bool(self.values[self.program.registers[f"trigger:{name}"]])
            on = self.program.payment_dates[self.period]
            self.tests.append(TriggerTest(self.period, on, name, *self.compared, stands))

    def note(self, k: int, step: list[int], available: float, due: float, paid: float) -> None:
        """Add a payment to the line of its step; a step may pay several claims."""
        origin = self.program.origins[k]
        if origin < 0:
            return
        entry = self.program.entries[origin]
        guard = step[3] if step[0] == op.SWEEP else step[4]
        is_active = bool(self.values[guard])
        last = self.lines[-1] if self.lines else None
        if last and last.period == self.period and last.entry is entry:
            self.lines[-1] = TraceLine(
                self.period,
                last.on,
                entry,
                last.available,
                last.due + due,
                last.paid + paid,
                last.is_active,
            )
            return
        on = self.program.payment_dates[self.period]
        self.lines.append(TraceLine(self.period, on, entry, available, due, paid, is_active))

    def keep(self, gross: float, costs: float) -> None:
        registers = {
            name: self.values[number]
            for number, name in self.names.items()
            if not name.startswith("scratch:")
        }
        status = "amortising"
        for name in ("enforced", "accelerated"):
            if registers.get(f"status:{name}"):
                status = name
                break
        on = self.program.payment_dates[self.period]
        self.states.append(PeriodState(self.period, on, status, gross, costs, registers))

    # ------------------------------------------------------------------ payments

    def row(self, number: int) -> float:
        return float(self.table[number, self.period])

    def fen(self, amount: float) -> float:
        return whole_fen(amount) if self.rounded else amount

    def settled(self, amount: float) -> float:
        """Forget binary dust far below the fen, so that balances read as they were paid."""
        return round(amount, 9) if self.rounded else amount

    def move(self, source: int, to: int, amount: float) -> None:
        self.values[source] = self.settled(self.values[source] - amount)
        self.values[to] = self.settled(self.values[to] + amount)

    def pay(self, step: list[int]) -> tuple[float, float]:
        v = self.values
        due = v[step[2]]
        most = min(v[step[1]], due)
        if step[0] == op.PAY_CAPPED:
            most = min(most, max(v[step[5]], 0.0))
        if step[0] == op.PAY_RATIO:
            most = min(v[step[1]], due * v[step[5]])
        paid = self.fen(most * v[step[4]])
        self.move(step[1], step[3], paid)
        v[step[2]] = self.settled(due - paid)
        if step[0] == op.PAY_CAPPED:
            v[step[5]] -= paid
        return due, paid

    def pay_principal(self, step: list[int]) -> tuple[float, float]:
        v = self.values
        due = v[step[2]]
        if step[0] == op.PAY_UP_TO:
            due = min(due, max(v[step[7]], 0.0))
        paid = self.fen(min(v[step[1]], due) * v[step[4]])
        self.move(step[1], step[3], paid)
        v[step[2]] = self.settled(v[step[2]] - paid)
        v[step[5]] += paid * self.row(step[6])
        return due, paid

    def top_up(self, step: list[int]) -> tuple[float, float]:
        v = self.values
        due = max(v[step[3]] - v[step[2]], 0.0)
        paid = self.fen(min(v[step[1]], due) * v[step[4]])
        self.move(step[1], step[2], paid)
        return due, paid

    def share(self, step: list[int]) -> tuple[float, float]:
        due = self.values[step[1]] * self.row(step[3])
        paid = self.fen(due * self.values[step[4]])
        self.move(step[1], step[2], paid)
        return due, paid

    def sweep(self, step: list[int]) -> tuple[float, float]:
        paid = self.fen(self.values[step[1]] * self.values[step[3]])
        self.move(step[1], step[2], paid)
        return paid, paid

    def transfer(self, step: list[int]) -> tuple[float, float]:
        v = self.values
        due = max(v[step[3]], 0.0)
        paid = self.fen(min(v[step[1]], due) * v[step[4]])
        self.move(step[1], step[2], paid)
        return due, paid

    def draw(self, step: list[int]) -> tuple[float, float]:
        v = self.values
        due = v[step[2]]
        paid = self.fen(min(v[step[1]], due) * v[step[4]])
        self.move(step[1], step[3], paid)
        v[step[2]] = self.settled(due - paid)
        v[step[5]] += paid
        return due, paid

    # ------------------------------------------------------------------ the rest

    def collect(self, gross: float, costs: float, ledger: int) -> None:
        v = self.values
        v[ledger] += gross
        v[op.GROSS], v[op.COSTS] = gross, costs
        v[op.COSTS_DUE] += costs
        v[op.CUMULATIVE_GROSS] += gross
        v[op.CUMULATIVE_NET] += gross - costs

    def set_value(self, step: list[int]) -> None:
        self.values[step[1]] = self.row(step[2])

    def copy(self, step: list[int]) -> None:
        self.values[step[1]] = self.values[step[2]]

    def negate(self, step: list[int]) -> None:
        self.values[step[1]] = 1.0 - self.values[step[2]]

    def scale(self, step: list[int]) -> None:
        self.values[step[1]] = self.values[step[2]] * self.row(step[3])

    def add_row(self, step: list[int]) -> None:
        self.values[step[1]] = self.values[step[2]] + self.row(step[3])

    def add_scaled(self, step: list[int]) -> None:
        self.values[step[1]] += self.values[step[2]] * self.row(step[3])

    def below_row(self, step: list[int]) -> None:
        self.compared = (self.values[step[2]], self.row(step[3]))
        self.values[step[1]] = float(self.compared[0] < self.compared[1])

    def require(self, step: list[int]) -> None:
        is_needed = self.values[step[3]] > op.HALF_FEN
        self.values[step[1]] = self.values[step[2]] * self.row(step[4]) * is_needed

    def accrue(self, step: list[int]) -> None:
        on_unpaid = 1.0 + self.row(step[4])
        v = self.values
        v[step[1]] = v[step[1]] * on_unpaid + v[step[2]] * self.row(step[3])

    def accrue_fixed(self, step: list[int]) -> None:
        self.values[step[1]] += self.row(step[2])

    def ratio(self, step: list[int]) -> None:
        total = self.values[step[3]]
        self.values[step[1]] = min(self.values[step[2]] / total, 1.0) if total > 0 else 0.0

    def release(self, step: list[int]) -> None:
        self.move(step[1], step[3], max(self.values[step[1]] - self.values[step[2]], 0.0))

    def snap(self, step: list[int]) -> None:
        if self.row(step[3]):
            self.values[step[1]] = self.values[step[2]]

    def snap_maximum(self, step: list[int]) -> None:
        if self.row(step[3]):
            self.values[step[1]] = max(self.values[step[1]], self.values[step[2]])

    def count_outstanding(self, step: list[int]) -> None:
        self.values[step[1]] += float(self.values[step[2]] >= op.HALF_FEN)
