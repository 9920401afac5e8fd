"""JSON paths of a deal file: ``notes[1].coupon.rate`` read, set and removed."""

import re
from typing import Any

PIECE = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
Piece = str | int


def pieces(path: str) -> list[Piece]:
    return [name or int(place) for name, place in PIECE.findall(path)]


def value_at(document: Any, path: str) -> Any:
    """Return what stands at a path, or None where nothing does."""
    here = document
    for piece in pieces(path):
        if isinstance(piece, int):
            if not isinstance(here, list) or piece >= len(here):
                return None
            here = here[piece]
        else:
            if not isinstance(here, dict):
                return None
            here = here.get(piece)
    return here


def set_at(document: Any, path: str, value: Any) -> None:
    """Write a value, making the objects on the way; rows of lists must exist."""
    *way, last = pieces(path)
    here = document
    for piece in way:
        if isinstance(piece, int):
            here = here[piece]
            continue
        if not isinstance(here.get(piece), dict | list):
            here[piece] = {}
        here = here[piece]
    here[last] = value


def remove_at(document: Any, path: str) -> None:
    """Take a key out; an object on the way that is left empty goes with it."""
    *way, last = pieces(path)
    parent = value_at(document, joined(way))
    if not isinstance(parent, dict) or last not in parent:
        return
    del parent[last]
    if not parent and way and isinstance(way[-1], str):
        remove_at(document, joined(way))


def joined(way: list[Piece]) -> str:
    path = ""
    for piece in way:
        if isinstance(piece, int):
            path += f"[{piece}]"
        else:
            path += f".{piece}" if path else piece
    return path
