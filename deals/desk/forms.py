"""Filters of the list of deals, and the words of a search."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from deals.desk.selectors.deal_list import ORDERS, Filters
from deals.structure.models import Deal
from deals.structure.templatetags.prospectus import ASSET_CLASSES

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class DealFilterForm(forms.Form):
    """What to show in the list; a wrong value narrows nothing and says so."""

    q = forms.CharField(
        label=_("Words"),
        required=False,
        max_length=100,
        widget=forms.TextInput(
            attrs={"placeholder": _("code, name, originator"), "type": "search"}
        ),
    )
    originator = forms.ChoiceField(label=_("Originator"), required=False)
    asset_class = forms.ChoiceField(label=_("Asset class"), required=False)
    status = forms.ChoiceField(label=_("State"), required=False)
    issued_from = forms.DateField(label=_("Issued from"), required=False, widget=DATE)
    issued_to = forms.DateField(label=_("to"), required=False, widget=DATE)
    order = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, originators: list[str], asset_classes: list[str], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._offer("originator", [(name, name) for name in originators])
        self._offer("asset_class", [(c, ASSET_CLASSES.get(c, c)) for c in asset_classes])
        self._offer("status", list(Deal.Status.choices))

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        everything = (
            _("all {n}").format(n=len(choices)) if name != "status" and choices else _("all")
        )
        field.choices = [("", everything), *choices]  # type: ignore[attr-defined]

    def clean_order(self) -> str:
        order = str(self.cleaned_data["order"])
        return order if order.removeprefix("-") in ORDERS else "-issued"

    def filters(self) -> Filters:
        """Return the filters; fields that were refused count as empty."""
        self.is_valid()
        found = self.cleaned_data
        return Filters(
            words=found.get("q", ""),
            originator=found.get("originator", ""),
            asset_class=found.get("asset_class", ""),
            status=found.get("status", ""),
            issued_from=found.get("issued_from"),
            issued_to=found.get("issued_to"),
            order=found.get("order") or "-issued",
        )
