"""What may be done with tapes: received, checked, mapped; single values overridden. Every write."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from deals.structure.models import Deal
from deals.tapes.engine.check import Mapped, Report, Request
from deals.tapes.engine.door import check_in_child, marked_in_child, peek_in_child
from deals.tapes.files.child import ChildStopped
from deals.tapes.files.kinds import clean_name, kind_of
from deals.tapes.files.limits import IMPORT, MB, Limits
from deals.tapes.files.refusal import FileRefused
from deals.tapes.models import Mapping as SavedMapping
from deals.tapes.models import Override, Tape, TapeIssue
from ratings_site import clock
from ratings_site.audit.services import record
from ratings_site.jobs.models import Job
from ratings_site.jobs.services import Claim, create_job
from ratings_site.people.models import User

CHECK = "tape.check"
# Reads and checks a file: request, progress, whether to stop.
Check = Callable[[Request, Callable[[float, str], None], Callable[[], bool]], Report]
_STATUS_OF = {
    "accept": Tape.Status.ACCEPTED,
    "accept with warnings": Tape.Status.WARNED,
    "reject with clear error": Tape.Status.REFUSED,
}


class TapeError(ValueError):
    """A tape cannot be handled as asked; the message is meant for an analyst."""


class RefusedAtTheDoor(TapeError):  # noqa: N818 - a refusal is an answer
    """A file is refused before any work is done on it: too large, or of no accepted kind."""

    def __init__(self, refusal: FileRefused) -> None:
        super().__init__(refusal.rule)
        self.rule = refusal.rule
        self.http = refusal.http
        self.params = refusal.params


@dataclass(frozen=True)
class Sending:
    """How a file is to be read, as the sender said it. Frozen with the tape."""

    sheet: str = ""
    mapping: Mapping[str, Any] = field(default_factory=dict)
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    data_label: str = ""
    notes: str = ""
    is_import: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "sheet": self.sheet,
            "mapping": dict(self.mapping),
            "rates": {code: str(rate) for code, rate in self.rates.items()},
            "is_import": self.is_import,
        }


def web_limits() -> Limits:
    """Return the limits of an upload; the site's settings decide its size."""
    return Limits(file_bytes=settings.UPLOAD_LIMIT_MB * MB)


@transaction.atomic
def receive_tape(
    deal: Deal, file: File[bytes], *, name: str, by: User, sending: Sending | None = None
) -> Tape:
    """Keep a file as the next tape of a deal and queue its check, in one transaction.

    Raises RefusedAtTheDoor for a file that is too large or of no accepted kind.
    """
    sending = sending or Sending()
    deal = Deal.objects.select_for_update().get(pk=deal.pk)
    if not deal.is_editable:
        msg = _("The deal is with the committee or rated: its tape can no longer change.")
        raise TapeError(msg)
    shown = clean_name(name)
    _refuse_at_the_door(file, shown, IMPORT if sending.is_import else web_limits())
    last = deal.tapes.order_by("-number").first()
    tape = Tape(
        deal=deal,
        number=(last.number if last else 0) + 1,
        original_name=shown,
        original_sha256=_sha256(file),
        cutoff_date=deal.cutoff_date,
        order=sending.as_json(),
        data_label=sending.data_label,
        notes=sending.notes,
        uploaded_by=by,
        uploaded_at=clock.now(),
    )
    title = _("Check of tape %(number)s of %(deal)s") % {"number": tape.number, "deal": deal.code}
    tape.job = create_job(
        CHECK, subject_id=tape.pk, title=title, by=by, queue=Job.Queue.CONTROL, total_units=100
    )
    tape.original.save(f"{tape.pk}{PurePosixPath(shown).suffix.lower()}", file, save=False)
    tape.save(force_insert=True)
    record("tape.received", tape, by=by, file=shown, sha256=tape.original_sha256)
    return tape


def _refuse_at_the_door(file: File[bytes], name: str, limits: Limits) -> None:
    try:
        _check_door(file, name, limits)
    except FileRefused as refusal:
        raise RefusedAtTheDoor(refusal) from refusal
    finally:
        file.seek(0)


def _check_door(file: File[bytes], name: str, limits: Limits) -> None:
    if file.size > limits.file_bytes:
        limit = limits.file_bytes // MB
        raise FileRefused(rule="file_too_large", http=413, found=file.size // MB, limit=limit)
    file.seek(0)
    kind_of(name, file.read(512))


def _sha256(file: File[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def check_tape(tape: Tape, claim: Claim, *, check: Check = check_in_child) -> None:
    """Check a received tape in the limited child, and write what it said in one transaction."""
    if not tape.is_waiting:
        return
    parquet = (
        Path(settings.MEDIA_ROOT) / "tapes" / "canonical" / f"{tape.pk}-{claim.attempt}.parquet"
    )
    parquet.parent.mkdir(parents=True, exist_ok=True)
    report = _checked(_request(tape, parquet), claim, check)
    with claim.finishing():
        tape = Tape.objects.select_for_update().get(pk=tape.pk)
        original = Path(tape.original.path)
        _write(tape, report, parquet)
        if tape.status == Tape.Status.REFUSED:
            transaction.on_commit(lambda: original.unlink(missing_ok=True))


def _request(tape: Tape, parquet: Path | None, given: Path | None = None) -> Request:
    order = tape.order
    return Request(
        path=given or Path(tape.original.path),
        name=tape.original_name,
        limits=IMPORT if order.get("is_import") else web_limits(),
        cutoff=tape.cutoff_date,
        sheet=order.get("sheet", ""),
        mapped=Mapped(**order.get("mapping", {})),
        rates={code: Decimal(rate) for code, rate in order.get("rates", {}).items()},
        parquet=parquet,
    )


def _checked(request: Request, claim: Claim, check: Check) -> Report:
    def progress(share: float, _step: str) -> None:
        claim.progress(int(share * 100))

    try:
        return check(request, progress, lambda: claim.cancelled.is_set() or claim.lost.is_set())
    except ChildStopped:
        claim.check()
        raise


def _write(tape: Tape, report: Report, parquet: Path) -> None:
    """Freeze the outcome: a refusal keeps its reasons and nothing of the loans."""
    tape.status = _STATUS_OF[report["verdict"]]
    tape.checked_at = clock.now()
    tape.problem_count = report["problem_count"]
    tape.report = {
        key: report[key] for key in ("verdict", "file", "kinds", "problem_count", "problem_rows")
    }
    if tape.is_accepted:
        summary = report["summary"]
        tape.summary = summary
        tape.n_loans, tape.n_borrowers = summary["loans"], summary["borrowers"]
        tape.unpaid_principal = Decimal(summary["unpaid_principal"])
        tape.total_claim = Decimal(summary["total_claim"])
        tape.parquet.name = str(parquet.relative_to(settings.MEDIA_ROOT))
        tape.parquet_sha256 = _file_sha256(parquet)
        parquet.chmod(0o444)
    else:
        tape.original.name = ""
    tape.save()
    TapeIssue.objects.bulk_create([_issue(tape, problem) for problem in report["problems"]])
    record(
        f"tape.{tape.status}",
        tape,
        by=None,
        sha256=tape.original_sha256,
        parquet_sha256=tape.parquet_sha256,
        problems=tape.problem_count,
        rules=[kind["code"] for kind in report["kinds"]],
    )


def _file_sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _issue(tape: Tape, problem: Mapping[str, Any]) -> TapeIssue:
    return TapeIssue(
        tape=tape,
        severity=problem["severity"],
        rule=problem["rule"],
        code=problem["code"],
        sheet=problem["sheet"][:120],
        row=problem["row"],
        column=problem["column"][:200],
        letter=problem["letter"],
        header=problem["header"][:200],
        value=problem["value"][:300],
        right=problem["right"][:200],
        message_en=problem["what"]["en"],
        message_zh=problem["what"]["zh"],
        remedy_en=problem["remedy"]["en"],
        remedy_zh=problem["remedy"]["zh"],
    )


def mark_copy(tape: Tape, file: File[bytes]) -> Path:
    """Mark the problems of a refused tape in a copy of the same file; the caller removes the copy.

    The refused file was not kept, so its sender gives it again; its hash proves it is the same.
    """
    if _sha256(file) != tape.original_sha256:
        msg = _("This is not the file that was refused: its sha256 differs.")
        raise TapeError(msg)
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "given"
        _store(file, given)
        descriptor, name = tempfile.mkstemp(suffix=".xlsx")
        os.close(descriptor)
        try:
            marked_in_child(_request(tape, None, given), Path(name))
        except FileRefused as refusal:
            Path(name).unlink()
            raise RefusedAtTheDoor(refusal) from refusal
    return Path(name)


def look_at_columns(file: File[bytes], *, name: str, sheet: str = "") -> dict[str, Any]:
    """Say which columns a foreign layout has and what they may mean; nothing is kept."""
    shown = clean_name(name)
    _refuse_at_the_door(file, shown, web_limits())
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "given"
        _store(file, given)
        request = Request(path=given, name=shown, limits=web_limits(), sheet=sheet)
        try:
            return peek_in_child(request)
        except FileRefused as refusal:
            raise RefusedAtTheDoor(refusal) from refusal


def _store(file: File[bytes], path: Path) -> None:
    file.seek(0)
    with path.open("wb") as stream:
        for chunk in file.chunks():
            stream.write(chunk)


@transaction.atomic
def confirm_mapping(originator: str, content: Mapping[str, Any], *, by: User) -> SavedMapping:
    """Remember how an originator's layout reads, as its next version."""
    last = SavedMapping.objects.select_for_update().filter(originator=originator).first()
    if last is not None and last.content == dict(content):
        return last
    saved = SavedMapping.objects.create(
        originator=originator,
        number=(last.number if last else 0) + 1,
        content=dict(content),
        confirmed_by=by,
        confirmed_at=clock.now(),
    )
    record("mapping.confirmed", saved, by=by, columns=len(content.get("columns", {})))
    return saved


@dataclass(frozen=True)
class Correction:
    """A value that an analyst sets beside the tape's."""

    loan_id: str
    column: str
    new_value: str
    reason: str
    collateral_id: str = ""
    old_value: str = ""


@transaction.atomic
def propose_override(tape: Tape, correction: Correction, *, by: User) -> Override:
    """Propose another value for one cell of an accepted tape; a second person decides."""
    if not tape.is_accepted:
        msg = _("Only an accepted tape has values to override.")
        raise TapeError(msg)
    if not correction.reason.strip():
        msg = _("An override needs its reason, which is shown wherever the value is used.")
        raise TapeError(msg)
    override = Override.objects.create(
        tape=tape,
        loan_id=correction.loan_id,
        collateral_id=correction.collateral_id,
        column=correction.column,
        old_value=correction.old_value,
        new_value=correction.new_value,
        reason=correction.reason.strip(),
        proposed_by=by,
        proposed_at=clock.now(),
    )
    record("override.proposed", override, by=by, column=correction.column)
    return override


@transaction.atomic
def decide_override(override: Override, *, is_approved: bool, by: User) -> Override:
    """Approve or reject a proposed override; never by the person who proposed it."""
    override = Override.objects.select_for_update().get(pk=override.pk)
    if override.status != Override.Status.PROPOSED:
        msg = _("This override has been decided already.")
        raise TapeError(msg)
    if override.proposed_by_id == by.pk:
        msg = _("An override is decided by a second person, not by the one who proposed it.")
        raise TapeError(msg)
    override.status = Override.Status.APPROVED if is_approved else Override.Status.REJECTED
    override.decided_by, override.decided_at = by, clock.now()
    override.save(update_fields=["status", "decided_by", "decided_at"])
    record(f"override.{override.status}", override, by=by, column=override.column)
    return override
