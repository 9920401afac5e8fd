"""The scheduler: Celery's beat, which also sweeps.

The sweep runs in the scheduler itself and not as a message: it mends what the broker lost and
what busy or dead workers hold, so it must need neither.
"""

import logging
import time
from typing import Any

from celery.beat import Scheduler
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections

from ratings_site.jobs.tasks import sweep

logger = logging.getLogger(__name__)


class SweepingScheduler(Scheduler):
    """Sweep every JOB_SWEEP_SECONDS, then do what beat does."""

    swept_at = float("-inf")

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Return the seconds until the next duty."""
        if time.monotonic() - self.swept_at >= settings.JOB_SWEEP_SECONDS:
            self.swept_at = time.monotonic()
            self.sweep_once()
        return min(super().tick(*args, **kwargs), float(settings.JOB_SWEEP_SECONDS))

    def sweep_once(self) -> None:
        close_old_connections()
        try:
            sweep()
        except (DatabaseError, InterfaceError) as error:  # the next sweep tries again
            logger.warning("The sweep waits for the database: %s", error)
