"""Tables that only grow: triggers that refuse UPDATE and DELETE, installed by migrations.

    operations = [refuse_changes("audit_auditevent")]
    operations = [refuse_changes("runs_ratingrun", when="finished_at IS NOT NULL")]

With `when`, a row is guarded from the moment at which it satisfies the condition; before, it may
be edited and the edit that makes it satisfy the condition passes. With `columns`, only these refuse
an edit: what is in force may still be marked as superseded.
"""

import re
from collections.abc import Callable
from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

REFUSAL = "{table} is append-only: {act} refused"
POSTGRESQL_REFUSAL = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
_NAME = re.compile(r"^[a-z_][a-z0-9_]*$")
_TEXT_OR_COLUMN = re.compile(r"('[^']*')|\b([a-z_][a-z0-9_]*)\b")
Step = Callable[[Any, BaseDatabaseSchemaEditor], None]


def refuse_changes(
    table: str, *, when: str = "", columns: tuple[str, ...] = ()
) -> migrations.RunPython:
    """Return the migration operation that guards a table.

    Parameters
    ----------
    table : name of the table in the database.
    when : SQL condition on the row's own columns, unqualified; every row when empty. Columns are
        written in lower case, SQL words in capitals, text in single quotes.
    columns : columns that refuse an edit; all when empty. Deleting is refused either way.
    """
    for name in (table, *columns):
        if not _NAME.match(name):
            msg = f"Not a name of a table or column: {name!r}."
            raise ValueError(msg)

    def install(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        for statement in _statements(editor.connection.vendor, table, when, columns):
            editor.execute(statement, params=None)

    def remove(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        for statement in _removals(editor.connection.vendor, table):
            editor.execute(statement, params=None)

    return migrations.RunPython(install, remove)


def _statements(vendor: str, table: str, when: str, columns: tuple[str, ...]) -> list[str]:
    old = _TEXT_OR_COLUMN.sub(lambda found: found[1] or f"OLD.{found[2]}", when)
    condition = f"WHEN ({old})" if old else ""
    update = f"UPDATE OF {', '.join(columns)}" if columns else "UPDATE"
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER append_only_{table}_{act} BEFORE {clause} ON {table} "
            f"{condition} BEGIN SELECT RAISE(ABORT, "
            f"'{REFUSAL.format(table=table, act=act.upper())}'); END"
            for act, clause in (("update", update), ("delete", "DELETE"))
        ]
    if vendor == "postgresql":
        row = f"CREATE TRIGGER append_only_{table} BEFORE {update} OR DELETE ON {table}"
        whole = f"CREATE TRIGGER append_only_{table}_truncate BEFORE TRUNCATE ON {table}"
        refuse = "EXECUTE FUNCTION refuse_change()"
        return [
            POSTGRESQL_REFUSAL,
            f"{row} FOR EACH ROW {condition} {refuse}",
            f"{whole} FOR EACH STATEMENT {refuse}",
        ]
    msg = f"No append-only trigger is written for {vendor}."
    raise NotImplementedError(msg)


def _removals(vendor: str, table: str) -> list[str]:
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS append_only_{table}_{act}" for act in ("update", "delete")]
    return [
        f"DROP TRIGGER IF EXISTS append_only_{table}{suffix} ON {table}"
        for suffix in ("", "_truncate")
    ]
