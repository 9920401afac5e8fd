"""Versions compared, and single values set beside the tape's."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from deals.tapes import selectors, services
from deals.tapes.engine import changes
from deals.tapes.models import Override
from deals.tapes.views.loans import accepted_or_404, override_form
from ratings_site import policy
from ratings_site.http import signed_in


@require_safe
def changed(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show what changed since the accepted version before."""
    tape = accepted_or_404(request, pk)
    before = selectors.tape_before(tape)
    if before is None:
        raise Http404
    found = changes.compare(Path(before.parquet.path), Path(tape.parquet.path))
    context = {"tape": tape, "deal": tape.deal, "before": before, "changes": found}
    return render(request, "deals/tapes/tape_changes.html", context)


@require_POST
def propose(request: HttpRequest, pk: UUID, loan_id: str) -> HttpResponse:
    """Propose another value for one cell of a loan."""
    tape = accepted_or_404(request, pk)
    policy.require(signed_in(request), "tapes.upload", tape)
    form = override_form(request.POST)
    if not form.is_valid():
        messages.error(request, _("Fill in column, value and reason."))
        return redirect("deals:tape-loan", tape.pk, loan_id)
    data = form.cleaned_data
    old = changes.value_of(Path(tape.parquet.path), loan_id, data["collateral"], data["column"])
    if old is None:
        raise Http404
    correction = services.Correction(
        loan_id, data["column"], data["value"].strip(), data["reason"], data["collateral"], old
    )
    try:
        changes.read_value(data["column"], correction.new_value)
        services.propose_override(tape, correction, by=signed_in(request))
    except services.TapeError as error:
        messages.error(request, str(error))
    except ValueError:
        messages.error(
            request,
            _(
                "The value cannot be read: amounts as 1234567.89, dates as 2024-03-31, codes as in the dictionary."
            ),
        )
    return redirect("deals:tape-loan", tape.pk, loan_id)


@require_POST
def decide(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Approve or reject a proposed override, as a second person."""
    by = signed_in(request)
    override = (
        Override.objects.select_related("tape__deal")
        .filter(pk=pk, tape__in=selectors.tapes_seen_by(by))
        .first()
    )
    if override is None:
        raise Http404
    policy.require(by, "tapes.upload", override)
    try:
        services.decide_override(override, is_approved="approve" in request.POST, by=by)
    except services.TapeError as error:
        messages.error(request, str(error))
    return redirect("deals:tape-loan", override.tape_id, override.loan_id)
