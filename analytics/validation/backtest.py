"""Fit on closed cases, predict pools of others, and count how often the band held.

The predicted recovery of a pool is a Beta by moments: the fitted mean, the own noise of its cases,
and a systematic part whose relative standard deviation is the floor of the history's length.
"""

import csv
import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, betaincinv

from analytics.criteria import Criteria
from analytics.errors import AssumptionError
from analytics.static_pool import ALL, Cases, UnsecuredFit, fit_cases, history_of
from analytics.unsecured import beta_parameters, feasible_sd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BAND = (0.05, 0.95)
COLUMNS = ("default_date", "closing_date", "exposure", "recovered")


@dataclass(frozen=True)
class PoolPrediction:
    """One pool of the test: what was predicted and what came, as shares of exposure."""

    name: str
    cases: int
    predicted: float
    low: float
    high: float
    actual: float
    pit: float

    @property
    def is_covered(self) -> bool:
        return self.low <= self.actual <= self.high


@dataclass(frozen=True)
class Backtest:
    """The outcome of a back-test.

    `coverage_90` is the share of pools inside their P5-P95 band, `pit_mean` the mean of the
    predicted probability below the actual (0.5 when centred), `mean_error` predicted minus actual,
    `loan_coverage_90` the share of single cases inside their own P5-P95.
    """

    fits: Mapping[str, UnsecuredFit]
    floor: float
    pools: tuple[PoolPrediction, ...]
    loan_coverage_90: float

    @property
    def coverage_90(self) -> float:
        return float(np.mean([pool.is_covered for pool in self.pools]))

    @property
    def pit_mean(self) -> float:
        return float(np.mean([pool.pit for pool in self.pools]))

    @property
    def mean_error(self) -> float:
        return float(np.mean([pool.predicted - pool.actual for pool in self.pools]))

    def document(self) -> dict[str, Any]:
        """Return the JSON form of `manage.py backtest`."""
        fit = self.fits[ALL]
        return {
            "fit": {"cases": fit.cases, "mean": fit.mean, "sd": fit.sd, "floor": self.floor},
            "pools": len(self.pools),
            "coverage_90": self.coverage_90,
            "pit_mean": self.pit_mean,
            "mean_error": self.mean_error,
            "loan_coverage_90": self.loan_coverage_90,
        }


def backtest(
    fit: Cases,
    test: Cases,
    pools: Mapping[str, Ints],
    criteria: Criteria,
    *,
    history: str | None = None,
    floor: float | None = None,
) -> Backtest:
    """Fit on `fit` and predict each pool of `test`.

    Parameters
    ----------
    pools : rows of `test` by pool, from `pools_by` or `pools_of`.
    history : "short" or "long"; told from the years that `fit` spans when not given.
    floor : relative standard deviation of the systematic part; the history's when not given.
    """
    if not pools:
        msg = "A back-test needs at least one pool to predict."
        raise AssumptionError(msg)
    fits = fit_cases(fit)
    chosen = history or history_of(criteria, fit.years)
    if chosen not in ("short", "long"):
        msg = f"A history is short or long; got {chosen!r}."
        raise AssumptionError(msg)
    systematic = criteria.number(f"dispersion.floor_{chosen}_history") if floor is None else floor
    mean = np.array([_fit_of(fits, segment).mean for segment in test.segment])
    sd = np.array([_fit_of(fits, segment).sd for segment in test.segment])
    found = tuple(_predict(name, rows, test, mean, sd, systematic) for name, rows in pools.items())
    return Backtest(fits, systematic, found, _loan_coverage(test.rate, mean, sd))


def _fit_of(fits: Mapping[str, UnsecuredFit], segment: str) -> UnsecuredFit:
    return fits.get(segment, fits[ALL])


def _predict(
    name: str, rows: Ints, test: Cases, mean: Floats, sd: Floats, systematic: float
) -> PoolPrediction:
    """Predict one pool, its cases weighted by exposure."""
    weight = test.exposure[rows] / test.exposure[rows].sum()
    centre = float(weight @ mean[rows])
    own = float(np.sqrt((weight**2) @ sd[rows] ** 2))
    a, b = beta_parameters(centre, feasible_sd(centre, float(np.hypot(own, systematic * centre))))
    actual = float(weight @ test.rate[rows])
    low, high = (float(betaincinv(a, b, p)) for p in BAND)
    return PoolPrediction(name, rows.size, centre, low, high, actual, float(betainc(a, b, actual)))


def _loan_coverage(rate: Floats, mean: Floats, sd: Floats) -> float:
    inside = np.zeros(rate.size, dtype=np.bool_)
    for m, s in set(zip(mean.tolist(), sd.tolist(), strict=True)):
        rows = (mean == m) & (sd == s)
        a, b = beta_parameters(m, feasible_sd(m, s))
        low, high = (float(betaincinv(a, b, p)) for p in BAND)
        inside[rows] = (rate[rows] >= low) & (rate[rows] <= high)
    return float(inside.mean())


def pools_by(groups: Sequence[str]) -> dict[str, Ints]:
    """Make one pool of each group's rows, in the order of the groups' names."""
    names = np.array(groups, dtype=object)
    return {name: np.flatnonzero(names == name) for name in sorted(set(groups))}


def pools_of(size: int, n_cases: int, seed: int = 1) -> dict[str, Ints]:
    """Shuffle the cases and cut them into pools of `size`; what is left over is left out."""
    if not 1 <= size <= n_cases:
        msg = f"Pools of {size} cannot be made of {n_cases} cases."
        raise AssumptionError(msg)
    order = np.random.default_rng(seed).permutation(n_cases)
    return {
        f"{start // size + 1}": order[start : start + size]
        for start in range(0, n_cases - size + 1, size)
    }


def quarters(dates: Sequence[datetime.date]) -> list[str]:
    """Name the quarter of each date: 2009Q3."""
    return [f"{day.year}Q{(day.month + 2) // 3}" for day in dates]


def read_cases(path: Path, group: str | None = None) -> tuple[Cases, tuple[str, ...]]:
    """Read closed cases from a CSV of the ultimate-only schema, and a column of groups.

    `group` is a column of the file, or "quarter" (of the closing date); without it the groups are
    the closing quarters. A faulty row is refused with its number.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    missing = [name for name in COLUMNS if not rows or name not in rows[0]]
    if missing:
        msg = f"{path.name} needs the columns {', '.join(COLUMNS)}; missing: {', '.join(missing)}."
        raise AssumptionError(msg)
    if group and group != "quarter" and group not in rows[0]:
        msg = f"{path.name} has no column {group!r} to group by."
        raise AssumptionError(msg)
    parsed = [_case(row, number, path.name) for number, row in enumerate(rows, start=2)]
    cases = Cases(
        tuple(each[0] for each in parsed),
        tuple(each[1] for each in parsed),
        np.array([each[2] for each in parsed]),
        np.array([each[3] for each in parsed]),
        tuple(row.get("segment") or "" for row in rows),
    )
    own = None if group in (None, "quarter") else tuple(row[str(group)] for row in rows)
    return cases, own or tuple(quarters(cases.closing_date))


def _case(
    row: Mapping[str, str], number: int, name: str
) -> tuple[datetime.date, datetime.date, float, float]:
    try:
        begun, closed = (datetime.date.fromisoformat(row[column]) for column in COLUMNS[:2])
        exposure, recovered = (float(row[column]) for column in COLUMNS[2:])
    except (TypeError, ValueError) as error:
        msg = f"{name}, row {number}: {error}."
        raise AssumptionError(msg) from error
    if not (np.isfinite(exposure) and np.isfinite(recovered) and exposure > 0.0):
        msg = f"{name}, row {number}: exposure must be above zero and both amounts finite."
        raise AssumptionError(msg)
    if closed < begun:
        msg = f"{name}, row {number}: the case was closed before its default."
        raise AssumptionError(msg)
    return begun, closed, exposure, recovered
