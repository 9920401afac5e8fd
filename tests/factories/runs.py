"""Runs for tests, asked for as a person would."""

from deals.runs.models import RatingRun
from deals.runs.services import request_run
from ratings_site.jobs import tasks
from tests.factories.structure import DealFactory


def queued_run(deal=None, by=None, paths=64, **asked):
    """Ask for a small run of a deal described by totals."""
    deal = deal or DealFactory()
    return request_run(deal, by=by or deal.created_by, paths=paths, **asked)


def done_run(deal=None, by=None, paths=64, **asked) -> RatingRun:
    """Ask for a small run and compute it at once."""
    run = queued_run(deal, by, paths, **asked)
    tasks.perform(str(run.job_id))
    return RatingRun.objects.select_related("job").get(pk=run.pk)
