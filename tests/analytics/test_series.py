"""House prices chained from month-on-month changes, their stand-ins, tiers, loan prime rate."""

import datetime

import pytest

from analytics.series import (
    city_name,
    city_tier,
    house_prices,
    loan_prime_rate,
    months_between,
)

PEAK, LATEST = datetime.date(2021, 7, 15), datetime.date(2026, 6, 15)


def test_levels_chain_the_monthly_changes():
    index = house_prices()

    one = index.roll("110000", datetime.date(2020, 10, 1), datetime.date(2020, 12, 1)).factor

    row = index.row_of["北京"]
    assert one == pytest.approx(index.levels[row, 2])
    assert index.levels[:, 0] == pytest.approx(1.0)
    assert index.levels.shape == (70, 69)


def test_second_hand_homes_fell_by_about_a_quarter_from_the_peak():
    index = house_prices()
    peak = int(index.levels.mean(axis=0).argmax())
    falls = index.levels[:, -1] / index.levels[:, peak] - 1

    assert index.first_month + peak == 2021 * 12 + 6
    assert falls.mean() == pytest.approx(-0.227, abs=0.005)


def test_a_city_outside_the_index_takes_its_province_then_the_nation():
    index = house_prices()

    city, province, nation, abroad = (
        index.roll(code, PEAK, LATEST) for code in ("330100", "331100", "540100", "US-CA")
    )

    assert (city.basis, province.basis, nation.basis, abroad.basis) == (
        "city", "province", "nation", "none",
    )  # fmt: skip
    assert abroad.factor == 1.0
    assert not city.is_capped


def test_months_outside_the_published_ones_are_held_and_said():
    roll = house_prices().roll("330100", datetime.date(2018, 1, 1), PEAK)

    assert roll.is_capped
    assert roll.factor == house_prices().roll("330100", datetime.date(2020, 10, 1), PEAK).factor


def test_tiers_follow_the_statistics_bureau():
    codes = ("110000", "330100", "330300", "331100", "330000", "US-CA")

    assert [city_tier(code) for code in codes] == [
        "tier_1",
        "tier_2",
        "tier_3",
        "below",
        "below",
        "tier_2",
    ]
    assert city_name("330100") == "杭州"
    assert city_name("110000") == "北京"


def test_loan_prime_rate_in_force():
    assert loan_prime_rate(datetime.date(2020, 1, 1)) == pytest.approx(0.0415)
    assert loan_prime_rate(datetime.date(2020, 1, 1), years=5) == pytest.approx(0.048)
    assert loan_prime_rate(datetime.date(2018, 1, 1)) == pytest.approx(0.0425)


def test_months_between_dates():
    assert months_between(datetime.date(2024, 1, 1), datetime.date(2025, 1, 1)) == pytest.approx(
        12.02, abs=0.01
    )
