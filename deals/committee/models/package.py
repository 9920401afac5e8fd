"""The package: what the committee read, byte for byte, and what was asked about it."""

import json
import uuid
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from deals.committee.models.case import RatingCase
from deals.structure.models import Deal
from ratings_site.jobs.models import Job
from ratings_site.people.models import User


class PackageQuerySet(QuerySet["Package"]):
    def visible_to(self, user: User) -> "PackageQuerySet":
        return self.filter(case__deal__in=Deal.objects.visible_to(user))


class Package(models.Model):
    """Canonical JSON (`npl-package/1`) with its sha256. It has no status: the round has one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.OneToOneField(RatingCase, on_delete=models.PROTECT, related_name="package")
    # Counted over all packages of the deal.
    number = models.PositiveIntegerField()
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    frozen_at = models.DateTimeField()

    objects = PackageQuerySet.as_manager()

    class Meta:
        ordering = ["-frozen_at"]

    def __str__(self) -> str:
        return f"{self.deal.code} package {self.number}"

    @property
    def deal(self) -> Deal:
        return self.case.deal

    @cached_property
    def document(self) -> dict[str, Any]:
        """The content, parsed from the frozen bytes."""
        parsed: dict[str, Any] = json.loads(bytes(self.content))
        return parsed

    @property
    def rated_notes(self) -> list[str]:
        """Names of the notes that are voted on, most senior first."""
        return [each["note"] for each in self.document["outcomes"]]


class Question(models.Model):
    """Asked on a section of the package. Never edited; the answer is a row of its own."""

    package = models.ForeignKey(Package, on_delete=models.PROTECT, related_name="questions")
    section = models.CharField(max_length=32)
    text = models.TextField(_("question"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def deal(self) -> Deal:
        return self.package.deal

    @property
    def case(self) -> RatingCase:
        return self.package.case


class Answer(models.Model):
    """The answer of the analytical side. Never edited."""

    question = models.OneToOneField(Question, on_delete=models.PROTECT, related_name="answer")
    text = models.TextField(_("answer"))
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.text[:80]


class DocumentQuerySet(QuerySet["Document"]):
    def visible_to(self, user: User) -> "DocumentQuerySet":
        return self.filter(package__case__deal__in=Deal.objects.visible_to(user))


class Document(models.Model):
    """A file rendered from a frozen package: the same bytes each time."""

    class Kind(models.TextChoices):
        PACKAGE = "package", _("package")
        DECISION = "decision", _("rating action")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    package = models.ForeignKey(Package, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=16, choices=Kind)
    language = models.CharField(max_length=8, choices=settings.LANGUAGES)
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="document")
    file = models.FileField(upload_to="documents/", blank=True)
    sha256 = models.CharField(max_length=64, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["package", "kind", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["package", "kind", "language"],
                condition=~Q(sha256=""),
                name="rendered_once_per_kind_and_language",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.package} {self.kind} {self.language}"

    @property
    def deal(self) -> Deal:
        return self.package.deal

    @property
    def case(self) -> RatingCase:
        return self.package.case
