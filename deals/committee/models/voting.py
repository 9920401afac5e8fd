"""Voting: rounds, and sealed votes."""

import uuid
from dataclasses import dataclass
from fractions import Fraction

from django.conf import settings
from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from deals.committee.models.case import RatingCase
from deals.committee.models.package import Package
from deals.structure.models import Deal
from ratings_site.people.models import User

ABSTAIN = "abstain"


@dataclass(frozen=True, slots=True)
class VotingRule:
    """When a vote decides: at least `quorum` votes, and `needs` of `of` of the votes for a level."""

    quorum: int
    needs: int
    of: int
    source: str


def rule_in_force() -> VotingRule:
    """Return the rule of the settings; a share that cannot decide alone is refused."""
    share = Fraction(settings.COMMITTEE_MAJORITY)
    if not Fraction(1, 2) <= share <= 1 or settings.COMMITTEE_QUORUM < 1:
        msg = "COMMITTEE_MAJORITY must lie from 1/2 to 1, COMMITTEE_QUORUM be at least 1."
        raise ValueError(msg)
    return VotingRule(
        settings.COMMITTEE_QUORUM,
        share.numerator,
        share.denominator,
        settings.COMMITTEE_RULE_SOURCE,
    )


class VotingRoundQuerySet(QuerySet["VotingRound"]):
    def visible_to(self, user: User) -> "VotingRoundQuerySet":
        return self.filter(case__deal__in=Deal.objects.visible_to(user))


class VotingRound(models.Model):
    """One vote of the committee on one package. This row is what is locked while voting."""

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    class Result(models.TextChoices):
        DECIDED = "decided", _("decided")
        NO_QUORUM = "no_quorum", _("no quorum")
        NO_MAJORITY = "no_majority", _("no majority")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(RatingCase, on_delete=models.PROTECT, related_name="rounds")
    package = models.ForeignKey(Package, on_delete=models.PROTECT, related_name="rounds")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=16, choices=Status, default=Status.OPEN)
    # The rule as it stood at convening: least votes, least share of the votes cast, and its source.
    quorum = models.PositiveSmallIntegerField()
    majority_of = models.PositiveSmallIntegerField()
    majority_needs = models.PositiveSmallIntegerField()
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    opened_at = models.DateTimeField()
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=16, choices=Result, blank=True)
    # Level decided for each rated note, only when all are.
    decision = models.JSONField(default=dict, blank=True)
    votes_sha256 = models.CharField(max_length=64, blank=True)

    objects = VotingRoundQuerySet.as_manager()

    class Meta:
        ordering = ["case", "number"]
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="round_numbered_once_per_case"),
            models.UniqueConstraint(
                fields=["case"], condition=Q(status="open"), name="one_open_round_per_case"
            ),
            models.CheckConstraint(
                condition=Q(status="open", result="", closed_at__isnull=True)
                | (Q(status="closed", closed_at__isnull=False) & ~Q(result="")),
                name="round_has_a_result_exactly_when_closed",
            ),
            models.CheckConstraint(
                condition=Q(majority_needs__gt=0, majority_needs__lte=F("majority_of")),
                name="majority_is_a_share",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} round {self.number}"

    @property
    def deal(self) -> Deal:
        return self.case.deal

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN


class VoteQuerySet(QuerySet["Vote"]):
    def unsealed(self) -> "VoteQuerySet":
        """Votes of closed rounds: the only ones that anybody is shown."""
        return self.filter(round__status=VotingRound.Status.CLOSED)

    def visible_to(self, user: User) -> "VoteQuerySet":
        return self.unsealed().filter(round__case__deal__in=Deal.objects.visible_to(user))


class Vote(models.Model):
    """A member's level for each rated note, with the reason. Never edited; sealed until closed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(VotingRound, on_delete=models.PROTECT, related_name="votes")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    package_sha256 = models.CharField(max_length=64)
    levels = models.JSONField()
    reason = models.TextField()
    dissents = models.BooleanField(default=False)
    cast_at = models.DateTimeField()

    objects = VoteQuerySet.as_manager()

    class Meta:
        ordering = ["round", "member__username"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "member"], name="one_vote_per_member_and_round"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="vote_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.round}, {self.member}"  # never the level: votes are sealed

    @property
    def deal(self) -> Deal:
        return self.round.case.deal

    @property
    def case(self) -> RatingCase:
        return self.round.case
