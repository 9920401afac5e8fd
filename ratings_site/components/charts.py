"""A chart as data: what the script draws, and the same figures as a table one key away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Chart:
    """One figure of a page.

    `kind` names a function of ``static/js/charts.js``; `label` is the sentence that a reader
    who does not see the picture hears; `head` and `rows` are the figures as written text.
    """

    key: str
    kind: str
    title: str
    label: str
    data: dict[str, Any]
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    unit: str = ""
    size: str = ""
    note: str = ""
    source_id: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "source_id", f"{self.key}-data")
