"""Pages of administrators: people, roles by two, the way in and the way out."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ratings_site import policy
from ratings_site.audit.selectors import history_of
from ratings_site.http import signed_in
from ratings_site.people import services
from ratings_site.people.forms import PersonForm, RoleChangeForm
from ratings_site.people.models import RoleChange, User
from ratings_site.people.selectors import all_people, open_role_changes, sessions_of
from ratings_site.people.services import PeopleError


def people(request: HttpRequest) -> HttpResponse:
    policy.require(signed_in(request), "people.manage")
    return render(
        request,
        "people/person_list.html",
        {"people": all_people(), "changes": open_role_changes()},
    )


def new_person(request: HttpRequest) -> HttpResponse:
    policy.require(signed_in(request), "people.manage")
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = services.create_person(**form.cleaned_data, by=signed_in(request))
        except PeopleError as error:
            form.add_error("username", str(error))
        else:
            return redirect("people:person", user.username)
    status = 422 if form.errors else 200
    return render(request, "people/person_form.html", {"form": form}, status=status)


def person(request: HttpRequest, username: str) -> HttpResponse:
    user = policy.get_or_404(User, by=signed_in(request), may="people.manage", username=username)
    return person_page(request, user)


def person_page(
    request: HttpRequest, user: User, *, form: RoleChangeForm | None = None, link: str = ""
) -> HttpResponse:
    """Show one person; with a refused form, or with her sign-in link this once."""
    shown: dict[str, Any] = {
        "person": user,
        "form": form or RoleChangeForm(),
        "changes": user.role_changes.select_related("asked_by", "decided_by"),
        "sessions": len(sessions_of(user)),
        "history": history_of(user, *user.role_changes.all())[:50],
        "link": request.build_absolute_uri(link) if link else "",
        "is_self": user == request.user,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "people/person_detail.html", shown, status=status)


@require_POST
def make_link(request: HttpRequest, username: str) -> HttpResponse:
    user = policy.get_or_404(User, by=signed_in(request), may="people.manage", username=username)
    try:
        link = services.sign_in_link(user, by=signed_in(request))
    except PeopleError as error:
        messages.error(request, str(error))
        return redirect("people:person", user.username)
    return person_page(request, user, link=link)


@require_POST
def ask_change(request: HttpRequest, username: str) -> HttpResponse:
    user = policy.get_or_404(User, by=signed_in(request), may="people.manage", username=username)
    form = RoleChangeForm(request.POST)
    if form.is_valid():
        try:
            services.ask_role_change(user, **form.cleaned_data, by=signed_in(request))
        except PeopleError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Asked. Another administrator decides."))
            return redirect("people:person", user.username)
    return person_page(request, user, form=form)


@require_POST
def decide_change(request: HttpRequest, pk: int) -> HttpResponse:
    change = policy.get_or_404(RoleChange, by=signed_in(request), may="people.manage", pk=pk)
    approves = request.POST.get("decision") == "approve"
    act = services.approve_role_change if approves else services.refuse_role_change
    try:
        act(change, by=signed_in(request))
    except PeopleError as error:
        messages.error(request, str(error))
    return redirect("people:list")


@require_POST
def set_active(request: HttpRequest, username: str) -> HttpResponse:
    user = policy.get_or_404(User, by=signed_in(request), may="people.manage", username=username)
    act = services.disable_person if user.is_active else services.enable_person
    try:
        act(user, by=signed_in(request))
    except PeopleError as error:
        messages.error(request, str(error))
    return redirect("people:person", user.username)


def locked_out(
    request: HttpRequest, _response: HttpResponse | None = None, *_args: Any, **_kwargs: Any
) -> HttpResponse:
    """Answer whoever tried too many passwords; the same words for a right and a wrong one."""
    minutes = round(settings.AXES_COOLOFF_TIME * 60)
    shown = {"minutes": minutes}
    return render(request, "people/locked_out.html", shown, status=429)
