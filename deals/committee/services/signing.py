"""The chair signs the committee's decision, with her password again; the deal is rated."""

import datetime
import secrets
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from deals.committee.models import (
    Package,
    RatingAction,
    RatingCase,
    Signature,
    SigningOrder,
    VotingRound,
)
from deals.committee.services.errors import CommitteeError, require
from deals.committee.services.voting import content_of, seat_of
from deals.structure.models import Deal
from ratings_site import clock
from ratings_site.audit.canonical import canonical_bytes, digest_of, sha256_hex
from ratings_site.audit.services import record
from ratings_site.components.figures import level_mark
from ratings_site.components.levels import LEVELS
from ratings_site.people.models import User


@transaction.atomic
def begin_signing(case: RatingCase, *, by: User) -> SigningOrder:
    """Issue a one-time nonce, bound to person, round and package, for the form that signs."""
    require(by, "cases.sign", case, "Only the chair of the case signs, once it is decided.")
    seat_of(case, by)
    round_ = decided_round(case)
    return SigningOrder.objects.create(
        nonce=secrets.token_hex(32),
        round=round_,
        user=by,
        package_sha256=round_.package.sha256,
        issued_at=clock.now(),
    )


@transaction.atomic
def sign_off(
    case: RatingCase,
    *,
    nonce: str,
    reauthenticated_at: datetime.datetime,
    rationale: str,
    by: User,
) -> list[RatingAction]:
    """Sign the decision and record a rating action for each note.

    Parameters
    ----------
    nonce : of the order that `begin_signing` issued; good once, for some minutes.
    reauthenticated_at : when the person last proved who she is, with her password.
    rationale : why the rating differs from what model and limits imply; needed only then.
    """
    deal = Deal.objects.select_for_update().get(pk=case.deal_id)
    case = RatingCase.objects.select_for_update().get(pk=case.pk)
    require(by, "cases.sign", case, "Only the chair of the case signs, once it is decided.")
    seat_of(case, by)
    round_ = decided_round(case)
    refuse_old_proof(reauthenticated_at)
    use_order(nonce, round_, by)
    package = verified_package(round_)
    implied = {each["note"]: each["level"] for each in package.document["outcomes"]}
    if implied != round_.decision and not rationale.strip():
        msg = _("The decision differs from what model and limits imply. Say why.")
        raise CommitteeError(msg)
    signature = sign(round_, nonce, rationale.strip(), by=by)
    actions = [
        RatingAction.objects.create(
            case=case,
            note=deal.notes.get(name=name),
            package=package,
            signature=signature,
            level=level,
            symbol=symbol_of(level, deal.scale),
            implied=implied[name],
            rationale=rationale.strip() if level != implied[name] else "",
            decided_at=signature.signed_at,
        )
        for name, level in round_.decision.items()
    ]
    case.status = RatingCase.Status.SIGNED
    case.save(update_fields=["status"])
    deal.status = Deal.Status.RATED
    deal.save(update_fields=["status"])
    record("case.signed", case, by=by, signature=signature.sha256, package=package.sha256)
    return actions


def decided_round(case: RatingCase) -> VotingRound:
    round_ = case.rounds.filter(result=VotingRound.Result.DECIDED).last()
    if round_ is None:
        msg = _("No round has decided this case.")
        raise CommitteeError(msg)
    return round_


def refuse_old_proof(reauthenticated_at: datetime.datetime) -> None:
    age = (clock.now() - reauthenticated_at).total_seconds()
    if not 0 <= age <= settings.SIGNING_SECONDS:
        msg = "Signing needs the password again, given within the last minutes."
        raise PermissionDenied(msg)


def use_order(nonce: str, round_: VotingRound, by: User) -> None:
    """Use a nonce up; refuse one that is used, old, or meant for something else."""
    order = SigningOrder.objects.select_for_update().filter(nonce=nonce).first()
    if order is None or (order.user_id, order.round_id) != (by.pk, round_.pk):
        msg = _("This form signs something else. Open the page again.")
        raise CommitteeError(msg)
    if order.package_sha256 != round_.package.sha256:
        msg = _("This form signs another package. Open the page again.")
        raise CommitteeError(msg)
    if order.used_at is not None:
        msg = _("This form has been used. A signature is given once.")
        raise CommitteeError(msg)
    if (clock.now() - order.issued_at).total_seconds() > settings.SIGNING_SECONDS:
        msg = _("This form is too old. Open the page again.")
        raise CommitteeError(msg)
    order.used_at = clock.now()
    order.save(update_fields=["used_at"])


def verified_package(round_: VotingRound) -> Package:
    """Return the round's package after proving that bytes, votes and hashes belong together."""
    package = round_.package
    votes = list(round_.votes.order_by("member_id"))
    fits = (
        sha256_hex(bytes(package.content)) == package.sha256
        and all(vote.package_sha256 == package.sha256 for vote in votes)
        and digest_of([content_of(vote) for vote in votes]) == round_.votes_sha256
    )
    if not fits:
        msg = _("The package or the votes are not what was hashed. Nothing was signed.")
        raise CommitteeError(msg)
    return package


def sign(round_: VotingRound, nonce: str, rationale: str, *, by: User) -> Signature:
    now = clock.now()
    statement = canonical_bytes(statement_of(round_, nonce, rationale, by=by, at=now))
    return Signature.objects.create(
        round=round_,
        user=by,
        printed_name=str(by),
        meaning=Signature.Meaning.APPROVED,
        signed_at=now,
        nonce=nonce,
        statement=statement,
        sha256=sha256_hex(statement),
    )


def statement_of(
    round_: VotingRound, nonce: str, rationale: str, *, by: User, at: datetime.datetime
) -> dict[str, Any]:
    """Return all that a signature stands for; to move it elsewhere would change its hash."""
    return {
        "format": "npl-signature/1",
        "meaning": Signature.Meaning.APPROVED,
        "printed_name": str(by),
        "user": by.pk,
        "signed_at": at,
        "deal": round_.deal.code,
        "case": round_.case_id,
        "round": round_.pk,
        "package_sha256": round_.package.sha256,
        "votes_sha256": round_.votes_sha256,
        "decision": round_.decision,
        "rationale": rationale,
        "nonce": nonce,
    }


def symbol_of(level: str, scale: str) -> str:
    """Write a level with its mark: AA-sf(cn). What lies below the scale carries none."""
    return f"{level}{level_mark(scale)}" if level in LEVELS else level
