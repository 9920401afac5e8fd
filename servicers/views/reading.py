"""Pages that show servicers: the list, the profile, an assessment, a static pool."""

from decimal import Decimal
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ratings_site import policy
from ratings_site.components.charts import Chart
from ratings_site.components.figures import grouped, percent
from ratings_site.criteria.services import version_in_force
from ratings_site.http import signed_in
from servicers import engine, selectors
from servicers.models import Assessment, Servicer, StaticPool

MOST_LINES = 4  # at most four lines in a chart that is read, not deciphered


@require_GET
def servicer_list(request: HttpRequest) -> HttpResponse:
    """List the servicers with what is in force of each."""
    by = signed_in(request)
    policy.require(by, "servicers.read")
    context = {
        "servicers": selectors.servicer_rows(),
        "may_write": policy.allows(by, "servicers.write"),
    }
    return render(request, "servicers/servicer_list.html", context)


@require_GET
def servicer(request: HttpRequest, code: str) -> HttpResponse:
    """Show a servicer: profile, assessments, static pools, deals."""
    by = signed_in(request)
    policy.require(by, "servicers.read")
    found = get_object_or_404(Servicer, code=code)
    in_force = selectors.assessment_in_force(found)
    context = {
        "servicer": found,
        "in_force": in_force,
        "consequences": consequences(in_force) if in_force else [],
        "scores": in_force.scores.all() if in_force else [],
        "assessments": found.assessments.select_related("drafted_by", "approved_by"),
        "pools": found.static_pools.select_related("uploaded_by"),
        "may_write": policy.allows(by, "servicers.write"),
    }
    return render(request, "servicers/servicer_detail.html", context)


@require_GET
def assessment(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Show one assessment with its grounds; a second administrator approves it here."""
    by = signed_in(request)
    policy.require(by, "servicers.read")
    found = get_object_or_404(
        Assessment.objects.select_related("servicer", "drafted_by", "approved_by", "criteria"),
        servicer__code=code,
        number=number,
    )
    is_draft = found.status == Assessment.Status.DRAFT
    may_write = policy.allows(by, "servicers.write")
    context = {
        "servicer": found.servicer,
        "assessment": found,
        "scores": found.scores.all(),
        "consequences": consequences(found),
        "thresholds": engine.thresholds(criteria_of(found)),
        "may_approve": is_draft and may_write and found.drafted_by != by,
        "may_withdraw": is_draft and may_write,
        "is_own": found.drafted_by == by,
    }
    return render(request, "servicers/assessment_detail.html", context)


def criteria_of(found: Assessment) -> dict[str, Any]:
    document: dict[str, Any] = (found.criteria or version_in_force()).document
    return document


def consequences(found: Assessment) -> list[str]:
    """Say what follows from an assessment for a rating, by the criteria that it was judged under."""
    document = criteria_of(found)
    said = [
        _("The servicer’s plan enters the base case with a weight of at most %(weight)s.")
        % {"weight": grouped(found.plan_credibility, 2)}
    ]
    for scale, level in engine.caps(found.grade, document).items():
        said.append(
            _("A rating on the %(scale)s scale is at most %(level)s.")
            % {"scale": scale_words(scale), "level": level.replace("-", "−")}
        )
    if not found.has_backup:
        caps, months = engine.caps_without_backup(document)
        levels = ", ".join(f"{scale_words(s)} {level}" for s, level in caps.items())
        said.append(
            _(
                "Without a back-up servicer and with liquidity under %(months)s months: at most %(levels)s."
            )
            % {"months": grouped(months, 1), "levels": levels}
        )
    return said


def scale_words(scale: str) -> str:
    return _("national") if scale == "cn" else _("international")


@require_GET
def static_pool(request: HttpRequest, code: str, pk: str) -> HttpResponse:
    """Show a static pool: totals, a chart, every vintage."""
    policy.require(signed_in(request), "servicers.read")
    found = pool_or_404(code, pk)
    chart = triangle_chart(found) if found.kind == StaticPool.Kind.TRIANGLE else spread_chart(found)
    context = {
        "servicer": found.servicer,
        "pool": found,
        "summary": found.summary,
        "rate": found.recovered / found.exposure if found.exposure else None,
        "chart": chart,
        "vintages": [
            {
                **each,
                "exposure": Decimal(each["exposure"]),
                "recovered": Decimal(each["recovered"]),
            }
            for each in found.summary["vintages"]
        ],
        "segments": [
            {
                **each,
                "exposure": Decimal(each["exposure"]),
                "recovered": Decimal(each["recovered"]),
            }
            for each in found.summary.get("segments", [])
        ],
        "whole": [v["vintage"] for v in found.summary["vintages"] if v.get("whole")],
    }
    return render(request, "servicers/static_pool_detail.html", context)


def pool_or_404(code: str, pk: str) -> StaticPool:
    pools = StaticPool.objects.select_related("servicer", "uploaded_by")
    return get_object_or_404(pools, pk=pk, servicer__code=code)


@require_GET
def static_pool_file(request: HttpRequest, code: str, pk: str) -> FileResponse:
    """Give the file as it was uploaded."""
    policy.require(signed_in(request), "servicers.read")
    found = pool_or_404(code, pk)
    try:
        stored = found.file.open("rb")
    except FileNotFoundError as error:
        msg = "The file is not where it was stored."
        raise Http404(msg) from error
    return FileResponse(stored, as_attachment=True, filename=f"{code}-{found.sha256[:8]}.csv")


def spread_chart(found: StaticPool) -> Chart:
    """Draw how the closed cases spread over recovery rates."""
    counts = found.summary["spread"]
    names = [f"{k * 10}–{k * 10 + 10}" for k in range(9)] + ["90+"]
    most = counts.index(max(counts))
    return Chart(
        key="spread",
        kind="bars",
        title=_("Closed cases by recovery rate"),
        unit=_("number of cases; rate in per cent of exposure"),
        label=_("Ten classes of recovery rate; most cases lie in %(name)s %%")
        % {"name": names[most]},
        data={"names": names, "digits": 0, "series": [{"name": _("cases"), "values": counts}]},
        head=[_("Recovery rate, %"), _("Cases")],
        rows=[(name, grouped(count)) for name, count in zip(names, counts, strict=True)],
    )


def triangle_chart(found: StaticPool) -> Chart:
    """Draw the cumulative recovery of the newest vintages that are at least two points long."""
    vintages = [v for v in found.summary["vintages"] if len(v["points"]) > 1]
    drawn = vintages[-MOST_LINES:]
    months = sorted({month for vintage in drawn for month, _rate in vintage["points"]})
    series = [
        {
            "name": vintage["vintage"],
            "data": [[month, round(100 * rate, 2)] for month, rate in vintage["points"]],
            "main": vintage is drawn[-1],
        }
        for vintage in drawn
    ]
    known = [dict(vintage["points"]) for vintage in drawn]
    return Chart(
        key="triangle",
        kind="lines",
        title=_("Cumulative recovery by vintage"),
        unit=_("per cent of exposure, by months since default"),
        label=_("%(n)s vintages; the pool recovered %(rate)s %% of its exposure so far")
        % {"n": len(drawn), "rate": percent(found.summary["rate"])},
        data={
            "time": False,
            "minX": 0,
            "maxX": months[-1] if months else 1,
            "xname": _("months since default"),
            "yname": "%",
            "min": 0,
            "series": series,
        },
        head=[_("Months"), *(vintage["vintage"] for vintage in drawn)],
        rows=[(str(month), *(percent(by.get(month)) for by in known)) for month in months],
    )
