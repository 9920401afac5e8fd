"""What a check found: all problems counted, the first hundred of each kind kept with their places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from analytics.tape.rules import RULES, Rule

KEPT = 100


@dataclass(frozen=True)
class Place:
    """Where one problem stands: row of the file (0 = the file as a whole), value as in the file."""

    row: int
    value: str
    params: Mapping[str, str] = field(default_factory=dict)
    right: str = ""


@dataclass
class Kind:
    """All problems of one rule in one column."""

    rule: Rule
    column: str
    count: int = 0
    places: list[Place] = field(default_factory=list)


class Findings:
    """The problems of one tape. Order: as found; `rows` holds each row that has an error."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, str], Kind] = {}
        self.rows: set[int] = set()

    def add(
        self, rule: str, column: str = "", places: Iterable[Place] = (), *, count: int | None = None
    ) -> None:
        """Add problems; `count` says how many there are when not all places are given."""
        kind = self._kinds.setdefault((rule, column), Kind(RULES[rule], column))
        given = 0
        for place in places:
            given += 1
            if kind.rule.severity == "error" and place.row:
                self.rows.add(place.row)
            if len(kind.places) < KEPT:
                kind.places.append(place)
        kind.count += given if count is None else count

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._kinds.values())

    @property
    def errors(self) -> list[Kind]:
        return [kind for kind in self if kind.rule.severity == "error"]

    @property
    def warnings(self) -> list[Kind]:
        return [kind for kind in self if kind.rule.severity == "warning"]
