"""A first look at a foreign layout: its columns, three values of each, what they might mean."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any

from analytics.tape import COLUMNS, match_header, normal_header
from deals.tapes.engine.check import Request
from deals.tapes.engine.words import count_words, knows_header
from deals.tapes.files.header import clean, find_header, split_unit
from deals.tapes.files.reading import read_file
from deals.tapes.files.refusal import FileRefused
from deals.tapes.files.table import Grid

_SAMPLES = 3
_HEAD_ROWS = 30
_ENOUGH = 3
_ALIKE = 0.5
_WORDS = {normal_header(word): column.name for column in COLUMNS for word in (column.name, column.zh, *column.headers)}  # fmt: skip


def peek_from_json(
    data: Mapping[str, Any], _progress: Callable[[float, str], None]
) -> dict[str, Any]:
    """Read the file of a request far enough to map it: {"sheet", "columns": [...]}. No check."""
    request = Request.from_json(data)
    source = read_file(request.path, request.name, request.limits, knows_header, count_words)
    grids = [grid for grid in source.grids if not request.sheet or grid.sheet == request.sheet]
    if not grids:
        raise FileRefused(rule="no_header")
    grid = max(grids, key=lambda each: each.frame.height)
    return {"sheet": grid.sheet, "columns": columns_of(grid)}


def columns_of(grid: Grid) -> list[dict[str, Any]]:
    """Give each column of a grid with its header, samples, what it means or may mean."""
    header = find_header(grid, match_header)
    if header is not None and header.score >= _ENOUGH:
        texts, first = [heading.text for heading in header.headings], header.first_row
    else:
        row = _densest_row(grid)
        texts, first = [str(cell or "") for cell in grid.frame.row(row)], row + 1
    data = grid.frame.slice(first)
    found = []
    for index, text in enumerate(texts):
        if not clean(text):
            continue
        samples = data.to_series(index).drop_nulls().unique(maintain_order=True).head(_SAMPLES)
        found.append(
            {
                "header": clean(text),
                "samples": [sample[:40] for sample in samples.to_list()],
                "means": _means(text),
                "suggested": suggest(text),
                "unit": split_unit(clean(text))[0] != clean(text),
            }
        )
    return found


def _means(text: str) -> str:
    return match_header(clean(text)) or match_header(split_unit(clean(text))[0]) or ""


def suggest(header: str) -> str:
    """Name the column whose words are most like a header's, or nothing."""
    words = normal_header(split_unit(clean(header))[0])
    near = difflib.get_close_matches(words, _WORDS, n=1, cutoff=_ALIKE)
    return _WORDS[near[0]] if near else ""


def _densest_row(grid: Grid) -> int:
    rows = list(grid.frame.head(_HEAD_ROWS).iter_rows())
    counts = [
        sum(bool(cell and not cell.replace(".", "").isdigit()) for cell in row) for row in rows
    ]
    return counts.index(max(counts)) if counts else 0


def targets() -> list[tuple[str, str, str, bool]]:
    """Give the dictionary's columns to choose from: name, English, Chinese, whether it is a must."""
    return [(column.name, column.title, column.zh, column.must) for column in COLUMNS]
