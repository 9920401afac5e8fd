"""The zip around a workbook, checked before anything in it is opened."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from pyexpat import ExpatError, ParserCreate

from deals.tapes.files.limits import Limits
from deals.tapes.files.refusal import FileRefused

_UNIX_LINK = 0o120000
_ENCRYPTED = 0x1
_END = b"PK\x05\x06"
_MACRO = re.compile(r"vbaproject|macrosheets|/activex/|^basic/|^scripts/", re.IGNORECASE)
_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY|ELEMENT|ATTLIST)", re.IGNORECASE)
_ENCODING = re.compile(rb"""^(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_OPENED = re.compile(
    r"^(\[Content_Types\]\.xml|_rels/\.rels|xl/workbook\.xml|xl/_rels/workbook\.xml\.rels|xl/styles\.xml"
    r"|xl/sharedStrings\.xml|xl/worksheets/[^/]+\.xml|mimetype|content\.xml|META-INF/manifest\.xml)$",
    re.IGNORECASE,
)
WELL_FORMED_BYTES = 8 * 1024 * 1024


class Archive:
    """A zip whose directory has been found in order. `read` counts what it unpacks."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        self._unpacked = 0
        _check_ends(path)
        try:
            self._zip = zipfile.ZipFile(path)
        except (
            zipfile.BadZipFile,
            struct.error,
            ValueError,
            NotImplementedError,
            OSError,
        ) as error:
            raise FileRefused(rule="damaged_archive") from error
        self.members = {info.filename: info for info in self._zip.infolist()}
        self._check_directory()

    def _check_directory(self) -> None:
        infos = self._zip.infolist()
        if len(infos) > self._limits.members:
            raise FileRefused(rule="archive_members", found=len(infos), limit=self._limits.members)
        if len({info.filename.lower() for info in infos}) != len(infos):
            raise FileRefused(rule="archive_doubled_member")
        opened = 0
        for info in infos:
            _check_member(info)
            if _OPENED.match(info.filename):
                opened += info.file_size
                # Sizes below a megabyte are harmless whatever their ratio.
                if info.file_size > max(1 << 20, self._limits.unpack_ratio * info.compress_size):
                    raise FileRefused(rule="archive_bomb", found=info.file_size)
        if opened > self._limits.unpacked_bytes:
            limit = self._limits.unpacked_bytes // (1024 * 1024)
            raise FileRefused(rule="archive_too_large", found=opened // (1024 * 1024), limit=limit)

    def has(self, name: str) -> bool:
        return name in self.members

    def read(self, name: str) -> bytes:
        """Unpack one member whole; its size, checksum and XML prologue are checked."""
        return b"".join(self._chunks(name))

    def read_xml(self, name: str) -> bytes:
        """Unpack an XML member; refuse a DOCTYPE, a foreign encoding, or malformed text."""
        data = self.read(name)
        if data[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\x00" in data[:200]:
            raise FileRefused(rule="bad_xml", member=name)
        told = _ENCODING.match(data)
        if told is not None and told[1].lower() not in {b"utf-8", b"us-ascii", b"ascii"}:
            raise FileRefused(rule="bad_xml", member=name)
        if _DOCTYPE.search(data):
            raise FileRefused(rule="doctype", member=name)
        # Beyond this size the reader's own parser, which knows unmatched tags, stands alone.
        if len(data) <= WELL_FORMED_BYTES:
            try:
                ParserCreate().Parse(data, True)  # noqa: FBT003 - pyexpat takes no keyword
            except (ExpatError, LookupError, ValueError) as error:
                raise FileRefused(rule="bad_xml", member=name) from error
        return data

    def _chunks(self, name: str) -> Iterator[bytes]:
        info = self.members[name]
        try:
            with self._zip.open(info) as stream:
                size = 0
                while chunk := stream.read(1 << 20):
                    size += len(chunk)
                    self._unpacked += len(chunk)
                    if size > info.file_size or self._unpacked > self._limits.unpacked_bytes:
                        raise FileRefused(rule="archive_bomb", found=size)
                    yield chunk
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            RuntimeError,
            OSError,
        ) as error:
            raise FileRefused(rule="damaged_archive") from error
        if size != info.file_size:
            raise FileRefused(rule="damaged_archive")


def _check_ends(path: Path) -> None:
    """Refuse a zip with anything before its first member or after its directory."""
    with path.open("rb") as stream:
        begin = stream.read(4)
        size = stream.seek(0, 2)
        stream.seek(max(0, size - 66_000))
        tail = stream.read()
    at = tail.rfind(_END)
    if begin != b"PK\x03\x04" or at < 0 or len(tail) - at < 22:
        raise FileRefused(rule="damaged_archive")
    comment = struct.unpack("<H", tail[at + 20 : at + 22])[0]
    if len(tail) - at != 22 + comment:
        raise FileRefused(rule="polyglot")
    directory_size, offset = struct.unpack("<II", tail[at + 12 : at + 20])
    is_zip64 = 0xFFFFFFFF in {directory_size, offset}
    if not is_zip64 and offset + directory_size != size - (len(tail) - at):
        raise FileRefused(rule="polyglot")


def _check_member(info: zipfile.ZipInfo) -> None:
    name = info.filename
    parts = re.split(r"[/\\]", name)
    if (
        ".." in parts
        or name.startswith(("/", "\\"))
        or "\x00" in name
        or re.match(r"^[A-Za-z]:", name)
    ):
        raise FileRefused(rule="archive_path", member=name[:80])
    if (info.external_attr >> 16) & 0o170000 == _UNIX_LINK:
        raise FileRefused(rule="archive_path", member=name[:80])
    if info.flag_bits & _ENCRYPTED:
        raise FileRefused(rule="encrypted")
    if _MACRO.search(name):
        raise FileRefused(rule="macro_workbook", found=name[:80])
