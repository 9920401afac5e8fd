"""Tapes for tests: received through the service and checked in this process (the child has its own tests)."""

from django.core.files.base import ContentFile

from deals.tapes import services
from deals.tapes.engine.check import check_file
from deals.tapes.models import Tape
from ratings_site.jobs import services as job_services
from tests.deals.tapes.corpus import table, text


def received(deal, *, by, data=None, name="tape.csv", **sending):
    """Receive a file as the deal's next tape; it waits for its check."""
    data = text(table()).encode() if data is None else data
    return services.receive_tape(
        deal, ContentFile(data, name=name), name=name, by=by, sending=services.Sending(**sending)
    )


def checked(deal, *, by, data=None, name="tape.csv", **sending):
    """Receive a file and let the worker's service check it."""
    tape = received(deal, by=by, data=data, name=name, **sending)
    claim = job_services.claim(tape.job.pk, "test")
    services.check_tape(
        tape, claim, check=lambda request, progress, _: check_file(request, progress)
    )
    return Tape.objects.get(pk=tape.pk)
