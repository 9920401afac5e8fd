"""Enter a deal from a deal file, or save the file as the next version of a deal that exists."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from analytics.errors import StructureError
from deals.structure.files import read_deal_file
from deals.structure.models import Deal
from deals.structure.services import DealError, create_deal, revise_deal
from ratings_site.people.models import User


class Command(BaseCommand):
    help = "Import a deal file npl-deal/1. An existing deal gets its next version."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="deal file (JSON)")
        parser.add_argument("--by", required=True, help="username of the person who answers for it")
        parser.add_argument("--note", default="", help="what changed and why")

    def handle(self, *_args: Any, **options: Any) -> None:
        by = User.objects.filter(username=options["by"], is_active=True).first()
        if by is None:
            msg = f"There is no active person named {options['by']!r}."
            raise CommandError(msg)
        try:
            document = read_deal_file(options["file"].read_bytes())
            deal = Deal.objects.filter(code=document.get("code")).first()
            if deal is None:
                deal, number = create_deal(document, by=by, note=options["note"]), 1
            else:
                number = revise_deal(deal, document, note=options["note"], by=by).number
        except OSError as error:
            msg = f"{options['file']} cannot be read: {error.strerror}."
            raise CommandError(msg) from error
        except (StructureError, DealError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{deal.code}: version {number} saved.")
