"""A browser and the whole site, as people meet them: web, workers and scheduler, demonstration loaded."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from script.private_servers import private_servers
from tests.live import LiveSite

# Playwright's own loop would make Django refuse the database, which these tests do not touch.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return Debian's Chromium; its absence is a failure, never a skip."""
    chromium = shutil.which("chromium")
    assert chromium, "chromium is not installed: apt-get install chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def live_site(tmp_path_factory) -> Iterator[LiveSite]:
    """Return the site as `script/server` starts it on a laptop."""
    site = LiveSite(tmp_path_factory.mktemp("live"), DEMO="1")
    try:
        site.start(is_set_up=False)
        yield site
    finally:
        site.stop()


@pytest.fixture(scope="session")
def live_site_on_servers(tmp_path_factory) -> Iterator[LiveSite]:
    """Return the site on PostgreSQL and Redis."""
    with private_servers() as (postgresql, redis):
        site = LiveSite(
            tmp_path_factory.mktemp("live-on-servers"),
            database_url=postgresql.url,
            broker_url=redis.url,
            DEMO="1",
        )
        try:
            site.start(is_set_up=False)
            yield site
        finally:
            site.stop()
