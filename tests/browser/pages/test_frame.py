"""The frame at work: keys, theme, language, charts as tables, focus."""

import pytest

pytestmark = pytest.mark.slow


def test_the_theme_changes_at_once_and_stays(visit):
    with visit() as one:
        one.sign_in("lead-analyst")
        one.open("/style/")

        one.page.click(".mast [data-theme-switch] button")
        changed = one.page.get_attribute("html", "data-bs-theme")
        one.open("/style/")

        assert changed == "dark"
        assert one.page.get_attribute("html", "data-bs-theme") == "dark"
        assert one.complaints == []


def test_charts_are_drawn_and_drawn_anew_in_the_other_theme(visit):
    with visit() as one:
        one.sign_in("lead-analyst")
        one.open("/style/")
        count = one.page.locator("[data-chart]").count()

        before = one.page.locator("[data-chart] svg").first.inner_html()
        one.page.click(".mast [data-theme-switch] button")
        after = one.page.locator("[data-chart] svg").first.inner_html()

        assert count == one.page.locator("[data-chart] svg").count()
        assert before != after


def test_the_language_changes_and_the_page_stays(visit):
    with visit() as one:
        one.sign_in("lead-analyst")
        one.open("/style/")

        with one.page.expect_navigation():
            one.page.click(".mast button[name=language]")

        assert one.page.get_attribute("html", "lang") == "zh-Hans"
        assert one.page.url.endswith("/style/")


def test_keys_open_find_tables_places_and_their_own_list(visit):
    with visit() as one:
        one.sign_in("lead-analyst")
        one.open("/style/")
        page = one.page

        page.keyboard.press("t")
        tables = page.locator("details.as-table[open]").count()
        page.keyboard.press("?")
        keys = page.locator("dialog#keys[open]").count()
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog#keys", state="hidden")
        page.keyboard.press("/")
        focused = page.evaluate("document.activeElement.id")
        page.keyboard.type("t?")
        page.keyboard.press("Escape")
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("g")
        with page.expect_navigation():
            page.keyboard.press("d")

        assert tables > 0
        assert keys == 1
        assert focused == "find"
        assert page.url.endswith("/deals/")


def test_single_letters_can_be_switched_off(visit):
    with visit() as one:
        one.sign_in("lead-analyst")
        one.open("/style/")
        one.page.keyboard.press("?")
        one.page.uncheck("[data-single-keys-choice]")
        one.page.keyboard.press("Escape")

        one.open("/style/")
        one.page.keyboard.press("t")

        assert one.page.locator("details.as-table[open]").count() == 0


def test_the_first_tab_stop_skips_to_the_content(visit):
    with visit() as one:
        one.sign_in("lead-analyst")
        one.open("/style/")

        one.page.keyboard.press("Tab")
        first = one.page.evaluate("document.activeElement.className")
        one.page.keyboard.press("Enter")

        assert first == "skip"
        assert one.page.url.endswith("#main")


def test_rows_are_walked_by_keys_and_opened(visit):
    with visit() as one:
        one.sign_in("lead-analyst")
        one.open("/deals/")

        one.page.keyboard.press("j")
        row = one.page.locator("tr.at").count()
        with one.page.expect_navigation():
            one.page.keyboard.press("Enter")

        assert row == 1
        assert not one.page.url.endswith("/deals/")
