"""Who may watch a job."""

from uuid import UUID

from django.http import Http404

from ratings_site.jobs.models import Job
from ratings_site.jobs.registry import KINDS
from ratings_site.people.models import User


def job_seen_by(user: User, job_id: UUID) -> Job:
    """Return a job that the person asked for, or whose subject she may see; else 404."""
    job = Job.objects.select_related("requested_by").filter(pk=job_id).first()
    if job is None or not (job.requested_by == user or _sees_subject(user, job)):
        raise Http404
    return job


def address_of_subject(job: Job) -> str:
    """Return where the job's subject is shown, or an empty string."""
    kind = KINDS.get(job.kind)
    return kind.address(job.subject_id) if kind and kind.address else ""


def _sees_subject(user: User, job: Job) -> bool:
    kind = KINDS.get(job.kind)
    return bool(kind and kind.seen_by and kind.seen_by(user, job.subject_id))
