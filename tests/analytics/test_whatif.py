"""What-if answers on stored paths, the heat map, and sizes that just hold a level."""

from decimal import Decimal

import numpy as np
import pytest

from analytics.criteria import notch
from analytics.errors import AssumptionError, ConvergenceError, StructureError
from analytics.pipeline import plan, rate
from analytics.solver import (
    holds,
    largest_note,
    smallest_reserve,
    with_balance,
    with_reserve,
)
from analytics.whatif import Change, MonthlyPaths, edited, grid, monthly_paths, what_if
from tests.analytics.runs import card_frame, inputs_for, published, tape_document

PATHS = 2_000
SENIOR = "优先档"


@pytest.fixture(scope="module")
def card():
    planned = plan(inputs_for(published(), paths=PATHS))
    return planned, monthly_paths(planned, PATHS)


def senior(answer):
    return answer.notes[0]


def test_without_a_change_the_answer_is_the_run_itself(card):
    planned, stored = card
    note = rate(planned.inputs).document()["notes"][0]

    answer = senior(what_if(planned, stored, Change()))

    assert answer.level_by_ladder == note["level_by_ladder"]
    assert answer.level_by_simulation == note["level_by_simulation"]
    assert answer.shortfall_probability == note["shortfall_probability"]
    assert answer.expected_loss == pytest.approx(note["expected_loss"], rel=1e-3)
    assert answer.wal_years == pytest.approx(note["wal_years"], rel=1e-3)


def test_stored_paths_survive_storage(card):
    _, stored = card

    again = MonthlyPaths.from_bytes(stored.to_bytes())

    assert np.array_equal(again.gross, stored.gross)
    assert np.array_equal(again.costs, stored.costs)


@pytest.mark.parametrize(
    "worse",
    [
        Change(haircut=0.10),
        Change(delay_months=9.0),
        Change(cost_multiple=2.0),
        Change(fee_multiple=20.0),
        Change(edits={"notes[0].coupon.rate": 0.09}),
        Change(edits={"notes[0].balance": 300_000_000.0}),
    ],
)
def test_every_burden_makes_the_senior_worse(card, worse):
    planned, stored = card
    base = senior(what_if(planned, stored, Change()))

    answer = senior(what_if(planned, stored, worse))

    assert answer.shortfall_probability > base.shortfall_probability
    assert notch(answer.level_by_ladder) >= notch(base.level_by_ladder)


def test_a_haircut_is_the_haircut_of_a_run_with_less_recovery(card):
    planned, stored = card
    less = published()
    for forecast in less["pool"]["forecasts"]:
        forecast["amount"] = f"{0.9 * float(forecast['amount']):.2f}"

    answer = senior(what_if(planned, stored, Change(haircut=0.10)))

    other = plan(inputs_for(less, paths=PATHS, seed=planned.pool.seed))
    expected = senior(what_if(other, monthly_paths(other, PATHS), Change()))
    assert answer.level_by_ladder == expected.level_by_ladder
    assert answer.shortfall_probability == pytest.approx(expected.shortfall_probability, abs=0.01)


def test_a_change_reaches_a_lumpy_pool_too():
    planned = plan(inputs_for(tape_document(), frame=card_frame(40), paths=512))
    stored = monthly_paths(planned, 512)

    base = senior(what_if(planned, stored, Change()))
    less = senior(what_if(planned, stored, Change(haircut=0.4, delay_months=3.0)))

    assert less.shortfall_probability >= base.shortfall_probability
    assert notch(less.level_by_ladder) >= notch(base.level_by_ladder)


def test_the_grid_answers_every_pair(card):
    planned, stored = card

    found = grid(planned, stored, ("haircut", (0.0, 0.1)), ("notes[0].coupon.rate", (0.03, 0.09)))

    probability = [[senior(cell).shortfall_probability for cell in row] for row in found.answers]
    assert probability[0][0] < min(probability[0][1], probability[1][0])
    assert max(probability[0][1], probability[1][0]) < probability[1][1]


def test_an_edit_leaves_the_deal_of_the_run_alone(card):
    planned, _ = card

    changed = edited(planned.inputs.deal, {"notes[0].balance": 100_000_000})

    assert changed.notes[0].balance == Decimal("100000000.00")
    assert planned.inputs.deal.notes[0].balance == Decimal("260000000.00")


@pytest.mark.parametrize("path", ["notes[7].balance", "colour", "notes[0].coupon.rate.x", "notes"])
def test_an_edit_that_fits_nowhere_is_refused_with_its_path(card, path):
    planned, _ = card

    with pytest.raises(StructureError):
        edited(planned.inputs.deal, {path: 1.0})


@pytest.mark.parametrize(
    "impossible",
    [{"haircut": 1.5}, {"delay_months": -1.0}, {"cost_multiple": -0.1}, {"fee_multiple": -2.0}],
)
def test_an_impossible_change_is_refused(impossible):
    with pytest.raises(AssumptionError):
        Change(**impossible)


def test_the_answer_has_a_document(card):
    planned, stored = card

    document = what_if(planned, stored, Change()).document()

    assert document["paths"] == PATHS
    assert document["notes"][0]["name"] == SENIOR


def test_the_largest_senior_just_holds_its_level(card):
    setting = card[0].setting

    largest = largest_note(setting, SENIOR, "AAA")

    assert holds(with_balance(setting, SENIOR, largest), SENIOR, "AAA")
    assert not holds(with_balance(setting, SENIOR, largest * Decimal("1.0001")), SENIOR, "AAA")
    assert largest_note(setting, SENIOR, "BBB") > largest


def test_no_senior_holds_a_level_without_cash():
    document = published()
    for forecast in document["pool"]["forecasts"]:
        forecast["amount"] = "1.00"
    setting = plan(inputs_for(document)).setting

    assert largest_note(setting, SENIOR, "AAA") == 0


def test_the_smallest_reserve_just_holds_its_level():
    """Nothing is collected for a year: interest must come from money funded at closing."""
    document = published()
    document["pool"]["curve"] = [
        {"month": month, "share": share} for month, share in ((0, 0.0), (18, 0.0), (48, 1.0))
    ]
    setting = plan(inputs_for(document)).setting

    smallest = smallest_reserve(setting, SENIOR, "BBB", "liquidity_reserve")

    assert not holds(setting, SENIOR, "BBB")
    assert 0 < smallest < Decimal(26_000_000)
    assert holds(with_reserve(setting, "liquidity_reserve", smallest), SENIOR, "BBB")
    less = with_reserve(setting, "liquidity_reserve", smallest * Decimal("0.999"))
    assert not holds(less, SENIOR, "BBB")


def test_where_no_reserve_is_needed_it_is_nothing(card):
    setting = card[0].setting

    assert smallest_reserve(setting, SENIOR, "BBB", "liquidity_reserve") == 0


def test_where_no_reserve_helps_it_is_said(card):
    setting = with_balance(card[0].setting, SENIOR, Decimal(3_000_000_000))

    with pytest.raises(ConvergenceError, match="No reserve up to the balance"):
        smallest_reserve(setting, "次级档", "AAA", "liquidity_reserve")


@pytest.mark.parametrize(("name", "account"), [("Z", "liquidity_reserve"), (SENIOR, "vault")])
def test_unknown_names_are_refused(card, name, account):
    with pytest.raises(StructureError, match="The deal has no"):
        smallest_reserve(
            with_balance(card[0].setting, SENIOR, Decimal(10**9)), name, "AAA", account
        )
