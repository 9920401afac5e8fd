"""The loans of a tape: grid, one loan, exports. Names are masked for those who need not read them."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from deals.tapes import selectors
from deals.tapes.engine import loans
from deals.tapes.engine.changes import overridable
from deals.tapes.engine.exports import frame_csv, frame_xlsx
from deals.tapes.engine.labels import code_label, column_label
from deals.tapes.forms import OverrideForm
from deals.tapes.models import Tape
from deals.tapes.views.pages import tape_or_404
from deals.tapes.views.summary import language
from ratings_site import policy
from ratings_site.http import signed_in

PAGE = 50
FIGURES = {"unpaid_principal", "total_claim", "value", "ltv"}


class LoanList(Sequence[loans.Row]):
    """The answer to a query, as long as it is, read a page at a time."""

    def __init__(self, tape: Tape, query: loans.LoanQuery) -> None:
        self.path, self.cutoff, self.query = Path(tape.parquet.path), tape.cutoff_date, query
        self.total, self.claim = loans.answers(self.path, self.cutoff, query)

    def __len__(self) -> int:
        return self.total

    def __getitem__(self, place: Any) -> Any:
        if not isinstance(place, slice):
            return self[place : place + 1][0]
        begin, end, _step = place.indices(self.total)
        page = loans.loan_page(self.path, self.cutoff, self.query, begin=begin, size=end - begin)
        return page.rows


@dataclass(frozen=True)
class Head:
    """One column head of the grid: its words, where a click leads, how it is sorted now."""

    name: str
    label: str
    href: str
    direction: str
    is_figure: bool


@dataclass(frozen=True)
class Choice:
    """One filter of the grid with the strata to choose from."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]
    chosen: str


@require_safe
def tape_loans(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the loans of a tape, a page at a time; sorted, filtered and searched on the server."""
    tape = accepted_or_404(request, pk)
    query = query_of(request)
    found = LoanList(tape, query)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "tape": tape,
        "deal": tape.deal,
        "page": page,
        "claim": found.claim,
        "heads": heads(request, query),
        "choices": choices(tape, query),
        "search": query.search,
        "query": _kept(request, "page"),
        "whole": _kept(request, "page", "sort"),
        "is_narrowed": bool(query.filters or query.search),
    }
    return render(request, "deals/tapes/loan_list.html", context)


@require_safe
def loan(request: HttpRequest, pk: UUID, loan_id: str) -> HttpResponse:
    """Show all facts of a loan, its collateral and liens, and the borrower's other loans."""
    tape = accepted_or_404(request, pk)
    rows = loans.loan_rows(Path(tape.parquet.path), loan_id)
    if not rows:
        raise Http404
    masks = policy.masks_names(signed_in(request))
    may_override = policy.allows(signed_in(request), "tapes.upload", tape)
    first = rows[0]
    others = loans.loans_of_borrower(
        Path(tape.parquet.path), tape.cutoff_date, first["borrower_id"]
    )
    context = {
        "tape": tape,
        "deal": tape.deal,
        "loan_id": loan_id,
        "first": first,
        "facts": loans.facts_of(first, of_collateral=False, masks_names=masks),
        "collateral": [
            _collateral(tape, row, masks_names=masks) for row in rows if row["collateral_type"]
        ],
        "others": [row for row in others if row["loan_id"] != loan_id],
        "overrides": selectors.overrides_of(tape, loan_id),
        "may_upload": may_override,
        "override_form": override_form() if may_override else None,
    }
    return render(request, "deals/tapes/loan_detail.html", context)


def override_form(*args: Any) -> OverrideForm:
    """Make the form for another value, its columns named in the reader's language."""
    names = overridable()
    return OverrideForm([(name, column_label(name, language())) for name in names], *args)


def _collateral(tape: Tape, row: loans.Row, *, masks_names: bool) -> dict[str, Any]:
    shared = (
        loans.loans_on_collateral(Path(tape.parquet.path), row["collateral_id"])
        if row["collateral_id"]
        else []
    )
    return {
        "id": row["collateral_id"] or "",
        "row": row["source_row"],
        "facts": loans.facts_of(row, of_collateral=True, masks_names=masks_names),
        "shared_with": [number for number in shared if number != row["loan_id"]],
    }


@require_safe
def export(request: HttpRequest, pk: UUID, kind: str) -> HttpResponseBase:
    """Give the loans that answer a query as CSV or XLSX, in the tape's own columns."""
    tape = accepted_or_404(request, pk)
    frame = loans.export_frame(Path(tape.parquet.path), tape.cutoff_date, query_of(request))
    name = f"{tape.deal.code}-tape-{tape.number}.{kind}"
    if kind == "csv":
        response = StreamingHttpResponse(frame_csv(frame), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
    file = tempfile.NamedTemporaryFile(suffix=".xlsx")  # noqa: SIM115 - closed by the response
    frame_xlsx(frame, Path(file.name), label=tape.data_label or tape.deal.data_label)
    return FileResponse(file, as_attachment=True, filename=name)


def accepted_or_404(request: HttpRequest, pk: UUID) -> Tape:
    tape = tape_or_404(request, pk)
    if not tape.is_accepted:
        raise Http404
    return tape


def query_of(request: HttpRequest) -> loans.LoanQuery:
    """Read what is asked of the grid; what it does not know is ignored."""
    asked = request.GET.get("sort", "")
    name = asked.removeprefix("-")
    return loans.LoanQuery(
        sort=name if name in loans.SORTED else "",
        is_descending=asked.startswith("-"),
        filters=tuple(
            (each, value) for each in loans.STRATA if (value := request.GET.get(each, ""))
        ),
        search=request.GET.get("q", "").strip()[:100],
        masks_names=policy.masks_names(signed_in(request)),
    )


def heads(request: HttpRequest, query: loans.LoanQuery) -> list[Head]:
    kept = _kept(request, "page", "sort")
    found = []
    for name in loans.SORTED:
        direction = ""
        if query.sort == name:
            direction = "descending" if query.is_descending else "ascending"
        turn = f"-{name}" if direction == "ascending" else name
        href = f"?sort={turn}{kept}"
        found.append(Head(name, column_label(name, language()), href, direction, name in FIGURES))
    return found


def choices(tape: Tape, query: loans.LoanQuery) -> list[Choice]:
    """Offer, for each stratification of the tape, its keys."""
    chosen = dict(query.filters)
    found = []
    for name in loans.STRATA:
        keys = [row["key"] for row in tape.summary["strata"].get(name, [])]
        if len(keys) < 2 and name not in chosen:
            continue
        options = [(key or loans.NOT_TOLD, code_label(name, key, language())) for key in keys]
        found.append(Choice(name, column_label(name, language()), options, chosen.get(name, "")))
    return found


def _kept(request: HttpRequest, *without: str) -> str:
    """Repeat what stands in the address but for some, ready to follow another parameter."""
    kept = [(key, value) for key, value in request.GET.items() if key not in without and value]
    return f"&{urlencode(kept)}" if kept else ""
