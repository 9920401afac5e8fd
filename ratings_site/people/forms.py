from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.translation import gettext_lazy as _

from ratings_site.people.models import Role, RoleChange


class PersonForm(forms.Form):
    """A new person: name for signing in, name printed under signatures."""

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text=_("For signing in. It stays."),
    )
    printed_name = forms.CharField(
        label=_("Printed name"),
        max_length=120,
        help_text=_("Stands under signatures and votes."),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        help_text=_("For a forgotten password. Never carries a rating."),
    )


class RoleChangeForm(forms.Form):
    """Ask that a role be given or taken; another administrator decides."""

    kind = forms.ChoiceField(label=_("Change"), choices=RoleChange.Kind.choices)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    reason = forms.CharField(label=_("Reason, kept in the trail"), max_length=300)
