"""The chair's acts: open, close, sign; and the page of what was decided."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from deals.committee import services
from deals.committee.forms import SigningForm
from deals.committee.models import Document, RatingCase, VotingRound
from deals.committee.selectors import pages
from deals.committee.services import CommitteeError
from deals.committee.views.cases import case_or_404
from ratings_site import clock, policy
from ratings_site.http import signed_in
from ratings_site.people.proof import needs_code, proves_to_be


@require_POST
def open_round(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = case_or_404(request, pk, "rounds.open")
    try:
        services.open_round(found, by=signed_in(request))
    except CommitteeError as error:
        messages.error(request, str(error))
    return redirect("deals:case", pk)


@require_POST
def close_round(request: HttpRequest, pk: UUID) -> HttpResponse:
    round_ = policy.get_or_404(
        VotingRound.objects.select_related("case__deal"),
        by=signed_in(request),
        may="rounds.close",
        pk=pk,
    )
    try:
        services.close_round(round_, by=signed_in(request))
    except CommitteeError as error:
        messages.error(request, str(error))
    return redirect("deals:case", round_.case_id)


def sign(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Sign the decision, with the password again."""
    by = signed_in(request)
    found = case_or_404(request, pk, "cases.sign")
    round_ = found.rounds.get(result=VotingRound.Result.DECIDED)
    form = signing_form(request, found, round_)
    if request.method == "POST" and form.is_valid():
        if not proves_to_be(
            by,
            request,
            password=form.cleaned_data["password"],
            code=form.cleaned_data.get("code", ""),
        ):
            form.add_error("password", _("Password or code is not right. Nothing was signed."))
        else:
            try:
                services.sign_off(
                    found,
                    nonce=form.cleaned_data["nonce"],
                    reauthenticated_at=clock.now(),
                    rationale=form.cleaned_data.get("rationale", ""),
                    by=by,
                )
            except CommitteeError as error:
                form.add_error(None, str(error))
            else:
                return redirect("deals:case", pk)
    shown = {
        "deal": found.deal,
        "case": found,
        "round": round_,
        "package": round_.package,
        "votes": pages.votes_shown(round_, by),
        "dissents": round_.votes.filter(dissents=True).count(),
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "deals/committee/signing_form.html", shown, status=status)


def signing_form(request: HttpRequest, case: RatingCase, round_: VotingRound) -> SigningForm:
    """Return the form with a fresh nonce, or as it was sent."""
    implied = {each["note"]: each["level"] for each in round_.package.document["outcomes"]}
    options = {
        "needs_code": needs_code(signed_in(request)),
        "needs_rationale": implied != round_.decision,
    }
    if request.method == "POST":
        return SigningForm(request.POST, **options)
    nonce = services.begin_signing(case, by=signed_in(request)).nonce
    return SigningForm(initial={"nonce": nonce}, **options)


def decision(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the rating actions of a signed case with votes and signature."""
    found = case_or_404(request, pk, "actions.read")
    by = signed_in(request)
    round_ = found.rounds.filter(result=VotingRound.Result.DECIDED).first()
    if found.status != RatingCase.Status.SIGNED or round_ is None:
        return redirect("deals:case", pk)
    shown = {
        "deal": found.deal,
        "case": found,
        "package": round_.package,
        "round": round_,
        "actions": found.actions.select_related("note"),
        "votes": pages.votes_shown(round_, by),
        "signatures": round_.signatures.all(),
        "documents": pages.documents_of(round_.package, Document.Kind.DECISION),
    }
    return render(request, "deals/committee/decision_detail.html", shown)
