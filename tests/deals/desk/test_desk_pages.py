"""The list of deals, what waits, and what is found: only what the reader may know of."""

import io
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse

from deals.desk.selectors.deal_list import Filters, filtered, totals, visible_deals
from deals.desk.selectors.waiting import dates_ahead, duties
from deals.structure.models import Deal
from deals.structure.services import create_deal
from ratings_site.people.models import Role
from tests.factories.servicers import ServicerFactory, drafted
from tests.factories.structure import SMALLEST_DEAL_FILE, DealFactory

pytestmark = pytest.mark.django_db


def entered(by, code, **changes):
    return create_deal({**SMALLEST_DEAL_FILE, "code": code, **changes}, by=by)


@pytest.fixture
def client(signed_in_as, lead):
    return signed_in_as(lead)


def test_the_list_shows_own_deals_with_their_figures(client, lead, outsider):
    entered(lead, "MINE-1")
    entered(outsider, "OTHERS-1")

    page = client.get(reverse("deals:list"))

    text = page.content.decode()
    assert "MINE-1" in text
    assert "OTHERS-1" not in text
    deal = page.context["rows"][0][0]
    assert (deal.senior, deal.junior, deal.coupon) == (80_000_000, 20_000_000, Decimal("0.027"))
    assert float(deal.senior_share) == pytest.approx(0.08)
    assert float(deal.forecast_share) == pytest.approx(0.14)


def test_figures_are_not_multiplied_by_the_people_on_the_case(lead, member, analyst):
    deal = DealFactory(on_case=[(lead, Role.LEAD), (member, Role.MEMBER), (analyst, Role.ANALYST)])

    row = visible_deals(lead).get(pk=deal.pk)

    assert (row.senior, row.junior) == (80_000_000, 20_000_000)


def test_filters_narrow_and_orders_sort(lead):
    entered(lead, "CARD-1")
    homes = {**SMALLEST_DEAL_FILE["pool"], "asset_class": "home_mortgage", "claim": "5.00"}
    entered(lead, "HOME-1", pool=homes, names={"en": "Homes", "zh": "住房"})
    known = visible_deals(lead)

    def codes(**asked):
        return [deal.code for deal in filtered(known, Filters(**asked))]

    assert codes(words="住房") == ["HOME-1"]
    assert codes(asset_class="card") == ["CARD-1"]
    assert codes(order="claim") == ["HOME-1", "CARD-1"]
    assert codes(order="-claim") == ["CARD-1", "HOME-1"]
    assert codes(status="rated") == []
    assert totals(known).claim == 1_000_000_005


def test_sums_over_currencies_are_left_out(lead):
    entered(lead, "CNY-1")
    entered(lead, "USD-1", currency="USD")

    assert totals(visible_deals(lead)).claim is None


def test_a_wrong_filter_narrows_nothing_and_says_so(client, lead):
    entered(lead, "MINE-1")

    page = client.get(reverse("deals:list"), {"issued_from": "yesterday", "order": "; drop"})

    assert page.status_code == 200
    assert len(page.context["rows"]) == 1
    assert page.context["form"]["issued_from"].errors


def test_the_workbook_holds_plain_numbers_and_no_formulas(client, lead):
    entered(lead, "MINE-1", parties=[{"role": "originator", "institution": "=1+1"}])

    response = client.get(reverse("deals:list-export"))

    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    row = [cell.value for cell in sheet[2]]
    assert row[:3] == ["MINE-1", "=1+1", "card"]
    assert sheet["B2"].data_type == "s"
    assert row[5] == 1_000_000_000


def test_an_empty_list_says_what_will_stand_there(client, signed_in_as, member):
    page = client.get(reverse("deals:list")).content.decode()
    assert "Deals on whose case you are will stand here" in page
    assert "Enter a deal" in page
    assert "Enter a deal" not in signed_in_as(member).get(reverse("deals:list")).content.decode()


def test_the_list_is_for_those_who_rate(signed_in_as, commercial, make_person):
    assert signed_in_as(commercial).get(reverse("deals:list")).status_code == 404
    assert signed_in_as(make_person(Role.RESEARCHER)).get(reverse("deals:list")).status_code == 404


def test_the_list_takes_the_same_queries_for_many_deals(
    client, lead, django_assert_max_num_queries
):
    for k in range(12):
        entered(lead, f"MINE-{k}")

    with django_assert_max_num_queries(14):
        client.get(reverse("deals:list"))


# ------------------------------------------------------------------ what waits


def test_a_draft_waits_for_its_author_only(lead, member, outsider):
    deal = entered(lead, "MINE-1")
    deal.people.create(user=member, part=Role.MEMBER, since=deal.created_at)

    (duty,) = duties(lead)

    assert duty.title == "Finish the draft: MINE-1"
    assert duties(member) == []
    assert duties(outsider) == []


def test_a_deal_in_analysis_waits_for_its_run(lead):
    deal = entered(lead, "MINE-1")
    Deal.objects.filter(pk=deal.pk).update(status=Deal.Status.ANALYSIS)

    assert [duty.title for duty in duties(lead)] == ["Ask for a run: MINE-1"]


def test_a_pool_by_tape_waits_for_the_tape(lead):
    deal = entered(lead, "MINE-1", pool={"kind": "tape", "tape": {}})
    Deal.objects.filter(pk=deal.pk).update(status=Deal.Status.ANALYSIS)

    assert [duty.title for duty in duties(lead)] == ["Upload the tape: MINE-1"]


def test_a_drafted_assessment_waits_for_the_second_administrator(administrator, make_person):
    drafted(ServicerFactory(), by=administrator)

    assert duties(administrator) == []
    assert "Approve assessment 1" in duties(make_person(Role.ADMINISTRATOR))[0].title


def test_the_first_page_tells_what_waits(client, lead):
    entered(lead, "MINE-1")

    text = client.get(reverse("desk:waiting")).content.decode()

    assert "One thing waits for you." in text
    assert "Finish the draft: MINE-1" in text
    assert "terms are being entered" in text
    assert "No job is under way." in text


def test_the_first_page_of_somebody_without_deals_is_not_empty(signed_in_as, administrator):
    text = signed_in_as(administrator).get(reverse("desk:waiting")).content.decode()

    assert "Nothing waits for you." in text
    assert "On your desk" not in text


def test_maturities_ahead_are_those_of_own_deals(lead, outsider, time_machine):
    time_machine.move_to("2028-11-01T00:00:00Z", tick=False)
    entered(lead, "MINE-1")

    assert [str(ahead.day) for ahead in dates_ahead(lead)] == ["2028-12-26"]
    assert dates_ahead(outsider) == []


# ------------------------------------------------------------------ find


def test_finding_gives_deals_and_servicers_that_the_reader_may_know(client, lead, outsider):
    entered(lead, "CMB-24-4", names={"en": "Cards four", "zh": "招商信用卡四期"})
    entered(outsider, "CMB-24-5")
    ServicerFactory(code="cmb-cards", name_en="CMB Cards")

    def found(words):
        groups = client.get(reverse("desk:find"), {"q": words}).context["groups"]
        return [each.title for group in groups for each in group.found]

    assert found("cmb") == ["CMB-24-4", "CMB Cards"]
    assert found("信用卡") == ["CMB-24-4"]
    assert found("") == []


def test_a_search_without_a_hit_says_so(client):
    assert "Nothing fits “zzz”" in client.get(reverse("desk:find"), {"q": "zzz"}).content.decode()
