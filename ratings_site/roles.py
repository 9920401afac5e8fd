"""The roles that a person can hold. Below policy, audit and people, which all speak of them."""

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
