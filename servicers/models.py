"""Who collects, and how well: profiles, dated assessments, static pools."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ratings_site.criteria.models import CriteriaVersion


class Servicer(models.Model):
    """An institution that collects loans for a deal. Kept by administrators."""

    code = models.SlugField(_("code"), unique=True)
    name_en = models.CharField(_("name (English)"), max_length=200)
    name_zh = models.CharField(_("name (Chinese)"), max_length=200, blank=True)
    country = models.CharField(_("country"), max_length=2, default="CN")
    profile = models.TextField(_("profile"), blank=True)
    staff = models.PositiveIntegerField(_("collection staff"), null=True, blank=True)
    since_year = models.PositiveSmallIntegerField(_("collecting since"), null=True, blank=True)
    data_label = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name_en

    @property
    def own_name(self) -> str:
        """Name in the reader's language, else the one that there is."""
        is_chinese = (get_language() or "").startswith("zh")
        return (self.name_zh if is_chinese else self.name_en) or self.name_en


class Assessment(models.Model):
    """A dated judgement on a servicer. In force it is never edited, only superseded."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        IN_FORCE = "in_force", _("in force")
        SUPERSEDED = "superseded", _("superseded")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Grade(models.TextChoices):
        STRONG = "strong", _("strong")
        ADEQUATE = "adequate", _("adequate")
        WEAK = "weak", _("weak")
        POOR = "poor", _("below weak")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    servicer = models.ForeignKey(Servicer, on_delete=models.PROTECT, related_name="assessments")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=16, choices=Status, default=Status.DRAFT)
    assessed_on = models.DateField(_("assessed on"))
    has_backup = models.BooleanField(_("back-up servicer appointed"), default=False)
    # Mean of the dimensions' scores, 1 to 5, and what follows from it (method.md 11).
    score = models.DecimalField(max_digits=3, decimal_places=2, null=True)
    grade = models.CharField(max_length=16, choices=Grade, blank=True)
    plan_credibility = models.DecimalField(max_digits=4, decimal_places=3, null=True)
    summary = models.TextField(_("grounds in short"), blank=True)
    # The thresholds that gave the grade, so that it can be followed years later.
    criteria = models.ForeignKey(
        CriteriaVersion, null=True, on_delete=models.PROTECT, related_name="+"
    )
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    in_force_from = models.DateTimeField(null=True)

    class Meta:
        ordering = ["servicer", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["servicer", "number"], name="assessment_numbered_once"),
            models.UniqueConstraint(
                fields=["servicer"],
                condition=Q(status="in_force"),
                name="one_assessment_in_force_per_servicer",
            ),
            models.CheckConstraint(
                condition=~Q(status="in_force") | Q(approved_by__isnull=False),
                name="assessment_in_force_has_an_approver",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("drafted_by")),
                name="assessment_approved_by_somebody_else",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.servicer.code} assessment {self.number}"


class DimensionScore(models.Model):
    """One dimension of an assessment: score, grounds, evidence."""

    class Dimension(models.TextChoices):
        STRATEGY = "strategy", _("strategy")
        EXPERTISE = "expertise", _("expertise")
        EXPERIENCE = "experience", _("experience")
        RESOURCES = "resources", _("resources")
        ASSET_KNOWLEDGE = "asset_knowledge", _("knowledge of the assets")
        ENFORCEMENT = "enforcement", _("enforcement practice")
        TRACK_RECORD = "track_record", _("track record")
        PLAN = "plan", _("credibility of the business plan")
        ALIGNMENT = "alignment", _("fees and alignment")
        OPERATIONS = "operations", _("operational continuity")

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="scores")
    dimension = models.CharField(max_length=32, choices=Dimension)
    score = models.DecimalField(max_digits=3, decimal_places=1)
    grounds = models.TextField()
    evidence = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "dimension"], name="dimension_scored_once_per_assessment"
            ),
            models.CheckConstraint(
                condition=Q(score__gte=1, score__lte=5), name="score_between_one_and_five"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_dimension_display()} {self.score}"


class StaticPool(models.Model):
    """What a servicer recovered before, as uploaded and checked. Immutable."""

    class Kind(models.TextChoices):
        TRIANGLE = "triangle", _("triangle: vintage by month")
        ULTIMATE = "ultimate", _("ultimate only: one closed case a row")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    servicer = models.ForeignKey(Servicer, on_delete=models.PROTECT, related_name="static_pools")
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    asset_class = models.CharField(_("asset class"), max_length=32)
    as_of = models.DateField(_("as of"))
    source = models.CharField(_("source"), max_length=300)
    data_label = models.CharField(max_length=300, blank=True)
    file = models.FileField(upload_to="static_pools/")
    sha256 = models.CharField(max_length=64)
    cases = models.PositiveIntegerField()
    exposure = models.DecimalField(max_digits=20, decimal_places=2)
    recovered = models.DecimalField(max_digits=20, decimal_places=2)
    summary = models.JSONField(default=dict)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField()

    class Meta:
        ordering = ["servicer", "-uploaded_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["servicer", "sha256"], name="static_pool_uploaded_once_per_servicer"
            ),
        ]

    def __str__(self) -> str:
        return self.name
