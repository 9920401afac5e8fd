"""Pages of servicers: analysts read, administrators write, nobody approves her own draft."""

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from ratings_site.people.models import Role
from servicers.models import Assessment, DimensionScore, Servicer
from servicers.services import Source, receive_static_pool
from tests.factories.servicers import ServicerFactory, drafted, in_force
from tests.servicers.test_static_pools import SOURCE, TRIANGLE, ULTIMATE

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(make_person):
    return make_person(Role.ADMINISTRATOR)


@pytest.fixture
def client(signed_in_as, administrator):
    return signed_in_as(administrator)


def test_a_servicer_is_entered_and_edited(client):
    data = {"code": "first-amc", "name_en": "First AMC", "name_zh": "第一资产", "country": "CN"}

    client.post(reverse("servicers:new"), data)
    client.post(reverse("servicers:edit", args=["first-amc"]), {**data, "staff": "250"})

    page = client.get(reverse("servicers:servicer", args=["first-amc"])).content.decode()
    assert Servicer.objects.get().staff == 250
    assert "First AMC" in page
    assert "No assessment is in force" in page


def test_a_taken_code_is_refused_beside_its_field(client):
    ServicerFactory(code="taken")

    response = client.post(
        reverse("servicers:new"), {"code": "taken", "name_en": "X", "country": "CN"}
    )

    assert response.status_code == 422
    assert response.context["form"]["code"].errors


def answers(score="4.0", **changes):
    data = {"assessed_on": "2024-03-01", "has_backup": "yes", "summary": "Strong team."}
    for dimension in DimensionScore.Dimension.values:
        data[f"{dimension}-score"] = score
        data[f"{dimension}-grounds"] = "As seen on site."
    return {**data, **changes}


def test_a_draft_is_approved_by_another_administrator(client, signed_in_as, second):
    servicer = ServicerFactory()

    drafted_page = client.post(reverse("servicers:assess", args=[servicer.code]), answers())
    client.post(reverse("servicers:approve", args=[servicer.code, 1]))
    assert Assessment.objects.get().status == Assessment.Status.DRAFT
    signed_in_as(second).post(reverse("servicers:approve", args=[servicer.code, 1]))

    assessment = Assessment.objects.get()
    assert drafted_page.status_code == 302
    assert (assessment.status, assessment.grade) == (Assessment.Status.IN_FORCE, "strong")


def test_only_the_other_administrator_sees_the_approval(
    client, signed_in_as, administrator, second
):
    draft = drafted(ServicerFactory(), by=administrator)
    url = reverse("servicers:assessment", args=[draft.servicer.code, draft.number])

    assert "waits for a second administrator" in client.get(url).content.decode()
    assert "You put assessment 1" in signed_in_as(second).get(url).content.decode()


def test_a_dimension_without_grounds_is_refused_beside_its_field(client):
    servicer = ServicerFactory()

    response = client.post(
        reverse("servicers:assess", args=[servicer.code]), answers(**{"plan-grounds": ""})
    )

    assert response.status_code == 422
    assert response.context["form"]["plan-grounds"].errors
    assert not servicer.assessments.exists()


def test_a_new_assessment_starts_from_the_one_in_force(client, administrator, second):
    servicer = ServicerFactory()
    in_force(servicer, drafter=administrator, approver=second)

    page = client.get(reverse("servicers:assess", args=[servicer.code]))

    assert page.context["form"]["plan-score"].value() == "3.5"


def test_the_page_says_what_follows_from_a_weak_servicer(client, administrator, second):
    servicer = ServicerFactory()
    in_force(servicer, drafter=administrator, approver=second, value="2.5")

    page = client.get(reverse("servicers:servicer", args=[servicer.code])).content.decode()

    assert "at most 0.25" in page
    assert "national scale is at most AA−" in page


def test_a_draft_is_withdrawn(client, administrator):
    draft = drafted(ServicerFactory(), by=administrator)

    client.post(reverse("servicers:withdraw", args=[draft.servicer.code, 1]))

    draft.refresh_from_db()
    assert draft.status == Assessment.Status.WITHDRAWN


def upload(content=ULTIMATE, kind="ultimate"):
    return {
        "kind": kind,
        "name": "Closed cases",
        "asset_class": "sme_unsecured",
        "as_of": "2012-12-31",
        "source": "Servicer",
        "upload": SimpleUploadedFile("cases.csv", content, content_type="text/csv"),
    }


def test_a_static_pool_is_uploaded_shown_and_given_back(client):
    servicer = ServicerFactory()

    response = client.post(reverse("servicers:static-pool-new", args=[servicer.code]), upload())

    page = client.get(response.url).content.decode()
    assert "3 closed cases recovered" in page
    assert "32.0" in page
    pool = servicer.static_pools.get()
    given = client.get(reverse("servicers:static-pool-file", args=[servicer.code, pool.pk]))
    assert b"".join(given.streaming_content) == ULTIMATE


def test_a_triangle_is_drawn_by_vintage(client, administrator):
    servicer = ServicerFactory()
    pool = receive_static_pool(
        servicer, TRIANGLE, "triangle", SOURCE, file_name="t.csv", by=administrator
    )

    response = client.get(reverse("servicers:static-pool", args=[servicer.code, pool.pk]))

    chart = response.context["chart"]
    assert chart.data["series"][0] == {
        "name": "2019",
        "data": [[0, 0.0], [12, 15.0], [24, 20.0]],
        "main": False,
    }
    assert ("12", "15.0", "18.0") in chart.rows


def test_a_refused_static_pool_names_rows_and_columns(client):
    servicer = ServicerFactory()
    faulty = ULTIMATE + b"2010-01-01,2009-01-31,5,1,a\n"

    response = client.post(
        reverse("servicers:static-pool-new", args=[servicer.code]), upload(faulty)
    )

    page = response.content.decode()
    assert response.status_code == 422
    assert "closing_date" in page
    assert "closed before it defaulted" in page
    assert not servicer.static_pools.exists()


WRITING = ("servicers:edit", "servicers:assess", "servicers:static-pool-new")


@pytest.mark.parametrize("page", WRITING)
def test_analysts_read_and_do_not_write(signed_in_as, analyst, page):
    servicer = ServicerFactory()
    client = signed_in_as(analyst)

    assert client.get(reverse("servicers:servicer", args=[servicer.code])).status_code == 200
    assert client.get(reverse(page, args=[servicer.code])).status_code == 404
    assert client.post(reverse(page, args=[servicer.code])).status_code == 404


def test_others_do_not_know_of_servicers(signed_in_as, commercial):
    servicer = ServicerFactory()

    assert signed_in_as(commercial).get(reverse("servicers:list")).status_code == 404
    url = reverse("servicers:servicer", args=[servicer.code])
    assert signed_in_as(commercial).get(url).status_code == 404


def test_the_list_takes_few_queries(client, administrator, second, django_assert_max_num_queries):
    for k in range(5):
        servicer = ServicerFactory()
        in_force(servicer, drafter=administrator, approver=second)
        source = Source(f"Pool {k}", "card", datetime.date(2012, 12, 31), "Servicer")
        receive_static_pool(
            servicer, ULTIMATE, "ultimate", source, file_name="a.csv", by=administrator
        )

    with django_assert_max_num_queries(10):
        page = client.get(reverse("servicers:list")).content.decode()

    assert page.count("adequate") >= 5
