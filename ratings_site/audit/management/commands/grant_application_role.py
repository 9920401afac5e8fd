"""Give the application a database role that cannot rewrite history."""

import argparse
import os
import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from psycopg import sql

NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
# Tables on which every edit is refused by their trigger: here the role is not even allowed to ask.
APPEND_ONLY = """
    SELECT DISTINCT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE tgname = 'append_only_' || relname AND tgqual IS NULL AND tgattr = ''::int2vector
"""
GUARDED = """
    SELECT DISTINCT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE tgname = 'append_only_' || relname
"""


class Command(BaseCommand):
    help = (
        "PostgreSQL: let ROLE read and write the tables as the application does, and neither edit "
        "nor delete in append-only tables. Run it as the owner, after every migrate. "
        "APP_PASSWORD in the environment is the role's password when the role is new."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("role")

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "postgresql":
            msg = "Roles belong to PostgreSQL; this database has none."
            raise CommandError(msg)
        if not NAME.fullmatch(options["role"]):
            msg = f"Not a name of a role: {options['role']!r}."
            raise CommandError(msg)
        guarded = grant(options["role"], os.environ.get("APP_PASSWORD", ""))
        self.stdout.write(f"{options['role']} may not edit: {', '.join(guarded)}")


@transaction.atomic
def grant(role: str, password: str) -> list[str]:
    """Grant the role what the application needs; return the tables that it may not edit."""
    name = sql.Identifier(role)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            create = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
            cursor.execute(create.format(name, sql.Literal(password or None)))
        for statement in (
            "GRANT USAGE ON SCHEMA public TO {}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}",
        ):
            cursor.execute(sql.SQL(statement).format(name))
        append_only, guarded = tables(cursor, APPEND_ONLY), tables(cursor, GUARDED)
        for table in append_only:
            revoke = sql.SQL("REVOKE UPDATE, DELETE ON {} FROM {}")
            cursor.execute(revoke.format(sql.Identifier(table), name))
        for table in set(guarded) - set(append_only):
            # Some of its rows, or columns, are still open: the trigger looks at each edit.
            revoke = sql.SQL("REVOKE TRUNCATE ON {} FROM {}")
            cursor.execute(revoke.format(sql.Identifier(table), name))
    return append_only


def tables(cursor: Any, query: str) -> list[str]:
    cursor.execute(query)
    return sorted(name for (name,) in cursor.fetchall())
