"""Values of collateral: index, forced sale, auction rounds, stress, sharing by rank."""

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.criteria import load_criteria
from analytics.loans import loan_tape
from analytics.secured import (
    Market,
    allocate,
    auction_outcomes,
    liquidation,
    loan_groups,
    price_paths,
    value_collateral,
)
from analytics.series import house_prices
from tests.analytics.tapes import CUTOFF, frame_of, home

CRITERIA = load_criteria()


def valuation(market=None, **changes):
    return value_collateral(loan_tape(frame_of(home(**changes)), CUTOFF), CRITERIA, market)


def test_an_old_valuation_is_rolled_by_the_citys_index():
    valued = datetime.date(2021, 7, 1)

    found = valuation(appraisal_date=valued)

    factor = house_prices().roll("330100", valued, CUTOFF).factor
    assert factor < 0.95
    assert found.market_value[0] == pytest.approx(1_500_000 * factor)
    assert found.rolls[0].basis == "city"


def test_commercial_property_falls_more_than_homes():
    valued = datetime.date(2021, 7, 1)
    homes, shop = (
        valuation(appraisal_date=valued, collateral_type=kind).market_value[0] / 1_500_000
        for kind in ("residential", "shop")
    )

    assert 1 - shop == pytest.approx(1.3 * (1 - homes))


def test_factor_form_multiplies_type_and_tier():
    tiers = {"330100": 1.00, "110000": 1.05, "330300": 0.90, "331100": 0.82}

    for city, tier in tiers.items():
        found = valuation(collateral_type="shop", collateral_city=city)
        assert found.factor[0] == pytest.approx(0.62 * tier)


def test_a_forced_sale_valuation_is_not_discounted_again():
    assert valuation(valuation_basis="forced").factor[0] == 1.0


def test_auction_rounds_by_hand():
    chances, prices = auction_outcomes(CRITERIA)

    assert chances == pytest.approx([0.45, 0.275, 0.09625, 0.17875])
    assert prices == pytest.approx([0.7 * 1.12, 0.56 * 1.08, 0.56, 0.35])
    sale = liquidation(CRITERIA, "residential")
    assert sale.expected == pytest.approx(float(chances @ prices))
    assert sale.sold == pytest.approx(0.82125)


def test_a_failed_round_lowers_what_is_expected():
    expected = [
        liquidation(CRITERIA, "residential", from_round=name).expected
        for name in ("first", "second", "sell_off")
    ]

    assert expected[0] > expected[1] > expected[2]


def test_a_market_stress_acts_only_where_it_is_larger():
    mild = Market(forced_sale_discount={"commercial": 0.10})
    harsh = Market(forced_sale_discount={"commercial": 0.50})

    assert valuation(mild, collateral_type="shop").factor[0] == pytest.approx(0.62)
    assert valuation(harsh, collateral_type="shop").factor[0] == pytest.approx(0.50)
    base, fallen = price_paths(CRITERIA), price_paths(CRITERIA, Market(price_decline=0.02))
    assert fallen[0, 0] == 0.98
    assert fallen[0, -1] == base[0, -1]


def test_loans_that_share_collateral_in_a_chain_are_one_group():
    tape = loan_tape(
        frame_of(
            home(collateral_id="A"),
            home(collateral_id="C"),
            home(collateral_id="A") | {"loan_id": "X"},
            home(collateral_id="B") | {"loan_id": "X"},
            home(collateral_id="B"),
            {"loan_id": "U"},
        ),
        CUTOFF,
    )

    assert loan_groups(tape).tolist() == [0, 1, 0, 0, 2]


@given(
    value=st.floats(0, 1e7),
    claims=st.lists(
        st.tuples(st.floats(0, 1e6), st.floats(0, 1e6), st.integers(1, 3)), min_size=1, max_size=5
    ),
)
def test_sharing_creates_nothing_and_serves_the_first_rank_first(value, claims):
    due, cap, rank = (np.array(column) for column in zip(*claims, strict=True))

    paid = allocate(value, due, cap, rank)

    limit = np.minimum(due, cap)
    assert paid.sum() <= value + 1e-6
    assert (paid <= limit + 1e-9).all()
    for level in np.unique(rank)[1:]:
        if paid[rank == level].sum() > 1e-6:
            assert paid[rank < level] == pytest.approx(limit[rank < level])
