"""What the frame of every page needs: places by role, language, theme, keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

from ratings_site import policy
from ratings_site.http import signed_in
from ratings_site.people.demonstration import DEMO_PASSWORD, PEOPLE
from ratings_site.people.models import Role

THEMES = ("light", "dark")
ENDONYMS = {"en": "English", "zh-hans": "简体中文"}


class Place(NamedTuple):
    """A place of the house: its word, its address by name, the key after `g`, what one does there."""

    label: str | Promise
    url_name: str
    key: str
    action: str


PLACES = (
    Place(_("Waiting"), "desk:waiting", "w", "site.use"),
    Place(_("Deals"), "deals:list", "d", "deals.list"),
    Place(_("Surveillance"), "surveillance:list", "s", "surveillance.read"),
    Place(_("Servicers"), "servicers:list", "v", "servicers.read"),
    Place(_("Criteria"), "criteria:list", "c", "criteria.read"),
    Place(_("Workbench"), "workbench:list", "b", "workbench.use"),
    Place(_("Audit"), "audit:trail", "a", "audit.read"),
    Place(_("People"), "people:list", "p", "people.manage"),
)


@dataclass(frozen=True)
class Link:
    label: str | Promise
    href: str
    key: str
    is_here: bool


@dataclass(frozen=True)
class Tongue:
    code: str
    name: str
    tag: str


@dataclass(frozen=True)
class DemoPerson:
    """One of the people of a demonstration, as the sign-in page lists them."""

    username: str
    name: str
    role: str


@dataclass(frozen=True)
class Frame:
    """The frame of one page for one reader."""

    places: tuple[Link, ...]
    language_tag: str
    other_tongue: Tongue
    theme: str
    theme_chosen: str
    single_keys: str
    who: str
    role: str
    demo_people: tuple[DemoPerson, ...]
    demo_password: str


def navigation(request: HttpRequest) -> dict[str, object]:
    """Context processor: `frame`, built only where a template asks for it."""
    return {"frame": SimpleLazyObject(lambda: frame_of(request))}


def frame_of(request: HttpRequest) -> Frame:
    theme = request.COOKIES.get("theme", "")
    code = get_language() or settings.LANGUAGE_CODE
    other = "en" if code.startswith("zh") else "zh-hans"
    return Frame(
        places=places_for(request),
        language_tag=tag_of(code),
        other_tongue=Tongue(other, ENDONYMS[other], tag_of(other)),
        theme=theme if theme in THEMES else "light",
        theme_chosen="yes" if theme in THEMES else "no",
        single_keys="off" if request.COOKIES.get("single_keys") == "off" else "on",
        who=str(request.user) if request.user.is_authenticated else "",
        role=role_words(signed_in(request).roles) if request.user.is_authenticated else "",
        demo_people=demo_people(),
        demo_password=DEMO_PASSWORD if settings.DEMO else "",
    )


def demo_people() -> tuple[DemoPerson, ...]:
    """Return the people whose password is public: in a demonstration, and nowhere else."""
    if not settings.DEMO:
        return ()
    return tuple(DemoPerson(name, printed, str(Role(role).label)) for name, printed, role in PEOPLE)


def tag_of(code: str) -> str:
    """Return the tag of a language as HTML writes it: ``zh-Hans``."""
    return to_locale(code).replace("_", "-")


def places_for(request: HttpRequest) -> tuple[Link, ...]:
    """Return the places that this person may enter; a room that is not built has no door."""
    if not request.user.is_authenticated:
        return ()
    found = []
    for place in PLACES:
        if not policy.allows(signed_in(request), place.action):
            continue
        try:
            href = reverse(place.url_name)
        except NoReverseMatch:
            continue
        found.append(Link(place.label, href, place.key, is_here=is_inside(request.path, href)))
    return tuple(found)


def role_words(roles: frozenset[str]) -> str:
    """Return the roles of a person in words, in the order of the enumeration."""
    return ", ".join(str(role.label) for role in Role if role in roles)


def is_inside(path: str, href: str) -> bool:
    return path == href if href == "/" else path.startswith(href)
