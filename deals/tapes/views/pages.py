"""Load, form, service, answer: the versions of a deal's tape, its upload, its verdict."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from deals.structure.models import Deal
from deals.tapes import selectors, services
from deals.tapes.engine.exports import csv_lines
from deals.tapes.engine.rule_texts import door_refusal
from deals.tapes.files.limits import MB
from deals.tapes.forms import AgainForm, UploadForm
from deals.tapes.models import Tape
from deals.tapes.tasks import enqueue_check
from deals.tapes.views.summary import language, summary_page
from ratings_site import policy
from ratings_site.http import signed_in

ROWS_SHOWN = 10


@require_safe
def tape_list(request: HttpRequest, code: str) -> HttpResponse:
    """List the versions of a deal's tape, newest first."""
    deal = policy.get_or_404(Deal, by=signed_in(request), may="tapes.read", code=code)
    context = {
        "deal": deal,
        "tapes": selectors.tapes_of(deal),
        "in_force": selectors.tape_in_force(deal),
        "may_upload": policy.allows(signed_in(request), "tapes.upload", deal),
    }
    return render(request, "deals/tapes/tape_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, code: str) -> HttpResponse:
    """Take the next version of a deal's tape."""
    by = signed_in(request)
    deal = policy.get_or_404(Deal, by=by, may="tapes.upload", code=code)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method != "POST":
        return _upload_page(request, deal, UploadForm(), HTTPStatus.OK)
    if not form.is_valid():
        return _upload_page(request, deal, form, HTTPStatus.UNPROCESSABLE_ENTITY)

    file = form.cleaned_data["file"]
    saved = selectors.newest_mapping(deal.originator)
    sending = services.Sending(
        sheet=form.cleaned_data["sheet"],
        data_label=form.cleaned_data["label"],
        mapping={"name": str(saved), **saved.content} if saved else {},
    )
    try:
        tape = services.receive_tape(deal, file, name=file.name, by=by, sending=sending)
    except services.RefusedAtTheDoor as refusal:
        form.add_error("file", door_refusal(refusal.rule, refusal.params, language()))
        return _upload_page(request, deal, form, refusal.http)
    enqueue_check(tape)
    return redirect("deals:tape", tape.pk)


def _upload_page(request: HttpRequest, deal: Deal, form: UploadForm, status: int) -> HttpResponse:
    context = {
        "deal": deal,
        "form": form,
        "limit": services.web_limits().file_bytes // MB,
        "mapping": selectors.newest_mapping(deal.originator),
    }
    return render(request, "deals/tapes/tape_upload.html", context, status=status)


@require_safe
def tape(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a tape: how far its check is, why it was refused, or what it says about the pool."""
    found = tape_or_404(request, pk)
    context: dict[str, Any] = {
        "tape": found,
        "deal": found.deal,
        "may_upload": policy.allows(signed_in(request), "tapes.upload", found.deal),
        "in_force": selectors.tape_in_force(found.deal),
    }
    if found.is_accepted:
        context["before"] = selectors.tape_before(found)
    if found.is_waiting:
        return render(request, "deals/tapes/tape_waiting.html", context)
    if not found.is_accepted:
        return render(request, "deals/tapes/tape_refused.html", context | _refusal(request, found))
    return render(request, "deals/tapes/tape_detail.html", context | summary_page(found))


def _refusal(request: HttpRequest, tape: Tape) -> dict[str, Any]:
    kinds = [kind for kind in tape.report["kinds"] if kind["severity"] == "error"]
    warnings = [kind for kind in tape.report["kinds"] if kind["severity"] == "warning"]
    issues = list(selectors.issues(tape, errors_only=True))
    rows = [issue for issue in issues if issue.row]
    shown = rows if "all" in request.GET else rows[:ROWS_SHOWN]
    return {
        "kinds": kinds,
        "warnings": warnings,
        "main": kinds[0] if kinds and kinds[0]["count"] * 2 >= tape.problem_count > 1 else None,
        "rows": shown,
        "rows_kept": len(rows),
        "file": tape.report["file"],
        "again": AgainForm(),
        "can_map": any(kind["rule"] in {"missing_column", "no_header"} for kind in kinds),
        "seconds": (tape.checked_at - tape.uploaded_at).total_seconds()
        if tape.checked_at
        else None,
    }


@require_safe
def problems(request: HttpRequest, pk: UUID) -> StreamingHttpResponse:
    """Give the problems of a tape as CSV."""
    found = tape_or_404(request, pk)
    head = [_("Rule"), _("Severity"), _("Sheet"), _("Row"), _("Col."), _("Column"), _("Header"), _("Value found"), _("What is wrong"), _("What would be right"), _("Remedy")]  # fmt: skip
    rows = (
        [
            issue.code,
            issue.get_severity_display(),
            issue.sheet,
            issue.row or "",
            issue.letter,
            issue.column,
            issue.header,
            issue.value,
            issue.message,
            issue.right,
            issue.remedy,
        ]
        for issue in selectors.issues(found).iterator()
    )
    response = StreamingHttpResponse(csv_lines(head, rows), content_type="text/csv; charset=utf-8")
    name = f"{found.deal.code}-tape-{found.number}-problems.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
def marked(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Give back a copy of the refused file with its problems marked."""
    found = tape_or_404(request, pk)
    form = AgainForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, _("Choose the file that was refused."))
        return redirect("deals:tape", found.pk)
    try:
        path = services.mark_copy(found, form.cleaned_data["file"])
    except services.RefusedAtTheDoor as refusal:
        messages.error(request, door_refusal(refusal.rule, refusal.params, language()))
        return redirect("deals:tape", found.pk)
    except services.TapeError as error:
        messages.error(request, str(error))
        return redirect("deals:tape", found.pk)
    stream = path.open("rb")
    path.unlink()  # the open file lives until the answer is sent
    name = f"{found.deal.code}-tape-{found.number}-marked.xlsx"
    return FileResponse(stream, as_attachment=True, filename=name)


def tape_or_404(request: HttpRequest, pk: UUID) -> Tape:
    by = signed_in(request)
    return policy.get_or_404(selectors.tapes_seen_by(by), by=by, may="tapes.read", pk=pk)
