"""Write the deal file of a deal, as it was given."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from deals.structure.files import write_deal_file
from deals.structure.models import Deal
from deals.structure.selectors import version


class Command(BaseCommand):
    help = "Export the deal file npl-deal/1 of a deal to a file, or to the screen."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", help="code of the deal")
        parser.add_argument("file", type=Path, nargs="?", help="where to write it")
        parser.add_argument("--version-number", type=int, help="an earlier version of the terms")

    def handle(self, *_args: Any, **options: Any) -> None:
        deal = Deal.objects.filter(code=options["code"]).first()
        terms = version(deal, options["version_number"]) if deal else None
        if terms is None:
            msg = f"There is no deal {options['code']!r}, or no such version of it."
            raise CommandError(msg)
        text = write_deal_file(terms.document)
        if options["file"]:
            options["file"].write_text(text, encoding="utf-8")
        else:
            self.stdout.write(text, ending="")
