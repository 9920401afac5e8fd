"""One value, one row of bytes: canonical JSON (RFC 8785) and its sha256."""

import datetime
import decimal
import hashlib
import uuid
from collections.abc import Mapping
from enum import Enum
from typing import Any

import rfc8785
from django.utils.functional import Promise

# Beyond this a JSON number is no longer exact for every reader (RFC 8785, 3.2.2.3).
LARGEST_EXACT_INTEGER = 2**53 - 1


def plain(value: Any) -> Any:
    """Return the value as JSON knows it: dates and decimals become text, tuples lists.

    Integers that a JSON reader might round are written as text; NUL, which PostgreSQL cannot
    store, is dropped.
    """
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, Mapping):
        return {str(_scalar(key)): plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        value = sorted(value, key=str)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, str):
        return str(value).replace("\x00", "")
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if abs(value) <= LARGEST_EXACT_INTEGER else str(value)
    return _as_text(value)


def _as_text(value: Any) -> str:
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat(timespec="microseconds")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, uuid.UUID | Promise):  # a Promise is text that waits for its language
        return str(value)
    msg = f"A {type(value).__name__} cannot stand in a canonical record; write it as text first."
    raise TypeError(msg)


def canonical_bytes(value: Any) -> bytes:
    """Return the RFC 8785 bytes of a value: the same for equal values, on every machine."""
    return rfc8785.dumps(plain(value))


def sha256_hex(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def digest_of(value: Any) -> str:
    """Return the sha256, in hexadecimal, of the canonical bytes of a value."""
    return sha256_hex(canonical_bytes(value))
