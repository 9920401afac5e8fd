"""Make a labelled synthetic tape that meets the published totals and shares of a deal."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from deals.structure.engine import check_document
from demo.synthetic import synthesise, write_tape


class Command(BaseCommand):
    help = "Make a labelled synthetic tape (CSV or XLSX) from a deal file with an aggregate pool."
    requires_system_checks = []  # needs neither database nor site

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("deal", type=Path, metavar="DEAL.json")
        parser.add_argument("out", type=Path, metavar="OUT")

    def handle(self, *, deal: Path, out: Path, **options: Any) -> None:
        try:
            document = json.loads(deal.read_text(encoding="utf-8"))
            check_document(document)
            tape = synthesise(document)
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        write_tape(tape, out)
        self.stdout.write(
            f"{out}: {len(tape)} synthetic loans, claim CNY {tape.total_claim.sum():,.2f}. "
            "Not evidence: every loan_id begins with SYNTHETIC-."
        )
