"""Is the queue being looked after? For health checks and alerts."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ratings_site import clock
from ratings_site.jobs.models import Job

SWEEPS_MISSED = 6


class Command(BaseCommand):
    help = "Exit code 1 when a silent worker's job has not been taken back for several sweeps."

    def handle(self, *args: Any, **options: Any) -> None:
        patience = timedelta(seconds=SWEEPS_MISSED * settings.JOB_SWEEP_SECONDS)
        forgotten = Job.objects.filter(
            status=Job.Status.RUNNING, lease_until__lt=clock.now() - patience
        ).count()
        waiting = Job.objects.filter(status=Job.Status.QUEUED).count()
        if forgotten:
            msg = (
                f"{forgotten} jobs of silent workers were not taken back: is the scheduler running?"
            )
            raise CommandError(msg)
        self.stdout.write(f"{waiting} jobs wait; none is forgotten.")
