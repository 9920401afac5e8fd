"""Jobs: one claim, one end, and a reason that a person reads."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analytics.errors import StructureError
from ratings_site.jobs import registry, services, tasks
from ratings_site.jobs.errors import ClaimLost, JobCancelled, JobError, JobFailed
from ratings_site.jobs.models import Job
from ratings_site.jobs.registry import handles
from tests.factories.jobs import JobFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def kind(monkeypatch):
    """Register a handler for this test only."""
    monkeypatch.setattr(registry, "KINDS", dict(registry.KINDS))
    monkeypatch.setattr(tasks, "KINDS", registry.KINDS)

    def register(handler):
        return handles("test.work", queue="control")(handler)

    return register


def perform(job: Job) -> Job:
    tasks.perform(str(job.pk))
    job.refresh_from_db()
    return job


def expire(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=Now() - timedelta(seconds=1))


def test_a_queued_job_is_claimed_by_one_worker_only():
    job = JobFactory()

    first, second = services.claim(job.pk, "worker 1"), services.claim(job.pk, "worker 2")

    job.refresh_from_db()
    assert (first.attempt, second) == (1, None)
    assert (job.status, job.worker) == (Job.Status.RUNNING, "worker 1")
    assert timedelta(seconds=5) < job.lease_until - timezone.now() <= timedelta(seconds=11)


@pytest.mark.parametrize("status", ["done", "cancelled", "failed"])
def test_a_finished_job_cannot_be_claimed(status):
    job = JobFactory(status=status, reason="because" if status == "failed" else "")

    assert services.claim(job.pk, "worker") is None


def test_work_that_ends_well_is_done_once_whatever_the_queue_delivers(kind):
    done = []
    kind(lambda claim: done.append(claim.attempt))
    job = JobFactory()

    for _delivery in range(10):
        perform(job)

    assert done == [1]
    assert (job.status, job.done_units) == (Job.Status.DONE, job.total_units)


def test_progress_is_written_and_renews_the_lease():
    job = JobFactory(total_units=10)
    claim = services.claim(job.pk, "worker")
    Job.objects.filter(pk=job.pk).update(lease_until=Now() + timedelta(seconds=1))

    claim.progress(4)

    job.refresh_from_db()
    assert job.done_units == 4
    assert job.lease_until - timezone.now() > timedelta(seconds=5)


def test_a_worker_that_slept_through_its_lease_writes_nothing():
    job = JobFactory()
    sleeper = services.claim(job.pk, "sleeper")
    expire(job)
    services.release_expired()
    successor = services.claim(job.pk, "successor")

    with pytest.raises(ClaimLost):
        sleeper.progress(1)
    with pytest.raises(ClaimLost), sleeper.finishing():
        pytest.fail("A late worker was let in to write its result.")
    assert not sleeper.fail("too late")
    with successor.finishing():
        pass

    job.refresh_from_db()
    assert (job.status, job.attempt, job.worker) == (Job.Status.DONE, 2, "successor")


def test_a_result_and_the_end_of_its_job_are_written_together_or_not_at_all(kind):
    job, other = JobFactory(), JobFactory(title="untouched")

    @kind
    def write_then_break(claim):
        with claim.finishing():
            Job.objects.filter(pk=other.pk).update(title="half a result")
            msg = "the disk is full"
            raise OSError(msg)

    perform(job)

    other.refresh_from_db()
    assert (job.status, other.title) == (Job.Status.FAILED, "untouched")


def test_a_poison_job_fails_after_three_attempts_with_a_reason_in_both_languages():
    job = JobFactory()

    for _attempt in range(3):
        assert services.claim(job.pk, "worker") is not None
        expire(job)
        services.release_expired()

    job.refresh_from_db()
    assert job.status == Job.Status.FAILED
    assert "stopped three times" in job.reason
    assert services.claim(job.pk, "worker") is None


def test_a_reason_is_kept_in_each_language(kind):
    @kind
    def refuse(claim):
        raise JobFailed(_("queued"))

    job = perform(JobFactory())

    assert job.status == Job.Status.FAILED
    assert job.reason == "queued"
    assert job.reason_zh


def test_the_engine_s_own_words_reach_the_analyst(kind):
    @kind
    def misread(claim):
        raise StructureError("a rate is a fraction, such as 0.027", "notes[0].coupon.rate")

    assert perform(JobFactory()).reason == (
        "notes[0].coupon.rate: a rate is a fraction, such as 0.027"
    )


def test_want_of_memory_is_said_in_words(kind):
    @kind
    def swell(claim):
        raise MemoryError

    assert "more memory" in perform(JobFactory()).reason


def test_a_fault_nobody_foresaw_names_the_job_and_not_the_traceback(kind, caplog):
    @kind
    def stumble(claim):
        raise ZeroDivisionError("float division by zero")

    job = perform(JobFactory())

    assert str(job.pk) in job.reason
    assert "division" not in job.reason
    assert "float division by zero" in caplog.text


def test_a_job_that_loses_the_database_stays_claimable(kind, caplog):
    @kind
    def cut_off(claim):
        raise OperationalError("server closed the connection")

    job = perform(JobFactory())
    expire(job)
    services.release_expired()

    job.refresh_from_db()
    assert (job.status, job.attempt) == (Job.Status.QUEUED, 1)
    assert "tried again" in caplog.text


def test_a_queued_job_is_cancelled_at_once(analyst):
    job = JobFactory()

    services.cancel_job(job, by=analyst)

    job.refresh_from_db()
    assert (job.status, job.cancelled_by) == (Job.Status.CANCELLED, analyst)
    assert services.claim(job.pk, "worker") is None


def test_a_running_job_stops_at_its_next_step(kind, analyst):
    steps = []

    @kind
    def work(claim):
        for step in range(5):
            steps.append(step)
            if step == 2:
                services.cancel_job(Job.objects.get(pk=claim.job_id), by=analyst)
            claim.progress(step + 1)

    job = perform(JobFactory(total_units=5))

    assert steps == [0, 1, 2]
    assert job.status == Job.Status.CANCELLED


def test_an_order_to_cancel_wins_over_finishing(analyst):
    job = JobFactory()
    claim = services.claim(job.pk, "worker")
    services.cancel_job(job, by=analyst)

    with pytest.raises(JobCancelled), claim.finishing():
        pytest.fail("A cancelled job was finished.")


def test_a_finished_job_cannot_be_cancelled(analyst):
    with pytest.raises(JobError, match="already finished"):
        services.cancel_job(JobFactory(status="done"), by=analyst)


def test_a_cancelled_job_of_a_dead_worker_is_not_tried_again(analyst):
    job = JobFactory()
    services.claim(job.pk, "worker")
    services.cancel_job(job, by=analyst)
    expire(job)

    services.release_expired()

    job.refresh_from_db()
    assert job.status == Job.Status.CANCELLED


def test_the_sweep_rings_for_jobs_that_nobody_heard_of(kind, settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    heard = []
    kind(lambda claim: heard.append(str(claim.job_id)))
    never_sent = JobFactory()
    message_lost = JobFactory(last_sent_at=timezone.now() - timedelta(seconds=16))
    just_sent = JobFactory(last_sent_at=timezone.now())

    tasks.sweep()

    assert sorted(heard) == sorted([str(never_sent.pk), str(message_lost.pk)])
    just_sent.refresh_from_db()
    assert just_sent.status == Job.Status.QUEUED


def test_a_job_is_sent_only_after_its_row_is_committed(
    kind, settings, django_capture_on_commit_callbacks
):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    kind(lambda claim: None)
    job = JobFactory()

    with django_capture_on_commit_callbacks(execute=True):
        tasks.enqueue_job(job)
        job.refresh_from_db()
        assert job.status == Job.Status.QUEUED

    job.refresh_from_db()
    assert job.status == Job.Status.DONE
