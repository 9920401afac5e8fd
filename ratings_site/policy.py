"""Who may do what: the one permission module.

Every action has a line in `ACTIONS`: the roles that may ask, the states in which it is possible,
and a condition where that is not enough. Every address has a line in `ADDRESSES`: the action that
it performs. A test fails when an address is missing.

On a deal, and on whatever belongs to one, only the part counts that a person has on its case: an
analyst who sits on the committee of a case is no analyst there. Compliance reads everywhere.

An object that a person may not know of is answered 404, never 403, and so is an action that her
part does not know. What she may do, but not in the present state, is answered 403. Every refusal
is logged.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404

from ratings_site.roles import Role

if TYPE_CHECKING:
    from ratings_site.people.models import User

ModelT = TypeVar("ModelT", bound=Model)
log = structlog.get_logger("ratings_site.policy")

EVERYONE = frozenset(Role.values)
ANALYSTS = frozenset({Role.ANALYST, Role.LEAD})
CASE_SIDE = frozenset({Role.ANALYST, Role.LEAD, Role.REVIEWER, Role.DIRECTOR})
COMMITTEE = frozenset({Role.MEMBER, Role.CHAIR, Role.SECRETARY})
VOTERS = frozenset({Role.MEMBER, Role.CHAIR})
READERS = CASE_SIDE | COMMITTEE | {Role.COMPLIANCE}
# Who works with single loans and may read whose they are; all others see borrowers masked.
NAME_READERS = CASE_SIDE


@dataclass(frozen=True, slots=True)
class Permission:
    """Roles that may perform an action, and the states that allow it.

    `of_case`: the states are those of the rating case, otherwise of the deal.
    """

    roles: frozenset[str]
    states: frozenset[str] | None = None
    condition: "Callable[[User, Any], bool] | None" = None
    of_case: bool = False


def _may(
    *roles: str,
    states: tuple[str, ...] = (),
    condition: "Callable[[User, Any], bool] | None" = None,
    case_states: tuple[str, ...] = (),
) -> Permission:
    return Permission(
        frozenset(roles),
        frozenset(states or case_states) or None,
        condition,
        of_case=bool(case_states),
    )


ACTIONS: dict[str, Permission] = {
    "site.use": _may(*EVERYONE),
    "deals.list": _may(*READERS),
    "deals.read": _may(*READERS),
    "deals.create": _may(*ANALYSTS, Role.SECRETARY),
    "deals.edit": _may(*ANALYSTS, states=("draft", "analysis")),
    "deals.assign": _may(Role.LEAD, Role.DIRECTOR, Role.SECRETARY),
    "tapes.read": _may(*READERS),
    "tapes.upload": _may(*ANALYSTS, states=("draft", "analysis")),
    "runs.read": _may(*READERS),
    "runs.start": _may(*ANALYSTS, states=("draft", "analysis")),
    "runs.cancel": _may(*ANALYSTS),
    "servicers.read": _may(*READERS, Role.ADMINISTRATOR, Role.VALIDATOR),
    "servicers.write": _may(Role.ADMINISTRATOR),
    "criteria.read": _may(*READERS, Role.ADMINISTRATOR, Role.VALIDATOR),
    # The committee. Members come to a case when it is convened; the office, when it is proposed.
    "cases.read": _may(*READERS),
    "cases.propose": _may(Role.LEAD, states=("analysis",)),
    "cases.convene": _may(Role.CHAIR, Role.SECRETARY, case_states=("proposed",)),
    "cases.return": _may(Role.CHAIR, Role.SECRETARY, case_states=("proposed", "convened")),
    "packages.read": _may(*READERS),
    "packages.ask": _may(*COMMITTEE, case_states=("convened",)),
    "packages.answer": _may(*CASE_SIDE, case_states=("convened",)),
    "conflicts.declare": _may(*VOTERS, case_states=("convened",)),
    "rounds.open": _may(Role.CHAIR, case_states=("convened",)),
    "rounds.close": _may(Role.CHAIR, case_states=("convened",)),
    "votes.cast": _may(*VOTERS, case_states=("convened",)),
    "votes.read": _may(*READERS, case_states=("convened", "decided", "signed")),
    "cases.sign": _may(Role.CHAIR, case_states=("decided",)),
    "actions.read": _may(*READERS),
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
    # Whoever is not signed in may ask for these: the way in, health, languages.
    "account_login": None,
    "account_logout": None,
    "account_signup": None,
    "account_inactive": None,
    "account_reset_password": None,
    "account_reset_password_done": None,
    "account_reset_password_from_key": None,
    "account_reset_password_from_key_done": None,
    "account_email_verification_sent": None,
    "account_confirm_email": None,
    "account_confirm_login_code": None,
    "mfa_authenticate": None,
    "set_language": None,
    "health": None,
    "prometheus-django-metrics": None,
    # One's own account.
    "account_change_password": "site.use",
    "account_set_password": "site.use",
    "account_reauthenticate": "site.use",
    "account_email": "site.use",
    "mfa_index": "site.use",
    "mfa_activate_totp": "site.use",
    "mfa_deactivate_totp": "site.use",
    "mfa_generate_recovery_codes": "site.use",
    "mfa_view_recovery_codes": "site.use",
    "mfa_download_recovery_codes": "site.use",
    "mfa_reauthenticate": "site.use",
    "usersessions_list": "site.use",
    # The API answers 401 to strangers by itself.
    "api:schema": None,
    "api:docs": None,
    "api:login": None,
    "api:logout": None,
    # The rooms.
    "desk:waiting": "site.use",
    "desk:find": "site.use",
    "deals:list": "deals.list",
    "deals:list-export": "deals.list",
    "deals:new": "deals.create",
    "deals:new-from-file": "deals.create",
    "deals:deal": "deals.read",
    "deals:edit": "deals.edit",
    "deals:edit-file": "deals.edit",
    "deals:deal-file": "deals.read",
    "deals:versions": "deals.read",
    "deals:version": "deals.read",
    "deals:begin-analysis": "deals.edit",
    "deals:assign": "deals.assign",
    "deals:release": "deals.assign",
    "deals:appoint": "deals.edit",
    "servicers:list": "servicers.read",
    "servicers:servicer": "servicers.read",
    "servicers:assessment": "servicers.read",
    "servicers:static-pool": "servicers.read",
    "servicers:static-pool-file": "servicers.read",
    "servicers:new": "servicers.write",
    "servicers:edit": "servicers.write",
    "servicers:assess": "servicers.write",
    "servicers:approve": "servicers.write",
    "servicers:withdraw": "servicers.write",
    "servicers:static-pool-new": "servicers.write",
    "criteria:list": "criteria.read",
    "criteria:detail": "criteria.read",
    "people:list": "people.manage",
    "people:new": "people.manage",
    "people:change-decide": "people.manage",
    "people:person": "people.manage",
    "people:person-link": "people.manage",
    "people:change-ask": "people.manage",
    "people:person-active": "people.manage",
    "audit:trail": "audit.read",
    "deals:run": "runs.read",
    "deals:run-compare": "runs.read",
    "deals:run-list": "runs.read",
    "deals:run-start": "runs.start",
    "deals:committee": "cases.read",
    "deals:propose": "cases.propose",
    "deals:case": "cases.read",
    "deals:case-convene": "cases.convene",
    "deals:case-return": "cases.return",
    "deals:case-declare": "conflicts.declare",
    "deals:round-open": "rounds.open",
    "deals:round-close": "rounds.close",
    "deals:case-sign": "cases.sign",
    "deals:decision": "actions.read",
    "deals:package": "packages.read",
    "deals:vote": "votes.cast",
    "deals:question-ask": "packages.ask",
    "deals:question-answer": "packages.answer",
    "deals:paper-order": "packages.read",
    "deals:paper": "packages.read",
    "components:style": "style.read",
    "components:theme": None,
    "jobs:job": "jobs.read",
    "jobs:job-cancel": "jobs.cancel",
    "deals:tape-list": "tapes.read",
    "deals:tape-upload": "tapes.upload",
    "deals:tape": "tapes.read",
    "deals:tape-problems": "tapes.read",
    "deals:tape-changes": "tapes.read",
    "deals:override-propose": "tapes.upload",
    "deals:override-decide": "tapes.upload",
    "deals:tape-marked": "tapes.read",
    "deals:tape-mapping": "tapes.upload",
    "deals:tape-loans": "tapes.read",
    "deals:tape-loan": "tapes.read",
    "deals:tape-export": "tapes.read",
    "api:deal-list": "deals.list",
    "api:deal": "deals.read",
    "api:deal-terms": "deals.read",
    "api:deal-file": "deals.read",
    "api:run-list": "runs.read",
    "api:run": "runs.read",
    "api:run-result": "runs.read",
    "api:run-cancel": "runs.cancel",
    "api:tape-list": "tapes.read",
    "api:tape": "tapes.read",
    "api:tape-loans": "tapes.read",
}


def allows(user: "User", action: str, obj: Any = None) -> bool:
    """May this person perform the action (on this object, in its present state)?

    An unknown action is refused: what is not in the table does not exist.
    """
    permission = ACTIONS.get(action)
    if permission is None or not knows(user, permission, obj):
        return False
    if obj is None:
        return True
    if permission.states is not None and _state(obj, permission) not in permission.states:
        return False
    return permission.condition is None or permission.condition(user, obj)


def knows(user: "User", permission: Permission, obj: Any = None) -> bool:
    """Say whether the person's part (on the case of the object) knows the action at all."""
    return user.is_active and bool(permission.roles & roles_on(user, obj))


def roles_on(user: "User", obj: Any = None) -> frozenset[str]:
    """Return the roles that count: on a deal, the part on its case. One query for a deal."""
    deal = _deal_of(obj)
    if deal is None:
        return user.roles
    parts = deal.people.filter(user=user, is_recused=False).values_list("part", flat=True)
    return user.roles & {*parts, Role.COMPLIANCE}


def masks_names(user: "User") -> bool:
    """Must borrowers' names be masked for this person?"""
    return not user.has_role(*NAME_READERS)


def _deal_of(obj: Any) -> Any:
    if obj is None:
        return None
    return obj if obj._meta.label_lower == "structure.deal" else getattr(obj, "deal", None)


def _state(obj: Any, permission: Permission) -> str | None:
    owner = getattr(obj, "case", obj) if permission.of_case else _deal_of(obj) or obj
    return getattr(owner, "status", None)


def visible(queryset: "QuerySet[ModelT]", by: "User") -> "QuerySet[ModelT]":
    """Return the rows that a person may know of; a model without a rule shows nothing special."""
    rule = getattr(queryset, "visible_to", None)
    return rule(by) if rule is not None else queryset


def get_or_404(
    source: "type[ModelT] | QuerySet[ModelT]", *, by: "User", may: str, **lookup: Any
) -> ModelT:
    """Load one object for an action: 404 where it is not to be known of, 403 where not allowed."""
    queryset = source if isinstance(source, QuerySet) else source._default_manager.all()  # noqa: SLF001
    obj = visible(queryset, by).filter(**lookup).first()
    if obj is None or not knows(by, ACTIONS[may], obj):
        _refuse(by, may, obj, 404)
        msg = "No such object, or not yours."
        raise Http404(msg)
    if not allows(by, may, obj):
        _refuse(by, may, obj, 403)
        msg = "This is not possible in the present state."
        raise PermissionDenied(msg)
    return obj


def require(by: "User", may: str, obj: Any = None) -> None:
    """Refuse with 404 when the person's part does not know the action, else 403."""
    if not knows(by, ACTIONS[may], obj):
        _refuse(by, may, obj, 404)
        raise Http404
    if not allows(by, may, obj):
        _refuse(by, may, obj, 403)
        msg = "This is not possible in the present state."
        raise PermissionDenied(msg)


def _refuse(by: "User", action: str, obj: Any, status: int) -> None:
    """Log a refusal: who, what, on which row; no name of a borrower, no level."""
    log.warning(
        "permission.refused",
        person=by.pk,
        roles=sorted(by.roles),
        action=action,
        kind=obj._meta.label_lower if obj is not None else None,
        object_id=str(obj.pk) if obj is not None else None,
        status=status,
    )
