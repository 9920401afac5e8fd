"""Compute a finished run again and compare its digits."""

import argparse
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from deals.runs.models import RatingRun
from deals.runs.services import RunError, Verification, verify_run


class Command(BaseCommand):
    help = (
        "Compute a finished run again from its frozen inputs. Exit code 1 when the digits differ; "
        "then it says whether engine version, lock file or processor differ too."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("run", help="id of a run, or CODE/NUMBER such as TEST-1/2")

    def handle(self, *args: Any, **options: Any) -> None:
        run = find_run(options["run"])
        try:
            found = verify_run(run)
        except RunError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"run        {run} ({run.pk})")
        self.stdout.write(f"inputs     {found.inputs_sha256}")
        self.stdout.write(f"recorded   {run.result_sha256}")
        self.stdout.write(f"recomputed {found.result_sha256}")
        for what, then, now in found.differences:
            self.stdout.write(f"{what} differs: then {then or 'unknown'}, now {now}")
        if not found.is_same:
            raise CommandError(verdict(found))
        self.stdout.write("The same digits.")


def find_run(name: str) -> RatingRun:
    runs = RatingRun.objects.select_related("deal", "terms", "tape", "criteria")
    code, _, number = name.rpartition("/")
    try:
        wanted = {"deal__code": code, "number": int(number)} if code else {"pk": UUID(name)}
        return runs.get(**wanted)
    except (ValueError, RatingRun.DoesNotExist) as error:
        msg = f"No run {name!r}. Give its id, or CODE/NUMBER such as TEST-1/2."
        raise CommandError(msg) from error


def verdict(found: Verification) -> str:
    """Say what speaks for the difference."""
    if found.inputs_sha256 != found.run.inputs_sha256:
        return "The inputs are not those that were recorded."
    if found.differences:
        named = ", ".join(what for what, _then, _now in found.differences)
        return f"The digits differ; so does the {named}."
    return "The digits differ though engine version, lock file and processor are the same."
