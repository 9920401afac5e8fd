"""`manage.py waterfall` distributes given cash without web and without a database."""

import json

import pytest
from django.core.management import CommandError, call_command

from tests.analytics.runs import published


@pytest.fixture
def deal_file(tmp_path):
    file = tmp_path / "deal.json"
    file.write_text(json.dumps(published()), encoding="utf-8")
    return file


def collections(tmp_path, text):
    file = tmp_path / "cash.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_last_line_holds_all_flows(deal_file, tmp_path, capsys):
    cash = collections(tmp_path, "date,amount\n2021-08-15,300000000\n2021-11-15,100000000.50\n")

    call_command("waterfall", str(deal_file), collections=cash, json=True)

    flows = json.loads(capsys.readouterr().out.splitlines()[-1])
    senior, junior = flows["notes"].values()
    assert {"notes", "fees", "accounts", "residual"} == set(flows)
    assert len(senior) == len(junior) == len(flows["residual"])
    assert senior[-1][1] == 0.0
    paid = (
        sum(row[2] + row[3] for row in [*senior, *junior])
        + sum(row[2] for rows in flows["fees"].values() for row in rows)
        + sum(row[1] for row in flows["residual"])
    )
    left = sum(rows[-1][1] for rows in flows["accounts"].values())
    assert paid + left == pytest.approx(400_000_000.50, abs=0.05)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("day,amount\n2021-08-15,1\n", "need the columns date and amount"),
        ("date,amount\n15.08.2021,1\n", "Line 2 of the collections"),
        ("date,amount\n2021-08-15,much\n", "Line 2 of the collections"),
        ("date,amount\n2021-08-15,NaN\n", "no finite amount"),
        ("date,amount\n2020-08-15,1\n", "before the cut-off date"),
    ],
)
def test_cash_that_cannot_be_read_is_refused_by_its_line(deal_file, tmp_path, text, message):
    with pytest.raises(CommandError, match=message):
        call_command("waterfall", str(deal_file), collections=collections(tmp_path, text))


def test_a_missing_file_is_refused(deal_file, tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("waterfall", str(deal_file), collections=tmp_path / "none.csv")
