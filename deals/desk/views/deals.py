"""The list of deals, on the screen and as a workbook."""

import io
from typing import Any

import xlsxwriter
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from deals.desk.forms import DealFilterForm
from deals.desk.selectors.deal_list import (
    ORDERS,
    Filters,
    choices,
    filtered,
    state_of,
    totals,
    visible_deals,
)
from ratings_site import policy
from ratings_site.http import signed_in

PAGE = 100
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
def deal_list(request: HttpRequest) -> HttpResponse:
    """List the deals that the reader may know of."""
    by = signed_in(request)
    policy.require(by, "deals.list")
    form = DealFilterForm(**choices(by), data=request.GET)
    filters = form.filters()
    known = visible_deals(by)
    deals = filtered(known, filters)
    page = Paginator(deals, PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "rows": [(deal, *state_of(deal)) for deal in page.object_list],
        "page": page,
        "query": f"&{query.urlencode()}" if query else "",
        "address": query.urlencode(),
        "totals": totals(deals),
        "all": known.count(),
        "heads": heads(request, filters),
        "may_create": policy.allows(by, "deals.create"),
    }
    return render(request, "deals/desk/deal_list.html", context)


def heads(request: HttpRequest, filters: Filters) -> dict[str, dict[str, str]]:
    """Return, for each column, where its head leads and how the list is sorted by it now."""
    found = {}
    for key in ORDERS:
        query = request.GET.copy()
        query.pop("page", None)
        is_here = filters.order.removeprefix("-") == key
        is_descending = filters.order.startswith("-")
        query["order"] = key if is_here and is_descending else f"-{key}"
        direction = ("descending" if is_descending else "ascending") if is_here else ""
        found[key] = {"href": f"?{query.urlencode()}", "direction": direction}
    return found


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Give the list as a workbook: plain numbers, text that no program takes for a formula."""
    by = signed_in(request)
    policy.require(by, "deals.list")
    form = DealFilterForm(**choices(by), data=request.GET)
    deals = filtered(visible_deals(by), form.filters())
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as workbook:
        sheet = workbook.add_worksheet(_("Deals"))
        for column, head in enumerate(workbook_heads()):
            sheet.write_string(0, column, head)
        for row, deal in enumerate(deals, start=1):
            for column, value in enumerate(workbook_row(deal)):
                write_cell(sheet, row, column, value)
        sheet.freeze_panes(1, 1)
    response = HttpResponse(stream.getvalue(), content_type=WORKBOOK)
    response["Content-Disposition"] = 'attachment; filename="deals.xlsx"'
    return response


def workbook_heads() -> list[str]:
    return [
        _("Deal"),
        _("Originator"),
        _("Class"),
        _("State"),
        _("Currency"),
        _("Claim"),
        _("Senior"),
        _("Junior"),
        _("Senior, share of claim"),
        _("Forecast, share of claim"),
        _("Coupon"),
        _("Issued, or planned"),
        _("Expected maturity"),
        _("Legal final"),
        _("Data"),
    ]


def workbook_row(deal: Any) -> list[Any]:
    return [
        deal.code,
        deal.originator,
        deal.asset_class,
        str(state_of(deal)[1]),
        deal.currency,
        deal.pool_claim,
        deal.senior,
        deal.junior,
        deal.senior_share,
        deal.forecast_share,
        deal.coupon,
        deal.closing_date.isoformat(),
        deal.expected_maturity.isoformat() if deal.expected_maturity else None,
        deal.legal_final_date.isoformat(),
        deal.data_label,
    ]


def write_cell(sheet: Any, row: int, column: int, value: Any) -> None:
    if value is None:
        sheet.write_blank(row, column, None)
    elif isinstance(value, str):
        sheet.write_string(row, column, value)
    else:
        sheet.write_number(row, column, float(value))
