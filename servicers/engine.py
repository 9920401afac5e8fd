"""The door between assessments as rows and the criteria that turn scores into consequences."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

from analytics.criteria import criteria_from_document

GRADES = ("strong", "adequate", "weak")


@dataclass(frozen=True)
class Judgement:
    """What follows from the scores of an assessment.

    score : mean of the dimensions, 1 to 5, cut (not rounded) to two decimals, so that what is
        shown never stands on the other side of a threshold.
    plan_credibility : largest weight of the servicer's plan in the base case, a fraction.
    """

    score: Decimal
    grade: str
    plan_credibility: Decimal


def judge(scores: Iterable[Decimal], criteria: Mapping[str, Any]) -> Judgement:
    """Grade a servicer from the scores of its dimensions, by the thresholds of the criteria.

    Source: criteria `constraints.servicer_score` and `recovery.plan_credibility`.
    """
    found = list(scores)
    if not found:
        msg = "An assessment needs at least one scored dimension."
        raise ValueError(msg)
    mean = sum(found, Decimal(0)) / len(found)
    known = criteria_from_document(criteria)
    lowest = known.table("constraints.servicer_score")
    grade = next((each for each in GRADES if mean >= Decimal(str(lowest[each]))), "poor")
    credibility = Decimal(str(known.table("recovery.plan_credibility")[grade]))
    return Judgement(mean.quantize(Decimal("0.01"), rounding=ROUND_DOWN), grade, credibility)


def caps(grade: str, criteria: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the highest level that a grade allows, by scale; empty where it caps nothing."""
    found = criteria_from_document(criteria).table("constraints.servicer")
    return dict(found.get(grade, {}))


def caps_without_backup(criteria: Mapping[str, Any]) -> tuple[Mapping[str, str], float]:
    """Return the caps without a back-up servicer, and the months of liquidity below which they act."""
    known = criteria_from_document(criteria)
    found = known.table("constraints.servicer")["no_backup_and_thin_liquidity"]
    return dict(found), known.number("constraints.no_backup_liquidity_months")


def thresholds(criteria: Mapping[str, Any]) -> Mapping[str, float]:
    """Return the lowest score of each grade."""
    return dict(criteria_from_document(criteria).table("constraints.servicer_score"))
