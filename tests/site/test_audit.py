"""The trail: gapless, chained, never edited; a broken line is named."""

import datetime
from contextlib import suppress
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader

from ratings_site.audit.append_only import Guard
from ratings_site.audit.canonical import canonical_bytes, digest_of
from ratings_site.audit.models import NO_DIGEST, AuditEvent, AuditHead
from ratings_site.audit.services import record
from tests.factories.structure import DealFactory

pytestmark = pytest.mark.django_db


def raw(statement: str) -> None:
    """Run SQL as the application itself would, without the ORM."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_line_names_who_did_what_to_which_deal_and_in_what_role(lead):
    deal = DealFactory()

    event = record(
        "deal.created", deal, by=lead, balance=Decimal("1.50"), on=datetime.date(2024, 3, 28)
    )

    event.refresh_from_db()
    assert (event.actor, event.actor_name, event.actor_roles) == (lead, str(lead), "lead_analyst")
    assert (event.subject_kind, event.subject_id) == ("structure.deal", str(deal.pk))
    assert event.deal_code == deal.code
    assert event.detail == {"balance": "1.50", "on": "2024-03-28"}


def test_lines_are_numbered_without_a_gap_and_chained(lead):
    deal = DealFactory()

    events = [record("deal.read", deal, by=lead, n=n) for n in range(5)]

    assert [event.sequence for event in events] == [1, 2, 3, 4, 5]
    assert events[0].previous_digest == NO_DIGEST
    assert [e.previous_digest for e in events[1:]] == [e.digest for e in events[:-1]]


def test_a_transaction_that_fails_leaves_neither_line_nor_gap(lead):
    deal = DealFactory()

    with suppress(InterruptedError), transaction.atomic():
        record("deal.read", deal, by=lead)
        raise InterruptedError

    assert not AuditEvent.objects.exists()
    assert record("deal.read", deal, by=lead).sequence == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditevent SET actor_name = 'Somebody else'",
        "DELETE FROM audit_auditevent",
    ],
)
def test_the_database_refuses_to_change_a_line(lead, statement):
    record("deal.read", DealFactory(), by=lead)

    with pytest.raises(DatabaseError, match="append-only"):
        raw(statement)

    assert AuditEvent.objects.get().actor_name == str(lead)


def without_guard(statement: str) -> None:
    """Do what only somebody with the database's owner rights can do."""
    if connection.vendor == "sqlite":
        raw("DROP TRIGGER append_only_audit_auditevent_update")
        raw("DROP TRIGGER append_only_audit_auditevent_delete")
    else:
        raw("SET LOCAL session_replication_role = replica")
    raw(statement)


def verify(**options: object) -> str:
    out = StringIO()
    call_command("verify_audit", stdout=out, **options)
    return out.getvalue()


def three_lines(lead):
    deal = DealFactory()
    for n in range(3):
        record("deal.read", deal, by=lead, n=n)


def test_an_unbroken_trail_verifies(lead):
    three_lines(lead)

    assert "3 lines" in verify()


def test_an_empty_trail_verifies():
    assert "0 lines" in verify()


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE audit_auditevent SET actor_name = 'X' WHERE sequence = 2", "line 2"),
        ("UPDATE audit_auditevent SET detail = '{}' WHERE sequence = 3", "line 3"),
        (
            "UPDATE audit_auditevent SET at = '2020-01-01 00:00:00+00:00' WHERE sequence = 1",
            "line 1",
        ),
        ("DELETE FROM audit_auditevent WHERE sequence = 2", "line 2"),
        ("DELETE FROM audit_auditevent WHERE sequence = 3", "line 3"),
    ],
)
def test_a_broken_line_is_named(lead, statement, named):
    three_lines(lead)
    without_guard(statement)

    with pytest.raises(CommandError, match=named):
        verify()


def test_an_anchor_kept_outside_finds_a_trail_cut_short_together_with_its_head(lead):
    three_lines(lead)
    anchor = verify(anchor=True).strip()
    last = AuditEvent.objects.get(sequence=2)
    without_guard("DELETE FROM audit_auditevent WHERE sequence = 3")
    AuditHead.objects.update(sequence=2, digest=last.digest)

    assert "2 lines" in verify()
    with pytest.raises(CommandError, match="3 lines"):
        verify(expect_anchor=anchor)


def test_an_anchor_stays_good_while_the_trail_grows(lead):
    three_lines(lead)
    anchor = verify(anchor=True).strip()

    record("deal.read", DealFactory(), by=lead)

    assert "4 lines" in verify(expect_anchor=anchor)


def test_an_anchor_of_another_trail_is_refused(lead):
    three_lines(lead)

    with pytest.raises(CommandError, match="line 3"):
        verify(expect_anchor=f"3:{'a' * 64}")


def test_canonical_bytes_do_not_depend_on_order_or_writing():
    one = {"b": Decimal("1.10"), "a": [1.0, "是"]}
    other = {"a": (1, "是"), "b": "1.10"}

    assert canonical_bytes(one) == canonical_bytes(other) == '{"a":[1,"是"],"b":"1.10"}'.encode()
    assert digest_of(one) == digest_of(other)


def test_whole_numbers_that_a_reader_might_round_are_kept_as_text():
    assert canonical_bytes({"seed": 2**63}) == b'{"seed":"9223372036854775808"}'


def test_a_value_without_a_canonical_form_is_refused():
    with pytest.raises(TypeError, match="object"):
        canonical_bytes({"x": object()})


def guarded_tables() -> set[str]:
    """Return every table that some migration guards."""
    loader = MigrationLoader(connection)
    return {
        operation.table
        for migration in loader.disk_migrations.values()
        for operation in migration.operations
        if isinstance(operation, Guard)
    }


def test_every_guard_still_stands_after_all_migrations():
    """SQLite drops triggers when a later migration rebuilds their table; this finds it."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
        standing = {row[0] for row in cursor.fetchall()}

    assert guarded_tables() >= {"audit_auditevent", "committee_vote", "committee_package"}
    assert guarded_tables() <= standing
