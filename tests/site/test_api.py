"""The API: the same services and the same permissions as the pages."""

import base64
import copy
import io

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from knox.models import AuthToken

from deals.structure.models import Deal
from deals.structure.services import create_deal
from ratings_site.jobs import tasks
from ratings_site.people.models import Role
from tests.factories.runs import done_run, queued_run
from tests.factories.structure import SMALLEST_DEAL_FILE, DealFactory

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def with_token():
    """Return a client that carries a token of the given person."""

    def carry(user):
        _instance, token = AuthToken.objects.create(user)
        return Client(headers={"authorization": f"Token {token}"})

    return carry


@pytest.fixture
def api(with_token, lead):
    return with_token(lead)


@pytest.fixture
def deal(lead):
    return create_deal(copy.deepcopy(SMALLEST_DEAL_FILE), by=lead)


def document(**changes):
    return {**copy.deepcopy(SMALLEST_DEAL_FILE), **changes}


def test_the_schema_is_clean():
    out = io.StringIO()

    call_command("spectacular", validate=True, fail_on_warn=True, stdout=out)

    schema = yaml.safe_load(out.getvalue())
    assert "/api/v1/deals/{code}/runs/" in schema["paths"]


def test_strangers_are_asked_for_a_token():
    response = Client().get("/api/v1/deals/")

    assert response.status_code == 401


def test_a_name_and_password_buy_a_token(lead):
    lead.set_password("correct horse battery")
    lead.save()
    basic = Client(headers={"authorization": basic_of(lead.username, "correct horse battery")})

    answer = basic.post("/api/v1/auth/token/").json()
    listed = Client(headers={"authorization": f"Token {answer['token']}"}).get("/api/v1/deals/")

    assert listed.status_code == 200
    wrong = Client(headers={"authorization": basic_of(lead.username, "wrong")})
    assert wrong.post("/api/v1/auth/token/").status_code == 401


def basic_of(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def test_deals_are_entered_read_and_exported(api, lead):
    created = api.post("/api/v1/deals/", {"document": document(), "note": "From the book"}, JSON)

    read = api.get("/api/v1/deals/TEST-1/").json()
    assert created.status_code == 201
    assert created.json() == read
    assert read["claim"] == "1000000000.00"
    assert read["notes"][0]["balance"] == "80000000.00"
    assert read["terms"]["number"] == 1
    assert api.get("/api/v1/deals/TEST-1/deal-file/").json() == SMALLEST_DEAL_FILE
    assert [each["code"] for each in api.get("/api/v1/deals/").json()["results"]] == ["TEST-1"]


def test_a_refusal_names_the_json_path(api):
    faulty = document()
    faulty["notes"][0]["balance"] = 80

    response = api.post("/api/v1/deals/", {"document": faulty}, JSON)

    (error,) = response.json()["errors"]
    assert response.status_code == 400
    assert error["attr"] == "document.notes[0].balance"
    assert "Expected money as a decimal string" in error["detail"]
    assert not Deal.objects.exists()


def test_a_revision_is_the_next_version_or_a_conflict(api, deal):
    url = f"/api/v1/deals/{deal.code}/terms/"
    changed = document(scale="intl")

    saved = api.post(url, {"document": changed, "note": "Scale", "based_on": 1}, JSON)
    stale = api.post(url, {"document": document(), "based_on": 1}, JSON)
    same = api.post(url, {"document": changed}, JSON)

    assert (saved.status_code, saved.json()["number"]) == (201, 2)
    assert (stale.status_code, same.status_code) == (409, 409)
    assert [each["number"] for each in api.get(url).json()] == [2, 1]
    old = api.get(f"/api/v1/deals/{deal.code}/deal-file/", {"version": "1"})
    assert old.json() == SMALLEST_DEAL_FILE


@pytest.mark.parametrize("path", ["", "terms/", "deal-file/", "runs/", "tapes/"])
def test_deals_of_others_do_not_exist(with_token, outsider, deal, path):
    assert with_token(outsider).get(f"/api/v1/deals/{deal.code}/{path}").status_code == 404


def test_members_read_and_do_not_write(with_token, member):
    deal = DealFactory(on_case=[(member, Role.MEMBER)])
    client = with_token(member)

    assert client.get(f"/api/v1/deals/{deal.code}/").status_code == 200
    terms = client.post(f"/api/v1/deals/{deal.code}/terms/", {"document": {}}, JSON)
    run = client.post(f"/api/v1/deals/{deal.code}/runs/", {}, JSON)
    create = client.post("/api/v1/deals/", {"document": document()}, JSON)
    assert [terms.status_code, run.status_code, create.status_code] == [404, 404, 404]


def test_a_run_is_asked_for_watched_and_read(api, deal, lead):
    asked = api.post(f"/api/v1/deals/{deal.code}/runs/", {"paths": 64}, JSON)
    run = asked.json()
    early = api.get(f"/api/v1/runs/{run['id']}/result/")
    tasks.perform(str(deal.runs.get().job_id))

    done = api.get(f"/api/v1/runs/{run['id']}/").json()
    result = api.get(f"/api/v1/runs/{run['id']}/result/").json()
    assert (asked.status_code, run["status"], early.status_code) == (202, "queued", 409)
    assert (done["status"], done["paths"]) == ("done", 64)
    assert done["done_units"] == done["total_units"]
    assert [note["name"] for note in result["notes"]] == ["Senior", "Junior"]
    assert result["outputs_sha256"] == done["result_sha256"]


def test_a_queued_run_is_stopped_and_a_finished_one_is_not(api, lead, deal):
    queued = queued_run(deal, lead)

    stopped = api.post(f"/api/v1/runs/{queued.pk}/cancel/")
    finished = api.post(f"/api/v1/runs/{done_run(deal, lead).pk}/cancel/")

    assert (stopped.status_code, stopped.json()["status"]) == (200, "cancelled")
    assert finished.status_code == 409


@pytest.mark.parametrize(
    "asked",
    [
        {"paths": 0},
        {"paths": "many"},
        {"paths": 10**12},
        {"seed": -1, "note": "x"},
        {"seed": 5},
        {"assumptions": {"no.such": 1}, "note": "x"},
        {"tape": "00000000-0000-0000-0000-000000000000"},
        {"tape": "x"},
    ],
)
def test_a_run_that_cannot_be_is_refused(api, deal, asked):
    response = api.post(f"/api/v1/deals/{deal.code}/runs/", asked, JSON)

    assert response.status_code == 400
    assert response.json()["errors"]
    assert not deal.runs.exists()


def test_runs_of_others_do_not_exist(with_token, outsider, deal, lead):
    run = queued_run(deal, lead)
    client = with_token(outsider)

    for path in ("", "result/"):
        assert client.get(f"/api/v1/runs/{run.pk}/{path}").status_code == 404
    assert client.post(f"/api/v1/runs/{run.pk}/cancel/").status_code == 404


def test_the_api_can_be_browsed_without_the_net(client):
    page = client.get(reverse("api:docs"))

    text = page.content.decode()
    assert page.status_code == 200
    assert "http://" not in text.replace("http://testserver", "")
    assert "https://" not in text
    assert "script-src" not in page["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in page["Content-Security-Policy"]
    assert "<script>" not in text


def test_a_token_ends_with_its_logout(api):
    assert api.post("/api/v1/auth/logout/").status_code == 204
    assert api.get("/api/v1/deals/").status_code == 401
