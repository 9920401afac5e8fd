"""Runs as the API writes them."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from deals.runs.engine import DEFAULT_PATHS
from deals.runs.models import RatingRun
from deals.tapes.models import Tape
from ratings_site.jobs.models import Job

LARGEST_SEED = 2**53 - 1  # the largest whole number that every reader of JSON keeps exactly


class RunSerializer(serializers.ModelSerializer[RatingRun]):
    """A run: what it is computed from, how far it is. The result stands at its own address."""

    deal = serializers.CharField(source="deal.code")
    terms = serializers.IntegerField(source="terms.number", help_text="Version of the terms.")
    tape = serializers.UUIDField(source="tape_id", allow_null=True)
    criteria = serializers.CharField(source="criteria.version")
    status = serializers.ChoiceField(choices=Job.Status.choices, source="job.status")
    done_units = serializers.IntegerField(source="job.done_units")
    total_units = serializers.IntegerField(source="job.total_units")
    reason = serializers.CharField(source="job.reason", help_text="Why it failed, if it did.")
    requested_by = serializers.CharField(source="requested_by.username")

    class Meta:
        model = RatingRun
        fields = [
            "id",
            "deal",
            "number",
            "status",
            "done_units",
            "total_units",
            "reason",
            "terms",
            "tape",
            "criteria",
            "paths",
            "seed",
            "seed_source",
            "inputs_sha256",
            "result_sha256",
            "engine_version",
            "lock_sha256",
            "processor",
            "note",
            "requested_by",
            "requested_at",
            "finished_at",
        ]


class NewRunSerializer(serializers.Serializer[Any]):
    """What a run may be asked with. A seed or a deviation by hand needs a note."""

    paths = serializers.IntegerField(
        min_value=1, max_value=settings.MAX_PATHS, default=DEFAULT_PATHS
    )
    tape = serializers.UUIDField(
        required=False, allow_null=True, help_text="An accepted tape of the deal; else the newest."
    )
    seed = serializers.IntegerField(
        min_value=0, max_value=LARGEST_SEED, required=False, allow_null=True
    )
    assumptions = serializers.DictField(
        required=False,
        default=dict,
        help_text="Deviations from the criteria in force, by dotted name.",
    )
    note = serializers.CharField(required=False, allow_blank=True, max_length=300, default="")

    def tape_of(self, tapes: Any) -> Tape | None:
        """Return the tape that was named, among those of the deal."""
        asked = self.validated_data.get("tape")
        if asked is None:
            return None
        found: Tape | None = tapes.filter(pk=asked).first()
        if found is None:
            raise serializers.ValidationError({"tape": ["The deal has no such tape."]})
        return found
