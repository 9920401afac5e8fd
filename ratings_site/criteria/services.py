"""Criteria in force: the engine's own tables are the seed of version 1, rows hold what came after."""

from datetime import date

from django.db import IntegrityError, transaction

from ratings_site import clock
from ratings_site.audit.services import record
from ratings_site.criteria import engine
from ratings_site.criteria.models import CriteriaVersion
from ratings_site.people.models import User


class CriteriaError(ValueError):
    """The criteria cannot be used as asked."""


def seed_first_version(*, by: User | None = None) -> CriteriaVersion:
    """Put the criteria that ship with the engine into force, unless a version exists already."""
    existing = CriteriaVersion.objects.order_by("created_at").first()
    if existing is not None:
        return existing
    shipped = engine.shipped()
    try:
        with transaction.atomic():
            version = CriteriaVersion.objects.create(
                version=shipped.version,
                status=CriteriaVersion.Status.IN_FORCE,
                document=shipped.document(),
                sha256=shipped.sha256,
                reason="Tables that ship with the engine.",
                in_force_from=shipped.in_force,
                created_at=clock.now(),
                created_by=by,
            )
            record("criteria.seeded", version, by=by, sha256=version.sha256)
    except IntegrityError:  # somebody else was faster
        return CriteriaVersion.objects.get(version=shipped.version)
    return version


def version_in_force(on: date | None = None) -> CriteriaVersion:
    """Return the version in force today, or on a day in the past; version 1 is seeded when needed."""
    if on is None:
        found = CriteriaVersion.objects.filter(status=CriteriaVersion.Status.IN_FORCE).first()
        return found or seed_first_version()
    approved = CriteriaVersion.objects.exclude(status=CriteriaVersion.Status.DRAFT)
    found = approved.filter(in_force_from__lte=on).order_by("-in_force_from", "-created_at").first()
    if found is None:
        msg = f"No criteria were in force on {on.isoformat()}."
        raise CriteriaError(msg)
    return found
