"""The page of one job: how far it is, how long it takes, why it failed; and the order to stop."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from ratings_site import policy
from ratings_site.http import signed_in
from ratings_site.jobs import selectors, services
from ratings_site.jobs.errors import JobError


@require_safe
def job(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a job; htmx asks for the progress alone, and is told to load the page when it ends."""
    watched = selectors.job_seen_by(signed_in(request), pk)
    if not request.headers.get("HX-Request"):
        address = selectors.address_of_subject(watched)
        return render(request, "ratings_site/jobs/job.html", {"job": watched, "address": address})

    response = render(request, "ratings_site/jobs/progress.html", {"job": watched})
    if not watched.is_waiting:
        response["HX-Refresh"] = "true"
    return response


@require_POST
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    watched = selectors.job_seen_by(signed_in(request), pk)
    policy.require(signed_in(request), "jobs.cancel", watched)
    try:
        services.cancel_job(watched, by=signed_in(request))
    except JobError as error:
        messages.error(request, str(error))
    return redirect("jobs:job", watched.pk)
