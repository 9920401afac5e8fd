"""Rates by payment period: indices under a shock, coupons, notionals."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from analytics.schedule import Schedule, year_fraction
from analytics.structure.terms import (
    BalanceTarget,
    CouponStep,
    Deal,
    FixedCoupon,
    FloatingCoupon,
    Note,
    Notional,
    StepCoupon,
)

Floats = NDArray[np.float64]


def period_starts(schedule: Schedule) -> tuple[date, ...]:
    return (schedule.closing, *schedule.accrual_dates[:-1])


def index_path(deal: Deal, schedule: Schedule, index: str, shock: float) -> Floats:
    """Return the index fixed at the start of each interest period, after a parallel shock."""
    points = sorted((deal.curves or {})[index], key=lambda point: point.start)
    fixed = []
    for start in period_starts(schedule):
        known = [point.rate for point in points if point.start <= start]
        fixed.append(known[-1] if known else points[0].rate)
    return np.array(fixed, dtype=np.float64) + shock


def coupon_factors(deal: Deal, schedule: Schedule, k: int, shock: float) -> Floats:
    """Return interest of each period per unit of the balance of note k."""
    note = deal.notes[k]
    fractions = schedule.year_fractions[k]
    coupon = note.coupon
    if isinstance(coupon, FixedCoupon):
        return np.asarray(fractions * float(coupon.rate))
    if isinstance(coupon, FloatingCoupon):
        rates = index_path(deal, schedule, coupon.index, shock) + float(coupon.spread)
        if coupon.cap is not None:
            rates = np.minimum(rates, float(coupon.cap))
        floor = 0.0 if coupon.floor is None else float(coupon.floor)
        return np.asarray(fractions * np.maximum(rates, floor))
    if isinstance(coupon, StepCoupon):
        return step_factors(coupon, note, deal, schedule)
    return np.zeros(schedule.n_periods)


def step_factors(coupon: StepCoupon, note: Note, deal: Deal, schedule: Schedule) -> Floats:
    """Accrue each part of a period at the rate in force on its days."""
    rule = note.day_count or deal.payment.day_count
    steps = sorted(coupon.steps, key=lambda step: step.start)
    factors = []
    for start, end in zip(period_starts(schedule), schedule.accrual_dates, strict=True):
        cuts = [start, *(step.start for step in steps if start < step.start < end), end]
        factors.append(
            sum(
                year_fraction(a, b, rule) * rate_on(steps[0].rate, steps, a)
                for a, b in pairwise(cuts)
            )
        )
    return np.array(factors, dtype=np.float64)


def rate_on(first: float, steps: Sequence[CouponStep], day: date) -> float:
    rate = first
    for step in steps:
        if step.start <= day:
            rate = step.rate
    return float(rate)


def stepped(
    points: Sequence[Notional | BalanceTarget], schedule: Schedule, before: float
) -> Floats:
    """Return the amount in force on each payment date; `before` holds until the first point."""
    values = []
    for on in schedule.accrual_dates:
        value = before
        for point in sorted(points, key=lambda item: item.start):
            if point.start <= on:
                value = float(point.amount if isinstance(point, Notional) else point.balance)
        values.append(value)
    return np.array(values, dtype=np.float64)
