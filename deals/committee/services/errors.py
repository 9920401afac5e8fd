"""How the committee's services refuse."""

from typing import Any

from django.core.exceptions import PermissionDenied

from ratings_site import policy
from ratings_site.people.models import User


class CommitteeError(ValueError):
    """A step is not possible; the message says why, in words for whoever asked."""


def require(by: User, action: str, obj: Any, words: str) -> None:
    """Refuse with PermissionDenied whoever may not act, whatever door she came through."""
    if not policy.allows(by, action, obj):
        raise PermissionDenied(words)
