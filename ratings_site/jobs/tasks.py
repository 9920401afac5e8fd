"""The bell and the work: send a job's id over the queue, do it once, sweep what was lost."""

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from uuid import UUID

from billiard.exceptions import SoftTimeLimitExceeded
from celery import shared_task
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import ChannelError
from kombu.exceptions import OperationalError as BrokerError

from analytics.errors import AnalyticsError
from ratings_site.jobs import services
from ratings_site.jobs.errors import ClaimLost, JobCancelled, JobFailed
from ratings_site.jobs.models import Job
from ratings_site.jobs.registry import KINDS
from ratings_site.jobs.services import Claim

logger = logging.getLogger(__name__)


def enqueue_job(job: Job) -> None:
    """Ring the bell for a job once its row is committed."""
    transaction.on_commit(partial(send, job.pk, job.queue))


def send(job_id: UUID, queue: str) -> None:
    """Send a job's id; when the broker is away the sweeper sends it later."""
    try:
        perform.apply_async(args=(str(job_id),), queue=queue, retry=False)
    except (BrokerError, ChannelError, OSError) as error:
        logger.warning("Job %s waits: the broker cannot be reached (%s).", job_id, error)
        return
    services.note_sent(job_id)


def sweep() -> None:
    """Take back jobs of silent workers, and ring again for jobs that nobody heard of."""
    released = services.release_expired()
    if released:
        logger.warning("%d jobs of silent workers were taken back.", released)
    for job_id, queue in services.unsent_jobs().values_list("pk", "queue")[:500]:
        send(job_id, queue)


@shared_task(name="jobs.perform", acks_late=True, soft_time_limit=settings.JOB_SOFT_SECONDS)
def perform(job_id: str) -> None:
    """Claim a job and do it. A message that comes twice, or late, finds nothing to claim."""
    claim = services.claim(UUID(job_id), f"{socket.gethostname()}:{os.getpid()}")
    if claim is None:
        return
    with _heartbeat(claim):
        _do(claim)


def _do(claim: Claim) -> None:
    """Do the work; every end but a lost claim or a lost database leaves a finished row."""
    try:
        KINDS[claim.kind].handler(claim)
        if claim.is_open():  # nothing to write but that it is done
            with claim.finishing():
                pass
    except JobCancelled:
        claim.stop()
    except ClaimLost as error:
        logger.warning("%s", error)
    except (OperationalError, InterfaceError):
        # The database went away. The lease runs out and the job is tried again.
        logger.exception("Job %s lost the database; it is tried again.", claim.job_id)
    except Exception as error:  # noqa: BLE001  the last resort: a job never ends in silence
        claim.fail(_reason(claim, error))


def _reason(claim: Claim, error: Exception) -> str | Promise:
    """Say in an analyst's words why the work could not be done."""
    if isinstance(error, JobFailed):
        return error.reason
    if isinstance(error, AnalyticsError):
        return str(error)
    if isinstance(error, MemoryError):
        return _("This work needs more memory than the machine has. Try fewer paths.")
    if isinstance(error, SoftTimeLimitExceeded):
        return format_lazy(
            _("This work took longer than {seconds} seconds and was stopped."),
            seconds=settings.JOB_SOFT_SECONDS,
        )
    logger.error("Job %s (%s) failed.", claim.job_id, claim.kind, exc_info=error)
    return format_lazy(
        _("An unexpected fault stopped this work. It is in the log under job {job_id}."),
        job_id=str(claim.job_id),
    )


@contextmanager
def _heartbeat(claim: Claim) -> Iterator[None]:
    """Renew the lease from a thread of its own, so that a long kernel call keeps the claim.

    In eager mode the job runs inside its caller's transaction, where no other process can take it
    and another connection would not see it: then no heart needs to beat.
    """
    if settings.CELERY_TASK_ALWAYS_EAGER:
        yield
        return
    ended = threading.Event()
    thread = threading.Thread(target=_beat, args=(claim, ended), daemon=True, name="heartbeat")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _beat(claim: Claim, ended: threading.Event) -> None:
    try:
        while not (ended.wait(settings.JOB_HEARTBEAT_SECONDS) or claim.lost.is_set()):
            try:
                claim.renew()
            except (OperationalError, InterfaceError) as error:
                logger.warning("Heartbeat of job %s: %s", claim.job_id, error)
                connection.close()
    finally:
        connection.close()
