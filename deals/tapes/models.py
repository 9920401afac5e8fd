"""Loan tapes: what was received, what the check said, where the immutable file lies."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import get_language
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
    unpaid_principal = models.DecimalField(max_digits=38, decimal_places=2, null=True)
    total_claim = models.DecimalField(max_digits=38, decimal_places=2, null=True)
    # Descriptors and strata of an accepted tape: analytics.tape.descriptors.
    summary = models.JSONField(default=dict)
    # What the check said: verdict, file, kinds of problems; never the loans.
    report = models.JSONField(default=dict)
    # How the file was to be read: sheet, mapping, rates. Frozen with the upload.
    order = models.JSONField(default=dict)
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

    @property
    def is_waiting(self) -> bool:
        """Whether the check has yet to say anything."""
        return self.status == self.Status.RECEIVED


class TapeIssue(models.Model):
    """One problem found in a tape, with its place and its remedy."""

    class Severity(models.TextChoices):
        ERROR = "error", _("error")
        WARNING = "warning", _("warning")

    tape = models.ForeignKey(Tape, on_delete=models.PROTECT, related_name="issues")
    severity = models.CharField(max_length=8, choices=Severity)
    rule = models.CharField(max_length=64)
    # The number that people quote, such as R-17.
    code = models.CharField(max_length=8, blank=True)
    letter = models.CharField(max_length=4, blank=True)
    header = models.CharField(max_length=200, blank=True)
    right = models.CharField(max_length=200, blank=True)
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

    @property
    def message(self) -> str:
        return self.message_zh if _reads_chinese() else self.message_en

    @property
    def remedy(self) -> str:
        return self.remedy_zh if _reads_chinese() else self.remedy_en


def _reads_chinese() -> bool:
    return (get_language() or "").startswith("zh")


class Mapping(models.Model):
    """How one originator's own layout reads, version by version. A change is the next version."""

    originator = models.CharField(_("originator"), max_length=200)
    number = models.PositiveIntegerField()
    # Keys: columns (header to column), units (column to unit), words (column to word to code).
    content = models.JSONField(default=dict)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField()

    class Meta:
        ordering = ["originator", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["originator", "number"], name="mapping_numbered_once_per_originator"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.originator} v{self.number}"


class Override(models.Model):
    """An analyst's value beside the tape's, for one loan or collateral. The tape stays as it is."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tape = models.ForeignKey(Tape, on_delete=models.PROTECT, related_name="overrides")
    loan_id = models.CharField(_("loan"), max_length=200)
    collateral_id = models.CharField(_("collateral"), max_length=200, blank=True)
    column = models.CharField(_("column"), max_length=64)
    old_value = models.CharField(max_length=200, blank=True)
    new_value = models.CharField(_("new value"), max_length=200)
    reason = models.TextField(_("reason"))
    status = models.CharField(max_length=16, choices=Status, default=Status.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["tape", "loan_id", "column", "proposed_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("proposed_by")),
                name="override_is_decided_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(status="proposed", decided_by__isnull=True)
                | (~Q(status="proposed") & Q(decided_by__isnull=False)),
                name="override_names_who_decided_it",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.loan_id} {self.column}"

    @property
    def deal(self) -> Deal:
        """The deal it belongs to, for the policy."""
        return self.tape.deal
