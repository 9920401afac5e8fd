"""Enter the first two administrators of a new installation. Works once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from ratings_site.people.services import PeopleError, bootstrap_administrators, sign_in_link


class Command(BaseCommand):
    help = "Enter the first administrators; print where each sets her password. Works once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", nargs=2, metavar="NAME", help="user name of an administrator")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            administrators = bootstrap_administrators(*options["names"])
        except PeopleError as error:
            raise CommandError(str(error)) from error
        for user in administrators:
            self.stdout.write(f"{user.username}: open {sign_in_link(user, by=None)} on this site")
