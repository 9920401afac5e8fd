"""Who may do what: the one permission module.

Every action has a line in `ACTIONS`: the roles that may ask, the part on the case where the
object belongs to one, and the states in which it is possible. Every address has a line in
`ADDRESSES`: the action that it performs. A test fails when an address is missing.

An object that a person may not know of is answered 404, never 403. What she may see but not do is
answered 403 and logged.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404

from ratings_site.people.models import Role, User

ModelT = TypeVar("ModelT", bound=Model)

EVERYONE = frozenset(Role.values)
ANALYSTS = frozenset({Role.ANALYST, Role.LEAD})
CASE_SIDE = frozenset({Role.ANALYST, Role.LEAD, Role.REVIEWER, Role.DIRECTOR})
COMMITTEE = frozenset({Role.MEMBER, Role.CHAIR, Role.SECRETARY})
READERS = CASE_SIDE | COMMITTEE | {Role.COMPLIANCE}


@dataclass(frozen=True, slots=True)
class Permission:
    """Roles that may perform an action, and the states (`obj.status`) that allow it."""

    roles: frozenset[str]
    states: frozenset[str] | None = None
    condition: Callable[[User, Any], bool] | None = None


def _may(
    *roles: str, states: tuple[str, ...] = (), condition: Callable[[User, Any], bool] | None = None
) -> Permission:
    return Permission(frozenset(roles), frozenset(states) or None, condition)


ACTIONS: dict[str, Permission] = {
    "site.use": _may(*EVERYONE),
    "deals.list": _may(*READERS),
    "deals.read": _may(*READERS),
    "deals.create": _may(*ANALYSTS, Role.SECRETARY),
    "deals.edit": _may(*ANALYSTS, states=("draft", "analysis")),
    "tapes.read": _may(*READERS),
    "tapes.upload": _may(*ANALYSTS, states=("draft", "analysis")),
    "runs.read": _may(*READERS),
    "runs.start": _may(*ANALYSTS, states=("draft", "analysis")),
    "runs.cancel": _may(*ANALYSTS),
    "servicers.read": _may(*READERS, Role.ADMINISTRATOR, Role.VALIDATOR),
    "servicers.write": _may(Role.ADMINISTRATOR),
    "criteria.read": _may(*READERS, Role.ADMINISTRATOR, Role.VALIDATOR),
    "audit.read": _may(Role.COMPLIANCE),
    "people.manage": _may(Role.ADMINISTRATOR),
    "style.read": _may(*EVERYONE),
    # Which jobs a person may watch is asked of the subject: jobs.selectors.job_seen_by.
    "jobs.read": _may(*EVERYONE),
    "jobs.cancel": _may(
        *EVERYONE, condition=lambda user, job: job.requested_by == user or user.has_role(*ANALYSTS)
    ),
}

# URL name -> action. Public addresses (sign-in, health) are named with None.
ADDRESSES: dict[str, str | None] = {
    "jobs:job": "jobs.read",
    "jobs:job-cancel": "jobs.cancel",
}


def allows(user: User, action: str, obj: Any = None) -> bool:
    """May this person perform the action (on this object, in its present state)?

    An unknown action is refused: what is not in the table does not exist.
    """
    permission = ACTIONS.get(action)
    if permission is None or not user.is_active or not user.has_role(*permission.roles):
        return False
    if obj is not None and permission.states is not None and _state(obj) not in permission.states:
        return False
    return permission.condition is None or obj is None or permission.condition(user, obj)


def _state(obj: Any) -> str | None:
    owner = getattr(obj, "deal", obj)
    return getattr(owner, "status", None)


def visible(queryset: "QuerySet[ModelT]", by: User) -> "QuerySet[ModelT]":
    """Return the rows that a person may know of; a model without a rule shows nothing special."""
    rule = getattr(queryset, "visible_to", None)
    return rule(by) if rule is not None else queryset


def get_or_404(
    source: "type[ModelT] | QuerySet[ModelT]", *, by: User, may: str, **lookup: Any
) -> ModelT:
    """Load one object for an action: 404 where it is not to be known of, 403 where not allowed."""
    queryset = source if isinstance(source, QuerySet) else source._default_manager.all()
    obj = visible(queryset, by).filter(**lookup).first()
    permission = ACTIONS[may]
    if obj is None or not by.has_role(*permission.roles):
        msg = "No such object, or not yours."
        raise Http404(msg)
    if not allows(by, may, obj):
        msg = "This is not possible in the present state."
        raise PermissionDenied(msg)
    return obj


def require(by: User, may: str, obj: Any = None) -> None:
    """Refuse with 404 when the person's roles do not know the action, else 403."""
    if not by.has_role(*ACTIONS[may].roles):
        raise Http404
    if not allows(by, may, obj):
        msg = "This is not possible in the present state."
        raise PermissionDenied(msg)
