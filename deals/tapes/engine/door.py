"""How the rest of the room asks for a check: in the limited child, with a report for every ending."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from analytics.tape.findings import Findings, Place
from deals.tapes.engine.report import Context, Report, refused
from deals.tapes.files.child import run_limited
from deals.tapes.files.limits import Limits
from deals.tapes.files.refusal import FileRefused

_TARGET = "deals.tapes.engine.check:check_from_json"


def check_in_child(
    path: Path,
    name: str,
    limits: Limits,
    *,
    cutoff: dt.date | None = None,
    parquet: Path | None = None,
    sheet: str = "",
    mapping: Mapping[str, Any] | None = None,
    rates: Mapping[str, Decimal] | None = None,
    progress: Callable[[float, str], None] = lambda _share, _step: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Report:
    """Check the file at `path`, sent as `name`. A child that dies is a refusal with its reason.

    Raises `ChildStopped` when `is_cancelled` becomes true.
    """
    request = {
        "path": str(path.resolve()),
        "name": name,
        "limits": limits.as_json(),
        "cutoff": cutoff.isoformat() if cutoff else None,
        "parquet": str(parquet.resolve()) if parquet else None,
        "sheet": sheet,
        "mapping": dict(mapping or {}),
        "rates": {code: str(rate) for code, rate in (rates or {}).items()},
    }
    try:
        return run_limited(_TARGET, request, limits, progress, is_cancelled)
    except FileRefused as refusal:
        if parquet is not None:
            parquet.unlink(missing_ok=True)
        findings = Findings()
        findings.add(refusal.rule, "", [Place(0, refusal.params.get("found", ""), refusal.params)])
        context = Context(name=name, cutoff=cutoff, size=path.stat().st_size)
        return refused(context, findings, http=refusal.http)
