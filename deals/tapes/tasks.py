"""The worker's side of tapes: an id in, one service called."""

from django.urls import reverse

from deals.tapes import services
from deals.tapes.models import Tape
from ratings_site import policy
from ratings_site.jobs.models import Job
from ratings_site.jobs.registry import handles
from ratings_site.jobs.services import Claim
from ratings_site.jobs.tasks import enqueue_job
from ratings_site.people.models import User


def enqueue_check(tape: Tape) -> None:
    """Ring for the check of a received tape once its row is committed."""
    if tape.job is not None:
        enqueue_job(tape.job)


def _seen_by(user: User, tape_id: str) -> bool:
    tape = policy.visible(Tape.objects.all(), user).filter(pk=tape_id).first()
    return tape is not None and policy.allows(user, "tapes.read", tape)


def _address(tape_id: str) -> str:
    return reverse("deals:tape", args=[tape_id])


@handles(services.CHECK, queue=Job.Queue.CONTROL, seen_by=_seen_by, address=_address)
def check(claim: Claim) -> None:
    services.check_tape(Tape.objects.get(pk=claim.subject_id), claim)
