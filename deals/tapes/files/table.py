"""A table of text as it stands in a file, with the place of each row and column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl


@dataclass(frozen=True)
class Note:
    """Something that was done or seen while reading, to be said aloud."""

    rule: str
    params: dict[str, str] = field(default_factory=dict)


def note(rule: str, **params: object) -> Note:
    return Note(rule, {name: str(value) for name, value in params.items()})


@dataclass(frozen=True)
class Grid:
    """The cells of one sheet or file before the header is found.

    `frame` has string columns c0, c1, ...; `numbers[i]` is the row of the file in which row i begins,
    counted from 1 as a spreadsheet does; `letters[j]` names column j.
    """

    frame: pl.DataFrame
    numbers: pl.Series
    letters: tuple[str, ...]
    sheet: str = ""
    notes: tuple[Note, ...] = ()
    is_workbook: bool = False
    epoch_1904: bool = False
    errors: tuple[tuple[int, str], ...] = ()
    long_numbers: tuple[tuple[int, str], ...] = ()
    bare_formulas: tuple[tuple[int, str], ...] = ()
    booleans: tuple[tuple[int, str], ...] = ()
    merges: tuple[tuple[int, int, int, int], ...] = ()
    # Words beyond the dictionary's that this layout uses: column to word to code.
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """What a file turned out to be: its kind and its sheets with something in them."""

    kind: str
    grids: list[Grid]
    notes: tuple[Note, ...] = ()
    encoding: str = ""
    delimiter: str = ""


def column_letter(index: int) -> str:
    """Name a column as a spreadsheet does: 0 -> A, 26 -> AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def column_index(letters: str) -> int:
    """Index of a spreadsheet's column: A -> 0, AA -> 26."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1
