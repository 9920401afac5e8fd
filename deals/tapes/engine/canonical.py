"""From a table of text to the canonical frame: each column read by its kind, each oddity noted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import polars as pl

from analytics.tape import BY_NAME, COLUMNS, SCHEMA, Column, Kind
from analytics.tape.divisions import city_code, normal_name, province_code
from analytics.tape.findings import KEPT, Findings, Place
from deals.tapes.engine.words import allowed, normal_word, section_of, words_of
from deals.tapes.files import values
from deals.tapes.files.header import Heading
from deals.tapes.files.values import Outcome, Parsed, stripped

_CITIES = ("city", "collateral_city")
_NAMED = {
    "city": "city_name",
    "collateral_city": "collateral_city_name",
    "industry": "industry_name",
}
_ONE = Decimal(1)


@dataclass(frozen=True)
class RawTable:
    """The data rows of a tape as text: `columns` by name, with the row of the file of each.

    Reading a column takes its text out, so that a large tape is never in memory twice.
    """

    columns: dict[str, pl.Series]
    rows: pl.Series
    headings: Mapping[str, Heading]
    is_workbook: bool = False
    epoch_1904: bool = False
    title_unit: Decimal | None = None
    own_words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    cell_characters: int = 4_000
    spoilt: Mapping[str, Mapping[str, tuple[int, ...]]] = field(default_factory=dict)

    def texts(self, column: str) -> pl.Series:
        return self.columns[column]


@dataclass
class Canonical:
    """A canonical frame, and per column the rows whose value could not be read."""

    frame: pl.DataFrame
    unread: dict[str, set[int]]


def canonical_frame(table: RawTable, findings: Findings) -> Canonical:
    """Read every mapped column; the others are null. Rows keep their order."""
    series: dict[str, pl.Series] = {}
    derived: dict[str, pl.Series] = {}
    unread: dict[str, set[int]] = {}
    for column in COLUMNS:
        if column.name not in table.headings:
            series[column.name] = _nothing(table, column.dtype)
            continue
        reader = _ColumnReader(table, column, findings)
        series[column.name] = reader.read().alias(column.name)
        unread[column.name] = reader.unread
        if column.name in _NAMED:
            derived[_NAMED[column.name]] = values.parse_text(table.texts(column.name)).values
        del table.columns[column.name], reader
    derived["source_row"] = table.rows.cast(pl.Int32)
    for name in _NAMED.values():
        derived.setdefault(name, _nothing(table, pl.String()))
    frame = pl.DataFrame({name: (series | derived)[name] for name in SCHEMA})
    return Canonical(frame, unread)


def _nothing(table: RawTable, dtype: pl.DataType) -> pl.Series:
    return pl.repeat(None, len(table.rows), dtype=dtype, eager=True)


class _ColumnReader:
    """Reads one column and files what was odd about it."""

    def __init__(self, table: RawTable, column: Column, findings: Findings) -> None:
        self.table = table
        self.column = column
        self.findings = findings
        self.texts = table.texts(column.name)
        self.unread: set[int] = set()

    def read(self) -> pl.Series:
        self._refuse_long()
        self._refuse_spoilt()
        parsed = self._parse()
        for (outcome, rule), places in parsed.odd.items():
            self._file(outcome, rule, places, parsed.values)
        if self.column.must:
            self._refuse_missing(parsed.values)
        return parsed.values

    def _parse(self) -> Parsed:
        heading, kind, texts = self.table.headings[self.column.name], self.column.kind, self.texts
        if kind is Kind.MONEY:
            unit = heading.unit or self.table.title_unit or _ONE
            self._say_unit(unit)
            return values.parse_money(texts, unit=unit, is_workbook=self.table.is_workbook)
        if kind is Kind.DATE:
            return values.parse_date(texts, epoch_1904=self.table.epoch_1904)
        if kind is Kind.FRACTION:
            return values.parse_fraction(texts, is_percent=heading.is_percent)
        simple = {
            Kind.COUNT: values.parse_count,
            Kind.AREA: values.parse_area,
            Kind.FLAG: values.parse_flag,
            Kind.IDENTIFIER: values.parse_identifier,
            Kind.TEXT: values.parse_text,
        }
        return simple[kind](texts) if kind in simple else self._parse_coded()

    def _parse_coded(self) -> Parsed:
        own = self.table.own_words.get(self.column.name, {})
        if self.column.name == "industry":
            return _looked_up(self.texts, section_of)
        if self.column.name in _CITIES:
            return _looked_up(self.texts, city_code)
        if self.column.kind is Kind.DIVISION:
            distinct = stripped(self.texts).drop_nulls().unique().to_list()
            found = {normal_name(text): code for text in distinct if (code := province_code(text))}
            return values.parse_words(
                self.texts,
                found | {normal_name(word): code for word, code in own.items()},
                normal_name,
            )
        return values.parse_words(self.texts, words_of(self.column, own), normal_word)

    def _say_unit(self, unit: Decimal) -> None:
        if unit != 1:
            word = next(
                (
                    word
                    for word, size in values.UNITS.items()
                    if size == unit and word.endswith("元")
                ),
                "",
            )
            self.findings.add(
                "unit_in_header",
                self.column.name,
                [
                    Place(
                        0,
                        self.table.headings[self.column.name].text,
                        {"found": word, "column": self.column.name},
                    )
                ],
            )

    def _file(self, outcome: Outcome, rule: str, places: pl.Series, read: pl.Series) -> None:
        """File odd places. A sign for "missing" is an error in a must-column, said in the others."""
        if outcome == "missing" and self.column.must:
            return
        kept = places.head(KEPT)
        rows, texts = self.table.rows.gather(kept), self.texts.gather(kept)
        found = read.gather(kept)
        shown = [
            Place(
                row,
                text or "",
                {
                    "read": _shown(value),
                    "allowed": allowed(self.column.name),
                    "column": self.column.name,
                },
            )
            for row, text, value in zip(rows, texts, found, strict=True)
        ]
        self.findings.add(rule, self.column.name, shown, count=len(places))
        if outcome == "wrong":
            self.unread.update(self.table.rows.gather(places).to_list())
            self.findings.rows.update(self.unread)

    def _refuse_missing(self, read: pl.Series) -> None:
        missing = read.is_null() & ~self.table.rows.is_in(list(self.unread))
        at = missing.arg_true()
        if not len(at):
            return
        kept = at.head(KEPT)
        places = [
            Place(row, text or "")
            for row, text in zip(self.table.rows.gather(kept), self.texts.gather(kept), strict=True)
        ]
        self.findings.add("missing_value", self.column.name, places, count=len(at))
        rows = self.table.rows.gather(at).to_list()
        self.unread.update(rows)
        self.findings.rows.update(rows)

    def _refuse_long(self) -> None:
        limit = self.table.cell_characters
        long = (self.texts.str.len_chars() > limit).fill_null(value=False).arg_true()
        if len(long):
            self._spoil("cell_too_long", long, {"limit": str(limit)})

    def _refuse_spoilt(self) -> None:
        """Refuse the cells that the workbook itself marks: errors, formulas without value, lost digits."""
        for rule, by_column in self.table.spoilt.items():
            rows = by_column.get(self.column.name, ())
            if rule == "long_number" and self.column.kind is not Kind.IDENTIFIER:
                continue
            at = (
                self.table.rows.is_in(list(rows)).arg_true()
                if rows
                else pl.Series([], dtype=pl.UInt32)
            )
            if len(at):
                self._spoil(rule, at, {})

    def _spoil(self, rule: str, at: pl.Series, params: dict[str, str]) -> None:
        rows = self.table.rows.gather(at).to_list()
        texts = self.texts.gather(at).to_list()
        places = [
            Place(row, (text or "")[:80], params | {"found": str(len(text or ""))})
            for row, text in zip(rows, texts, strict=True)
        ]
        self.findings.add(rule, self.column.name, places)
        self.unread.update(rows)
        self.texts = self.texts.scatter(at, None)


def _looked_up(texts: pl.Series, look: object) -> Parsed:
    """Look each distinct text up; what is not known stays null and is no fault."""
    assert callable(look)  # noqa: S101 - narrows a plain function for the type checker
    distinct = texts.drop_nulls().unique().to_list()
    found = {text: code for text in distinct if (code := look(text.strip(values.BLANKS)))}
    if not found:
        return Parsed(pl.repeat(None, len(texts), dtype=pl.String, eager=True), {})
    return Parsed(texts.replace_strict(found, default=None, return_dtype=pl.String), {})


def _shown(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, Decimal) else str(value)


def must_columns() -> list[Column]:
    return [column for column in COLUMNS if column.must]


def header_of(column: str) -> str:
    return BY_NAME[column].zh if column in BY_NAME else column
