"""Declarations and sealed votes; the round is closed, and decided, under one lock."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from deals.committee.models import Declaration, RatingCase, Seat, Vote, VotingRound
from deals.committee.models.voting import ABSTAIN
from deals.committee.services.errors import CommitteeError, require
from deals.committee.services.proposing import ANALYTICAL_PARTS, RATABLE
from ratings_site import clock
from ratings_site.audit.canonical import digest_of
from ratings_site.audit.services import record
from ratings_site.people.models import User

Result = VotingRound.Result


@transaction.atomic
def declare(case: RatingCase, *, has_conflict: bool, statement: str, by: User) -> Declaration:
    """Declare, before voting opens, whether there is a conflict. With one, the case is closed to her."""
    case = RatingCase.objects.select_for_update().get(pk=case.pk)
    require(by, "conflicts.declare", case, "Only members called to a convened case declare.")
    seat_of(case, by)
    if Declaration.objects.filter(case=case, user=by).exists():
        msg = _("You have declared already.")
        raise CommitteeError(msg)
    if case.rounds.exists():
        msg = _("Voting has opened; declarations come before it.")
        raise CommitteeError(msg)
    if has_conflict and not statement.strip():
        msg = _("A conflict needs a statement of what it is.")
        raise CommitteeError(msg)
    declaration = Declaration.objects.create(
        case=case,
        user=by,
        has_conflict=has_conflict,
        statement=statement.strip(),
        declared_at=clock.now(),
    )
    if has_conflict:
        case.deal.people.filter(user=by).update(is_recused=True)
    record("conflict.declared", case, by=by, has_conflict=has_conflict)
    return declaration


@transaction.atomic
def open_round(case: RatingCase, *, by: User) -> VotingRound:
    """Open voting once every member has declared and enough may vote."""
    case = RatingCase.objects.select_for_update().get(pk=case.pk)
    require(by, "rounds.open", case, "Only the chair of the case opens the voting.")
    seat_of(case, by)
    if case.rounds.filter(status=VotingRound.Status.OPEN).exists():
        msg = _("A round of voting is open already.")
        raise CommitteeError(msg)
    silent = [seat.printed_name for seat in seats_to_declare(case)]
    if silent:
        msg = _("Not declared yet: %(names)s.") % {"names": ", ".join(silent)}
        raise CommitteeError(msg)
    rule = case.package.document["committee"]
    voters = len(eligible_seats(case))
    if voters < rule["quorum"]:
        msg = _("%(found)s members may vote; a quorum needs %(needed)s.") % {
            "found": voters,
            "needed": rule["quorum"],
        }
        raise CommitteeError(msg)
    needs, of = rule["majority"]
    round_ = VotingRound.objects.create(
        case=case,
        package=case.package,
        number=case.rounds.count() + 1,
        quorum=rule["quorum"],
        majority_needs=needs,
        majority_of=of,
        opened_by=by,
        opened_at=clock.now(),
    )
    record("round.opened", round_, by=by, package_sha256=round_.package.sha256)
    return round_


@transaction.atomic
def cast_vote(
    round_: VotingRound,
    *,
    levels: Mapping[str, str],
    reason: str,
    by: User,
    dissents: bool = False,
) -> Vote:
    """Cast a vote. It carries the hash of the package, is sealed, and cannot be changed."""
    round_ = VotingRound.objects.select_for_update().get(pk=round_.pk)
    refuse_partial(round_, by)
    require(by, "votes.cast", round_, "Only members called to the case vote, while it is convened.")
    seat_of(round_.case, by)
    if not round_.is_open:
        msg = _("Voting in this round is closed.")
        raise CommitteeError(msg)
    refuse_vote(round_, levels, reason)
    if round_.votes.filter(member=by).exists():
        msg = _("You have voted in this round. A vote cannot be changed after it is cast.")
        raise CommitteeError(msg)
    vote = Vote.objects.create(
        round=round_,
        member=by,
        package_sha256=round_.package.sha256,
        levels=dict(levels),
        reason=reason.strip(),
        dissents=dissents,
        cast_at=clock.now(),
    )
    record("vote.cast", round_, by=by)  # who, never what: votes are sealed until the round closes
    return vote


def refuse_partial(round_: VotingRound, by: User) -> None:
    """Refuse whoever prepared the package or stands on the analytical side of the case."""
    if by == round_.package.prepared_by:
        msg = "The analyst who prepared a package may not vote on it."
        raise PermissionDenied(msg)
    if round_.case.deal.people.filter(user=by, part__in=ANALYTICAL_PARTS).exists():
        msg = "Nobody from the analytical side of a case may vote on it."
        raise PermissionDenied(msg)


def refuse_vote(round_: VotingRound, levels: Mapping[str, str], reason: str) -> None:
    """Ask for a level, or an abstention, for every rated note, and for a reason."""
    notes = round_.package.rated_notes
    if set(levels) != set(notes):
        msg = _("A vote names a level for each rated note: %(notes)s.") % {
            "notes": ", ".join(notes)
        }
        raise CommitteeError(msg)
    if any(level not in (*RATABLE, ABSTAIN) for level in levels.values()):
        msg = _("A vote names a level of the scale, or abstains.")
        raise CommitteeError(msg)
    if not reason.strip():
        msg = _("A vote needs its reason, which is kept with the rating.")
        raise CommitteeError(msg)


@transaction.atomic
def close_round(round_: VotingRound, *, by: User) -> VotingRound:
    """Close the round, unseal its votes and decide: all under the lock on its row.

    A level is decided by its share of the votes cast, abstentions counted as votes cast. A tie, a
    missing majority on any note or a missing quorum never decides.
    """
    round_ = VotingRound.objects.select_for_update().get(pk=round_.pk)
    require(by, "rounds.close", round_, "Only the chair of the case closes the voting.")
    seat_of(round_.case, by)
    if not round_.is_open:
        msg = _("This round is closed already.")
        raise CommitteeError(msg)
    votes = list(round_.votes.order_by("member_id"))
    round_.result, round_.decision = decide(round_, votes)
    round_.status = VotingRound.Status.CLOSED
    round_.closed_by, round_.closed_at = by, clock.now()
    round_.votes_sha256 = digest_of([content_of(vote) for vote in votes])
    round_.save()
    if round_.result == Result.DECIDED:
        RatingCase.objects.filter(pk=round_.case_id).update(status=RatingCase.Status.DECIDED)
    record("round.closed", round_, by=by, result=round_.result, votes_sha256=round_.votes_sha256)
    return round_


def decide(round_: VotingRound, votes: list[Vote]) -> tuple[Result, dict[str, str]]:
    """Return what the votes decide: a level for every rated note, or none for any."""
    if len(votes) < round_.quorum:
        return Result.NO_QUORUM, {}
    decision = {}
    for note in round_.package.rated_notes:
        level = majority_level(round_, [vote.levels[note] for vote in votes])
        if level is None:
            return Result.NO_MAJORITY, {}
        decision[note] = level
    return Result.DECIDED, decision


def majority_level(round_: VotingRound, stances: list[str]) -> str | None:
    """Return the one level that has the majority of the votes cast, or None."""
    counted = Counter(stance for stance in stances if stance != ABSTAIN)
    reached = [
        level
        for level, count in counted.items()
        if count * round_.majority_of >= round_.majority_needs * len(stances)
    ]
    return reached[0] if len(reached) == 1 else None  # with one half needed, two may reach it


def content_of(vote: Vote) -> dict[str, Any]:
    """Return what a vote says, as it enters hashes and signed statements."""
    return {
        "id": vote.pk,
        "member": vote.member_id,
        "package_sha256": vote.package_sha256,
        "levels": vote.levels,
        "reason": vote.reason,
        "dissents": vote.dissents,
        "cast_at": vote.cast_at,
    }


def seat_of(case: RatingCase, user: User) -> Seat:
    """Return the seat of a member who may act, or refuse: seats are those of the convening."""
    seat = case.seats.filter(user=user).first()
    if seat is None or case.declarations.filter(user=user, has_conflict=True).exists():
        msg = "Only members called to this case, without a conflict, take part in its vote."
        raise PermissionDenied(msg)
    return seat


def seats_to_declare(case: RatingCase) -> list[Seat]:
    declared = case.declarations.values_list("user_id", flat=True)
    return list(case.seats.exclude(user_id__in=list(declared)))


def eligible_seats(case: RatingCase) -> list[Seat]:
    """Return the seats that count: declared, without a conflict, of people still active."""
    conflicted = case.declarations.filter(has_conflict=True).values_list("user_id", flat=True)
    return list(case.seats.exclude(user_id__in=list(conflicted)).filter(user__is_active=True))
