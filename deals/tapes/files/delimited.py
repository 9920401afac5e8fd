"""CSV and its relatives: encoding, delimiter, quotes and row lengths settled before any value is read."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from deals.tapes.files.encoding import decode
from deals.tapes.files.limits import Limits
from deals.tapes.files.refusal import FileRefused
from deals.tapes.files.table import Grid, Note, Source, column_letter, note

_DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon", "，": "full-width comma", "|": "bar"}
_STAND_IN = "\x1f"  # polars wants one byte; no such byte is let in
_QUOTE, _NEWLINE, _RETURN, _TAB, _DELETE = 0x22, 0x0A, 0x0D, 0x09, 0x7F
_HEAD_RECORDS = 40
_CHUNK = 16 * 1024 * 1024


@dataclass(frozen=True)
class Records:
    """Where each record begins (byte), on which line, and how many fields it has."""

    begins: NDArray[np.int64]
    lines: NDArray[np.int64]
    fields: NDArray[np.int64]


def read_csv(
    path: Path,
    limits: Limits,
    knows_header: Callable[[str], bool],
    count_words: Callable[[str], int],
) -> Source:
    """Read a delimited text file from its header on; lines above it become the grid's notes."""
    data, encoding, notes = decode(path.read_bytes(), count_words)
    if not data.strip():
        raise FileRefused(rule="empty_file")
    data = _plain_line_ends(data, notes)
    data, first_line, told = _without_sep_line(data, notes)
    head = data[: 256 * 1024].decode("utf-8", errors="ignore")
    delimiter = told or _find_delimiter(head, knows_header)
    if delimiter != "," and not told:
        notes.append(note("delimiter", found=_DELIMITERS[delimiter]))
    data, separator = _with_separator(data, delimiter)
    records = scan_records(data, ord(separator), first_line)
    if len(records.lines) > limits.csv_rows + _HEAD_RECORDS:
        raise FileRefused(rule="too_many_rows", limit=limits.csv_rows)
    header = _find_header(head.replace(delimiter, separator), separator, knows_header)
    grid = _grid(data, separator, records, header, limits)
    return Source("csv", [grid], tuple(notes), encoding, _DELIMITERS[delimiter])


def _plain_line_ends(data: bytes, notes: list[Note]) -> bytes:
    if b"\r" not in data:
        return data
    if b"\n" not in data:
        notes.append(note("mac_line_ends"))
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _without_sep_line(data: bytes, notes: list[Note]) -> tuple[bytes, int, str]:
    """Take off Excel's `sep=;` line; give the rest, its first line number and the delimiter told."""
    line = data[: data.find(b"\n")] if b"\n" in data[:64] else b""
    text = line.decode("utf-8", errors="ignore").strip('"').rstrip()
    if text[:4].lower() != "sep=":
        return data, 1, ""
    told = line.decode("utf-8", errors="ignore").strip('"\n')[4:5]
    if told not in _DELIMITERS:
        raise FileRefused(rule="delimiter_unknown", found=told)
    notes.append(note("sep_line", found=_DELIMITERS[told]))
    return data[len(line) + 1 :], 2, told


def _find_delimiter(head: str, knows_header: Callable[[str], bool]) -> str:
    """Choose the delimiter under which some row of the head reads as a header; comma when none does."""
    scores = {
        delimiter: max(
            (sum(map(knows_header, row)) for row in _head_rows(head, delimiter)), default=0
        )
        for delimiter in _DELIMITERS
    }
    best = max(scores.values())
    if best <= 1:  # an unknown layout: the sign that most lines hold equally often
        return max(_DELIMITERS, key=lambda delimiter: _steadiness(head, delimiter))
    return next(delimiter for delimiter, score in scores.items() if score == best)


def _steadiness(head: str, delimiter: str) -> int:
    counts = Counter(
        line.count(delimiter) for line in head.split("\n")[1:_HEAD_RECORDS] if line.strip()
    )
    count, lines = counts.most_common(1)[0] if counts else (0, 0)
    return lines if count else 0


def _head_rows(head: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    rows = []
    try:
        for row in reader:
            rows.append(row)
            if len(rows) == _HEAD_RECORDS:
                break
    except csv.Error:  # an open quote: the structure scan names its line
        pass
    return rows


def _with_separator(data: bytes, delimiter: str) -> tuple[bytes, str]:
    if len(delimiter.encode()) == 1:
        return data, delimiter
    if _STAND_IN.encode() in data:
        raise FileRefused(rule="control_character", row=1)
    return data.replace(delimiter.encode(), _STAND_IN.encode()), _STAND_IN


def _find_header(head: str, separator: str, knows_header: Callable[[str], bool]) -> int:
    """Index of the record that names most columns; the first one of several equal, else record 0."""
    rows = _head_rows(head, separator)
    scores = [sum(map(knows_header, row)) for row in rows]
    if max(scores, default=0) > 0:
        return scores.index(max(scores))
    filled = [index for index, row in enumerate(rows) if any(cell.strip() for cell in row)]
    return filled[0] if filled else 0


def scan_records(data: bytes, separator: int, first_line: int = 1) -> Records:
    """Find the records of a text: quotes are honoured, and refused where they are not closed or astray."""
    signs = np.frombuffer(data, dtype=np.uint8)
    _refuse_control(data, separator, first_line)
    has_quotes = data.find(b'"') >= 0
    begins, lines, fields = [np.zeros(1, np.int64)], [np.zeros(1, np.int64)], []
    inside, newlines, pending = 0, 0, 0
    for begin in range(0, len(signs), _CHUNK):
        chunk = signs[begin : begin + _CHUNK]
        is_newline = chunk == _NEWLINE
        is_separator = chunk == separator
        every_newline = np.flatnonzero(is_newline)
        if has_quotes:
            is_quote = chunk == _QUOTE
            is_inside = ((np.cumsum(is_quote, dtype=np.uint8) + inside) & 1).astype(bool)
            inside = int(is_inside[-1])
            is_newline &= ~is_inside
            is_separator &= ~is_inside
        ends = np.flatnonzero(is_newline)
        separators = np.searchsorted(np.flatnonzero(is_separator), ends)
        counts = np.diff(separators, prepend=0)
        if len(ends):
            counts[0] += pending
            pending = int(np.count_nonzero(is_separator[ends[-1] :]))
        else:
            pending += int(np.count_nonzero(is_separator))
        fields.append(counts.astype(np.int64) + 1)
        begins.append(ends.astype(np.int64) + 1 + begin)
        lines.append(np.searchsorted(every_newline, ends, side="right") + newlines)
        newlines += len(every_newline)
    if has_quotes:
        _refuse_stray_quotes(signs, separator, first_line)
    fields.append(np.array([pending + 1]))
    at, line, count = np.concatenate(begins), np.concatenate(lines), np.concatenate(fields)
    if inside:
        raise FileRefused(rule="open_quote", row=int(line[-1]) + first_line)
    if at[-1] >= len(data):  # the text ends with a line end: no record after it
        at, line, count = at[:-1], line[:-1], count[:-1]
    return Records(at, line + first_line, count)


def _refuse_control(data: bytes, separator: int, first_line: int) -> None:
    """Refuse signs that no text holds. Deleting them a chunk at a time is the quickest way to look."""
    allowed = {_NEWLINE, _RETURN, _TAB, separator}
    control = bytes(sign for sign in (*range(0x20), _DELETE) if sign not in allowed)
    for begin in range(0, len(data), _CHUNK):
        chunk = data[begin : begin + _CHUNK]
        if len(chunk.translate(None, control)) < len(chunk):
            at = begin + min(place for sign in control if (place := chunk.find(sign)) >= 0)
            raise FileRefused(rule="control_character", row=first_line + data.count(b"\n", 0, at))


def _refuse_stray_quotes(signs: NDArray[np.uint8], separator: int, first_line: int) -> None:
    """Refuse a quote that opens inside a field, or closes before its end."""
    quotes = np.flatnonzero(signs == _QUOTE)
    opening, closing = quotes[0::2], quotes[1::2]
    before = signs[np.maximum(opening - 1, 0)]
    opens = (opening == 0) | np.isin(before, [separator, _NEWLINE, _QUOTE])
    after = signs[np.minimum(closing + 1, len(signs) - 1)]
    closes = (closing == len(signs) - 1) | np.isin(after, [separator, _NEWLINE, _QUOTE])
    wrong = np.concatenate([opening[~opens], closing[~closes]])
    if len(wrong):
        row = int(np.count_nonzero(signs[: wrong.min()] == _NEWLINE)) + first_line
        raise FileRefused(rule="open_quote", row=row)


def _grid(data: bytes, separator: str, records: Records, header: int, limits: Limits) -> Grid:
    """Make the grid from the header on, rows of the same length directly above it included."""
    if header >= len(records.fields):
        raise FileRefused(rule="no_header")
    width = int(records.fields[header])
    if width > limits.columns:
        raise FileRefused(rule="too_many_columns", limit=limits.columns)
    top = header
    while top > 0 and records.fields[top - 1] == width and width > 1:
        top -= 1
    ends = np.append(records.begins[1:], len(data))
    titles = data[: records.begins[top]].decode().replace(separator, " ").splitlines()
    is_blank = _blank(data, records, ends)
    _refuse_ragged(records, is_blank, header, width)
    body = data[int(records.begins[top]) :] if top else data
    frame = _read(body, separator, width)
    if frame.height != len(records.fields) - top:
        raise FileRefused(rule="open_quote", row=int(records.lines[header]))
    keep = ~is_blank[top:]
    if not keep.all():
        frame = frame.filter(pl.Series(keep))
    notes = (
        [note("title_lines", found=len(titles), text=" / ".join(titles)[:120])] if titles else []
    )
    blank = int(is_blank[header:].sum())
    if blank:
        notes.append(note("blank_rows", found=blank))
    return Grid(
        frame=frame,
        numbers=pl.Series(records.lines[top:][keep]).cast(pl.Int32),
        letters=tuple(column_letter(index) for index in range(width)),
        notes=tuple(notes),
    )


def _blank(data: bytes, records: Records, ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mark the records of one field with nothing in it."""
    is_blank = np.zeros(len(records.fields), dtype=bool)
    for index in np.flatnonzero(records.fields == 1):
        is_blank[index] = not data[records.begins[index] : ends[index]].strip()
    return is_blank


def _refuse_ragged(records: Records, is_blank: NDArray[np.bool_], header: int, width: int) -> None:
    ragged = (records.fields != width) & ~is_blank
    ragged[:header] = False
    if ragged.any():
        at = int(np.flatnonzero(ragged)[0])
        raise FileRefused(
            rule="ragged_row",
            row=int(records.lines[at]),
            found=int(records.fields[at]),
            expected=width,
            count=int(ragged.sum()),
        )


def _read(body: bytes, separator: str, width: int) -> pl.DataFrame:
    try:
        return pl.read_csv(
            body,
            has_header=False,
            separator=separator,
            quote_char='"' if b'"' in body else None,
            schema={f"c{index}": pl.String for index in range(width)},
            infer_schema=False,
        )
    except (pl.exceptions.PolarsError, ValueError) as error:
        raise FileRefused(rule="unreadable") from error
