"""Criteria for tests: what the engine ships, or a copy with other values."""

from django.utils import timezone

from ratings_site.criteria import engine
from ratings_site.criteria.models import CriteriaVersion


def draft_of_criteria(version="2099.1", **values):
    """Write a draft version whose named assumptions have other values."""
    changed = engine.shipped().with_values(values, "test")
    document = {**changed.document(), "version": version}
    return CriteriaVersion.objects.create(
        version=version,
        document=document,
        sha256=engine.sha256_of(document),
        created_at=timezone.now(),
    )
