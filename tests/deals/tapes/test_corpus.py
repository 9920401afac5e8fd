"""Every odd and hostile kind of file gets its verdict, with a reason in both languages."""

import datetime as dt

import pytest

from deals.tapes.engine.check import Request, check_file
from deals.tapes.files.kinds import clean_name
from deals.tapes.files.limits import WEB
from tests.deals.tapes.corpus import R, cases

CUTOFF = dt.date(2024, 6, 30)
CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_odd_file_gets_its_verdict(case, tmp_path):
    path, parquet = tmp_path / "file", tmp_path / "tape.parquet"
    path.write_bytes(case.data)

    report = check_file(
        Request(path, clean_name(case.upload_as), WEB, cutoff=CUTOFF, parquet=parquet)
    )

    assert report["verdict"] in case.verdicts, report["message"]
    rules = {kind["rule"] for kind in report["kinds"]}
    assert not case.rule or case.rule in rules, report["message"]
    assert "cannot_be_read" not in rules
    if case.total is not None:
        assert report["sum_unpaid_principal"] == case.total
    if case.http is not None:
        assert report["http"] == case.http
    if report["verdict"] == R:
        assert not parquet.exists()
        assert report["problem_count"] > 0
        assert all(kind["title"]["zh"] and kind["remedy"]["en"] for kind in report["kinds"])
    else:
        assert parquet.exists()
