"""The audit trail: append-only, hash-chained."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ratings_site.audit.canonical import digest_of

NO_DIGEST = "0" * 64


class AuditEvent(models.Model):
    """One line of the trail. `digest` covers the line and the digest of the line before it."""

    sequence = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField()
    action = models.CharField(max_length=64)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    actor_name = models.CharField(max_length=120)
    # The roles at that time, sorted, by comma; roles may change later.
    actor_roles = models.CharField(max_length=300, blank=True)
    subject_kind = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=64)
    subject_name = models.CharField(max_length=200)
    deal_code = models.CharField(max_length=64, blank=True)
    detail = models.JSONField(default=dict)
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["-sequence"]
        verbose_name = _("audit event")
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="audit_by_subject"),
            models.Index(fields=["deal_code", "sequence"], name="audit_by_deal"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.action} {self.subject_name}"

    def digest_of_content(self) -> str:
        """Return the digest that belongs to the line: of its content and the digest before it."""
        return digest_of(
            {
                "sequence": self.sequence,
                "at": self.at,
                "action": self.action,
                "actor": self.actor_id,
                "actor_name": self.actor_name,
                "actor_roles": self.actor_roles,
                "subject_kind": self.subject_kind,
                "subject_id": self.subject_id,
                "subject_name": self.subject_name,
                "deal_code": self.deal_code,
                "detail": self.detail,
                "previous_digest": self.previous_digest,
            }
        )


class AuditHead(models.Model):
    """The last line's number and digest: the one row that a writer locks, so no number is missed."""

    ONLY = 1

    sequence = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, default=NO_DIGEST)

    def __str__(self) -> str:
        return f"{self.sequence} {self.digest}"
