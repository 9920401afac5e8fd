"""One command holds the site together: nothing stays behind, what dies comes back."""

import os
import shutil
import signal
import subprocess
import sys

import psutil
import pytest

from tests.live import ROOT, LiveSite, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("supervisor")]


BACK = 120  # seconds for a process to start again on a busy machine


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    """Return a folder with an empty database, to copy."""
    live = LiveSite(tmp_path_factory.mktemp("migrated") / "site")
    live.migrate()
    return live.folder


def started(migrated, folder):
    shutil.copytree(migrated, folder)
    live = LiveSite(folder)
    live.start()
    return live


@pytest.fixture
def passing_site(migrated, tmp_path):
    """Return a site that the test may end."""
    live = started(migrated, tmp_path / "site")
    yield live
    live.stop()


@pytest.fixture(scope="module")
def site(migrated, tmp_path_factory):
    """Return a site that all other tests share: whatever they break must come back."""
    live = started(migrated, tmp_path_factory.mktemp("shared") / "site")
    yield live
    live.stop()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_no_process_stays_behind(passing_site, sign):
    processes = passing_site.processes()
    assert len(processes) >= 8  # supervisor, web and its two, three for control, two, scheduler

    passing_site.stop(sign)

    assert [each for each in processes if each.is_running()] == []


def test_children_do_not_outlive_a_supervisor_that_was_killed(passing_site):
    processes = passing_site.processes()

    passing_site.supervisor.kill()
    passing_site.supervisor.wait()

    psutil.wait_procs(processes, timeout=BACK)
    assert [each for each in processes if each.is_running()] == []
    passing_site.supervisor = None


@pytest.mark.parametrize("name", ["web", "worker-control", "worker-compute", "scheduler"])
def test_a_killed_child_comes_back(site, name):
    before = wait_until(lambda: child_of(site, name), BACK, f"{name} runs")
    orphans = before.children(recursive=True)

    before.kill()

    wait_until(lambda: is_another(site, name, before.pid), BACK, f"{name} comes back")
    psutil.wait_procs(orphans, timeout=10)
    assert [each for each in orphans if each.is_running()] == []
    wait_until(site.is_ready, BACK, "The site answers again")


def test_two_sites_run_side_by_side(site, passing_site):
    assert site.address != passing_site.address
    assert site.is_ready()
    assert passing_site.is_ready()

    passing_site.stop()

    assert site.is_ready()


def test_a_second_server_on_the_same_folder_is_refused(site):
    second = subprocess.run(
        [sys.executable, "script/supervise.py", "--no-setup"],
        cwd=ROOT,
        env=site.environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=BACK,
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
        timeout=BACK,
    )

    assert second.returncode == 1
    assert f"Port {site.port} is taken" in second.stdout


def child_of(site, name):
    try:
        return site.child(name)
    except (AssertionError, psutil.NoSuchProcess):
        return None


def is_another(site, name, pid):
    found = child_of(site, name)
    return found is not None and found.pid != pid
