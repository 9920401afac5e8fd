"""The shipped criteria hold the method's numbers, each with unit, mark and source."""

import itertools

import pytest

from analytics.criteria import LEVELS, load_criteria, segment_of, stress_for, target_shortfall
from analytics.criteria.assumptions import MARKS

# Method 2, CN national scale: unsecured, home, SME with property, corporate, delays, cost, fees, rate, FX.
CN = {
    "AAA": (0.18, 0.23, 0.25, 0.29, 3, 6, 1.25, 1.20, 0.0200, 0.25),
    "AA+": (0.16, 0.20, 0.22, 0.26, 2.5, 5, 1.20, 1.15, 0.0180, 0.22),
    "AA": (0.14, 0.17, 0.19, 0.23, 2, 4, 1.20, 1.15, 0.0160, 0.20),
    "A": (0.11, 0.13, 0.15, 0.18, 1.5, 3, 1.15, 1.10, 0.0130, 0.15),
    "BBB": (0.08, 0.09, 0.10, 0.12, 1, 2, 1.10, 1.10, 0.0100, 0.10),
    "BB": (0.04, 0.05, 0.06, 0.07, 0.5, 1, 1.05, 1.05, 0.0070, 0.06),
    "B": (0.02, 0.02, 0.03, 0.03, 0, 0, 1.00, 1.00, 0.0040, 0.03),
    "CCC": (0.0, 0.0, 0.0, 0.0, 0, 0, 1.0, 1.0, 0.0, 0.0),
}
# Methodology 1.2 and method 2, international: unsecured cut, secured cut without a tape, price decline,
# forced-sale discounts (residential, commercial, industrial, land), delay.
INTERNATIONAL = {
    "AAA": (0.55, 0.50, 0.35, 0.25, 0.35, 0.45, 0.50, 24),
    "AA": (0.48, 0.44, 0.30, 0.25, 0.35, 0.45, 0.50, 20),
    "A": (0.38, 0.35, 0.24, 0.22, 0.32, 0.42, 0.45, 15),
    "BBB": (0.25, 0.24, 0.17, 0.20, 0.30, 0.40, 0.40, 10),
    "BB": (0.14, 0.13, 0.09, 0.18, 0.28, 0.35, 0.38, 6),
    "B": (0.05, 0.05, 0.03, 0.15, 0.25, 0.30, 0.35, 2),
}
TARGETS = {
    "AAA": (0.0001, 0.0005, 0.0010, 0.0020, 0.02),
    "AA": (0.0003, 0.0012, 0.0030, 0.0050, 0.035),
    "A": (0.0008, 0.0040, 0.0090, 0.015, 0.06),
    "BBB": (0.0030, 0.013, 0.025, 0.038, 0.10),
    "BB": (0.015, 0.05, 0.09, 0.12, 0.18),
    "B": (0.05, 0.15, 0.22, 0.27, 0.28),
    "CCC": (0.20, 0.35, 0.45, 0.50, 0.45),
}
SEGMENTS = ("unsecured_retail", "home_mortgage", "sme_property", "corporate_lumpy")
GROUPS = ("residential", "commercial", "industrial", "land")


@pytest.mark.parametrize(("name", "entry"), load_criteria().assumptions.items())
def test_every_assumption_has_unit_mark_and_source(name, entry):
    assert entry.value is not None, name
    assert entry.unit.strip(), name
    assert entry.mark in MARKS, name
    assert entry.source.strip(), name


@pytest.mark.parametrize("level", CN)
def test_national_stresses_are_those_of_the_method(level):
    stresses = [stress_for(load_criteria(), segment, level, "cn") for segment in SEGMENTS]

    found = (
        *(stress.cut for stress in stresses),
        stresses[0].delay_unsecured,
        stresses[0].delay_secured,
        stresses[0].cost_multiple,
        stresses[0].fee_multiple,
        stresses[0].rate_shock,
        stresses[0].fx_shock,
    )
    assert found == CN[level]
    assert [stress.delay for stress in stresses] == [CN[level][4], *[CN[level][5]] * 3]
    assert all(stress.price_decline == 0.0 for stress in stresses)


@pytest.mark.parametrize("level", INTERNATIONAL)
def test_international_stresses_are_those_of_the_method(level):
    unsecured, *secured = (
        stress_for(load_criteria(), segment, level, "intl") for segment in SEGMENTS
    )

    assert {stress.cut for stress in secured} == {INTERNATIONAL[level][1]}
    found = (
        unsecured.cut,
        secured[0].cut,
        unsecured.price_decline,
        *(unsecured.forced_sale_discount[group] for group in GROUPS),
        unsecured.delay_secured,
    )
    assert found == INTERNATIONAL[level]
    assert (
        unsecured.cost_multiple
        == stress_for(load_criteria(), SEGMENTS[0], level, "cn").cost_multiple
    )


@pytest.mark.parametrize("level", TARGETS)
def test_targets_are_those_of_the_method(level):
    criteria = load_criteria()

    found = [target_shortfall(criteria, level, "intl", years) for years in (1, 3, 5, 7)]
    national = target_shortfall(criteria, level, "cn", 4.2)

    assert [*found, national] == pytest.approx(TARGETS[level], rel=1e-12)


def test_targets_are_held_flat_outside_the_horizons_and_linear_between():
    criteria = load_criteria()

    assert target_shortfall(criteria, "A", "intl", 0.25) == pytest.approx(0.0008, rel=1e-12)
    assert target_shortfall(criteria, "A", "intl", 12.0) == pytest.approx(0.015, rel=1e-12)
    assert target_shortfall(criteria, "A", "intl", 4.0) == pytest.approx(0.0065, rel=1e-12)
    assert target_shortfall(criteria, "AA+", "intl", 1.0) == pytest.approx((1e-4 * 3e-4) ** 0.5)


def test_stress_between_anchors_is_linear_on_the_notch_index():
    minus = stress_for(load_criteria(), "unsecured_retail", "A-", "cn")

    assert minus.cut == pytest.approx(0.10)  # a third of the way from A (11 %) to BBB (8 %)


@pytest.mark.parametrize("scale", ["cn", "intl"])
@pytest.mark.parametrize("segment", SEGMENTS)
def test_a_better_level_is_never_less_severe(segment, scale):
    ladder = [stress_for(load_criteria(), segment, level, scale) for level in LEVELS]

    for better, worse in itertools.pairwise(ladder):
        for demand in ("cut", "delay", "cost_multiple", "fee_multiple", "rate_shock", "fx_shock"):
            assert getattr(better, demand) >= getattr(worse, demand)


def test_the_base_case_is_ccc():
    stress = stress_for(load_criteria(), "corporate_lumpy", "CCC", "cn")

    assert (stress.cut, stress.delay, stress.cost_multiple, stress.fee_multiple) == (0, 0, 1, 1)


def test_asset_classes_go_to_their_segments():
    criteria = load_criteria()

    found = {
        name: segment_of(criteria, name) for name in ("card", "auto", "sme_mixed", "corporate")
    }

    assert found == {
        "card": "unsecured_retail",
        "auto": "unsecured_retail",
        "sme_mixed": "sme_property",
        "corporate": "corporate_lumpy",
    }


def test_floors_costs_and_debias_are_those_of_the_method():
    criteria = load_criteria()

    assert criteria.table("recovery.debias") == {"unsecured": 0.89, "secured": 0.95}
    assert criteria.table("dispersion.floor") == {
        "card": 0.08,
        "consumer": 0.08,
        "auto": 0.08,
        "sme_unsecured": 0.12,
        "home_mortgage": 0.10,
        "sme_secured": 0.12,
        "sme_mixed": 0.12,
        "corporate": 0.16,
    }
    assert criteria.table("dispersion.factor_shares") == {
        "national": 0.60,
        "province": 0.25,
        "asset_type": 0.15,
    }
    ratios = criteria.table("costs.ratio")
    assert (ratios["card"], ratios["home_mortgage"], ratios["corporate"]) == (0.08, 0.04, 0.06)
    assert (
        criteria.number("ladder.noise_below_effective_number"),
        criteria.number("ladder.noise_frequency"),
    ) == (300, 0.05)


def test_timing_curves_are_those_of_the_method():
    criteria = load_criteria()

    assert criteria.column("curves.months") == (0, 3, 6, 12, 18, 24, 36, 48, 60)
    assert criteria.column("curves.retail") == (0, 0.20, 0.34, 0.55, 0.70, 0.81, 0.96, 1, 1)
    assert criteria.column("curves.property") == (0, 0.06, 0.12, 0.25, 0.36, 0.47, 0.70, 0.88, 1)
    assert criteria.column("curves.corporate") == (0, 0.08, 0.16, 0.32, 0.46, 0.60, 0.82, 0.94, 1)


def test_forced_sale_and_registration_are_those_of_the_method():
    criteria = load_criteria()

    factors = criteria.table("recovery.forced_sale_factor")
    assert factors == {
        "residential": 0.80,
        "apartment_villa": 0.72,
        "shop": 0.62,
        "office": 0.62,
        "factory": 0.58,
        "warehouse": 0.58,
        "land": 0.60,
        "construction_in_progress": 0.40,
        "equipment": 0.25,
        "vehicle": 0.45,
        "hotel": 0.55,
        "inventory": 0.30,
        "equity": 0.35,
        "other": 0.30,
    }
    assert criteria.table("recovery.registration") == {
        "formal": 1.00,
        "pre_registered": 0.70,
        "none": 0.0,
    }
    assert set(criteria.table("recovery.collateral_group")) == set(factors)
    assert set(criteria.table("recovery.liquidation_form")) == set(factors)


def test_phases_are_those_of_the_method():
    criteria = load_criteria()

    expected = {
        "secured.prepare_and_file": (0.5, 2, 6),
        "secured.first_instance": (2, 5, 12),
        "unsecured.first_instance": (2, 4, 12),
        "secured.second_instance": (2, 3, 6),
        "secured.special_procedure": (1, 2, 4),
        "secured.enforcement": (0.5, 2, 6),
        "unsecured.enforcement": (3, 12, 48),
        "secured.auction_1": (1, 1.5, 3),
        "secured.auction_2": (0.75, 1.25, 3),
        "secured.sell_off": (2, 2, 4),
        "secured.distribution": (0.5, 2, 6),
        "unsecured.distribution": (0.5, 1, 3),
        "secured.bankruptcy": (12, 24, 48),
        "unsecured.bankruptcy": (12, 30, 60),
        "secured.settlement": (1, 6, 24),
    }

    assert {name: criteria.column(f"phases.{name}") for name in expected} == expected


def test_caps_are_those_of_the_method():
    criteria = load_criteria()

    assert criteria.table("constraints.liquidity") == {
        "below_half_period": {"cn": "A", "intl": "BB"},
        "below_one_period": {"cn": "AA", "intl": "BBB"},
    }
    assert criteria["constraints.deferrable"] == "AA"
    assert criteria["aggregate.lumpy_cap"] == "AA"
    assert criteria.table("constraints.servicer")["weak"] == {"cn": "AA-", "intl": "BBB+"}
    assert criteria.table("constraints.sovereign")["intl"] == "A+"
