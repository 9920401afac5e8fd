"""People and the roles that they hold. A role is a group of that name."""

from functools import cached_property

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ratings_site.roles import Role as Role  # noqa: PLC0414  rooms know it from here


class User(AbstractUser):
    """A person who signs in. The printed name stands under signatures."""

    printed_name = models.CharField(_("printed name"), max_length=120)
    is_demonstration = models.BooleanField(_("demonstration person"), default=False)

    class Meta:
        ordering = ["username"]

    def __str__(self) -> str:
        return self.printed_name or self.username

    @cached_property
    def roles(self) -> frozenset[str]:
        """The person's roles. One query for each loaded user."""
        return frozenset(self.groups.values_list("name", flat=True))

    def has_role(self, *roles: str) -> bool:
        return bool(self.roles.intersection(roles))

    @property
    def roles_in_words(self) -> str:
        """The person's roles as a reader knows them; prefetch `groups` for a list of people."""
        held = {group.name for group in self.groups.all()}
        return ", ".join(str(role.label) for role in Role if role.value in held)


class RoleChange(models.Model):
    """A role given or taken: asked for by one administrator, decided by another."""

    class Kind(models.TextChoices):
        GRANT = "grant", _("give")
        WITHDRAW = "withdraw", _("take away")

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="role_changes"
    )
    role = models.CharField(_("role"), max_length=32, choices=Role)
    kind = models.CharField(_("change"), max_length=16, choices=Kind)
    reason = models.CharField(_("reason"), max_length=300)
    status = models.CharField(max_length=16, choices=Status, default=Status.OPEN)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role"],
                condition=Q(status="open"),
                name="one_open_change_of_a_role_per_person",
            ),
            models.CheckConstraint(
                condition=Q(status="open", decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(status="open") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="role_change_is_open_until_somebody_decides",
            ),
            models.CheckConstraint(
                condition=~Q(status="approved") | ~Q(decided_by=F("asked_by")),
                name="role_change_approved_by_a_second_administrator",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.get_role_display()}: {self.user}"
