"""Reads of the trail: its proof, and the lines of a subject."""

from dataclasses import dataclass

from django.db.models import Model, Q, QuerySet

from ratings_site.audit.models import NO_DIGEST, AuditEvent, AuditHead


@dataclass(frozen=True, slots=True)
class Proof:
    """What a walk along the chain found. `broken` is the first line that does not fit, or None."""

    lines: int
    head: str
    broken: int | None = None
    reason: str = ""


def prove_trail(*, expect_lines: int = 0, expect_digest: str = "") -> Proof:
    """Walk the whole chain: numbers without a gap, each digest right, the end where the head says.

    Parameters
    ----------
    expect_lines, expect_digest : an anchor kept outside; the trail may have grown since.
    """
    count, head = 0, NO_DIGEST
    for event in AuditEvent.objects.order_by("sequence").iterator(chunk_size=2000):
        expected = count + 1
        if event.sequence != expected:
            return Proof(count, head, expected, "missing")
        if event.previous_digest != head:
            return Proof(count, head, expected, "does not follow from the line before it")
        if event.digest != event.digest_of_content():
            return Proof(count, head, expected, "was changed after it was written")
        count, head = expected, event.digest
        if count == expect_lines and head != expect_digest:
            return Proof(count, head, expected, "differs from the anchor")
    return _proof_of_end(count, head, expect_lines)


def _proof_of_end(count: int, head: str, expect_lines: int) -> Proof:
    if count < expect_lines:
        reason = f"missing: the anchor counts {expect_lines} lines"
        return Proof(count, head, count + 1, reason)
    kept = AuditHead.objects.filter(pk=AuditHead.ONLY).first() or AuditHead()
    if kept.sequence > count:
        return Proof(count, head, count + 1, f"missing: the head counts {kept.sequence} lines")
    if (kept.sequence, kept.digest) != (count, head):
        return Proof(count, head, count, "is not the line that the head names")
    return Proof(count, head)


def history_of(*subjects: Model) -> QuerySet[AuditEvent]:
    """Return the lines about any of the subjects, newest first."""
    wanted = Q(pk__in=[])
    for subject in subjects:
        wanted |= Q(subject_kind=subject._meta.label_lower, subject_id=str(subject.pk))
    return AuditEvent.objects.filter(wanted).select_related("actor")


def history_of_deal(code: str) -> QuerySet[AuditEvent]:
    """Return every line that belongs to a deal, newest first."""
    return AuditEvent.objects.filter(deal_code=code).select_related("actor")
