"""Concentration of expected recovery, and blows to parts of a pool."""

import numpy as np
import pytest

from analytics.concentration import (
    concentration,
    court_delay,
    effect,
    price_shock,
    shocked,
    top_to_zero,
)
from analytics.criteria import load_criteria
from analytics.errors import AssumptionError
from analytics.loans import loan_tape
from analytics.recovery import expected_cash, forecast_loans
from tests.analytics.tapes import CUTOFF, frame_of, home

CRITERIA = load_criteria()


@pytest.fixture(scope="module")
def forecast():
    rows = [
        home(borrower_group="G1", province="330000"),
        home(
            borrower_group="G1",
            province="330000",
            unpaid_principal=3_000_000,
            max_claim_amount=900_000,
        ),
        home(province="440000", collateral_province="440000", collateral_city="440100"),
        {"province": "440000", "unpaid_principal": 800_000},
        {"province": "510000", "unpaid_principal": 300_000},
    ]
    return forecast_loans(loan_tape(frame_of(*rows), CUTOFF), CRITERIA)


def test_shares_are_of_expected_recovery_and_sum_to_one(forecast):
    found = concentration(forecast, "province")

    by_hand = forecast.base_gross[:2].sum() / forecast.base_gross.sum()
    assert found.names[0] == "330000"
    assert found.shares[0] == pytest.approx(by_hand)
    assert found.shares.sum() == pytest.approx(1.0)
    assert found.herfindahl == pytest.approx(1 / found.effective_number)
    assert found.top(3) == pytest.approx(1.0)


def test_connected_borrowers_count_as_one(forecast):
    assert len(concentration(forecast, "group").names) == 4
    assert len(concentration(forecast, "borrower").names) == 5
    assert concentration(forecast, "collateral").names == ("residential", "unsecured")


def test_top_groups_to_zero_take_their_share(forecast):
    found = concentration(forecast, "group")

    assert effect(forecast, top_to_zero(forecast, 1)) == pytest.approx(-found.shares[0])
    assert effect(forecast, top_to_zero(forecast, 10)) == pytest.approx(-1.0)


def test_cheaper_homes_hurt_only_where_the_price_is_the_smallest_term(forecast):
    shock = price_shock(forecast, "province", "330000", 0.20)

    after = shocked(forecast, shock)

    assert after.base_gross[0] <= forecast.base_gross[0]
    assert after.base_gross[2:] == pytest.approx(forecast.base_gross[2:])
    assert -0.2 < effect(forecast, shock) < 0.0
    assert expected_cash(after).gross.sum() == pytest.approx(after.base_gross.sum())


def test_a_slower_court_delays_and_lets_prices_fall(forecast):
    after = shocked(forecast, court_delay(forecast, "province", "440000", 1.5))

    assert after.base_months[2] == pytest.approx(1.5 * forecast.base_months[2], rel=0.02)
    assert after.base_months[:2] == pytest.approx(forecast.base_months[:2])
    assert np.isfinite(after.base_gross).all()


def test_unknown_names_are_refused(forecast):
    with pytest.raises(AssumptionError, match="No loan has province '110000'"):
        price_shock(forecast, "province", "110000", 0.1)
    with pytest.raises(AssumptionError, match="measured by borrower"):
        concentration(forecast, "weather")
