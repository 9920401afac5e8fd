"""The frame of every page: components, language, theme, places by role, a strict policy."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from ratings_site.people.models import Role

pytestmark = pytest.mark.django_db

TEMPLATES = sorted((Path(settings.BASE_DIR) / "templates").rglob("*.html"))
INLINE_STYLE = re.compile(r"<[^>]+\sstyle\s*=|<style[\s>]", re.IGNORECASE)
INLINE_SCRIPT = re.compile(
    r"<[^>]+\son[a-z]+\s*=|<script(?![^>]*\bsrc=)(?![^>]*application/json)", re.IGNORECASE
)


def test_the_style_page_shows_every_piece_in_both_languages(signed_in_as, analyst):
    client = signed_in_as(analyst)

    english = client.get(reverse("components:style")).content.decode()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
    chinese = client.get(reverse("components:style")).content.decode()

    for piece in (
        "st-todo",
        "notice",
        "nothing",
        "row-svg",
        "field-bad",
        'data-chart="fan"',
        "as-table",
    ):
        assert piece in english
    assert '<html lang="en"' in english
    assert '<html lang="zh-Hans"' in chinese
    assert "压力阶梯" not in english
    assert "样式" in chinese


def test_a_group_of_choices_keeps_its_frame_plain(signed_in_as, analyst):
    page = signed_in_as(analyst).get(reverse("components:style")).content.decode()

    assert 'class="form-check-input" id="id_interest"' not in page
    assert 'type="radio" name="interest"' in page


def test_the_theme_is_remembered_and_the_reader_stays_where_she_was(signed_in_as, analyst):
    client = signed_in_as(analyst)

    answer = client.post(reverse("components:theme"), {"theme": "dark", "next": "/style/#forms"})
    page = client.get(reverse("components:style")).content.decode()

    assert answer["Location"] == "/style/#forms"
    assert 'data-bs-theme="dark" data-theme-chosen="yes"' in page


@pytest.mark.parametrize("target", ["https://example.org/", "//example.org", "javascript:alert(1)"])
def test_the_theme_switch_leads_nowhere_else(signed_in_as, analyst, target):
    answer = signed_in_as(analyst).post(
        reverse("components:theme"), {"theme": "dark", "next": target}
    )

    assert answer["Location"] == "/"


def test_an_unknown_theme_is_not_remembered(signed_in_as, analyst):
    answer = signed_in_as(analyst).post(reverse("components:theme"), {"theme": "pink", "next": "/"})

    assert "theme" not in answer.cookies


def test_the_theme_is_not_changed_by_reading(signed_in_as, analyst):
    assert signed_in_as(analyst).get(reverse("components:theme")).status_code == 405


def test_places_follow_the_role(signed_in_as, make_person):
    analyst = (
        signed_in_as(make_person(Role.ANALYST)).get(reverse("components:style")).content.decode()
    )
    admin = (
        signed_in_as(make_person(Role.ADMINISTRATOR))
        .get(reverse("components:style"))
        .content.decode()
    )

    assert f'href="{reverse("deals:list")}"' in analyst
    assert f'href="{reverse("deals:list")}"' not in admin
    assert f'href="{reverse("servicers:list")}"' in admin


def test_the_people_of_a_demonstration_are_shown_only_in_a_demonstration(settings):
    settings.DEMO = False
    plain = Client().get(reverse("account_login")).content.decode()
    settings.DEMO = True
    demo = Client().get(reverse("account_login")).content.decode()

    assert "member-a" not in plain
    assert "demonstration only" not in plain
    assert "member-a" in demo
    assert "demonstration only" in demo


def test_the_policy_allows_nothing_inline(signed_in_as, analyst):
    policy = signed_in_as(analyst).get(reverse("components:style"))["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR))
)
def test_no_template_carries_inline_style_or_script(path):
    source = path.read_text(encoding="utf-8")

    assert not INLINE_STYLE.search(source)
    assert not INLINE_SCRIPT.search(source)
