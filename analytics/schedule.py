"""Collection months, payment dates, year fractions.

Month k (0-based) runs from the cut-off date plus k months to the cut-off date plus k + 1 months.
Cash of a month is distributed on the first payment date on or after the month's end.
"""

import calendar
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from analytics.errors import StructureError
from analytics.structure import Deal
from analytics.structure.terms import Payment

MONTHS = {"M": 1, "Q": 3, "S": 6, "A": 12}
FRIDAY = 4


@dataclass(frozen=True)
class Schedule:
    """The grid of a deal.

    payment_dates : dates on which cash is distributed (business days, where the deal says so).
    accrual_dates : ends of the interest periods, one per payment date; the first starts at closing.
    month_to_period : (n_months,) payment period that distributes the cash of month k, or -1 where
        the month ends after the last payment date.
    years : (n_periods,) years from closing to each payment date, ACT/365.
    year_fractions : (n_notes, n_periods) length of each interest period in the note's day count.
    fee_year_fractions : (n_periods,) the same in the deal's day count.
    expected_maturity : (n_notes,) first period whose date is on or after the expected maturity; -1
        where the note states none.
    legal_final : (n_notes,) last period that can still pay the note.
    """

    cutoff: date
    closing: date
    payment_dates: tuple[date, ...]
    accrual_dates: tuple[date, ...]
    month_to_period: NDArray[np.int64]
    years: NDArray[np.float64]
    year_fractions: NDArray[np.float64]
    fee_year_fractions: NDArray[np.float64]
    expected_maturity: NDArray[np.int64]
    legal_final: NDArray[np.int64]

    @property
    def n_periods(self) -> int:
        return len(self.payment_dates)

    @property
    def n_months(self) -> int:
        return len(self.month_to_period)

    def period_of(self, day: date) -> int:
        """Return the first payment period on or after a day; -1 after the last."""
        for period, paid_on in enumerate(self.payment_dates):
            if day <= paid_on:
                return period
        return -1

    def period_of_cash(self, day: date) -> int:
        """Return the period that distributes cash of a day: its calendar month must have ended."""
        return self.period_of(month_end_of(day))


def build_schedule(deal: Deal, holidays: Collection[date] = ()) -> Schedule:
    """Lay out the payment dates of a deal from its first payment to its legal final date."""
    accrual_ends = unadjusted_dates(deal)
    closed = frozenset(holidays)
    paid_on = tuple(adjusted(day, deal.payment, closed) for day in accrual_ends)
    if deal.payment.accrual == "adjusted":
        accrual_ends = paid_on
    starts = (deal.dates.closing, *accrual_ends[:-1])
    fractions = {
        rule: np.array(
            [year_fraction(a, b, rule) for a, b in zip(starts, accrual_ends, strict=True)]
        )
        for rule in {deal.payment.day_count, *(note.day_count or "" for note in deal.notes)} - {""}
    }
    closing = deal.dates.closing
    return Schedule(
        cutoff=deal.dates.cutoff,
        closing=closing,
        payment_dates=paid_on,
        accrual_dates=accrual_ends,
        month_to_period=months_to_periods(deal.dates.cutoff, paid_on),
        years=np.array([(day - closing).days / 365.0 for day in paid_on]),
        year_fractions=np.array(
            [fractions[note.day_count or deal.payment.day_count] for note in deal.notes]
        ),
        fee_year_fractions=fractions[deal.payment.day_count],
        expected_maturity=np.array(
            [first_on_or_after(accrual_ends, note.expected_maturity) for note in deal.notes],
            dtype=np.int64,
        ),
        legal_final=np.array(
            [last_on_or_before(accrual_ends, note.legal_final) for note in deal.notes],
            dtype=np.int64,
        ),
    )


# ------------------------------------------------------------------ payment dates


def unadjusted_dates(deal: Deal) -> tuple[date, ...]:
    """Payment dates before business-day adjustment; the legal final date is always the last."""
    step, day = MONTHS[deal.payment.frequency], deal.payment.day
    last = deal.dates.legal_final
    first = deal.dates.first_payment or first_payment_date(deal)
    dates = []
    k = 0
    while (on := day_in_month(add_months(first, k * step), first.day, day)) < last:
        dates.append(on)
        k += 1
    return (*dates, last)


def first_payment_date(deal: Deal) -> date:
    """Count back from the legal final date by the payment rule to the first date after closing."""
    step, day = MONTHS[deal.payment.frequency], deal.payment.day
    on = deal.dates.legal_final
    k = 0
    while True:
        earlier = clipped(add_months(deal.dates.legal_final.replace(day=1), -k * step), day)
        if earlier <= deal.dates.closing:
            return on
        on = min(earlier, deal.dates.legal_final)
        k += 1


def day_in_month(month: date, first_day: int, rule_day: int) -> date:
    """Keep the rule's day where the first payment follows it, else the first payment's own day."""
    last = calendar.monthrange(month.year, month.month)[1]
    follows = first_day == min(rule_day, last) or first_day == rule_day
    return clipped(month, rule_day if follows or rule_day > first_day >= 28 else first_day)


def clipped(month: date, day: int) -> date:
    return month.replace(day=min(day, calendar.monthrange(month.year, month.month)[1]))


def adjusted(day: date, payment: Payment, holidays: frozenset[date]) -> date:
    if payment.business_day == "none":
        return day
    moved = day
    while moved.weekday() > FRIDAY or moved in holidays:
        moved += timedelta(days=1)
    if payment.business_day == "modified_following" and moved.month != day.month:
        moved = day
        while moved.weekday() > FRIDAY or moved in holidays:
            moved -= timedelta(days=1)
    return moved


# ------------------------------------------------------------------ months


def add_months(day: date, months: int) -> date:
    """Add calendar months; the day is clipped in shorter months."""
    count = day.year * 12 + day.month - 1 + months
    return clipped(date(count // 12, count % 12 + 1, 1), day.day)


def is_month_end(day: date) -> bool:
    return day.day == calendar.monthrange(day.year, day.month)[1]


def month_end_of(day: date) -> date:
    return clipped(day.replace(day=1), 31)


def month_end(cutoff: date, k: int) -> date:
    """End of month k after cut-off; a cut-off at a month's end stays at month ends."""
    ends = add_months(cutoff, k + 1)
    return month_end_of(ends) if is_month_end(cutoff) else ends


def months_to_periods(cutoff: date, payment_dates: Sequence[date]) -> NDArray[np.int64]:
    """Return, for each month up to the last payment date, the period that distributes its cash."""
    periods: list[int] = []
    period = k = 0
    start = cutoff
    while start < payment_dates[-1]:
        ends = month_end(cutoff, k)
        while period < len(payment_dates) and payment_dates[period] < ends:
            period += 1
        periods.append(period if period < len(payment_dates) else -1)
        start = ends
        k += 1
    return np.array(periods, dtype=np.int64)


# ------------------------------------------------------------------ day counts


def year_fraction(start: date, end: date, rule: str) -> float:
    """Length of an interest period in years. Source: ISDA 2006 Definitions, section 4.16."""
    days = (end - start).days
    if rule == "ACT/365":
        return days / 365.0
    if rule == "ACT/360":
        return days / 360.0
    if rule == "30/360":
        first = min(start.day, 30)
        last = 30 if end.day == 31 and first == 30 else end.day
        months = 12 * (end.year - start.year) + end.month - start.month
        return (30 * months + last - first) / 360.0
    if rule == "ACT/ACT":
        return actual_actual(start, end)
    msg = f"Unknown day count {rule!r}."
    raise StructureError(msg, "payment.day_count")


def actual_actual(start: date, end: date) -> float:
    """ISDA's ACT/ACT: each calendar year's days over that year's length."""
    total = 0.0
    at = start
    while at < end:
        turn = min(date(at.year + 1, 1, 1), end)
        total += (turn - at).days / (366.0 if calendar.isleap(at.year) else 365.0)
        at = turn
    return total


def first_on_or_after(dates: Sequence[date], day: date | None) -> int:
    if day is None:
        return -1
    return next((p for p, on in enumerate(dates) if on >= day), len(dates) - 1)


def last_on_or_before(dates: Sequence[date], day: date | None) -> int:
    if day is None:
        return len(dates) - 1
    return max((p for p, on in enumerate(dates) if on <= day), default=0)
