"""Where the header of a grid is, what its columns mean, in which unit, and which rows are totals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from deals.tapes.files.table import Grid
from deals.tapes.files.values import UNITS

Match = Callable[[str], str | None]
_HEAD_ROWS = 30
_UNIT = re.compile(
    r"[(\[【]?\s*(?:单位[::]?|in)?\s*(?:人民币|cny|rmb)?\s*(百万元|万元|萬元|千元|亿元|元|万|亿|%"
    # a Latin unit is a word of its own: "claim" does not end in millions
    r"|(?<![a-z0-9])(?:10k|10,000|10 thousand|100m|mn?|million|thousand|cny|rmb))\s*(?:人民币|cny|rmb)?\s*[)\]】]?\s*$",
    re.IGNORECASE,
)
_ENGLISH_UNITS = {
    "10k": Decimal(10_000),
    "10,000": Decimal(10_000),
    "10 thousand": Decimal(10_000),
    "100m": Decimal(100_000_000),
    "m": Decimal(1_000_000),
    "mn": Decimal(1_000_000),
    "million": Decimal(1_000_000),
    "thousand": Decimal(1_000),
    "cny": Decimal(1),
    "rmb": Decimal(1),
}
_TITLE_UNIT = re.compile(r"单位\s*[::]?\s*(?:人民币)?\s*(百万元|万元|千元|亿元|元)")
_TOTAL = r"(?i)^\s*(合\s*计|总\s*计|小\s*计|总\s*额|本页小计|本页合计|分行小计|累\s*计|total|sub-?\s*total|grand total|sum)\s*[::]?\s*$"
TOTAL_SUFFIX = r"(?i)^.{0,12}(小计|合计|总计)\s*[::]?$"


@dataclass(frozen=True)
class Heading:
    """One column of the file: its header as it stands, what it means, its unit."""

    text: str
    target: str | None
    letter: str
    unit: Decimal | None = None
    is_percent: bool = False
    is_changed: bool = False


@dataclass(frozen=True)
class Header:
    """The header of a grid. `first_row` is the index of the first row of data."""

    headings: tuple[Heading, ...]
    first_row: int
    row_number: int
    is_double: bool
    titles: tuple[str, ...]
    title_unit: Decimal | None

    @property
    def score(self) -> int:
        return _score(self.headings)


def clean(text: object) -> str:
    return (
        re.sub(r"\s+", " ", unicodedata.normalize("NFKC", str(text))).strip()
        if text is not None
        else ""
    )


def split_unit(text: str) -> tuple[str, Decimal | None, bool]:
    """Take a unit off the end of a header: its words, the unit, whether it is per cent."""
    match = _UNIT.search(text)
    if match is None or not text[: match.start()].strip():
        return text, None, False
    word = match[1].lower()
    unit = UNITS.get(word, _ENGLISH_UNITS.get(word))
    return text[: match.start()].strip(), unit, word == "%"


def heading(text: str, letter: str, match: Match) -> Heading:
    """Read one header cell."""
    normal = clean(text)
    target, unit, is_percent = match(normal), None, False
    words, own_unit, percent = split_unit(normal)
    if own_unit is not None or percent:
        unit, is_percent = own_unit, percent
        target = target or match(words)
    changed = target is not None and (
        text != text.strip() or "\n" in text or bool(re.search(r"[A-Z]|[a-z] [a-z]", normal))
    )
    return Heading(text.strip(), target, letter, unit, is_percent, changed)


def find_header(grid: Grid, match: Match) -> Header | None:
    """Find the row, or two rows, whose cells mean most columns; None when no cell means any."""
    rows = [list(row) for row in grid.frame.head(_HEAD_ROWS).iter_rows()]
    singles = [_headings([_text(cell) for cell in row], grid.letters, match) for row in rows]
    best = max(range(len(rows)), key=lambda index: (_score(singles[index]), -index), default=0)
    if not rows:
        return None
    index, headings, is_double = best, singles[best], False
    for above in range(len(rows) - 1):
        both = _double(grid, above, rows, match)
        # Two rows are one header only where neither says as much alone.
        if _score(both) > _score(headings):
            index, headings, is_double = above, both, True
    if not _score(headings):
        return None
    numbers = grid.numbers
    titles = tuple(" ".join(_text(cell) for cell in row if _text(cell)) for row in rows[:index])
    return Header(
        headings=headings,
        first_row=index + 1 + is_double,
        row_number=int(numbers[index]),
        is_double=is_double,
        titles=tuple(title for title in titles if title),
        title_unit=title_unit(titles),
    )


def _score(headings: Sequence[Heading]) -> int:
    return len({heading.target for heading in headings if heading.target})


def title_unit(titles: Sequence[str]) -> Decimal | None:
    for title in titles:
        if found := _TITLE_UNIT.search(clean(title)):
            return UNITS[found[1]]
    return None


def _text(cell: object) -> str:
    return "" if cell is None else str(cell)


def _headings(texts: Sequence[str], letters: Sequence[str], match: Match) -> tuple[Heading, ...]:
    return tuple(heading(text, letter, match) for text, letter in zip(texts, letters, strict=True))


def _double(grid: Grid, index: int, rows: list[list[object]], match: Match) -> tuple[Heading, ...]:
    """Read rows `index` and `index + 1` as one header: group above, column below."""
    groups = _filled_groups(grid, index, rows[index])
    found = []
    for above, below, group, letter in zip(
        map(_text, rows[index]), map(_text, rows[index + 1]), groups, grid.letters, strict=True
    ):
        options = [f"{group}{below}", below, above] if below.strip() else [above]
        read = [heading(option, letter, match) for option in options if option.strip()]
        chosen = next(
            (each for each in read if each.target), read[0] if read else heading("", letter, match)
        )
        found.append(chosen)
    return tuple(found)


def _filled_groups(grid: Grid, index: int, row: list[object]) -> list[str]:
    """Repeat each group's name over the columns it is merged over, or over the blanks to its right."""
    groups, last = [], ""
    for cell in row:
        last = _text(cell).strip() or last
        groups.append(last)
    return groups


def total_rows(data: pl.DataFrame, id_column: str) -> pl.Series:
    """Mark the rows that are totals: a total's word in some cell, and no number of a loan."""
    ids = data[id_column]
    has_word = ids.str.contains(_TOTAL) | ids.str.contains(TOTAL_SUFFIX)
    has_word = has_word.fill_null(value=False)
    no_id = (ids.is_null() | (ids.str.strip_chars() == "")).fill_null(value=True)
    if not no_id.any():
        return has_word
    is_total = pl.repeat(value=False, n=data.height, dtype=pl.Boolean, eager=True)
    for name in data.columns[:12]:
        is_total |= data[name].str.contains(_TOTAL).fill_null(value=False)
    return has_word | (is_total & no_id)
