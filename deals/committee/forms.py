"""Forms of the committee. No level is ever chosen beforehand."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from deals.committee.models.voting import ABSTAIN
from deals.committee.services.proposing import RATABLE
from ratings_site.components.figures import level_text
from ratings_site.components.levels import LEVELS
from ratings_site.people.models import Role, User

Choices = list[tuple[str, str]]


def level_choices(*, with_abstention: bool = False) -> Choices:
    """Return the levels as radio buttons say them, best first."""
    choices = [
        (level, level_text(level) if level in LEVELS else gettext("below CCC")) for level in RATABLE
    ]
    return [*choices, (ABSTAIN, gettext("abstain"))] if with_abstention else choices


class LevelsForm(forms.Form):
    """One level for each rated note; the note's name is the field's label."""

    def __init__(
        self, *args: Any, notes: Iterable[str], with_abstention: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.notes = list(notes)
        choices = level_choices(with_abstention=with_abstention)
        for place, note in enumerate(self.notes):
            self.fields[f"level_{place}"] = forms.ChoiceField(
                label=note, choices=choices, widget=forms.RadioSelect
            )
        self.order_fields([f"level_{place}" for place in range(len(self.notes))])

    @property
    def level_fields(self) -> list[forms.BoundField]:
        return [self[f"level_{place}"] for place in range(len(self.notes))]

    @property
    def levels(self) -> dict[str, str]:
        """The levels chosen, by note. Only of a valid form."""
        return {note: self.cleaned_data[f"level_{place}"] for place, note in enumerate(self.notes)}


class ProposalForm(LevelsForm):
    rationale = forms.CharField(
        label=_("Rationale"),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Goes word for word into the package."),
    )


class ConveneForm(forms.Form):
    """Who is called, and when. The quorum counts the chair."""

    chair = forms.ModelChoiceField(label=_("Chair"), queryset=User.objects.none())
    members = forms.ModelMultipleChoiceField(
        label=_("Members"), queryset=User.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    meeting_on = forms.DateField(label=_("Meeting"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        active = User.objects.filter(is_active=True).order_by("printed_name")
        chairs = self.fields["chair"]
        members = self.fields["members"]
        chairs.queryset = active.filter(groups__name=Role.CHAIR)  # type: ignore[attr-defined]
        members.queryset = active.filter(groups__name=Role.MEMBER)  # type: ignore[attr-defined]


class ReturnForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason for the return"), widget=forms.Textarea(attrs={"rows": 2})
    )


class DeclarationForm(forms.Form):
    has_conflict = forms.TypedChoiceField(
        label=_("Conflict of interest"),
        choices=[
            ("no", _("I have none in this deal, its parties or its notes")),
            ("yes", _("I have one, and leave this case")),
        ],
        coerce=lambda answer: answer == "yes",
        widget=forms.RadioSelect,
    )
    statement = forms.CharField(
        label=_("What it is"), widget=forms.Textarea(attrs={"rows": 2}), required=False
    )


class VoteForm(LevelsForm):
    reason = forms.CharField(
        label=_("Reason, kept with the rating"), widget=forms.Textarea(attrs={"rows": 3})
    )
    dissents = forms.BooleanField(
        label=_("I dissent from the proposal; keep my text word for word"), required=False
    )
    has_read = forms.BooleanField(
        label=_("I have read the package and have no conflict of interest")
    )


class QuestionForm(forms.Form):
    section = forms.CharField(widget=forms.HiddenInput, max_length=32)
    text = forms.CharField(label=_("Your question"), widget=forms.Textarea(attrs={"rows": 2}))


class AnswerForm(forms.Form):
    text = forms.CharField(label=_("Your answer"), widget=forms.Textarea(attrs={"rows": 2}))


class SigningForm(forms.Form):
    """The password again, and the one-time code of whoever has two-step sign-in."""

    nonce = forms.CharField(widget=forms.HiddenInput, max_length=64)
    password = forms.CharField(
        label=_("Password, again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    code = forms.CharField(
        label=_("One-time code"),
        required=False,
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
    rationale = forms.CharField(
        label=_("Why the rating differs from what model and limits imply"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, needs_code: bool, needs_rationale: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].required = needs_code
        self.fields["rationale"].required = needs_rationale
        if not needs_code:
            del self.fields["code"]
        if not needs_rationale:
            del self.fields["rationale"]
