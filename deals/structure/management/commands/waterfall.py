"""Run given cash through a deal: `manage.py waterfall DEAL.json --collections FILE.csv [--json]`."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analytics.errors import AnalyticsError
from deals.structure.engine import flows_document


class Command(BaseCommand):
    help = "Distribute dated net collections by the deal's own priority of payments."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("deal", type=Path, help="deal file npl-deal/1")
        parser.add_argument(
            "--collections", type=Path, required=True, help="CSV with the columns date,amount"
        )
        parser.add_argument("--json", action="store_true", help="last line: all flows as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            document = json.loads(options["deal"].read_text(encoding="utf-8"))
            collections = options["collections"].read_text(encoding="utf-8-sig")
        except (OSError, ValueError) as error:
            msg = f"The files cannot be read: {error}."
            raise CommandError(msg) from error
        try:
            flows = flows_document(document, collections)
        except AnalyticsError as error:
            raise CommandError(str(error)) from error
        for name, rows in flows["notes"].items():
            self.stdout.write(name)
            for on, balance, interest, principal in rows:
                self.stdout.write(
                    f"  {on}  balance {balance:>18,.2f}  interest {interest:>15,.2f}  "
                    f"principal {principal:>18,.2f}"
                )
        if options["json"]:
            self.stdout.write(json.dumps(flows, ensure_ascii=False))
