"""A reader at a window of the demonstration, and what her browser may complain of."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from ratings_site.people.demonstration import DEMO_PASSWORD

AXE = (Path(__file__).parent.parent / "vendor/axe-core/axe.min.js").read_text(encoding="utf-8")
# Asked of axe: what WCAG 2.2 A and AA ask. Serious and critical findings fail a test.
AXE_RUN = """async () => (await axe.run(document, {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"],
})).violations"""
# Elements that stand out of the window, but for what scrolls inside itself.
WIDE = """() => [...document.querySelectorAll("main *")]
  .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
  .filter((e) => !e.closest(".scroll, .tabs, svg, .vh, .tabulator"))
  .slice(0, 5).map((e) => `${e.tagName}.${e.className}`)"""


@dataclass
class Visit:
    """One reader at one window: her page, and what the browser complained of."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> int:
        """Go to a path of the site; return the status of the answer."""
        answer = self.page.goto(self.address + path)
        assert answer is not None
        return answer.status

    def sign_in(self, username: str, password: str = DEMO_PASSWORD) -> None:
        self.open("/accounts/login/")
        self.page.fill("input[name=login]", username)
        self.page.fill("input[name=password]", password)
        self.page.click("main button[type=submit]")
        self.page.wait_for_selector(".who")

    def faults_for_readers(self) -> list[str]:
        """Return the serious and critical findings of axe, each with its first element."""
        self.page.evaluate(AXE)
        found: list[dict[str, Any]] = self.page.evaluate(AXE_RUN)
        return [
            f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:160]}"
            for each in found
            if each["impact"] in ("serious", "critical")
        ]

    def wide_elements(self) -> list[str]:
        """Return what makes the page scroll sideways."""
        return list(self.page.evaluate(WIDE))

    def note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(json.dumps([self.page.url, text[:300]]))


@pytest.fixture(scope="session")
def address(request) -> str:
    """Return where the demonstration answers; SITE names one that runs already."""
    return os.environ.get("SITE") or request.getfixturevalue("live_site").address


@pytest.fixture
def visit(address, browser):
    """Return a way to open a window: width, language, theme; complaints are written down."""

    @contextmanager
    def opened(*, width: int = 1440, language: str = "en", theme: str = "light") -> Iterator[Visit]:
        context = browser.new_context(viewport={"width": width, "height": 900})
        chosen = (("django_language", language), ("theme", theme))
        context.add_cookies(
            [{"name": name, "value": value, "url": address} for name, value in chosen]
        )
        one = Visit(context.new_page(), address)
        one.page.on("console", lambda said: one.note(said.type, said.text))
        one.page.on("pageerror", lambda error: one.note("error", str(error)))
        try:
            yield one
        finally:
            context.close()

    return opened
