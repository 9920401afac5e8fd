"""Loans and problems as CSV and XLSX that no spreadsheet takes for formulas.

A text that begins with a sign of a formula gets an apostrophe in front in CSV; in XLSX it is written
as a text cell.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import polars as pl
import xlsxwriter

_FORMULA = re.compile(r"^[=+\-@\t\r\n＝＋－＠]")
_CHUNK = 5_000


def neutral(text: str) -> str:
    """Make a text harmless in a spreadsheet.

    >>> neutral("=1+1")
    "'=1+1"
    """
    return f"'{text}" if _FORMULA.match(text) else text


def csv_lines(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield a CSV in UTF-8 with mark, line by line, texts made neutral."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    yield "\ufeff"
    writer.writerow(head)
    for count, row in enumerate(rows, 1):
        writer.writerow([neutral(cell) if isinstance(cell, str) else cell for cell in row])
        if count % _CHUNK == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def frame_csv(frame: pl.DataFrame) -> Iterator[str]:
    """Yield a canonical frame as CSV in the dictionary's own headers, amounts to the fen."""
    return csv_lines(frame.columns, frame.iter_rows())


def frame_xlsx(frame: pl.DataFrame, path: Path, *, label: str = "") -> None:
    """Write a canonical frame as a workbook; amounts as text to the fen, so that none is rounded."""
    with xlsxwriter.Workbook(
        str(path), {"constant_memory": True, "strings_to_formulas": False}
    ) as book:
        sheet = book.add_worksheet("tape")
        head = book.add_format({"bold": True, "bottom": 1})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        top = 0
        if label:
            sheet.write_string(0, 0, label)
            top = 1
        for column, name in enumerate(frame.columns):
            sheet.write_string(top, column, name, head)
        for index, row in enumerate(frame.iter_rows(), top + 1):
            for column, value in enumerate(row):
                _write(sheet, index, column, value, day)


def _write(
    sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, value: object, day: object
) -> None:
    if value is None:
        return
    if isinstance(value, dt.date):
        sheet.write_datetime(row, column, dt.datetime.combine(value, dt.time()), day)
    elif isinstance(value, bool):
        sheet.write_string(row, column, "yes" if value else "no")
    elif isinstance(value, Decimal):
        sheet.write_string(row, column, str(value))
    elif isinstance(value, (int, float)):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, str(value))
