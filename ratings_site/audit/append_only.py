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


def refuse_changes(table: str, *, when: str = "", columns: tuple[str, ...] = ()) -> "Guard":
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

    return Guard(table, install, remove)


def refuse_insert(table: str, *, when: str) -> "Guard":
    """Return the migration operation that refuses new rows of a kind.

    Parameters
    ----------
    table : name of the table in the database.
    when : SQL condition under which a row is refused; its columns are written NEW.column, and it
        may ask other tables.
    """

    def install(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        for statement in _insert_statements(editor.connection.vendor, table, when):
            editor.execute(statement, params=None)

    def remove(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        where = f" ON {table}" if editor.connection.vendor == "postgresql" else ""
        editor.execute(f"DROP TRIGGER IF EXISTS refused_row_{table}{where}", params=None)

    return Guard(table, install, remove)


class Guard(migrations.RunPython):
    """A guard in a migration; it names its table so that a test can ask whether it still stands.

    SQLite drops triggers when a later migration rebuilds a table: then install the guard again.
    """

    def __init__(self, table: str, install: Step, remove: Step) -> None:
        super().__init__(install, remove)
        self.table = table


def _insert_statements(vendor: str, table: str, when: str) -> list[str]:
    name, refusal = f"refused_row_{table}", f"{table} refuses this row"
    before = f"CREATE TRIGGER {name} BEFORE INSERT ON {table}"
    if vendor == "sqlite":
        return [f"{before} WHEN ({when}) BEGIN SELECT RAISE(ABORT, '{refusal}'); END"]
    function = f"""
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF ({when}) THEN
    RAISE EXCEPTION '{refusal}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""
    return [function, f"{before} FOR EACH ROW EXECUTE FUNCTION {name}()"]


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
