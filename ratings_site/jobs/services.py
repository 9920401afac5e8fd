"""Ask for a job, claim it under a lease, finish it once. Who sends the bell is `tasks`.

The row is the record of truth. A worker takes a job by one UPDATE that only one worker can win;
`attempt` is then its fencing token: every later write names the attempt, so a worker that was
stopped and woke up after its lease ran out changes nothing. Leases are counted on the database's
clock, so that the clocks of workers need not agree.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ratings_site import clock
from ratings_site.audit.services import record
from ratings_site.jobs.errors import ClaimLost, JobCancelled, JobError
from ratings_site.jobs.models import Job
from ratings_site.people.models import User


def create_job(
    kind: str,
    *,
    subject_id: object,
    title: str,
    by: User | None,
    queue: str,
    total_units: int = 1,
) -> Job:
    """Write a queued job, in the transaction of whatever asks for it."""
    return Job.objects.create(
        kind=kind,
        subject_id=str(subject_id),
        title=title,
        queue=queue,
        total_units=total_units,
        requested_by=by,
        requested_at=clock.now(),
    )


@transaction.atomic
def cancel_job(job: Job, *, by: User) -> Job:
    """Stop a queued job at once; ask a running one to stop at its next step."""
    job = Job.objects.select_for_update().get(pk=job.pk)
    if not job.is_waiting:
        msg = _("This job is already finished: nothing is left to cancel.")
        raise JobError(msg)
    job.cancel_asked = True
    if job.status == Job.Status.QUEUED:
        job.status = Job.Status.CANCELLED
        job.finished_at = clock.now()
    job.cancelled_by = by
    job.save(update_fields=["cancel_asked", "status", "finished_at", "cancelled_by"])
    record("job.cancelled", job, by=by)
    return job


@dataclass(slots=True)
class Claim:
    """A worker's hold on one job, for as long as it keeps renewing the lease."""

    job_id: UUID
    attempt: int
    kind: str
    subject_id: str
    # Set by the heartbeat, which runs beside a long kernel call.
    lost: threading.Event = field(default_factory=threading.Event)
    cancelled: threading.Event = field(default_factory=threading.Event)

    def progress(self, done: int, total: int | None = None) -> None:
        """Say how far the work is, and renew the lease.

        Raises
        ------
        JobCancelled : somebody asked that the job stop.
        ClaimLost : the job is no longer this worker's.
        """
        self._renew(
            **(
                {"done_units": done}
                if total is None
                else {"done_units": done, "total_units": total}
            )
        )
        self.check()

    def renew(self) -> None:
        """Renew the lease and take note of orders without raising them: the heartbeat's call."""
        self._renew()

    def check(self) -> None:
        """Raise what has happened to the claim in the meantime, if anything did."""
        if self.lost.is_set():
            msg = f"Attempt {self.attempt} of job {self.job_id} has lost its lease."
            raise ClaimLost(msg)
        if self.cancelled.is_set():
            raise JobCancelled

    def _renew(self, **columns: int) -> None:
        if not self._mine().update(lease_until=_lease_end(), **columns):
            self.lost.set()
        elif self._mine().filter(cancel_asked=True).exists():
            self.cancelled.set()

    @contextmanager
    def holding(self) -> Iterator[Job]:
        """Write a part of the work in one transaction that only the running attempt may enter."""
        with transaction.atomic():
            job = self._mine().select_for_update().first()
            if job is None:
                self.lost.set()
                msg = f"Attempt {self.attempt} of job {self.job_id} came too late to write."
                raise ClaimLost(msg)
            yield job

    @contextmanager
    def finishing(self) -> Iterator[Job]:
        """Write the result and mark the job done in one transaction, or write nothing.

        The row is locked and checked first: only the running attempt may pass, so a result is
        written once whatever the queue delivers.
        """
        with self.holding() as job:
            if job.cancel_asked:
                raise JobCancelled
            yield job
            job.status = Job.Status.DONE
            job.done_units = job.total_units
            job.finished_at = clock.now()
            job.save(update_fields=["status", "done_units", "finished_at"])

    def fail(self, reason: str | Promise) -> bool:
        """Mark the job failed; False when it was no longer this worker's to fail."""
        return bool(
            self._mine().update(
                status=Job.Status.FAILED, finished_at=clock.now(), **_in_both_languages(reason)
            )
        )

    def stop(self) -> bool:
        """Mark the job cancelled, as asked."""
        return bool(self._mine().update(status=Job.Status.CANCELLED, finished_at=clock.now()))

    def is_open(self) -> bool:
        """Is the job still running in this worker's name?"""
        return self._mine().exists()

    def _mine(self) -> QuerySet[Job]:
        return Job.objects.filter(pk=self.job_id, attempt=self.attempt, status=Job.Status.RUNNING)


def claim(job_id: UUID, worker: str) -> Claim | None:
    """Take a queued job, or None when there is nothing to take."""
    with transaction.atomic():
        won = Job.objects.filter(pk=job_id, status=Job.Status.QUEUED).update(
            status=Job.Status.RUNNING,
            attempt=F("attempt") + 1,
            units_before_attempt=F("done_units"),
            lease_until=_lease_end(),
            worker=worker[:120],
            started_at=clock.now(),
        )
        if not won:
            return None
        # The UPDATE holds the row until commit: this attempt is ours.
        job = Job.objects.get(pk=job_id)
    return Claim(job.pk, job.attempt, job.kind, job.subject_id)


def release_expired() -> int:
    """Put jobs whose worker fell silent back into the queue, or fail them after the last attempt."""
    expired = Job.objects.filter(status=Job.Status.RUNNING, lease_until__lt=Now())
    cancelled = expired.filter(cancel_asked=True).update(
        status=Job.Status.CANCELLED, finished_at=clock.now()
    )
    failed = expired.filter(attempt__gte=settings.JOB_MAX_ATTEMPTS).update(
        status=Job.Status.FAILED,
        finished_at=clock.now(),
        **_in_both_languages(
            _(
                "The worker stopped three times while it did this work, so it was given up. "
                "Usually the work needs more memory than the machine has: "
                "try fewer paths, or ask an administrator."
            )
        ),
    )
    queued = expired.filter(attempt__lt=settings.JOB_MAX_ATTEMPTS).update(
        status=Job.Status.QUEUED, lease_until=None, last_sent_at=None
    )
    return cancelled + failed + queued


def unsent_jobs() -> QuerySet[Job]:
    """Queued jobs that were never sent, or whose message may be lost."""
    silent = Now() - timedelta(seconds=settings.JOB_RESEND_SECONDS)
    return Job.objects.filter(
        Q(last_sent_at__isnull=True) | Q(last_sent_at__lt=silent), status=Job.Status.QUEUED
    ).order_by("requested_at")


def note_sent(job_id: UUID) -> None:
    """Remember that the bell was rung for a job."""
    Job.objects.filter(pk=job_id, status=Job.Status.QUEUED).update(last_sent_at=Now())


def _lease_end() -> object:
    return Now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def _in_both_languages(reason: str | Promise) -> dict[str, str]:
    words = {}
    for column, language in (("reason", "en"), ("reason_zh", "zh-hans")):
        with translation.override(language):
            words[column] = str(reason)
    return words
