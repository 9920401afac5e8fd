"""The ladder's cash: the base case cut, stretched and charged as a level demands.

Stresses act on the debiased base case, never on a simulated shock; cash already collected is
exempt from the cut and is not moved (method 1, 3 and 8).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.criteria import LEVELS, Criteria, Stress, notch, stress_for

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class BaseCase:
    """Expected collections of the debiased base case, by stress segment and month.

    Attributes
    ----------
    segments : stress segments, each once.
    gross : (n_segments, n_months) CNY expected in each month from the cut-off date.
    costs : (n_segments, n_months) CNY of work-out cost belonging to that gross cash.
    collected : (n_months,) CNY already collected since cut-off, net of cost; exempt from stress.
    top_recoveries : largest expected recoveries of single obligors, CNY, largest first.
    """

    segments: tuple[str, ...]
    gross: Floats
    costs: Floats
    collected: Floats
    top_recoveries: tuple[float, ...] = ()

    @property
    def total(self) -> float:
        """Expected gross cash, CNY, without what is already collected."""
        return float(self.gross.sum())

    @property
    def mean_months(self) -> Floats:
        """(n_segments,) recovery-weighted mean remaining time, months."""
        return np.array([mean_time(row) for row in self.gross])


@dataclass(frozen=True)
class MonthlyCash:
    """Gross cash and its work-out cost, CNY by month from the cut-off date, for the whole pool."""

    gross: Floats
    costs: Floats


@dataclass(frozen=True)
class Disruption:
    """Servicer disruption from closing: stop, ramp, catch-up; transfer cost and a new fee."""

    stop_months: int
    ramp_months: int
    ramp_start: float
    catch_up_months: int
    transfer_cost: float
    fee_multiple: float


def mean_time(cash: Floats) -> float:
    """Return the mean month of a cash profile; cash of month k counts at its middle."""
    total = float(cash.sum())
    if total <= 0.0:
        return 0.0
    return float(np.dot(cash, np.arange(cash.size) + 0.5)) / total


def stretch(cash: Floats, factor: float | Floats, n_months: int) -> Floats:
    """Slow a monthly profile down: what came by month t comes by month t * factor.

    Cash is even within its month. Returns (n_months,) CNY, or (n_factors, n_months) for a row of
    factors; what falls later is left out, so the sum never grows.
    """
    cumulative = np.concatenate(([0.0], np.cumsum(cash)))
    ends = np.arange(n_months + 1) / np.asarray(factor, dtype=np.float64)[..., None]
    return np.diff(np.interp(ends, np.arange(cumulative.size), cumulative), axis=-1)


def to_periods(monthly: Floats, month_to_period: Integers, n_periods: int) -> Floats:
    """Add months into payment periods; a month after the last date belongs to none and is lost.

    `monthly` is (..., n_months); the answer is (..., n_periods), CNY.
    """
    binned = np.zeros((*monthly.shape[:-1], n_periods))
    for month in range(min(monthly.shape[-1], month_to_period.size)):
        period = month_to_period[month]
        if period >= 0:
            binned[..., period] += monthly[..., month]
    return binned


def stresses_of(
    criteria: Criteria, segments: Sequence[str], level: str, scale: str
) -> tuple[Stress, ...]:
    """Return the stress of a level for each segment, in their order."""
    return tuple(stress_for(criteria, segment, level, scale) for segment in segments)


def stretch_factors(base: BaseCase, stresses: Sequence[Stress]) -> tuple[float, ...]:
    """Return 1 + delay / mean remaining time for each segment."""
    pairs = zip(stresses, base.mean_months, strict=True)
    return tuple(float(stretch_factor(stress.delay, float(time))) for stress, time in pairs)


def kept_shares(base: BaseCase, stresses: Sequence[Stress]) -> tuple[float, ...]:
    """Return what the cut leaves of each segment's base recovery.

    The worse of the segment cuts and the loss of the largest obligors decides (methodology 1.2);
    where the obligors are worse, every segment is scaled down alike.
    """
    kept = np.array([1.0 - stress.cut for stress in stresses])
    if base.total <= 0.0:
        return tuple(float(share) for share in kept)
    after_cut = float(np.dot(kept, base.gross.sum(axis=1)))
    after_loss = base.total - top_loss(base.top_recoveries, stresses[0].top_obligors)
    if after_loss < after_cut:
        kept *= max(after_loss, 0.0) / after_cut
    return tuple(float(share) for share in kept)


def top_loss(top_recoveries: Sequence[float], n_obligors: float) -> float:
    """Add the largest expected recoveries; a part of an obligor counts in part. CNY."""
    whole = int(n_obligors)
    part = n_obligors - whole
    loss = float(sum(top_recoveries[:whole]))
    return loss + part * top_recoveries[whole] if whole < len(top_recoveries) else loss


def stressed_cash(
    base: BaseCase,
    stresses: Sequence[Stress],
    n_months: int,
    exempt_months: int = 0,
    delays: Floats | None = None,
) -> MonthlyCash:
    """Cut and stretch the base case as one level demands.

    Parameters
    ----------
    base : the debiased base case.
    stresses : one for each segment of the base case.
    n_months : months from cut-off to the legal final date.
    exempt_months : months from cut-off that ended by closing: their cash is stretched, but its
        amount is not cut (method 8).
    delays : months to try in place of the level's own delay, one path for each.

    Returns
    -------
    Monthly gross and cost of the whole pool, (n_months,) or (n_delays, n_months) CNY. Costs follow
    the gross cash; the level's cost multiple is a condition of the waterfall, not of the cash.
    """
    kept, months = kept_shares(base, stresses), base.mean_months
    gross: Floats = np.zeros(n_months)
    costs: Floats = np.zeros(n_months)
    for row, stress in enumerate(stresses):
        left = np.full(n_months, kept[row])
        left[:exempt_months] = 1.0
        factor = stretch_factor(stress.delay if delays is None else delays, float(months[row]))
        gross = gross + left * stretch(base.gross[row], factor, n_months)
        costs = costs + left * stretch(base.costs[row], factor, n_months)
    return MonthlyCash(gross + fitted(base.collected, n_months), costs)


def stretch_factor(delay: float | Floats, mean_months: float) -> float | Floats:
    """Return 1 + delay / mean remaining time."""
    return 1.0 + delay / mean_months if mean_months > 0.0 else 1.0 + 0.0 * delay


def disrupted(cash: MonthlyCash, start: int, disruption: Disruption) -> MonthlyCash:
    """Stop collections at closing, then ramp up; the missed cash comes after the ramp.

    Cash is (..., n_months). Nothing is lost but what the horizon cuts off. The transfer cost is paid when collections
    resume, and every later work-out cost is multiplied by the new fee.
    """
    n_months = cash.gross.shape[-1]
    resume = start + disruption.stop_months
    ramped = resume + disruption.ramp_months
    share = np.ones(n_months)
    share[start:resume] = 0.0
    ramp = np.linspace(disruption.ramp_start, 1.0, disruption.ramp_months, endpoint=False)
    share[resume:ramped] = ramp[: max(0, n_months - resume)]
    remaining = cash.gross[..., start:].sum(axis=-1)
    gross = _postponed(cash.gross, share, ramped, disruption.catch_up_months)
    costs = _postponed(cash.costs, share, ramped, disruption.catch_up_months)
    costs[..., start:] *= disruption.fee_multiple
    if resume < n_months:
        costs[..., resume] += disruption.transfer_cost * remaining
    return MonthlyCash(gross, costs)


def disruption_of(criteria: Criteria, *, has_backup: bool) -> Disruption:
    """Read the servicer disruption of the criteria."""
    stops = criteria.table("disruption.stop_months")
    return Disruption(
        stop_months=int(stops["backup" if has_backup else "no_backup"]),
        ramp_months=int(criteria.number("disruption.ramp_months")),
        ramp_start=criteria.number("disruption.ramp_start"),
        catch_up_months=int(criteria.number("disruption.catch_up_months")),
        transfer_cost=criteria.number("disruption.transfer_cost"),
        fee_multiple=criteria.number("disruption.new_fee_multiple"),
    )


def is_disruption_stacked(criteria: Criteria, level: str, scale: str) -> bool:
    """Say whether the level's stress itself contains the disruption (international, A and above)."""
    lowest: Mapping[str, str] = criteria.table("disruption.stacked_from")
    return lowest[scale] in LEVELS and notch(level) <= notch(lowest[scale])


def _postponed(cash: Floats, share: Floats, first: int, months: int) -> Floats:
    missed = (cash * (1.0 - share)).sum(axis=-1)
    later: Floats = cash * share
    inside = min(first + months, later.shape[-1])
    if first < inside:
        later[..., first:inside] += missed[..., None] / months
    return later


def fitted(monthly: Floats, n_months: int) -> Floats:
    """Cut a monthly profile to a horizon, or fill it up with zeros."""
    months = np.zeros(n_months)
    kept = min(n_months, monthly.size)
    months[:kept] = monthly[:kept]
    return months
