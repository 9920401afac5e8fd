"""From a run to the committee: the list of cases, proposal, convening, declaration, return."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from deals.committee import services
from deals.committee.forms import ConveneForm, DeclarationForm, ProposalForm, ReturnForm
from deals.committee.models import RatingCase
from deals.committee.models.voting import rule_in_force
from deals.committee.selectors import pages
from deals.committee.services import CommitteeError
from deals.runs.models import RatingRun
from deals.runs.selectors.judgements import outcomes_on
from deals.structure.models import Deal
from ratings_site import clock, policy
from ratings_site.http import signed_in


def committee(request: HttpRequest, code: str) -> HttpResponse:
    """List the cases of a deal, and offer the next step."""
    by = signed_in(request)
    deal = policy.get_or_404(Deal, by=by, may="cases.read", code=code)
    shown = {
        "deal": deal,
        "cases": pages.cases_of(deal),
        "proposable": proposable_runs(deal) if policy.allows(by, "cases.propose", deal) else [],
    }
    return render(request, "deals/committee/case_list.html", shown)


def proposable_runs(deal: Deal) -> list[RatingRun]:
    """Return the done runs on the terms that stand now; none while a case is open."""
    if RatingCase.objects.filter(deal=deal, status__in=RatingCase.OPEN).exists():
        return []
    done = deal.runs.filter(finished_at__isnull=False, terms=deal.terms)
    return list(done.select_related("criteria").defer("result").order_by("-number"))


def propose(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Propose levels for the rated notes of a run."""
    by = signed_in(request)
    run = policy.get_or_404(
        RatingRun.objects.select_related("deal", "terms", "criteria"),
        by=by,
        may="cases.propose",
        pk=pk,
    )
    outcomes = outcomes_on(run, clock.today())
    form = ProposalForm(request.POST or None, notes=outcomes)
    if request.method == "POST" and form.is_valid():
        try:
            case = services.propose_rating(
                run, levels=form.levels, rationale=form.cleaned_data["rationale"], by=by
            )
        except CommitteeError as error:
            form.add_error(None, str(error))
        else:
            return redirect("deals:case", case.pk)
    shown = {"deal": run.deal, "run": run, "form": form, "outcomes": outcomes.items()}
    status = 422 if form.errors else 200
    return render(request, "deals/committee/proposal_form.html", shown, status=status)


def case(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a case: how far it is, and what this reader may do next."""
    found = case_or_404(request, pk, "cases.read")
    return case_page(request, found)


def case_page(
    request: HttpRequest, found: RatingCase, *, status: int = 200, **forms: Any
) -> HttpResponse:
    by = signed_in(request)
    view = pages.case_view(found, by)
    shown = {
        "deal": found.deal,
        "case": found,
        "view": view,
        "rule": rule_in_force(),
        "convene_form": ConveneForm() if "cases.convene" in view.may else None,
        "return_form": ReturnForm() if "cases.return" in view.may else None,
        "declaration_form": DeclarationForm() if view.must_declare else None,
        "rounds": [(each, pages.votes_shown(each, by)) for each in view.rounds],
        "actions": found.actions.select_related("note", "signature"),
        "history": pages.history_shown(found, by)[:60],
        **forms,
    }
    return render(request, "deals/committee/case_detail.html", shown, status=status)


@require_POST
def convene(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = case_or_404(request, pk, "cases.convene")
    form = ConveneForm(request.POST)
    if form.is_valid():
        try:
            services.convene(found, **form.cleaned_data, by=signed_in(request))
        except CommitteeError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Convened. The package is frozen."))
            return redirect("deals:case", pk)
    return case_page(request, found, convene_form=form, status=422)


@require_POST
def send_back(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Return a case to analysis."""
    found = case_or_404(request, pk, "cases.return")
    form = ReturnForm(request.POST)
    if form.is_valid():
        try:
            services.return_case(found, **form.cleaned_data, by=signed_in(request))
        except CommitteeError as error:
            form.add_error(None, str(error))
        else:
            return redirect("deals:case", pk)
    return case_page(request, found, return_form=form, status=422)


@require_POST
def declare(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = case_or_404(request, pk, "conflicts.declare")
    form = DeclarationForm(request.POST)
    if form.is_valid():
        try:
            declaration = services.declare(found, **form.cleaned_data, by=signed_in(request))
        except CommitteeError as error:
            form.add_error(None, str(error))
        else:
            if declaration.has_conflict:
                messages.success(request, _("Recorded. The case is closed to you."))
                return redirect("desk:waiting")
            return redirect("deals:package", found.package.pk)
    return case_page(request, found, declaration_form=form, status=422)


def case_or_404(request: HttpRequest, pk: UUID, may: str) -> RatingCase:
    cases = RatingCase.objects.select_related("deal", "run__terms", "proposed_by")
    return policy.get_or_404(cases, by=signed_in(request), may=may, pk=pk)
