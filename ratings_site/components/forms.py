from django import forms
from django.utils.translation import gettext_lazy as _


class SampleForm(forms.Form):
    """The fields of the style page: one of each control that the product uses."""

    name = forms.CharField(label=_("Name of the deal"), help_text=_("As the prospectus writes it."))
    cutoff = forms.DateField(
        label=_("Cut-off date"), widget=forms.DateInput(attrs={"type": "date"})
    )
    asset_class = forms.ChoiceField(
        label=_("Asset class"),
        choices=[
            ("card", _("cards")),
            ("home_mortgage", _("homes")),
            ("sme_secured", _("SME, property")),
        ],
    )
    reason = forms.CharField(
        label=_("Reason, kept with the rating"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )
    paths = forms.IntegerField(label=_("Paths"), min_value=1_000, max_value=1_000_000)
    has_read = forms.BooleanField(label=_("I have read the package"), required=False)
    interest = forms.ChoiceField(
        label=_("Interest"),
        widget=forms.RadioSelect,
        choices=[("timely", _("timely")), ("ultimate", _("ultimate"))],
    )
