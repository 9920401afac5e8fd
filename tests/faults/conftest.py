"""Two live sites to break: as it stands on a laptop, and on PostgreSQL with Redis."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from script.private_servers import PostgreSQL, Redis, private_servers
from tests.live import LiveSite


def trials() -> range:
    """Three of each fault in every run; script/soak asks for twenty."""
    return range(int(os.environ.get("FAULT_TRIALS", "3")))


@dataclass(frozen=True)
class Ground:
    """A live site with a deal on it, and the servers below it where it has any."""

    site: LiveSite
    deal: str
    postgresql: PostgreSQL | None = None
    redis: Redis | None = None


# Each ground stays with one xdist worker; most of a trial is waiting, so two run side by side.
GROUNDS = [
    pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in ("embedded", "servers")
]


@pytest.fixture(scope="session", params=GROUNDS)
def ground(request, tmp_path_factory) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "embedded":
        yield from ground_of(folder)
        return
    with private_servers() as (postgresql, redis):
        yield from ground_of(folder, postgresql, redis)


def ground_of(
    folder: Path, postgresql: PostgreSQL | None = None, redis: Redis | None = None
) -> Iterator[Ground]:
    site = LiveSite(
        folder / "site",
        database_url=postgresql.url if postgresql else "",
        broker_url=redis.url if redis else "",
    )
    site.migrate()
    site.start()
    try:
        yield Ground(site, site.ask("open_deal"), postgresql, redis)
    finally:
        site.stop()
