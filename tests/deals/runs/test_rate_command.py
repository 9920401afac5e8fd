"""`manage.py rate` works without web and without a database."""

import json

import pytest
from django.core.management import CommandError, call_command

from analytics.criteria import load_criteria
from analytics.published_deals import deal_document_from_row, published_deals
from analytics.result_schema import result_schema
from tests.analytics.runs import card_frame, tape_document


@pytest.fixture
def deal_file(tmp_path):
    file = tmp_path / "deal.json"
    row = next(row for row in published_deals() if row["code"] == "21GYZC04")
    file.write_text(json.dumps(deal_document_from_row(row)), encoding="utf-8")
    return file


def rated(capsys, *arguments, **options):
    call_command("rate", *map(str, arguments), **options)
    return capsys.readouterr().out


def test_the_last_line_is_the_result_document(deal_file, capsys):
    out = rated(capsys, deal_file, "--paths", 300, "--json")

    result = json.loads(out.splitlines()[-1])
    assert set(result_schema()["required"]) <= set(result)
    assert (result["paths"], result["threads"], result["seed_source"]) == (300, 1, "pool")
    assert len(result["lock_sha256"]) == 64
    assert result["notes"][0]["implied"] == "AAA"
    assert "优先档: AAA" in out


def test_seed_and_threads_are_taken(deal_file, capsys):
    out = rated(capsys, deal_file, "--paths", 300, "--seed", 9, "--threads", 2, "--json")

    result = json.loads(out.splitlines()[-1])
    assert (result["seed"], result["seed_source"], result["threads"]) == (9, "given", 2)


def test_without_json_only_words_are_printed(deal_file, capsys):
    out = rated(capsys, deal_file, "--paths", 300)

    assert "warning: The deal states no fees" in out
    assert "{" not in out


def test_criteria_of_ones_own_are_used(deal_file, tmp_path, capsys):
    harder = load_criteria().with_values({"recovery.debias.unsecured": 0.5}, source="Test")
    file = tmp_path / "criteria.json"
    file.write_text(json.dumps(harder.document()), encoding="utf-8")

    out = rated(capsys, deal_file, "--paths", 300, "--criteria", file, "--json")

    result = json.loads(out.splitlines()[-1])
    assert result["criteria_sha256"] == harder.sha256
    assert result["notes"][0]["implied"] != "AAA"


def test_a_canonical_tape_is_read_as_it_is(tmp_path, capsys):
    deal, tape = tmp_path / "deal.json", tmp_path / "tape.parquet"
    deal.write_text(json.dumps(tape_document()), encoding="utf-8")
    card_frame(20).write_parquet(tape)

    out = rated(capsys, deal, "--tape", tape, "--paths", 300, "--json")

    assert json.loads(out.splitlines()[-1])["pool"]["loans"] == 20


@pytest.mark.parametrize(
    ("content", "message"),
    [("{", "cannot be read as JSON"), ("[]", "one JSON object"), ("{}", "format: Expected")],
)
def test_a_deal_file_that_cannot_be_used_is_refused(tmp_path, content, message):
    file = tmp_path / "deal.json"
    file.write_text(content, encoding="utf-8")

    with pytest.raises(CommandError, match=message):
        call_command("rate", str(file))


def test_a_tape_pool_without_a_tape_is_refused(tmp_path):
    file = tmp_path / "deal.json"
    file.write_text(json.dumps(tape_document()), encoding="utf-8")

    with pytest.raises(CommandError, match="no tape was given"):
        call_command("rate", str(file))


def test_a_tape_that_is_not_there_is_refused(deal_file, tmp_path):
    with pytest.raises(CommandError, match="There is no file"):
        call_command("rate", str(deal_file), tape=tmp_path / "none.csv")


def test_a_rate_of_exchange_reads_code_and_number(deal_file):
    with pytest.raises(CommandError, match="CODE=NUMBER"):
        call_command("rate", str(deal_file), "--rate", "dollars")
