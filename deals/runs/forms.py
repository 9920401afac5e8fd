"""Asking for a run: how many paths, on which tape, with which deviations and why."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from deals.structure.models import Deal
from deals.tapes.models import Tape

DEFAULT_PATHS = 20_000
LEAST_PATHS = 1_000


class RunForm(forms.Form):
    """A new run, or a what-if: the same deal under stated deviations from the criteria."""

    paths = forms.IntegerField(
        label=_("Paths"),
        initial=DEFAULT_PATHS,
        min_value=LEAST_PATHS,
        help_text=_("100,000 for a committee; fewer for a first look."),
    )
    tape = forms.ModelChoiceField(
        Tape.objects.none(),
        label=_("Tape"),
        required=False,
        empty_label=_("newest accepted tape, else the totals of the deal file"),
    )
    deviations = forms.CharField(
        label=_("Deviations from the criteria"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "class": "mono", "spellcheck": "false"}),
        help_text=_(
            "One a line: name = value, as the criteria name it. Example: costs.lawyer = 0.04"
        ),
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        required=False,
        min_value=0,
        max_value=2**53 - 1,
        help_text=_(
            "Empty: it follows from the pool and the number of paths, so that changes of structure are compared on the same draws."
        ),
    )
    note = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=300,
        help_text=_(
            "Needed with a deviation or a seed; kept with the run and read by the committee."
        ),
    )

    def __init__(self, *args: Any, deal: Deal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tape = self.fields["tape"]
        assert isinstance(tape, forms.ModelChoiceField)  # noqa: S101 - tells the type only
        tape.queryset = deal.tapes.filter(status__in=[Tape.Status.ACCEPTED, Tape.Status.WARNED])
        paths = self.fields["paths"]
        assert isinstance(paths, forms.IntegerField)  # noqa: S101 - tells the type only
        paths.max_value = settings.MAX_PATHS

    def clean_deviations(self) -> dict[str, Any]:
        """Read ``name = value`` lines; a value is a number, a list, a table or a word."""
        found: dict[str, Any] = {}
        for number, line in enumerate(self.cleaned_data["deviations"].splitlines(), start=1):
            if not line.strip():
                continue
            name, equals, value = line.partition("=")
            if not (equals and name.strip() and value.strip()):
                raise forms.ValidationError(
                    _(
                        "Line %(number)s: write a name, an equals sign and a value; found “%(line)s”."
                    ),
                    params={"number": number, "line": line.strip()},
                )
            found[name.strip()] = value_of(value.strip())
        return found


def value_of(text: str) -> Any:
    """Read a value as JSON where it is JSON, else as a word."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
