"""Criteria are frozen, travel as a document, and refuse what does not fit."""

import copy
import json

import pytest

from analytics.criteria import (
    BELOW_CCC,
    LEVELS,
    criteria_from_document,
    load_criteria,
    lower_of,
    notch,
    notches_between,
    stress_for,
    symbol,
)
from analytics.criteria.levels import level_at
from analytics.criteria.stresses import interpolated, segment_of
from analytics.errors import AssumptionError


def test_document_round_trip_keeps_every_value_and_the_hash():
    criteria = load_criteria()

    again = criteria_from_document(json.loads(json.dumps(criteria.document())))

    assert again == criteria
    assert again.sha256 == criteria.sha256


def test_a_changed_value_changes_the_hash_and_leaves_the_original():
    criteria = load_criteria()

    changed = criteria.with_values({"costs.ratio.card": 0.10}, source="Analyst's view")

    assert changed.table("costs.ratio")["card"] == 0.10
    assert changed.entry("costs.ratio").source == "Analyst's view"
    assert criteria.table("costs.ratio")["card"] == 0.08
    assert changed.sha256 != criteria.sha256


def test_a_change_may_go_two_tables_deep():
    changed = load_criteria().with_values({"constraints.servicer.weak.cn": "A"}, source="Review")

    assert changed.table("constraints.servicer")["weak"] == {"cn": "A", "intl": "BBB+"}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("costs.ratio.cards", 0.1, "no entry 'cards'"),
        ("nothing.here", 0.1, "no assumption named"),
        ("costs.ratio.card", "much", "does not fit"),
        ("ladder.noise_frequency", True, "does not fit"),
        ("curves.retail", 1.0, "does not fit"),
        ("aggregate.granular_without_loans.card", 1, "does not fit"),
    ],
)
def test_a_change_that_does_not_fit_is_refused_by_name(name, value, message):
    with pytest.raises(AssumptionError, match=message):
        load_criteria().with_values({name: value}, source="Analyst's view")


def test_a_file_of_ones_own_is_read(tmp_path):
    criteria = load_criteria()
    file = tmp_path / "criteria.json"
    file.write_text(json.dumps(criteria.document()), encoding="utf-8")

    assert load_criteria(file) == criteria


def test_a_file_that_is_not_json_is_refused_by_name(tmp_path):
    file = tmp_path / "criteria.json"
    file.write_text("cut: 0.3", encoding="utf-8")

    with pytest.raises(AssumptionError, match=r"criteria\.json cannot be read"):
        load_criteria(file)


def test_a_folder_of_tables_is_read_and_refuses_doubles(tmp_path):
    entry = '[a]\nvalue = 1\nunit = "months"\nmark = "E"\nsource = "Judgement"\n'
    (tmp_path / "version.toml").write_text('version = "9"\nin_force = 2030-01-01\n')
    (tmp_path / "one.toml").write_text(entry)

    assert load_criteria(tmp_path).number("a") == 1.0

    (tmp_path / "two.toml").write_text(entry)
    with pytest.raises(AssumptionError, match=r"'a' stands twice; the second time in two\.toml"):
        load_criteria(tmp_path)


def test_a_number_outside_an_assumption_is_refused(tmp_path):
    (tmp_path / "version.toml").write_text('version = "9"\nin_force = 2030-01-01\n')
    (tmp_path / "one.toml").write_text("[costs]\ncard = 0.08\n")

    with pytest.raises(AssumptionError, match=r"'costs\.card' stands outside"):
        load_criteria(tmp_path)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda d: d.update(format="npl-criteria/2"), "has format"),
        (lambda d: d.update(colour="red"), "Unknown keys"),
        (lambda d: d.update(in_force="soon"), "a date"),
        (lambda d: d.pop("version"), "version"),
        (lambda d: d["assumptions"]["costs.ratio"].pop("mark"), "exactly value, unit, mark"),
        (lambda d: d["assumptions"]["costs.ratio"].update(mark="X"), "marks are F, D, M and E"),
        (lambda d: d["assumptions"]["costs.ratio"].update(source=" "), "has no source"),
    ],
)
def test_an_incomplete_document_is_refused(spoil, message):
    document = copy.deepcopy(load_criteria().document())
    spoil(document)

    with pytest.raises(AssumptionError, match=message):
        criteria_from_document(document)


def test_values_are_asked_for_by_kind():
    criteria = load_criteria()

    assert criteria.text("outcome.rule") == "ladder"
    for ask, name in (
        (criteria.number, "costs.ratio"),
        (criteria.text, "costs.ratio"),
        (criteria.table, "curves.retail"),
        (criteria.column, "outcome.rule"),
    ):
        with pytest.raises(AssumptionError, match="must be"):
            ask(name)
    with pytest.raises(AssumptionError, match="no assumption named"):
        criteria.number("costs.cards")


def test_levels_are_seventeen_and_one_below():
    assert len(LEVELS) == 17
    assert notch("AAA") == 0
    assert notch(BELOW_CCC) == 17
    assert level_at(notch("BBB") - 3) == "A"
    assert (level_at(-2), level_at(40)) == ("AAA", BELOW_CCC)
    assert lower_of("AAA", "BB+", "A") == "BB+"
    assert notches_between("AA", "BBB+") == notches_between("BBB+", "AA") == 5
    with pytest.raises(AssumptionError, match="not a rating level"):
        notch("A++")


def test_symbols_carry_structured_mark_and_scale():
    assert symbol("AAA", "cn") == "AAAsf(cn)"
    assert symbol("BBB", "intl") == "BBBsf"
    assert symbol(BELOW_CCC, "cn") == BELOW_CCC


def test_unknown_scale_segment_or_level_is_refused():
    criteria = load_criteria()

    with pytest.raises(AssumptionError, match="scale must be one of"):
        stress_for(criteria, "home_mortgage", "AAA", "us")
    with pytest.raises(AssumptionError, match="no assumption named"):
        stress_for(criteria, "boats", "AAA", "cn")
    with pytest.raises(AssumptionError, match="no stress for"):
        stress_for(criteria, "home_mortgage", BELOW_CCC, "cn")


def test_a_table_says_where_it_ends_and_a_class_that_it_is_unknown():
    with pytest.raises(AssumptionError, match="no anchors around B: it runs from AAA to BBB"):
        interpolated({"AAA": 0.05, "BBB": 0.03}, "B")
    with pytest.raises(AssumptionError, match="'boats' has no stress segment"):
        segment_of(load_criteria(), "boats")
