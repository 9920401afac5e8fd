"""The first page: what waits for the reader. And the search over all rooms."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from deals.desk.selectors import waiting as selectors
from deals.desk.selectors.deal_list import state_of
from deals.desk.selectors.finding import find as find_everywhere
from ratings_site import clock, policy
from ratings_site.components.figures import date_in_words
from ratings_site.http import signed_in


@require_GET
def waiting(request: HttpRequest) -> HttpResponse:
    """Show what waits for the reader, her deals, her jobs, the dates ahead."""
    by = signed_in(request)
    policy.require(by, "site.use")
    jobs = selectors.running_jobs(by)
    context = {
        "today": day_in_words(clock.today()),
        "duties": selectors.duties(by),
        "desk": [
            (deal, *state_of(deal), selectors.whats_next(deal)) for deal in selectors.desk(by)
        ],
        "jobs": [(job, selectors.seconds_left(job)) for job in jobs],
        "ahead": selectors.dates_ahead(by),
        "may_create": policy.allows(by, "deals.create"),
        "sees_deals": policy.allows(by, "deals.list"),
    }
    if request.headers.get("HX-Target") == "work":
        return render(request, "deals/desk/partials/work.html", context)
    return render(request, "deals/desk/waiting.html", context)


def day_in_words(day: date) -> str:
    """Write a day with its weekday: Wednesday, 12 June 2024."""
    names = {"weekday": WEEKDAYS[day.weekday()], "date": date_in_words(day)}
    return _("%(weekday)s, %(date)s") % names


@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """Find deals, runs and servicers by words."""
    by = signed_in(request)
    policy.require(by, "site.use")
    words = request.GET.get("q", "")
    context = {"words": words.strip(), "groups": find_everywhere(by, words)}
    return render(request, "deals/desk/find.html", context)
