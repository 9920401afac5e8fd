"""Servicers for tests: a profile, and an assessment with all its dimensions."""

import datetime
from decimal import Decimal

import factory
from django.utils import timezone

from servicers.models import DimensionScore, Servicer
from servicers.services import Scored, approve_assessment, draft_assessment


class ServicerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Servicer

    code = factory.Sequence(lambda n: f"servicer-{n}")
    name_en = "Test Asset Management"
    name_zh = "测试资产管理"
    created_at = factory.LazyFunction(timezone.now)


def scores(value="3.5", **others):
    """Score every dimension alike, but for those named."""
    return [
        Scored(dimension, Decimal(others.get(dimension, value)), "As seen on site.", "Visit note 1")
        for dimension in DimensionScore.Dimension.values
    ]


def drafted(servicer, *, by, value="3.5", has_backup=True, **others):
    """Draft an assessment through the service."""
    return draft_assessment(
        servicer,
        scores(value, **others),
        assessed_on=datetime.date(2024, 3, 1),
        has_backup=has_backup,
        summary="Adequate for the deal.",
        by=by,
    )


def in_force(servicer, *, drafter, approver, value="3.5"):
    """Draft and approve an assessment."""
    return approve_assessment(drafted(servicer, by=drafter, value=value), by=approver)
