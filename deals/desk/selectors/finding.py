"""Find deals, runs, servicers and loans by a few letters."""

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from deals.runs.models import RatingRun
from deals.structure.models import Deal
from deals.structure.templatetags.prospectus import words_for
from ratings_site import policy
from ratings_site.people.models import User
from servicers.models import Servicer

MOST = 20


@dataclass(frozen=True)
class Found:
    """One thing that fits the words, with what tells it from others."""

    title: str
    href: str
    words: str


@dataclass(frozen=True)
class Group:
    """Things of one kind that were found."""

    title: str
    found: list[Found]


def find(user: User, words: str) -> list[Group]:
    """Return what fits, by kind; only what the person may know of, and no empty kinds."""
    words = words.strip()[:100]
    if not words:
        return []
    groups = [
        Group(_("Deals"), deals(user, words)),
        Group(_("Runs"), runs(user, words)),
        Group(_("Servicers"), servicers(user, words)),
    ]
    return [group for group in groups if group.found]


def deals(user: User, words: str) -> list[Found]:
    if not policy.allows(user, "deals.list"):
        return []
    fits = Q()
    for word in words.split():
        fits &= (
            Q(code__icontains=word)
            | Q(name_en__icontains=word)
            | Q(name_zh__icontains=word)
            | Q(originator__icontains=word)
        )
    found = Deal.objects.visible_to(user).filter(fits).order_by("code")[:MOST]
    return [
        Found(
            deal.code,
            reverse("deals:deal", args=[deal.code]),
            ", ".join(
                part
                for part in (
                    deal.name_en,
                    deal.originator,
                    words_for(deal.asset_class, "asset_class"),
                )
                if part
            ),
        )
        for deal in found
    ]


def runs(user: User, words: str) -> list[Found]:
    """Find runs by number, by deal and number, by note, or by the first signs of their id."""
    if not policy.allows(user, "runs.read"):
        return []
    fits = Q()
    for word in words.split():
        one = (
            Q(deal__code__icontains=word) | Q(note__icontains=word) | Q(pk__startswith=word.lower())
        )
        if word.isdecimal() and len(word) < 6:
            one |= Q(number=int(word))
        fits &= one
    found = (
        RatingRun.objects.visible_to(user)
        .filter(fits)
        .select_related("deal")
        .order_by("-requested_at")[:MOST]
    )
    return [
        Found(
            _("%(deal)s run %(number)s") % {"deal": run.deal.code, "number": run.number},
            reverse("deals:run", args=[run.pk]),
            run.note,
        )
        for run in found
    ]


def servicers(user: User, words: str) -> list[Found]:
    if not policy.allows(user, "servicers.read"):
        return []
    fits = Q()
    for word in words.split():
        fits &= Q(code__icontains=word) | Q(name_en__icontains=word) | Q(name_zh__icontains=word)
    return [
        Found(each.own_name, reverse("servicers:servicer", args=[each.code]), each.code)
        for each in Servicer.objects.filter(fits)[:MOST]
    ]
