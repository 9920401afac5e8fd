"""Rating runs: frozen inputs, stored chunks, one result that is never edited."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from deals.structure.models import Deal, DealTerms
from deals.tapes.models import Tape
from ratings_site.criteria.models import CriteriaVersion
from ratings_site.jobs.models import Job
from ratings_site.people.models import User
from servicers.models import Assessment


class RatingRunQuerySet(QuerySet["RatingRun"]):
    def visible_to(self, user: User) -> "RatingRunQuerySet":
        return self.filter(deal__in=Deal.objects.visible_to(user))


class RatingRun(models.Model):
    """A quantitative analysis of a deal. It holds all that it was computed from."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="runs")
    number = models.PositiveIntegerField()
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="run")
    terms = models.ForeignKey(DealTerms, on_delete=models.PROTECT, related_name="runs")
    tape = models.ForeignKey(Tape, null=True, on_delete=models.PROTECT, related_name="runs")
    criteria = models.ForeignKey(CriteriaVersion, on_delete=models.PROTECT, related_name="runs")
    assessment = models.ForeignKey(
        Assessment, null=True, on_delete=models.PROTECT, related_name="runs"
    )
    # Everything the engine is given besides the tape file and the criteria document.
    inputs = models.JSONField()
    inputs_sha256 = models.CharField(max_length=64)
    paths = models.PositiveIntegerField()
    seed = models.CharField(max_length=32)
    seed_source = models.CharField(max_length=16)
    n_chunks = models.PositiveIntegerField(default=0)
    result = models.JSONField(null=True)
    result_sha256 = models.CharField(max_length=64, blank=True)
    engine_version = models.CharField(max_length=32, blank=True)
    lock_sha256 = models.CharField(max_length=64, blank=True)
    processor = models.CharField(max_length=120, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = RatingRunQuerySet.as_manager()

    class Meta:
        ordering = ["deal", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["deal", "number"], name="run_numbered_once_per_deal"),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=False, result__isnull=False)
                | Q(finished_at__isnull=True, result__isnull=True),
                name="run_has_result_exactly_when_finished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deal.code} run {self.number}"

    @property
    def is_done(self) -> bool:
        return self.finished_at is not None


class RunChunk(models.Model):
    """A finished part of a run, so that a run goes on where a dead worker left it."""

    run = models.ForeignKey(RatingRun, on_delete=models.PROTECT, related_name="chunks")
    index = models.PositiveIntegerField()
    attempt = models.PositiveSmallIntegerField()
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["run", "index"]
        constraints = [
            models.UniqueConstraint(fields=["run", "index"], name="chunk_stored_once_per_run"),
        ]

    def __str__(self) -> str:
        return f"{self.run} chunk {self.index}"


class RealisedRecovery(models.Model):
    """What a pool really brought, where it is known: set beside the prediction of its runs."""

    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="realised")
    as_of = models.DateField(_("as of"))
    loans = models.PositiveIntegerField()
    claim = models.DecimalField(max_digits=20, decimal_places=2)
    recovered = models.DecimalField(max_digits=20, decimal_places=2)
    source = models.CharField(max_length=300)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["deal", "-as_of"]
        constraints = [
            models.UniqueConstraint(
                fields=["deal", "as_of"], name="realised_once_per_deal_and_day"
            ),
            models.CheckConstraint(
                condition=Q(claim__gt=0, recovered__gte=0), name="realised_amounts_make_sense"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deal.code} realised to {self.as_of}"

    @property
    def recovery_rate(self) -> float:
        """Fraction of the claim."""
        return float(self.recovered / self.claim)
