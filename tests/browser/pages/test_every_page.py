"""Walk every page that each role can reach, as a reader with eyes, ears, a phone and a keyboard."""

import re

import pytest
from playwright.sync_api import Error

pytestmark = pytest.mark.slow

ID = re.compile(r"(?<=/)[^/]*\d[^/]*(?=/)")  # codes, numbers, versions and UUIDs hold digits
NAMED = re.compile(r"^/(people|servicers)/(?!new/)[^/]+/")
LEFT_OUT = re.compile(
    r"^/(accounts/logout|api/|static/|metrics|health)|\.(pdf|csv|xlsx|json|parquet|gz)$|/file/|-file/|export|download"
)
MOST_PAGES = 60
# The second and later readers look only at what the ones before them could not reach.
READERS = ("lead-analyst", "chair", "administrator-a", "compliance")


def kind_of(path: str) -> str:
    """Return the path without its ids: pages of one kind are looked at once."""
    return NAMED.sub(r"/\1/*/", ID.sub("*", path))


def links(one) -> list[str]:
    hrefs = one.page.eval_on_selector_all(
        "a[href]", "all => all.map((a) => a.getAttribute('href'))"
    )
    paths = [href.split("#")[0].split("?")[0] for href in hrefs if href.startswith("/")]
    return [path for path in dict.fromkeys(paths) if path and not LEFT_OUT.search(path)]


def walk(one, known=frozenset()):
    """Go from the first page along every link, one page of each kind; yield path and status.

    Pages of a kind that is known already are passed through, not yielded.
    """
    waiting, seen = ["/"], set()
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.pop(0)
        if kind_of(path) in seen:
            continue
        seen.add(kind_of(path))
        try:
            status = one.open(path)
        except Error as error:
            if "Download is starting" in str(error):
                continue
            raise
        if kind_of(path) not in known:
            yield path, status
        waiting += [each for each in links(one) if kind_of(each) not in seen]


def test_every_page_keeps_the_policy_and_has_no_serious_fault(visit):
    faults, known = [], set()
    for reader in READERS:
        with visit() as one:
            one.sign_in(reader)
            for path, status in walk(one, known):
                known.add(kind_of(path))
                faults += [f"{path}: status {status}"] if status != 200 else []
                faults += [f"{path}: {each}" for each in one.faults_for_readers()]
            faults += one.complaints

    assert faults == []
    assert len(known) > 20


def test_every_page_fits_a_phone_in_chinese_and_in_the_dark(visit):
    faults = []
    with visit(width=390, language="zh-hans", theme="dark") as one:
        one.sign_in("lead-analyst")
        for path, status in walk(one):
            faults += [f"{path}: status {status}"] if status != 200 else []
            faults += [f"{path}: wide {each}" for each in one.wide_elements()]
            faults += [f"{path}: {each}" for each in one.faults_for_readers()]
        faults += one.complaints

    assert faults == []


def test_the_sign_in_page_has_no_serious_fault(visit):
    for language, theme in (("en", "light"), ("zh-hans", "dark")):
        with visit(language=language, theme=theme) as one:
            assert one.open("/accounts/login/") == 200
            assert one.faults_for_readers() == []
            assert one.complaints == []
