"""A synthetic tape meets what was published, and says what it is."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from demo.synthetic import MARK, apportion, synthesise

HOMES = {
    "code": "24PXGH03",
    "dates": {"cutoff": "2024-03-25", "closing": "2024-06-28"},
    "pool": {
        "kind": "aggregate",
        "asset_class": "home_mortgage",
        "claim": "1484389200.00",
        "classes": {"substandard": "0.5917", "doubtful": "0.2606", "loss": "0.1477"},
        "loans": 400,
        "forecasts": [
            {"scenario": "base", "amount": "752600600.00"},
            {"scenario": "base", "amount": "868169600.00"},
        ],
    },
}
CARDS = {
    "code": "24ZYHC02",
    "dates": {"cutoff": "2023-12-31", "closing": "2024-03-28"},
    "pool": {
        "kind": "aggregate",
        "asset_class": "card",
        "claim": "2736031400.00",
        "principal": "2502360200.00",
        "classes": {"substandard": "0.9114", "doubtful": "0.0510", "loss": "0.0376"},
        "loans": 500,
        "forecasts": [{"scenario": "base", "amount": "359920600.00"}],
    },
}


def test_sums_equal_the_published_totals_to_the_fen():
    homes, cards = synthesise(HOMES), synthesise(CARDS)

    assert homes.total_claim.sum() == Decimal("1484389200.00")
    assert homes.plan_recovery.sum() == Decimal("810385100.00")
    assert cards.total_claim.sum() == Decimal("2736031400.00")
    assert cards.unpaid_principal.sum() == Decimal("2502360200.00")
    assert cards.plan_recovery.sum() == Decimal("359920600.00")


def test_each_risk_class_has_its_published_share():
    homes = synthesise(HOMES)

    by_class = homes.groupby("risk_class").total_claim.sum()
    for name, share in HOMES["pool"]["classes"].items():
        expected = Decimal(share) * Decimal(HOMES["pool"]["claim"])
        assert abs(by_class[name] - expected) <= Decimal("0.01")


def test_every_loan_says_that_it_is_synthetic():
    assert synthesise(HOMES).loan_id.str.startswith(MARK).all()


def test_the_parts_of_each_claim_add_up_and_no_plan_exceeds_the_claim():
    for tape in (synthesise(HOMES), synthesise(CARDS)):
        parts = (
            tape.unpaid_principal + tape.accrued_interest + tape.penalty_interest + tape.other_fees
        )
        assert (parts == tape.total_claim).all()
        assert (tape.plan_recovery <= tape.total_claim).all()
        assert (tape.collected_since_cutoff <= tape.plan_recovery).all()
        assert 0 < tape.collected_since_cutoff.sum() < tape.plan_recovery.sum()
        assert (tape[["unpaid_principal", "accrued_interest", "other_fees"]] >= 0).all().all()


def test_the_same_deal_file_makes_the_same_tape():
    assert synthesise(HOMES).equals(synthesise(HOMES))


def test_a_deal_with_a_tape_pool_is_refused_by_name():
    with pytest.raises(ValueError, match=r"pool\.kind"):
        synthesise(HOMES | {"pool": {"kind": "tape"}})


@given(
    total=st.integers(0, 10**13),
    weights=arrays(float, st.integers(1, 40), elements=st.floats(1e-3, 1e3)),
)
def test_apportioned_parts_sum_to_the_whole_and_stay_within_one_fen_of_their_share(total, weights):
    parts = apportion(total, weights)

    assert parts.sum() == total
    assert (abs(parts - total * weights / weights.sum()) <= 1 + 1e-15 * total).all()
