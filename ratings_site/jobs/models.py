"""One claimable row for every long work. The row is the record of truth, the broker only rings."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ratings_site import clock


class Job(models.Model):
    """A piece of long work: asked for, claimed under a lease, done or failed with a reason."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    class Queue(models.TextChoices):
        CONTROL = "control", _("control")
        COMPUTE = "compute", _("compute")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=64)
    queue = models.CharField(max_length=16, choices=Queue)
    subject_id = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    status = models.CharField(max_length=16, choices=Status, default=Status.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=120, blank=True)
    done_units = models.PositiveIntegerField(default=0)
    # Units that earlier attempts had done: the time left is read off this attempt's own pace.
    units_before_attempt = models.PositiveIntegerField(default=0)
    total_units = models.PositiveIntegerField(default=1)
    cancel_asked = models.BooleanField(default=False)
    last_sent_at = models.DateTimeField(null=True)
    # Why it failed, in each language: the worker does not know who will read it.
    reason = models.TextField(blank=True)
    reason_zh = models.TextField(blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="jobs"
    )
    requested_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-requested_at"]
        indexes = [
            # the sweeper asks for these two every few seconds
            models.Index(fields=["status", "last_sent_at"], name="job_to_send"),
            models.Index(fields=["status", "lease_until"], name="job_lease"),
            models.Index(fields=["kind", "subject_id"], name="job_of_subject"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_units__lte=F("total_units")), name="job_progress_within_total"
            ),
            models.CheckConstraint(
                condition=~Q(status="running") | Q(lease_until__isnull=False),
                name="running_job_has_a_lease",
            ),
            models.CheckConstraint(
                condition=~Q(status="failed") | ~Q(reason=""), name="failed_job_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_waiting(self) -> bool:
        """Is there still something to wait for?"""
        return self.status in {self.Status.QUEUED, self.Status.RUNNING}

    @property
    def share_done(self) -> float:
        """Fraction of the work that is done, 0 to 1."""
        return self.done_units / self.total_units if self.total_units else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds to the end at this attempt's own pace; None before its first unit is done."""
        done_now = self.done_units - self.units_before_attempt
        if self.status != self.Status.RUNNING or self.started_at is None or done_now <= 0:
            return None
        elapsed = (clock.now() - self.started_at).total_seconds()
        return elapsed / done_now * (self.total_units - self.done_units)

    @property
    def reason_in_words(self) -> str:
        """The reason in the reader's language."""
        is_chinese = (get_language() or "").startswith("zh")
        return (is_chinese and self.reason_zh) or self.reason
