"""Pages on which the criteria are read: every assumption with value, unit, mark and source."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from ratings_site import policy
from ratings_site.criteria import engine
from ratings_site.criteria.engine import Entry
from ratings_site.criteria.models import CriteriaVersion
from ratings_site.criteria.services import version_in_force
from ratings_site.http import signed_in

MARK_WORDS: dict[str, str | Promise] = {
    "F": _("published fact"),
    "D": _("arithmetic from published facts"),
    "M": _("common professional knowledge"),
    "E": _("engineering default: a judgement"),
}
TOPIC_WORDS: dict[str, str | Promise] = {
    "aggregate": _("Pools described by totals"),
    "auction": _("Auctions"),
    "constraints": _("Constraints"),
    "costs": _("Costs"),
    "curves": _("Curves"),
    "dispersion": _("Dispersion"),
    "disruption": _("Disruption of the servicer"),
    "ladder": _("Ladder"),
    "outcome": _("Outcome"),
    "phases": _("Legal phases"),
    "recovery": _("Recovery"),
    "segments": _("Segments"),
    "sensitivity": _("Sensitivity"),
    "stress": _("Stress"),
    "structure": _("Structure"),
    "targets": _("Targets"),
}


@dataclass(frozen=True)
class Shown:
    """One assumption as the page lays it out: a single value, a line of pairs, or a table."""

    entry: Entry
    single: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@require_GET
def version_list(request: HttpRequest) -> HttpResponse:
    """List the versions of the criteria."""
    policy.require(signed_in(request), "criteria.read")
    version_in_force()
    versions = CriteriaVersion.objects.select_related("created_by").defer("document")
    return render(request, "ratings_site/criteria/version_list.html", {"versions": versions})


@require_GET
def version_detail(request: HttpRequest, version: str) -> HttpResponse:
    """Show every table of one version, by topic."""
    policy.require(signed_in(request), "criteria.read")
    version_in_force()
    found = get_object_or_404(CriteriaVersion, version=version)
    words = request.GET.get("q", "").strip()[:100].lower()
    entries = [entry for entry in engine.entries(found.document) if fits(entry, words)]
    topics = [
        (
            key,
            TOPIC_WORDS.get(key, key.replace("_", " ").capitalize()),
            [laid_out(e) for e in group],
        )
        for key, group in groupby(entries, key=lambda entry: entry.topic)
    ]
    context = {
        "version": found,
        "topics": topics,
        "words": words,
        "count": len(entries),
        "marks": MARK_WORDS.items(),
    }
    return render(request, "ratings_site/criteria/version_detail.html", context)


def fits(entry: Entry, words: str) -> bool:
    text = f"{entry.name} {entry.unit} {entry.source}".lower()
    return all(word in text for word in words.split())


def laid_out(entry: Entry) -> Shown:
    """Lay out a value: nested tables get a row a key, flat ones a row of pairs."""
    value = entry.value
    if not isinstance(value, Mapping):
        return Shown(entry, written(value), (), ())
    if value and all(isinstance(inner, Mapping) for inner in value.values()):
        heads = tuple(dict.fromkeys(key for inner in value.values() for key in inner))
        rows = tuple(
            (key, tuple(written(inner.get(head)) for head in heads)) for key, inner in value.items()
        )
        return Shown(entry, "", heads, rows)
    if all(not isinstance(inner, Mapping) for inner in value.values()):
        return Shown(entry, "", tuple(value), (("", tuple(map(written, value.values()))),))
    return Shown(entry, "", (), tuple((key, (written(inner),)) for key, inner in value.items()))


def written(value: Any) -> str:
    """Write a value as the table holds it: every digit, no rounding."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {written(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(written(item) for item in value)
    return str(value).replace("-", "−") if isinstance(value, int | float) else str(value)
