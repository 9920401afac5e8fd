"""The door between criteria as rows and criteria as the engine reads them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785

from analytics.criteria import LEVELS, Criteria, criteria_from_document, load_criteria
from analytics.criteria.assumptions import MARKS

__all__ = ["LEVELS", "MARKS", "Entry", "entries", "from_document", "shipped"]


@dataclass(frozen=True)
class Entry:
    """One assumption as a page shows it."""

    name: str
    value: Any
    unit: str
    mark: str
    source: str

    @property
    def topic(self) -> str:
        """The first word of the name: stress, costs, recovery."""
        return self.name.split(".", 1)[0]


def shipped() -> Criteria:
    """Return the criteria that ship with the engine: the seed of version 1."""
    return load_criteria()


def from_document(document: Mapping[str, Any]) -> Criteria:
    return criteria_from_document(document)


def sha256_of(document: Mapping[str, Any]) -> str:
    """Hash the canonical form of a criteria document, as the engine does."""
    return hashlib.sha256(rfc8785.dumps(dict(document))).hexdigest()


def entries(document: Mapping[str, Any]) -> list[Entry]:
    """Return the assumptions of a document in the order of their names."""
    assumptions = criteria_from_document(document).assumptions
    return [
        Entry(name, found.value, found.unit, found.mark, found.source)
        for name, found in sorted(assumptions.items())
    ]
