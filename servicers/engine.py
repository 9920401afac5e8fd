"""The door between assessments as rows and the criteria that turn scores into consequences."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any

import numpy as np

from analytics.criteria import criteria_from_document, load_criteria
from analytics.static_pool import ALL, Cases, Triangle, UnsecuredFit, fit_cases, fit_triangle
from analytics.validation import backtest, pools_by, pools_of, read_cases, validation_book
from servicers.files import ClosedCase, Point, Row

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


# ------------------------------------------------------------------ what a history fits


def fit_history(
    rows: Sequence[Row], source: str, asset_class: str, criteria: Mapping[str, Any]
) -> dict[str, Any]:
    """Fit recovery on a static pool, as a run freezes it: the fields of the engine's fit.

    Closed cases give mean and spread, amount-weighted. A triangle gives the mean and the curve
    since default; the spread of single loans is then the criteria's for the asset class.
    """
    cases = [row for row in rows if isinstance(row, ClosedCase)]
    if cases:
        fitted = fit_cases(_cases(cases), source)[ALL]
    else:
        spread = criteria_from_document(criteria).table("dispersion.loan_cv")[asset_class]
        points = [row for row in rows if isinstance(row, Point)]
        fitted = fit_triangle(_triangle(points), float(spread), source)
    return asdict(fitted)


def fitted(frozen: Mapping[str, Any]) -> UnsecuredFit:
    """Read a fit back from what a run froze."""
    months, shares = tuple(frozen["months"]), tuple(frozen["shares"])
    return UnsecuredFit(**{**frozen, "months": months, "shares": shares})


def _cases(rows: list[ClosedCase]) -> Cases:
    return Cases(
        tuple(row.default_date for row in rows),
        tuple(row.closing_date for row in rows),
        np.array([float(row.exposure) for row in rows]),
        np.array([float(row.recovered) for row in rows]),
        tuple(row.segment for row in rows),
    )


def _triangle(points: list[Point]) -> Triangle:
    by_vintage: dict[str, dict[int, Point]] = defaultdict(dict)
    for point in points:
        by_vintage[point.vintage][point.months_since_default] = point
    vintages = sorted(by_vintage)
    months = sorted({point.months_since_default for point in points})
    cumulative = np.full((len(vintages), len(months)), np.nan)
    for row, vintage in enumerate(vintages):
        for place, month in enumerate(months):
            if month in by_vintage[vintage]:
                cumulative[row, place] = float(by_vintage[vintage][month].recovered)
    exposure = [float(next(iter(by_vintage[vintage].values())).exposure) for vintage in vintages]
    return Triangle(tuple(vintages), np.array(months, float), np.array(exposure), cumulative)


def backtest_document(
    fit: Path,
    test: Path,
    *,
    group: str | None = None,
    pools_of_size: int | None = None,
    history: str | None = None,
    floor: float | None = None,
) -> dict[str, Any]:
    """Fit on one file of closed cases, predict pools of another; the form of `manage.py backtest`."""
    known, _ = read_cases(fit)
    cases, groups = read_cases(test, group)
    n_cases = len(groups)
    pools = pools_of(pools_of_size, n_cases) if pools_of_size else pools_by(groups)
    return backtest(known, cases, pools, load_criteria(), history=history, floor=floor).document()


def validation_document(real: Iterable[tuple[date, float, float]] = ()) -> dict[str, Any]:
    """Measure the validation book; `real` are closed cases: date, exposure, recovered."""
    rows = list(real)
    cases = None
    if rows:
        days, exposure, recovered = zip(*rows, strict=True)
        empty = ("",) * len(rows)
        cases = Cases(days, days, np.array(exposure), np.array(recovered), empty)
    found = validation_book(load_criteria(), cases)
    return {"targets": [target.document() for target in found]}
