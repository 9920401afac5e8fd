"""The level that stands: the quantitative result of a run under every limit that is known.

A done run never goes stale; limits come from dated judgements and are composed when a page or a
package asks (contracts.md 3). The lowest decides; a limit never raises a level.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from deals.runs.selectors.engine_words import said
from ratings_site.components import figures
from ratings_site.components.levels import LEVELS, notch
from servicers.models import Assessment

NO_LIMIT = "none"
KINDS = ("data", "servicer", "legal", "counterparty", "liquidity", "sovereign")


@dataclass(frozen=True)
class Limit:
    """A limit on a level: of a kind, from a source, for a reason. `note` empty binds every note."""

    kind: str
    level: str
    reason: str = ""
    source: str = ""
    note: str = ""


@dataclass(frozen=True)
class Cell:
    """One cell of the row of limits as the page shows it."""

    label: str
    text: str
    reason: str = ""
    anchor: str = ""
    binds: bool = False
    is_quiet: bool = False


@dataclass(frozen=True)
class Outcome:
    """The level that stands for one note, and the limit that set it, if one did."""

    level: str
    quantitative: str
    binding: Limit | None
    cells: tuple[Cell, ...]


def kind_words() -> dict[str, str]:
    return {
        "model": _("Model"),
        "data": _("Data"),
        "servicer": _("Servicer"),
        "legal": _("Legal"),
        "counterparty": _("Counterparty"),
        "liquidity": _("Liquidity"),
        "promise": _("Promise of interest"),
        "sovereign": _("Sovereign"),
        "concentration": _("Concentration"),
    }


def kind_word(kind: str) -> str:
    return kind_words().get(kind) or kind.replace("_", " ").capitalize()


# Caps of the engine under the heading where a reader looks for them.
HEADING = {"no_backup": "servicer", "deferral": "promise", "aggregate_pool": "concentration"}


def limit_of_assessment(assessment: Assessment, result: Mapping[str, Any]) -> tuple[Limit, ...]:
    """Return what a servicer's assessment allows, by the tables the run was computed under.

    Strong and adequate limit nothing; weak and below carry the cap of the criteria (method 11).
    """
    used = {each["name"]: each["value"] for each in result.get("assumptions", ())}
    caps = used.get("constraints.servicer")
    if caps is None or assessment.score is None:
        return ()
    level = caps.get(assessment.grade, {}).get(result["scale"], NO_LIMIT)
    reason = _("{servicer} is assessed “{grade}”, score {score}").format(
        servicer=assessment.servicer,
        grade=assessment.get_grade_display(),
        score=figures.grouped(assessment.score, 1),
    )
    return (
        Limit("servicer", level, reason, _("assessment {number}").format(number=assessment.number)),
    )


def limits_of(result: Mapping[str, Any], deal_file: Mapping[str, Any]) -> list[Limit]:
    """Collect the limits that a run and its deal file carry."""
    derived = [
        Limit(
            HEADING.get(cap["kind"], cap["kind"]),
            cap["level"],
            said(cap.get("reason", "")),
            _("this run"),
            cap["note"],
        )
        for cap in result.get("derived_caps", ())
    ]
    stated = [
        Limit(each["kind"], each["level"], each.get("reason", ""), each.get("source", ""))
        for each in deal_file.get("constraints", ())
    ]
    return derived + stated


def outcome_of(note: Mapping[str, Any], limits: Iterable[Limit]) -> Outcome:
    """Compose one note's quantitative level with the limits that concern it."""
    concerned = [limit for limit in limits if limit.note in ("", note["name"])]
    real = [limit for limit in concerned if limit.level != NO_LIMIT]
    quantitative = note["quantitative"]
    tightest = max(real, key=lambda limit: notch(limit.level), default=None)
    if tightest is not None and notch(tightest.level) <= notch(quantitative):
        tightest = None
    level = quantitative if tightest is None else tightest.level
    return Outcome(level, quantitative, tightest, cells_of(quantitative, concerned, tightest))


def cells_of(quantitative: str, limits: list[Limit], binding: Limit | None) -> tuple[Cell, ...]:
    kinds = [*KINDS, *dict.fromkeys(each.kind for each in limits if each.kind not in KINDS)]
    model = Cell(
        label=kind_word("model"),
        text=figures.level_text(quantitative) if quantitative in LEVELS else _("below CCC"),
        binds=binding is None,
        anchor="ladder",
    )
    return (model, *(cell_of(kind, limits, binding) for kind in kinds))


def cell_of(kind: str, limits: list[Limit], binding: Limit | None) -> Cell:
    """Write one kind of limit: its lowest level, no limit, or that nobody has judged it yet."""
    own = [limit for limit in limits if limit.kind == kind]
    lowest = max(
        own, key=lambda limit: notch(limit.level) if limit.level != NO_LIMIT else -1, default=None
    )
    if lowest is None:
        return Cell(kind_word(kind), pgettext("limit", "not judged"), is_quiet=True)
    if lowest.level == NO_LIMIT:
        return Cell(kind_word(kind), pgettext("limit", "none"), lowest.reason, is_quiet=True)
    binds = binding is not None and binding.kind == kind
    return Cell(kind_word(kind), figures.level_text(lowest.level), lowest.reason, binds=binds)
