"""The prospectus as data. The deal file is kept whole; rows beside it serve lists and links."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from ratings_site.people.models import Role, User
from servicers.models import Servicer


class DealQuerySet(QuerySet["Deal"]):
    def visible_to(self, user: User) -> "DealQuerySet":
        """Deals that a person may know of: those whose case she is on; compliance reads all."""
        if not user.is_active:
            return self.none()
        if user.has_role(Role.COMPLIANCE):
            return self
        return self.filter(people__user=user, people__is_recused=False).distinct()


class Deal(models.Model):
    """A securitization that is to be rated. Its terms live in versions of the deal file."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        ANALYSIS = "analysis", _("analysis")
        COMMITTEE = "committee", _("in committee")
        RATED = "rated", _("rated")

    code = models.CharField(_("code"), max_length=64, unique=True)
    name_en = models.CharField(_("name (English)"), max_length=200)
    name_zh = models.CharField(_("name (Chinese)"), max_length=200, blank=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.DRAFT)
    originator = models.CharField(_("originator"), max_length=200, blank=True)
    asset_class = models.CharField(_("asset class"), max_length=32, blank=True)
    scale = models.CharField(_("rating scale"), max_length=8, default="cn")
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    # Total claim at cut-off and mean of the base forecasts, where the file has an aggregate pool.
    claim = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    base_forecast = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    cutoff_date = models.DateField(_("cut-off date"))
    closing_date = models.DateField(_("closing date"))
    legal_final_date = models.DateField(_("legal final maturity"))
    # Said in the strip of every page that shows the deal, for example "Synthetic tape".
    data_label = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()

    objects = DealQuerySet.as_manager()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code

    @property
    def terms(self) -> "DealTerms":
        """The terms in force: the newest version. This causes a query."""
        return self.versions.latest("number")

    @property
    def is_editable(self) -> bool:
        return self.status in {self.Status.DRAFT, self.Status.ANALYSIS}


class DealTerms(models.Model):
    """One version of the deal file `npl-deal/1`. Never edited: a change is the next version."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    document = models.JSONField()
    sha256 = models.CharField(max_length=64)
    note = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["deal", "number"], name="deal_terms_numbered_once"),
        ]

    def __str__(self) -> str:
        return f"{self.deal.code} v{self.number}"


class NoteClass(models.Model):
    """A class of notes of the terms in force, for lists, votes and rating actions."""

    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="notes")
    name = models.CharField(max_length=64)
    rank = models.PositiveSmallIntegerField()
    balance = models.DecimalField(max_digits=20, decimal_places=2)
    coupon_text = models.CharField(max_length=300, blank=True)
    coupon_rate = models.DecimalField(max_digits=10, decimal_places=8, null=True)
    expected_maturity_date = models.DateField(null=True)
    legal_final_date = models.DateField(null=True)
    is_rated = models.BooleanField(default=True)

    class Meta:
        ordering = ["rank", "name"]
        constraints = [
            models.UniqueConstraint(fields=["deal", "name"], name="note_class_named_once_per_deal"),
            models.CheckConstraint(
                condition=Q(balance__gte=0), name="note_class_balance_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CasePerson(models.Model):
    """A person on a deal's case, and her part in it. Visibility of a deal starts here."""

    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="people")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="cases"
    )
    part = models.CharField(max_length=32, choices=Role)
    is_recused = models.BooleanField(default=False)
    since = models.DateTimeField()

    class Meta:
        ordering = ["deal", "part"]
        constraints = [
            models.UniqueConstraint(fields=["deal", "user"], name="one_part_per_person_on_a_case"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_part_display()})"


class ServicerAppointment(models.Model):
    """Which servicer of ours stands behind a name in the deal file. Its assessment enters runs."""

    class Part(models.TextChoices):
        SERVICER = "servicer", _("servicer")
        BACKUP = "backup_servicer", _("back-up servicer")

    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="servicers")
    servicer = models.ForeignKey(Servicer, on_delete=models.PROTECT, related_name="appointments")
    part = models.CharField(_("part"), max_length=32, choices=Part, default=Part.SERVICER)
    appointed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    since = models.DateTimeField()

    class Meta:
        ordering = ["deal", "-part", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["deal", "part"], name="one_servicer_per_part_of_a_deal"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.servicer} ({self.get_part_display()})"
