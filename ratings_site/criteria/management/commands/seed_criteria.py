"""Put the criteria that ship with the engine into force on a fresh installation."""

from typing import Any

from django.core.management.base import BaseCommand

from ratings_site.criteria import engine
from ratings_site.criteria.services import seed_first_version


class Command(BaseCommand):
    help = "Seed version 1 of the criteria from the engine's tables. Safe to repeat."

    def handle(self, *_args: Any, **_options: Any) -> None:
        version = seed_first_version()
        self.stdout.write(f"Criteria {version.version}, {version.get_status_display()}.")
        shipped = engine.shipped()
        if shipped.version == version.version and shipped.sha256 != version.sha256:
            self.stdout.write(
                "The engine now ships other tables under this number; the stored version stands."
            )
