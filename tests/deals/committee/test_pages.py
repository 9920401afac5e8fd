"""The committee's pages: each step by form, sealed rounds that tell nothing, papers."""

import re

import pytest
from django.urls import reverse

from deals.committee.models import Document, RatingCase, Signature, SigningOrder, Vote
from deals.committee.services import cast_vote, order_documents
from deals.structure.models import Deal
from ratings_site import clock
from ratings_site.audit.models import AuditEvent
from ratings_site.jobs.tasks import perform
from tests.deals.committee.test_services import decided, sign
from tests.factories.committee import committee, convened, proposed, voting

pytestmark = pytest.mark.django_db

PASSWORD = "a long way to the coast"


@pytest.fixture(autouse=True)
def _eager(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True


def without_tokens(body: bytes) -> str:
    """Take out what differs from one request to the next whatever happens."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", body.decode())
    return re.sub(r'X-CSRFToken": "[^"]*"', "", text)


def test_the_lead_proposes_and_the_chair_convenes_by_form(signed_in_as):
    made = committee()
    answer = signed_in_as(made.lead).post(
        reverse("deals:propose", args=[made.run.pk]),
        {"level_0": "AA", "rationale": "As computed."},
    )
    case = RatingCase.objects.get()
    assert answer.url == reverse("deals:case", args=[case.pk])

    answer = signed_in_as(made.chair).post(
        reverse("deals:case-convene", args=[case.pk]),
        {
            "chair": made.chair.pk,
            "members": [member.pk for member in made.members],
            "meeting_on": clock.today().isoformat(),
        },
    )

    assert answer.status_code == 302
    case.refresh_from_db()
    assert case.status == RatingCase.Status.CONVENED


def test_no_level_is_chosen_beforehand(signed_in_as):
    made = voting()

    page = signed_in_as(made.members[0]).get(reverse("deals:package", args=[made.package.pk]))

    assert b'type="radio"' in page.content
    assert b"checked" not in page.content


def test_a_proposal_without_a_level_says_so(signed_in_as):
    made = committee()

    answer = signed_in_as(made.lead).post(
        reverse("deals:propose", args=[made.run.pk]), {"rationale": "x"}
    )

    assert answer.status_code == 422
    assert not RatingCase.objects.exists()


def test_a_member_declares_before_she_reads(signed_in_as):
    made = convened()
    client = signed_in_as(made.members[0])
    package = reverse("deals:package", args=[made.package.pk])
    case = reverse("deals:case", args=[made.case.pk])
    assert client.get(package).url == case
    assert made.case.rationale not in client.get(case).content.decode()

    answer = client.post(reverse("deals:case-declare", args=[made.case.pk]), {"has_conflict": "no"})

    assert answer.url == package
    assert client.get(package).status_code == 200


def test_with_a_conflict_the_case_is_gone(signed_in_as):
    made = convened()
    client = signed_in_as(made.members[0])

    client.post(
        reverse("deals:case-declare", args=[made.case.pk]),
        {"has_conflict": "yes", "statement": "Former employer."},
    )

    for name, pk in (("package", made.package.pk), ("case", made.case.pk)):
        assert client.get(reverse(f"deals:{name}", args=[pk])).status_code == 404
    assert client.get(reverse("deals:committee", args=[made.deal.code])).status_code == 404


def test_who_opened_the_package_is_on_record_once(signed_in_as):
    made = convened()
    client = signed_in_as(made.secretary)

    for _ in range(2):
        client.get(reverse("deals:package", args=[made.package.pk]))

    assert AuditEvent.objects.filter(action="package.opened", actor=made.secretary).count() == 1


def test_a_vote_is_cast_by_form_and_only_once(signed_in_as):
    made = voting()
    client = signed_in_as(made.members[0])
    address = reverse("deals:vote", args=[made.package.pk])
    sent = {"level_0": "AA-", "reason": "Thin.", "has_read": "on", "dissents": "on"}

    first, second = client.post(address, sent), client.post(address, {**sent, "level_0": "A"})

    assert (first.status_code, second.status_code) == (302, 409)
    vote = Vote.objects.get()
    assert (vote.levels, vote.dissents) == ({"Senior": "AA-"}, True)


def test_a_vote_without_having_read_is_refused(signed_in_as):
    made = voting()

    answer = signed_in_as(made.members[0]).post(
        reverse("deals:vote", args=[made.package.pk]), {"level_0": "AA", "reason": "x"}
    )

    assert answer.status_code == 422
    assert not Vote.objects.exists()


@pytest.mark.slow
def test_a_sealed_vote_changes_no_page_of_anybody_else(signed_in_as):
    made = voting()
    readers = [made.members[1], made.chair, made.secretary, made.analyst]
    addresses = [
        reverse("deals:package", args=[made.package.pk]),
        reverse("deals:case", args=[made.case.pk]),
        reverse("deals:committee", args=[made.deal.code]),
        reverse("desk:waiting"),
    ]

    def pages() -> list[str]:
        return [
            without_tokens(signed_in_as(reader).get(address).content)
            for reader in readers
            for address in addresses
        ]

    pages()  # the first reading of a package is itself on record
    before = pages()
    for member in (made.members[0], made.members[2]):
        cast_vote(made.round, levels=made.all_at("BB+"), reason="Never shown.", by=member)

    assert pages() == before


def test_the_analyst_sees_votes_only_once_the_case_is_decided(signed_in_as):
    made = decided("AA")
    page = signed_in_as(made.analyst).get(reverse("deals:case", args=[made.case.pk]))

    assert "As I read it." in page.content.decode()


def test_the_chair_opens_closes_and_signs_with_her_password(signed_in_as):
    made = decided("AAA")
    made.chair.set_password(PASSWORD)
    made.chair.save()
    client = signed_in_as(made.chair)
    address = reverse("deals:case-sign", args=[made.case.pk])
    nonce = client.get(address).context["form"].initial["nonce"]

    wrong = client.post(address, {"nonce": nonce, "password": "guess"})
    assert wrong.status_code == 422
    assert not Signature.objects.exists()
    right = client.post(address, {"nonce": nonce, "password": PASSWORD})

    assert right.status_code == 302
    made.deal.refresh_from_db()
    assert made.deal.status == Deal.Status.RATED
    assert SigningOrder.objects.get(nonce=nonce).used_at
    page = client.get(reverse("deals:decision", args=[made.case.pk]))
    assert "AAA<small>sf(cn)</small>" in page.content.decode()


def test_a_signature_sent_twice_signs_once(signed_in_as):
    made = decided("AAA")
    made.chair.set_password(PASSWORD)
    made.chair.save()
    client = signed_in_as(made.chair)
    address = reverse("deals:case-sign", args=[made.case.pk])
    nonce = client.get(address).context["form"].initial["nonce"]
    sent = {"nonce": nonce, "password": PASSWORD}

    client.post(address, sent)
    again = client.post(address, sent)

    assert again.status_code == 403
    assert Signature.objects.count() == 1


def test_titles_and_file_names_carry_no_rating(signed_in_as):
    made = decided("AAA")
    sign(made)
    for document in order_documents(made.package, kind=Document.Kind.DECISION, by=made.chair):
        perform(str(document.job_id))
    client = signed_in_as(made.chair)
    names = []
    for each in Document.objects.all():
        answer = client.get(reverse("deals:paper", args=[each.pk]))
        names.append(answer.headers["Content-Disposition"])
        answer.getvalue()
    titles = [
        re.search(r"<title>(.*?)</title>", client.get(address).content.decode(), re.DOTALL)[1]
        for address in (
            reverse("deals:decision", args=[made.case.pk]),
            reverse("deals:package", args=[made.package.pk]),
            reverse("deals:case", args=[made.case.pk]),
        )
    ]

    assert len(names) == 2
    assert not [text for text in (*names, *titles) if "AA" in text]


def test_a_question_is_asked_and_answered_on_the_page(signed_in_as):
    made = convened()
    signed_in_as(made.secretary).post(
        reverse("deals:question-ask", args=[made.package.pk]),
        {"section": "binds", "text": "Why is liquidity counted from closing?"},
    )
    question = made.package.questions.get()

    answer = signed_in_as(made.analyst).post(
        reverse("deals:question-answer", args=[question.pk]), {"text": "Criteria, section 8."}
    )
    page = signed_in_as(made.lead).get(reverse("deals:package", args=[made.package.pk]))

    assert answer.status_code == 302
    assert "Criteria, section 8." in page.content.decode()


def test_a_case_is_returned_by_form(signed_in_as):
    made = proposed()
    client = signed_in_as(made.chair)

    client.post(reverse("deals:case-return", args=[made.case.pk]), {"reason": "New data."})

    page = client.get(reverse("deals:case", args=[made.case.pk])).content.decode()
    assert "New data." in page


def test_a_file_of_a_decision_does_not_exist_before_the_signature(signed_in_as):
    made = decided("AAA")

    answer = signed_in_as(made.chair).post(
        reverse("deals:paper-order", args=[made.package.pk, "decision"])
    )

    assert answer.status_code == 404
    assert not Document.objects.exists()
