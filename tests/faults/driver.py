"""Answers questions about a live site with the site's own code: one JSON document a line.

A process of its own, because the tests have a database of theirs.
"""

import json
import os
import sys
import traceback
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ratings_site.settings")
django.setup()

from django.db import close_old_connections  # noqa: E402

from deals.runs.models import RatingRun, RunChunk  # noqa: E402
from deals.runs.services import cancel_run, request_run  # noqa: E402
from deals.runs.tasks import enqueue_run  # noqa: E402
from deals.structure.models import Deal  # noqa: E402
from ratings_site.audit.models import AuditEvent  # noqa: E402
from ratings_site.jobs.models import Job  # noqa: E402
from ratings_site.jobs.tasks import perform  # noqa: E402
from tests.factories.structure import DealFactory  # noqa: E402


def open_deal() -> str:
    """Make a deal described by totals, and the person who works on it."""
    return DealFactory().code


def request(code: str, paths: int) -> str:
    """Ask for a run as a person would, and ring for it."""
    deal = Deal.objects.get(code=code)
    run = request_run(deal, by=deal.created_by, paths=paths)
    enqueue_run(run)
    return str(run.pk)


def request_unheard(code: str, paths: int) -> str:
    """Ask for a run whose message is lost: the row says that it was sent, the queue is empty."""
    deal = Deal.objects.get(code=code)
    run = request_run(deal, by=deal.created_by, paths=paths)
    Job.objects.filter(pk=run.job_id).update(last_sent_at=run.requested_at)
    return str(run.pk)


def state(run: str) -> dict[str, Any]:
    """Return how far a run is."""
    found = RatingRun.objects.select_related("job").get(pk=run)
    job = found.job
    return {
        "status": job.status,
        "attempt": job.attempt,
        "done_units": job.done_units,
        "total_units": job.total_units,
        "worker": job.worker,
        "reason": job.reason,
        "result_sha256": found.result_sha256,
    }


def history(run: str) -> dict[str, int]:
    """Count what must have happened once, or not be left behind."""
    events = AuditEvent.objects.filter(subject_id=run)
    return {
        "requested": events.filter(action="run.requested").count(),
        "finished": events.filter(action="run.finished").count(),
        "chunks_left": RunChunk.objects.filter(run_id=run).count(),
    }


def ring(run: str, times: int) -> None:
    """Send the message of a run again and again."""
    job = RatingRun.objects.get(pk=run).job
    for _ in range(times):
        perform.apply_async(args=(str(job.pk),), queue=job.queue)


def cancel(run: str) -> None:
    found = RatingRun.objects.select_related("job", "deal__created_by").get(pk=run)
    cancel_run(found, by=found.deal.created_by)


QUESTIONS = {
    each.__name__: each
    for each in (open_deal, request, request_unheard, state, history, ring, cancel)
}


def main() -> None:
    for line in sys.stdin:
        question = json.loads(line)
        close_old_connections()
        try:
            answer = {"answer": QUESTIONS[question.pop("what")](**question)}
        except Exception:  # noqa: BLE001  the test that asked shows it
            answer = {"error": traceback.format_exc()}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
