"""Criteria versions: seeded from the engine, looked up by date, never rewritten."""

import datetime

import pytest
from django.db import DatabaseError, transaction

from ratings_site.criteria import engine
from ratings_site.criteria.models import CriteriaVersion
from ratings_site.criteria.services import (
    CriteriaError,
    seed_first_version,
    version_in_force,
)

pytestmark = pytest.mark.django_db


def test_the_first_version_is_what_the_engine_ships():
    version = version_in_force()

    assert engine.from_document(version.document) == engine.shipped()
    assert version.sha256 == engine.shipped().sha256 == engine.sha256_of(version.document)
    assert version.status == CriteriaVersion.Status.IN_FORCE


def test_seeding_twice_leaves_one_version():
    assert seed_first_version() == seed_first_version()
    assert CriteriaVersion.objects.count() == 1


def test_criteria_are_found_by_the_day_on_which_they_were_in_force():
    version = seed_first_version()

    assert version_in_force(version.in_force_from) == version
    with pytest.raises(CriteriaError, match="No criteria were in force on"):
        version_in_force(version.in_force_from - datetime.timedelta(days=1))


def test_the_database_refuses_to_rewrite_criteria_in_force():
    version = seed_first_version()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        CriteriaVersion.objects.update(document={})
    CriteriaVersion.objects.update(status=CriteriaVersion.Status.SUPERSEDED)

    version.refresh_from_db()
    assert version.document == engine.shipped().document()
