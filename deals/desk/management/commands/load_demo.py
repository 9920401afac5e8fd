"""Load the demonstration: people, servicers, three deals, one of them to a signed rating."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from deals.desk.demonstration import load_demonstration


class Command(BaseCommand):
    help = "Load the demonstration deals and people, once. Only where DEMO=1."

    def handle(self, **options: Any) -> None:
        if not settings.DEMO:
            msg = "The demonstration is loaded only where DEMO=1: the passwords of its people are public."
            raise CommandError(msg)
        for step in load_demonstration():
            self.stdout.write(step)
