"""The limited child: it answers, it is stopped at its limits, and it cannot reach the network."""

import datetime
import json
import subprocess
import sys
from dataclasses import replace

import pytest

from deals.tapes.engine.check import Request
from deals.tapes.engine.door import check_in_child
from deals.tapes.files.child import ROOT, ChildStopped, run_limited
from deals.tapes.files.limits import MB, WEB
from deals.tapes.files.refusal import FileRefused
from tests.deals.tapes.corpus import TOTAL, table, text

HERE = "tests.deals.tapes.childwork"


@pytest.fixture
def plain(tmp_path):
    path = tmp_path / "tape.csv"
    path.write_text(text(table()), "utf-8")
    return path


@pytest.mark.slow
def test_a_check_in_the_child_gives_the_report_and_its_progress(plain, tmp_path):
    heard = []
    request = Request(
        plain, "tape.csv", WEB, cutoff=datetime.date(2024, 6, 30), parquet=tmp_path / "t.parquet"
    )

    report = check_in_child(request, lambda share, step: heard.append((share, step)))

    assert report["verdict"] == "accept"
    assert report["sum_unpaid_principal"] == TOTAL
    assert (tmp_path / "t.parquet").exists()
    assert [step for _, step in heard] == ["reading", "checking", "keeping"]


@pytest.mark.slow
def test_a_child_that_takes_too_much_memory_is_refused():
    with pytest.raises(FileRefused) as refused:
        run_limited(f"{HERE}:eat_memory", {}, replace(WEB, memory_bytes=200 * MB))

    assert refused.value.rule == "too_much_memory"


@pytest.mark.slow
def test_a_child_that_never_ends_is_refused():
    with pytest.raises(FileRefused) as refused:
        run_limited(f"{HERE}:spin", {}, replace(WEB, cpu_seconds=2))

    assert refused.value.rule == "too_much_time"


@pytest.mark.slow
def test_a_child_that_sleeps_is_refused_by_the_wall_clock():
    with pytest.raises(FileRefused) as refused:
        run_limited(f"{HERE}:sleep", {}, replace(WEB, wall_seconds=2))

    assert refused.value.rule == "too_much_time"


@pytest.mark.slow
def test_a_child_that_fails_is_a_refusal_and_not_a_traceback():
    with pytest.raises(FileRefused) as refused:
        run_limited(f"{HERE}:fail", {}, WEB)

    assert refused.value.rule == "cannot_be_read"
    assert refused.value.params["found"] == "ZeroDivisionError"


@pytest.mark.slow
def test_the_child_reaches_neither_network_nor_programs_nor_the_parents_secrets(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "not for the child")

    found = run_limited(f"{HERE}:reach_out", {}, WEB)

    assert found == {"socket": "refused", "program": "refused", "secret": None}


@pytest.mark.slow
def test_a_cancelled_check_ends_its_child():
    with pytest.raises(ChildStopped):
        run_limited(f"{HERE}:sleep", {}, WEB, is_cancelled=lambda: True)


@pytest.mark.slow
def test_the_command_prints_one_json_object_as_its_last_line(plain):
    command = [
        sys.executable,
        "manage.py",
        "check_tape",
        str(plain),
        "--cutoff",
        "2024-06-30",
        "--json",
    ]

    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    last = json.loads(printed.splitlines()[-1])

    assert last["verdict"] == "accept"
    assert last["http"] == 200
    assert last["rows"] == 4
    assert last["sum_unpaid_principal"] == TOTAL
    assert last["first_loan_id"] == "L0001"
    assert last["first_default_date"] == "2023-03-31"
    assert last["first_borrower_name"] == "张伟"
    assert last["problems"] == []


@pytest.mark.slow
def test_the_command_judges_by_the_name_as_sent(plain):
    command = [
        sys.executable,
        "manage.py",
        "check_tape",
        str(plain),
        "--upload-as",
        "a.csv.exe",
        "--json",
    ]

    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    last = json.loads(printed.splitlines()[-1])

    assert last["http"] == 415
    assert last["verdict"] == "reject with clear error"
    assert ".xlsx" in last["message"]
