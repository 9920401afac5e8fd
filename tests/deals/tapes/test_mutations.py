"""Valid files with parts altered: always a verdict, never an exception. The long run is in the soak."""

import datetime
import io
import os
import tempfile
import zipfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deals.tapes.engine.check import Request, check_file
from deals.tapes.files.limits import WEB
from tests.deals.tapes.corpus import collateral, secured, sheet_of, text

CSV = text(secured([collateral(n) for n in range(4)])).encode()
XLSX = sheet_of(secured([collateral(n) for n in range(4)]))
VERDICTS = {"accept", "accept with warnings", "reject with clear error"}
RUNS_CSV = int(os.environ.get("MUTATIONS_CSV", "60"))
RUNS_XLSX = int(os.environ.get("MUTATIONS_XLSX", "20"))
mutation = st.tuples(
    st.integers(0, 10**6),
    st.sampled_from(["flip", "drop", "double", "insert", "swap"]),
    st.binary(min_size=1, max_size=6)
    | st.sampled_from([b'"', b",", b"\n", b"\x00", "万".encode(), b"1e9", b"-", b"\r", b"\xff"]),
)


def mutated(data: bytes, changes) -> bytes:
    for place, act, extra in changes:
        at = place % max(len(data), 1)
        if act == "flip":
            data = data[:at] + bytes([data[at] ^ extra[0]]) + data[at + 1 :] if data else extra
        elif act == "drop":
            data = data[:at] + data[at + len(extra) :]
        elif act == "double":
            data = data[:at] + data[max(0, at - 40) : at] + data[at:]
        elif act == "insert":
            data = data[:at] + extra + data[at:]
        else:
            half = len(data) // 2
            data = data[:at] + data[half : half + 9] + data[at + 9 :]
    return data


def verdict_of(data: bytes, name: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        report = check_file(Request(path, name, WEB, cutoff=datetime.date(2024, 6, 30)))
    assert "cannot_be_read" not in {kind["rule"] for kind in report["kinds"]}
    return report["verdict"]


@settings(max_examples=RUNS_CSV, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(mutation, min_size=1, max_size=4))
def test_a_mutated_csv_gets_a_verdict(changes):
    assert verdict_of(mutated(CSV, changes), "tape.csv") in VERDICTS


@settings(max_examples=RUNS_XLSX, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(mutation, min_size=1, max_size=3))
def test_a_mutated_workbook_gets_a_verdict(changes):
    assert verdict_of(mutated(XLSX, changes), "tape.xlsx") in VERDICTS


@settings(max_examples=RUNS_XLSX, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(
        ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"]
    ),
    st.lists(mutation, min_size=1, max_size=3),
)
def test_a_workbook_with_a_mutated_part_gets_a_verdict(part, changes):
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(XLSX)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for info in old.infolist():
            content = old.read(info)
            new.writestr(
                info.filename, mutated(content, changes) if info.filename == part else content
            )

    assert verdict_of(out.getvalue(), "tape.xlsx") in VERDICTS
