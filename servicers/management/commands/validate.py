"""Measure the model validation book: `manage.py validate [--json]`."""

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand

from demo.sba import FIRST_USABLE, usable
from servicers.engine import validation_document


class Command(BaseCommand):
    help = "Compare what the engine finds with every known target; misses are shown."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="last line: the result document")

    def handle(self, *_args: Any, **options: Any) -> None:
        frame = usable(FIRST_USABLE, "2013-12-31")
        cases = zip(frame.chargeoff_date, frame.approved, frame.recovered, strict=True)
        found = validation_document(
            (date.fromisoformat(day), float(approved), float(recovered))
            for day, approved, recovered in cases
        )
        for target in found["targets"]:
            word = "pass" if target["passed"] else "MISS"
            self.stdout.write(
                f"{word}  {target['name']}: expected {target['expected']}, found {target['found']:.6g}"
            )
        if options["json"]:
            self.stdout.write(json.dumps(found))
