"""The trail as compliance reads it."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode

from ratings_site import policy
from ratings_site.audit.forms import TrailFilter
from ratings_site.audit.selectors import prove_trail
from ratings_site.http import signed_in

LINES_PER_PAGE = 50


def trail(request: HttpRequest) -> HttpResponse:
    policy.require(signed_in(request), "audit.read")
    form = TrailFilter(request.GET)
    page = Paginator(form.chosen(), LINES_PER_PAGE).get_page(request.GET.get("page"))
    asked = {key: value for key, value in form.data.items() if value and key in form.fields}
    shown = {
        "form": form,
        "page": page,
        "query": f"&{urlencode(asked)}" if asked else "",
        "proof": prove_trail() if "prove" in request.GET else None,
    }
    return render(request, "audit/trail.html", shown)
