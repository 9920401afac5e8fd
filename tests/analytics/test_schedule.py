from datetime import date

import numpy as np
import pytest

from analytics.schedule import build_schedule, month_end, year_fraction
from analytics.structure import parse_deal
from tests.analytics.test_structure import changed


def scheduled(holidays=(), **changes):
    return build_schedule(parse_deal(changed(**changes)), holidays)


def test_payment_dates_count_back_from_legal_final_to_the_first_after_closing():
    dates = scheduled().payment_dates

    assert dates[:2] == (date(2025, 4, 26), date(2025, 7, 26))
    assert dates[-1] == date(2029, 7, 26)
    assert len(dates) == 18


def test_a_first_payment_date_decides_and_legal_final_closes_with_a_stub():
    dates = scheduled(
        dates={
            "cutoff": "2024-12-31",
            "closing": "2025-03-20",
            "first_payment": "2025-07-15",
            "legal_final": "2026-05-20",
        },
        payment={"frequency": "S", "day": 15},
    ).payment_dates

    assert dates == (date(2025, 7, 15), date(2026, 1, 15), date(2026, 5, 20))


def test_the_last_day_of_the_month_is_kept_after_february():
    dates = scheduled(
        dates={"cutoff": "2024-12-31", "closing": "2025-01-15", "legal_final": "2025-05-31"},
        payment={"frequency": "M", "day": 31},
    ).payment_dates

    assert dates == tuple(
        date(2025, month, day) for month, day in ((1, 31), (2, 28), (3, 31), (4, 30), (5, 31))
    )


@pytest.mark.parametrize(
    ("rule", "paid_on"),
    [
        ("none", date(2025, 5, 31)),
        ("following", date(2025, 6, 3)),
        ("modified_following", date(2025, 5, 30)),
    ],
)
def test_payment_moves_over_weekends_and_holidays_but_interest_does_not(rule, paid_on):
    schedule = scheduled(
        holidays={date(2025, 6, 2)},
        dates={"cutoff": "2024-12-31", "closing": "2025-02-15", "legal_final": "2025-08-31"},
        payment={"frequency": "Q", "day": 31, "business_day": rule},
    )

    assert schedule.payment_dates[1] == paid_on
    assert schedule.accrual_dates[1] == date(2025, 5, 31)


def test_months_are_paid_on_the_first_date_at_or_after_their_end():
    schedule = scheduled()

    # January to March 2025 end before 26 April; April ends after it
    assert schedule.month_to_period[:7].tolist() == [0, 0, 0, 1, 1, 1, 2]
    # July 2029 ends after the last date: its cash is lost to the notes
    assert schedule.month_to_period[-1] == -1
    assert schedule.n_months == 55


def test_every_period_up_to_the_last_receives_its_months():
    months = scheduled(payment={"frequency": "M", "day": 26}).month_to_period

    assert np.all(np.diff(months[:-1]) >= 0)
    assert np.all(np.diff(np.unique(months[months >= 0])) == 1)


def test_a_month_end_cut_off_keeps_month_ends():
    assert month_end(date(2025, 2, 28), 0) == date(2025, 3, 31)
    assert month_end(date(2025, 1, 15), 0) == date(2025, 2, 15)
    assert month_end(date(2025, 1, 30), 0) == date(2025, 2, 28)


@pytest.mark.parametrize(
    ("rule", "years"),
    [
        ("ACT/365", 183 / 365),
        ("ACT/360", 183 / 360),
        ("30/360", 180 / 360),
        ("ACT/ACT", 154 / 365 + 29 / 366),
    ],
)
def test_day_counts_of_a_half_year_across_a_leap_year(rule, years):
    """31 July 2023 to 30 January 2024: 154 days to the new year, 29 in the leap year."""
    assert year_fraction(date(2023, 7, 31), date(2024, 1, 30), rule) == pytest.approx(years)


def test_thirty_360_counts_the_31st_as_the_30th_only_after_a_30th():
    assert year_fraction(date(2025, 1, 31), date(2025, 3, 31), "30/360") == pytest.approx(60 / 360)
    assert year_fraction(date(2025, 1, 15), date(2025, 3, 31), "30/360") == pytest.approx(76 / 360)


def test_expected_maturity_and_legal_final_become_periods():
    schedule = scheduled(
        notes__0__expected_maturity="2026-04-26", notes__0__legal_final="2028-07-26"
    )

    assert schedule.payment_dates[schedule.expected_maturity[0]] == date(2026, 4, 26)
    assert schedule.payment_dates[schedule.legal_final[0]] == date(2028, 7, 26)
    assert schedule.expected_maturity[1] == -1
    assert schedule.legal_final[1] == schedule.n_periods - 1


def test_cash_of_a_day_waits_for_the_end_of_its_calendar_month():
    schedule = scheduled(payment={"frequency": "M", "day": 26})

    assert schedule.payment_dates[schedule.period_of_cash(date(2025, 4, 30))] == date(2025, 5, 26)
    assert schedule.payment_dates[schedule.period_of_cash(date(2025, 4, 2))] == date(2025, 5, 26)
