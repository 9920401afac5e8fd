"""Map an originator's own layout: look at a file, say what each column means, remember it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from deals.structure.models import Deal
from deals.tapes import selectors, services
from deals.tapes.engine.peek import targets
from deals.tapes.engine.rule_texts import door_refusal
from deals.tapes.forms import PeekForm
from deals.tapes.views.summary import language
from ratings_site import policy
from ratings_site.http import signed_in

UNITS = ("元", "千元", "万元", "百万元", "亿元")
MOST_COLUMNS = 200


@require_http_methods(["GET", "HEAD", "POST"])
def mapping(request: HttpRequest, code: str) -> HttpResponse:
    """First a file to look at, then its columns to map; the mapping is saved, the file is not."""
    by = signed_in(request)
    deal = policy.get_or_404(Deal, by=by, may="tapes.upload", code=code)
    if request.method == "POST" and "confirm" in request.POST:
        return _confirm(request, deal)
    form = PeekForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        return _look(request, deal, form)
    return _page(request, deal, form if request.method == "POST" else PeekForm(), None)


def _look(request: HttpRequest, deal: Deal, form: PeekForm) -> HttpResponse:
    file = form.cleaned_data["file"]
    try:
        seen = services.look_at_columns(file, name=file.name, sheet=form.cleaned_data["sheet"])
    except services.RefusedAtTheDoor as refusal:
        form.add_error("file", door_refusal(refusal.rule, refusal.params, language()))
        return _page(request, deal, form, None, status=refusal.http)
    return _page(request, deal, form, seen)


def _page(
    request: HttpRequest,
    deal: Deal,
    form: PeekForm,
    seen: dict[str, Any] | None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    saved = selectors.newest_mapping(deal.originator)
    known = saved.content.get("columns", {}) if saved else {}
    columns = [
        column | {"chosen": known.get(column["header"], column["means"] or column["suggested"])}
        for column in (seen["columns"] if seen else [])
    ]
    context = {
        "deal": deal,
        "form": form,
        "saved": saved,
        "columns": columns,
        "targets": [
            (name, zh if language() == "zh" else en, must) for name, en, zh, must in targets()
        ],
        "units": UNITS,
    }
    return render(request, "deals/tapes/mapping_form.html", context, status=status)


def _confirm(request: HttpRequest, deal: Deal) -> HttpResponse:
    if not deal.originator:
        messages.error(request, _("The deal names no originator to remember a mapping for."))
        return redirect("deals:tape-mapping", deal.code)
    content = _content(request.POST)
    if not content["columns"]:
        messages.error(request, _("Say what at least one column means."))
        return redirect("deals:tape-mapping", deal.code)
    saved = services.confirm_mapping(deal.originator, content, by=signed_in(request))
    messages.success(request, _("Remembered as %(mapping)s.") % {"mapping": saved})
    return redirect("deals:tape-upload", deal.code)


def _content(posted: QueryDict) -> dict[str, Any]:
    """Read the confirmed columns: header to column ("" = leave aside), column to unit."""
    names = {name for name, _en, _zh, _must in targets()}
    headers, chosen, units = (
        posted.getlist(name)[:MOST_COLUMNS] for name in ("header", "target", "unit")
    )
    columns: dict[str, str] = {}
    of_units: dict[str, str] = {}
    for header, target, unit in zip(headers, chosen, units, strict=False):
        if target and target not in names:
            continue
        columns[header[:200]] = target
        if target and unit in UNITS:
            of_units[target] = unit
    return {"columns": columns, "units": of_units}
