"""Workers die at any moment; the run is taken up again and ends once, with the same digits."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import psutil
import pytest

from tests.faults.conftest import trials
from tests.live import ROOT, wait_until

pytestmark = pytest.mark.slow

PATHS = 400_000  # some seconds of work, in 98 parts
PROMISED = 60  # seconds within which a dead worker's run is claimed again
WORKING = 120  # seconds that the work itself may take on a busy machine

ENDED = {"done", "failed", "cancelled"}


def ended(site, run, seconds=PROMISED + WORKING):
    return wait_until(
        lambda: (found := site.ask("state", run=run))["status"] in ENDED and found,
        seconds,
        "The run ends",
    )


@pytest.fixture(scope="module")
def undisturbed(ground):
    """The digits of a run that nobody disturbed; the kernels are compiled after it."""
    run = ground.site.ask("request", code=ground.deal, paths=PATHS)
    found = ended(ground.site, run)
    assert found["status"] == "done", found
    return found["result_sha256"]


def assert_done_once_with(digits, site, run):
    found = ended(site, run)
    assert found["status"] == "done", found
    assert found["result_sha256"] == digits
    assert site.ask("history", run=run) == {"requested": 1, "finished": 1, "chunks_left": 0}
    return found


@pytest.mark.parametrize("trial", trials())
def test_a_killed_pool_process_loses_nothing(ground, undisturbed, trial):
    """`kill -9` of the process that computes, at a random moment of its work."""
    site = ground.site
    run = site.ask("request", code=ground.deal, paths=PATHS)
    computing = int(begun(site, run)["worker"].rpartition(":")[2])
    time.sleep(random.uniform(0.0, 3.0))

    os.kill(computing, signal.SIGKILL)

    assert_done_once_with(undisturbed, site, run)


@pytest.mark.parametrize("trial", trials())
def test_a_killed_worker_tree_loses_nothing(ground, undisturbed, trial):
    """`kill -9` of the whole worker, pool and all, from before the claim to the last part."""
    site = ground.site
    run = site.ask("request", code=ground.deal, paths=PATHS)
    time.sleep(random.uniform(0.0, 4.0))

    os.killpg(site.child("worker-compute").pid, signal.SIGKILL)

    killed_at = time.monotonic()
    if site.ask("state", run=run)["status"] == "running":
        attempt = site.ask("state", run=run)["attempt"]
        wait_until(lambda: taken_up(site, run, attempt), PROMISED, "The run is claimed again")
        assert time.monotonic() - killed_at < PROMISED
    assert_done_once_with(undisturbed, site, run)


@pytest.mark.parametrize("trial", trials())
def test_a_lost_message_is_sent_again(ground, undisturbed, trial):
    asked_at = time.monotonic()
    run = ground.site.ask("request_unheard", code=ground.deal, paths=PATHS)

    begun(ground.site, run, seconds=30)

    assert time.monotonic() - asked_at < 30
    assert_done_once_with(undisturbed, ground.site, run)


def test_a_message_that_comes_ten_times_runs_once(ground, undisturbed):
    run = ground.site.ask("request", code=ground.deal, paths=PATHS)

    ground.site.ask("ring", run=run, times=10)

    found = assert_done_once_with(undisturbed, ground.site, run)
    assert found["attempt"] == 1


def test_a_run_that_kills_its_worker_each_time_fails_after_three(ground, undisturbed):
    site = ground.site
    run = site.ask("request", code=ground.deal, paths=PATHS)

    for attempt in (1, 2, 3):
        found = wait_until(
            lambda attempt=attempt: running_as(site, run, attempt), 60, f"Attempt {attempt} runs"
        )
        os.kill(int(found["worker"].rpartition(":")[2]), signal.SIGKILL)

    found = ended(site, run)
    assert (found["status"], found["attempt"]) == ("failed", 3)
    assert "stopped three times" in found["reason"]
    assert site.ask("history", run=run)["finished"] == 0


@pytest.mark.parametrize("trial", trials())
def test_a_worker_that_slept_through_its_lease_changes_nothing(ground, undisturbed, trial):
    """SIGSTOP until another worker has taken over, then SIGCONT: the late writes are refused."""
    site = ground.site
    with second_worker(site):
        run = site.ask("request", code=ground.deal, paths=PATHS)
        sleeper = psutil.Process(int(begun(site, run)["worker"].rpartition(":")[2]))
        sleeper.suspend()
        try:
            assert_done_once_with(undisturbed, site, run)
        finally:
            sleeper.resume()

        time.sleep(3)
        found = assert_done_once_with(undisturbed, site, run)
        assert found["attempt"] == 2


def test_a_cancelled_run_stops_at_its_next_part(ground, undisturbed):
    site = ground.site
    run = site.ask("request", code=ground.deal, paths=1_000_000)
    begun(site, run)

    site.ask("cancel", run=run)

    found = ended(site, run, seconds=30)
    assert found["status"] == "cancelled"
    assert found["done_units"] < found["total_units"]
    assert site.ask("history", run=run)["finished"] == 0


# ------------------------------------------------------------------ moments


def begun(site, run, seconds=60):
    return wait_until(
        lambda: (found := site.ask("state", run=run))["status"] == "running" and found,
        seconds,
        "The run begins",
    )


def running_as(site, run, attempt):
    found = site.ask("state", run=run)
    return found if (found["status"], found["attempt"]) == ("running", attempt) else None


def taken_up(site, run, attempt):
    found = site.ask("state", run=run)
    return found["status"] in ENDED or found["attempt"] > attempt


@contextmanager
def second_worker(site):
    """One more compute worker beside the site's own, as in production."""
    with (site.folder / "log" / "second-worker.log").open("ab") as log:
        process = subprocess.Popen(
            [
                *[sys.executable, "-m", "celery", "-A", "ratings_site", "worker"],
                *["--queues=compute", "--concurrency=1", "--hostname=second@%h"],
                *["--without-mingle", "--without-gossip", "--loglevel=WARNING"],
            ],
            cwd=ROOT,
            env=site.environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
