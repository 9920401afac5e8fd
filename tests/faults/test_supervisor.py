"""One command holds the site together: nothing stays behind, what dies comes back."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from tests.live import ROOT, LiveSite, wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def site(tmp_path):
    live = LiveSite(tmp_path / "site")
    live.migrate()
    live.start()
    yield live
    live.stop()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_no_process_stays_behind(site, sign):
    processes = site.processes()
    assert len(processes) >= 8  # supervisor, web and its two, three for control, two, scheduler

    site.stop(sign)

    assert [each for each in processes if each.is_running()] == []


def test_children_do_not_outlive_a_supervisor_that_was_killed(site):
    processes = site.processes()

    site.supervisor.kill()
    site.supervisor.wait()

    psutil.wait_procs(processes, timeout=20)
    assert [each for each in processes if each.is_running()] == []
    site.supervisor = None


@pytest.mark.parametrize("name", ["web", "worker-control", "worker-compute", "scheduler"])
def test_a_killed_child_comes_back(site, name):
    before = site.child(name)
    orphans = before.children(recursive=True)

    before.kill()

    wait_until(lambda: is_another(site, name, before.pid), 30, f"{name} comes back")
    psutil.wait_procs(orphans, timeout=10)
    assert [each for each in orphans if each.is_running()] == []
    wait_until(site.is_ready, 30, "The site answers again")


def test_two_sites_run_side_by_side(site, tmp_path):
    other = LiveSite(tmp_path / "other")
    other.migrate()
    other.start()

    try:
        assert site.is_ready()
        assert other.is_ready()
        assert site.address != other.address
    finally:
        other.stop()

    assert site.is_ready()


def test_a_second_server_on_the_same_folder_is_refused(site):
    second = subprocess.run(
        [sys.executable, "script/supervise.py", "--no-setup"],
        cwd=ROOT,
        env=site.environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )

    assert second.returncode == 1
    assert "Another server already runs" in second.stdout
    assert site.is_ready()


def test_a_taken_port_is_refused_by_its_number(site, tmp_path):
    second = subprocess.run(
        [sys.executable, "script/supervise.py", "--no-setup", "--port", str(site.port)],
        cwd=ROOT,
        env=dict(os.environ, VAR_DIR=str(tmp_path / "another")),
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )

    assert second.returncode == 1
    assert f"Port {site.port} is taken" in second.stdout


def is_another(site, name, pid):
    try:
        return site.child(name).pid != pid
    except (AssertionError, psutil.NoSuchProcess):
        return False
