"""Reads on deals that join or compare: versions of the terms and what changed between them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.db.models import Q, QuerySet

from deals.structure.models import CasePerson, Deal, DealTerms, ServicerAppointment
from ratings_site.people.models import Role, User
from servicers.models import Assessment, StaticPool


@dataclass(frozen=True)
class Change:
    """One difference between two versions: where, what stood there, what stands there now."""

    path: str
    before: str | None
    after: str | None

    @property
    def kind(self) -> str:
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


def version(deal: Deal, number: int | None = None) -> DealTerms | None:
    """Return one version of the terms, the newest without a number."""
    versions = deal.versions.select_related("created_by")
    return versions.filter(number=number).first() if number else versions.first()


def versions(deal: Deal) -> QuerySet[DealTerms]:
    """All versions, newest first, without their documents."""
    return deal.versions.select_related("created_by").defer("document")


def case_people(deal: Deal) -> QuerySet[CasePerson]:
    return deal.people.select_related("user").order_by("part", "user__printed_name")


def appointments(deal: Deal) -> QuerySet[ServicerAppointment]:
    return deal.servicers.select_related("servicer")


def assessment_in_force(deal: Deal) -> Assessment | None:
    """Return the assessment of the deal's servicer that a run asked for now would use."""
    return (
        Assessment.objects.filter(
            status=Assessment.Status.IN_FORCE,
            servicer__appointments__deal=deal,
            servicer__appointments__part=ServicerAppointment.Part.SERVICER,
        )
        .select_related("servicer")
        .first()
    )


def histories_in_use(deal: Deal) -> list[StaticPool]:
    """Return the newest static pool of the deal's servicer for each asset class."""
    pools = StaticPool.objects.filter(
        servicer__appointments__deal=deal,
        servicer__appointments__part=ServicerAppointment.Part.SERVICER,
    ).order_by("as_of", "uploaded_at")
    return list({pool.asset_class: pool for pool in pools}.values())


def assignable_people(deal: Deal) -> QuerySet[User]:
    """Active people with a role on cases, who are not on this one yet."""
    parts = [
        Role.ANALYST,
        Role.LEAD,
        Role.REVIEWER,
        Role.DIRECTOR,
        Role.MEMBER,
        Role.CHAIR,
        Role.SECRETARY,
    ]
    return (
        User.objects.filter(Q(is_active=True), groups__name__in=parts)
        .exclude(cases__deal=deal)
        .prefetch_related("groups")
        .order_by("printed_name")
        .distinct()
    )


def difference(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """Return what changed from one document to the other, in the order of the newer one."""
    return list(differences(before, after, ""))


def differences(before: Any, after: Any, path: str) -> Iterator[Change]:
    if canonical(before) == canonical(after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from differences_of_objects(before, after, path)
    elif isinstance(before, list) and isinstance(after, list):
        yield from differences_of_lists(before, after, path)
    else:
        yield Change(path, written(before), written(after))


def differences_of_objects(
    before: dict[str, Any], after: dict[str, Any], path: str
) -> Iterator[Change]:
    for key in [*after, *(key for key in before if key not in after)]:
        place = f"{path}.{key}" if path else key
        if key not in before:
            yield Change(place, None, written(after[key]))
        elif key not in after:
            yield Change(place, written(before[key]), None)
        else:
            yield from differences(before[key], after[key], place)


def differences_of_lists(before: list[Any], after: list[Any], path: str) -> Iterator[Change]:
    """Compare rows by their name where they have one, else by their place in the order."""
    if is_named(before) and is_named(after):
        old = {row["name"]: row for row in before}
        new = {row["name"]: row for row in after}
        if [n for n in new if n in old] != [n for n in old if n in new]:
            yield Change(path, ", ".join(old), ", ".join(new))
        yield from differences_of_rows(old, new, path)
    else:
        yield from differences_of_sequences(before, after, path)


def differences_of_sequences(before: list[Any], after: list[Any], path: str) -> Iterator[Change]:
    matcher = SequenceMatcher(None, [canonical(r) for r in before], [canonical(r) for r in after])
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        if tag == "replace" and i2 - i1 == j2 - j1:
            for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
                yield from differences(before[i], after[j], f"{path}[{j}]")
            continue
        for i in range(i1, i2):
            yield Change(f"{path}[{i}]", written(before[i]), None)
        for j in range(j1, j2):
            yield Change(f"{path}[{j}]", None, written(after[j]))


def differences_of_rows(old: dict[str, Any], new: dict[str, Any], path: str) -> Iterator[Change]:
    for name, row in new.items():
        place = f"{path}[{name}]"
        if name in old:
            yield from differences(old[name], row, place)
        else:
            yield Change(place, None, written(row))
    for name, row in old.items():
        if name not in new:
            yield Change(f"{path}[{name}]", written(row), None)


def is_named(rows: Sequence[Any]) -> bool:
    names = [row.get("name") for row in rows if isinstance(row, dict)]
    return len(names) == len(rows) == len(set(names)) and None not in names


def canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def written(value: Any) -> str:
    """Write a value of a deal file for a person who compares."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
