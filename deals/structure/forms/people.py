"""Small forms around a deal: its file, the people on its case, its servicer."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from deals.structure.models import Deal, ServicerAppointment
from deals.structure.selectors import assignable_people
from ratings_site.people.models import Role, User
from servicers.models import Servicer

PARTS = (
    Role.ANALYST,
    Role.LEAD,
    Role.REVIEWER,
    Role.DIRECTOR,
    Role.MEMBER,
    Role.CHAIR,
    Role.SECRETARY,
)


class DealFileForm(forms.Form):
    """A deal file as an upload or as text."""

    upload = forms.FileField(
        label=_("Deal file"), required=False, widget=forms.FileInput(attrs={"accept": ".json"})
    )
    text = forms.CharField(
        label=_("or its text"),
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 24, "class": "mono", "spellcheck": "false", "wrap": "off"}
        ),
    )
    note = forms.CharField(label=_("What changed, and why"), max_length=300, required=False)
    based_on = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("upload") and not cleaned.get("text", "").strip():
            msg = _("Choose a file, or paste its text.")
            raise forms.ValidationError(msg)
        return cleaned

    def content(self) -> bytes | str:
        """Return the upload when there is one, else the text."""
        upload = self.cleaned_data.get("upload")
        return upload.read() if upload else str(self.cleaned_data["text"])


class AssignForm(forms.Form):
    """Put a person on the case."""

    person = forms.ModelChoiceField(
        queryset=User.objects.none(), label=_("Person"), to_field_name="username"
    )
    part = forms.ChoiceField(label=_("Part"), choices=[(role.value, role.label) for role in PARTS])

    def __init__(self, deal: Deal, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = assignable_people(deal)  # type: ignore[attr-defined]


class AppointForm(forms.Form):
    """Say which servicer collects for the deal."""

    servicer = forms.ModelChoiceField(
        queryset=Servicer.objects.all(), label=_("Servicer"), to_field_name="code"
    )
    part = forms.ChoiceField(label=_("Part"), choices=ServicerAppointment.Part.choices)
