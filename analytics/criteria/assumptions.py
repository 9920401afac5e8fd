"""Criteria as a frozen set of assumptions, and their document form."""

import datetime
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import rfc8785

from analytics.errors import AssumptionError

FORMAT = "npl-criteria/1"
MARKS: Mapping[str, str] = {
    "F": "published fact",
    "D": "arithmetic from published facts",
    "M": "common professional knowledge",
    "E": "engineering default",
}
_PARTS = {"value", "unit", "mark", "source"}


@dataclass(frozen=True)
class Assumption:
    """One value of the criteria: what it is, in which unit, how well known, from where."""

    value: Any
    unit: str
    mark: str
    source: str

    def document(self) -> dict[str, Any]:
        return {
            "value": self.value,
            "unit": self.unit,
            "mark": self.mark,
            "source": self.source,
        }


@dataclass(frozen=True)
class Criteria:
    """A version of the rating criteria; `assumptions` maps dotted names to values.

    Never changed once built: a deviation is a copy (`with_values`) that says who asked for it.
    """

    version: str
    in_force: datetime.date
    assumptions: Mapping[str, Assumption]

    def __getitem__(self, name: str) -> Any:
        return self.entry(name).value

    def entry(self, name: str) -> Assumption:
        try:
            return self.assumptions[name]
        except KeyError:
            msg = f"Criteria {self.version} have no assumption named {name!r}."
            raise AssumptionError(msg) from None

    def number(self, name: str) -> float:
        """Return a single number, e.g. `number("ladder.noise_frequency")`."""
        value = self[name]
        if isinstance(value, bool) or not isinstance(value, int | float):
            msg = f"Assumption {name!r} must be a number; found {value!r}."
            raise AssumptionError(msg)
        return float(value)

    def text(self, name: str) -> str:
        """Return a single word, e.g. `text("outcome.rule")`."""
        value = self[name]
        if not isinstance(value, str):
            msg = f"Assumption {name!r} must be a word; found {value!r}."
            raise AssumptionError(msg)
        return value

    def table(self, name: str) -> Mapping[str, Any]:
        """Return a table of named values, e.g. `table("costs.ratio")["card"]`."""
        value = self[name]
        if not isinstance(value, Mapping):
            msg = f"Assumption {name!r} must be a table of named values; found {value!r}."
            raise AssumptionError(msg)
        return value

    def column(self, name: str) -> tuple[float, ...]:
        """Return a row of numbers, e.g. `column("curves.retail")`."""
        value = self[name]
        if not isinstance(value, list | tuple):
            msg = f"Assumption {name!r} must be a row of numbers; found {value!r}."
            raise AssumptionError(msg)
        return tuple(float(each) for each in value)

    def with_values(self, values: Mapping[str, Any], source: str) -> "Criteria":
        """Return a copy in which some assumptions have other values, marked with their source.

        A name may go into a table: `{"costs.ratio.card": 0.10}` changes one entry of `costs.ratio`.
        """
        changed = dict(self.assumptions)
        for name, value in values.items():
            owner = name if name in changed else _owner(name, changed)
            old = changed[owner]
            new = value if owner == name else _set_inside(old.value, name[len(owner) + 1 :], value)
            if not _same_kind(old.value, new):
                msg = f"Assumption {name!r} is {old.unit}; {value!r} does not fit."
                raise AssumptionError(msg)
            changed[owner] = replace(old, value=new, source=source)
        return replace(self, assumptions=changed)

    def document(self) -> dict[str, Any]:
        """Return the JSON form, from which `criteria_from_document` builds an equal object."""
        return {
            "format": FORMAT,
            "version": self.version,
            "in_force": self.in_force.isoformat(),
            "assumptions": {name: entry.document() for name, entry in self.assumptions.items()},
        }

    @property
    def sha256(self) -> str:
        """Hash of the canonical JSON form (RFC 8785)."""
        return hashlib.sha256(rfc8785.dumps(self.document())).hexdigest()


def criteria_from_document(document: Mapping[str, Any]) -> Criteria:
    """Build criteria from their JSON form; refuse what is incomplete, by name."""
    if document.get("format") != FORMAT:
        msg = f"A criteria document has format {FORMAT!r}; found {document.get('format')!r}."
        raise AssumptionError(msg)
    unknown = set(document) - {"format", "version", "in_force", "assumptions"}
    if unknown:
        msg = f"Unknown keys in the criteria document: {', '.join(sorted(unknown))}."
        raise AssumptionError(msg)
    try:
        in_force = datetime.date.fromisoformat(str(document["in_force"]))
        version, entries = str(document["version"]), document["assumptions"]
    except (KeyError, ValueError) as error:
        msg = f"A criteria document needs version, in_force (a date) and assumptions: {error}."
        raise AssumptionError(msg) from error
    return Criteria(
        version=version,
        in_force=in_force,
        assumptions={name: _assumption(name, entry) for name, entry in entries.items()},
    )


def _assumption(name: str, entry: Mapping[str, Any]) -> Assumption:
    if set(entry) != _PARTS:
        msg = f"Assumption {name!r} must have exactly value, unit, mark and source; found {', '.join(sorted(entry))}."
        raise AssumptionError(msg)
    if entry["mark"] not in MARKS:
        msg = f"Assumption {name!r} has mark {entry['mark']!r}; marks are F, D, M and E."
        raise AssumptionError(msg)
    for part in ("unit", "source"):
        if not str(entry[part]).strip():
            msg = f"Assumption {name!r} has no {part}."
            raise AssumptionError(msg)
    return Assumption(entry["value"], str(entry["unit"]), str(entry["mark"]), str(entry["source"]))


def _owner(name: str, assumptions: Mapping[str, Assumption]) -> str:
    """Find the assumption whose table holds `name`."""
    owner = name
    while "." in owner:
        owner = owner.rsplit(".", 1)[0]
        if owner in assumptions:
            return owner
    msg = f"There is no assumption named {name!r} to change."
    raise AssumptionError(msg)


def _set_inside(table: Any, key: str, value: Any) -> Any:
    head, _, rest = key.partition(".")
    if not isinstance(table, Mapping) or head not in table:
        msg = f"The table has no entry {head!r} to change."
        raise AssumptionError(msg)
    inner = _set_inside(table[head], rest, value) if rest else value
    if not rest and not _same_kind(table[head], value):
        msg = f"Entry {head!r} is {table[head]!r}; {value!r} does not fit."
        raise AssumptionError(msg)
    return {**table, head: inner}


def _same_kind(old: Any, new: Any) -> bool:
    numbers = (int, float)
    if isinstance(old, bool) or isinstance(new, bool):
        return isinstance(old, bool) and isinstance(new, bool)
    if isinstance(old, numbers):
        return isinstance(new, numbers)
    if isinstance(old, Mapping):
        return isinstance(new, Mapping)
    if isinstance(old, list | tuple):
        return isinstance(new, list | tuple)
    return isinstance(new, type(old))
