"""People and the roles that they hold. A role is a group of that name."""

from functools import cached_property

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Roles of contracts.md 8; each is a group whose name is the value."""

    ANALYST = "analyst", _("analyst")
    LEAD = "lead_analyst", _("lead analyst")
    REVIEWER = "reviewer", _("reviewer")
    DIRECTOR = "director", _("director")
    MEMBER = "committee_member", _("committee member")
    CHAIR = "chair", _("chair")
    SECRETARY = "secretary", _("secretary")
    VALIDATOR = "model_validator", _("model validator")
    ADMINISTRATOR = "administrator", _("administrator")
    COMPLIANCE = "compliance", _("compliance")
    COMMERCIAL = "commercial", _("commercial")
    RESEARCHER = "researcher", _("researcher")


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
