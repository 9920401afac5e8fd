"""Deal files come in and go out by command, exactly."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from deals.structure.models import Deal
from tests.factories.structure import SMALLEST_DEAL_FILE

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "deal.json"
    path.write_text(json.dumps(SMALLEST_DEAL_FILE), encoding="utf-8")
    return path


def run(*args):
    out = io.StringIO()
    call_command(*map(str, args), stdout=out)
    return out.getvalue()


def test_a_deal_comes_in_is_revised_and_goes_out(lead, file, tmp_path):
    assert run("import_deal", file, "--by", lead.username) == "TEST-1: version 1 saved.\n"
    file.write_text(json.dumps({**SMALLEST_DEAL_FILE, "scale": "intl"}), encoding="utf-8")
    assert run("import_deal", file, "--by", lead.username) == "TEST-1: version 2 saved.\n"

    run("export_deal", "TEST-1", tmp_path / "out.json")
    first = run("export_deal", "TEST-1", "--version-number", 1)

    assert json.loads((tmp_path / "out.json").read_text())["scale"] == "intl"
    assert json.loads(first) == SMALLEST_DEAL_FILE


def test_a_faulty_file_says_its_path_and_enters_nothing(lead, file):
    file.write_text(json.dumps({**SMALLEST_DEAL_FILE, "colour": "red"}), encoding="utf-8")

    with pytest.raises(CommandError, match="colour: Unknown key"):
        run("import_deal", file, "--by", lead.username)

    assert not Deal.objects.exists()


def test_somebody_answers_for_an_import(file):
    with pytest.raises(CommandError, match="no active person"):
        run("import_deal", file, "--by", "nobody")


def test_what_does_not_exist_is_not_exported():
    with pytest.raises(CommandError, match="no deal"):
        run("export_deal", "NO-1")
