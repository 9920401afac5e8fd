"""The main job, as its people do it in a browser: from a deal file and a tape to a signed rating.

Once on SQLite with a queue in files, once on PostgreSQL and Redis.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.deals import HOME_CODE, published
from demo.synthetic import synthesise, write_tape
from ratings_site import clock
from ratings_site.people.demonstration import DEMO_PASSWORD

CODE = "BROWSER-1"
MEMBERS = [f"member-{letter}" for letter in "abcde"]
PATIENCE = 120_000  # milliseconds: kernels may compile, cores may be busy

Desk = Callable[[str], "contextmanager[Page]"]


@pytest.fixture(params=["live_site", "live_site_on_servers"])
def desk(request, browser: Browser) -> Iterator[Desk]:
    """Return a way to sit down as somebody: `with desk("chair") as page`."""
    address = request.getfixturevalue(request.param).address

    @contextmanager
    def sit(username: str) -> Iterator[Page]:
        context = browser.new_context(base_url=address, locale="en-US")
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto("/accounts/login/")
        page.fill("input[name=login]", username)
        page.fill("input[name=password]", DEMO_PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_selector(".who")
        yield page
        context.close()

    return sit


@pytest.fixture
def documents(tmp_path) -> tuple[dict, Path]:
    """A deal file with fewer loans than the real deal, and the synthetic tape that meets it."""
    deal = published(HOME_CODE) | {"code": CODE}
    deal["pool"] = deal["pool"] | {"loans": 300}
    tape = tmp_path / "tape.csv"
    write_tape(synthesise(deal), tape)
    return deal, tape


def test_a_pool_of_loans_goes_from_a_file_to_a_signed_rating(desk, documents):
    deal, tape = documents

    with desk("lead-analyst") as page:
        enter_deal(page, deal)
        upload_tape(page, tape)
        run = run_deal(page)
        propose(page, run)
    with desk("secretary") as page:
        case = convene(page)
    for person in ["chair", *MEMBERS]:
        with desk(person) as page:
            declare(page, case)
    with desk("chair") as page:
        page.goto(case)
        page.get_by_role("button", name="Open the voting").click()
        expect(page.locator("#voting")).to_contain_text("sealed")
    for person in ["chair", *MEMBERS]:
        with desk(person) as page:
            vote(page, case)
    with desk("chair") as page:
        close_and_sign(page, case)
        paper = pdf_of_package(page, case)

    assert paper.startswith(b"%PDF-")


def enter_deal(page: Page, deal: dict) -> None:
    page.goto("/deals/new/file/")
    page.fill("textarea[name=text]", json.dumps(deal, ensure_ascii=False))
    page.get_by_role("button", name="Enter the deal").click()
    page.wait_for_url(f"**/deals/{CODE}/")
    page.locator(f"form[action='/deals/{CODE}/analysis/'] button").click()
    expect(page.locator("main")).to_contain_text("analysis")


def upload_tape(page: Page, tape: Path) -> None:
    page.goto(f"/deals/{CODE}/tapes/new/")
    page.set_input_files("input[type=file]", tape)
    page.get_by_role("button", name="Upload and check").click()
    page.wait_for_url("**/deals/tapes/**")
    expect(page.locator("main")).to_contain_text("300 loans of 300 borrowers", timeout=PATIENCE)


def run_deal(page: Page) -> str:
    page.goto(f"/deals/{CODE}/runs/new/")
    page.fill("input[name=paths]", "4096")
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url("**/deals/runs/**")
    address = page.url
    # the page asks again by itself until the results stand there
    expect(page.locator("section#outcome, #outcome").first).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#ladder")).to_contain_text("AAA")
    return address


def propose(page: Page, run: str) -> None:
    page.goto(run.rstrip("/") + "/propose/")
    page.locator("fieldset.levels input[type=radio][value=A]").first.check()
    page.fill("textarea[name=rationale]", "Below what the run would bear: the tape is synthetic.")
    page.get_by_role("button", name="Propose").click()
    page.wait_for_url("**/deals/cases/**")


def convene(page: Page) -> str:
    page.goto(f"/deals/{CODE}/committee/")
    page.locator("main a[href*='/deals/cases/']").first.click()
    page.wait_for_url("**/deals/cases/**")
    case = page.url
    page.locator("select[name=chair]").select_option(label="Chair")
    for member in page.locator("input[name=members]").all():
        member.check()
    page.fill("input[name=meeting_on]", (clock.today() + timedelta(days=1)).isoformat())
    page.get_by_role("button", name="Freeze the package and convene").click()
    expect(page.locator("#members")).to_contain_text("to come")
    return case


def declare(page: Page, case: str) -> None:
    page.goto(case)
    page.locator("input[name=has_conflict]").first.check()
    page.get_by_role("button", name="Declare").click()
    page.wait_for_url("**/deals/packages/**")  # opened by the declaration


def vote(page: Page, case: str) -> None:
    page.goto(case)
    page.locator("#voting a", has_text="Vote").click()
    form = page.locator("form[action*='/vote/']")
    assert form.locator("input[type=radio]:checked").count() == 0, "no level is chosen beforehand"
    form.locator("input[type=radio][value=A]").first.check()
    form.locator("textarea[name=reason]").fill("The margin is ample; the evidence is not.")
    form.locator("input[name=has_read]").check()
    form.get_by_role("button", name="Cast vote").click()
    page.goto(case)
    expect(page.locator("#voting")).to_contain_text("Your vote is cast")
    assert "ample" not in page.locator("main").inner_text(), "sealed"


def close_and_sign(page: Page, case: str) -> None:
    page.goto(case)
    page.get_by_role("button", name="Close round").click()
    expect(page.locator("#voting")).to_contain_text("decided")
    page.get_by_role("link", name="Sign the decision").click()
    page.fill("input[name=password]", DEMO_PASSWORD)
    rationale = page.locator("textarea[name=rationale]")
    if rationale.count():
        rationale.fill("A synthetic tape supports no more.")
    page.get_by_role("button", name="Sign decision").click()
    page.get_by_role("link", name="Rating action").click()
    expect(page.locator("#rating")).to_contain_text("A")
    expect(page.locator("#signature")).to_contain_text("Chair")


def pdf_of_package(page: Page, case: str) -> bytes:
    page.goto(case)
    page.get_by_role("link", name="Read package").click()
    make = page.get_by_role("button", name="Make the PDF")
    if make.count():
        make.click()
    link = page.get_by_role("link", name="PDF English")
    for _ in range(60):
        if link.count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    address = link.get_attribute("href")
    assert address
    return page.request.get(address).body()
