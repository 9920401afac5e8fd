"""Loan tapes: what was received, what the check said, where the immutable file lies."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from deals.structure.models import Deal
from ratings_site.jobs.models import Job
from ratings_site.people.models import User


class TapeQuerySet(QuerySet["Tape"]):
    def visible_to(self, user: User) -> "TapeQuerySet":
        return self.filter(deal__in=Deal.objects.visible_to(user))


class Tape(models.Model):
    """One version of a deal's loan tape. Loans live in the Parquet file, not in rows."""

    class Status(models.TextChoices):
        RECEIVED = "received", _("received")
        ACCEPTED = "accepted", _("accepted")
        WARNED = "accepted_with_warnings", _("accepted with warnings")
        REFUSED = "refused", _("refused")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="tapes")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=32, choices=Status, default=Status.RECEIVED)
    job = models.OneToOneField(Job, null=True, on_delete=models.PROTECT, related_name="tape")
    original_name = models.CharField(max_length=300)
    original = models.FileField(upload_to="tapes/original/", blank=True)
    original_sha256 = models.CharField(max_length=64)
    parquet = models.FileField(upload_to="tapes/canonical/", blank=True)
    parquet_sha256 = models.CharField(max_length=64, blank=True)
    cutoff_date = models.DateField()
    n_loans = models.PositiveIntegerField(null=True)
    n_borrowers = models.PositiveIntegerField(null=True)
    unpaid_principal = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    total_claim = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    summary = models.JSONField(default=dict)
    problem_count = models.PositiveIntegerField(default=0)
    # Strip text such as "Synthetic tape", and notes such as assumed fills.
    data_label = models.CharField(max_length=300, blank=True)
    notes = models.TextField(blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)

    objects = TapeQuerySet.as_manager()

    class Meta:
        ordering = ["deal", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["deal", "number"], name="tape_numbered_once_per_deal"),
            models.CheckConstraint(
                condition=~Q(status__in=["accepted", "accepted_with_warnings"])
                | (~Q(parquet="") & ~Q(parquet_sha256="") & Q(n_loans__isnull=False)),
                name="accepted_tape_has_its_canonical_file",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deal.code} tape {self.number}"

    @property
    def is_accepted(self) -> bool:
        return self.status in {self.Status.ACCEPTED, self.Status.WARNED}


class TapeIssue(models.Model):
    """One problem found in a tape, with its place and its remedy."""

    class Severity(models.TextChoices):
        ERROR = "error", _("error")
        WARNING = "warning", _("warning")

    tape = models.ForeignKey(Tape, on_delete=models.PROTECT, related_name="issues")
    severity = models.CharField(max_length=8, choices=Severity)
    rule = models.CharField(max_length=64)
    sheet = models.CharField(max_length=120, blank=True)
    row = models.PositiveIntegerField(null=True)
    column = models.CharField(max_length=200, blank=True)
    value = models.CharField(max_length=300, blank=True)
    message_en = models.TextField()
    message_zh = models.TextField()
    remedy_en = models.TextField(blank=True)
    remedy_zh = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.rule} row {self.row}"
