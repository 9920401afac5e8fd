"""Assessments are drafted by one administrator, approved by another, and superseded, never edited."""

import datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from ratings_site.audit.models import AuditEvent
from ratings_site.criteria.services import version_in_force
from ratings_site.people.models import Role
from servicers import engine
from servicers.models import Assessment, DimensionScore
from servicers.selectors import assessment_in_force, drafts_to_approve
from servicers.services import (
    ServicerError,
    approve_assessment,
    draft_assessment,
    enter_servicer,
    revise_servicer,
    withdraw_assessment,
)
from tests.factories.servicers import ServicerFactory, drafted, in_force, scores

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(make_person):
    return make_person(Role.ADMINISTRATOR)


@pytest.mark.parametrize(
    ("value", "grade", "credibility"),
    [
        ("5.0", "strong", "0.7"),
        ("4.0", "strong", "0.7"),
        ("3.9", "adequate", "0.5"),
        ("3.0", "adequate", "0.5"),
        ("2.9", "weak", "0.25"),
        ("2.0", "weak", "0.25"),
        ("1.9", "poor", "0"),
    ],
)
def test_the_mean_score_gives_grade_and_credibility(administrator, value, grade, credibility):
    assessment = drafted(ServicerFactory(), by=administrator, value=value)

    assert assessment.grade == grade
    assert assessment.plan_credibility == Decimal(credibility)
    assert assessment.criteria == version_in_force()


def test_a_mean_just_below_a_threshold_is_not_rounded_over_it():
    mean = [Decimal("4.0")] * 9 + [Decimal("3.99")]

    judgement = engine.judge(mean, version_in_force().document)

    assert judgement.score == Decimal("3.99")
    assert judgement.grade == "adequate"


def test_weak_servicers_cap_the_level_and_others_do_not():
    document = version_in_force().document

    assert engine.caps("weak", document) == {"cn": "AA-", "intl": "BBB+"}
    assert engine.caps("poor", document) == {"cn": "BBB", "intl": "BB"}
    assert engine.caps("adequate", document) == {}


def test_every_dimension_is_scored_with_grounds(administrator):
    servicer = ServicerFactory()

    with pytest.raises(ServicerError, match="missing"):
        draft_assessment(
            servicer,
            scores()[1:],
            assessed_on=datetime.date(2024, 3, 1),
            has_backup=True,
            summary="",
            by=administrator,
        )
    with pytest.raises(ServicerError, match="between 1 and 5"):
        drafted(servicer, by=administrator, value="5.5")

    assert not servicer.assessments.exists()


def test_the_author_may_not_approve_her_draft(administrator):
    draft = drafted(ServicerFactory(), by=administrator)

    with pytest.raises(ServicerError, match="Somebody else"):
        approve_assessment(draft, by=administrator)

    assert assessment_in_force(draft.servicer) is None


def test_an_approved_assessment_supersedes_the_one_before(administrator, second):
    servicer = ServicerFactory()
    first = in_force(servicer, drafter=administrator, approver=second)

    later = in_force(servicer, drafter=second, approver=administrator, value="4.5")

    first.refresh_from_db()
    assert first.status == Assessment.Status.SUPERSEDED
    assert assessment_in_force(servicer) == later
    assert AuditEvent.objects.filter(action="assessment.approved").count() == 2


def test_a_new_draft_withdraws_the_open_one(administrator):
    servicer = ServicerFactory()
    first = drafted(servicer, by=administrator)

    second_draft = drafted(servicer, by=administrator, value="4.0")

    first.refresh_from_db()
    assert (first.status, second_draft.number) == (Assessment.Status.WITHDRAWN, 2)
    with pytest.raises(ServicerError, match="Only a draft"):
        withdraw_assessment(first, by=administrator)


def test_the_database_refuses_to_edit_what_is_in_force(administrator, second):
    assessment = in_force(ServicerFactory(), drafter=administrator, approver=second)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Assessment.objects.filter(pk=assessment.pk).update(score=5)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        DimensionScore.objects.update(score=5)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Assessment.objects.filter(pk=assessment.pk)._raw_delete("default")


def test_a_draft_waits_for_the_other_administrator_only(administrator, second, analyst):
    draft = drafted(ServicerFactory(), by=administrator)

    assert list(drafts_to_approve(second)) == [draft]
    assert not drafts_to_approve(administrator).exists()
    assert not drafts_to_approve(analyst).exists()


def test_a_profile_keeps_its_past_in_the_trail(administrator):
    servicer = enter_servicer("first-amc", by=administrator, name_en="First AMC", staff=120)

    revise_servicer(servicer, by=administrator, staff=90)

    event = AuditEvent.objects.get(action="servicer.revised")
    assert event.detail["changed"] == {"staff": ["120", "90"]}
    with pytest.raises(ServicerError, match="taken"):
        enter_servicer("FIRST-AMC", by=administrator, name_en="Other")
