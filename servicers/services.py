"""What administrators do about servicers. Every write, every audit line."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from ratings_site import clock
from ratings_site.audit.services import record
from ratings_site.criteria.services import version_in_force
from ratings_site.people.models import User
from servicers import engine
from servicers.files import read_static_pool
from servicers.models import Assessment, DimensionScore, Servicer, StaticPool
from servicers.selectors import summarise


class ServicerError(ValueError):
    """A servicer's record cannot be changed as asked."""


@dataclass(frozen=True)
class Scored:
    """One dimension as it was judged: 1 to 5, why, and where that is written."""

    dimension: str
    score: Decimal
    grounds: str
    evidence: str = ""


@dataclass(frozen=True)
class Source:
    """Where a static pool comes from. `data_label` is said wherever the pool is shown."""

    name: str
    asset_class: str
    as_of: date
    source: str
    data_label: str = ""


PROFILE = ("name_en", "name_zh", "country", "profile", "staff", "since_year", "data_label")


@transaction.atomic
def enter_servicer(code: str, *, by: User, **profile: object) -> Servicer:
    """Enter an institution that collects loans."""
    if code == "new" or Servicer.objects.filter(code__iexact=code).exists():
        msg = _("The code %(code)s is taken.") % {"code": code}
        raise ServicerError(msg)
    servicer = Servicer(code=code, created_at=clock.now())
    describe(servicer, profile)
    servicer.save()
    record("servicer.entered", servicer, by=by, **{key: str(profile[key]) for key in profile})
    return servicer


@transaction.atomic
def revise_servicer(servicer: Servicer, *, by: User, **profile: object) -> Servicer:
    """Change the profile; the trail keeps what stood there before."""
    before = {key: str(getattr(servicer, key)) for key in profile}
    describe(servicer, profile)
    servicer.save()
    changed = {
        key: [before[key], str(profile[key])] for key in profile if before[key] != str(profile[key])
    }
    record("servicer.revised", servicer, by=by, changed=changed)
    return servicer


def describe(servicer: Servicer, profile: Mapping[str, object]) -> None:
    for key, value in profile.items():
        if key not in PROFILE:
            msg = f"A servicer's profile has no {key!r}."
            raise TypeError(msg)
        setattr(servicer, key, value)


@transaction.atomic
def draft_assessment(
    servicer: Servicer,
    scores: Sequence[Scored],
    *,
    assessed_on: date,
    has_backup: bool,
    summary: str,
    by: User,
) -> Assessment:
    """Write down a judgement; a draft that was still open is withdrawn by the new one."""
    check_scores(scores)
    if assessed_on > clock.today():
        msg = _("An assessment cannot lie in the future.")
        raise ServicerError(msg)
    servicer = Servicer.objects.select_for_update().get(pk=servicer.pk)
    servicer.assessments.filter(status=Assessment.Status.DRAFT).update(
        status=Assessment.Status.WITHDRAWN
    )
    criteria = version_in_force()
    judgement = engine.judge((each.score for each in scores), criteria.document)
    last = servicer.assessments.aggregate(last=Max("number"))["last"] or 0
    assessment = Assessment.objects.create(
        servicer=servicer,
        number=last + 1,
        assessed_on=assessed_on,
        has_backup=has_backup,
        score=judgement.score,
        grade=judgement.grade,
        plan_credibility=judgement.plan_credibility,
        summary=summary,
        criteria=criteria,
        drafted_by=by,
        created_at=clock.now(),
    )
    for each in scores:
        DimensionScore.objects.create(
            assessment=assessment,
            dimension=each.dimension,
            score=each.score,
            grounds=each.grounds,
            evidence=each.evidence,
        )
    record("assessment.drafted", assessment, by=by, score=judgement.score, grade=judgement.grade)
    return assessment


def check_scores(scores: Sequence[Scored]) -> None:
    """Ask for each dimension once, a score of 1 to 5, and grounds."""
    found = [each.dimension for each in scores]
    missing = [str(d.label) for d in DimensionScore.Dimension if d not in found]
    if missing or len(found) != len(set(found)):
        msg = _("Each dimension is scored once; missing: %(missing)s.") % {
            "missing": ", ".join(missing) or "–"
        }
        raise ServicerError(msg)
    for each in scores:
        label = DimensionScore.Dimension(each.dimension).label
        if not 1 <= each.score <= 5:
            msg = _("%(dimension)s: a score lies between 1 and 5.") % {"dimension": label}
            raise ServicerError(msg)
        if not each.grounds.strip():
            msg = _("%(dimension)s: a score needs its grounds.") % {"dimension": label}
            raise ServicerError(msg)


@transaction.atomic
def approve_assessment(assessment: Assessment, *, by: User) -> Assessment:
    """Put a draft into force. The one that was in force before is superseded, never edited."""
    assessment = Assessment.objects.select_for_update().get(pk=assessment.pk)
    if assessment.status != Assessment.Status.DRAFT:
        msg = _("This assessment is no draft: it is %(status)s.") % {
            "status": assessment.get_status_display()
        }
        raise ServicerError(msg)
    if by == assessment.drafted_by:
        msg = _("Somebody else than its author approves an assessment.")
        raise ServicerError(msg)
    earlier = Assessment.objects.filter(
        servicer=assessment.servicer, status=Assessment.Status.IN_FORCE
    )
    superseded = list(earlier.values_list("number", flat=True))
    earlier.update(status=Assessment.Status.SUPERSEDED)
    assessment.status = Assessment.Status.IN_FORCE
    assessment.approved_by = by
    assessment.in_force_from = clock.now()
    assessment.save(update_fields=["status", "approved_by", "in_force_from"])
    record("assessment.approved", assessment, by=by, superseded=superseded)
    return assessment


@transaction.atomic
def withdraw_assessment(assessment: Assessment, *, by: User) -> Assessment:
    """Take back a draft; what is in force stays."""
    assessment = Assessment.objects.select_for_update().get(pk=assessment.pk)
    if assessment.status != Assessment.Status.DRAFT:
        msg = _("Only a draft can be withdrawn.")
        raise ServicerError(msg)
    assessment.status = Assessment.Status.WITHDRAWN
    assessment.save(update_fields=["status"])
    record("assessment.withdrawn", assessment, by=by)
    return assessment


@transaction.atomic
def receive_static_pool(
    servicer: Servicer, content: bytes, kind: str, source: Source, *, file_name: str, by: User
) -> StaticPool:
    """Check and keep a static pool; raises StaticPoolError with rows and columns.

    The file is stored as it came, never changed afterwards.
    """
    rows = read_static_pool(content, kind)
    sha256 = hashlib.sha256(content).hexdigest()
    if servicer.static_pools.filter(sha256=sha256).exists():
        msg = _("This very file was uploaded before.")
        raise ServicerError(msg)
    summary = summarise(rows, kind)
    pool = StaticPool(
        servicer=servicer,
        name=source.name,
        kind=kind,
        asset_class=source.asset_class,
        as_of=source.as_of,
        source=source.source,
        data_label=source.data_label,
        sha256=sha256,
        cases=summary["cases"],
        exposure=Decimal(summary["exposure"]),
        recovered=Decimal(summary["recovered"]),
        summary=summary,
        uploaded_by=by,
        uploaded_at=clock.now(),
    )
    pool.file.save(f"{pool.pk}.csv", ContentFile(content), save=False)
    pool.save(force_insert=True)
    record(
        "static_pool.received", pool, by=by, sha256=sha256, cases=pool.cases, file=file_name[:200]
    )
    return pool
