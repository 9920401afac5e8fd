"""A run: frozen when asked for, computed once, the same digits wherever it is taken up again."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection

from analytics import pipeline
from analytics.chunks import CHUNK_PATHS
from deals.runs import engine, services
from deals.runs.models import RatingRun, RunChunk
from deals.runs.services import RunError, cancel_run, request_run, verify_run
from ratings_site.audit.models import AuditEvent
from ratings_site.criteria.services import version_in_force
from ratings_site.jobs import services as jobs
from ratings_site.jobs import tasks
from ratings_site.jobs.errors import ClaimLost
from ratings_site.jobs.models import Job
from tests.factories.runs import done_run, queued_run
from tests.factories.structure import DealFactory

pytestmark = pytest.mark.django_db

TWO_CHUNKS = CHUNK_PATHS + 8


@pytest.fixture(autouse=True)
def _eager(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True


def test_a_run_freezes_what_it_is_computed_from():
    run = queued_run(paths=64)

    run.refresh_from_db()
    assert (run.number, run.job.status, run.job.queue) == (1, Job.Status.QUEUED, "compute")
    assert run.terms == run.deal.terms
    assert run.criteria == version_in_force()
    assert len(run.inputs_sha256) == 64
    assert run.seed_source == "pool"
    assert AuditEvent.objects.filter(action="run.requested", subject_id=str(run.pk)).count() == 1


def test_the_seed_follows_from_the_pool_and_the_number_of_paths_only():
    deal = DealFactory()

    first, again, more = queued_run(deal), queued_run(deal), queued_run(deal, paths=65)

    assert first.seed == again.seed != more.seed
    assert (first.number, again.number) == (1, 2)


def test_a_run_ends_with_its_result_and_nothing_else():
    run = done_run(paths=64)

    assert run.job.status == Job.Status.DONE
    assert [note["name"] for note in run.result["notes"]] == ["Senior", "Junior"]
    assert run.result["paths"] == 64
    assert run.result_sha256 == run.result["outputs_sha256"]
    assert (run.engine_version, run.lock_sha256) == (
        engine.workplace().engine_version,
        engine.workplace().lock_sha256,
    )
    assert not run.chunks.exists()


@pytest.mark.slow
def test_a_run_taken_up_by_another_worker_ends_with_the_same_digits():
    """The first worker dies after one part; the second goes on from it."""
    deal = DealFactory()
    undisturbed = done_run(deal, paths=TWO_CHUNKS)
    run = queued_run(deal, paths=TWO_CHUNKS)
    first = jobs.claim(run.job_id, "first")
    plan = engine.plan_run(services._run_with_inputs(str(run.pk)))
    services._note_workplace(run, first)
    services._store_chunk(run, 0, engine.simulate_chunk(plan, 0), first)
    Job.objects.filter(pk=run.job_id).update(status=Job.Status.QUEUED, lease_until=None)

    tasks.perform(str(run.job_id))

    run.refresh_from_db()
    assert run.job.attempt == 2
    assert run.result_sha256 == undisturbed.result_sha256


@pytest.mark.slow
def test_a_stored_part_goes_into_the_result_and_is_not_computed_again(monkeypatch):
    run = queued_run(paths=TWO_CHUNKS)
    first = jobs.claim(run.job_id, "first")
    plan = engine.plan_run(services._run_with_inputs(str(run.pk)))
    services._note_workplace(run, first)
    services._store_chunk(run, 1, engine.simulate_chunk(plan, 1), first)
    Job.objects.filter(pk=run.job_id).update(status=Job.Status.QUEUED, lease_until=None)
    computed = []
    simulate = pipeline.simulate_chunk

    def watched(plan, number):
        computed.append(number)
        return simulate(plan, number)

    monkeypatch.setattr(pipeline, "simulate_chunk", watched)

    tasks.perform(str(run.job_id))

    assert computed == [0]


@pytest.mark.slow
def test_a_damaged_part_is_computed_again():
    deal = DealFactory()
    undisturbed = done_run(deal, paths=TWO_CHUNKS)
    run = queued_run(deal, paths=TWO_CHUNKS)
    first = jobs.claim(run.job_id, "first")
    services._note_workplace(run, first)
    services._store_chunk(run, 0, b"whole", first)
    RunChunk.objects.update(content=b"torn")
    Job.objects.filter(pk=run.job_id).update(status=Job.Status.QUEUED, lease_until=None)

    tasks.perform(str(run.job_id))

    run.refresh_from_db()
    assert run.result_sha256 == undisturbed.result_sha256


@pytest.mark.slow
def test_parts_of_another_engine_are_thrown_away():
    run = queued_run(paths=TWO_CHUNKS)
    first = jobs.claim(run.job_id, "first")
    services._store_chunk(run, 0, b"part of an older engine", first)
    RatingRun.objects.filter(pk=run.pk).update(engine_version="0.9.0")
    Job.objects.filter(pk=run.job_id).update(status=Job.Status.QUEUED, lease_until=None)

    tasks.perform(str(run.job_id))

    run.refresh_from_db()
    assert run.job.status == Job.Status.DONE
    assert run.engine_version == engine.workplace().engine_version


def test_a_worker_that_lost_its_lease_stores_no_part():
    run = queued_run()
    sleeper = jobs.claim(run.job_id, "sleeper")
    Job.objects.filter(pk=run.job_id).update(status=Job.Status.QUEUED, lease_until=None)

    with pytest.raises(ClaimLost):
        services._store_chunk(run, 0, b"too late", sleeper)

    assert not run.chunks.exists()


def test_a_finished_run_is_never_edited():
    run = done_run()

    with pytest.raises(IntegrityError, match="append-only"):
        RatingRun.objects.filter(pk=run.pk).update(note="second thoughts")


def test_a_finished_run_is_never_deleted():
    run = done_run()

    with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM runs_ratingrun WHERE number = %s", [run.number])


def test_a_cancelled_run_computes_nothing(analyst):
    run = queued_run()

    cancel_run(run, by=analyst)
    tasks.perform(str(run.job_id))

    run.refresh_from_db()
    assert (run.job.status, run.result) == (Job.Status.CANCELLED, None)
    assert AuditEvent.objects.filter(action="run.cancelled", actor=analyst).count() == 1


@pytest.mark.parametrize("paths", [0, 1_000_001])
def test_a_number_of_paths_out_of_range_is_refused(paths):
    with pytest.raises(RunError, match="between 1 and 1,000,000"):
        queued_run(paths=paths)


def test_a_deal_before_the_committee_takes_no_run():
    with pytest.raises(RunError, match="before the committee"):
        queued_run(DealFactory(status="committee"))

    assert not Job.objects.exists()


def test_a_person_queues_so_many_runs_and_no_more(settings):
    settings.MAX_QUEUED_RUNS_PER_USER = 2
    deal = DealFactory()
    queued_run(deal)
    queued_run(deal)

    with pytest.raises(RunError, match="2 runs waiting"):
        queued_run(deal)

    assert deal.runs.count() == 2


@pytest.mark.parametrize("asked", [{"seed": 7}, {"assumptions": {"structure.tax_rate": 0.05}}])
def test_a_seed_or_a_deviation_needs_its_reason(asked):
    with pytest.raises(RunError, match="reason"):
        queued_run(**asked)

    assert queued_run(note="As the committee asked.", **asked).inputs_sha256


def test_an_unknown_assumption_is_refused_by_its_name():
    with pytest.raises(RunError, match=r"costs\.nothing"):
        queued_run(assumptions={"costs.nothing": 0.1}, note="To see.")


def test_a_seed_given_by_hand_is_recorded_as_such():
    run = done_run(seed=7, note="Repeated with another seed.")

    assert (run.seed, run.seed_source, run.result["seed"]) == ("7", "given", 7)


def test_a_pool_of_loans_needs_an_accepted_tape():
    deal = DealFactory()
    document = dict(deal.terms.document, pool={"kind": "tape", "tape": {}})
    deal.versions.create(
        number=2,
        document=document,
        sha256="",
        created_by=deal.created_by,
        created_at=deal.created_at,
    )

    with pytest.raises(RunError, match="no tape has been accepted"):
        request_run(deal, by=deal.created_by)


def test_a_run_computed_again_has_the_same_digits(capsys):
    run = done_run()

    call_command("verify_run", f"{run.deal.code}/1")

    assert verify_run(run).is_same
    assert "The same digits." in capsys.readouterr().out


def test_a_forged_result_is_found_and_what_differs_is_said():
    run = queued_run()
    tasks.perform(str(run.job_id))
    run.refresh_from_db()
    run.result_sha256 = "0" * 64
    run.engine_version = "0.9.0"

    found = verify_run(run)

    assert not found.is_same
    assert [what for what, _then, _now in found.differences] == ["engine version"]


def test_verifying_a_run_that_never_ended_is_refused():
    run = queued_run()

    with pytest.raises(CommandError, match="finished run"):
        call_command("verify_run", str(run.pk))


def test_a_person_on_the_case_watches_the_run_s_job(analyst, outsider, signed_in_as):
    deal = DealFactory(on_case=[(analyst, "analyst")])
    run = queued_run(deal, by=deal.created_by)

    assert signed_in_as(analyst).get(f"/jobs/{run.job_id}/").status_code == 200
    assert signed_in_as(outsider).get(f"/jobs/{run.job_id}/").status_code == 404
