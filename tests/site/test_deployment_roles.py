"""PostgreSQL: the application's role reads and writes, and cannot rewrite history."""

import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction

from ratings_site.audit.services import record
from tests.factories.people import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]

ROLE = "ratings_app_of_a_test"


@pytest.fixture
def _as_application():
    """Work as the application does, with a fresh line in the trail."""
    person = UserFactory()
    record("person.made", person, by=None)
    call_command("grant_application_role", ROLE, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {ROLE}")
        yield
        cursor.execute("RESET ROLE")


@pytest.mark.usefixtures("_as_application")
def test_the_application_writes_the_trail():
    assert record("person.named", UserFactory(), by=None).sequence > 1


@pytest.mark.usefixtures("_as_application")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditevent SET action = 'nothing happened'",
        "DELETE FROM audit_auditevent",
        "TRUNCATE audit_auditevent",
        "ALTER TABLE audit_auditevent DISABLE TRIGGER ALL",
        "UPDATE structure_dealterms SET document = '{}'",
        "DROP TRIGGER append_only_runs_ratingrun ON runs_ratingrun",
    ],
)
def test_the_application_cannot_rewrite_history(statement):
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
