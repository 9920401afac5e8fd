"""Published deals read by the engine: counts, order, and misses shown as such."""

import pytest

from analytics.calibration import (
    Reading,
    on_lower_forecast,
    ranks_of_missed,
    read_deal,
    read_deals,
    targets,
    with_larger_senior,
)
from analytics.criteria import load_criteria, notch
from analytics.published_deals import published_deals
from tests.analytics.runs import published


def reading(code="X", asset_class="card", level="AAA", larger="BBB", miss=0.1):
    return Reading(
        code=code,
        asset_class=asset_class,
        level=level,
        level_on_lower_forecast=level,
        level_if_larger=larger,
        is_repaid_in_base_case=True,
        shortfall_probability=0.01,
        miss_expected_maturity=miss,
        outcome="",
    )


def found(readings):
    return {target.name: target for target in targets(readings)}


def test_the_lower_forecast_stands_alone():
    document = on_lower_forecast(published("20JIANXIN03"))

    assert [each["amount"] for each in document["pool"]["forecasts"]] == ["5542419400.00"]


def test_only_the_senior_grows():
    document = with_larger_senior(published())

    assert [note["balance"] for note in document["notes"]] == ["338000000.00", "74000000.00"]


def test_a_deal_is_read_on_the_mean_on_the_lower_forecast_and_larger():
    row = next(row for row in published_deals() if row["code"] == "23GYZC03")

    read = read_deal(row, load_criteria())

    assert read.level == "AAA"
    assert notch(read.level) <= notch(read.level_on_lower_forecast) < notch(read.level_if_larger)
    assert read.is_repaid_in_base_case
    assert 0.0 < read.shortfall_probability < read.miss_expected_maturity < 1.0


def test_targets_count_what_passes():
    readings = [reading(level="AAA" if k < 9 else "AA") for k in range(10)]

    target = found(readings)["Seniors that pass AAA(cn)"]

    assert (target.expected, target.found, target.is_met) == ("at least 85% of 10", "9 of 10", True)


def test_a_preset_that_passes_larger_seniors_does_not_separate():
    readings = [reading(larger="AAA") for _ in range(10)]

    assert not found(readings)["Seniors 1.3 times as large that pass AAA(cn)"].is_met


def test_a_missed_target_is_shown_as_missed():
    readings = [
        reading(miss=0.4),
        reading(code="20JIANXIN05", asset_class="home_mortgage", miss=0.3),
    ]

    target = found(readings)["Mean probability of missing the expected maturity: homes above cards"]

    assert not target.is_met
    assert target.found == "homes 0.30, cards 0.40"


def test_seniors_that_missed_are_ranked_among_decided_home_mortgages():
    readings = [
        reading("23YYHZ01", "home_mortgage", miss=0.9),
        reading("20JIANXIN05", "home_mortgage", miss=0.5),
        reading("A", "home_mortgage", miss=0.6),
        reading("B", "card", miss=0.8),
    ]

    assert ranks_of_missed(readings) == {"20JIANXIN05": 2}


@pytest.mark.slow
def test_published_seniors_pass_triple_a_and_larger_ones_do_not():
    by_name = found(read_deals(load_criteria()))

    calibration = [target for target in by_name.values() if target.kind == "calibration"]
    assert len(calibration) == 4
    assert [target.name for target in calibration if not target.is_met] == []
