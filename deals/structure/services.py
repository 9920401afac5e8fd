"""What may be done with a deal's terms and with the people on its case. Every write, every line."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from analytics.errors import StructureError
from deals.structure import engine
from deals.structure.engine import DealOutline
from deals.structure.models import CasePerson, Deal, DealTerms, NoteClass, ServicerAppointment
from ratings_site import clock
from ratings_site.audit.services import record
from ratings_site.people.models import Role, User
from servicers.models import Servicer

# Parts on the case of the person who enters a deal, by her role, first that she holds.
PARTS_OF_CREATOR = (Role.LEAD, Role.ANALYST, Role.SECRETARY)


class DealError(ValueError):
    """A deal cannot be changed as asked; the message is meant for an analyst."""


class StaleTermsError(DealError):
    """Somebody else saved a newer version since the page was opened."""


@transaction.atomic
def create_deal(
    document: dict[str, Any], *, by: User, note: str = "", data_label: str = ""
) -> Deal:
    """Enter a deal from its deal file as version 1; raise StructureError with the JSON path."""
    outline = engine.outline(document)
    sha256 = engine.canonical_sha256(document)
    if Deal.objects.filter(code__iexact=outline.code).exists():
        msg = f"The code {outline.code} is taken."
        raise StructureError(msg, "code")
    now = clock.now()
    deal = Deal(code=outline.code, created_by=by, created_at=now, data_label=data_label)
    show_outline(deal, outline)
    try:
        with transaction.atomic():
            deal.save()
    except IntegrityError as error:
        msg = f"The code {outline.code} is taken."
        raise StructureError(msg, "code") from error
    add_version(deal, document, sha256, number=1, note=note, by=by)
    derive_notes(deal, outline)
    part = next((role for role in PARTS_OF_CREATOR if by.has_role(role)), Role.ANALYST)
    CasePerson.objects.create(deal=deal, user=by, part=part, since=now)
    record("deal.created", deal, by=by, version=1, sha256=sha256, part=str(part))
    return deal


@transaction.atomic
def revise_deal(
    deal: Deal, document: dict[str, Any], *, note: str, by: User, based_on: int | None = None
) -> DealTerms:
    """Save the next version of a deal's terms; the version before stays as it is.

    With `based_on`, the number of the version that the author has read, a newer one refuses the
    change.
    """
    deal = Deal.objects.select_for_update().get(pk=deal.pk)
    if not deal.is_editable:
        msg = _("The terms of a deal in the state “%(status)s” are closed.") % {
            "status": deal.get_status_display()
        }
        raise DealError(msg)
    outline = engine.outline(document)
    if outline.code != deal.code:
        msg = f"The code of a deal does not change: expected {deal.code!r}, found {outline.code!r}."
        raise StructureError(msg, "code")
    latest = deal.terms
    if based_on is not None and based_on != latest.number:
        msg = _("Version %(number)s was saved by %(person)s since you opened this page.") % {
            "number": latest.number,
            "person": latest.created_by,
        }
        raise StaleTermsError(msg)
    sha256 = engine.canonical_sha256(document)
    if sha256 == latest.sha256:
        msg = _("Nothing has changed: this is version %(number)s.") % {"number": latest.number}
        raise DealError(msg)
    show_outline(deal, outline)
    deal.save()
    terms = add_version(deal, document, sha256, number=latest.number + 1, note=note, by=by)
    derive_notes(deal, outline)
    record("deal.revised", deal, by=by, version=terms.number, sha256=sha256, note=note)
    return terms


def show_outline(deal: Deal, outline: DealOutline) -> None:
    """Copy into the row what lists show of the document."""
    deal.name_en, deal.name_zh = outline.name_en, outline.name_zh
    deal.originator, deal.asset_class = outline.originator, outline.asset_class
    deal.scale, deal.currency = outline.scale, outline.currency
    deal.cutoff_date, deal.closing_date = outline.cutoff, outline.closing
    deal.legal_final_date = outline.legal_final
    deal.claim, deal.base_forecast = outline.claim, outline.base_forecast


def add_version(
    deal: Deal, document: dict[str, Any], sha256: str, *, number: int, note: str, by: User
) -> DealTerms:
    return DealTerms.objects.create(
        deal=deal,
        number=number,
        document=document,
        sha256=sha256,
        note=note,
        created_by=by,
        created_at=clock.now(),
    )


def derive_notes(deal: Deal, outline: DealOutline) -> None:
    """Bring the rows of the note classes in line with the terms in force."""
    gone = deal.notes.exclude(name__in=[note.name for note in outline.notes])
    try:
        gone.delete()
    except ProtectedError as error:
        names = ", ".join(gone.values_list("name", flat=True))
        msg = f"These notes have been voted on or rated and cannot be taken out: {names}."
        raise StructureError(msg, "notes") from error
    for note in outline.notes:
        NoteClass.objects.update_or_create(
            deal=deal,
            name=note.name,
            defaults={
                "rank": note.rank,
                "balance": note.balance,
                "coupon_text": note.coupon_text,
                "coupon_rate": note.coupon_rate,
                "expected_maturity_date": note.expected_maturity,
                "legal_final_date": note.legal_final,
                "is_rated": note.is_rated,
            },
        )


@transaction.atomic
def begin_analysis(deal: Deal, *, by: User) -> Deal:
    """Take a deal out of draft: its terms are complete enough to be computed on."""
    deal = Deal.objects.select_for_update().get(pk=deal.pk)
    if deal.status != Deal.Status.DRAFT:
        msg = _("The deal is already past its draft.")
        raise DealError(msg)
    deal.status = Deal.Status.ANALYSIS
    deal.save(update_fields=["status"])
    record("deal.analysis_begun", deal, by=by)
    return deal


@transaction.atomic
def appoint_servicer(
    deal: Deal, servicer: Servicer, *, by: User, part: str = ServicerAppointment.Part.SERVICER
) -> ServicerAppointment:
    """Say which servicer collects for a deal: its assessment in force enters the next run."""
    deal = Deal.objects.select_for_update().get(pk=deal.pk)
    if not deal.is_editable:
        msg = _("The servicer of a deal in the state “%(status)s” does not change.") % {
            "status": deal.get_status_display()
        }
        raise DealError(msg)
    before = deal.servicers.filter(part=part).select_related("servicer").first()
    appointment, _created = ServicerAppointment.objects.update_or_create(
        deal=deal,
        part=part,
        defaults={"servicer": servicer, "appointed_by": by, "since": clock.now()},
    )
    record(
        "deal.servicer_appointed",
        deal,
        by=by,
        servicer=servicer.code,
        part=part,
        before=before.servicer.code if before else None,
    )
    return appointment


@transaction.atomic
def assign_person(deal: Deal, user: User, part: str, *, by: User) -> CasePerson:
    """Put a person on a deal's case in a part that her roles allow; the deal becomes visible to her."""
    if not user.is_active or not user.has_role(part):
        msg = _("%(person)s does not hold the role “%(part)s”.") % {
            "person": user,
            "part": Role(part).label,
        }
        raise DealError(msg)
    if deal.people.filter(user=user).exists():
        msg = _("%(person)s is on this case already.") % {"person": user}
        raise DealError(msg)
    person = CasePerson.objects.create(deal=deal, user=user, part=part, since=clock.now())
    record("case.person_assigned", deal, by=by, person=user.username, part=part)
    return person


@transaction.atomic
def release_person(deal: Deal, user: User, *, by: User) -> None:
    """Take a person off a deal's case. A recusal stays, and so does the last lead or analyst."""
    deal = Deal.objects.select_for_update().get(pk=deal.pk)
    person = deal.people.filter(user=user).first()
    if person is None:
        msg = _("%(person)s is not on this case.") % {"person": user}
        raise DealError(msg)
    if person.is_recused:
        msg = _("%(person)s is recused; the case keeps that on record.") % {"person": user}
        raise DealError(msg)
    authors = {Role.LEAD, Role.ANALYST, Role.SECRETARY}
    others = deal.people.exclude(pk=person.pk).filter(part__in=authors, is_recused=False)
    if person.part in authors and not others.exists():
        msg = _("A case keeps at least one person who may work on it.")
        raise DealError(msg)
    person.delete()
    record("case.person_released", deal, by=by, person=user.username, part=person.part)
