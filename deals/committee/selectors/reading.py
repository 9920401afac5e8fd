"""A package as the committee reads it: from the frozen bytes alone, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from deals.committee.models import Package
from deals.committee.selectors.content import limits_of_package, package_before
from deals.runs.selectors import comparison, sentences
from deals.runs.selectors.comparison import NoteComparison, Row
from deals.runs.selectors.outcome import Outcome
from deals.runs.selectors.pages import RunPage, page_of
from deals.runs.selectors.results import Fact, Rung, SharedRung, level_words, rated_notes
from ratings_site.components import figures
from ratings_site.components.levels import LEVELS, notch

Document = Mapping[str, Any]

LEVELS_ABOVE, LEVELS_BELOW = 2, 4  # of the ladder, around what stands


@dataclass(frozen=True)
class NoteReading:
    """One rated note: what is proposed, what model and limits say, and by how much."""

    name: str
    proposed: str
    proposed_words: str
    level: str
    says: SafeString
    outcome: Outcome
    rungs: tuple[Rung, ...]
    takes: tuple[tuple[str, str, str, str], ...]
    differs: bool


@dataclass(frozen=True)
class Changes:
    """What moved since the package before."""

    number: int
    says: SafeString
    rows: tuple[Row, ...]
    notes: tuple[NoteComparison, ...]
    assumptions: tuple[Row, ...]


@dataclass(frozen=True)
class RunLine:
    """One run of the deal, whether it came to anything or not."""

    number: int
    used: bool
    status: str
    terms: int
    paths: str
    seed: str
    asked: str
    by: str
    levels: str
    note: str


@dataclass(frozen=True)
class Reading:
    """A package, ready to be shown or printed: figures written, sentences made."""

    document: Document
    scale: str
    page: RunPage
    notes: tuple[NoteReading, ...]
    facts: tuple[Fact, ...]
    changes: Changes | None
    runs: tuple[RunLine, ...]
    open_points: tuple[str, ...]

    @property
    def proposal_words(self) -> str:
        """The proposal in one line: note and level. For the page only, never for a title."""
        mark = figures.level_mark(self.scale)
        return ", ".join(f"{note.name} {note.proposed_words}{mark}" for note in self.notes)


def reading_of(package: Package) -> Reading:
    """Read a package from its frozen bytes."""
    document = package.document
    result, terms = document["run"]["result"], document["terms"]["document"]
    limits = limits_of_package(document, get_language() or "en")
    page = page_of(result, terms, limits)
    return Reading(
        document=document,
        scale=document["deal"]["scale"],
        page=page,
        notes=notes_of(document, page),
        facts=facts_of(document, page),
        changes=changes_since(package_before(package), package),
        runs=tuple(run_line(each, document["run"]["id"]) for each in document["runs"]),
        open_points=open_points(result, page),
    )


def notes_of(document: Document, page: RunPage) -> tuple[NoteReading, ...]:
    frozen = {each["note"]: each["level"] for each in document["outcomes"]}
    proposal = document["proposal"]["levels"]
    return tuple(
        NoteReading(
            name=view.name,
            proposed=proposal[view.name],
            proposed_words=level_words(proposal[view.name]),
            level=frozen[view.name],
            says=view.says,
            outcome=view.outcome,
            rungs=rungs_around(page.ladder.rows, k, frozen[view.name]),
            takes=view.takes,
            differs=proposal[view.name] != frozen[view.name],
        )
        for k, view in enumerate(page.notes)
    )


def rungs_around(rows: tuple[SharedRung, ...], place: int, level: str) -> tuple[Rung, ...]:
    """Return the rungs of one note from somewhat above what stands to somewhat below."""
    own = [row.rungs[place] for row in rows]
    highest = next((k for k, rung in enumerate(own) if rung.is_highest_passed), len(own) - 1)
    standing = min(notch(level), len(LEVELS) - 1)
    first = max(0, min(highest, standing) - LEVELS_ABOVE)
    last = max(highest, standing) + LEVELS_BELOW
    return tuple(own[first : last + 1])


def facts_of(document: Document, page: RunPage) -> tuple[Fact, ...]:
    """Return the deal's own figures: claim, notes, dates."""
    result, deal = document["run"]["result"], document["deal"]
    money = figures.money_unit(deal["currency"])
    claim = result["pool"]["claim"]
    facts = [Fact(_("Claim, {unit}").format(unit=money), figures.wan(claim))]
    for note in rated_notes(result):
        facts.append(Fact(f"{note['name']}, {money}", figures.wan(note["balance"])))
        facts.append(
            Fact(
                _("{note} / claim, %").format(note=note["name"]),
                figures.percent(note["balance"] / claim if claim else None),
            )
        )
    facts += page.unrated
    facts.append(Fact(_("Cut-off date"), figures.iso_date(deal["cutoff_date"])))
    facts.append(Fact(_("Legal final maturity"), figures.iso_date(deal["legal_final_date"])))
    return tuple(facts)


def changes_since(before: Package | None, now: Package) -> Changes | None:
    """Compare two packages of a deal by the runs that they froze."""
    if before is None:
        return None
    old, new = before.document["run"]["result"], now.document["run"]["result"]
    return Changes(
        number=before.number,
        says=sentences.comparison_sentence(new, old),
        rows=comparison.pool_compared(old, new),
        notes=comparison.notes_compared(old, new),
        assumptions=comparison.assumptions_compared(old, new),
    )


def run_line(line: Document, used: str) -> RunLine:
    levels = ", ".join(f"{note} {level_words(level)}" for note, level in line["levels"].items())
    return RunLine(
        number=line["number"],
        used=line["id"] == used,
        status=line["status"],
        terms=line["terms"],
        paths=figures.grouped(line["paths"]),
        seed=_("from the pool") if line["seed_source"] == "pool" else _("given by hand"),
        asked=figures.iso_date(line["requested_at"]),
        by=line["requested_by"],
        levels=levels or figures.ABSENT,
        note=line["note"],
    )


def open_points(result: Document, page: RunPage) -> tuple[str, ...]:
    """Return what the engine warned of, and where its two readings lie far apart."""
    gaps = [
        _("{note}: ladder {ladder}, simulation {simulation}. The gap needs an answer.").format(
            note=note["name"],
            ladder=level_words(note["level_by_ladder"]),
            simulation=level_words(note["level_by_simulation"]),
        )
        for note in rated_notes(result)
        if note.get("is_gap_a_question")
    ]
    deviations = [
        _("{name} deviates from the criteria: {value} instead of {criteria_value}.").format(
            name=each.name, value=each.value, criteria_value=each.criteria_value
        )
        for each in page.assumptions
        if each.deviates
    ]
    return (*gaps, *deviations, *page.warnings)
