"""Which kind of file this is: by its name and by its first bytes, which must agree."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath
from typing import Literal

from deals.tapes.files.refusal import FileRefused

FileKind = Literal["csv", "xlsx", "ods"]

_BY_EXTENSION: dict[str, FileKind] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".ods": "ods",
}
# Each with the rule that tells the way out.
_LEGACY = {
    ".xls": "legacy_workbook",
    ".xlt": "legacy_workbook",
    ".et": "legacy_workbook",
    ".xlsb": "binary_workbook",
    ".xlsm": "macro_workbook",
    ".xltm": "macro_workbook",
    ".xlam": "macro_workbook",
}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN = {
    b"%PDF": "PDF",
    b"\x7fELF": "program",
    b"MZ": "program",
    b"\x1f\x8b": "gzip",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7z",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"PAR1": "Parquet",
    b"SQLite": "SQLite",
    b"{\\rtf": "RTF",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
}
_MARKUP = re.compile(
    rb"^(\xef\xbb\xbf)?\s*<(!doctype|html|table|\?xml|head|body|meta|script|style|div|svg)",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
NAME_LENGTH = 120


def clean_name(name: str) -> str:
    """Give a file name that is safe to show and to store: no path, no control or direction signs.

    >>> clean_name("../../etc/tape.csv")
    'tape.csv'
    """
    last = re.split(r"[/\\]", name)[-1]
    last = _CONTROL.sub("", unicodedata.normalize("NFC", last))
    last = re.sub(r"[<>:\"|?*&';`$]", "_", last).strip(" .") or "tape"
    path = PurePosixPath(last)
    if len(last) > NAME_LENGTH:
        last = path.stem[: NAME_LENGTH - len(path.suffix)] + path.suffix[:16]
    return last


def kind_of(name: str, head: bytes) -> FileKind:
    """Tell the kind from the name and the first bytes, or refuse with 415 and the way out."""
    extension = PurePosixPath(clean_name(name)).suffix.lower()
    if not head:
        raise FileRefused(rule="empty_file")
    if extension in _LEGACY:
        raise FileRefused(rule=_LEGACY[extension], http=415, found=extension)
    if extension not in _BY_EXTENSION:
        raise FileRefused(rule="kind_not_accepted", http=415, found=extension or "-")
    kind = _BY_EXTENSION[extension]
    _refuse_foreign(head, extension)
    is_zip = head.startswith(b"PK")
    if kind == "csv" and is_zip:
        raise FileRefused(rule="renamed_kind", http=415, extension=extension, found="zip, workbook")
    if kind != "csv" and not is_zip:
        raise FileRefused(rule="renamed_kind", http=415, extension=extension, found="text")
    return kind


def _refuse_foreign(head: bytes, extension: str) -> None:
    if head.startswith(_OLE):
        rule = "encrypted_or_legacy" if extension in {".xlsx", ".ods"} else "renamed_kind"
        raise FileRefused(rule=rule, http=415, extension=extension, found="OLE (.xls)")
    for magic, found in _FOREIGN.items():
        # "MZ" may begin a loan number in a text file: a program has NULs beside it.
        if head.startswith(magic) and (magic != b"MZ" or b"\x00" in head[:64]):
            raise FileRefused(rule="renamed_kind", http=415, extension=extension, found=found)
    if _MARKUP.match(head):
        raise FileRefused(rule="renamed_kind", http=415, extension=extension, found="HTML, XML")
