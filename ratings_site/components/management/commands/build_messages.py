"""Merge and compile the catalogue of translations; `--check` only says what is wrong."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ratings_site.components import catalogue


class Command(BaseCommand):
    """Extract every string, join it with its translation, write the .po and the .mo."""

    help = "Extract, merge and compile the Chinese catalogue; with --check change nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing, name the faults")
        parser.add_argument("--missing", action="store_true", help="print what has no translation")

    def handle(self, **options: Any) -> None:
        paths = catalogue.Paths(Path(settings.BASE_DIR))
        entries = catalogue.merge(paths)
        if options["missing"]:
            missing = {key: each for key, each in entries.items() if not each.translation}
            self.stdout.write(catalogue.write_po(missing))
            return
        if not options["check"]:
            paths.po.parent.mkdir(parents=True, exist_ok=True)
            paths.po.write_text(catalogue.write_po(entries), encoding="utf-8")
            paths.mo.write_bytes(catalogue.compile_mo(entries))
            self.stdout.write(f"{len(entries)} strings")
        faults = catalogue.faults(catalogue.extract(paths.root), catalogue.read_po(paths.po))
        if faults:
            raise CommandError("\n".join(faults))
