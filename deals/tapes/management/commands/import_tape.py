"""Import a large tape as an administrator: `manage.py import_tape DEAL FILE --by USERNAME`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError

from deals.structure.models import Deal
from deals.tapes import services
from deals.tapes.engine.rule_texts import door_refusal
from deals.tapes.models import Tape
from ratings_site.jobs import services as job_services
from ratings_site.people.models import Role, User


class Command(BaseCommand):
    help = "Check a tape under an administrator's limits (1 GB, 3 GB memory) and keep it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("deal", metavar="DEAL", help="code of the deal")
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--by", required=True, metavar="USERNAME", help="the administrator who imports"
        )
        parser.add_argument("--sheet", default="")
        parser.add_argument("--label", default="", help="what the data are, e.g. Synthetic tape")

    def handle(self, *_args: Any, **options: Any) -> None:
        path: Path = options["file"]
        deal = Deal.objects.filter(code=options["deal"]).first()
        by = User.objects.filter(username=options["by"], is_active=True).first()
        if deal is None or not path.is_file():
            msg = f"There is no deal {options['deal']} or no file {path}."
            raise CommandError(msg)
        if by is None or not by.has_role(Role.ADMINISTRATOR):
            msg = f"{options['by']} is not an administrator."
            raise CommandError(msg)
        self.stdout.write(self._import(deal, path, by, options))

    def _import(self, deal: Deal, path: Path, by: User, options: dict[str, Any]) -> str:
        sending = services.Sending(
            sheet=options["sheet"], data_label=options["label"], is_import=True
        )
        try:
            with path.open("rb") as stream:
                tape = services.receive_tape(
                    deal, File(stream, name=path.name), name=path.name, by=by, sending=sending
                )
        except services.RefusedAtTheDoor as refusal:
            raise CommandError(door_refusal(refusal.rule, refusal.params, "en")) from refusal
        except services.TapeError as error:
            raise CommandError(str(error)) from error
        claim = job_services.claim(tape.job.pk, "import_tape") if tape.job else None
        if claim is None:
            return f"Tape {tape.number} of {deal.code} is being checked by a worker."
        services.check_tape(tape, claim)
        tape = Tape.objects.get(pk=tape.pk)
        return f"Tape {tape.number} of {deal.code}: {tape.status}, {tape.n_loans or 0} loans."
