"""Formulas of the deal file: arithmetic, comparisons and named quantities, nothing else.

Example: ``max(1.5 * (next_fees() + next_interest('A')), 100000)``. A formula is read with Python's
own grammar and refused when it uses anything beyond the list below; it is never executed as Python.
"""

import ast

from analytics.errors import StructureError

QUANTITIES = {
    "available": "cash left in the ledger that pays, at this point",
    "collections": "gross collections of the period",
    "net_collections": "collections of the period after disposal costs",
    "cumulative_collections": "gross collections since cut-off",
    "cumulative_net_collections": "net collections since cut-off",
    "cumulative_plan": "planned net collections since cut-off",
    "claim": "total claim at cut-off",
    "years": "years from closing to the payment date",
    "period": "number of the payment date, 1 for the first",
}
FUNCTIONS = {
    "balance": "unpaid principal of a note",
    "initial_balance": "initial balance of a note",
    "interest_due": "interest due and not paid of a note",
    "next_interest": "interest of a note for the next period on its present balance",
    "held": "balance of an account or ledger",
    "target": "target of an account",
    "fee_due": "unpaid amount of a fee",
    "fee_paid": "amount of a fee paid since closing",
    "next_fees": "fees of the next period that accrue with time",
    "drawn": "drawn amount of an enhancement",
    "trigger": "1 while a trigger stands",
    "notes_balance": "unpaid principal of all notes",
}
CHOICES = ("min", "max")
NO_NAME = ("next_fees", "notes_balance")

ALLOWED = (
    ast.Expression,
    ast.BinOp,
    ast.UnaryOp,
    ast.BoolOp,
    ast.Compare,
    ast.Call,
    ast.Name,
    ast.Constant,
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.USub,
    ast.Not,
    ast.And,
    ast.Or,
    ast.Lt,
    ast.LtE,
    ast.Gt,
    ast.GtE,
    ast.Load,
)


def parse_formula(text: str, path: str = "") -> ast.expr:
    """Read a formula, or say what in it is not understood."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        msg = f"The formula {text!r} cannot be read."
        raise StructureError(msg, path) from error
    for node in ast.walk(tree):
        check_node(node, text, path)
    return tree.body


def check_node(node: ast.AST, text: str, path: str) -> None:
    if not isinstance(node, ALLOWED):
        msg = f"The formula {text!r} uses {type(node).__name__}, which formulas do not know."
        raise StructureError(msg, path)
    if isinstance(node, ast.Call):
        check_call(node, text, path)
    elif isinstance(node, ast.Name) and node.id not in {*QUANTITIES, *FUNCTIONS, *CHOICES}:
        known = ", ".join([*QUANTITIES, *FUNCTIONS])
        msg = f"Unknown quantity {node.id!r} in {text!r}; known are {known}."
        raise StructureError(msg, path)
    elif isinstance(node, ast.Compare) and len(node.ops) != 1:
        msg = f"Compare two things at a time in {text!r}."
        raise StructureError(msg, path)


def check_call(node: ast.Call, text: str, path: str) -> None:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if node.keywords or (name not in FUNCTIONS and name not in CHOICES):
        msg = f"Unknown function in the formula {text!r}."
        raise StructureError(msg, path)
    if name in CHOICES:
        if len(node.args) < 2:
            msg = f"{name} needs two amounts or more in {text!r}."
            raise StructureError(msg, path)
        return
    is_named = len(node.args) == 1 and isinstance(node.args[0], ast.Constant)
    if (name in NO_NAME and node.args) or (name not in NO_NAME and not is_named):
        msg = f"{name} needs {'no' if name in NO_NAME else 'one quoted'} name."
        raise StructureError(msg, path)


def references(expression: ast.expr) -> set[tuple[str, str]]:
    """Names that a formula uses: pairs of function and name."""
    return {
        (node.func.id, str(node.args[0].value))
        for node in ast.walk(expression)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in FUNCTIONS
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
