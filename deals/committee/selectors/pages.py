"""What a person sees of a case: her own next step, and nothing that is sealed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from deals.committee.models import (
    Declaration,
    Document,
    Package,
    Question,
    RatingCase,
    Seat,
    Vote,
    VotingRound,
)
from deals.structure.models import Deal
from ratings_site import policy
from ratings_site.audit.models import AuditEvent
from ratings_site.audit.selectors import history_of
from ratings_site.people.models import Role, User

# While a round is open these lines would tell who has voted and in what order.
SEALED_ACTIONS = ("vote.cast",)
SECTIONS = ("sum", "binds", "chg", "next", "views", "sens", "open", "runs")
AFTER_DECISION = (RatingCase.Status.DECIDED, RatingCase.Status.SIGNED)


@dataclass(frozen=True)
class CaseView:
    """A case for one reader."""

    case: RatingCase
    package: Package | None
    seat: Seat | None
    declaration: Declaration | None
    declarations: list[Declaration]
    silent: list[str]
    rounds: list[VotingRound]
    round: VotingRound | None
    own_vote: Vote | None
    may: frozenset[str]

    @property
    def must_declare(self) -> bool:
        """Is this a member who has not said yet whether she has a conflict?"""
        return self.seat is not None and self.declaration is None

    @property
    def may_vote(self) -> bool:
        """Is a form for her vote to be shown?"""
        return (
            "votes.cast" in self.may
            and self.seat is not None
            and self.round is not None
            and self.round.is_open
            and self.own_vote is None
        )

    @property
    def may_open(self) -> bool:
        is_open = self.round is not None and self.round.is_open
        return "rounds.open" in self.may and self.seat is not None and not is_open

    @property
    def may_close(self) -> bool:
        is_open = self.round is not None and self.round.is_open
        return "rounds.close" in self.may and self.seat is not None and is_open


ACTIONS = (
    "cases.convene",
    "cases.return",
    "packages.ask",
    "packages.answer",
    "conflicts.declare",
    "rounds.open",
    "rounds.close",
    "votes.cast",
    "cases.sign",
)


def case_view(case: RatingCase, user: User) -> CaseView:
    """Read a case as one person may see it."""
    declarations = list(case.declarations.select_related("user"))
    declared = {each.user_id for each in declarations}
    rounds = list(case.rounds.select_related("package"))
    latest = rounds[-1] if rounds else None
    seats = list(case.seats.all())
    return CaseView(
        case=case,
        package=Package.objects.filter(case=case).first(),
        seat=next((seat for seat in seats if seat.user_id == user.pk), None),
        declaration=next((each for each in declarations if each.user_id == user.pk), None),
        declarations=declarations,
        silent=[seat.printed_name for seat in seats if seat.user_id not in declared],
        rounds=rounds,
        round=latest,
        own_vote=None if latest is None else latest.votes.filter(member=user).first(),
        may=frozenset(action for action in ACTIONS if policy.allows(user, action, case)),
    )


def cases_of(deal: Deal) -> QuerySet[RatingCase]:
    return RatingCase.objects.filter(deal=deal).select_related("run", "proposed_by", "package")


def votes_shown(round_: VotingRound, user: User) -> list[Vote]:
    """Return the votes of a round that this person may read: none while it is open.

    The committee reads them once the round is closed; the analytical side once the case is
    decided.
    """
    parts = policy.roles_on(user, round_)
    is_committee = bool(parts & (policy.COMMITTEE | {Role.COMPLIANCE}))
    if not (is_committee or round_.case.status in AFTER_DECISION):
        return []
    return list(round_.votes.unsealed().select_related("member").order_by("member__username"))


def history_shown(case: RatingCase, user: User) -> QuerySet[AuditEvent]:
    """Return the case's lines of the trail, without those that a sealed round must not tell."""
    rounds = list(case.rounds.all())
    package = Package.objects.filter(case=case).first()
    subjects = [case, *rounds, *([package] if package else [])]
    lines = history_of(*subjects)
    if policy.roles_on(user, case) == {Role.COMPLIANCE}:
        return lines
    return lines.exclude(action__in=SEALED_ACTIONS)


def questions_of(package: Package) -> dict[str, list[Question]]:
    """Return the questions on a package by the section that they were asked on."""
    asked = package.questions.select_related("asked_by", "answer__answered_by")
    found: dict[str, list[Question]] = {section: [] for section in SECTIONS}
    for number, question in enumerate(asked, start=1):
        question.number = number  # type: ignore[attr-defined]  # for the page alone
        # A question on a section that this package does not show stands at the summary.
        found[question.section if question.section in found else SECTIONS[0]].append(question)
    return found


def documents_of(package: Package, kind: str) -> list[Document]:
    """Return the newest file, or order for it, in each language."""
    newest: dict[str, Document] = {}
    for document in package.documents.filter(kind=kind).select_related("job").order_by("pk"):
        if not newest.get(document.language) or document.sha256 or document.job.is_waiting:
            newest[document.language] = document
    return list(newest.values())


def package_or_none(pk: UUID) -> Package | None:
    return Package.objects.select_related("case__deal").filter(pk=pk).first()
