"""Shared fixtures: the people who ask, and a client signed in as each."""

from pathlib import Path

import pytest
from django.conf import settings as site_settings
from django.contrib.auth.models import Group
from django.test import Client

from ratings_site.people.models import Role, User
from tests.factories.people import UserFactory


def pytest_configure(config):
    """Whitenoise wants its folder to exist, even when tests serve nothing from it."""
    Path(site_settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def _own_media_folder(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")


def person(*roles: str, **fields: object) -> User:
    """Make a person who holds the roles."""
    user = UserFactory(**fields)
    for role in roles:
        user.groups.add(Group.objects.get_or_create(name=role)[0])
    return user


@pytest.fixture
def make_person(db):
    return person


@pytest.fixture
def analyst(db):
    return person(Role.ANALYST)


@pytest.fixture
def lead(db):
    return person(Role.LEAD)


@pytest.fixture
def member(db):
    return person(Role.MEMBER)


@pytest.fixture
def chair(db):
    return person(Role.CHAIR)


@pytest.fixture
def secretary(db):
    return person(Role.SECRETARY)


@pytest.fixture
def administrator(db):
    return person(Role.ADMINISTRATOR)


@pytest.fixture
def compliance(db):
    return person(Role.COMPLIANCE)


@pytest.fixture
def commercial(db):
    return person(Role.COMMERCIAL)


@pytest.fixture
def outsider(db):
    """An analyst who is on nobody's case."""
    return person(Role.ANALYST)


@pytest.fixture
def signed_in_as():
    """Return a client signed in as the given person."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in
