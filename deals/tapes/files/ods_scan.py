"""The tables of an OpenDocument content.xml, with repeated cells counted before they are made."""

from __future__ import annotations

from pyexpat import ExpatError, ParserCreate

import polars as pl

from deals.tapes.files.limits import Limits
from deals.tapes.files.refusal import FileRefused
from deals.tapes.files.table import Grid, Note, column_letter, note

_DATE_LENGTH = 10


class _Tables:
    """One pass of expat: rows of text per table; trailing repeats of nothing are dropped."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.tables: list[tuple[str, list[tuple[int, list[str | None]]], list[Note]]] = []
        self.bare: list[tuple[int, str]] = []
        self.errors: list[tuple[int, str]] = []
        self.row: list[str | None] = []
        self.row_number = 0
        self.row_repeat = 1
        self.cell_repeat = 1
        self.value: str | None = None
        self.paragraphs: list[str] = []
        self.in_cell = self.in_paragraph = self.in_note = False
        self.formulas = self.hidden = self.cells = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table:table":
            self.tables.append((attributes.get("table:name", ""), [], []))
            self.row_number = 0
            self.formulas = self.hidden = 0
        elif name == "table:table-row":
            self.row = []
            self.row_repeat = _count(attributes.get("table:number-rows-repeated"))
            self.hidden += attributes.get("table:visibility") in {"collapse", "filter"}
        elif name in {"table:table-cell", "table:covered-table-cell"}:
            self._start_cell(attributes)
        elif name == "office:annotation":
            self.in_note = True
        elif name == "text:p" and self.in_cell and not self.in_note:
            self.in_paragraph = True
            self.paragraphs.append("")
        elif name == "text:s" and self.in_paragraph:
            self.paragraphs[-1] += " " * min(_count(attributes.get("text:c")), 100)

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self.in_cell = True
        self.paragraphs = []
        self.cell_repeat = _count(attributes.get("table:number-columns-repeated"))
        kind = attributes.get("office:value-type", attributes.get("calcext:value-type", ""))
        self.value = {
            "float": attributes.get("office:value"),
            "currency": attributes.get("office:value"),
            "percentage": attributes.get("office:value"),
            "date": (attributes.get("office:date-value") or "")[:_DATE_LENGTH] or None,
            "boolean": attributes.get("office:boolean-value"),
        }.get(kind)
        place = (self.row_number + 1, column_letter(len(self.row)))
        if attributes.get("calcext:value-type") == "error":
            self.errors.append(place)
        if "table:formula" in attributes:
            self.formulas += 1
            if not kind:
                self.bare.append(place)

    def text(self, data: str) -> None:
        if self.in_paragraph:
            self.paragraphs[-1] += data

    def end(self, name: str) -> None:
        if name == "text:p":
            self.in_paragraph = False
        elif name == "office:annotation":
            self.in_note = False
        elif name in {"table:table-cell", "table:covered-table-cell"}:
            self._end_cell()
        elif name == "table:table-row":
            self._end_row()
        elif name == "table:table" and self.tables:
            if self.hidden:
                self.tables[-1][2].append(note("hidden_cells", rows=self.hidden, columns=0))
            if self.formulas > len(self.bare):
                self.tables[-1][2].append(note("cached_formulas", found=self.formulas))

    def _end_cell(self) -> None:
        self.in_cell = False
        text = self.value if self.value is not None else "\n".join(self.paragraphs) or None
        if text is None and self.cell_repeat > self.limits.columns:
            return  # the rest of the row, empty
        if len(self.row) + self.cell_repeat > self.limits.columns:
            if text is None:
                return
            raise FileRefused(rule="too_many_columns", limit=self.limits.columns)
        self.row += [text] * self.cell_repeat

    def _end_row(self) -> None:
        while self.row and self.row[-1] is None:
            self.row.pop()
        if self.row:
            self.cells += len(self.row) * self.row_repeat
            rows = self.tables[-1][1]
            if len(rows) + self.row_repeat > self.limits.sheet_rows or self.cells > 20_000_000:
                raise FileRefused(rule="too_many_rows", limit=self.limits.sheet_rows)
            rows += [(self.row_number + 1 + index, self.row) for index in range(self.row_repeat)]
        self.row_number += self.row_repeat


def _count(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 1


def scan_ods(xml: bytes, limits: Limits) -> list[Grid]:
    """Read the tables of content.xml."""
    tables = _Tables(limits)
    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = tables.start
    parser.EndElementHandler = tables.end
    parser.CharacterDataHandler = tables.text
    try:
        parser.Parse(xml, True)  # noqa: FBT003 - pyexpat takes no keyword
    except (ExpatError, LookupError, ValueError) as error:
        raise FileRefused(rule="bad_xml", member="content.xml") from error
    return [_grid(name, rows, tuple(notes), tables) for name, rows, notes in tables.tables if rows]


def _grid(
    name: str, rows: list[tuple[int, list[str | None]]], notes: tuple[Note, ...], tables: _Tables
) -> Grid:
    width = max(len(cells) for _, cells in rows)
    data = {
        f"c{index}": [cells[index] if index < len(cells) else None for _, cells in rows]
        for index in range(width)
    }
    return Grid(
        frame=pl.DataFrame(data, schema=dict.fromkeys(data, pl.String)),
        numbers=pl.Series([number for number, _ in rows], dtype=pl.Int32),
        letters=tuple(column_letter(index) for index in range(width)),
        sheet=name,
        notes=notes,
        is_workbook=True,
        bare_formulas=tuple(tables.bare),
        errors=tuple(tables.errors),
    )
