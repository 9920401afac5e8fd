"""Which encoding a text file is in: told for sure, told with a warning, or refused."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from deals.tapes.files.refusal import FileRefused
from deals.tapes.files.table import Note, note

_HAN = re.compile(r"[一-鿿]")
_CHUNK = 4 * 1024 * 1024
# Shares that ordinary Chinese text in GBK passes and Big5, Shift-JIS or Latin text read as GBK fails.
_COMMON_SHARE = 0.85
_RARE_NAMES_SHARE = 0.6
_LEVEL_1 = range(0xB0, 0xD8)
_SYMBOLS = range(0xA1, 0xAA)
_LEVEL_2 = range(0xD8, 0xF8)

CountsWords = Callable[[str], int]


def decode(data: bytes, count_words: CountsWords) -> tuple[bytes, str, list[Note]]:
    """Give the text as UTF-8 bytes without mark, the encoding's name, and what to say about it.

    `count_words(text)` counts the words of the dictionary that text holds: the evidence that a reading
    in GB18030 is the right one.
    """
    if data.startswith(codecs.BOM_UTF8):
        return _valid_utf8(data[3:], marked=True), "UTF-8", []
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _from_utf16(data)
    if (at := data.find(b"\x00")) >= 0:
        raise FileRefused(rule="nul_byte", row=data.count(b"\n", 0, at) + 1)
    if _is_utf8(data):
        return _valid_utf8(data, marked=False), "UTF-8", []
    return _from_gb18030(data, count_words)


def _valid_utf8(data: bytes, *, marked: bool) -> bytes:
    if b"\x00" in data:
        raise FileRefused(rule="nul_byte", row=data.count(b"\n", 0, data.find(b"\x00")) + 1)
    if marked and not _is_utf8(data):
        raise FileRefused(rule="encoding_mixed" if _utf8_lines(data) else "encoding_unknown")
    if (at := data.find("�".encode())) >= 0:
        raise FileRefused(rule="encoding_damaged", row=data.count(b"\n", 0, at) + 1)
    return data


def _is_utf8(data: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    view = memoryview(data)
    try:
        for begin in range(0, len(data), _CHUNK):
            decoder.decode(view[begin : begin + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _from_utf16(data: bytes) -> tuple[bytes, str, list[Note]]:
    try:
        text = data.decode("utf-16")
    except UnicodeDecodeError as error:
        raise FileRefused(rule="encoding_unknown") from error
    if "\x00" in text:
        raise FileRefused(rule="nul_byte", row=text.count("\n", 0, text.find("\x00")) + 1)
    return text.encode(), "UTF-16", [note("encoding_converted", found="UTF-16")]


def _from_gb18030(data: bytes, count_words: CountsWords) -> tuple[bytes, str, list[Note]]:
    if _utf8_lines(data):
        raise FileRefused(rule="encoding_mixed")
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError as error:
        raise FileRefused(rule="encoding_unknown") from error
    words, share = count_words(text), _common_share(data)
    is_sure = (words >= 1 and share >= _COMMON_SHARE) or (words >= 3 and share >= _RARE_NAMES_SHARE)
    if not is_sure:
        raise FileRefused(rule="encoding_unknown")
    return text.encode(), "GB18030", []


def _utf8_lines(data: bytes) -> bool:
    """Whether some line beyond ASCII is plainly UTF-8: three Han characters in strict reading.

    Two Han characters of UTF-8 are six bytes that GBK reads as three; GBK text is hardly ever valid
    UTF-8 over such a length.
    """
    for line in re.split(rb"[\r\n]+", data):
        if line.isascii():
            continue
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            continue
        if len(_HAN.findall(text)) >= 2:
            return True
    return False


def _common_share(data: bytes) -> float:
    """Share of the two-byte signs that are everyday GB2312: common Han, symbols, half of the rest."""
    total = common = 0.0
    index, sample = 0, data[: 2 * 1024 * 1024]
    while index < len(sample) - 1:
        lead, trail = sample[index], sample[index + 1]
        if lead < 0x80:
            index += 1
            continue
        if 0x30 <= trail <= 0x39:  # four bytes: rare names and minority scripts
            index += 4
            total += 1
            continue
        total += 1
        if trail >= 0xA1:
            if lead in _LEVEL_1 or lead in _SYMBOLS:
                common += 1
            elif lead in _LEVEL_2:
                common += 0.5
        index += 2
    return common / total if total else 1.0
