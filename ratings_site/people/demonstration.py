"""The people of a demonstration: one for every part, named by the part and nothing else."""

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import transaction

from ratings_site.audit.services import record
from ratings_site.people.models import Role, User
from ratings_site.people.services import PeopleError

# Shown on the sign-in page of a demonstration; refused everywhere else.
DEMO_PASSWORD = "demonstration only"  # noqa: S105

PEOPLE: tuple[tuple[str, str, str], ...] = (
    ("analyst-a", "Analyst A", Role.ANALYST),
    ("analyst-b", "Analyst B", Role.ANALYST),
    ("lead-analyst", "Lead analyst", Role.LEAD),
    ("reviewer", "Reviewer", Role.REVIEWER),
    ("director", "Director", Role.DIRECTOR),
    ("member-a", "Member A", Role.MEMBER),
    ("member-b", "Member B", Role.MEMBER),
    ("member-c", "Member C", Role.MEMBER),
    ("member-d", "Member D", Role.MEMBER),
    ("member-e", "Member E", Role.MEMBER),
    ("chair", "Chair", Role.CHAIR),
    ("secretary", "Secretary", Role.SECRETARY),
    ("validator", "Model validator", Role.VALIDATOR),
    ("administrator-a", "Administrator A", Role.ADMINISTRATOR),
    ("administrator-b", "Administrator B", Role.ADMINISTRATOR),
    ("compliance", "Compliance officer", Role.COMPLIANCE),
    ("commercial", "Commercial staff", Role.COMMERCIAL),
    ("researcher", "Researcher", Role.RESEARCHER),
)


@transaction.atomic
def create_demo_people() -> dict[str, User]:
    """Enter whoever of the demonstration is not there yet; return all by user name."""
    if not settings.DEMO and not settings.TESTING:
        msg = "Demonstration people exist only where DEMO=1: their password is public."
        raise PeopleError(msg)
    password = make_password(DEMO_PASSWORD)  # one public password: hashed once
    return {name: demo_person(name, printed, role, password) for name, printed, role in PEOPLE}


def demo_person(username: str, printed_name: str, role: str, password: str) -> User:
    found = User.objects.filter(username=username, is_demonstration=True).first()
    if found is not None:
        return found
    user = User.objects.create(
        username=username, printed_name=printed_name, is_demonstration=True, password=password
    )
    user.groups.add(Group.objects.get(name=role))
    record("person.created", user, by=None, printed_name=printed_name, role=role)
    return user
