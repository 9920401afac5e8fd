from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from ratings_site.audit.models import AuditEvent


class TrailFilter(forms.Form):
    """What of the trail to show. Every field is optional."""

    deal = forms.CharField(label=_("Deal"), required=False, max_length=64)
    action = forms.CharField(
        label=_("Action"), required=False, max_length=64, help_text=_("For example: vote, run.done")
    )
    person = forms.CharField(label=_("Person"), required=False, max_length=120)
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def chosen(self) -> QuerySet[AuditEvent]:
        """Return the lines that the filter lets through, newest first."""
        events = AuditEvent.objects.select_related("actor")
        if not self.is_valid():
            return events
        asked = self.cleaned_data
        if asked["deal"]:
            events = events.filter(deal_code__iexact=asked["deal"])
        if asked["action"]:
            events = events.filter(action__startswith=asked["action"])
        if asked["person"]:
            name = asked["person"]
            events = events.filter(Q(actor_name__icontains=name) | Q(actor__username__iexact=name))
        if asked["since"]:
            events = events.filter(at__date__gte=asked["since"])
        if asked["until"]:
            events = events.filter(at__date__lte=asked["until"])
        return events
