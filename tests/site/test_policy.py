"""The permission table is what the site does: every address, every role, every state."""

import re
import uuid
from dataclasses import dataclass, field

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from deals.committee.models import Document, Package
from deals.committee.services import (
    ask_question,
    begin_signing,
    cast_vote,
    close_round,
    order_documents,
    sign_off,
)
from deals.structure.models import Deal
from ratings_site import policy
from ratings_site.people.models import Role, RoleChange, User
from ratings_site.people.services import ask_role_change
from tests.conftest import person
from tests.factories.committee import Committee, committee, on_case, voting
from tests.factories.servicers import ServicerFactory, drafted
from tests.factories.tapes import checked

R = Role
CASE_ROLES = (R.ANALYST, R.LEAD, R.REVIEWER, R.DIRECTOR, R.MEMBER, R.CHAIR, R.SECRETARY)
OTHERS = (R.COMPLIANCE, R.COMMERCIAL, R.ADMINISTRATOR, R.VALIDATOR, R.RESEARCHER)

# What the matrix of roles says, written down a second time: who may, whatever the state.
MATRIX = {
    "deals.read": {*CASE_ROLES, R.COMPLIANCE},
    "tapes.upload": {R.ANALYST, R.LEAD},
    "runs.start": {R.ANALYST, R.LEAD},
    "deals.edit": {R.ANALYST, R.LEAD},
    "cases.propose": {R.LEAD},
    "cases.convene": {R.CHAIR, R.SECRETARY},
    "conflicts.declare": {R.MEMBER, R.CHAIR},
    "votes.cast": {R.MEMBER, R.CHAIR},
    "rounds.open": {R.CHAIR},
    "rounds.close": {R.CHAIR},
    "cases.sign": {R.CHAIR},
    "packages.ask": {R.MEMBER, R.CHAIR, R.SECRETARY},
    "packages.answer": {R.ANALYST, R.LEAD, R.REVIEWER, R.DIRECTOR},
    "servicers.write": {R.ADMINISTRATOR},
    "people.manage": {R.ADMINISTRATOR},
    "audit.read": {R.COMPLIANCE},
}
STATES = ("analysis", "committee", "rated")


@dataclass
class World:
    """One deal with everything that an address can name, in one state, and everybody around it."""

    made: Committee
    state: str
    on_case: dict[str, User]
    off_case: dict[str, User]
    media: str = ""
    kwargs: dict[str, dict[str, object]] = field(default_factory=dict)
    subjects: dict[str, object] = field(default_factory=dict)


def build(state: str) -> World:
    made = committee() if state == "analysis" else voting()
    if state == "rated":
        for voter in made.voters:
            cast_vote(made.round, levels=made.all_at("AAA"), reason="x", by=voter)
        close_round(made.round, by=made.chair)
        made.case.refresh_from_db()
        order = begin_signing(made.case, by=made.chair)
        sign_off(
            made.case,
            nonce=order.nonce,
            reauthenticated_at=timezone.now(),
            rationale="",
            by=made.chair,
        )
    present = {
        R.ANALYST: made.analyst,
        R.LEAD: made.lead,
        R.MEMBER: made.members[0],
        R.CHAIR: made.chair,
        R.SECRETARY: made.secretary,
    }
    for role in CASE_ROLES:
        if role not in present:
            present[role] = person(role)
        if not made.deal.people.filter(user=present[role]).exists():
            on_case(made.deal, present[role], role)
    world = World(
        made=made,
        state=state,
        on_case=present,
        off_case={role: person(role) for role in (*CASE_ROLES, *OTHERS)},
        media=str(settings.MEDIA_ROOT),
    )
    made.deal.refresh_from_db()
    name_addresses(world)
    return world


def name_addresses(world: World) -> None:
    """Say for each address which row it is asked for, and on which object the table decides."""
    made, deal = world.made, world.made.deal

    def add(subject: object, kwargs: dict[str, object], *names: str) -> None:
        for name in names:
            world.kwargs[name], world.subjects[name] = kwargs, subject

    add(None, {}, *(name for name in policy.ADDRESSES if is_plain(name)))
    for name in policy.ADDRESSES:
        if name.startswith(("deals:", "api:")) and takes(name, code=deal.code):
            add(deal, {"code": deal.code}, name)
    add(deal, {"code": deal.code, "number": 1}, "deals:version")
    runs = ("deals:run", "deals:run-compare", "deals:propose", "api:run", "api:run-result")
    add(made.run, {"pk": made.run.pk}, *runs)
    add(None, {"username": made.analyst.username}, "people:person")
    if world.state == "analysis":
        tape = checked(deal, by=made.analyst)
        add(tape, {"pk": tape.pk}, "deals:tape", "deals:tape-loans", "api:tape", "api:tape-loans")
        servicer = ServicerFactory()
        assessment = drafted(servicer, by=world.off_case[R.ADMINISTRATOR])
        add(None, {"code": servicer.code}, "servicers:servicer", "servicers:edit")
        add(None, {"code": servicer.code, "number": assessment.number}, "servicers:assessment")
        change = ask_role_change(
            person(R.ANALYST),
            R.REVIEWER,
            RoleChange.Kind.GRANT,
            reason="x",
            by=person(R.ADMINISTRATOR),
        )
        add(None, {"pk": change.pk}, "people:change-decide")
        return
    package = Package.objects.get(pk=made.package.pk)  # as it stands now, not as it was made
    case = package.case
    question = package.questions.first()
    if world.state == "committee":
        question = ask_question(package, section="sum", text="?", by=made.chair)
        add(made.round, {"pk": made.round.pk}, "deals:round-close")
        add(question, {"pk": question.pk}, "deals:question-answer")
    add(case, {"pk": case.pk}, "deals:case", "deals:case-return", "deals:case-declare")
    add(case, {"pk": case.pk}, "deals:case-convene", "deals:round-open", "deals:case-sign")
    add(case, {"pk": case.pk}, "deals:decision")
    add(package, {"pk": package.pk}, "deals:package", "deals:vote", "deals:question-ask")
    add(package, {"pk": package.pk, "kind": "package"}, "deals:paper-order")
    order_documents(package, kind=Document.Kind.PACKAGE, by=made.chair)


def takes(name: str, **kwargs: object) -> bool:
    try:
        reverse(name, kwargs=kwargs)
    except NoReverseMatch:
        return False
    return True


def is_plain(name: str) -> bool:
    return policy.ADDRESSES[name] is not None and takes(name)


@pytest.fixture(scope="module")
def worlds(django_db_setup, django_db_blocker, tmp_path_factory):
    """Build each state once for the module; all of it is rolled back at the end."""
    media = override_settings(MEDIA_ROOT=str(tmp_path_factory.mktemp("media")))
    with media, django_db_blocker.unblock(), transaction.atomic():
        yield {state: build(state) for state in STATES}
        transaction.set_rollback(True)


@pytest.fixture
def _files_of_the_worlds(worlds, settings):
    """Look for files where the worlds were built, not in the folder of this one test."""
    settings.MEDIA_ROOT = worlds["analysis"].media


def ask(user: User, address: str) -> HttpResponse:
    """Ask as a person: by GET, or by an empty POST where only that is allowed. Nothing stays."""
    client = Client(raise_request_exception=False)  # a faulty page is its own test's matter
    saved = transaction.savepoint()
    try:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        response = client.get(address)
        return client.post(address) if response.status_code == 405 else response
    finally:
        transaction.savepoint_rollback(saved)


def expected(user: User, action: str, subject: object, *, hidden: bool) -> str:
    if hidden or not policy.knows(user, policy.ACTIONS[action], subject):
        return "404"
    return "allowed" if policy.allows(user, action, subject) else "403"


def found(response: HttpResponse) -> str:
    status = response.status_code
    return str(status) if status in {403, 404} else "allowed"


# Her own account is anybody's; what these pages ask besides (two steps set up, a known password)
# is allauth's to decide.
OWN_ACCOUNT = ("account_", "mfa_", "usersessions_")
# Allowed by the table, yet 404 or 403 for a reason of their own, tested in their rooms.
ELSEWHERE = {"jobs:job", "jobs:job-cancel", "deals:paper"}


def compare(world: World, people: dict[str, User], *, off_case: bool) -> list[str]:
    """Ask every address as each of the people; return each answer that is not the table's."""
    wrong = []
    for name, kwargs in sorted(world.kwargs.items()):
        action, subject = policy.ADDRESSES[name], world.subjects[name]
        if action is None or name.startswith(OWN_ACCOUNT) or name in ELSEWHERE:
            continue
        if subject is None and world.state != "analysis":
            continue  # no deal, no state: asked once
        for role, user in people.items():
            asked = User.objects.get(pk=user.pk)
            hidden = subject is not None and off_case and role != R.COMPLIANCE
            wanted = expected(asked, action, subject, hidden=hidden)
            got = found(ask(asked, reverse(name, kwargs=kwargs)))
            if got != wanted:
                wrong.append(f"{name} as {role} in {world.state}: {got}, table says {wanted}")
    return wrong


@pytest.mark.slow
@pytest.mark.ignore_template_errors  # who may ask is the matter here, not how the page is made
@pytest.mark.django_db
@pytest.mark.usefixtures("_files_of_the_worlds")
@pytest.mark.parametrize("state", STATES)
def test_every_address_answers_people_on_the_case_as_the_table_says(worlds, state):
    assert not compare(worlds[state], worlds[state].on_case, off_case=False)


@pytest.mark.slow
@pytest.mark.ignore_template_errors  # who may ask is the matter here, not how the page is made
@pytest.mark.django_db
@pytest.mark.usefixtures("_files_of_the_worlds")
@pytest.mark.parametrize("state", ["analysis", "committee"])
def test_every_address_answers_people_off_the_case_as_the_table_says(worlds, state):
    assert not compare(worlds[state], worlds[state].off_case, off_case=True)


@pytest.mark.slow
@pytest.mark.ignore_template_errors  # who may ask is the matter here, not how the page is made
@pytest.mark.django_db
@pytest.mark.usefixtures("_files_of_the_worlds")
@pytest.mark.parametrize("state", ["analysis", "committee"])
@pytest.mark.parametrize("role", [R.COMMERCIAL, R.CHAIR])
def test_what_is_not_yours_and_what_does_not_exist_look_the_same(worlds, state, role):
    world = worlds[state]
    user = world.off_case[role]
    absent = {"pk": uuid.uuid4(), "code": "NO-SUCH-DEAL"}

    for name, kwargs in world.kwargs.items():
        if world.subjects[name] is None or not {"pk", "code"} & set(kwargs):
            continue
        key = "pk" if "pk" in kwargs else "code"
        other = 10**9 if isinstance(kwargs[key], int) else absent[key]
        theirs = ask(user, reverse(name, kwargs=kwargs))
        nothing = ask(user, reverse(name, kwargs={**kwargs, key: other}))

        assert theirs.status_code == nothing.status_code == 404, name
        assert same(theirs.content, kwargs[key]) == same(nothing.content, other), name


def same(body: bytes, key: object) -> bytes:
    """Take the asked address itself out of a page, and what is random in it."""
    text = body.decode().replace(f"/{key}/", "/KEY/").replace(f'"{key}"', '"KEY"')
    text = re.sub(r'(csrfmiddlewaretoken" value|X-CSRFToken": )"[^"]*"', "", text)
    return text.encode()


@pytest.mark.parametrize("action", sorted(MATRIX))
def test_the_table_holds_the_matrix_of_roles(action):
    assert set(policy.ACTIONS[action].roles) == MATRIX[action]


@pytest.mark.django_db
def test_the_part_on_the_case_counts_not_the_roles_held_elsewhere(make_person):
    made = committee()
    both = make_person(Role.ANALYST, Role.MEMBER)
    on_case(made.deal, both, Role.MEMBER)

    assert not policy.allows(both, "runs.start", made.deal)
    assert policy.allows(made.analyst, "runs.start", made.deal)


@pytest.mark.django_db
def test_an_action_that_is_not_in_the_table_is_refused(lead):
    assert not policy.allows(lead, "deals.erase")


@pytest.mark.django_db
def test_a_disabled_person_may_nothing(lead):
    lead.is_active = False

    assert not policy.allows(lead, "site.use")


@pytest.mark.django_db
def test_inputs_are_closed_once_the_committee_is_convened():
    made = voting()
    deal = Deal.objects.get(pk=made.deal.pk)

    for action in ("deals.edit", "tapes.upload", "runs.start"):
        assert not policy.allows(made.lead, action, deal)


@pytest.mark.django_db
def test_names_of_borrowers_are_for_the_analytical_side_alone(make_person):
    open_to = {role for role in Role.values if not policy.masks_names(make_person(role))}

    assert open_to == {Role.ANALYST, Role.LEAD, Role.REVIEWER, Role.DIRECTOR}


@pytest.mark.django_db
def test_a_refusal_is_logged_without_names(outsider, signed_in_as, capsys):
    made = committee()

    signed_in_as(outsider).get(reverse("deals:committee", args=[made.deal.code]))

    written = capsys.readouterr().out
    assert "permission.refused" in written
    assert "cases.read" in written
    assert made.deal.name_en not in written
