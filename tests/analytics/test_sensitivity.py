"""One assumption moved at a time, and the evidence that would tell."""

import pytest

from analytics.criteria import load_criteria, notch
from analytics.pipeline import setting_of
from analytics.sensitivity import asset_classes, ranges, requests, scaled, tornado, value_of
from tests.analytics.runs import card_frame, inputs_for, published, tape_document

SENIOR = "优先档"


@pytest.fixture(scope="module")
def card():
    return tornado(inputs_for(published()))


def test_the_bad_end_is_never_better_than_the_good_end(card):
    for sway in card.sways:
        for note, margin in card.margins.items():
            assert sway.bad.margins[note] <= margin <= sway.good.margins[note]
            assert notch(sway.bad.levels[note]) >= notch(sway.good.levels[note])


def test_the_largest_swing_of_the_senior_stands_first(card):
    swings = [abs(sway.swing(SENIOR)) for sway in card.sways]

    assert swings == sorted(swings, reverse=True)
    assert card.sways[0].name == "recovery.debias.unsecured"


def test_only_what_the_run_rests_on_is_moved(card):
    names = {sway.name for sway in card.sways}

    assert "costs.ratio.card" in names
    assert not {name for name in names if "home" in name or name.startswith("phases")}


def test_evidence_that_could_change_the_level_is_asked_for_first(card):
    asked = requests(card, SENIOR)

    assert asked[0].evidence == "track_record"
    assert asked[0].changes_level
    assert not asked[-1].changes_level
    assert {name for request in asked for name in request.assumptions} == {
        sway.name for sway in card.sways
    }


def test_a_tape_is_moved_through_its_own_classes():
    inputs = inputs_for(tape_document(), frame=card_frame(20))
    setting, pool = setting_of(inputs)

    names = [name for name, *_ in ranges(setting, pool)]

    assert asset_classes(pool) == ("card",)
    assert "recovery.unsecured_mean.card" in names
    assert "recovery.debias.unsecured" in names


def test_values_are_found_and_scaled_by_kind():
    criteria = load_criteria()

    assert value_of(criteria, "costs.ratio.card") == 0.08
    assert scaled(0.08, 1.5) == pytest.approx(0.12)
    assert scaled([0.0, 3.0, 6.0], 2.0) == [0.0, 6.0, 12.0]
    assert scaled(0.95, 1.2) == 1.0
    assert scaled(400_000, 2.0) == 800_000.0


def test_every_range_names_an_assumption_that_exists():
    criteria = load_criteria()

    for row in criteria["sensitivity.ranges"]:
        name = row["name"].format(asset_class="card", security="unsecured")
        assert value_of(criteria, name) is not None
        assert row["low"] != row["high"]
