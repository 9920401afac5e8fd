"""Forms of a servicer: profile, assessment by dimension, static pool."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from servicers.models import DimensionScore, Servicer, StaticPool
from servicers.services import Scored

# Asset classes of the deal file, in words.
ASSET_CLASSES = (
    ("card", _("cards")),
    ("consumer", _("consumer")),
    ("home_mortgage", _("homes")),
    ("sme_secured", _("SME, property")),
    ("sme_unsecured", _("SME, unsecured")),
    ("sme_mixed", _("SME, mixed")),
    ("corporate", _("corporate")),
    ("auto", _("auto")),
)
SCORES = [(f"{score:.1f}", f"{score:.1f}") for score in (Decimal(k) / 2 for k in range(2, 11))]
DATE = {"type": "date"}


class ServicerForm(forms.ModelForm):  # type: ignore[type-arg]
    """The profile of a servicer. Its code is given once."""

    class Meta:
        model = Servicer
        fields = [
            "code",
            "name_en",
            "name_zh",
            "country",
            "profile",
            "staff",
            "since_year",
            "data_label",
        ]
        labels = {"data_label": _("What a reader must not mistake")}
        help_texts = {"data_label": _("such as: synthetic, shown for demonstration")}
        widgets = {"profile": forms.Textarea(attrs={"rows": 5})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["code"]


class AssessmentForm(forms.Form):
    """A dated judgement: each dimension with its score, grounds and evidence."""

    assessed_on = forms.DateField(label=_("Assessed on"), widget=forms.DateInput(attrs=DATE))
    has_backup = forms.ChoiceField(
        label=_("Back-up servicer appointed"),
        choices=[("no", _("no")), ("yes", _("yes"))],
        initial="no",
    )
    summary = forms.CharField(
        label=_("Grounds in short"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for dimension in DimensionScore.Dimension:
            key = dimension.value
            self.fields[f"{key}-score"] = forms.ChoiceField(
                label=_("Score, 1 to 5"), choices=[("", "–"), *SCORES]
            )
            self.fields[f"{key}-grounds"] = forms.CharField(
                label=_("Grounds"), widget=forms.Textarea(attrs={"rows": 2}), max_length=4000
            )
            self.fields[f"{key}-evidence"] = forms.CharField(
                label=_("Evidence"), max_length=300, required=False
            )

    def general_fields(self) -> list[BoundField]:
        return [self[name] for name in ("assessed_on", "has_backup", "summary")]

    def dimensions(self) -> Iterator[tuple[str, Any, list[BoundField]]]:
        """Give each dimension: key, word, its three fields."""
        for dimension in DimensionScore.Dimension:
            key = dimension.value
            fields = [self[f"{key}-{part}"] for part in ("score", "grounds", "evidence")]
            yield key, dimension.label, fields

    def scores(self) -> list[Scored]:
        found = self.cleaned_data
        return [
            Scored(
                key,
                Decimal(found[f"{key}-score"]),
                found[f"{key}-grounds"],
                found[f"{key}-evidence"],
            )
            for key in DimensionScore.Dimension.values
        ]


class StaticPoolForm(forms.Form):
    """A static pool as a CSV file, with where it comes from."""

    kind = forms.ChoiceField(label=_("Kind"), choices=StaticPool.Kind.choices)
    name = forms.CharField(label=_("Name"), max_length=200)
    asset_class = forms.ChoiceField(label=_("Asset class"), choices=ASSET_CLASSES)
    as_of = forms.DateField(label=_("As of"), widget=forms.DateInput(attrs=DATE))
    source = forms.CharField(label=_("Source"), max_length=300)
    data_label = forms.CharField(
        label=_("What a reader must not mistake"),
        max_length=300,
        required=False,
        help_text=_("such as: synthetic, shown for demonstration"),
    )
    upload = forms.FileField(
        label=_("CSV file"),
        widget=forms.FileInput(attrs={"accept": ".csv"}),
        help_text=_(
            "triangle: vintage, months_since_default, exposure, recovered (cumulative); "
            "ultimate only: default_date, closing_date, exposure, recovered, segment (optional)"
        ),
    )
