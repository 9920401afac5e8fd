"""Every address stands in the permission table, and the table names nothing that is not there."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from ratings_site.policy import ACTIONS, ADDRESSES

# Rooms of a later issue may stand in the table before they are built; none does now.
TO_COME: set[str] = set()


def names(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    """Yield the full name of every address below a resolver."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name or f'unnamed {entry.pattern}'}"
        else:
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from names(entry, inner)


def test_every_address_has_its_line_in_the_permission_table():
    missing = sorted(set(names(get_resolver())) - set(ADDRESSES))

    assert not missing, f"Add these to ratings_site.policy.ADDRESSES: {missing}"


def test_the_permission_table_names_no_address_that_is_gone():
    gone = sorted(set(ADDRESSES) - set(names(get_resolver())) - TO_COME)

    assert not gone


def test_every_address_performs_an_action_that_exists():
    unknown = {
        name: action
        for name, action in ADDRESSES.items()
        if action is not None and action not in ACTIONS
    }

    assert not unknown


def test_every_action_is_open_to_somebody():
    assert not [action for action, permission in ACTIONS.items() if not permission.roles]
