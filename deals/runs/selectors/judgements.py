"""The dated judgements that limit a level beside the run itself, as they stand on a day."""

from __future__ import annotations

import datetime

from django.utils.translation import gettext as _

from deals.runs.models import RatingRun
from deals.runs.selectors.outcome import NO_LIMIT, Limit, Outcome, limits_of, outcome_of
from deals.runs.selectors.results import rated_notes
from deals.structure.models import ServicerAppointment
from servicers import engine as servicing
from servicers.models import Assessment


def limits_on(run: RatingRun, on: datetime.date) -> tuple[Limit, ...]:
    """Return the limits that judgements in force on a day set, beyond run and deal file."""
    assessment = assessment_on(run, on)
    return () if assessment is None else (servicer_limit(assessment, run),)


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


def servicer_limit(assessment: Assessment, run: RatingRun) -> Limit:
    """Say what a servicer's grade allows at most, by the criteria of the run."""
    caps = servicing.caps(assessment.grade, run.criteria.document)
    return Limit(
        kind="servicer",
        level=caps.get(run.deal.scale, NO_LIMIT),
        reason=_("{servicer} is assessed “{grade}”, score {score}").format(
            servicer=assessment.servicer.name_en,
            grade=assessment.get_grade_display(),
            score=assessment.score,
        ),
        source=_("assessment {number} of {servicer}").format(
            number=assessment.number, servicer=assessment.servicer.code
        ),
    )


def outcomes_on(run: RatingRun, on: datetime.date) -> dict[str, Outcome]:
    """Compose the run's quantitative result with every limit in force on a day, by note.

    The run must be done; it is not changed.
    """
    result = run.result or {}
    limits = [*limits_of(result, run.terms.document), *limits_on(run, on)]
    return {note["name"]: outcome_of(note, limits) for note in rated_notes(result)}
