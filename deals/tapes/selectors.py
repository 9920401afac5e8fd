"""Reads of tapes and what was found in them."""

from django.db.models import QuerySet

from deals.structure.models import Deal
from deals.tapes.models import Mapping, Override, Tape, TapeIssue
from ratings_site import policy
from ratings_site.people.models import User


def tapes_seen_by(user: User) -> QuerySet[Tape]:
    """List tapes that a person may know of, with what their pages name."""
    tapes = Tape.objects.select_related("deal", "job", "uploaded_by")
    return policy.visible(tapes, user)


def tapes_of(deal: Deal) -> QuerySet[Tape]:
    """List all versions of a deal's tape, newest first."""
    return deal.tapes.select_related("uploaded_by", "job").order_by("-number")


def tape_in_force(deal: Deal) -> Tape | None:
    """Find the newest accepted version: what a run is asked on unless another is named."""
    accepted = [Tape.Status.ACCEPTED, Tape.Status.WARNED]
    return deal.tapes.filter(status__in=accepted).order_by("-number").first()


def tape_before(tape: Tape) -> Tape | None:
    """Find the accepted version before this one."""
    accepted = [Tape.Status.ACCEPTED, Tape.Status.WARNED]
    earlier = tape.deal.tapes.filter(status__in=accepted, number__lt=tape.number)
    return earlier.order_by("-number").first()


def issues(tape: Tape, *, errors_only: bool = False) -> QuerySet[TapeIssue]:
    """List what was found in a tape, first hundred of each rule, in the order of the report."""
    found = tape.issues.all()
    return found.filter(severity=TapeIssue.Severity.ERROR) if errors_only else found


def overrides_of(tape: Tape, loan_id: str = "") -> QuerySet[Override]:
    """List overrides of a tape, or of one of its loans."""
    found = tape.overrides.select_related("proposed_by", "decided_by")
    return found.filter(loan_id=loan_id) if loan_id else found


def newest_mapping(originator: str) -> Mapping | None:
    """Find how an originator's layout was last said to read."""
    return Mapping.objects.filter(originator=originator).first() if originator else None
