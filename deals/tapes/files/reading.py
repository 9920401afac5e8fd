"""The one entry to this folder: a path and the sender's file name in, a `Source` out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from deals.tapes.files.delimited import read_csv
from deals.tapes.files.kinds import kind_of
from deals.tapes.files.limits import Limits
from deals.tapes.files.refusal import FileRefused
from deals.tapes.files.table import Source
from deals.tapes.files.workbook import read_ods, read_xlsx


def read_file(
    path: Path,
    name: str,
    limits: Limits,
    knows_header: Callable[[str], bool],
    count_words: Callable[[str], int],
) -> Source:
    """Read an untrusted file. Its kind is decided by `name` and its bytes, which must agree."""
    check_size(path, limits)
    with path.open("rb") as stream:
        kind = kind_of(name, stream.read(512))
    if kind == "xlsx":
        source = read_xlsx(path, limits)
    elif kind == "ods":
        source = read_ods(path, limits)
    else:
        source = read_csv(path, limits, knows_header, count_words)
    if not source.grids:
        raise FileRefused(rule="no_loans")
    return source


def check_size(path: Path, limits: Limits) -> None:
    size = path.stat().st_size
    if size > limits.file_bytes:
        limit = limits.file_bytes // (1024 * 1024)
        raise FileRefused(rule="file_too_large", http=413, found=size // (1024 * 1024), limit=limit)
