"""The workbook's formulas are read back and computed by a small evaluator of their grammar."""

import io
import json
import re
from pathlib import Path

import openpyxl
import pytest

from analytics.schedule import build_schedule
from analytics.structure import parse_deal
from analytics.waterfall import Conditions, compile_waterfall, trace_waterfall
from analytics.waterfall.workbook import audit_workbook

GOLDEN = Path(__file__).parents[1] / "golden"
REFERENCE = re.compile(r"(?:(\w+)!)?\$?([A-Z]+)\$?(\d+)")


class Book:
    """Computes cells from formulas alone; numbers that stand for formulas are never looked at."""

    def __init__(self, data):
        self.formulas = openpyxl.load_workbook(io.BytesIO(data))
        self.known = {}

    def value(self, sheet, name):
        if (sheet, name) not in self.known:
            written = self.formulas[sheet][name].value
            is_formula = isinstance(written, str) and written.startswith("=")
            self.known[sheet, name] = self.compute(written[1:]) if is_formula else float(written)
        return self.known[sheet, name]

    def compute(self, formula):
        def number(found):
            return f"({self.value(found[1] or 'Waterfall', found[2] + found[3])!r})"

        text = REFERENCE.sub(number, formula).replace("<>", "!=")
        text = re.sub(r"(?<![<>!=])=", "==", text)
        names = {"MIN": min, "MAX": max, "IF": lambda test, yes, no: yes if test else no}
        return eval(text, {"__builtins__": {}}, names)  # noqa: S307 - our own formulas


def workbook(name, gross, **conditions):
    deal = parse_deal(json.loads((GOLDEN / name / "deal.json").read_text()))
    program = compile_waterfall(deal, build_schedule(deal), Conditions(**conditions))
    trace = trace_waterfall(program, gross, [x * 0.02 for x in gross], rounded=False)
    return trace, audit_workbook(trace)


CASES = [
    ("reserve", [50000.0, 5000.0, 40000.0, 1300000.0], {}),
    ("deferral", [10000.0, 12000.0, 30000.0, 1400000.0], {}),
    ("pro_rata", [9000.0, 115000.0, 0.0, 1200000.0], {}),
    ("trigger_cured", [100000.0, 50000.0, 150000.0, 1300000.0], {}),
    ("swap", [110000.0, 9000.0, 20000.0, 1000000.0], {}),
    ("disruption", [100000.0, 0.0, 50000.0, 1400000.0], {"servicer_default": 1}),
]


@pytest.mark.parametrize(("name", "gross", "conditions"), CASES)
def test_formulas_recompute_the_figures_of_the_audit_view(name, gross, conditions):
    trace, data = workbook(name, gross, **conditions)

    book = Book(data)
    page = book.formulas["Waterfall"]
    shown = openpyxl.load_workbook(io.BytesIO(data), data_only=True)["Waterfall"]
    last = {page.cell(3, column).value: column for column in range(2, page.max_column + 1)}
    for period, state in enumerate(trace.states):
        for register, column in last.items():
            place = page.cell(4 + period, column).coordinate
            computed = book.value("Waterfall", place)
            assert computed == pytest.approx(shown[place].value, abs=1e-6), (register, place)
            if not register.startswith("scratch:"):
                assert computed == pytest.approx(state.registers[register], abs=1e-6), register


def test_a_changed_collection_changes_the_notes():
    trace, data = workbook("reserve", [50000.0, 5000.0, 40000.0, 1300000.0])
    book = Book(data)
    book.formulas["Cash"]["B2"] = 60000.0
    page = book.formulas["Waterfall"]
    column = max(c for c in range(2, page.max_column + 1) if page.cell(3, c).value == "balance:A")

    paid_more = book.value("Waterfall", page.cell(4, column).coordinate)

    assert paid_more == pytest.approx(trace.series("balance:A")[0] - 10000.0)


def test_the_workbook_holds_formulas_not_figures():
    _, data = workbook("swap", [110000.0, 9000.0, 20000.0, 1000000.0])

    page = openpyxl.load_workbook(io.BytesIO(data))["Waterfall"]

    cells = [page.cell(4, column).value for column in range(2, page.max_column + 1)]
    assert len(cells) > 30
    assert all(str(value).startswith("=") for value in cells)
