"""Cut, stretch, cost and disruption on monthly cash."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analytics.criteria import LEVELS, load_criteria
from analytics.stress import (
    BaseCase,
    MonthlyCash,
    disrupted,
    disruption_of,
    is_disruption_stacked,
    kept_shares,
    mean_time,
    stressed_cash,
    stresses_of,
    stretch,
    to_periods,
    top_loss,
)

profiles = arrays(np.float64, 24, elements=st.floats(0.0, 1e9))


def two_segments(top_recoveries=()):
    gross = np.vstack([np.full(12, 100.0), np.linspace(0.0, 120.0, 12)])
    return BaseCase(
        segments=("unsecured_retail", "home_mortgage"),
        gross=gross,
        costs=0.08 * gross,
        collected=np.array([50.0]),
        top_recoveries=top_recoveries,
    )


def stresses(level, scale="cn"):
    return stresses_of(load_criteria(), two_segments().segments, level, scale)


@given(cash=profiles, factor=st.floats(1.0, 3.0))
def test_a_stretch_loses_nothing_within_the_horizon_and_moves_the_mean_by_the_delay(cash, factor):
    stretched = stretch(cash, factor, 80)

    assert stretched.sum() == pytest.approx(cash.sum(), rel=1e-9, abs=1e-6)
    assert mean_time(stretched) == pytest.approx(factor * mean_time(cash), rel=0.05, abs=0.5)


@given(cash=profiles, factor=st.floats(1.0, 3.0))
def test_a_stretch_never_brings_cash_earlier(cash, factor):
    before, after = np.cumsum(cash), np.cumsum(stretch(cash, factor, 24))

    assert np.all(after <= before + 1e-6 * (1.0 + before))


def test_cash_after_the_last_payment_date_is_lost():
    months = np.array([0, 0, 1, 1, -1])

    binned = to_periods(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), months, 2)

    assert binned.tolist() == [3.0, 7.0]


def test_the_ccc_case_is_the_base_case_with_collected_cash_on_top():
    cash = stressed_cash(two_segments(), stresses("CCC"), 12)

    expected = two_segments().gross.sum(axis=0)
    expected[0] += 50.0
    assert cash.gross == pytest.approx(expected)
    assert cash.costs == pytest.approx(two_segments().costs.sum(axis=0))


def test_each_segment_takes_its_own_cut_and_delay():
    base = two_segments()

    cash = stressed_cash(base, stresses("AAA"), 60)

    unsecured, homes = base.gross.sum(axis=1)
    assert cash.gross.sum() == pytest.approx(0.82 * unsecured + 0.77 * homes + 50.0)
    assert cash.costs.sum() == pytest.approx(0.08 * (0.82 * unsecured + 0.77 * homes))
    mean = (0.82 * unsecured * (6.0 + 3.0) + 0.77 * homes * (mean_time(base.gross[1]) + 6.0)) / (
        cash.gross.sum() - 50.0
    )
    shifted = cash.gross - np.eye(60)[0] * 50.0
    assert mean_time(shifted) == pytest.approx(mean, abs=0.01)


def test_collected_cash_is_never_cut_or_moved():
    nothing_else = replace(two_segments(), gross=np.zeros((2, 12)), costs=np.zeros((2, 12)))

    cash = stressed_cash(nothing_else, stresses("AAA"), 12)

    assert cash.gross.tolist() == [50.0, *[0.0] * 11]


def test_cash_before_closing_is_stretched_but_not_cut():
    plain = stressed_cash(two_segments(), stresses("AAA"), 60)

    exempt = stressed_cash(two_segments(), stresses("AAA"), 60, exempt_months=3)

    uncut = [replace(stress, cut=0.0) for stress in stresses("AAA")]
    assert exempt.gross[:3] == pytest.approx(stressed_cash(two_segments(), uncut, 60).gross[:3])
    assert exempt.gross[3:] == pytest.approx(plain.gross[3:])
    assert exempt.gross[:3].sum() > plain.gross[:3].sum()


@pytest.mark.parametrize("scale", ["cn", "intl"])
def test_a_better_level_leaves_less_cash_by_every_month(scale):
    cumulative = [
        np.cumsum(stressed_cash(two_segments(), stresses(level, scale), 48).gross)
        for level in LEVELS
    ]

    assert all(np.all(a <= b + 1e-9) for a, b in itertools.pairwise(cumulative))


def test_losing_the_largest_obligors_decides_where_it_is_worse_than_the_cut():
    lumpy = two_segments(top_recoveries=(400.0, 300.0, 200.0, 100.0, 90.0, 80.0, 70.0))
    total = lumpy.total

    kept = kept_shares(lumpy, stresses("AA"))  # six obligors: 1,170 of 1,920

    assert np.dot(kept, lumpy.gross.sum(axis=1)) == pytest.approx(total - 1_170.0)
    assert kept_shares(lumpy, stresses("CCC")) == (1.0, 1.0)


def test_a_part_of_an_obligor_counts_in_part():
    assert top_loss((10.0, 8.0, 6.0), 1.5) == 14.0
    assert top_loss((10.0,), 4.0) == 10.0


def test_a_disruption_postpones_cash_and_charges_the_transfer():
    even = MonthlyCash(np.full(40, 10.0), np.full(40, 1.0))
    disruption = disruption_of(load_criteria(), has_backup=True)

    cash = disrupted(even, 4, disruption)

    assert cash.gross[:4].tolist() == [10.0] * 4
    assert cash.gross[4:7].tolist() == [0.0] * 3
    assert cash.gross[7] == pytest.approx(5.0)
    assert cash.gross[12] < 10.0 < cash.gross[13]
    assert cash.gross.sum() == pytest.approx(400.0)
    transfer = 0.01 * 360.0
    assert cash.costs.sum() == pytest.approx(4.0 + 1.25 * 36.0 + transfer)


def test_without_a_back_up_servicer_the_stop_is_longer():
    criteria = load_criteria()

    assert disruption_of(criteria, has_backup=False).stop_months == 6
    assert disruption_of(criteria, has_backup=True).stop_months == 3


def test_a_disruption_near_the_horizon_loses_only_what_falls_after_it():
    even = MonthlyCash(np.full(6, 10.0), np.zeros(6))

    cash = disrupted(even, 2, disruption_of(load_criteria(), has_backup=False))

    assert cash.gross.tolist() == [10.0, 10.0, 0.0, 0.0, 0.0, 0.0]


def test_the_disruption_is_part_of_the_international_stress_from_single_a():
    criteria = load_criteria()

    stacked = {level for level in LEVELS if is_disruption_stacked(criteria, level, "intl")}

    assert stacked == {"AAA", "AA+", "AA", "AA-", "A+", "A"}
    assert not any(is_disruption_stacked(criteria, level, "cn") for level in LEVELS)


def test_an_empty_base_case_stays_empty():
    empty = BaseCase(("unsecured_retail",), np.zeros((1, 3)), np.zeros((1, 3)), np.zeros(0))

    cash = stressed_cash(empty, stresses_of(load_criteria(), empty.segments, "AAA", "cn"), 5)

    assert cash.gross.tolist() == [0.0] * 5
