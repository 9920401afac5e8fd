"""Failing paths drawn again: the same cash, and the loans that carry the failure."""

import numpy as np
import pytest

from analytics.criteria import load_criteria
from analytics.errors import AssumptionError
from analytics.kernels.simulation import working_space
from analytics.kernels.tail import add_paths
from analytics.loans import loan_tape
from analytics.recovery import forecast_loans
from analytics.simulation import neutral_stress, prepare, simulate
from analytics.tail import failure_profile
from tests.analytics.tapes import CUTOFF, frame_of, home

CRITERIA = load_criteria()
MONTHS = np.arange(600)


@pytest.fixture(scope="module")
def case():
    rows = [{"unpaid_principal": 30_000, "province": "440000"} for _ in range(30)]
    rows += [home(unpaid_principal=900_000, province="330000") for _ in range(20)]
    rows += [home(unpaid_principal=20_000_000, appraised_value=15_000_000)]
    forecast = forecast_loans(loan_tape(frame_of(*rows), CUTOFF), CRITERIA)
    return forecast, prepare(forecast, CRITERIA, MONTHS, MONTHS.size, seed=4)


def test_a_path_drawn_again_has_the_same_cash(case):
    _, draws = case
    paths = np.array([3, 77, 1234])
    cash, months, factors = np.zeros(51), np.zeros(51), np.zeros(draws.arrays.shift.size)

    add_paths(
        paths,
        np.ones(3),
        draws.arrays,
        neutral_stress(draws),
        cash,
        months,
        factors,
        working_space(),
    )

    whole = simulate(draws, 1300).gross.sum(axis=1)
    assert cash.sum() == pytest.approx(whole[paths].sum(), rel=1e-12)


def test_the_large_loan_and_the_bad_state_of_the_nation_carry_the_failure(case):
    forecast, draws = case
    total = simulate(draws, 4000).gross.sum(axis=1)
    failing = np.flatnonzero(total <= np.quantile(total, 0.05))

    profile = failure_profile(draws, forecast, failing)

    worst = profile.top(1)[0]
    assert forecast.item_of_loan[50] == worst
    assert profile.missing.sum() == pytest.approx(
        forecast.base_gross.sum() - total[failing].mean(), rel=1e-9
    )
    assert dict(profile.factors)["nation"] < -0.3
    assert profile.factors[0][1] < 0.0


def test_a_profile_needs_a_failure(case):
    forecast, draws = case

    with pytest.raises(AssumptionError, match="No path fails"):
        failure_profile(draws, forecast, np.array([], dtype=np.int64))
