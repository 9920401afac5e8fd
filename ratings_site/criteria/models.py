"""Versions of the rating criteria. A version in force is never edited, only superseded."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class CriteriaVersion(models.Model):
    """A whole set of criteria tables, frozen; the engine computes on exactly this document."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        IN_FORCE = "in_force", _("in force")
        SUPERSEDED = "superseded", _("superseded")

    version = models.CharField(max_length=32, unique=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.DRAFT)
    document = models.JSONField()
    sha256 = models.CharField(max_length=64)
    reason = models.TextField(blank=True)
    in_force_from = models.DateField(null=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["status"],
                condition=Q(status="in_force"),
                name="one_criteria_version_in_force",
            ),
        ]

    def __str__(self) -> str:
        return self.version
