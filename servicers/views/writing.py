"""Pages by which administrators keep servicers."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ratings_site import clock, policy
from ratings_site.http import signed_in
from servicers import selectors, services
from servicers.files import LARGEST_FILE, Issue, StaticPoolError
from servicers.forms import AssessmentForm, ServicerForm, StaticPoolForm
from servicers.models import Assessment, Servicer

REFUSED = HTTPStatus.UNPROCESSABLE_ENTITY


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Enter a servicer."""
    by = signed_in(request)
    policy.require(by, "servicers.write")
    form = ServicerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            found = services.enter_servicer(**form.cleaned_data, by=by)
        except services.ServicerError as refusal:
            form.add_error("code", str(refusal))
        else:
            return redirect("servicers:servicer", found.code)
    return render_form(request, form, None)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change the profile of a servicer."""
    by = signed_in(request)
    policy.require(by, "servicers.write")
    found = get_object_or_404(Servicer, code=code)
    form = ServicerForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        services.revise_servicer(Servicer.objects.get(pk=found.pk), by=by, **form.cleaned_data)
        return redirect("servicers:servicer", found.code)
    return render_form(request, form, found)


def render_form(request: HttpRequest, form: ServicerForm, found: Servicer | None) -> HttpResponse:
    status = REFUSED if form.is_bound else HTTPStatus.OK
    context = {"form": form, "servicer": found}
    return render(request, "servicers/servicer_form.html", context, status=status)


@require_http_methods(["GET", "POST"])
def assess(request: HttpRequest, code: str) -> HttpResponse:
    """Draft an assessment; it starts from the one in force, so that only what changed is typed."""
    by = signed_in(request)
    policy.require(by, "servicers.write")
    found = get_object_or_404(Servicer, code=code)
    if request.method == "GET":
        return render_assessment(request, found, AssessmentForm(initial=initial_of(found)))
    form = AssessmentForm(request.POST)
    if form.is_valid():
        try:
            drafted = services.draft_assessment(
                found,
                form.scores(),
                assessed_on=form.cleaned_data["assessed_on"],
                has_backup=form.cleaned_data["has_backup"] == "yes",
                summary=form.cleaned_data["summary"],
                by=by,
            )
        except services.ServicerError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The draft waits for a second administrator."))
            return redirect("servicers:assessment", found.code, drafted.number)
    return render_assessment(request, found, form)


def initial_of(found: Servicer) -> dict[str, Any]:
    last = selectors.assessment_in_force(found)
    initial: dict[str, Any] = {"assessed_on": clock.today().isoformat()}
    if last is None:
        return initial
    initial |= {"has_backup": "yes" if last.has_backup else "no", "summary": last.summary}
    for score in last.scores.all():
        initial[f"{score.dimension}-score"] = f"{(score.score * 2).to_integral_value() / 2:.1f}"
        initial[f"{score.dimension}-grounds"] = score.grounds
        initial[f"{score.dimension}-evidence"] = score.evidence
    return initial


def render_assessment(request: HttpRequest, found: Servicer, form: AssessmentForm) -> HttpResponse:
    status = REFUSED if form.is_bound else HTTPStatus.OK
    context = {"form": form, "servicer": found}
    return render(request, "servicers/assessment_form.html", context, status=status)


@require_POST
def approve(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Put a draft into force."""
    by = signed_in(request)
    policy.require(by, "servicers.write")
    found = get_object_or_404(Assessment, servicer__code=code, number=number)
    try:
        services.approve_assessment(found, by=by)
    except services.ServicerError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The assessment is in force."))
    return redirect("servicers:assessment", code, number)


@require_POST
def withdraw(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Take back a draft."""
    by = signed_in(request)
    policy.require(by, "servicers.write")
    found = get_object_or_404(Assessment, servicer__code=code, number=number)
    try:
        services.withdraw_assessment(found, by=by)
    except services.ServicerError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The draft is withdrawn."))
    return redirect("servicers:servicer", code)


@require_http_methods(["GET", "POST"])
def new_static_pool(request: HttpRequest, code: str) -> HttpResponse:
    """Upload a static pool; a refused file says every row and column, and nothing of it is kept."""
    by = signed_in(request)
    policy.require(by, "servicers.write")
    found = get_object_or_404(Servicer, code=code)
    if request.method == "GET":
        return render_upload(request, found, StaticPoolForm(), [])
    form = StaticPoolForm(request.POST, request.FILES)
    issues: list[Issue] = []
    if form.is_valid() and is_small_enough(form):
        given = form.cleaned_data
        source = services.Source(
            name=given["name"],
            asset_class=given["asset_class"],
            as_of=given["as_of"],
            source=given["source"],
            data_label=given["data_label"],
        )
        try:
            pool = services.receive_static_pool(
                found,
                given["upload"].read(),
                given["kind"],
                source,
                file_name=given["upload"].name,
                by=by,
            )
        except StaticPoolError as refusal:
            issues = refusal.issues
        except services.ServicerError as refusal:
            form.add_error("upload", str(refusal))
        else:
            messages.success(request, _("The static pool is kept."))
            return redirect("servicers:static-pool", found.code, pool.pk)
    return render_upload(request, found, form, issues)


def is_small_enough(form: StaticPoolForm) -> bool:
    if form.cleaned_data["upload"].size <= LARGEST_FILE:
        return True
    form.add_error("upload", _("The file is larger than 50 MB."))
    return False


def render_upload(
    request: HttpRequest, found: Servicer, form: StaticPoolForm, issues: list[Issue]
) -> HttpResponse:
    status = REFUSED if form.is_bound else HTTPStatus.OK
    context = {"form": form, "servicer": found, "issues": issues}
    return render(request, "servicers/static_pool_form.html", context, status=status)
