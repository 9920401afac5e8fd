"""PostgreSQL and Redis die and come back; what a person was told is done stays done."""

import time
import urllib.request

import pytest

from tests.faults.conftest import trials
from tests.faults.test_killed_workers import (
    PATHS,
    assert_done_once_with,
    begun,
    ended,
)
from tests.live import wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("servers"),
    pytest.mark.parametrize("ground", ["servers"], indirect=True),
]


@pytest.fixture(scope="module")
def undisturbed(ground):
    run = ground.site.ask("request", code=ground.deal, paths=PATHS)
    return ended(ground.site, run)["result_sha256"]


def test_redis_loses_everything_and_no_run_is_lost(ground, undisturbed):
    running = ground.site.ask("request", code=ground.deal, paths=PATHS)
    begun(ground.site, running)
    waiting = ground.site.ask("request", code=ground.deal, paths=PATHS)

    ground.redis.kill(empty=True)
    ground.redis.start()

    assert_done_once_with(undisturbed, ground.site, running)
    assert_done_once_with(undisturbed, ground.site, waiting)


def test_a_run_asked_for_while_redis_is_away_waits_for_it(ground, undisturbed):
    ground.redis.kill()
    asked_at = time.monotonic()
    try:
        run = ground.site.ask("request", code=ground.deal, paths=PATHS)
        took = time.monotonic() - asked_at
        web = status_of(ground.site, "/health/")
        state = ground.site.ask("state", run=run)["status"]
    finally:
        ground.redis.start()

    assert took < 10  # the broker is given up after 5 seconds
    assert web == 200
    assert state == "queued"
    assert_done_once_with(undisturbed, ground.site, run)


@pytest.mark.parametrize("trial", trials())
def test_postgresql_dies_and_what_was_acknowledged_is_there(ground, undisturbed, trial):
    run = ground.site.ask("request", code=ground.deal, paths=PATHS)
    begun(ground.site, run)
    time.sleep(trial * 0.7 % 3)

    ground.postgresql.kill()
    ground.postgresql.start()

    back_at = time.monotonic()
    wait_until(ground.site.is_ready, 60, "The site answers again")
    wait_until(lambda: answers(ground.site, run), 60, "The database answers again")
    assert time.monotonic() - back_at < 60
    assert ground.site.ask("history", run=run)["requested"] == 1
    assert_done_once_with(undisturbed, ground.site, run)


def answers(site, run):
    try:
        return site.ask("state", run=run)
    except AssertionError:
        return None


def status_of(site, path):
    with urllib.request.urlopen(site.address + path, timeout=60) as answer:
        return answer.status
