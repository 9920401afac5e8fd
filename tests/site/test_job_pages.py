"""The page of a job: who may watch it, what it says, how it is stopped."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from ratings_site.jobs.models import Job
from tests.factories.jobs import JobFactory

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def running(**fields):
    return JobFactory(
        status="running", lease_until=timezone.now() + timedelta(seconds=10), attempt=1, **fields
    )


def test_the_person_who_asked_watches_her_job(analyst, signed_in_as):
    job = running(requested_by=analyst, total_units=8, done_units=3)

    page = signed_in_as(analyst).get(reverse("jobs:job", args=[job.pk]))

    assert page.status_code == 200
    assert b"3 of 8" in page.content
    assert b"hx-get" in page.content


def test_a_stranger_s_job_does_not_exist(outsider, signed_in_as):
    address = reverse("jobs:job", args=[JobFactory().pk])

    assert signed_in_as(outsider).get(address).status_code == 404
    assert signed_in_as(outsider).post(address + "cancel/").status_code == 404


def test_a_finished_job_stops_asking_and_reloads_the_page(analyst, signed_in_as):
    job = JobFactory(requested_by=analyst, status="done", done_units=1)

    part = signed_in_as(analyst).get(reverse("jobs:job", args=[job.pk]), headers=HTMX)

    assert part["HX-Refresh"] == "true"
    assert b"hx-get" not in part.content
    assert b"<html" not in part.content


def test_a_failed_job_says_why_in_the_reader_s_language(analyst, signed_in_as):
    job = JobFactory(
        requested_by=analyst, status="failed", reason="No cash flow.", reason_zh="没有现金流。"
    )
    client = signed_in_as(analyst)
    address = reverse("jobs:job", args=[job.pk])

    english = client.get(address, headers={"Accept-Language": "en"})
    chinese = client.get(address, headers={"Accept-Language": "zh-hans"})

    assert "No cash flow." in english.content.decode()
    assert "没有现金流。" in chinese.content.decode()


def test_a_queued_job_is_cancelled_from_its_page(analyst, signed_in_as):
    job = JobFactory(requested_by=analyst)

    signed_in_as(analyst).post(reverse("jobs:job-cancel", args=[job.pk]))

    job.refresh_from_db()
    assert job.status == Job.Status.CANCELLED


def test_a_job_is_not_cancelled_by_following_a_link(analyst, signed_in_as):
    job = JobFactory(requested_by=analyst)

    answer = signed_in_as(analyst).get(reverse("jobs:job-cancel", args=[job.pk]))

    job.refresh_from_db()
    assert (answer.status_code, job.status) == (405, Job.Status.QUEUED)


def test_the_time_left_follows_this_attempt_s_own_pace():
    job = running(total_units=100, done_units=60, units_before_attempt=40)
    job.started_at = timezone.now() - timedelta(seconds=10)

    assert job.seconds_left == pytest.approx(20, abs=0.5)
    assert running().seconds_left is None
