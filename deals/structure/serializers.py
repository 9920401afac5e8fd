"""Deals as the API writes them."""

from typing import Any

from rest_framework import serializers

from deals.structure.models import Deal, DealTerms, NoteClass


class NoteSerializer(serializers.ModelSerializer[NoteClass]):
    class Meta:
        model = NoteClass
        fields = [
            "name",
            "rank",
            "balance",
            "coupon_text",
            "coupon_rate",
            "expected_maturity_date",
            "legal_final_date",
            "is_rated",
        ]


class DealSerializer(serializers.ModelSerializer[Deal]):
    """A deal in a list: what lists compare. Money in the deal's currency as decimal strings."""

    notes = NoteSerializer(many=True, read_only=True)

    class Meta:
        model = Deal
        fields = [
            "code",
            "name_en",
            "name_zh",
            "status",
            "originator",
            "asset_class",
            "scale",
            "currency",
            "claim",
            "base_forecast",
            "cutoff_date",
            "closing_date",
            "legal_final_date",
            "data_label",
            "created_at",
            "notes",
        ]


class TermsSerializer(serializers.ModelSerializer[DealTerms]):
    """One version of the terms. `document` is the deal file npl-deal/1, as it was given."""

    document = serializers.DictField()
    created_by = serializers.CharField(source="created_by.username")

    class Meta:
        model = DealTerms
        fields = ["number", "sha256", "note", "created_by", "created_at", "document"]


class VersionSerializer(serializers.ModelSerializer[DealTerms]):
    created_by = serializers.CharField(source="created_by.username")

    class Meta:
        model = DealTerms
        fields = ["number", "sha256", "note", "created_by", "created_at"]


class DealDetailSerializer(DealSerializer):
    """A deal with its terms in force."""

    terms = TermsSerializer(read_only=True)

    class Meta(DealSerializer.Meta):
        fields = [*DealSerializer.Meta.fields, "terms"]


class NewDealSerializer(serializers.Serializer[Any]):
    """A deal file to enter, with a word on where it comes from."""

    document = serializers.DictField(
        help_text="Deal file npl-deal/1; see its published JSON Schema."
    )
    note = serializers.CharField(required=False, allow_blank=True, max_length=300, default="")


class RevisionSerializer(NewDealSerializer):
    """The next version of a deal file, and which version its author had read."""

    based_on = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
