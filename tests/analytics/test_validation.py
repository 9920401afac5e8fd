"""The validation book: every exact target met, and back-tests that can fail."""

import datetime

import numpy as np
import pytest

from analytics.criteria import load_criteria
from analytics.errors import AssumptionError
from analytics.static_pool import (
    Cases,
    Triangle,
    UnsecuredFit,
    chain_ladder,
    fit_cases,
    fit_triangle,
)
from analytics.validation import backtest, pools_by, pools_of, read_cases, validation_book
from analytics.validation.book import EXACT

CRITERIA = load_criteria()


@pytest.mark.parametrize("target", validation_book(CRITERIA), ids=lambda target: target.name)
def test_exact_target_is_met(target):
    assert target.kind == EXACT
    assert target.passed, f"expected {target.expected}, found {target.found}"


def test_a_wrong_fee_scale_is_seen_by_the_book():
    wrong = CRITERIA.with_values({"costs.preservation.cap": 6000.0}, source="Test")

    missed = [target.name for target in validation_book(wrong) if not target.passed]

    assert missed
    assert all("preservation" in name for name in missed)


def cases_of(rate, years=10.0, exposure=None, segment=""):
    n = rate.size
    start = datetime.date(2005, 1, 1)
    days = np.linspace(0, 365.25 * years, n)
    dates = tuple(start + datetime.timedelta(days=int(day)) for day in days)
    exposure = np.ones(n) if exposure is None else exposure
    return Cases(dates, dates, exposure, rate * exposure, (segment,) * n)


def test_backtest_covers_what_the_model_itself_produces():
    random = np.random.default_rng(5)
    fit, test = (cases_of(random.beta(0.5, 2.5, 4000)) for _ in range(2))

    found = backtest(fit, test, pools_of(100, 4000), CRITERIA, floor=0.0)

    assert found.coverage_90 == pytest.approx(0.90, abs=0.12)
    assert found.loan_coverage_90 == pytest.approx(0.90, abs=0.03)
    assert found.pit_mean == pytest.approx(0.5, abs=0.15)
    assert abs(found.mean_error) < 0.01


def test_a_shift_between_fit_and_test_needs_the_systematic_floor():
    random = np.random.default_rng(5)
    fit = cases_of(random.beta(2, 8, 2000), years=3.0)
    test = cases_of(random.beta(1.6, 8.4, 2000))
    pools = pools_of(100, 2000)

    without = backtest(fit, test, pools, CRITERIA, floor=0.0)
    default = backtest(fit, test, pools, CRITERIA)

    assert default.floor == 0.30
    assert without.coverage_90 < 0.5 < default.coverage_90
    assert default.mean_error > 0.02


def test_history_is_told_from_its_span():
    rate = np.random.default_rng(1).beta(2, 8, 500)

    floors = [
        backtest(cases_of(rate, years), cases_of(rate), pools_of(50, 500), CRITERIA).floor
        for years in (3.0, 9.0)
    ]

    assert floors == [0.30, 0.12]


def test_moments_are_weighted_by_amount():
    cases = cases_of(np.array([0.0, 1.0, 1.0]), exposure=np.array([2.0, 1.0, 1.0]))

    fit = fit_cases(cases)["all"]

    assert (fit.mean, fit.sd, fit.cases) == (0.5, 0.5, 3)


def test_segments_that_differ_only_by_chance_stay_with_the_whole():
    random = np.random.default_rng(3)
    rate = random.beta(2, 8, 400)
    cases = cases_of(rate)
    labelled = Cases(
        cases.default_date, cases.closing_date, cases.exposure, cases.recovered,
        tuple("AB"[i % 2] for i in range(400)),
    )  # fmt: skip
    apart = Cases(
        cases.default_date, cases.closing_date, cases.exposure,
        np.where(np.arange(400) % 2 == 0, 0.5, 1.0) * cases.recovered, labelled.segment,
    )  # fmt: skip

    near, far = fit_cases(labelled), fit_cases(apart)

    assert abs(near["A"].mean - near["B"].mean) < 0.01
    assert far["B"].mean - far["A"].mean > 0.08


def test_read_cases_refuses_a_faulty_row_with_its_number(tmp_path):
    path = tmp_path / "cases.csv"
    path.write_text(
        "default_date,closing_date,exposure,recovered\n2020-01-01,2021-01-01,100,20\n2020-01-01,2019-01-01,100,20\n"
    )

    with pytest.raises(AssumptionError, match="row 3: the case was closed before its default"):
        read_cases(path)


def test_read_cases_groups_by_a_column_or_by_quarter(tmp_path):
    path = tmp_path / "cases.csv"
    path.write_text(
        "default_date,closing_date,exposure,recovered,branch\n"
        "2020-01-01,2021-01-01,100,20,north\n2020-01-01,2021-05-01,100,30,south\n"
    )

    _, branches = read_cases(path, "branch")
    _, dates = read_cases(path)

    assert branches == ("north", "south")
    assert list(pools_by(dates)) == ["2021Q1", "2021Q2"]


def triangle(rates, exposure=1000.0):
    full = np.array(rates, dtype=float) * exposure
    for row in range(full.shape[0]):
        full[row, full.shape[1] - row :] = np.nan
    return Triangle(
        tuple(str(2018 + i) for i in range(full.shape[0])), np.array([12.0, 24.0, 36.0]),
        np.full(full.shape[0], exposure), full,
    )  # fmt: skip


def test_chain_ladder_by_hand():
    ladder = chain_ladder(triangle([[0.10, 0.15, 0.18], [0.12, 0.18, 0.0], [0.08, 0.0, 0.0]]))

    assert ladder.factors == pytest.approx([330 / 220, 180 / 150])
    assert ladder.ultimate == pytest.approx([180.0, 216.0, 144.0])
    assert ladder.pattern == pytest.approx([1 / 1.8, 1 / 1.2, 1.0])


def test_what_a_loan_has_paid_is_not_expected_again():
    fit = fit_triangle(triangle([[0.10, 0.15, 0.18], [0.12, 0.18, 0.0], [0.08, 0.0, 0.0]]), 1.5)

    fresh, aged = fit.at_age(0.0), fit.at_age(24.0)
    paid = 0.18 / 1.2

    assert fresh.mean == pytest.approx(0.18)
    assert aged.mean == pytest.approx((0.18 - paid) / (1 - paid))
    months, shares = fit.remaining_curve(24.0)
    assert months == pytest.approx([0.0, 12.0])
    assert shares == pytest.approx([0.0, 1.0])


def test_a_fit_without_a_curve_is_the_same_at_every_age():
    fit = UnsecuredFit(0.2, 0.25, 300, "closed cases")

    assert fit.at_age(30.0).mean == 0.2


def test_a_triangle_with_a_gap_is_refused():
    with pytest.raises(AssumptionError, match="without a gap"):
        Triangle(
            ("1", "2"), np.array([12.0, 24.0]), np.ones(2), np.array([[np.nan, 1.0], [1.0, 2.0]])
        )
