"""What changed between two versions of a structure, named as in the deal file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from analytics.structure.document import write_term
from analytics.structure.presets import Expanded
from analytics.structure.terms import STATUSES

ABSENT = None


@dataclass(frozen=True)
class Change:
    """One difference: where, before and after; None where it was or is absent."""

    path: str
    before: Any
    after: Any


def differences(before: Expanded, after: Expanded) -> tuple[Change, ...]:
    """Compare two structures written out in full; lists of named things are compared by name."""
    old, new = write_term(before.deal), write_term(after.deal)
    old_steps, new_steps = old.pop("waterfall"), new.pop("waterfall")
    found = list(compare("", old, new))
    for status in STATUSES:
        steps = (old_steps.get(status, []), new_steps.get(status, []))
        found += compare_steps(f"waterfall.{status}", *steps)
    found += compare(
        "waterfall.ledgers", old_steps.get("ledgers", []), new_steps.get("ledgers", [])
    )
    return tuple(found)


def compare(path: str, old: Any, new: Any) -> Iterator[Change]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in [*old, *(key for key in new if key not in old)]:
            place = f"{path}.{key}" if path else key
            yield from compare(place, old.get(key, ABSENT), new.get(key, ABSENT))
    elif is_named(old) and is_named(new):
        yield from compare(path, by_name(old), by_name(new))
    elif old != new:
        yield Change(path, old, new)


def is_named(items: Any) -> bool:
    return isinstance(items, list) and all(isinstance(x, Mapping) and "name" in x for x in items)


def by_name(items: list[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {str(item["name"]): item for item in items}


def compare_steps(path: str, old: list[Any], new: list[Any]) -> Iterator[Change]:
    """Compare two orders of payment: steps left out, put in, or replaced, at their old place."""
    matcher = SequenceMatcher(None, [repr(s) for s in old], [repr(s) for s in new], autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            continue
        removed, added = old[a:b], new[c:d]
        for k in range(max(len(removed), len(added))):
            was = removed[k] if k < len(removed) else ABSENT
            is_now = added[k] if k < len(added) else ABSENT
            place = a + k if was is not ABSENT else c + k
            yield Change(f"{path}[{place}]", was, is_now)
