"""Dockerfile and docker-compose.yml, read against settings and commands, as no image is built here."""

import re
import shlex
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands
from django.utils.module_loading import import_string

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = (ROOT / "ratings_site" / "settings.py").read_text(encoding="utf-8")
OURS = ("migrate", "web", "worker-control", "worker-compute", "scheduler")
NOT_OURS = {"APP_PASSWORD"}  # read by grant_application_role, not by the settings


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def dockerfile():
    return (ROOT / "Dockerfile").read_text(encoding="utf-8")


def command_of(service):
    command = service.get("command", [])
    return shlex.split(command) if isinstance(command, str) else list(command)


def test_the_services_are_web_workers_scheduler_and_what_they_stand_on(compose):
    assert set(compose["services"]) == {*OURS, "postgres", "redis"}
    assert compose["services"]["worker-compute"]["deploy"]["replicas"] >= 2


def test_no_process_of_ours_runs_as_root(compose, dockerfile):
    users = [line for line in dockerfile.splitlines() if line.startswith("USER ")]

    assert users == ["USER ratings"]
    assert {compose["services"][name]["user"] for name in OURS} == {"10001:10001"}


@pytest.mark.parametrize(
    "name", ["web", "worker-control", "worker-compute", "scheduler", "postgres", "redis"]
)
def test_every_lasting_service_says_how_to_see_that_it_is_well(compose, name):
    check = compose["services"][name]["healthcheck"]

    assert check["test"]
    assert check["retries"] >= 3


def test_every_variable_that_is_set_is_read_by_the_settings(compose):
    for name in OURS:
        for variable in compose["services"][name]["environment"]:
            assert variable in NOT_OURS or re.search(rf'"{variable}"', SETTINGS), variable


def test_every_variable_of_the_image_is_read(dockerfile):
    read_elsewhere = {
        "PATH",
        "PYTHONUNBUFFERED",
        "NUMBA_CACHE_DIR",
        "UV_PYTHON_DOWNLOADS",
        "UV_LINK_MODE",
    }
    named = set(
        re.findall(
            r"\b([A-Z][A-Z_]+)=",
            "\n".join(
                line
                for line in dockerfile.replace("\\\n", " ").splitlines()
                if line.startswith("ENV ")
            ),
        )
    )

    assert named - read_elsewhere == {"VAR_DIR", "MEDIA_ROOT", "STATIC_ROOT"}
    assert all(f'"{name}"' in SETTINGS for name in named - read_elsewhere)


def test_no_secret_has_a_default(compose):
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")

    for secret in ("SECRET_KEY", "APP_PASSWORD", "OWNER_PASSWORD", "REDIS_PASSWORD"):
        assert f"${{{secret}:?" in text, secret
        assert f"${{{secret}:-" not in text, secret
    assert "DEMO" not in text


def test_every_management_command_exists(compose):
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    named = re.findall(r"manage\.py\"?,? \"?([a-z_]+)", text)

    assert {"migrate", "grant_application_role", "check_jobs"} <= set(named)
    assert set(named) <= set(get_commands())


def test_every_queue_has_a_worker_and_every_worker_a_queue(compose):
    from ratings_site.jobs.models import Job  # noqa: PLC0415  after Django is set up

    served = {
        part.partition("=")[2]
        for service in compose["services"].values()
        for part in command_of(service)
        if part.startswith("--queues=")
    }

    assert served == set(Job.Queue.values)


def test_a_compute_worker_computes_one_run_at_a_time(compose):
    assert "--concurrency=1" in command_of(compose["services"]["worker-compute"])


def test_the_scheduler_is_ours(compose):
    command = command_of(compose["services"]["scheduler"])
    named = next(part for part in command if part.startswith("--scheduler=")).partition("=")[2]

    assert import_string(named.replace(":", ".")).__name__ == "SweepingScheduler"


def test_the_laptop_and_the_servers_run_the_same_workers(compose):
    """script/supervise.py and docker-compose.yml start the same commands."""
    supervisor = (ROOT / "script" / "supervise.py").read_text(encoding="utf-8")

    for name in ("worker-control", "worker-compute", "scheduler"):
        for option in command_of(compose["services"][name]):
            if option.startswith(("--queues", "--concurrency", "--without", "--scheduler")):
                assert option in supervisor, (name, option)


def test_redis_keeps_its_messages_and_asks_for_a_password(compose):
    command = " ".join(command_of(compose["services"]["redis"]))

    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert "--requirepass" in command


def test_every_volume_is_declared_and_what_must_last_lies_on_one(compose):
    mounted = {
        volume.partition(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
    }

    assert mounted == set(compose["volumes"]) == {"database", "messages", "media", "kernels"}


def test_the_image_is_built_from_the_lock_with_hashes(dockerfile):
    assert "--require-hashes" in dockerfile
    assert "requirements/base.lock" in dockerfile


def test_the_files_that_the_image_needs_are_not_left_out():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()

    assert not {
        "analytics",
        "deals",
        "servicers",
        "ratings_site",
        "templates",
        "static",
        "script",
        "locale",
        "requirements",
        "manage.py",
        "docs",
    } & set(ignored)
