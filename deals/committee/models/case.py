"""A rating case: one action on one deal, from the proposal to the signature."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from deals.runs.models import RatingRun
from deals.structure.models import Deal
from ratings_site.people.models import Role, User


class RatingCaseQuerySet(QuerySet["RatingCase"]):
    def visible_to(self, user: User) -> "RatingCaseQuerySet":
        return self.filter(deal__in=Deal.objects.visible_to(user))


class RatingCase(models.Model):
    """One rating action in the making. Its state only goes forward; another try is another case."""

    class Action(models.TextChoices):
        INITIAL = "initial", _("first rating")
        REVIEW = "review", _("review")
        APPEAL = "appeal", _("review on request")

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        CONVENED = "convened", _("convened")
        DECIDED = "decided", _("decided")
        SIGNED = "signed", _("signed")
        RETURNED = "returned", _("returned to analysis")

    OPEN = (Status.PROPOSED, Status.CONVENED, Status.DECIDED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="cases")
    number = models.PositiveIntegerField()
    action = models.CharField(max_length=16, choices=Action, default=Action.INITIAL)
    status = models.CharField(max_length=16, choices=Status, default=Status.PROPOSED)
    run = models.ForeignKey(RatingRun, on_delete=models.PROTECT, related_name="cases")
    # Level proposed for each rated note, by the note's name.
    proposal = models.JSONField()
    rationale = models.TextField()
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField()
    meeting_on = models.DateField(null=True)
    returned_because = models.TextField(blank=True)

    objects = RatingCaseQuerySet.as_manager()

    class Meta:
        ordering = ["deal", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["deal", "number"], name="case_numbered_once_per_deal"),
            models.UniqueConstraint(
                fields=["deal"],
                condition=Q(status__in=["proposed", "convened", "decided"]),
                name="one_open_case_per_deal",
            ),
            models.CheckConstraint(
                condition=~Q(status="returned") | ~Q(returned_because=""),
                name="returned_case_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deal.code} case {self.number}"


class Seat(models.Model):
    """A member called to a case, as she was at convening. Never edited."""

    case = models.ForeignKey(RatingCase, on_delete=models.PROTECT, related_name="seats")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=32, choices=Role)
    printed_name = models.CharField(max_length=120)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "user"], name="one_seat_per_member_of_a_case"),
            models.UniqueConstraint(
                fields=["case"], condition=Q(part="chair"), name="one_chair_of_a_case"
            ),
            models.CheckConstraint(
                condition=Q(part__in=["chair", "committee_member"]), name="seat_has_a_vote"
            ),
        ]

    def __str__(self) -> str:
        return self.printed_name


class Declaration(models.Model):
    """What a member said about conflicts of interest before voting opened. Never edited."""

    case = models.ForeignKey(RatingCase, on_delete=models.PROTECT, related_name="declarations")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    has_conflict = models.BooleanField()
    statement = models.TextField(blank=True)
    declared_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "user"], name="one_declaration_per_member_of_a_case"
            ),
            models.CheckConstraint(
                condition=Q(has_conflict=False) | ~Q(statement=""),
                name="conflict_is_stated",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.has_conflict}"
