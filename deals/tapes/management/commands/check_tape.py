"""Check a tape from the command line, without a database: `manage.py check_tape FILE [--json]`."""

import datetime as dt
import json
from argparse import ArgumentParser
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from deals.tapes.engine.check import Mapped, Request
from deals.tapes.engine.door import check_in_child
from deals.tapes.files.limits import IMPORT, WEB


class Command(BaseCommand):
    help = "Check a loan tape as an upload would be checked, and say what is wrong with it."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--cutoff", type=dt.date.fromisoformat, help="cut-off date, ISO")
        parser.add_argument(
            "--upload-as", metavar="NAME", help="file name as a browser would send it"
        )
        parser.add_argument(
            "--sheet", default="", help="the sheet to read, where several may be the tape"
        )
        parser.add_argument("--mapping", type=Path, help="JSON: name, columns, units, words")
        parser.add_argument(
            "--rate",
            action="append",
            default=[],
            metavar="USD=7.1",
            help="CNY per unit of a currency",
        )
        parser.add_argument(
            "--parquet", type=Path, help="write the canonical file here when accepted"
        )
        parser.add_argument(
            "--import-limits", action="store_true", help="limits of an administrator's import"
        )
        parser.add_argument(
            "--json", action="store_true", help="last line: the report as one JSON object"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            msg = f"There is no file {path}."
            raise CommandError(msg)
        request = Request(
            path=path,
            name=options["upload_as"] or path.name,
            limits=IMPORT if options["import_limits"] else WEB,
            cutoff=options["cutoff"],
            sheet=options["sheet"],
            mapped=Mapped(**_mapping(options["mapping"])),
            rates=_rates(options["rate"]),
            parquet=options["parquet"],
        )
        report = check_in_child(request)
        self.stdout.write(report["message"])
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False))


def _mapping(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        mapping: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        msg = f"The mapping {path} cannot be read: {error}."
        raise CommandError(msg) from error
    return mapping


def _rates(given: list[str]) -> dict[str, Decimal]:
    rates = {}
    for rate in given:
        code, _, value = rate.partition("=")
        if not code.isalpha() or not value.replace(".", "", 1).isdigit():
            msg = f"A rate reads CODE=NUMBER, e.g. USD=7.1; got {rate}."
            raise CommandError(msg)
        rates[code.upper()] = Decimal(value)
    return rates
