"""What the XML of one worksheet says that a table of values does not: formulas, errors, hidden rows.

Small sheets are parsed whole. Large ones are searched for any sign that needs parsing; most have
none, and their cells are then known to be plain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pyexpat import ExpatError, ParserCreate

from deals.tapes.files.limits import Limits
from deals.tapes.files.refusal import FileRefused
from deals.tapes.files.table import column_index, column_letter

PARSED_WHOLE = 2 * 1024 * 1024
KEPT = 1000  # places kept of each kind; all are counted
_CELL = re.compile(r"^([A-Z]{1,3})([0-9]{1,7})$")
_EXTERNAL = re.compile(r"\[[^\]]+\][^!]*!")
# A cell beyond the columns or rows that any tape may have.
_FAR = re.compile(rb'r="(?:[A-Z]{3}|[H-Z][A-Z]|G[S-Z]|[A-Z]+[0-9]{7}|[0-9]{8})')
_BIG_NUMBER = r"(?:[0-9]{16,}|[0-9.]+E\+?(?:1[5-9]|[2-9][0-9]|[0-9]{3}))"
_BIG = re.compile(f"^{_BIG_NUMBER}")
_BIG_CELL = re.compile(f"<v>{_BIG_NUMBER}".encode())
_SIGNS = (b"<f", b' t="e"', b' t="b"', b"hidden=")
# How a writer writes shows in its first rows.
_SIGNS_OF_STYLE = (b"='", b"<x:", b"<ss:", b"<![CDATA[")
_HEAD = 256 * 1024
Place = tuple[int, str]


@dataclass
class SheetFacts:
    """Places are (row, column letters); rows counted from 1."""

    first_column: int | None = None
    last_row: int = 0
    cells: int = 0
    formulas: int = 0
    hidden_rows: int = 0
    hidden_columns: int = 0
    errors: list[Place] = field(default_factory=list)
    booleans: list[Place] = field(default_factory=list)
    bare_formulas: list[Place] = field(default_factory=list)
    external_formulas: list[Place] = field(default_factory=list)
    long_numbers: list[Place] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)


def scan_sheet(xml: bytes, limits: Limits) -> SheetFacts:
    """Gather the facts of a worksheet; refuse one that is wider or longer than the limits."""
    if xml.count(b"<row") > limits.sheet_rows + 2_000:
        raise FileRefused(rule="too_many_rows", limit=limits.sheet_rows)
    if len(xml) <= PARSED_WHOLE or _needs_parsing(xml):
        return _Scan(limits).run(xml)
    facts = SheetFacts(merges=_merges(xml[-PARSED_WHOLE:]))
    first = re.search(rb'<c r="([A-Z]+)[0-9]+"[^>/]*>', xml)
    facts.first_column = column_index(first.group(1).decode()) if first else None
    return facts


def _needs_parsing(xml: bytes) -> bool:
    head = xml[:_HEAD]
    if any(sign in head for sign in _SIGNS_OF_STYLE) or any(sign in xml for sign in _SIGNS):
        return True
    return _FAR.search(xml) is not None or _BIG_CELL.search(xml) is not None


def _merges(tail: bytes) -> list[tuple[int, int, int, int]]:
    found = re.findall(rb'<mergeCell ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"', tail)
    return [area for ref in found[:KEPT] if (area := _area(ref.decode())) is not None]


def _area(ref: str) -> tuple[int, int, int, int] | None:
    """Rows from 1 and columns from 0: (top, left, bottom, right)."""
    begin, _, end = ref.partition(":")
    first, last = _CELL.match(begin), _CELL.match(end or begin)
    if first is None or last is None:
        return None
    return (
        int(first[2]),
        column_index(first[1]),
        int(last[2]),
        column_index(last[1]),
    )


class _Scan:
    """One pass of expat over a worksheet."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.facts = SheetFacts()
        self.row = 0
        self.column = -1
        self.kind = ""
        self.formula: str | None = None
        self.value = ""
        self.reading = ""
        self.has_text = False

    def run(self, xml: bytes) -> SheetFacts:
        parser = ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.text
        try:
            parser.Parse(xml, True)  # noqa: FBT003 - pyexpat takes no keyword
        except (ExpatError, LookupError, ValueError) as error:
            raise FileRefused(rule="bad_xml", member="worksheet") from error
        return self.facts

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "c":
            self._start_cell(attributes)
        elif name in {"f", "v", "t"}:
            self.reading = name
            if name == "f":
                self.formula = ""
        elif name == "row":
            self.row = _integer(attributes.get("r"), self.row + 1)
            self.column = -1
            self.facts.hidden_rows += attributes.get("hidden") in {"1", "true"}
        elif name == "col" and attributes.get("hidden") in {"1", "true"}:
            self.facts.hidden_columns += 1
        elif name == "mergeCell" and len(self.facts.merges) < KEPT:
            area = _area(attributes.get("ref", ""))
            self.facts.merges += [area] if area else []

    def text(self, data: str) -> None:
        if self.reading == "f" and self.formula is not None:
            self.formula += data
        elif self.reading == "v":
            self.value += data
        elif self.reading == "t":
            self.has_text = True

    def end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if name in {"f", "v", "t"}:
            self.reading = ""
        elif name == "c":
            self._end_cell()

    def _start_cell(self, attributes: dict[str, str]) -> None:
        cell = _CELL.match(attributes.get("r", ""))
        if cell:
            self.column, self.row = column_index(cell[1]), int(cell[2])
        else:
            self.column += 1
        self.kind = attributes.get("t", "n")
        self.formula, self.value, self.has_text = None, "", False

    def _end_cell(self) -> None:
        facts = self.facts
        place = (self.row, column_letter(self.column))
        filled = bool(self.value) or self.has_text
        if self.formula is not None:
            facts.formulas += 1
            if _EXTERNAL.search(self.formula):
                _keep(facts.external_formulas, place)
            if not filled:
                _keep(facts.bare_formulas, place)
        if filled:
            self._file_value(place)

    def _file_value(self, place: Place) -> None:
        facts = self.facts
        facts.cells += 1
        facts.last_row = max(facts.last_row, self.row)
        first = facts.first_column
        facts.first_column = self.column if first is None else min(first, self.column)
        if self.column >= self.limits.columns:
            raise FileRefused(rule="too_many_columns", limit=self.limits.columns)
        if facts.last_row > self.limits.sheet_rows + 2_000:
            raise FileRefused(rule="too_many_rows", limit=self.limits.sheet_rows)
        if self.kind == "e":
            _keep(facts.errors, place)
        elif self.kind == "b":
            _keep(facts.booleans, place)
        elif self.kind == "n" and _BIG.search(self.value):
            _keep(facts.long_numbers, place)


def _keep(places: list[Place], place: Place) -> None:
    if len(places) < KEPT:
        places.append(place)


def _integer(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else otherwise
