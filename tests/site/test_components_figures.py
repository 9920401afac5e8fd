"""Figures are written alike everywhere: the rules of the look, one by one."""

import datetime
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from ratings_site.components import figures
from ratings_site.components.templatetags.figures import tongue
from ratings_site.components.templatetags.pictures import along, margin_picture


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (1011314300, 0, "1,011,314,300"),
        (-3.75, 1, "−3.8"),
        (-0.04, 1, "0.0"),
        (0, 1, "0.0"),
        (2.675, 2, "2.68"),
        (None, 1, "–"),
        (float("nan"), 1, "–"),
    ],
)
def test_a_figure_has_commas_a_true_minus_and_no_negative_zero(value, decimals, written):
    assert figures.grouped(value, decimals) == written


def test_a_change_carries_its_sign_and_zero_none():
    assert [figures.signed(value) for value in (2.1, -3.8, 0.0, 0.04)] == [
        "+2.1",
        "−3.8",
        "0.0",
        "0.0",
    ]


def test_money_has_the_same_digits_in_both_languages_and_its_unit_is_translated():
    amount = Decimal("1011314300.00")

    with translation.override("en"):
        english = figures.wan(amount), figures.money_unit()
    with translation.override("zh-hans"):
        chinese = figures.wan(amount), figures.money_unit()

    assert english == ("101,131.43", "CNY 10k")
    assert chinese == ("101,131.43", "万元")


def test_a_sum_in_prose_has_four_figures_and_the_unit_of_the_language():
    with translation.override("en"):
        assert figures.in_prose(1011314300) == "CNY 1.011 bn"
    with translation.override("zh-hans"):
        assert figures.in_prose(1011314300) == "10.11 亿元"


def test_a_probability_stands_with_its_standard_error():
    assert figures.with_error(0.02314, 0.00049) == "2.31 ± 0.05"
    assert figures.with_error(None, None) == "–"


@pytest.mark.parametrize(
    ("value", "threshold", "written"),
    [(4.96, 5.0, "4.96"), (5.0, 5.0, "5.0"), (4.9999, 5.0, "4.9999")],
)
def test_rounding_never_carries_a_figure_over_its_threshold(value, threshold, written):
    assert figures.beside(value, threshold) == written


@given(
    st.decimals(min_value=0, max_value=100, places=4),
    st.decimals(min_value=0, max_value=100, places=1),
)
def test_what_is_written_decides_as_the_figure_itself_does(value, threshold):
    written = Decimal(figures.beside(value, threshold).replace(",", ""))

    assert (written < threshold) == (value < threshold)


def test_a_date_is_iso_in_tables_and_in_words_in_sentences():
    day = datetime.date(2024, 6, 14)

    assert figures.iso_date(day) == "2024-06-14"
    assert figures.iso_date(None) == "–"
    with translation.override("en"):
        assert figures.date_in_words(day) == "14 June 2024"
    with translation.override("zh-hans"):
        assert figures.date_in_words(day) == "2024 年 6 月 14 日"


def test_a_moment_is_told_in_shanghai():
    assert (
        figures.moment(datetime.datetime(2024, 6, 11, 8, 42, tzinfo=datetime.UTC))
        == "2024-06-11 16:42"
    )


def test_a_level_has_a_true_minus_and_its_mark_by_scale():
    assert figures.level_text("AA-") == "AA−"
    assert (figures.level_mark("cn"), figures.level_mark("intl")) == ("sf(cn)", "sf")


def test_chinese_words_in_an_english_page_are_marked_and_escaped():
    with translation.override("en"):
        assert tongue("优先<档>") == '<span lang="zh-Hans">优先&lt;档&gt;</span>'
        assert tongue("Senior") == "Senior"
    with translation.override("zh-hans"):
        assert tongue("优先档") == "优先档"


@given(st.floats(-2, 2), st.floats(-1, 0), st.floats(0.1, 1))
def test_a_picture_never_leaves_its_cell(value, low, high):
    assert 0 <= along(value, low, high) <= 100


def test_a_failing_margin_is_drawn_to_the_left_of_zero():
    drawn = margin_picture(-0.05, -0.1, 0.4, passed=False)

    assert (drawn["start"], drawn["zero"], drawn["width"]) == ("10.00%", "20.00%", "10.00%")
