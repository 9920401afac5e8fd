"""How a job can stop before its end."""

from django.utils.functional import Promise


class JobCancelled(Exception):  # noqa: N818  an order, not a fault
    """Somebody asked that the job stop."""


class ClaimLost(Exception):  # noqa: N818  the job lives on in other hands
    """The lease ran out and another worker has, or may have, the job: write nothing more."""


class JobError(Exception):
    """A request about a job was refused; the message says why."""


class JobFailed(Exception):  # noqa: N818  it is the outcome that a person reads
    """The job cannot be done, for a reason that an analyst understands.

    Give a lazy translation (`gettext_lazy`, `format_lazy`): the reason is kept in each language.
    """

    def __init__(self, reason: str | Promise) -> None:
        self.reason = reason
        super().__init__(str(reason))
