"""Prove that no line of the audit trail was changed, left out or cut off."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from ratings_site.audit.selectors import prove_trail


class Command(BaseCommand):
    help = "Prove the audit trail; name the first broken line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--anchor",
            action="store_true",
            help="print COUNT:DIGEST of the proven trail, to be kept outside this system",
        )
        parser.add_argument(
            "--expect-anchor",
            default="",
            metavar="COUNT:DIGEST",
            help="an anchor printed earlier; a trail that was cut short since is found",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        lines, digest = _parsed(options["expect_anchor"])
        proof = prove_trail(expect_lines=lines, expect_digest=digest)
        if proof.broken is not None:
            msg = f"The trail is broken: line {proof.broken} {proof.reason}."
            raise CommandError(msg)
        if options["anchor"]:
            self.stdout.write(f"{proof.lines}:{proof.head}")
            return
        self.stdout.write(f"The trail holds: {proof.lines} lines, head {proof.head}.")


def _parsed(anchor: str) -> tuple[int, str]:
    if not anchor:
        return 0, ""
    count, _, digest = anchor.partition(":")
    if not count.isdecimal() or len(digest) != 64:
        msg = f"An anchor reads COUNT:DIGEST, as --anchor prints it; got {anchor!r}."
        raise CommandError(msg)
    return int(count), digest
