"""Reads about people: who stands open, who is signed in, who may be shown on the sign-in page."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import QuerySet

from ratings_site import clock
from ratings_site.people.models import Role, RoleChange, User

# Sides that one person may not hold together: whoever rates does not sell, decide on her own work,
# or hand out roles.
CASE_SIDE = frozenset({Role.ANALYST, Role.LEAD, Role.REVIEWER, Role.DIRECTOR})
COMMITTEE_SIDE = frozenset({Role.MEMBER, Role.CHAIR, Role.SECRETARY})
SEPARATE_SIDES = (
    CASE_SIDE | COMMITTEE_SIDE,
    frozenset({Role.ADMINISTRATOR}),
    frozenset({Role.COMMERCIAL}),
    frozenset({Role.COMPLIANCE}),
    frozenset({Role.VALIDATOR}),
)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One line of the sign-in page of a demonstration."""

    username: str
    name: str
    role: str


def demo_people() -> list[DemoPerson]:
    """Return the people whom the sign-in page of a demonstration lists; nobody elsewhere."""
    if not settings.DEMO:
        return []
    people = User.objects.filter(is_demonstration=True, is_active=True).prefetch_related("groups")
    return [DemoPerson(each.username, str(each), each.roles_in_words) for each in people]


def all_people() -> QuerySet[User]:
    return User.objects.prefetch_related("groups").order_by("-is_active", "username")


def open_role_changes() -> QuerySet[RoleChange]:
    return RoleChange.objects.filter(status=RoleChange.Status.OPEN).select_related(
        "user", "asked_by"
    )


def sessions_of(user: User) -> list[Session]:
    """Return the live sessions of a person. Sessions are opaque, so every live one is read."""
    live = Session.objects.filter(expire_date__gte=clock.now())
    return [each for each in live if each.get_decoded().get("_auth_user_id") == str(user.pk)]


def active_administrators() -> QuerySet[User]:
    return User.objects.filter(is_active=True, groups__name=Role.ADMINISTRATOR)


def clashing_role(held: frozenset[str], role: str) -> str | None:
    """Return a role already held that may not be joined with `role`, or None."""
    own_side = next((side for side in SEPARATE_SIDES if role in side), None)
    if own_side is None:
        return None
    others = {other for side in SEPARATE_SIDES if side is not own_side for other in side}
    return next((mine for mine in sorted(held) if mine in others), None)
