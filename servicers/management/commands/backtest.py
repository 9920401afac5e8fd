"""Back-test recovery on closed cases: `manage.py backtest FIT.csv TEST.csv [--json]`."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analytics.errors import AnalyticsError
from servicers.engine import backtest_document


class Command(BaseCommand):
    help = "Fit on closed cases of FIT, predict pools of TEST, count how often the band held."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("fit", type=Path, help="closed cases: ultimate-only schema, CSV")
        parser.add_argument("test", type=Path, help="closed cases to predict")
        pools = parser.add_mutually_exclusive_group()
        pools.add_argument("--group", help="column that names the pools; else closing quarters")
        pools.add_argument("--pools-of", type=int, metavar="N", help="random pools of N cases")
        parser.add_argument("--history", choices=("short", "long"), help="else told by its span")
        parser.add_argument("--floor", type=float, help="relative sd of the systematic part")
        parser.add_argument("--json", action="store_true", help="last line: the result document")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            found = backtest_document(
                options["fit"],
                options["test"],
                group=options["group"],
                pools_of_size=options["pools_of"],
                history=options["history"],
                floor=options["floor"],
            )
        except (AnalyticsError, OSError) as error:
            raise CommandError(str(error)) from error
        for name, value in found.items():
            self.stdout.write(f"{name}: {value}")
        if options["json"]:
            self.stdout.write(json.dumps(found))
