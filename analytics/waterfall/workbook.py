"""The audit view as a workbook whose formulas recompute every figure when it is opened.

One row is one payment date. Each instruction of the deal's program becomes the cells that it
writes, so that the sheet is the program itself: change a collection, a rate or an opening balance,
and everything follows. Figures are unrounded, as in the kernel; cells show fen.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, field

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from analytics.kernels import waterfall as op
from analytics.waterfall.program import Entry, Program
from analytics.waterfall.trace import Trace, Tracer

FIRST_ROW = 3  # rows above: title, step, register
OPENING_ROW = FIRST_ROW - 1
HALF_FEN = repr(op.HALF_FEN)


@dataclass
class Column:
    """One column: which register it holds after which instruction, and its formula by period."""

    register: int
    step: int
    formulas: list[str] = field(default_factory=list)
    values: list[float] = field(default_factory=list)


class Sheet:
    """Lays out the columns of one path and remembers where each register stands."""

    def __init__(self, trace: Trace) -> None:
        self.program: Program = trace.program
        self.trace = trace
        self.names = {number: name for name, number in self.program.registers.items()}
        self.written = [writes(step) for step in self.steps]
        self.columns: list[Column] = []
        self.by_step: dict[tuple[int, int], int] = {}
        for k, registers in enumerate(self.written):
            for register in registers:
                self.by_step[k, register] = len(self.columns)
                self.columns.append(Column(register, k))
        self.last_column = {column.register: n for n, column in enumerate(self.columns)}

    @property
    def steps(self) -> list[list[int]]:
        return [[int(x) for x in step] for step in self.program.steps]

    def fill(self) -> None:
        """Write every formula, and the figure that it must give."""
        tracer = Tracer(self.program, rounded=False)
        for period, state in enumerate(self.trace.states):
            self.fill_period(period, tracer, state.gross, state.costs)

    def fill_period(self, period: int, tracer: Tracer, gross: float, costs: float) -> None:
        tracer.period = period
        at = {r: self.carried(r, period) for r in self.names}
        for k, step in enumerate(self.steps):
            formulas = self.formulas(step, period, at)
            tracer.perform(k, step, gross, costs)
            for register in self.written[k]:
                column = self.by_step[k, register]
                self.columns[column].formulas.append(f"={formulas[register]}")
                self.columns[column].values.append(tracer.values[register])
                at[register] = cell(period, column)

    def carried(self, register: int, period: int) -> str:
        """Cell of a register at the start of a period: its last column on the date before."""
        if register not in self.last_column:
            return opening_cell(register)
        if period == 0:
            return opening_cell(register)
        return cell(period - 1, self.last_column[register])

    def formulas(self, step: list[int], period: int, at: dict[int, str]) -> dict[int, str]:
        """Formulas of one instruction by the register that they write."""
        operation = step[0]
        if operation == op.COLLECT:
            return collect(step, period, at)
        if operation == op.SKIP_UNLESS:
            return {}
        if operation in PAYMENTS:
            return payment(step, period, at)
        return {step[1]: COMPUTED[operation](step, period, at)}


def cell(period: int, column: int) -> str:
    return str(xl_rowcol_to_cell(FIRST_ROW + period, column + 1))


def opening_cell(register: int) -> str:
    return f"Opening!$B${register + 2}"


def table_cell(row: int, period: int) -> str:
    return f"Terms!${xl_col_to_name(row + 1)}${period + 2}"


def cash_cell(period: int, place: int) -> str:
    return f"Cash!${'BC'[place]}${period + 2}"


def writes(step: list[int]) -> tuple[int, ...]:
    """Return the registers that an instruction changes, in order."""
    operation = step[0]
    if operation == op.SKIP_UNLESS:
        return ()
    if operation == op.COLLECT:
        fixed = (op.GROSS, op.COSTS, op.COSTS_DUE, op.CUMULATIVE_GROSS, op.CUMULATIVE_NET)
        return (*fixed, step[2])
    if operation in PAYMENTS:
        return tuple(dict.fromkeys(PAYMENTS[operation].writes(step)))
    return (step[1],)


# ------------------------------------------------------------------ formulas of instructions

Cells = dict[int, str]


@dataclass(frozen=True)
class PaymentForm:
    """Which registers a payment changes, by what sign, and the amount that it moves."""

    amount: Callable[[list[int], int, Cells], str]
    minus: tuple[int, ...]
    plus: tuple[int, ...]
    weighted: int = 0

    def writes(self, step: list[int]) -> tuple[int, ...]:
        places = (*self.minus, *self.plus, *([self.weighted] if self.weighted else []))
        return tuple(step[place] for place in places)


def guarded(amount: str, step: list[int], place: int, at: Cells) -> str:
    return amount if step[place] == op.ONE else f"{amount}*{at[step[place]]}"


PAYMENTS: dict[int, PaymentForm] = {
    op.PAY: PaymentForm(
        lambda s, _, c: guarded(f"MIN({c[s[1]]},{c[s[2]]})", s, 4, c), (1, 2), (3,)
    ),
    op.PAY_CAPPED: PaymentForm(
        lambda s, _, c: guarded(f"MIN({c[s[1]]},{c[s[2]]},MAX({c[s[5]]},0))", s, 4, c),
        (1, 2, 5),
        (3,),
    ),
    op.PAY_RATIO: PaymentForm(
        lambda s, _, c: guarded(f"MIN({c[s[1]]},{c[s[2]]}*{c[s[5]]})", s, 4, c), (1, 2), (3,)
    ),
    op.PAY_PRINCIPAL: PaymentForm(
        lambda s, _, c: guarded(f"MIN({c[s[1]]},{c[s[2]]})", s, 4, c), (1, 2), (3,), 5
    ),
    op.PAY_UP_TO: PaymentForm(
        lambda s, _, c: guarded(f"MIN({c[s[1]]},{c[s[2]]},MAX({c[s[7]]},0))", s, 4, c),
        (1, 2),
        (3,),
        5,
    ),
    op.TOP_UP: PaymentForm(
        lambda s, _, c: guarded(f"MIN({c[s[1]]},MAX({c[s[3]]}-{c[s[2]]},0))", s, 4, c), (1,), (2,)
    ),
    op.RELEASE: PaymentForm(lambda s, _, c: f"MAX({c[s[1]]}-{c[s[2]]},0)", (1,), (3,)),
    op.SHARE: PaymentForm(
        lambda s, p, c: guarded(f"{c[s[1]]}*{table_cell(s[3], p)}", s, 4, c), (1,), (2,)
    ),
    op.SWEEP: PaymentForm(lambda s, _, c: guarded(c[s[1]], s, 3, c), (1,), (2,)),
    op.TRANSFER: PaymentForm(
        lambda s, _, c: guarded(f"MIN({c[s[1]]},MAX({c[s[3]]},0))", s, 4, c), (1,), (2,)
    ),
    op.DRAW: PaymentForm(
        lambda s, _, c: guarded(f"MIN({c[s[1]]},{c[s[2]]})", s, 4, c), (1, 2), (3, 5)
    ),
}


def payment(step: list[int], period: int, at: Cells) -> dict[int, str]:
    form = PAYMENTS[step[0]]
    amount = form.amount(step, period, at)
    found = {step[place]: f"{at[step[place]]}-({amount})" for place in form.minus}
    found |= {step[place]: f"{at[step[place]]}+({amount})" for place in form.plus}
    if form.weighted:
        register = step[form.weighted]
        found[register] = f"{at[register]}+({amount})*{table_cell(step[6], period)}"
    return found


def collect(step: list[int], period: int, at: Cells) -> dict[int, str]:
    gross = cash_cell(period, 0)
    costs = f"{cash_cell(period, 1)}*{table_cell(step[1], period)}"
    return {
        op.GROSS: gross,
        op.COSTS: costs,
        op.COSTS_DUE: f"{at[op.COSTS_DUE]}+{costs}",
        op.CUMULATIVE_GROSS: f"{at[op.CUMULATIVE_GROSS]}+{gross}",
        op.CUMULATIVE_NET: f"{at[op.CUMULATIVE_NET]}+{gross}-{costs}",
        step[2]: f"{at[step[2]]}+{gross}",
    }


def fixed(form: str) -> Callable[[list[int], int, Cells], str]:
    """Fill a form: {a} destination, {x}, {y} registers, {t}, {u} cells of the table."""

    def write(step: list[int], period: int, at: Cells) -> str:
        return form.format(
            a=at[step[1]],
            x=at.get(step[2], ""),
            y=at.get(step[3], ""),
            t2=table_cell(step[2], period),
            t3=table_cell(step[3], period),
            t4=table_cell(step[4], period),
            half=HALF_FEN,
        )

    return write


COMPUTED: dict[int, Callable[[list[int], int, Cells], str]] = {
    op.SET: fixed("{t2}"),
    op.COPY: fixed("{x}"),
    op.ADD: fixed("{x}+{y}"),
    op.SUBTRACT: fixed("{x}-{y}"),
    op.MULTIPLY: fixed("{x}*{y}"),
    op.DIVIDE: fixed("IF({y}=0,0,{x}/{y})"),
    op.MINIMUM: fixed("MIN({x},{y})"),
    op.MAXIMUM: fixed("MAX({x},{y})"),
    op.LESS: fixed("IF({x}<{y},1,0)"),
    op.LESS_OR_EQUAL: fixed("IF({x}<={y},1,0)"),
    op.NOT: fixed("1-{x}"),
    op.SCALE: fixed("{x}*{t3}"),
    op.ADD_ROW: fixed("{x}+{t3}"),
    op.ADD_SCALED: fixed("{a}+{x}*{t3}"),
    op.BELOW_ROW: fixed("IF({x}<{t3},1,0)"),
    op.REQUIRE: fixed("IF({y}>{half},{x}*{t4},0)"),
    op.ACCRUE: fixed("{a}*(1+{t4})+{x}*{t3}"),
    op.ACCRUE_FIXED: fixed("{a}+{t2}"),
    op.RATIO: fixed("IF({y}>0,MIN({x}/{y},1),0)"),
    op.SNAP: fixed("IF({t3}<>0,{x},{a})"),
    op.SNAP_MAXIMUM: fixed("IF({t3}<>0,MAX({a},{x}),{a})"),
    op.OUTSTANDING: fixed("{a}+IF({x}>={half},1,0)"),
}


# ------------------------------------------------------------------ the file


def audit_workbook(trace: Trace) -> bytes:
    """Write the workbook of one path: Waterfall, Cash, Terms and Opening; all else is formula."""
    sheet = Sheet(trace)
    sheet.fill()
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "border": 1})
    formats = {
        "head": head,
        "money": book.add_format({"num_format": "#,##0.00"}),
        "input": book.add_format({"num_format": "#,##0.00########", "font_color": "blue"}),
    }
    write_waterfall(book, sheet, formats)
    write_inputs(book, sheet, formats)
    book.close()
    return buffer.getvalue()


def write_waterfall(
    book: xlsxwriter.Workbook, sheet: Sheet, formats: dict[str, xlsxwriter.format.Format]
) -> None:
    program = sheet.program
    page = book.add_worksheet("Waterfall")
    page.write_string(0, 0, f"{program.code}: every payment date and every step, recomputed live")
    page.write_string(1, 0, "Step", formats["head"])
    page.write_string(2, 0, "Payment date", formats["head"])
    page.freeze_panes(FIRST_ROW, 1)
    page.set_column(0, 0, 14)
    for period, on in enumerate(program.payment_dates):
        page.write_string(FIRST_ROW + period, 0, on.isoformat())
    for place, column in enumerate(sheet.columns, start=1):
        origin = program.origins[column.step]
        page.write_string(1, place, title(program.entries, origin), formats["head"])
        name = sheet.names[column.register]
        page.write_string(2, place, name, formats["head"])
        is_scratch = name.startswith("scratch:")
        page.set_column(place, place, 16, formats["money"], {"hidden": is_scratch})
        for period, (formula, value) in enumerate(zip(column.formulas, column.values, strict=True)):
            page.write_formula(FIRST_ROW + period, place, formula, formats["money"], value)


def title(entries: tuple[Entry, ...], origin: int) -> str:
    if origin < 0:
        return "before and after payment"
    entry = entries[origin]
    return f"{entry.status} {entry.number}: {entry.kind} {entry.name}"


def write_inputs(
    book: xlsxwriter.Workbook, sheet: Sheet, formats: dict[str, xlsxwriter.format.Format]
) -> None:
    """Write what the formulas start from; blue figures may be changed."""
    program = sheet.program
    cash = book.add_worksheet("Cash")
    for place, text in enumerate(("Payment date", "Gross collections", "Work-out costs")):
        cash.write_string(0, place, text, formats["head"])
    for period, state in enumerate(sheet.trace.states):
        cash.write_string(period + 1, 0, state.on.isoformat())
        cash.write_number(period + 1, 1, state.gross, formats["input"])
        cash.write_number(period + 1, 2, state.costs, formats["input"])
    terms = book.add_worksheet("Terms")
    terms.write_string(0, 0, "Payment date", formats["head"])
    for name, row in program.rows.items():
        terms.write_string(0, row + 1, name, formats["head"])
        for period in range(program.n_periods):
            value = float(program.table[row, period])
            terms.write_number(period + 1, row + 1, value, formats["input"])
    for period, on in enumerate(program.payment_dates):
        terms.write_string(period + 1, 0, on.isoformat())
    opening = book.add_worksheet("Opening")
    opening.write_string(0, 0, "Register", formats["head"])
    opening.write_string(0, 1, "At closing", formats["head"])
    for name, number in program.registers.items():
        opening.write_string(number + 1, 0, name)
        opening.write_number(number + 1, 1, float(program.init[number]), formats["input"])
