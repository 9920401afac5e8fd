"""Paths of a pool: the same digits however they are drawn, the right mean, the floors reached."""

import datetime

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import beta

from analytics.criteria import load_criteria
from analytics.kernels.beta import table_values
from analytics.loans import loan_tape
from analytics.quantiles import (
    SCORES,
    beta_quantiles,
    lognormal_quantiles,
    mixture_quantiles,
    table_mean,
    table_sd,
)
from analytics.recovery import (
    RecoveryAssumptions,
    expected_cash,
    forecast_aggregate,
    forecast_loans,
)
from analytics.simulation import prepare, simulate
from analytics.structure.terms import AggregatePool, Collected, Dates, Forecast
from tests.analytics.tapes import CUTOFF, frame_of, home

CRITERIA = load_criteria()
MONTHS = np.arange(240)
PROVINCES = ("330000", "440000", "510000")


def mixed_tape(n=70):
    rows = []
    for i in range(n):
        place = PROVINCES[i % 3]
        rows.append({"unpaid_principal": 20_000 + 3_000 * i, "province": place})
        rows.append(
            home(
                unpaid_principal=600_000 + 20_000 * i,
                appraised_value=1_900_000 - 15_000 * i,
                legal_stage=("pre_litigation", "enforcement", "auction_2")[i % 3],
                collateral_province=place,
                collateral_city=None,
                province=place,
            )
        )
    return loan_tape(frame_of(*rows), CUTOFF)


@pytest.fixture(scope="module")
def forecast():
    return forecast_loans(mixed_tape(), CRITERIA)


@pytest.fixture(scope="module")
def draws(forecast):
    return prepare(forecast, CRITERIA, MONTHS, MONTHS.size, seed=2**40 + 17)


def test_paths_are_the_same_for_any_threads_and_any_chunks(draws):
    whole = simulate(draws, 1000)
    threaded = simulate(draws, 1000, threads=2)
    parts = [simulate(draws, size, first_path=first) for first, size in ((0, 333), (333, 667))]

    for name in ("gross", "costs", "weight"):
        array = getattr(whole, name)
        assert np.array_equal(array, getattr(threaded, name))
        assert np.array_equal(array, np.concatenate([getattr(part, name) for part in parts]))


def test_another_seed_gives_other_paths(draws, forecast):
    other = prepare(forecast, CRITERIA, MONTHS, MONTHS.size, seed=18)

    assert not np.array_equal(simulate(draws, 64).gross, simulate(other, 64).gross)


@pytest.mark.parametrize("systematic", [True, False])
def test_mean_of_paths_is_the_base_case(draws, forecast, systematic):
    totals = simulate(draws, 8192, systematic=systematic).gross.sum(axis=1)

    error = totals.std() / np.sqrt(totals.size)
    assert totals.mean() == pytest.approx(forecast.base_gross.sum(), abs=4 * error)


def test_costs_follow_gross_at_each_loans_rate(draws, forecast):
    cash = simulate(draws, 8192)

    assert cash.costs.sum(axis=1).mean() == pytest.approx(forecast.base_costs.sum(), rel=0.01)
    assert (cash.costs <= cash.gross + 1e-9).all()


def test_recovery_never_exceeds_the_claims_as_they_grow(draws, forecast):
    cash = simulate(draws, 2048)

    assert cash.gross.sum(axis=1).max() <= 1.5 * forecast.claim
    assert cash.gross.min() >= 0.0


def test_each_class_reaches_its_floor_without_noise_of_its_own():
    n = 4000
    rows = [
        {"unpaid_principal": 10_000, "province": PROVINCES[i % 3], "product": "credit_card"}
        for i in range(n)
    ]
    forecast = forecast_loans(loan_tape(frame_of(*rows), CUTOFF), CRITERIA)
    draws = prepare(forecast, CRITERIA, MONTHS, MONTHS.size, seed=5)

    totals = simulate(draws, 4096).gross.sum(axis=1)

    (loading,) = draws.loadings
    own = forecast.items
    noise = table_sd(own.quantiles[0]) / table_mean(own.quantiles[0]) / np.sqrt(n)
    wanted = np.hypot(0.08, noise)
    assert loading.reached == pytest.approx(0.08, abs=1e-6)
    assert totals.std() / totals.mean() == pytest.approx(wanted, rel=0.05)


def test_a_short_history_raises_the_floor():
    tape = mixed_tape(10)
    forecast = forecast_loans(tape, CRITERIA, RecoveryAssumptions(history="short"))

    loadings = prepare(forecast, CRITERIA, MONTHS, 240, seed=1).loadings

    assert {each.floor for each in loadings} == {0.30}


def test_good_times_are_also_quick_times(draws):
    gross = simulate(draws, 8192).gross
    total = gross.sum(axis=1)
    months = gross @ (np.arange(240) + 0.5) / total

    assert np.corrcoef(total, months)[0, 1] < -0.1


def test_stress_scales_amounts_and_stretches_time(draws):
    neutral = simulate(draws, 256, systematic=False).gross
    halved = simulate(
        draws, 256, systematic=False, stress=np.array([[0.5, 0.5], [1.0, 1.0], [1.0, 1.0]])
    ).gross
    slow = simulate(
        draws, 256, systematic=False, stress=np.array([[1.0, 1.0], [1.5, 1.5], [1.0, 1.0]])
    ).gross

    assert halved == pytest.approx(0.5 * neutral)
    assert slow.cumsum(axis=1)[:, 24].mean() < neutral.cumsum(axis=1)[:, 24].mean()


def test_importance_weights_have_mean_one_and_leave_the_mean_alone(forecast):
    shifted = prepare(forecast, CRITERIA, MONTHS, MONTHS.size, seed=3, importance=2.0)

    cash = simulate(shifted, 16_384)

    total = cash.gross.sum(axis=1)
    assert cash.weight.max() <= 2.0
    assert cash.weight.mean() == pytest.approx(1.0, abs=0.03)
    weighted = (cash.weight * total).mean()
    error = (cash.weight * (total - total.mean())).std() / np.sqrt(total.size)
    assert weighted == pytest.approx(cash.weight.mean() * forecast.base_gross.sum(), abs=5 * error)
    assert total.mean() < 0.97 * forecast.base_gross.sum()


@pytest.mark.parametrize(("a", "b"), [(0.05, 0.05), (0.216, 1.5), (8.0, 3.0), (16.04, 21.26)])
def test_beta_tables_stay_within_a_ten_thousandth(a, b):
    table = beta_quantiles(a, b)
    p = np.linspace(1e-6, 1 - 1e-6, 20_001)
    found = np.empty_like(p)

    table_values(table[None, :], 0, ndtri(p), found)

    assert np.abs(found - beta.ppf(p, a, b)).max() < 1e-4
    assert table_mean(table) == pytest.approx(a / (a + b), rel=1e-4)
    assert (np.diff(table) >= -1e-14).all()


def test_price_tables_have_mean_one_and_rise():
    lognormal = lognormal_quantiles(0.3)
    mixture = mixture_quantiles(np.array([0.45, 0.275, 0.275]), np.array([1.2, 0.95, 0.6]), 0.2)

    assert table_mean(lognormal) == pytest.approx(1.0, abs=1e-4)
    assert table_sd(lognormal) == pytest.approx(0.3, rel=1e-3)
    assert table_mean(mixture) == pytest.approx(1.0, abs=1e-9)
    assert (np.diff(mixture) >= 0).all()
    assert SCORES.size == mixture.size


DATES = Dates(
    cutoff=datetime.date(2024, 6, 30),
    closing=datetime.date(2024, 9, 30),
    legal_final=datetime.date(2029, 6, 30),
)


def aggregate(**changes):
    forecast = Forecast(source="agency", scenario="base", basis="gross", amount=150_000_000)
    given = {"asset_class": "card", "claim": 1_000_000_000, "forecasts": (forecast,)} | changes
    return AggregatePool(**given)


def test_a_granular_pool_has_the_floor_of_its_class_and_nothing_more():
    forecast = forecast_aggregate(aggregate(), DATES, CRITERIA)
    draws = prepare(forecast, CRITERIA, MONTHS, MONTHS.size, seed=9)

    total = simulate(draws, 16_384).gross.sum(axis=1)
    still = simulate(draws, 64, systematic=False).gross.sum(axis=1)

    assert forecast.base_total == pytest.approx(0.89 * 150_000_000)
    assert total.mean() == pytest.approx(forecast.base_total, rel=0.005)
    assert total.std() / total.mean() == pytest.approx(0.08, rel=0.03)
    assert still == pytest.approx(np.full(64, forecast.base_total))
    assert expected_cash(forecast).gross.sum() == pytest.approx(forecast.base_total)


def test_a_lumpy_pool_is_drawn_piece_by_piece():
    lumpy = forecast_aggregate(aggregate(asset_class="corporate", loans=60), DATES, CRITERIA)
    draws = prepare(lumpy, CRITERIA, MONTHS, MONTHS.size, seed=9)

    total = simulate(draws, 8192).gross.sum(axis=1)
    still = simulate(draws, 8192, systematic=False).gross.sum(axis=1)

    assert not lumpy.is_granular
    assert lumpy.effective_number == pytest.approx(21.0)
    assert total.mean() == pytest.approx(lumpy.base_total, rel=0.02)
    assert 0.1 < still.std() / still.mean() < total.std() / total.mean()


def test_cash_already_collected_is_certain():
    collected = {"amount": 20_000_000, "to": datetime.date(2024, 8, 31)}
    forecast = forecast_aggregate(aggregate(collected=Collected(**collected)), DATES, CRITERIA)
    draws = prepare(forecast, CRITERIA, MONTHS, MONTHS.size, seed=9)

    nothing_else = simulate(draws, 64, stress=np.array([[0.0], [1.0], [1.0]]))

    assert nothing_else.gross[:, 2] == pytest.approx(np.full(64, 20_000_000.0))
    assert nothing_else.gross.sum() == pytest.approx(64 * 20_000_000.0)
