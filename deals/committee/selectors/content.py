"""What goes into a package: everything that the committee decides on, as plain values."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any

from django.utils import translation

from deals.committee.models import Package, Question, RatingCase
from deals.committee.models.voting import VotingRule
from deals.runs.models import RatingRun
from deals.runs.selectors.judgements import limits_on, outcomes_on
from deals.runs.selectors.outcome import Limit, Outcome
from deals.runs.selectors.results import rated_notes
from deals.structure.models import Deal
from ratings_site.components import figures
from ratings_site.people.models import User

FORMAT = "npl-package/1"
LANGUAGES = ("en", "zh-hans")


def package_content(
    case: RatingCase,
    *,
    number: int,
    rule: VotingRule,
    frozen_by: User,
    frozen_at: datetime.datetime,
) -> dict[str, Any]:
    """Return the content of a package, `npl-package/1`.

    Money is in CNY, rates are fractions, moments are UTC. Words that a person composed are kept
    as she wrote them; words that the system composed are kept in each language.
    """
    run, deal = case.run, case.deal
    judged_on = figures.as_date(frozen_at)
    return {
        "format": FORMAT,
        "number": number,
        "case": case_part(case),
        "deal": deal_part(deal),
        "frozen": {"at": frozen_at, "by": str(frozen_by), "prepared_by": str(case.proposed_by)},
        "proposal": {"levels": case.proposal, "rationale": case.rationale},
        "criteria": {"version": run.criteria.version, "sha256": run.criteria.sha256},
        "terms": terms_part(run),
        "tape": tape_part(run),
        "run": run_part(run),
        "judged_on": judged_on,
        "limits": limits_in_words(run, judged_on),
        "outcomes": outcomes_in_words(run, judged_on),
        "runs": [line_of_run(each) for each in runs_of(deal)],
        "questions": answered_before(deal),
        "committee": {
            "meeting_on": case.meeting_on,
            "members": [
                {"name": seat.printed_name, "part": seat.part} for seat in case.seats.all()
            ],
            "quorum": rule.quorum,
            "majority": [rule.needs, rule.of],
            "rule_source": rule.source,
        },
    }


def case_part(case: RatingCase) -> dict[str, Any]:
    return {"number": case.number, "action": case.action, "id": case.pk}


def deal_part(deal: Deal) -> dict[str, Any]:
    return {
        "code": deal.code,
        "name_en": deal.name_en,
        "name_zh": deal.name_zh,
        "scale": deal.scale,
        "currency": deal.currency,
        "originator": deal.originator,
        "asset_class": deal.asset_class,
        "cutoff_date": deal.cutoff_date,
        "closing_date": deal.closing_date,
        "legal_final_date": deal.legal_final_date,
        "data_label": deal.data_label,
    }


def terms_part(run: RatingRun) -> dict[str, Any]:
    return {
        "number": run.terms.number,
        "sha256": run.terms.sha256,
        "document": run.terms.document,
    }


def tape_part(run: RatingRun) -> dict[str, Any] | None:
    tape = run.tape
    if tape is None:
        return None
    return {
        "number": tape.number,
        "sha256": tape.original_sha256,
        "parquet_sha256": tape.parquet_sha256,
        "n_loans": tape.n_loans,
        "n_borrowers": tape.n_borrowers,
        "unpaid_principal": tape.unpaid_principal,
        "total_claim": tape.total_claim,
        "data_label": tape.data_label,
        "problems": tape.problem_count,
    }


def run_part(run: RatingRun) -> dict[str, Any]:
    return {
        "id": run.pk,
        "number": run.number,
        "inputs_sha256": run.inputs_sha256,
        "result_sha256": run.result_sha256,
        "paths": run.paths,
        "seed": run.seed,
        "seed_source": run.seed_source,
        "engine_version": run.engine_version,
        "lock_sha256": run.lock_sha256,
        "processor": run.processor,
        "requested_by": str(run.requested_by),
        "finished_at": run.finished_at,
        "result": run.result,
    }


def runs_of(deal: Deal) -> Any:
    """Every run of the deal, also abandoned ones: the committee sees how often it was tried."""
    return deal.runs.select_related("job", "terms", "requested_by").order_by("number")


def line_of_run(run: RatingRun) -> dict[str, Any]:
    result = run.result or {"notes": ()}
    return {
        "number": run.number,
        "id": run.pk,
        "status": run.job.status,
        "terms": run.terms.number,
        "seed": run.seed,
        "seed_source": run.seed_source,
        "paths": run.paths,
        "note": run.note,
        "requested_by": str(run.requested_by),
        "requested_at": run.requested_at,
        "finished_at": run.finished_at,
        "result_sha256": run.result_sha256,
        "levels": {note["name"]: note["quantitative"] for note in rated_notes(result)},
    }


def limits_in_words(run: RatingRun, on: datetime.date | None) -> list[dict[str, Any]]:
    """Return the limits of dated judgements, their reasons in each language."""
    written = {}
    for language in LANGUAGES:
        with translation.override(language):
            written[language] = limits_on(run, on or run.requested_at.date())
    return [
        {
            "kind": first.kind,
            "level": first.level,
            "note": first.note,
            "reason": {language: written[language][k].reason for language in LANGUAGES},
            "source": {language: written[language][k].source for language in LANGUAGES},
        }
        for k, first in enumerate(written[LANGUAGES[0]])
    ]


def outcomes_in_words(run: RatingRun, on: datetime.date | None) -> list[dict[str, Any]]:
    """Return the composed outcome of each rated note, most senior first."""
    with translation.override("en"):
        outcomes = outcomes_on(run, on or run.requested_at.date())
    return [outcome_part(name, outcome) for name, outcome in outcomes.items()]


def outcome_part(name: str, outcome: Outcome) -> dict[str, Any]:
    binding = outcome.binding
    return {
        "note": name,
        "level": outcome.level,
        "quantitative": outcome.quantitative,
        "binding": None if binding is None else dataclasses.asdict(binding),
    }


def answered_before(deal: Deal) -> list[dict[str, Any]]:
    """Return what earlier committees of the deal asked, and what the analysts answered."""
    asked = (
        Question.objects.filter(package__case__deal=deal)
        .select_related("package", "asked_by", "answer", "answer__answered_by")
        .order_by("pk")
    )
    return [question_part(question) for question in asked]


def question_part(question: Question) -> dict[str, Any]:
    answer = getattr(question, "answer", None)
    return {
        "package": question.package.number,
        "section": question.section,
        "question": question.text,
        "asked_by": str(question.asked_by),
        "asked_at": question.asked_at,
        "answer": answer.text if answer else None,
        "answered_by": str(answer.answered_by) if answer else None,
        "answered_at": answer.answered_at if answer else None,
    }


def limits_of_package(document: Mapping[str, Any], language: str) -> tuple[Limit, ...]:
    """Return the frozen limits of judgements, in the reader's language."""
    tongue = "zh-hans" if language.startswith("zh") else "en"
    return tuple(
        Limit(
            kind=each["kind"],
            level=each["level"],
            reason=each["reason"][tongue],
            source=each["source"][tongue],
            note=each["note"],
        )
        for each in document["limits"]
    )


def package_before(package: Package) -> Package | None:
    """Return the deal's package before this one, if there is one."""
    return (
        Package.objects.filter(case__deal=package.deal, number__lt=package.number)
        .order_by("-number")
        .first()
    )
