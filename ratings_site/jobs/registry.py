"""Which function does which kind of job. Rooms register theirs in their `tasks.py`."""

from collections.abc import Callable
from dataclasses import dataclass

from ratings_site.jobs.services import Claim
from ratings_site.people.models import User

Handler = Callable[[Claim], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job: who does it, in which queue, who may watch it, where its subject is shown.

    `seen_by(user, subject_id)` and `address(subject_id)` may be absent: then only the person who
    asked may watch, and the job's page links nowhere.
    """

    name: str
    queue: str
    handler: Handler
    seen_by: Callable[[User, str], bool] | None = None
    address: Callable[[str], str] | None = None


KINDS: dict[str, Kind] = {}


def handles(
    name: str,
    *,
    queue: str,
    seen_by: Callable[[User, str], bool] | None = None,
    address: Callable[[str], str] | None = None,
) -> Callable[[Handler], Handler]:
    """Register the decorated function as the one that does jobs of this kind."""

    def register(handler: Handler) -> Handler:
        KINDS[name] = Kind(name, queue, handler, seen_by, address)
        return handler

    return register
