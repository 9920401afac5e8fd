"""One thing that waits for a person."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from ratings_site import clock
from ratings_site.components.figures import clock as time_of_day
from ratings_site.components.figures import iso_date


@dataclass(frozen=True)
class Duty:
    """One thing that waits: since when, what, why, and where it is done.

    `rank` orders duties that wait equally long: what is against us comes first.
    """

    since: datetime
    title: str
    href: str
    words: str
    kind: str
    state: str
    rank: int = 1

    @property
    def is_late(self) -> bool:
        return self.kind == "bad"

    @property
    def when(self) -> str:
        """The day since when it waits; of today, the hour."""
        if iso_date(self.since) == iso_date(clock.now()):
            return _("today %(time)s") % {"time": time_of_day(self.since)}
        return iso_date(self.since)
