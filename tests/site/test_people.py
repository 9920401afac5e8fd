"""People: entered by administrators, roles by two of them, out at once when disabled."""

from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.urls import reverse
from knox.models import AuthToken

from ratings_site.audit.models import AuditEvent
from ratings_site.people.demonstration import DEMO_PASSWORD, PEOPLE, create_demo_people
from ratings_site.people.models import Role, RoleChange, User
from ratings_site.people.selectors import demo_people
from ratings_site.people.services import (
    PeopleError,
    approve_role_change,
    ask_role_change,
    create_person,
    disable_person,
    refuse_role_change,
    sign_in_link,
)
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db

GRANT, WITHDRAW = RoleChange.Kind.GRANT, RoleChange.Kind.WITHDRAW


@pytest.fixture
def second_administrator(make_person):
    return make_person(Role.ADMINISTRATOR)


def reloaded(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_a_role_asked_by_one_administrator_is_held_once_another_approves(
    administrator, second_administrator
):
    user = UserFactory()

    change = ask_role_change(user, Role.ANALYST, GRANT, reason="Joins.", by=administrator)
    assert not reloaded(user).roles
    approve_role_change(change, by=second_administrator)

    assert reloaded(user).roles == {Role.ANALYST}
    assert list(AuditEvent.objects.values_list("action", "actor"))[::-1] == [
        ("role_change.asked", administrator.pk),
        ("role_change.approved", second_administrator.pk),
    ]


def test_the_administrator_who_asked_may_not_approve(administrator):
    user = UserFactory()
    change = ask_role_change(user, Role.ANALYST, GRANT, reason="Joins.", by=administrator)

    with pytest.raises(PermissionDenied, match="another administrator"):
        approve_role_change(change, by=administrator)

    assert not reloaded(user).roles


def test_nobody_approves_a_change_of_her_own_roles(administrator, second_administrator):
    change = ask_role_change(
        second_administrator, Role.RESEARCHER, GRANT, reason="Studies.", by=administrator
    )

    with pytest.raises(PermissionDenied, match="her own roles"):
        approve_role_change(change, by=second_administrator)


@pytest.mark.parametrize("role", [Role.ANALYST, Role.COMPLIANCE, Role.CHAIR, Role.COMMERCIAL])
def test_only_administrators_ask_for_a_change_of_roles(make_person, role):
    with pytest.raises(PermissionDenied, match="Only administrators"):
        ask_role_change(UserFactory(), Role.ANALYST, GRANT, reason="x", by=make_person(role))

    assert not RoleChange.objects.exists()


@pytest.mark.parametrize(
    ("held", "asked"),
    [
        (Role.ADMINISTRATOR, Role.MEMBER),
        (Role.ANALYST, Role.ADMINISTRATOR),
        (Role.COMMERCIAL, Role.ANALYST),
        (Role.CHAIR, Role.COMMERCIAL),
        (Role.COMPLIANCE, Role.LEAD),
    ],
)
def test_roles_of_separate_sides_are_never_held_together(administrator, make_person, held, asked):
    user = make_person(held)

    with pytest.raises(PeopleError, match="may not be held by one person"):
        ask_role_change(user, asked, GRANT, reason="Helps out.", by=administrator)


def test_roles_of_one_side_may_be_held_together(administrator, make_person):
    user = make_person(Role.ANALYST)

    assert ask_role_change(user, Role.MEMBER, GRANT, reason="Sits.", by=administrator)


def test_a_change_is_decided_once(administrator, second_administrator):
    change = ask_role_change(UserFactory(), Role.ANALYST, GRANT, reason="x", by=administrator)
    refuse_role_change(change, by=second_administrator)

    with pytest.raises(PeopleError, match="decided already"):
        approve_role_change(change, by=second_administrator)


def test_a_change_needs_a_reason_and_is_asked_once(administrator):
    user = UserFactory()
    with pytest.raises(PeopleError, match="reason"):
        ask_role_change(user, Role.ANALYST, GRANT, reason="  ", by=administrator)
    ask_role_change(user, Role.ANALYST, GRANT, reason="x", by=administrator)

    with pytest.raises(PeopleError, match="already"):
        ask_role_change(user, Role.ANALYST, GRANT, reason="x", by=administrator)


def test_two_administrators_always_remain(administrator, second_administrator):
    with pytest.raises(PeopleError, match="Two active administrators"):
        disable_person(second_administrator, by=administrator)

    assert reloaded(second_administrator).is_active


def test_a_disabled_person_is_out_at_once_session_and_token(administrator, analyst, signed_in_as):
    client = signed_in_as(analyst)
    address = reverse("account_change_password")
    AuthToken.objects.create(user=analyst)
    assert client.get(address).status_code == 200

    disable_person(analyst, by=administrator)

    assert client.get(address).status_code == 302
    assert not AuthToken.objects.filter(user=analyst).exists()


def test_a_role_taken_away_is_gone_on_the_next_request(
    administrator, second_administrator, make_person, signed_in_as
):
    officer = make_person(Role.COMPLIANCE)
    client = signed_in_as(officer)
    assert client.get(reverse("audit:trail")).status_code == 200

    change = ask_role_change(officer, Role.COMPLIANCE, WITHDRAW, reason="x", by=administrator)
    approve_role_change(change, by=second_administrator)

    assert client.get(reverse("audit:trail")).status_code == 404


def test_a_new_person_sets_her_own_first_password(administrator, client):
    user = create_person("new-analyst", "New analyst", by=administrator)
    link = sign_in_link(user, by=administrator)

    page = client.get(link, follow=True)
    password = "a long way to the coast"
    answer = client.post(
        page.redirect_chain[-1][0], {"password1": password, "password2": password}, follow=True
    )

    assert answer.status_code == 200
    assert client.login(username="new-analyst", password=password, request=page.wsgi_request)


def test_nobody_takes_over_an_account_that_has_a_password(administrator, analyst):
    analyst.set_password("a long way to the coast")
    analyst.save()

    with pytest.raises(PeopleError, match="has a password already"):
        sign_in_link(analyst, by=administrator)


def test_user_names_differ_by_more_than_case(administrator):
    create_person("Analyst-A", "Analyst A", by=administrator)

    with pytest.raises(PeopleError, match="taken"):
        create_person("analyst-a", "Another", by=administrator)


def test_two_administrators_are_bootstrapped_once(client):
    out = StringIO()
    call_command("bootstrap_admins", "first", "second", stdout=out)

    assert [line.split(":")[0] for line in out.getvalue().splitlines()] == ["first", "second"]
    assert reloaded(User.objects.get(username="first")).has_role(Role.ADMINISTRATOR)
    with pytest.raises(CommandError, match="has its administrators already"):
        call_command("bootstrap_admins", "third", "fourth")


def test_one_administrator_alone_is_not_bootstrapped():
    with pytest.raises(CommandError, match="Two different"):
        call_command("bootstrap_admins", "same", "same")

    assert not User.objects.exists()


def test_demonstration_people_hold_one_role_each_and_their_password_opens(client):
    people = create_demo_people()

    assert [(name, set(user.roles)) for name, user in people.items()] == [
        (name, {role}) for name, _printed, role in PEOPLE
    ]
    answer = client.post(reverse("account_login"), {"login": "member-a", "password": DEMO_PASSWORD})
    assert answer.status_code == 302
    assert create_demo_people() == people  # a second call enters nobody


def test_demonstration_people_are_listed_only_in_a_demonstration(settings):
    create_demo_people()
    settings.DEMO = False
    assert demo_people() == []

    settings.DEMO = True

    assert [(each.username, each.name, each.role) for each in demo_people()][:1] == [
        ("administrator-a", "Administrator A", "administrator")
    ]


def test_demonstration_people_are_refused_outside_a_demonstration(settings):
    settings.DEMO = settings.TESTING = False

    with pytest.raises(PeopleError, match="their password is public"):
        create_demo_people()


def test_twenty_wrong_passwords_lock_the_pair_of_name_and_address(settings, client):
    create_demo_people()
    settings.AXES_FAILURE_LIMIT = 3
    address = reverse("account_login")
    for _ in range(3):
        answer = client.post(address, {"login": "member-a", "password": "wrong"})

    assert answer.status_code == 429
    locked = client.post(address, {"login": "member-a", "password": DEMO_PASSWORD})
    assert locked.status_code == 429
    assert "15" in locked.content.decode()
    other = client.post(address, {"login": "member-b", "password": DEMO_PASSWORD})
    assert other.status_code == 302
