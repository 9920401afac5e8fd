"""What may be done with people: enter them, give them roles by two administrators, shut them out."""

from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from knox.models import AuthToken

from ratings_site import clock
from ratings_site.audit.services import record
from ratings_site.people.models import Role, RoleChange, User
from ratings_site.people.selectors import (
    active_administrators,
    clashing_role,
    sessions_of,
)

LEAST_ADMINISTRATORS = 2  # a change of roles needs two

WORDS_OF_ADDRESSES = {"new", "changes"}


class PeopleError(ValueError):
    """A request about a person was refused; the message says why."""


@transaction.atomic
def create_person(username: str, printed_name: str, *, email: str = "", by: User | None) -> User:
    """Enter a person without a role and without a password: she sets her own (sign_in_link)."""
    if username in WORDS_OF_ADDRESSES or User.objects.filter(username__iexact=username).exists():
        msg = _("The user name %(name)s is taken.") % {"name": username}
        raise PeopleError(msg)
    user = User(username=username, printed_name=printed_name, email=email)
    user.set_unusable_password()
    user.save()
    record("person.created", user, by=by, printed_name=printed_name)
    return user


@transaction.atomic
def sign_in_link(user: User, *, by: User | None) -> str:
    """Return the path of the page where a new person sets her first password.

    Only for somebody who has none yet: nobody can take over the account of a person who has
    signed anything.
    """
    from allauth.account.forms import EmailAwarePasswordResetTokenGenerator  # noqa: PLC0415
    from allauth.account.utils import user_pk_to_url_str  # noqa: PLC0415  needs loaded apps

    if user.has_usable_password() or not user.is_active:
        msg = _("%(person)s has a password already; a new one is set through “Password forgotten”.")
        raise PeopleError(msg % {"person": user})
    key = EmailAwarePasswordResetTokenGenerator().make_token(user)
    record("person.sign_in_link_made", user, by=by)
    return reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(user), "key": key},
    )


@transaction.atomic
def ask_role_change(user: User, role: str, kind: str, *, reason: str, by: User) -> RoleChange:
    """Ask that a role be given or taken; another administrator decides."""
    require_administrator(by)
    if not reason.strip():
        msg = _("A change of roles needs its reason.")
        raise PeopleError(msg)
    refuse_pointless_change(user, role, kind)
    if kind == RoleChange.Kind.GRANT:
        refuse_clash(user, role)
    if RoleChange.objects.filter(user=user, role=role, status=RoleChange.Status.OPEN).exists():
        msg = _("This change has been asked for already.")
        raise PeopleError(msg)
    change = RoleChange.objects.create(
        user=user, role=role, kind=kind, reason=reason, asked_by=by, asked_at=clock.now()
    )
    record("role_change.asked", change, by=by, user=user.username, role=role, kind=kind)
    return change


@transaction.atomic
def approve_role_change(change: RoleChange, *, by: User) -> RoleChange:
    """Approve what another administrator asked. The roles change at once."""
    change = locked_open(change)
    require_administrator(by)
    if by == change.asked_by:
        msg = "A change of roles is approved by another administrator than the one who asked."
        raise PermissionDenied(msg)
    if by == change.user:
        msg = "Nobody approves a change of her own roles."
        raise PermissionDenied(msg)
    group = Group.objects.get(name=change.role)
    if change.kind == RoleChange.Kind.GRANT:
        refuse_clash(change.user, change.role)
        change.user.groups.add(group)
    else:
        refuse_too_few_administrators(change.user, change.role)
        change.user.groups.remove(group)
    return decide(change, RoleChange.Status.APPROVED, by=by)


@transaction.atomic
def refuse_role_change(change: RoleChange, *, by: User) -> RoleChange:
    """Refuse a change, or take back one's own request."""
    change = locked_open(change)
    require_administrator(by)
    return decide(change, RoleChange.Status.REFUSED, by=by)


def decide(change: RoleChange, status: RoleChange.Status, *, by: User) -> RoleChange:
    change.status, change.decided_by, change.decided_at = status, by, clock.now()
    change.save(update_fields=["status", "decided_by", "decided_at"])
    record(
        f"role_change.{status}",
        change,
        by=by,
        user=change.user.username,
        role=change.role,
        kind=change.kind,
    )
    return change


@transaction.atomic
def disable_person(user: User, *, by: User) -> None:
    """Shut a person out at once: no sign-in, no open session, no token."""
    require_administrator(by)
    user = User.objects.select_for_update().get(pk=user.pk)
    if user == by:
        msg = _("Nobody shuts herself out.")
        raise PeopleError(msg)
    refuse_too_few_administrators(user, Role.ADMINISTRATOR)
    user.is_active = False
    user.save(update_fields=["is_active"])
    ended = end_sessions(user)
    record("person.disabled", user, by=by, sessions_ended=ended)


@transaction.atomic
def enable_person(user: User, *, by: User) -> None:
    require_administrator(by)
    user = User.objects.select_for_update().get(pk=user.pk)
    user.is_active = True
    user.save(update_fields=["is_active"])
    record("person.enabled", user, by=by)


def end_sessions(user: User) -> int:
    """End every session and token of a person; return how many there were."""
    sessions = sessions_of(user)
    for session in sessions:
        session.delete()
    tokens: int = AuthToken.objects.filter(user=user).delete()[0]
    return len(sessions) + tokens


@transaction.atomic
def bootstrap_administrators(*names: str) -> list[User]:
    """Enter the first administrators of a new installation. Possible once."""
    if len(set(names)) < LEAST_ADMINISTRATORS:
        msg = _("Two different administrators are needed: each change of roles takes two.")
        raise PeopleError(msg)
    if User.objects.filter(groups__name=Role.ADMINISTRATOR, is_demonstration=False).exists():
        msg = _("This installation has its administrators already; they enter the others.")
        raise PeopleError(msg)
    group = Group.objects.get(name=Role.ADMINISTRATOR)
    administrators = []
    for name in names:
        user = create_person(name, name, by=None)
        user.groups.add(group)
        record("role.bootstrapped", user, by=None, role=Role.ADMINISTRATOR)
        administrators.append(user)
    return administrators


def require_administrator(user: User) -> None:
    if not (user.is_active and user.has_role(Role.ADMINISTRATOR)):
        msg = "Only administrators change people and their roles."
        raise PermissionDenied(msg)


def locked_open(change: RoleChange) -> RoleChange:
    change = RoleChange.objects.select_for_update().get(pk=change.pk)
    if change.status != RoleChange.Status.OPEN:
        msg = _("This change has been decided already: %(status)s.") % {
            "status": change.get_status_display()
        }
        raise PeopleError(msg)
    return change


def refuse_pointless_change(user: User, role: str, kind: str) -> None:
    holds = user.groups.filter(name=role).exists()
    if holds == (kind == RoleChange.Kind.GRANT):
        words = (
            _("%(person)s has this role.") if holds else _("%(person)s does not have this role.")
        )
        raise PeopleError(words % {"person": user})


def refuse_clash(user: User, role: str) -> None:
    held = frozenset(user.groups.values_list("name", flat=True))
    clash = clashing_role(held, role)
    if clash is not None:
        msg = _("The roles “%(one)s” and “%(other)s” may not be held by one person.") % {
            "one": Role(clash).label,
            "other": Role(role).label,
        }
        raise PeopleError(msg)


def refuse_too_few_administrators(user: User, role: str) -> None:
    """Keep two administrators: with one alone no role could ever be changed again."""
    if role != Role.ADMINISTRATOR or not user.groups.filter(name=role).exists():
        return
    if active_administrators().exclude(pk=user.pk).count() < LEAST_ADMINISTRATORS:
        msg = _("Two active administrators must remain.")
        raise PeopleError(msg)
