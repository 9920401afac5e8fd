"""Reads on servicers: who is assessed how, what a static pool says."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet

from ratings_site.people.models import Role, User
from servicers.files import ClosedCase, Point, Row, read_static_pool
from servicers.models import Assessment, Servicer, StaticPool

DAYS_A_MONTH = Decimal("30.4375")


def servicer_rows() -> QuerySet[Servicer]:
    """Servicers with their assessment in force (`in_force`, a list of at most one) and pools."""
    in_force = Assessment.objects.filter(status=Assessment.Status.IN_FORCE)
    return Servicer.objects.prefetch_related(
        Prefetch("assessments", queryset=in_force, to_attr="in_force"), "static_pools"
    )


def assessment_in_force(servicer: Servicer) -> Assessment | None:
    return servicer.assessments.filter(status=Assessment.Status.IN_FORCE).first()


def drafts_to_approve(user: User) -> QuerySet[Assessment]:
    """Drafts that wait for this person: an administrator who did not write them."""
    drafts = Assessment.objects.filter(status=Assessment.Status.DRAFT).select_related(
        "servicer", "drafted_by"
    )
    if not user.has_role(Role.ADMINISTRATOR):
        return drafts.none()
    return drafts.exclude(drafted_by=user).order_by("created_at")


def static_pool_rows(pool: StaticPool) -> list[Row]:
    """Read the rows of a stored static pool again from its immutable file."""
    with pool.file.open("rb") as stored:
        return read_static_pool(stored.read(), pool.kind)


# ------------------------------------------------------------------ what a static pool says


def summarise(rows: Iterable[Row], kind: str) -> dict[str, Any]:
    """Describe a static pool: totals, vintages, segments. Rates are fractions of exposure."""
    if kind == "triangle":
        return summarise_triangle([row for row in rows if isinstance(row, Point)])
    return summarise_cases([row for row in rows if isinstance(row, ClosedCase)])


def summarise_cases(cases: list[ClosedCase]) -> dict[str, Any]:
    by_year, by_segment = defaultdict(list), defaultdict(list)
    for case in cases:
        by_year[str(case.default_date.year)].append(case)
        by_segment[case.segment].append(case)
    months = [Decimal((c.closing_date - c.default_date).days) / DAYS_A_MONTH for c in cases]
    above = [case for case in cases if case.recovered > case.exposure]
    nothing = [case for case in cases if case.recovered == 0]
    return {
        **totals(cases),
        "first": min(case.default_date for case in cases).isoformat(),
        "last": max(case.closing_date for case in cases).isoformat(),
        "mean_months": round(float(sum(months, Decimal(0)) / len(months)), 2),
        "above_exposure": len(above),
        "nothing_recovered": len(nothing),
        "vintages": [
            {
                "vintage": year,
                **totals(group),
                "whole": all(c.recovered >= c.exposure for c in group),
            }
            for year, group in sorted(by_year.items())
        ],
        "segments": [
            {"segment": name, **totals(group)}
            for name, group in sorted(by_segment.items())
            if len(by_segment) > 1 or name
        ],
        "spread": spread(cases),
    }


def totals(cases: list[ClosedCase]) -> dict[str, Any]:
    exposure = sum((case.exposure for case in cases), Decimal(0))
    recovered = sum((case.recovered for case in cases), Decimal(0))
    return {
        "cases": len(cases),
        "exposure": str(exposure),
        "recovered": str(recovered),
        "rate": float(recovered / exposure),
    }


def spread(cases: list[ClosedCase]) -> list[int]:
    """Count cases by recovery rate, in ten classes from 0 to 1; the last holds 90 % and more."""
    counts = [0] * 10
    for case in cases:
        counts[min(9, int(case.recovered * 10 / case.exposure))] += 1
    return counts


def summarise_triangle(points: list[Point]) -> dict[str, Any]:
    by_vintage: dict[str, list[Point]] = defaultdict(list)
    for point in points:
        by_vintage[point.vintage].append(point)
    vintages = []
    for name, cells in sorted(by_vintage.items()):
        cells.sort(key=lambda point: point.months_since_default)
        last = cells[-1]
        if last.exposure == 0:
            continue
        vintages.append(
            {
                "vintage": name,
                "cases": len(cells),
                "exposure": str(last.exposure),
                "recovered": str(last.recovered),
                "rate": float(last.recovered / last.exposure),
                "months": last.months_since_default,
                "points": [
                    [cell.months_since_default, float(cell.recovered / cell.exposure)]
                    for cell in cells
                ],
            }
        )
    exposure = sum((Decimal(str(each["exposure"])) for each in vintages), Decimal(0))
    recovered = sum((Decimal(str(each["recovered"])) for each in vintages), Decimal(0))
    return {
        "cases": len(points),
        "exposure": str(exposure),
        "recovered": str(recovered),
        "rate": float(recovered / exposure) if exposure else None,
        "first": vintages[0]["vintage"] if vintages else "",
        "last": vintages[-1]["vintage"] if vintages else "",
        "longest": max((int(str(each["months"])) for each in vintages), default=0),
        "vintages": vintages,
    }
