"""Deals are entered and revised by whole versions of the deal file."""

import copy

import pytest
from django.db import DatabaseError, transaction

from analytics.errors import StructureError
from deals.structure.models import Deal
from deals.structure.services import (
    DealError,
    StaleTermsError,
    assign_person,
    begin_analysis,
    create_deal,
    release_person,
    revise_deal,
)
from ratings_site.audit.models import AuditEvent
from ratings_site.people.models import Role
from tests.factories.structure import SMALLEST_DEAL_FILE, DealFactory

pytestmark = pytest.mark.django_db


def document(**changes):
    return {**copy.deepcopy(SMALLEST_DEAL_FILE), **changes}


def test_a_deal_keeps_its_file_as_it_was_given(analyst):
    given = document(parties=[{"role": "originator", "institution": "某银行"}])

    deal = create_deal(given, by=analyst)

    assert deal.terms.document == given
    assert deal.terms.number == 1
    assert (deal.originator, deal.asset_class, deal.claim) == ("某银行", "card", 1_000_000_000)
    assert deal.base_forecast == 140_000_000
    assert deal.status == Deal.Status.DRAFT


def test_note_classes_follow_the_terms(analyst):
    deal = create_deal(document(), by=analyst)

    senior, junior = deal.notes.all()

    assert (senior.name, senior.rank, senior.coupon_text, senior.is_rated) == (
        "Senior",
        1,
        "2.70%",
        True,
    )
    assert (junior.name, junior.is_rated) == ("Junior", False)


def test_the_hash_does_not_depend_on_the_order_of_keys(analyst):
    backwards = dict(reversed(list(document().items())))

    one = create_deal(document(), by=analyst)
    other = create_deal(document(code="OTHER"), by=analyst)
    again = revise_deal(other, document(code="OTHER", scale="intl"), note="", by=analyst)

    with pytest.raises(DealError, match="Nothing has changed"):
        revise_deal(one, backwards, note="", by=analyst)
    assert again.sha256 != other.versions.get(number=1).sha256


def test_the_creator_is_on_the_case_and_the_trail_says_so(lead, outsider):
    deal = create_deal(document(), by=lead)

    assert deal.people.get().part == Role.LEAD
    assert list(Deal.objects.visible_to(lead)) == [deal]
    assert not Deal.objects.visible_to(outsider).exists()
    assert AuditEvent.objects.get(action="deal.created").deal_code == deal.code


def test_a_refusal_names_the_json_path_and_saves_nothing(analyst):
    faulty = document()
    faulty["notes"][0]["coupon"]["rate"] = "two per cent"

    with pytest.raises(StructureError) as refusal:
        create_deal(faulty, by=analyst)

    assert refusal.value.path == "notes[0].coupon.rate"
    assert not Deal.objects.exists()


@pytest.mark.parametrize("code", ["new", "a/b", "", "x" * 65, "deal one"])
def test_a_code_that_makes_no_address_is_refused(analyst, code):
    with pytest.raises(StructureError) as refusal:
        create_deal(document(code=code), by=analyst)

    assert refusal.value.path == "code"


def test_a_code_is_taken_once_whatever_its_case(analyst, outsider):
    create_deal(document(), by=analyst)

    with pytest.raises(StructureError, match="taken"):
        create_deal(document(code="test-1"), by=outsider)


@pytest.mark.parametrize(
    ("path", "value"),
    [("notes[0].balance", "1" + "0" * 30), ("pool.claim", "9" * 25), ("notes[0].rank", 100)],
)
def test_figures_that_no_column_holds_are_refused_by_path(analyst, path, value):
    faulty = document()
    if path.endswith("balance"):
        faulty["notes"][0]["balance"] = value
    elif path.endswith("rank"):
        faulty["notes"] = [{**note, "rank": k + 1} for k, note in enumerate(faulty["notes"])]
        faulty["notes"] = [
            {**faulty["notes"][0], "name": f"N{k}", "rank": k} for k in range(1, value + 1)
        ]
        path = "notes[99].rank"
    else:
        faulty["pool"]["claim"] = value

    with pytest.raises(StructureError) as refusal:
        create_deal(faulty, by=analyst)

    assert refusal.value.path == path


def test_text_that_a_database_cannot_keep_is_refused(analyst):
    with pytest.raises(StructureError, match="NUL"):
        create_deal(document(names={"en": "a\x00b"}), by=analyst)


def test_a_revision_is_the_next_version_and_the_last_one_stays(analyst):
    deal = create_deal(document(), by=analyst)
    changed = document()
    changed["notes"][0]["balance"] = "90000000.00"

    revise_deal(deal, changed, note="Senior upsized", by=analyst, based_on=1)

    assert [version.number for version in deal.versions.all()] == [2, 1]
    assert deal.versions.get(number=1).document == document()
    assert deal.notes.get(name="Senior").balance == 90_000_000


def test_a_renamed_note_takes_the_place_of_the_old_one(analyst):
    deal = create_deal(document(), by=analyst)
    changed = document()
    changed["notes"][1]["name"] = "Equity"

    revise_deal(deal, changed, note="", by=analyst)

    assert [note.name for note in deal.notes.all()] == ["Senior", "Equity"]


def test_an_edit_of_an_older_version_is_refused(analyst):
    deal = create_deal(document(), by=analyst)
    revise_deal(deal, document(scale="intl"), note="", by=analyst, based_on=1)

    with pytest.raises(StaleTermsError, match="Version 2 was saved"):
        revise_deal(deal, document(currency="USD"), note="", by=analyst, based_on=1)

    assert deal.versions.count() == 2


def test_terms_of_a_deal_in_committee_are_closed(analyst):
    deal = DealFactory(status=Deal.Status.COMMITTEE)

    with pytest.raises(DealError, match="closed"):
        revise_deal(deal, document(code=deal.code, scale="intl"), note="", by=analyst)


def test_the_code_of_a_deal_does_not_change(analyst):
    deal = create_deal(document(), by=analyst)

    with pytest.raises(StructureError, match="does not change"):
        revise_deal(deal, document(code="ANOTHER"), note="", by=analyst)


def test_the_database_refuses_to_change_a_saved_version(analyst):
    deal = create_deal(document(), by=analyst)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        deal.versions.update(note="rewritten")


def test_analysis_begins_once(analyst):
    deal = create_deal(document(), by=analyst)

    assert begin_analysis(deal, by=analyst).status == Deal.Status.ANALYSIS
    with pytest.raises(DealError, match="past its draft"):
        begin_analysis(deal, by=analyst)


def test_a_person_joins_a_case_in_a_part_that_she_holds(lead, member):
    deal = create_deal(document(), by=lead)

    with pytest.raises(DealError, match="does not hold"):
        assign_person(deal, member, Role.CHAIR, by=lead)
    assign_person(deal, member, Role.MEMBER, by=lead)

    assert Deal.objects.visible_to(member).exists()
    with pytest.raises(DealError, match="already"):
        assign_person(deal, member, Role.MEMBER, by=lead)


def test_a_case_keeps_its_last_author(lead, member):
    deal = create_deal(document(), by=lead)
    assign_person(deal, member, Role.MEMBER, by=lead)

    with pytest.raises(DealError, match="at least one person"):
        release_person(deal, lead, by=lead)
    release_person(deal, member, by=lead)

    assert not Deal.objects.visible_to(member).exists()


def test_a_recusal_stays_on_the_case(lead, member):
    deal = create_deal(document(), by=lead)
    person = assign_person(deal, member, Role.MEMBER, by=lead)
    person.is_recused = True
    person.save()

    with pytest.raises(DealError, match="recused"):
        release_person(deal, member, by=lead)
