"""A deal file as bytes, and back: strict JSON, so that nothing in it is read two ways."""

import json
from typing import Any, NoReturn

from analytics.errors import StructureError

LARGEST_FILE = 2_000_000  # octets; the largest deals known need some tens of thousands


def read_deal_file(content: bytes | str) -> dict[str, Any]:
    """Read the text of a deal file. Its terms are checked elsewhere; here only that it is JSON."""
    text = content if isinstance(content, str) else decoded(content)
    if len(text) > LARGEST_FILE:
        msg = f"A deal file has at most {LARGEST_FILE:,} characters; this one has {len(text):,}."
        raise StructureError(msg)
    try:
        document = json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=without_repeated_keys,
            parse_constant=refuse_constant,
        )
    except json.JSONDecodeError as error:
        msg = f"This is not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        raise StructureError(msg) from error
    except RecursionError as error:
        msg = "The file is nested too deeply to be a deal file."
        raise StructureError(msg) from error
    if not isinstance(document, dict):
        msg = "A deal file is one JSON object, from { to }."
        raise StructureError(msg)
    return document


def write_deal_file(document: dict[str, Any]) -> str:
    """Write the text of a deal file as people read it; the hash is taken of the canonical form."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        msg = f"A deal file is UTF-8 text; octet {error.start + 1} is not."
        raise StructureError(msg) from error


def without_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            msg = f"The key {key!r} stands twice in one object."
            raise StructureError(msg)
        found[key] = value
    return found


def refuse_constant(word: str) -> NoReturn:
    msg = f"{word} is not a number that JSON knows."
    raise StructureError(msg)
