"""Who is on a deal's case, and who services it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from deals.structure import services
from deals.structure.forms.people import AppointForm, AssignForm
from deals.structure.models import Deal
from deals.structure.views.reading import deal_page
from ratings_site import policy
from ratings_site.http import signed_in


@require_POST
def assign(request: HttpRequest, code: str) -> HttpResponse:
    """Put a person on the case."""
    by = signed_in(request)
    deal = policy.get_or_404(Deal, by=by, may="deals.assign", code=code)
    form = AssignForm(deal, request.POST)
    if form.is_valid():
        person, part = form.cleaned_data["person"], form.cleaned_data["part"]
        try:
            services.assign_person(deal, person, part, by=by)
        except services.DealError as refusal:
            form.add_error("part", str(refusal))
        else:
            messages.success(request, _("%(person)s is on the case.") % {"person": person})
            return redirect("deals:deal", deal.code)
    return deal_page(request, deal, by, assign_form=form)


@require_POST
def release(request: HttpRequest, code: str, username: str) -> HttpResponse:
    """Take a person off the case."""
    by = signed_in(request)
    deal = policy.get_or_404(Deal, by=by, may="deals.assign", code=code)
    person = deal.people.select_related("user").filter(user__username=username).first()
    if person is None:
        raise Http404
    try:
        services.release_person(deal, person.user, by=by)
    except services.DealError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(person)s is off the case.") % {"person": person.user})
        if person.user == by:
            return redirect("deals:list")
    return redirect("deals:deal", deal.code)


@require_POST
def appoint(request: HttpRequest, code: str) -> HttpResponse:
    """Say which servicer collects for the deal."""
    by = signed_in(request)
    deal = policy.get_or_404(Deal, by=by, may="deals.edit", code=code)
    form = AppointForm(request.POST)
    if form.is_valid():
        servicer = form.cleaned_data["servicer"]
        services.appoint_servicer(deal, servicer, part=form.cleaned_data["part"], by=by)
        messages.success(request, _("%(servicer)s is appointed.") % {"servicer": servicer.own_name})
        return redirect("deals:deal", deal.code)
    return deal_page(request, deal, by, appoint_form=form)
