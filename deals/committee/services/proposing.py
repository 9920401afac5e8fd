"""From a run to a convened committee: propose, freeze, call the members; or return."""

import datetime
from collections.abc import Iterable, Mapping

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from deals.committee.models import Package, RatingCase, Seat, VotingRound
from deals.committee.models.voting import rule_in_force
from deals.committee.selectors.content import package_content
from deals.committee.services.errors import CommitteeError, require
from deals.runs.models import RatingRun
from deals.runs.selectors.results import rated_notes
from deals.structure.models import CasePerson, Deal
from ratings_site import clock
from ratings_site.audit.canonical import canonical_bytes, sha256_hex
from ratings_site.audit.services import record
from ratings_site.components.levels import BELOW_CCC, LEVELS
from ratings_site.people.models import Role, User

ANALYTICAL_PARTS = (Role.ANALYST, Role.LEAD, Role.REVIEWER, Role.DIRECTOR)
RATABLE = (*LEVELS, BELOW_CCC)


@transaction.atomic
def propose_rating(
    run: RatingRun,
    *,
    levels: Mapping[str, str],
    rationale: str,
    by: User,
    action: str = RatingCase.Action.INITIAL,
) -> RatingCase:
    """Propose a level for each rated note of a done run; chair and secretary see it from now on."""
    deal = Deal.objects.select_for_update().get(pk=run.deal_id)
    require(by, "cases.propose", deal, "Only the lead analyst of the case proposes a rating.")
    refuse_stale(run, deal)
    refuse_levels(run, levels)
    if not rationale.strip():
        msg = _("A proposal needs its rationale.")
        raise CommitteeError(msg)
    cases = RatingCase.objects.filter(deal=deal)
    if cases.filter(status__in=RatingCase.OPEN).exists():
        msg = _("A case of this deal is open already.")
        raise CommitteeError(msg)
    case = RatingCase.objects.create(
        deal=deal,
        number=cases.count() + 1,
        action=action,
        run=run,
        proposal=dict(levels),
        rationale=rationale.strip(),
        proposed_by=by,
        proposed_at=clock.now(),
    )
    tell_office(deal)
    record("case.proposed", case, by=by, run=run.number)
    return case


def refuse_stale(run: RatingRun, deal: Deal) -> None:
    """Refuse a run that is not done, or not of the terms and the tape that stand now."""
    if run.result is None:
        msg = _("Run %(number)s is not done.") % {"number": run.number}
        raise CommitteeError(msg)
    terms = deal.terms
    if run.terms_id != terms.pk:
        msg = _("Run %(run)s was made on terms %(old)s; version %(new)s stands now. Run again.") % {
            "run": run.number,
            "old": run.terms.number,
            "new": terms.number,
        }
        raise CommitteeError(msg)
    newest = deal.tapes.filter(status__in=["accepted", "accepted_with_warnings"]).first()
    if newest is not None and run.tape_id is not None and run.tape_id != newest.pk:
        msg = _("Run %(run)s was made on another tape than version %(new)s. Run again.") % {
            "run": run.number,
            "new": newest.number,
        }
        raise CommitteeError(msg)


def refuse_levels(run: RatingRun, levels: Mapping[str, str]) -> None:
    """Ask for one level of the scale for every rated note, and for nothing else."""
    notes = [note["name"] for note in rated_notes(run.result or {})]
    if set(levels) != set(notes):
        msg = _("A level is needed for each rated note: %(notes)s.") % {"notes": ", ".join(notes)}
        raise CommitteeError(msg)
    unknown = sorted({level for level in levels.values() if level not in RATABLE})
    if unknown:
        msg = _("Not a level of the scale: %(levels)s.") % {"levels": ", ".join(unknown)}
        raise CommitteeError(msg)


def tell_office(deal: Deal) -> None:
    """Put every chair and secretary on the case: one of them convenes, not the lead's choice."""
    on_case = set(deal.people.values_list("user_id", flat=True))
    for part in (Role.CHAIR, Role.SECRETARY):
        for user in User.objects.filter(is_active=True, groups__name=part).exclude(pk__in=on_case):
            CasePerson.objects.create(deal=deal, user=user, part=part, since=clock.now())
            on_case.add(user.pk)


@transaction.atomic
def convene(
    case: RatingCase,
    *,
    chair: User,
    members: Iterable[User],
    meeting_on: datetime.date,
    by: User,
) -> Package:
    """Call the members and freeze what they will read. From here no input can change."""
    deal = Deal.objects.select_for_update().get(pk=case.deal_id)
    case = RatingCase.objects.select_for_update().get(pk=case.pk)
    require(by, "cases.convene", case, "A case is convened by chair or secretary, once proposed.")
    if by == case.proposed_by:
        msg = "Who proposed a rating does not convene its committee."
        raise PermissionDenied(msg)
    refuse_stale(case.run, deal)
    ordinary = [member for member in dict.fromkeys(members) if member != chair]
    refuse_bench(case, chair, ordinary)
    take_seats(case, chair, ordinary)
    case.status, case.meeting_on = RatingCase.Status.CONVENED, meeting_on
    case.save(update_fields=["status", "meeting_on"])
    deal.status = Deal.Status.COMMITTEE
    deal.save(update_fields=["status"])
    case.deal = deal
    package = freeze_package(case, by=by)
    record(
        "case.convened",
        case,
        by=by,
        package=package.number,
        sha256=package.sha256,
        members=[chair.username, *(member.username for member in ordinary)],
    )
    return package


def refuse_bench(case: RatingCase, chair: User, members: list[User]) -> None:
    """Refuse a bench without a chair, below quorum, or with anybody from the analytical side."""
    if not chair.is_active or not chair.has_role(Role.CHAIR):
        msg = _("%(person)s does not hold the role “chair”.") % {"person": chair}
        raise CommitteeError(msg)
    for member in members:
        if not member.is_active or not member.has_role(Role.MEMBER, Role.CHAIR):
            msg = _("%(person)s is no member of the committee.") % {"person": member}
            raise CommitteeError(msg)
    bench = [chair, *members]
    refuse_insiders(case, bench)
    needed = rule_in_force().quorum
    if len(bench) < needed:
        msg = _("%(found)s members are called; a quorum needs %(needed)s.") % {
            "found": len(bench),
            "needed": needed,
        }
        raise CommitteeError(msg)


def refuse_insiders(case: RatingCase, bench: list[User]) -> None:
    """Whoever works, or worked, on the deal does not vote on it; nor does its secretary."""
    people = list(case.deal.people.all())
    parts = {person.user_id: person.part for person in people}
    recused = {person.user_id for person in people if person.is_recused}
    insiders = {case.proposed_by_id, case.deal.created_by_id, case.run.requested_by_id}
    others = (*ANALYTICAL_PARTS, Role.SECRETARY)
    for member in bench:
        if member.pk in insiders or parts.get(member.pk) in others:
            msg = _("%(person)s has another part in this case and may not vote on it.") % {
                "person": member
            }
            raise CommitteeError(msg)
        if member.pk in recused:
            msg = _("%(person)s has declared a conflict on this deal.") % {"person": member}
            raise CommitteeError(msg)


def take_seats(case: RatingCase, chair: User, members: list[User]) -> None:
    seats = [(chair, Role.CHAIR), *((member, Role.MEMBER) for member in members)]
    for user, part in seats:
        Seat.objects.create(case=case, user=user, part=part, printed_name=str(user))
        CasePerson.objects.update_or_create(
            deal=case.deal,
            user=user,
            defaults={"part": part},
            create_defaults={"part": part, "since": clock.now()},
        )


def freeze_package(case: RatingCase, *, by: User) -> Package:
    """Write the package's canonical bytes and their hash."""
    number = Package.objects.filter(case__deal=case.deal).count() + 1
    now = clock.now()
    content = canonical_bytes(
        package_content(case, number=number, rule=rule_in_force(), frozen_by=by, frozen_at=now)
    )
    return Package.objects.create(
        case=case,
        number=number,
        content=content,
        sha256=sha256_hex(content),
        prepared_by=case.proposed_by,
        frozen_by=by,
        frozen_at=now,
    )


@transaction.atomic
def return_case(case: RatingCase, *, reason: str, by: User) -> RatingCase:
    """Send a case back to analysis. Package and votes stay on record; a new try is a new case."""
    deal = Deal.objects.select_for_update().get(pk=case.deal_id)
    case = RatingCase.objects.select_for_update().get(pk=case.pk)
    require(
        by, "cases.return", case, "Only chair or secretary return a case, before it is decided."
    )
    if not reason.strip():
        msg = _("Returning a case needs its reason.")
        raise CommitteeError(msg)
    if case.rounds.filter(status=VotingRound.Status.OPEN).exists():
        msg = _("A round of voting is open. Close it first.")
        raise CommitteeError(msg)
    case.status = RatingCase.Status.RETURNED
    case.returned_because = reason.strip()
    case.save(update_fields=["status", "returned_because"])
    deal.status = Deal.Status.ANALYSIS
    deal.save(update_fields=["status"])
    record("case.returned", case, by=by, reason=reason.strip())
    return case
