"""Registers, table rows and instructions while a program is being written; formulas too."""

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analytics.errors import StructureError
from analytics.kernels import waterfall as op
from analytics.structure.formula import parse_formula

Floats = NDArray[np.float64]

BINARY: dict[type[ast.operator], int] = {
    ast.Add: op.ADD,
    ast.Sub: op.SUBTRACT,
    ast.Mult: op.MULTIPLY,
    ast.Div: op.DIVIDE,
}


@dataclass
class Assembler:
    """Grows a program. Registers and rows are found by name; temporary registers are reused."""

    n_periods: int
    registers: dict[str, int] = field(default_factory=dict)
    init: list[float] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    table: list[Floats] = field(default_factory=list)
    steps: list[list[int]] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)
    origin: int = -1
    free: list[int] = field(default_factory=list)
    held: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        fixed = ("one", "zero", "gross", "costs", "costs_due", "cumulative_gross", "cumulative_net")
        for name in fixed:
            self.register(name, 1.0 if name == "one" else 0.0)

    def register(self, name: str, initial: float = 0.0) -> int:
        if name not in self.registers:
            self.registers[name] = len(self.init)
            self.init.append(initial)
        return self.registers[name]

    def temporary(self) -> int:
        """Return a scratch register, free again after `release`."""
        number = self.free.pop() if self.free else self.register(f"scratch:{len(self.init)}")
        self.held.append(number)
        return number

    def release(self) -> None:
        """Give all scratch registers back; called between steps."""
        self.free += [number for number in self.held if number not in self.free]
        self.held.clear()

    def row(self, name: str, values: ArrayLike) -> int:
        if name not in self.rows:
            self.rows[name] = len(self.table)
            self.table.append(np.asarray(values, dtype=np.float64))
        return self.rows[name]

    def constant(self, value: float) -> int:
        return self.row(f"constant:{value!r}", np.full(self.n_periods, float(value)))

    def emit(self, *operands: int) -> None:
        padded = [*operands, *([0] * (op.OPERANDS - len(operands)))]
        self.steps.append(padded)
        self.origins.append(self.origin)

    def fixed(self, value: float) -> int:
        """Return a register that holds a constant and is never written."""
        return self.register(f"constant:{float(value)!r}", float(value))

    # -------------------------------------------------------------- small sums

    def set_row(self, row: int) -> int:
        to = self.temporary()
        self.emit(op.SET, to, row)
        return to

    def combine(self, operation: int, x: int, y: int) -> int:
        to = self.temporary()
        self.emit(operation, to, x, y)
        return to

    def total(self, numbers: Sequence[int]) -> int:
        """Return a register with the sum of several; the register itself when there is one."""
        if not numbers:
            return op.ZERO
        if len(numbers) == 1:
            return numbers[0]
        to = self.combine(op.ADD, numbers[0], numbers[1])
        for number in numbers[2:]:
            self.emit(op.ADD, to, to, number)
        return to


Resolve = Callable[[str, str], int]


@dataclass
class FormulaWriter:
    """Turns a formula into instructions.

    `resolve(function, name)` gives the register of a quantity; `name` is empty for plain ones.
    """

    assembler: Assembler
    resolve: Resolve

    def write(self, text: str, path: str = "") -> int:
        return self.node(parse_formula(text, path), path)

    def node(self, node: ast.expr, path: str) -> int:
        writers: dict[type[ast.expr], Callable[[ast.expr, str], int]] = {
            ast.Constant: self.constant,
            ast.Name: self.name,
            ast.Call: self.call,
            ast.BinOp: self.binary,
            ast.UnaryOp: self.unary,
            ast.BoolOp: self.boolean,
            ast.Compare: self.compare,
        }
        return writers[type(node)](node, path)

    def constant(self, node: ast.expr, path: str) -> int:
        value = getattr(node, "value", None)
        if isinstance(value, bool) or not isinstance(value, int | float):
            msg = f"Expected a number in the formula, found {value!r}."
            raise StructureError(msg, path)
        return self.assembler.fixed(value)

    def name(self, node: ast.expr, _: str) -> int:
        return self.resolve(cast("ast.Name", node).id, "")

    def call(self, node: ast.expr, path: str) -> int:
        node = cast("ast.Call", node)
        function = cast("ast.Name", node.func).id
        if function in ("min", "max"):
            operation = op.MINIMUM if function == "min" else op.MAXIMUM
            numbers = [self.node(part, path) for part in node.args]
            return self.fold(operation, numbers)
        name = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else ""
        return self.resolve(function, str(name))

    def binary(self, node: ast.expr, path: str) -> int:
        node = cast("ast.BinOp", node)
        x, y = self.node(node.left, path), self.node(node.right, path)
        return self.assembler.combine(BINARY[type(node.op)], x, y)

    def unary(self, node: ast.expr, path: str) -> int:
        node = cast("ast.UnaryOp", node)
        x = self.node(node.operand, path)
        if isinstance(node.op, ast.USub):
            return self.assembler.combine(op.SUBTRACT, op.ZERO, x)
        to = self.assembler.temporary()
        self.assembler.emit(op.NOT, to, x)
        return to

    def boolean(self, node: ast.expr, path: str) -> int:
        node = cast("ast.BoolOp", node)
        operation = op.MINIMUM if isinstance(node.op, ast.And) else op.MAXIMUM
        return self.fold(operation, [self.node(part, path) for part in node.values])

    def compare(self, node: ast.expr, path: str) -> int:
        node = cast("ast.Compare", node)
        x, y = self.node(node.left, path), self.node(node.comparators[0], path)
        if isinstance(node.ops[0], ast.Gt | ast.GtE):
            x, y = y, x
        is_strict = isinstance(node.ops[0], ast.Lt | ast.Gt)
        return self.assembler.combine(op.LESS if is_strict else op.LESS_OR_EQUAL, x, y)

    def fold(self, operation: int, numbers: list[int]) -> int:
        to = self.assembler.combine(operation, numbers[0], numbers[1])
        for number in numbers[2:]:
            self.assembler.emit(operation, to, to, number)
        return to
