"""The style page, which shows every component alive, and the theme switch without a script."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ratings_site.components import samples
from ratings_site.components.context import THEMES
from ratings_site.components.forms import SampleForm

A_YEAR = 31_536_000


@require_GET
def style(request: HttpRequest) -> HttpResponse:
    """Show each component once, with invented figures that say so."""
    context = {
        "form": SampleForm({"name": _("Sample deal"), "paths": "12"}),
        "ladder": samples.ladder(),
        "charts": samples.charts(),
        "states": samples.states(),
        "band": (0.85, 1.15),
    }
    return render(request, "ratings_site/components/style.html", context)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember the theme and go back to where the reader was."""
    wanted = request.POST.get("theme", "")
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    response = redirect(back if is_ours else "/")
    if wanted in THEMES:
        response.set_cookie(
            "theme", wanted, max_age=A_YEAR, samesite="Lax", secure=request.is_secure()
        )
    return response
