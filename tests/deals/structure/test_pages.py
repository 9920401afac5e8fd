"""Pages of a deal: read, enter, edit, compare, export; each for those on the case only."""

import copy
import json

import pytest
from django.urls import reverse

from deals.structure.models import Deal
from deals.structure.services import create_deal, revise_deal
from ratings_site.people.models import Role
from tests.factories.structure import SMALLEST_DEAL_FILE, DealFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal(lead):
    return create_deal(copy.deepcopy(SMALLEST_DEAL_FILE), by=lead)


@pytest.fixture
def client(signed_in_as, lead):
    return signed_in_as(lead)


def form_of(response):
    """Return what a browser would send of the form of a deal."""
    form = response.context["form"]
    fields = {path: form[path].value() or "" for path in form.fields}
    return {**fields, "was": form.was, "based_on": response.context["based_on"], "note": ""}


PAGES = ("deals:deal", "deals:edit", "deals:edit-file", "deals:deal-file", "deals:versions")


@pytest.mark.parametrize("page", PAGES)
def test_pages_open_for_the_case_and_do_not_exist_for_others(
    client, signed_in_as, outsider, deal, page
):
    url = reverse(page, args=[deal.code])

    assert client.get(url).status_code == 200
    assert signed_in_as(outsider).get(url).status_code == 404
    assert client.delete(url).status_code == 405


def test_the_page_shows_the_preset_as_steps_in_words(client, deal):
    page = client.get(reverse("deals:deal", args=[deal.code])).content.decode()

    assert "Reimburse the costs of disposal" in page
    assert "Pay interest on Senior" in page
    assert "Repay principal of Senior until it is nil" in page
    assert "Pay all that is left to Junior" in page
    assert "default fees are assumed" in page
    assert "8,000.00" in page


def test_the_page_speaks_chinese(client, deal):
    client.cookies["django_language"] = "zh-hans"

    page = client.get(reverse("deals:deal", args=[deal.code])).content.decode()

    assert "测试项目" in page
    assert 'lang="zh-Hans"' in page


def test_the_file_comes_out_as_it_went_in(client, deal):
    response = client.get(reverse("deals:deal-file", args=[deal.code]))

    assert json.loads(response.content) == SMALLEST_DEAL_FILE
    assert response["Content-Disposition"] == 'attachment; filename="TEST-1.v1.json"'


def test_a_form_that_nobody_touched_changes_nothing(client, deal):
    url = reverse("deals:edit", args=[deal.code])

    response = client.post(url, form_of(client.get(url)))

    assert response.status_code == 422
    assert "Nothing has changed" in response.content.decode()
    assert deal.versions.count() == 1


def test_an_edit_by_the_form_is_the_next_version(client, deal):
    url = reverse("deals:edit", args=[deal.code])
    data = form_of(client.get(url))

    response = client.post(
        url,
        {
            **data,
            "notes[0].balance": "90,000,000.00",
            "notes[0].coupon.rate": "2.45%",
            "note": "Repriced",
        },
    )

    assert response.status_code == 302
    terms = deal.terms
    assert (terms.number, terms.note) == (2, "Repriced")
    assert terms.document["notes"][0]["balance"] == "90000000.00"
    assert terms.document["notes"][0]["coupon"] == {"kind": "fixed", "rate": "0.0245"}
    assert terms.document["pool"] == SMALLEST_DEAL_FILE["pool"]


def test_a_refusal_stands_beside_its_field_with_the_path(client, deal):
    url = reverse("deals:edit", args=[deal.code])
    data = form_of(client.get(url))

    response = client.post(url, {**data, "notes[0].balance": "eighty million"})

    assert response.status_code == 422
    errors = response.context["form"]["notes[0].balance"].errors
    assert errors[0].startswith("notes[0].balance: Expected money as a decimal string")
    assert 'value="eighty million"' in response.content.decode()


def test_a_refusal_of_a_whole_section_stands_in_the_section(client, deal):
    url = reverse("deals:edit", args=[deal.code])
    data = form_of(client.get(url))

    response = client.post(url, {**data, "notes[1].rank": "3"})

    assert "Ranks must run from 1 without a gap" in response.content.decode()


def test_an_edit_of_a_page_that_is_out_of_date_is_refused(client, lead, deal):
    url = reverse("deals:edit", args=[deal.code])
    data = form_of(client.get(url))
    revise_deal(deal, {**SMALLEST_DEAL_FILE, "scale": "intl"}, note="", by=lead)

    response = client.post(url, {**data, "notes[0].balance": "1.00"})

    assert response.status_code == 422
    assert "Version 2 was saved" in response.content.decode()


def test_another_kind_of_coupon_asks_for_its_own_fields(client, deal):
    url = reverse("deals:edit", args=[deal.code])
    data = form_of(client.get(url))

    response = client.post(url, {**data, "notes[0].coupon.kind": "floating", "act": "refresh"})

    fields = response.context["form"].fields
    assert "notes[0].coupon.index" in fields
    assert "notes[0].coupon.rate" not in fields
    assert deal.versions.count() == 1


def test_rows_move_come_and_go_without_saving(client, deal):
    url = reverse("deals:edit", args=[deal.code])
    data = form_of(client.get(url))

    down = client.post(url, {**data, "act": "down:notes[0]"})
    added = client.post(url, {**form_of(down), "act": "add:notes"})
    removed = client.post(url, {**form_of(added), "act": "remove:notes[0]"})

    names = [note.get("name") for note in down.context["form"].document["notes"]]
    assert names == ["Junior", "Senior"]
    assert down.context["form"].moved == "notes[1]"
    assert len(added.context["form"].document["notes"]) == 3
    assert [n.get("name") for n in removed.context["form"].document["notes"]] == ["Senior", None]
    assert deal.versions.count() == 1


def test_a_preset_is_written_out_and_its_steps_are_moved(client, deal):
    url = reverse("deals:edit", args=[deal.code])
    written = client.post(url, {**form_of(client.get(url)), "act": "write-out"})
    first = written.context["form"].document["waterfall"]["amortising"]

    moved = client.post(url, {**form_of(written), "act": "up:waterfall.amortising[1]"})
    response = client.post(url, form_of(moved))

    assert response.status_code == 302
    steps = deal.terms.document["waterfall"]["amortising"]
    assert steps[:2] == [first[1], first[0]]


def test_a_step_is_added_by_its_kind(client, deal):
    url = reverse("deals:edit", args=[deal.code])
    written = client.post(url, {**form_of(client.get(url)), "act": "write-out"})
    data = {**form_of(written), "new-step-amortising": "interest", "act": "add-step:amortising"}

    added = client.post(url, data)

    steps = added.context["form"].document["waterfall"]["amortising"]
    assert steps[-1] == {"step": "interest"}


def test_a_page_that_was_tampered_with_is_a_bad_request(client, deal):
    url = reverse("deals:edit", args=[deal.code])

    for was in ("{", "[]", '{"notes": 5, "pool": []}', '{"waterfall": "x"}'):
        assert client.post(url, {"was": was, "notes[0].name": "x"}).status_code in {400, 422}


def test_a_deal_is_entered_by_the_form(client, lead):
    url = reverse("deals:new")
    page = client.get(url)
    data = {
        **form_of(page),
        "code": "NEW-1",
        "names.en": "New deal",
        "dates.cutoff": "2023-12-31",
        "dates.closing": "2024-03-28",
        "dates.legal_final": "2028-12-26",
        "pool.claim": "1000000000",
        "pool.forecasts[0].source": "Agency",
        "pool.forecasts[0].amount": "140000000",
        "notes[0].name": "Senior",
        "notes[0].balance": "80000000",
        "notes[0].coupon.rate": "0.027",
        "notes[1].name": "Junior",
        "notes[1].balance": "20000000",
    }

    response = client.post(url, data)

    assert response.status_code == 302, response.context["form"].refusals
    assert Deal.objects.get(code="NEW-1").created_by == lead


def test_an_empty_form_names_what_is_missing(client):
    url = reverse("deals:new")

    response = client.post(url, form_of(client.get(url)))

    assert response.status_code == 422
    assert response.context["form"]["code"].errors == ["code: This key is missing."]


def test_a_deal_is_entered_and_revised_by_its_file(client):
    text = json.dumps(SMALLEST_DEAL_FILE)

    entered = client.post(reverse("deals:new-from-file"), {"text": text, "note": ""})
    revised = client.post(
        reverse("deals:edit-file", args=["TEST-1"]),
        {"text": text.replace('"cn"', '"intl"', 1), "note": "Scale", "based_on": "1"},
    )

    assert (entered.status_code, revised.status_code) == (302, 302)
    assert Deal.objects.get(code="TEST-1").scale == "intl"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "This is not JSON"),
        ('{"a": 1, "a": 2}', "stands twice"),
        ('{"a": NaN}', "is not a number that JSON knows"),
        ("[1]", "one JSON object"),
        ('{"format": "npl-deal/2"}', "format: Expected"),
    ],
)
def test_a_file_that_is_no_deal_file_says_why(client, text, words):
    response = client.post(reverse("deals:new-from-file"), {"text": text})

    assert response.status_code == 422
    assert words in response.content.decode()


def test_versions_show_what_changed(client, lead, deal):
    changed = copy.deepcopy(SMALLEST_DEAL_FILE)
    changed["notes"][0]["balance"] = "85000000.00"
    revise_deal(deal, changed, note="Upsized", by=lead)

    page = client.get(reverse("deals:version", args=[deal.code, 2]))

    assert [(c.path, c.before, c.after) for c in page.context["changes"]] == [
        ("notes[Senior].balance", "80000000.00", "85000000.00")
    ]
    assert (
        "Superseded" in client.get(reverse("deals:version", args=[deal.code, 1])).content.decode()
    )
    assert client.get(reverse("deals:version", args=[deal.code, 3])).status_code == 404


def test_a_deal_in_committee_is_read_and_not_edited(client, lead):
    deal = DealFactory(status=Deal.Status.COMMITTEE, on_case=[(lead, Role.LEAD)])

    assert client.get(reverse("deals:deal", args=[deal.code])).status_code == 200
    assert client.get(reverse("deals:edit", args=[deal.code])).status_code == 403


def test_members_read_and_do_not_edit(signed_in_as, member):
    deal = DealFactory(on_case=[(member, Role.MEMBER)])
    client = signed_in_as(member)

    assert client.get(reverse("deals:deal", args=[deal.code])).status_code == 200
    assert client.get(reverse("deals:edit", args=[deal.code])).status_code == 404
    assert client.get(reverse("deals:new")).status_code == 404


def test_analysis_begins_from_the_page(client, deal):
    client.post(reverse("deals:begin-analysis", args=[deal.code]))

    deal.refresh_from_db()
    assert deal.status == Deal.Status.ANALYSIS


def test_a_lead_puts_people_on_the_case_and_takes_them_off(client, deal, member):
    added = client.post(
        reverse("deals:assign", args=[deal.code]), {"person": member.username, "part": Role.MEMBER}
    )
    refused = client.post(
        reverse("deals:assign", args=[deal.code]), {"person": member.username, "part": Role.CHAIR}
    )
    client.post(reverse("deals:release", args=[deal.code, member.username]))

    assert (added.status_code, refused.status_code) == (302, 422)
    assert not deal.people.filter(user=member).exists()


def test_a_deal_page_takes_few_queries(client, deal, django_assert_max_num_queries):
    with django_assert_max_num_queries(25):
        client.get(reverse("deals:deal", args=[deal.code]))
