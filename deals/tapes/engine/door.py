"""How the rest of the room asks for a check: in the limited child, with a report for every ending."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from analytics.tape.findings import Findings, Place
from deals.tapes.engine.check import Request
from deals.tapes.engine.report import Context, Report, refused
from deals.tapes.files.child import run_limited
from deals.tapes.files.refusal import FileRefused

_TARGET = "deals.tapes.engine.check:check_from_json"
_MARK = "deals.tapes.engine.marked:mark_from_json"
_PEEK = "deals.tapes.engine.peek:peek_from_json"


def check_in_child(
    request: Request,
    progress: Callable[[float, str], None] = lambda _share, _step: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Report:
    """Check a file in the limited child. A child that dies is a refusal with its reason.

    Raises `ChildStopped` when `is_cancelled` becomes true.
    """
    try:
        return run_limited(_TARGET, request.as_json(), request.limits, progress, is_cancelled)
    except FileRefused as refusal:
        if request.parquet is not None:
            request.parquet.unlink(missing_ok=True)
        findings = Findings()
        place = Place(0, refusal.params.get("found", ""), refusal.params)
        findings.add(refusal.rule, "", [place])
        size = request.path.stat().st_size
        context = Context(name=request.name, cutoff=request.cutoff, size=size)
        return refused(context, findings, http=refusal.http)


def marked_in_child(request: Request, marked: Path) -> None:
    """Write a marked copy of a file to `marked`. Raises FileRefused when the child cannot."""
    run_limited(_MARK, request.as_json() | {"marked": str(marked)}, request.limits)


def peek_in_child(request: Request) -> dict[str, Any]:
    """Look at the columns of a foreign layout. Raises FileRefused when it cannot be read."""
    return run_limited(_PEEK, request.as_json(), request.limits)
