"""What a servicer's history says: closed cases, and triangles of cumulative recovery.

Two kinds of static pool (contracts of the file formats): *ultimate-only*, one closed case a row, and
*triangle*, vintage x months since default. Moments are amount-weighted: no Beta passes a test of fit
on real severities, and maximum likelihood with squeezed zeros and ones overstates the mean.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.criteria import Criteria
from analytics.errors import AssumptionError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ALL = "all"
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class BetaSegment:
    """Recovery over claim at cut-off in one segment, for loans of one age: mean and sd."""

    mean: float
    sd: float


@dataclass(frozen=True)
class UnsecuredFit:
    """What closed cases or static pools say about one segment.

    `mean` and `sd` are of ultimate recovery over exposure; `months` and `shares`, where known, the
    cumulative curve since default, from which the remaining recovery at an age follows; `years` is
    the span of the history, `error` the standard error of the mean.
    """

    mean: float
    sd: float
    cases: int
    source: str
    months: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()
    years: float = 0.0
    error: float = 0.0

    def at_age(self, age: float) -> BetaSegment:
        """Return recovery still to come, over the claim still open, `age` months after default.

        What was paid before is not expected again: (1 - G(age)) of the ultimate recovery is left,
        over the exposure less what was paid. Balance at default, claim at cut-off and survivors
        are three denominators: this one is the claim at cut-off.
        """
        if not self.months:
            return BetaSegment(self.mean, self.sd)
        paid = self.mean * float(np.interp(age, self.months, self.shares))
        left = (self.mean - paid) / (1.0 - paid)
        return BetaSegment(left, self.sd * left / self.mean if self.mean > 0.0 else 0.0)

    def remaining_curve(self, age: float) -> tuple[Floats, Floats]:
        """Return the curve of recovery still to come: months from now, cumulative shares."""
        months, shares = np.asarray(self.months), np.asarray(self.shares)
        start = float(np.interp(age, months, shares))
        later = months > age
        if not later.any() or start >= shares[-1]:
            return np.array([0.0, 12.0]), np.array([0.0, 1.0])
        rest = (shares[later] - start) / (shares[-1] - start)
        return np.concatenate([[0.0], months[later] - age]), np.concatenate([[0.0], rest])


@dataclass(frozen=True)
class Cases:
    """Closed cases: (n_cases,). Money in the pool's currency; `segment` "" where none is given."""

    default_date: tuple[datetime.date, ...]
    closing_date: tuple[datetime.date, ...]
    exposure: Floats
    recovered: Floats
    segment: tuple[str, ...]

    @property
    def rate(self) -> Floats:
        """Recovery over exposure, held to [0, 1]."""
        return np.clip(self.recovered / self.exposure, 0.0, 1.0)

    @property
    def years(self) -> float:
        """Span of the closing dates."""
        return (max(self.closing_date) - min(self.closing_date)).days / DAYS_PER_YEAR

    def take(self, rows: npt.NDArray[np.integer] | npt.NDArray[np.bool_]) -> "Cases":
        """Return some of the cases."""
        places = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        return Cases(
            tuple(self.default_date[i] for i in places),
            tuple(self.closing_date[i] for i in places),
            self.exposure[places],
            self.recovered[places],
            tuple(self.segment[i] for i in places),
        )


def weighted_moments(rate: Floats, weight: Floats) -> tuple[float, float]:
    """Return amount-weighted mean and standard deviation."""
    mean = float(np.average(rate, weights=weight))
    return mean, float(np.sqrt(np.average((rate - mean) ** 2, weights=weight)))


def fit_cases(cases: Cases, source: str = "closed cases") -> Mapping[str, UnsecuredFit]:
    """Fit mean and spread of ultimate recovery: of all cases, and by segment with credibility.

    A segment's mean is Z of its own and 1 - Z of all, Z = n / (n + K), with K the ratio of the
    variance within segments to that between them (Buehlmann). One segment alone has Z = 0.
    """
    if cases.exposure.size < 2 or not (cases.exposure > 0.0).all():
        msg = "A fit needs at least two closed cases, each with an exposure above zero."
        raise AssumptionError(msg)
    mean, sd = weighted_moments(cases.rate, cases.exposure)
    size = cases.exposure.size
    effective = float(cases.exposure.sum() ** 2 / (cases.exposure**2).sum())
    error = sd / np.sqrt(effective)
    fits = {ALL: UnsecuredFit(mean, sd, size, source, years=cases.years, error=error)}
    names = sorted(set(cases.segment))
    if len(names) < 2:
        return fits
    rows = {name: np.array([each == name for each in cases.segment]) for name in names}
    own = {
        name: weighted_moments(cases.rate[row], cases.exposure[row]) for name, row in rows.items()
    }
    counts = np.array([row.sum() for row in rows.values()], dtype=np.float64)
    ratio = _within_over_between(
        np.array([m for m, _ in own.values()]), np.array([s for _, s in own.values()]), counts
    )
    for name, row in rows.items():
        n = int(row.sum())
        z = n / (n + ratio)
        spread = float(np.sqrt(z * own[name][1] ** 2 + (1.0 - z) * sd**2))
        fits[name] = UnsecuredFit(
            z * own[name][0] + (1.0 - z) * mean,
            spread,
            n,
            f"{source}, credibility {z:.2f}",
            years=cases.years,
            error=error,
        )
    return fits  # fmt: skip


def _within_over_between(means: Floats, sds: Floats, counts: Floats) -> float:
    """Estimate Buehlmann's K; infinite where segments differ no more than chance would have it."""
    within = float(np.average(sds**2, weights=counts))
    overall = float(np.average(means, weights=counts))
    total, k = float(counts.sum()), counts.size
    excess = float((counts * (means - overall) ** 2).sum()) - (k - 1) * within
    between = excess / (total - float((counts**2).sum()) / total)
    return within / between if between > 0.0 else np.inf


def history_of(criteria: Criteria, years: float) -> str:
    """Say whether a history of this many years counts as "short" or "long"."""
    return "long" if years >= criteria.number("dispersion.long_history_years") else "short"


# ------------------------------------------------------------------ triangles


@dataclass(frozen=True)
class Triangle:
    """Cumulative recovery by vintage and age, (n_vintages, n_ages), nan where not yet known.

    `months` (n_ages,) since default; `exposure` (n_vintages,) at default.
    """

    vintages: tuple[str, ...]
    months: Floats
    exposure: Floats
    cumulative: Floats

    def __post_init__(self) -> None:
        known = ~np.isnan(self.cumulative)
        if not known[:, 0].all() or (np.diff(known.astype(int), axis=1) > 0).any():
            msg = "A triangle must be known from the first age on without a gap in each vintage."
            raise AssumptionError(msg)


@dataclass(frozen=True)
class ChainLadder:
    """A triangle carried to its end: age-to-age factors, ultimates, Mack's errors.

    `ultimate`, `reserve` and `error` are (n_vintages,) in money; `total_error` is of the sum.
    Plain Mack bands cover about 0.67 rather than 0.90 on real triangles: widen them or say so.
    """

    factors: Floats
    sigma_squared: Floats
    ultimate: Floats
    reserve: Floats
    error: Floats
    total_error: float

    @property
    def pattern(self) -> Floats:
        """Share of the ultimate reached at each age, (n_ages,)."""
        return np.concatenate([1.0 / np.cumprod(self.factors[::-1])[::-1], [1.0]])


def chain_ladder(triangle: Triangle) -> ChainLadder:
    """Carry a triangle to its last age: volume-weighted factors of all years, Mack's error.

    f_k = sum C_{k+1} / sum C_k; the last sigma^2 by Mack's rule min(s^4/s'^2, s^2, s'^2).
    Source: Mack, "Distribution-free calculation of the standard error of chain ladder reserve
    estimates", ASTIN Bulletin 23 (1993).
    """
    c = triangle.cumulative
    n, ages = c.shape
    last = (~np.isnan(c)).sum(axis=1) - 1
    factors, sigma = np.ones(ages - 1), np.zeros(ages - 1)
    for k in range(ages - 1):
        both = ~np.isnan(c[:, k + 1])
        base, later = c[both, k], c[both, k + 1]
        if base.sum() <= 0.0:
            msg = f"No recovery is known at {triangle.months[k]:g} months: the triangle cannot be carried on."
            raise AssumptionError(msg)
        factors[k] = later.sum() / base.sum()
        if both.sum() > 1:
            seen = base > 0.0
            spread = base[seen] * (later[seen] / base[seen] - factors[k]) ** 2
            sigma[k] = spread.sum() / (both.sum() - 1)
        elif k >= 2:
            sigma[k] = (
                min(sigma[k - 1] ** 2 / sigma[k - 2], sigma[k - 1], sigma[k - 2])
                if sigma[k - 2] > 0
                else 0.0
            )
    full = c.copy()
    for k in range(ages - 1):
        ahead = last <= k
        full[ahead, k + 1] = full[ahead, k] * factors[k]
    latest = c[np.arange(n), last]
    ultimate = full[:, -1]
    error, total = _mack(c, full, last, factors, sigma)
    return ChainLadder(factors, sigma, ultimate, ultimate - latest, error, total)  # fmt: skip


def _mack(
    known: Floats, full: Floats, last: Ints, factors: Floats, sigma: Floats
) -> tuple[Floats, float]:
    """Return Mack's standard error of each vintage's ultimate and of their sum."""
    ages = full.shape[1]
    volume = np.array([np.nansum(known[~np.isnan(known[:, k + 1]), k]) for k in range(ages - 1)])
    relative = np.divide(sigma, factors**2)
    squares = np.zeros(full.shape[0])
    for i, start in enumerate(last):
        steps = range(start, ages - 1)
        terms = sum(
            relative[k] * (1.0 / full[i, k] + 1.0 / volume[k]) for k in steps if full[i, k] > 0
        )
        squares[i] = full[i, -1] ** 2 * terms
    total = float(squares.sum())
    oldest_first = np.argsort(-last, kind="stable")
    ultimate = full[oldest_first, -1]
    for place, i in enumerate(oldest_first):
        # younger vintages share the factors that this one still needs
        shared = sum(2.0 * relative[k] / volume[k] for k in range(last[i], ages - 1))
        total += ultimate[place] * float(ultimate[place + 1 :].sum()) * shared
    return np.sqrt(squares), float(np.sqrt(total))


def fit_triangle(triangle: Triangle, spread: float, source: str = "static pool") -> UnsecuredFit:
    """Fit a segment from a triangle: ultimate recovery over exposure, and the curve since default.

    `spread` is the coefficient of variation of single loans, which totals cannot tell.
    """
    ladder = chain_ladder(triangle)
    mean = float(ladder.ultimate.sum() / triangle.exposure.sum())
    error = ladder.total_error / float(triangle.exposure.sum())
    months = np.concatenate([[0.0], triangle.months]) if triangle.months[0] > 0 else triangle.months
    pattern = ladder.pattern if triangle.months[0] <= 0 else np.concatenate([[0.0], ladder.pattern])
    return UnsecuredFit(
        mean, spread * mean, triangle.exposure.size, source,
        tuple(months.tolist()), tuple(np.maximum.accumulate(pattern).tolist()),
        years=float(triangle.months[-1] / 12.0), error=error,
    )  # fmt: skip
