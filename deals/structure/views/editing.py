"""Pages that enter and change the terms of a deal."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from analytics.errors import StructureError
from deals.structure import engine, services
from deals.structure.files import read_deal_file, write_deal_file
from deals.structure.forms.deal_form import DealForm, apply_act, document_from
from deals.structure.forms.people import DealFileForm
from deals.structure.models import Deal
from deals.structure.selectors import version
from deals.structure.templatetags.prospectus import STEP_KINDS
from ratings_site import policy
from ratings_site.http import signed_in
from ratings_site.people.models import User

REFUSED = HTTPStatus.UNPROCESSABLE_ENTITY
# What the form of a new deal starts from: the keys that every deal has.
BLANK: dict[str, Any] = {
    "format": "npl-deal/1",
    "currency": "CNY",
    "scale": "cn",
    "payment": {"frequency": "Q", "day": 26},
    "pool": {
        "kind": "aggregate",
        "asset_class": "card",
        "forecasts": [{"scenario": "base", "basis": "gross"}],
    },
    "notes": [
        {"rank": 1, "coupon": {"kind": "fixed"}, "promise": "timely"},
        {"rank": 2, "coupon": {"kind": "none"}, "promise": "none"},
    ],
    "waterfall": {"preset": "cn_npl"},
}


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """Enter a deal by the form."""
    by = signed_in(request)
    policy.require(by, "deals.create")
    if request.method == "GET":
        return render_form(request, DealForm(BLANK, is_new=True), deal=None)
    document = posted_document(request)
    if request.POST.get("act"):
        return act(request, document, deal=None)
    try:
        deal = services.create_deal(document, by=by, note=request.POST.get("note", "")[:300])
    except StructureError as refusal:
        form = DealForm(document, is_new=True)
        form.refuse(refusal.path, str(refusal))
        return render_form(request, form, deal=None, status=REFUSED)
    messages.success(request, _("%(deal)s is entered.") % {"deal": deal.code})
    return redirect("deals:deal", deal.code)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, code: str) -> HttpResponseBase:
    """Change the terms by the form: saving makes the next version."""
    by = signed_in(request)
    deal = policy.get_or_404(Deal, by=by, may="deals.edit", code=code)
    if request.method == "GET":
        return render_form(request, DealForm(deal.terms.document), deal=deal)
    document = posted_document(request)
    if request.POST.get("act"):
        return act(request, document, deal=deal)
    return save(request, deal, document, by)


def save(request: HttpRequest, deal: Deal, document: dict[str, Any], by: User) -> HttpResponse:
    based_on = request.POST.get("based_on", "")
    form = DealForm(document)
    try:
        terms = services.revise_deal(
            deal,
            document,
            note=request.POST.get("note", "")[:300],
            by=by,
            based_on=int(based_on) if based_on.isdecimal() else None,
        )
    except StructureError as refusal:
        form.refuse(refusal.path, str(refusal))
    except services.DealError as refusal:
        form.refuse("", str(refusal))
    else:
        messages.success(request, _("Version %(number)s is saved.") % {"number": terms.number})
        return redirect("deals:deal", deal.code)
    return render_form(request, form, deal=deal, status=REFUSED)


def posted_document(request: HttpRequest) -> dict[str, Any]:
    """Read the form; a page that was tampered with is a bad request, no error of ours."""
    try:
        return document_from(request.POST)
    except (StructureError, TypeError, AttributeError, IndexError) as error:
        msg = "The form does not carry the document that it was made from."
        raise BadRequest(msg) from error


def act(request: HttpRequest, document: dict[str, Any], *, deal: Deal | None) -> HttpResponse:
    """Move, add or remove a row, or write the preset out: the form comes back, nothing is saved."""
    wanted = request.POST["act"]
    if wanted.startswith("add-step:"):
        status = wanted.removeprefix("add-step:")
        wanted = f"add:waterfall.{status}:{request.POST.get(f'new-step-{status}', '')}"
    refusal: StructureError | None = None
    moved = ""
    if wanted == "write-out":
        try:
            document = engine.in_full(document).document
        except StructureError as error:
            refusal = error
    elif wanted == "use-preset":
        document["waterfall"] = {"preset": "cn_npl"}
    elif wanted != "refresh":
        moved = apply_act(document, wanted)
    form = DealForm(document, moved=moved, is_new=deal is None)
    form.direction = "up" if wanted.startswith("up:") else "down"
    if refusal is not None:
        form.refuse(refusal.path, str(refusal))
    return render_form(request, form, deal=deal)


def render_form(
    request: HttpRequest, form: DealForm, *, deal: Deal | None, status: int = HTTPStatus.OK
) -> HttpResponse:
    based_on = request.POST.get("based_on") or (deal.terms.number if deal else "")
    context = {
        "form": form,
        "deal": deal,
        "based_on": based_on,
        "note": request.POST.get("note", ""),
        "step_kinds": STEP_KINDS.items(),
    }
    return render(request, "deals/structure/deal_form.html", context, status=status)


@require_http_methods(["GET", "POST"])
def new_from_file(request: HttpRequest) -> HttpResponseBase:
    """Enter a deal from its deal file."""
    by = signed_in(request)
    policy.require(by, "deals.create")
    if request.method == "GET":
        return render_file(request, DealFileForm(), deal=None)
    form = DealFileForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            document = read_deal_file(form.content())
            deal = services.create_deal(document, by=by, note=form.cleaned_data["note"])
        except StructureError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(deal)s is entered.") % {"deal": deal.code})
            return redirect("deals:deal", deal.code)
    return render_file(request, form, deal=None, status=REFUSED)


@require_http_methods(["GET", "POST"])
def edit_file(request: HttpRequest, code: str) -> HttpResponseBase:
    """Change the terms by the deal file."""
    by = signed_in(request)
    deal = policy.get_or_404(Deal, by=by, may="deals.edit", code=code)
    if request.method == "GET":
        terms = version(deal) or deal.terms
        initial = {"text": write_deal_file(terms.document), "based_on": terms.number}
        return render_file(request, DealFileForm(initial=initial), deal=deal)
    form = DealFileForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            terms = services.revise_deal(
                deal,
                read_deal_file(form.content()),
                note=form.cleaned_data["note"],
                by=by,
                based_on=form.cleaned_data["based_on"],
            )
        except (StructureError, services.DealError) as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Version %(number)s is saved.") % {"number": terms.number})
            return redirect("deals:deal", deal.code)
    return render_file(request, form, deal=deal, status=REFUSED)


def render_file(
    request: HttpRequest, form: DealFileForm, *, deal: Deal | None, status: int = HTTPStatus.OK
) -> HttpResponse:
    context = {"form": form, "deal": deal}
    return render(request, "deals/structure/deal_file_form.html", context, status=status)


@require_POST
def begin_analysis(request: HttpRequest, code: str) -> HttpResponse:
    """Take the deal out of draft."""
    by = signed_in(request)
    deal = policy.get_or_404(Deal, by=by, may="deals.edit", code=code)
    try:
        services.begin_analysis(deal, by=by)
    except services.DealError as refusal:
        messages.error(request, str(refusal))
    return redirect("deals:deal", deal.code)
