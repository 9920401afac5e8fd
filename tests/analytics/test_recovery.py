"""Expected recovery by loan: the minimum of three by hand, shared collateral, plans, costs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.criteria import load_criteria
from analytics.loans import loan_tape
from analytics.recovery import RecoveryAssumptions, expected_cash, forecast_loans
from tests.analytics.tapes import CUTOFF, frame_of, home

CRITERIA = load_criteria()
CERTAIN = CRITERIA.with_values(
    {
        "recovery.price_noise": {"factor": 1e-6, "auction": 1e-6},
        "recovery.price_path.annual_decline": 0.0,
        "recovery.residual.share": 0.0,
        "recovery.claim_growth": {"penalty_over_contract": 0.0, "rate_if_unknown": 0.0},
        "recovery.city_tier_multiple.tier_2": 1.0,
    },
    source="Test: prices and claims stand still",
)


def forecast_of(*rows, criteria=CERTAIN, **assumptions):
    tape = loan_tape(frame_of(*rows), CUTOFF)
    return forecast_loans(tape, criteria, RecoveryAssumptions(**assumptions))


def shop(**changes):
    return home(collateral_type="shop", product="sme_loan", **changes)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"unpaid_principal": 500_000}, 500_000),  # value 1.5m x 0.62 = 930,000 covers the claim
        ({"unpaid_principal": 2_000_000}, 930_000),  # value is the smallest term
        ({"unpaid_principal": 2_000_000, "max_claim_amount": 600_000}, 600_000),
        (
            {"unpaid_principal": 2_000_000, "prior_lien_amount": 400_000, "lien_rank": 2},
            530_000,  # 930,000 less the prior lien
        ),
        (
            {"unpaid_principal": 2_000_000, "prior_lien_amount": 950_000, "lien_rank": 2},
            0,
        ),
        ({"unpaid_principal": 2_000_000, "registration": "pre_registered"}, 651_000),
        ({"unpaid_principal": 2_000_000, "valuation_basis": "forced"}, 1_500_000),
    ],
)
def test_secured_recovery_is_the_smallest_of_three_terms(changes, expected):
    forecast = forecast_of(shop(**changes))

    assert forecast.own_gross[0] == pytest.approx(expected, abs=1.0)


def test_each_term_of_the_minimum_is_kept():
    forecast = forecast_of(shop(unpaid_principal=2_000_000, max_claim_amount=800_000))

    terms = (forecast.max_claim[0], forecast.due[0], forecast.value[0])

    assert terms == pytest.approx((800_000, 2_000_000, 930_000), abs=1.0)


def test_bankruptcy_stops_interest():
    growing = CERTAIN.with_values(
        {"recovery.claim_growth": {"penalty_over_contract": 1.5, "rate_if_unknown": 0.06}},
        source="Test",
    )
    running = forecast_of(shop(unpaid_principal=400_000), criteria=growing)
    bankrupt = forecast_of(
        shop(unpaid_principal=400_000, legal_stage="bankruptcy"), criteria=growing
    )

    assert running.own_gross[0] > 400_000
    # the mean month weighs late, larger cash more: a little above the plain mean
    at_mean_month = 400_000 * (1 + 0.09 * running.own_months[0] / 12)
    assert running.own_gross[0] == pytest.approx(at_mean_month, rel=1e-3)
    assert bankrupt.own_gross[0] == pytest.approx(400_000, abs=1.0)


def test_shared_collateral_pays_by_rank_then_pro_rata():
    shared = {"collateral_id": "C1", "unpaid_principal": 600_000}

    forecast = forecast_of(
        shop(**shared, lien_rank=1), shop(**shared, lien_rank=2), shop(**shared, lien_rank=2)
    )

    assert forecast.own_gross == pytest.approx([600_000, 165_000, 165_000], abs=1.0)
    assert forecast.items.n_items == 1


def test_two_collaterals_of_one_loan_add_up():
    row = shop(unpaid_principal=3_000_000)
    second = row | {"loan_id": "L00000", "appraised_value": 1_000_000, "collateral_id": "C2"}

    forecast = forecast_of(row | {"collateral_id": "C1"}, second)

    assert forecast.tape.n_loans == 1
    assert forecast.own_gross[0] == pytest.approx(0.62 * 2_500_000, abs=1.0)


def test_unregistered_collateral_counts_as_unsecured():
    forecast = forecast_of(shop(registration="none"))

    assert forecast.items.n_beta == 1
    assert forecast.own_gross[0] < 200_000


def test_what_is_not_covered_leaves_a_small_residual():
    with_residual = CERTAIN.with_values({"recovery.residual.share": 0.02}, source="Test")

    forecast = forecast_of(shop(unpaid_principal=2_000_000), criteria=with_residual)

    assert forecast.own_gross[0] == pytest.approx(930_000 + 0.02 * 1_070_000, abs=1.0)


def test_base_case_mixes_own_estimate_and_debiased_plan():
    rows = [{"unpaid_principal": 1_000_000, "plan_recovery": 300_000, "plan_months": 12}]

    own = forecast_of(*rows, plan_credibility=0.0)
    mixed = forecast_of(*rows, plan_credibility=0.5)

    expected = 0.5 * own.own_gross[0] + 0.5 * 0.89 * 300_000
    assert mixed.plan_debiased[0] == pytest.approx(0.89 * 300_000)
    assert mixed.base_gross[0] == pytest.approx(expected, rel=1e-9)
    assert mixed.base_months[0] == pytest.approx(0.5 * own.own_months[0] + 6.0, rel=1e-9)


def test_own_estimate_is_not_debiased():
    forecast = forecast_of({"unpaid_principal": 1_000_000})

    assert forecast.base_gross[0] == forecast.own_gross[0]


def test_cash_since_cutoff_is_taken_as_it_is():
    forecast = forecast_of({"unpaid_principal": 1_000_000, "collected_since_cutoff": 80_000})

    assert forecast.collected == ((0, 80_000.0),)
    assert expected_cash(forecast).collected.sum() == 80_000
    assert forecast.base_gross[0] < 1_000_000 - 80_000


def test_older_defaults_recover_less():
    young, old = (
        forecast_of({"default_date": date})
        for date in (CUTOFF.replace(month=3), CUTOFF.replace(year=2020))
    )

    assert old.own_gross[0] < young.own_gross[0]


def test_costs_come_from_one_source():
    row = {"unpaid_principal": 1_000_000, "product": "corporate_loan"}

    top_down = forecast_of(row)
    bottom_up = forecast_of(row, cost_source="bottom_up")

    assert top_down.base_costs[0] == pytest.approx(0.06 * top_down.base_gross[0])
    fees = 13_800 + 5_000  # acceptance and preservation of a claim of one million
    assert bottom_up.base_costs[0] == pytest.approx(fees + 0.03 * bottom_up.base_gross[0])


def test_sums_by_loan_equal_the_expected_cash():
    rows = [
        home(),
        home(unpaid_principal=2_500_000),
        {"unpaid_principal": 90_000},
        shop(collateral_id="S"),
        shop(collateral_id="S", lien_rank=2),
    ]

    forecast = forecast_of(*rows, criteria=CRITERIA)

    assert expected_cash(forecast).gross.sum() == pytest.approx(
        forecast.base_gross.sum(), rel=1e-12
    )


@settings(max_examples=40, deadline=None)
@given(
    principal=st.integers(10_000, 5_000_000),
    value=st.integers(10_000, 5_000_000),
    prior=st.integers(0, 1_000_000),
    more=st.integers(0, 1_000_000),
    cap=st.one_of(st.none(), st.integers(10_000, 5_000_000)),
    stage=st.sampled_from(["pre_litigation", "judgment", "auction_2", "sale", "bankruptcy"]),
)
def test_raising_a_prior_lien_never_helps_and_nothing_exceeds_its_limit(
    principal, value, prior, more, cap, stage
):
    row = {
        "unpaid_principal": principal,
        "appraised_value": value,
        "max_claim_amount": cap,
        "legal_stage": stage,
        "lien_rank": 2,
    }

    without_residual = CRITERIA.with_values({"recovery.residual.share": 0.0}, source="Test")
    low, high = (
        forecast_of(home(**row, prior_lien_amount=lien), criteria=without_residual)
        for lien in (prior, prior + more)
    )

    assert high.own_gross[0] <= low.own_gross[0] * (1 + 1e-12) + 1e-6
    assert low.own_gross[0] <= min(low.due[0], low.max_claim[0]) + 0.01
    assert np.isfinite(low.base_gross).all()
