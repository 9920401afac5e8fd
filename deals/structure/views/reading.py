"""Pages that show a deal: its terms, its versions, its file."""

from decimal import Decimal
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from deals.structure import engine, selectors
from deals.structure.files import write_deal_file
from deals.structure.forms.people import AppointForm, AssignForm
from deals.structure.models import Deal, DealTerms
from deals.structure.templatetags.prospectus import STATUSES_OF_PAYMENT
from ratings_site import policy
from ratings_site.http import signed_in
from ratings_site.people.models import User

RISK_CLASSES = (
    ("substandard", gettext_lazy("Substandard")),
    ("doubtful", gettext_lazy("Doubtful")),
    ("loss", gettext_lazy("Loss")),
)
# Keys of the file that the sections of the page have no words for yet.
FURTHER = ("enhancements", "hedges", "curves", "servicing")


@require_GET
def deal(request: HttpRequest, code: str) -> HttpResponse:
    """Show the terms in force, written out in full."""
    by = signed_in(request)
    found = policy.get_or_404(Deal, by=by, may="deals.read", code=code)
    return deal_page(request, found, by)


def deal_page(
    request: HttpRequest,
    found: Deal,
    by: User,
    *,
    assign_form: AssignForm | None = None,
    appoint_form: AppointForm | None = None,
) -> HttpResponse:
    """Render the deal page, with a small form that was refused where there is one."""
    terms = version_or_404(found)
    may_assign = policy.allows(by, "deals.assign", found)
    may_edit = policy.allows(by, "deals.edit", found)
    context = {
        **terms_context(found, terms),
        "people": selectors.case_people(found),
        "appointments": selectors.appointments(found),
        "assessment": selectors.assessment_in_force(found),
        "may_edit": may_edit,
        "may_begin": may_edit and found.status == Deal.Status.DRAFT,
        "assign_form": (assign_form or AssignForm(found)) if may_assign else None,
        "appoint_form": (appoint_form or AppointForm()) if may_edit else None,
    }
    refused = bool((assign_form and assign_form.errors) or (appoint_form and appoint_form.errors))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK
    return render(request, "deals/structure/deal_detail.html", context, status=status)


def terms_context(found: Deal, terms: DealTerms) -> dict[str, Any]:
    """Return what the sections of the terms need: the file as given, and written out in full."""
    full = engine.in_full(terms.document)
    outline = engine.outline(terms.document)
    total = sum(note.balance for note in outline.notes)
    return {
        "deal": found,
        "terms": terms,
        "document": terms.document,
        "full": full.document,
        "warnings": full.warnings,
        "outline": outline,
        "notes": engine.notes_with_support(outline),
        "total": total,
        "dates": engine.payment_dates(terms.document),
        "risk_classes": RISK_CLASSES,
        "forecasts": forecasts_of(full.document, outline.claim),
        "orders": orders_of(full.document),
        "further": [(key, full.document[key]) for key in FURTHER if full.document.get(key)],
    }


def forecasts_of(document: dict[str, Any], claim: Decimal | None) -> list[dict[str, Any]]:
    """Pair each forecast with its share of the claim."""
    found = document["pool"].get("forecasts", [])
    return [{"term": f, "share": Decimal(f["amount"]) / claim if claim else None} for f in found]


def orders_of(document: dict[str, Any]) -> list[tuple[str, str, list[Any]]]:
    """Return the order of payments of each status; one that repeats another is not shown again."""
    found: list[tuple[str, str, list[Any]]] = []
    for status, words in STATUSES_OF_PAYMENT.items():
        steps = document["waterfall"].get(status) or []
        same = next((k for k, order in enumerate(found) if order[2] == steps), None)
        if same is not None and steps:
            joined = _("%(first)s; %(second)s") % {"first": found[same][1], "second": words}
            found[same] = (found[same][0], joined, steps)
        elif steps:
            found.append((status, str(words), steps))
    return found


@require_GET
def versions(request: HttpRequest, code: str) -> HttpResponse:
    """List all versions of the terms."""
    found = policy.get_or_404(Deal, by=signed_in(request), may="deals.read", code=code)
    context = {"deal": found, "versions": selectors.versions(found)}
    return render(request, "deals/structure/version_list.html", context)


@require_GET
def version(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Show one version, and what it changed against another (the one before, unless asked)."""
    found = policy.get_or_404(Deal, by=signed_in(request), may="deals.read", code=code)
    terms = version_or_404(found, number)
    asked = request.GET.get("against", "")
    against = int(asked) if asked.isdecimal() and len(asked) < 6 else number - 1
    other = selectors.version(found, against) if against > 0 else None
    context = {
        **terms_context(found, terms),
        "latest": selectors.versions(found)[0],
        "against": other,
        "changes": selectors.difference(other.document, terms.document) if other else [],
        "versions": selectors.versions(found),
    }
    return render(request, "deals/structure/version_detail.html", context)


@require_GET
def deal_file(request: HttpRequest, code: str) -> HttpResponse:
    """Give the deal file, as it was given to us."""
    found = policy.get_or_404(Deal, by=signed_in(request), may="deals.read", code=code)
    asked = request.GET.get("version", "")
    terms = version_or_404(found, int(asked) if asked.isdecimal() and len(asked) < 6 else None)
    response = HttpResponse(write_deal_file(terms.document), content_type="application/json")
    name = f"{found.code}.v{terms.number}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def version_or_404(found: Deal, number: int | None = None) -> DealTerms:
    terms = selectors.version(found, number)
    if terms is None:
        msg = "There is no such version."
        raise Http404(msg)
    return terms
