"""Runs in the queue."""

from django.urls import reverse

from deals.runs import services
from deals.runs.models import RatingRun
from ratings_site.jobs.models import Job
from ratings_site.jobs.registry import handles
from ratings_site.jobs.services import Claim
from ratings_site.jobs.tasks import enqueue_job
from ratings_site.people.models import User


def enqueue_run(run: RatingRun) -> None:
    """Ring for a run once its row is committed."""
    enqueue_job(run.job)


def sees_run(user: User, run_id: str) -> bool:
    return RatingRun.objects.visible_to(user).filter(pk=run_id).exists()


def address_of_run(run_id: str) -> str:
    return reverse("deals:run", args=[run_id])


@handles(services.KIND, queue=Job.Queue.COMPUTE, seen_by=sees_run, address=address_of_run)
def execute_run(claim: Claim) -> None:
    services.execute_run(claim)
