"""The commands `backtest` and `validate`: one JSON document on the last line."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

HEADER = "default_date,closing_date,exposure,recovered\n"


def written(path, rates):
    rows = [
        f"2018-01-01,{2018 + i % 5}-06-30,{1000 + i},{(1000 + i) * rate:.2f}"
        for i, rate in enumerate(rates)
    ]
    path.write_text(HEADER + "\n".join(rows) + "\n")
    return str(path)


def last_line(*arguments):
    out = io.StringIO()
    call_command(*arguments, "--json", stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


def test_backtest_prints_its_document(tmp_path):
    fit = written(tmp_path / "fit.csv", [0.1, 0.2, 0.3, 0.0] * 10)
    test = written(tmp_path / "test.csv", [0.1, 0.3, 0.2, 0.05] * 10)

    by_quarter = last_line("backtest", fit, test)
    of_ten = last_line("backtest", fit, test, "--pools-of", "10", "--history", "long")

    assert set(of_ten) == {
        "fit",
        "pools",
        "coverage_90",
        "pit_mean",
        "mean_error",
        "loan_coverage_90",
    }
    assert of_ten["pools"] == 4
    assert of_ten["fit"]["floor"] == 0.12
    assert of_ten["fit"]["cases"] == 40
    assert by_quarter["pools"] == 5


def test_backtest_names_the_faulty_row(tmp_path):
    fit = written(tmp_path / "fit.csv", [0.1, 0.2])
    broken = tmp_path / "broken.csv"
    broken.write_text(HEADER + "2018-01-01,2019-01-01,0,0\n")

    with pytest.raises(CommandError, match="row 2: exposure must be above zero"):
        call_command("backtest", fit, str(broken))


def test_validate_prints_every_target_and_back_tests_on_real_cases():
    targets = last_line("validate")["targets"]

    assert {"name", "kind", "expected", "found", "passed", "note"} == set(targets[0])
    assert {target["kind"] for target in targets} == {"exact", "validation"}
    assert [target["name"] for target in targets if not target["passed"]] == []
