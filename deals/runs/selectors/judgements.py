"""The dated judgements that limit a level beside the run itself, as they stand on a day."""

from __future__ import annotations

import datetime

from deals.runs.models import RatingRun
from deals.runs.selectors.outcome import (
    Limit,
    Outcome,
    limit_of_assessment,
    limits_of,
    outcome_of,
)
from deals.runs.selectors.results import rated_notes
from deals.structure.models import ServicerAppointment
from servicers.models import Assessment


def assessment_on(run: RatingRun, on: datetime.date) -> Assessment | None:
    """Return the assessment of the deal's servicer that was in force on a day, if any was."""
    return (
        Assessment.objects.filter(
            status__in=[Assessment.Status.IN_FORCE, Assessment.Status.SUPERSEDED],
            in_force_from__date__lte=on,
            servicer__appointments__deal=run.deal,
            servicer__appointments__part=ServicerAppointment.Part.SERVICER,
        )
        .select_related("servicer")
        .order_by("-in_force_from")
        .first()
    )


def limits_on(run: RatingRun, on: datetime.date) -> tuple[Limit, ...]:
    """Return the limits that judgements in force on a day set, beyond run and deal file."""
    assessment = assessment_on(run, on)
    if assessment is None or run.result is None:
        return ()
    return limit_of_assessment(assessment, run.result)


def outcomes_on(run: RatingRun, on: datetime.date) -> dict[str, Outcome]:
    """Compose the run's quantitative result with every limit in force on a day, by note.

    The run must be done; it is not changed.
    """
    result = run.result or {"notes": ()}
    limits = [*limits_of(result, run.terms.document), *limits_on(run, on)]
    return {note["name"]: outcome_of(note, limits) for note in rated_notes(result)}
