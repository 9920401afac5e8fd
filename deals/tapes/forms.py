"""What a person fills in: an upload, a search of loans, an override."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class UploadForm(forms.Form):
    """A tape and, where needed, how to read it."""

    file = forms.FileField(
        label=_("File"),
        max_length=1000,
        allow_empty_file=True,
        help_text=_("CSV, XLSX or ODS. The file is checked as it is; nothing in it is guessed."),
    )
    sheet = forms.CharField(
        label=_("Sheet"),
        max_length=120,
        required=False,
        help_text=_("Only where several sheets may be the tape."),
    )
    label = forms.CharField(
        label=_("What the data are"),
        max_length=300,
        required=False,
        help_text=_("Say “synthetic” or “test” here when it is so; it stands on every page."),
    )


class AgainForm(forms.Form):
    """The same file once more: what was refused was not kept."""

    file = forms.FileField(label=_("The same file again"), max_length=1000)


class PeekForm(forms.Form):
    """A file whose layout is to be mapped."""

    file = forms.FileField(
        label=_("File"),
        max_length=1000,
        help_text=_(
            "Only its headers and three values of each column are looked at; nothing is kept."
        ),
    )
    sheet = forms.CharField(label=_("Sheet"), max_length=120, required=False)


class OverrideForm(forms.Form):
    """Another value for one cell of a tape."""

    column = forms.ChoiceField(label=_("Column"))
    collateral = forms.CharField(label=_("Collateral"), max_length=200, required=False)
    value = forms.CharField(label=_("New value"), max_length=200)
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, columns: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["column"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = columns
