"""What was decided: the signature, and the rating actions that rest on it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from deals.committee.models.case import RatingCase
from deals.committee.models.package import Package
from deals.committee.models.voting import VotingRound
from deals.structure.models import Deal, NoteClass
from ratings_site.people.models import User


class SigningOrder(models.Model):
    """A nonce for one signature: of one person, on one round's decision. Good once, for minutes."""

    nonce = models.CharField(max_length=64, primary_key=True)
    round = models.ForeignKey(VotingRound, on_delete=models.PROTECT, related_name="signing_orders")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    package_sha256 = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-issued_at"]

    def __str__(self) -> str:
        return f"{self.round}, {self.user}"


class Signature(models.Model):
    """A signed statement: printed name, meaning, time, package and votes. Never edited."""

    class Meaning(models.TextChoices):
        APPROVED = "approved", _("decision of the committee")
        VOTED = "voted", _("my vote is recorded rightly")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(VotingRound, on_delete=models.PROTECT, related_name="signatures")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    printed_name = models.CharField(max_length=120)
    meaning = models.CharField(max_length=16, choices=Meaning)
    signed_at = models.DateTimeField()
    nonce = models.CharField(max_length=64, unique=True)
    # Canonical JSON of all that was signed, with its sha256.
    statement = models.BinaryField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["signed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["round"],
                condition=Q(meaning="approved"),
                name="one_approval_per_round",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.printed_name}: {self.get_meaning_display()}"

    @property
    def deal(self) -> Deal:
        return self.round.case.deal


class RatingActionQuerySet(QuerySet["RatingAction"]):
    def visible_to(self, user: User) -> "RatingActionQuerySet":
        return self.filter(case__deal__in=Deal.objects.visible_to(user))


class RatingAction(models.Model):
    """The rating of one note, as decided and signed. Never edited: a change is the next action."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(RatingCase, on_delete=models.PROTECT, related_name="actions")
    note = models.ForeignKey(NoteClass, on_delete=models.PROTECT, related_name="actions")
    package = models.ForeignKey(Package, on_delete=models.PROTECT, related_name="actions")
    signature = models.ForeignKey(Signature, on_delete=models.PROTECT, related_name="actions")
    level = models.CharField(max_length=16)
    symbol = models.CharField(max_length=24)
    implied = models.CharField(max_length=16)
    # Why the rating differs from what model and limits imply; empty where it does not.
    rationale = models.TextField(blank=True)
    decided_at = models.DateTimeField()

    objects = RatingActionQuerySet.as_manager()

    class Meta:
        ordering = ["case", "note__rank", "note__name"]
        constraints = [
            models.UniqueConstraint(fields=["case", "note"], name="one_action_per_note_and_case"),
            models.CheckConstraint(
                condition=Q(level=models.F("implied")) | ~Q(rationale=""),
                name="departure_from_the_model_has_a_rationale",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case.deal.code} {self.note.name}"  # without the level: it is no title

    @property
    def deal(self) -> Deal:
        return self.case.deal
