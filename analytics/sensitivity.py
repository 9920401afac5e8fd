"""Which assumption carries the level: one moved at a time, and the evidence that would tell.

Each assumption goes to the bad and the good end of its plausible range (criteria
`sensitivity.ranges`) while all others stay; the pool is forecast anew and the ladder climbed. The
value of information is a request list: evidence whose assumption could change a level comes first.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from analytics.criteria import Criteria
from analytics.inputs import Inputs
from analytics.ladder import Rung, Setting, climb, limits_of, verdict_of
from analytics.pipeline import setting_of
from analytics.pool import RunPool
from analytics.rating import level_by_ladder
from analytics.recovery import AggregateForecast
from analytics.result import nano


@dataclass(frozen=True)
class End:
    """One end of an assumption's range: level and margin of each note, by note name."""

    multiple: float
    levels: Mapping[str, str]
    margins: Mapping[str, float]


@dataclass(frozen=True)
class Sway:
    """What one assumption does: its bad and its good end beside the base.

    `margins` are those of the level that each note holds in the base, so that ends compare.
    """

    name: str
    evidence: str
    bad: End
    good: End

    def swing(self, note: str) -> float:
        """Margin of the good end less that of the bad one, a fraction of the note's balance."""
        return self.good.margins[note] - self.bad.margins[note]

    def changes_level(self, note: str) -> bool:
        return self.bad.levels[note] != self.good.levels[note]


@dataclass(frozen=True)
class Tornado:
    """All assumptions for a deal, in the order of their swing of the most senior note."""

    levels: Mapping[str, str]
    margins: Mapping[str, float]
    sways: tuple[Sway, ...]


@dataclass(frozen=True)
class Request:
    """One piece of evidence to ask for: the assumptions that it narrows, and what they carry."""

    evidence: str
    assumptions: tuple[str, ...]
    changes_level: bool
    swing: float


def tornado(inputs: Inputs) -> Tornado:
    """Move every assumption that has a part in this run, one at a time."""
    setting, pool = setting_of(inputs)
    levels = _levels(setting)
    start = _end(setting, levels, 1.0)
    sways = [
        Sway(name, evidence, *(_moved(inputs, levels, name, each) for each in (bad, good)))
        for name, evidence, bad, good in ranges(setting, pool)
    ]
    senior = setting.deal.notes[0].name
    moving = [sway for sway in sways if any(sway.swing(name) != 0.0 for name in levels)]
    ordered = sorted(moving, key=lambda sway: (-abs(sway.swing(senior)), sway.name))
    return Tornado(levels, start.margins, tuple(ordered))


def requests(found: Tornado, note: str) -> tuple[Request, ...]:
    """Return the evidence to ask for, that which could change the note's level first."""
    by_evidence: dict[str, list[Sway]] = {}
    for sway in found.sways:
        by_evidence.setdefault(sway.evidence, []).append(sway)
    asked = [
        Request(
            evidence,
            tuple(sway.name for sway in sways),
            any(sway.changes_level(note) for sway in sways),
            nano(max(abs(sway.swing(note)) for sway in sways)),
        )
        for evidence, sways in by_evidence.items()
    ]
    return tuple(sorted(asked, key=lambda each: (not each.changes_level, -each.swing)))


def ranges(setting: Setting, pool: RunPool) -> Iterator[tuple[str, str, float, float]]:
    """Yield name, evidence, bad and good multiple of each assumption that the pool may rest on."""
    criteria = setting.criteria
    classes = asset_classes(pool)
    securities = criteria.table("segments.security")
    for row in criteria["sensitivity.ranges"]:
        name = str(row["name"])
        words = {
            "{asset_class}": classes,
            "{security}": tuple(
                dict.fromkeys(str(securities[segment]) for segment in setting.base.segments)
            ),
        }
        for each in _filled(name, words):
            yield each, str(row["evidence"]), float(row["low"]), float(row["high"])


def asset_classes(pool: RunPool) -> tuple[str, ...]:
    """Return the asset classes of the pool."""
    forecast = pool.forecast
    if isinstance(forecast, AggregateForecast):
        return (forecast.asset_class,)
    return tuple(forecast.tape.asset_class.words)


def _filled(name: str, words: Mapping[str, Sequence[str]]) -> list[str]:
    for mark, found in words.items():
        if mark in name:
            return [name.replace(mark, word) for word in found]
    return [name]


def _moved(inputs: Inputs, levels: Mapping[str, str], name: str, multiple: float) -> End:
    value = scaled(value_of(inputs.effective_criteria, name), multiple)
    setting, _ = setting_of(replace(inputs, assumptions={**inputs.assumptions, name: value}))
    return _end(setting, levels, multiple)


def value_of(criteria: Criteria, name: str) -> Any:
    """Return an assumption, or one entry of a table of assumptions, by its dotted name."""
    if name in criteria.assumptions:
        return criteria[name]
    owner, _, key = name.rpartition(".")
    return value_of(criteria, owner)[key]


def scaled(value: Any, multiple: float) -> Any:
    """Multiply a number, or every number of a row; a probability stays at most one."""
    if isinstance(value, list | tuple):
        return [scaled(each, multiple) for each in value]
    moved = float(value) * multiple
    return min(moved, 1.0) if 0.0 < float(value) <= 1.0 else moved


def _end(setting: Setting, levels: Mapping[str, str], multiple: float) -> End:
    """Read levels, and margins at the levels that the notes hold in the base."""
    margins: dict[str, float] = {}
    for place, note in enumerate(setting.deal.notes):
        level = levels[note.name] if levels[note.name] != "below CCC" else "CCC"
        rung = Rung(setting, level)
        margins[note.name] = nano(limits_of(rung, verdict_of(rung)).margin[place])
    return End(multiple, _levels(setting), margins)


def _levels(setting: Setting) -> dict[str, str]:
    verdicts = climb(setting)
    return {
        note.name: level_by_ladder([bool(verdict.is_passed[place]) for verdict in verdicts])
        for place, note in enumerate(setting.deal.notes)
    }
