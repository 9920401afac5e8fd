"""Walk every page that each role can reach, as a reader with eyes, ears, a phone and a keyboard."""

import re

import pytest

pytestmark = pytest.mark.slow

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)\d+(?=/)|(?<=/)[A-Z0-9]+-?[A-Z0-9-]*\d+(?=/)")
LEFT_OUT = re.compile(
    r"^/(accounts/logout|api/|static/|metrics|health)|\.(pdf|csv|xlsx|json|parquet|gz)$|/file/|export|download"
)
MOST_PAGES = 60
READERS = ("lead-analyst", "chair", "administrator-a", "compliance", "researcher")


def kind_of(path: str) -> str:
    """Return the path without its ids: pages of one kind are looked at once."""
    return ID.sub("*", path)


def links(one) -> list[str]:
    hrefs = one.page.eval_on_selector_all(
        "a[href]", "all => all.map((a) => a.getAttribute('href'))"
    )
    paths = [href.split("#")[0].split("?")[0] for href in hrefs if href.startswith("/")]
    return [path for path in dict.fromkeys(paths) if path and not LEFT_OUT.search(path)]


def walk(one):
    """Go from the first page along every link, one page of each kind; yield path and status."""
    waiting, seen = ["/"], set()
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.pop(0)
        if kind_of(path) in seen:
            continue
        seen.add(kind_of(path))
        status = one.open(path)
        yield path, status
        waiting += [each for each in links(one) if kind_of(each) not in seen]


@pytest.mark.parametrize("reader", READERS)
def test_every_page_keeps_the_policy_and_has_no_serious_fault(visit, reader):
    faults = []
    with visit() as one:
        one.sign_in(reader)
        for path, status in walk(one):
            if status != 200:
                faults.append(f"{path}: status {status}")
                continue
            faults += [f"{path}: {each}" for each in one.faults_for_readers()]

        assert faults == []
        assert one.complaints == []


@pytest.mark.parametrize("reader", ["lead-analyst", "chair"])
def test_every_page_fits_a_phone_in_chinese_and_in_the_dark(visit, reader):
    faults = []
    with visit(width=390, language="zh-hans", theme="dark") as one:
        one.sign_in(reader)
        for path, status in walk(one):
            faults += [f"{path}: status {status}"] if status != 200 else []
            faults += [f"{path}: wide {each}" for each in one.wide_elements()]
            faults += [f"{path}: {each}" for each in one.faults_for_readers()]

        assert faults == []
        assert one.complaints == []


def test_the_sign_in_page_has_no_serious_fault(visit):
    for language, theme in (("en", "light"), ("zh-hans", "dark")):
        with visit(language=language, theme=theme) as one:
            assert one.open("/accounts/login/") == 200
            assert one.faults_for_readers() == []
            assert one.complaints == []
