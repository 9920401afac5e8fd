"""A copy of a file with its problems marked, to send back: cells coloured, notes attached.

Every cell is written as text, so nothing in the copy is a formula, whatever stood in the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import xlsxwriter

from deals.tapes.engine.check import Report, Request, check_file
from deals.tapes.engine.words import count_words, knows_header
from deals.tapes.files.reading import read_file
from deals.tapes.files.refusal import FileRefused
from deals.tapes.files.table import Grid, column_index

_NOTES = 5_000
_HEADS = ("规则 Rule", "工作表 Sheet", "行 Row", "列 Col.", "表头 Header", "值 Value", "问题 What is wrong", "处理 What to do")  # fmt: skip


def mark_from_json(data: Mapping[str, Any], _progress: Callable[[float, str], None]) -> Report:
    """Check the file of a request and write its marked copy to `data["marked"]`; give the report."""
    request = Request.from_json(data)
    report = check_file(request)
    try:
        known = lambda text: knows_header(text) or request.mapped.match(text) is not None  # noqa: E731
        grids = read_file(request.path, request.name, request.limits, known, count_words).grids
    except FileRefused:
        grids = []
    write_marked(Path(data["marked"]), grids, report)
    return {"verdict": report["verdict"], "problem_count": report["problem_count"]}


def write_marked(path: Path, grids: list[Grid], report: Report) -> None:
    """Write the cells of the sheet that was checked, the refused ones marked, and a list of problems."""
    with xlsxwriter.Workbook(
        str(path), {"constant_memory": False, "strings_to_formulas": False}
    ) as book:
        chosen = report["file"]["sheet"]
        for grid in grids:
            if grid.sheet == chosen:
                _write_grid(book, grid, report["problems"])
        _write_problems(book, report["problems"])


def _write_grid(book: xlsxwriter.Workbook, grid: Grid, problems: list[dict[str, Any]]) -> None:
    sheet = book.add_worksheet(_sheet_name(grid.sheet))
    error = book.add_format(
        {"bg_color": "#faece4", "font_color": "#9c3a10", "border": 1, "border_color": "#9c3a10"}
    )
    warning = book.add_format({"bg_color": "#e2eef0"})
    marks: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for problem in problems:
        if problem["row"] and problem["letter"]:
            marks.setdefault((problem["row"] - 1, column_index(problem["letter"])), []).append(
                problem
            )
    columns = [column_index(letter) for letter in grid.letters]
    for number, row in zip(grid.numbers, grid.frame.iter_rows(), strict=True):
        for column, text in zip(columns, row, strict=True):
            found = marks.get((number - 1, column))
            style = None
            if found:
                style = error if any(each["severity"] == "error" for each in found) else warning
            if text is not None or found:
                sheet.write_string(number - 1, column, (text or "")[:32_000], style)
    for (line, column), found in list(marks.items())[:_NOTES]:
        note = "\n".join(f"{each['code']} {each['what']['zh']}。{each['remedy']['zh']}\n{each['what']['en']}. {each['remedy']['en']}" for each in found)  # fmt: skip
        sheet.write_comment(line, column, note[:2_000], {"x_scale": 2, "y_scale": 1.5})


def _write_problems(book: xlsxwriter.Workbook, problems: list[dict[str, Any]]) -> None:
    sheet = book.add_worksheet("问题 Problems")
    bold = book.add_format({"bold": True, "bottom": 1})
    for column, head in enumerate(_HEADS):
        sheet.write_string(0, column, head, bold)
    for line, problem in enumerate(problems, 1):
        cells = (
            problem["code"],
            problem["sheet"],
            str(problem["row"] or ""),
            problem["letter"],
            problem["header"],
            problem["value"],
            f"{problem['what']['zh']} / {problem['what']['en']}",
            f"{problem['remedy']['zh']} / {problem['remedy']['en']}",
        )
        for column, text in enumerate(cells):
            sheet.write_string(line, column, text)
    sheet.set_column(4, 7, 32)


def _sheet_name(name: str) -> str:
    clean = "".join(sign for sign in name if sign not in "[]:*?/\\'")[:31]
    return clean or "tape"
