"""Load, ask a selector, answer."""

from __future__ import annotations

import json
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from deals.runs import services, tasks
from deals.runs.forms import RunForm
from deals.runs.models import RatingRun
from deals.runs.selectors import comparison, pages, sentences
from deals.structure.models import Deal
from ratings_site import policy
from ratings_site.http import signed_in
from ratings_site.people.models import User


@require_safe
def run_list(request: HttpRequest, code: str) -> HttpResponse:
    """List the runs of a deal, newest first."""
    deal = policy.get_or_404(Deal, by=signed_in(request), may="runs.read", code=code)
    context = {
        "deal": deal,
        "runs": pages.listed_runs(deal),
        "may_start": policy.allows(signed_in(request), "runs.start", deal),
    }
    return render(request, "deals/runs/run_list.html", context)


@require_safe
def run(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a run: its results when it is done, else how far it is."""
    found = run_or_404(request, pk)
    if not found.is_done:
        return render(request, "deals/runs/run_status.html", {"run": found, "deal": found.deal})
    context = {
        "run": found,
        "deal": found.deal,
        "page": pages.run_page(found),
        "others": pages.others_of(found),
        "may_start": policy.allows(signed_in(request), "runs.start", found.deal),
    }
    return render(request, "deals/runs/run_detail.html", context)


@require_safe
def compare(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Set a run beside another of the same deal; without `with`, beside the done run before it."""
    now = run_or_404(request, pk)
    if not now.is_done:
        return redirect("deals:run", now.pk)
    others = pages.others_of(now)
    wanted = request.GET.get("with", "")
    before = next((each for each in others if str(each.pk) == wanted), None)
    if before is None and wanted:
        raise Http404
    if before is None:
        before = next((each for each in others if each.number < now.number), None)
    context = {"run": now, "deal": now.deal, "others": others, "before": before}
    if before is not None:
        context |= compared(before, now)
    return render(request, "deals/runs/run_compare.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, code: str) -> HttpResponse:
    """Ask for a run; `from` names the run whose deviations a what-if begins with."""
    deal = policy.get_or_404(Deal, by=signed_in(request), may="runs.start", code=code)
    model = model_of(request, deal)
    form = RunForm(request.POST or None, deal=deal, initial=beginning(model))
    if request.method == "POST" and form.is_valid():
        run = requested(form, deal, signed_in(request))
        if run is not None:
            return redirect("deals:run", run.pk)
    context = {"deal": deal, "form": form, "model": model}
    return render(
        request, "deals/runs/run_form.html", context, status=422 if form.is_bound else 200
    )


def model_of(request: HttpRequest, deal: Deal) -> RatingRun | None:
    """Return the run that a what-if starts from, if one of this deal is named."""
    wanted = request.GET.get("from", "")
    return next((each for each in pages.runs_of(deal) if str(each.pk) == wanted), None)


def beginning(model: RatingRun | None) -> dict[str, object]:
    if model is None:
        return {}
    deviations = model.inputs.get("assumptions") or {}
    return {
        "paths": model.paths,
        "tape": model.tape,
        "deviations": "\n".join(
            f"{name} = {json.dumps(value)}" for name, value in deviations.items()
        ),
        "seed": model.seed if model.seed_source == "given" else None,
        "note": model.note,
    }


def requested(form: RunForm, deal: Deal, by: User) -> RatingRun | None:
    """Ask for the run and ring for it; a refusal goes back into the form, in its own words."""
    asked = form.cleaned_data
    try:
        run = services.request_run(
            deal,
            by=by,
            paths=asked["paths"],
            tape=asked["tape"],
            seed=asked["seed"],
            assumptions=asked["deviations"],
            note=asked["note"],
        )
    except services.RunError as refusal:
        form.add_error(None, str(refusal))
        return None
    tasks.enqueue_run(run)
    return run


def compared(before: RatingRun, now: RatingRun) -> dict[str, object]:
    old, new = before.result or {}, now.result or {}
    return {
        "says": sentences.comparison_sentence(new, old),
        "inputs": comparison.inputs_compared(old, new),
        "assumptions": comparison.assumptions_compared(old, new),
        "pool": comparison.pool_compared(old, new),
        "notes": comparison.notes_compared(old, new),
    }


def run_or_404(request: HttpRequest, pk: UUID) -> RatingRun:
    return policy.get_or_404(
        pages.runs_seen_by(signed_in(request)), by=signed_in(request), may="runs.read", pk=pk
    )
