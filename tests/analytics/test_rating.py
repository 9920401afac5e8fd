"""From verdicts and probabilities to levels, and from levels to outcomes."""

import pytest

from analytics.criteria import BELOW_CCC, LEVELS, load_criteria
from analytics.errors import AssumptionError
from analytics.rating import (
    Cap,
    compose,
    is_gap_a_question,
    level_by_ladder,
    level_by_simulation,
    quantitative_level,
)


def passed_from(level):
    return [LEVELS.index(name) >= LEVELS.index(level) for name in LEVELS]


def test_the_highest_level_passed_stands():
    assert level_by_ladder(passed_from("AAA")) == "AAA"
    assert level_by_ladder(passed_from("BBB+")) == "BBB+"
    assert level_by_ladder([False] * 17) == BELOW_CCC


def test_a_level_passed_above_a_failure_does_not_count():
    verdicts = passed_from("AA")
    verdicts[LEVELS.index("BBB")] = False

    assert level_by_ladder(verdicts) == "BBB-"


def test_a_ladder_with_rungs_missing_is_refused():
    with pytest.raises(AssumptionError, match="17 levels; got 3"):
        level_by_ladder([True, True, True])


@pytest.mark.parametrize(
    ("probability", "level"),
    [(0.0, "AAA"), (0.02, "AAA"), (0.021, "AA+"), (0.1, "BBB"), (0.9, BELOW_CCC)],
)
def test_simulation_reads_the_national_column(probability, level):
    assert level_by_simulation(load_criteria(), "cn", probability, 2.0) == level


def test_the_international_target_depends_on_the_horizon():
    criteria = load_criteria()

    assert level_by_simulation(criteria, "intl", 0.002, 1.0) == "BBB"
    assert level_by_simulation(criteria, "intl", 0.002, 7.0) == "AAA"


def test_the_outcome_rule_is_a_setting_of_the_criteria():
    criteria = load_criteria()
    strict = criteria.with_values({"outcome.rule": "lower_of_both"}, source="Committee")
    unknown = criteria.with_values({"outcome.rule": "average"}, source="Committee")

    assert quantitative_level(criteria, "AAA", "A") == "AAA"
    assert quantitative_level(strict, "AAA", "A") == "A"
    with pytest.raises(AssumptionError, match="average"):
        quantitative_level(unknown, "AAA", "A")


def test_a_gap_of_more_than_two_notches_is_a_question():
    criteria = load_criteria()

    assert not is_gap_a_question(criteria, "AAA", "AA")
    assert is_gap_a_question(criteria, "AAA", "AA-")


def test_the_tightest_cap_binds_and_none_raises():
    data = Cap("data", "AA", "evidence", "History of two years")
    servicer = Cap("servicer", "A+", "servicers", "Weak")
    sovereign = Cap("sovereign", "none", "criteria", "")

    assert compose("AAA", [data, servicer, sovereign]).binding == servicer
    assert compose("AAA", [data, servicer, sovereign]).implied == "A+"
    assert compose("BBB", [data, servicer]) == compose("BBB", [])
    assert compose("AAA", []).implied == "AAA"


def test_a_cap_of_another_note_does_not_bind():
    mezzanine = Cap("deferral", "AA", "model", "Deferrable", note="B")

    assert compose("AAA", [mezzanine], note="A").implied == "AAA"
    assert compose("AAA", [mezzanine], note="B").implied == "AA"
