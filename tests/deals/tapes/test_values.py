"""From text to values: strict patterns, exact amounts, no guessed dates."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deals.tapes.files import values


def money(text, **options):
    return values.parse_money(pl.Series([text]), **options)


@settings(deadline=None)
@given(
    st.decimals(min_value=0, max_value=10**18 - 1, places=2, allow_nan=False, allow_infinity=False)
)
def test_amounts_are_exact_to_the_fen(amount):
    plain = money(f"{amount:f}").values[0]
    grouped = money(f"{amount:,f}").values[0]

    assert plain == amount
    assert grouped == amount


@settings(deadline=None)
@given(st.text(max_size=12))
def test_no_text_makes_the_readers_fail(text):
    series = pl.Series([text, None])

    for read in (
        values.parse_money,
        values.parse_count,
        values.parse_fraction,
        values.parse_area,
        values.parse_flag,
        values.parse_identifier,
        values.parse_text,
        values.parse_date,
    ):
        assert len(read(series).values) == 2


@pytest.mark.parametrize(
    "text",
    [
        "1_000",
        "١٢٣",
        "1e5",
        "NaN",
        "Infinity",
        "−5",
        "(5)",
        "5-",
        "1.2.3",
        "1,2",
        "0x1",
        "true",
        "5%",
        "五万",
    ],
)
def test_what_python_or_a_spreadsheet_would_accept_is_not_an_amount(text):
    parsed = money(text)

    assert parsed.values[0] is None
    assert {outcome for outcome, _ in parsed.odd} == {"wrong"}


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("12.5万元", 1, "125000.00"),
        ("￥1,234.50元", 1, "1234.50"),
        ("1.5", 10_000, "15000.00"),
        ("0.00001234", 10_000, "0.12"),
        ("2.345", 1, "2.35"),
        ("１，２３４．５０", 1, "1234.50"),
    ],
)
def test_units_signs_and_decimals_are_read_and_said(text, unit, expected):
    assert money(text, unit=Decimal(unit)).values[0] == Decimal(expected)


def test_the_noise_of_a_workbooks_binary_fraction_is_no_third_decimal():
    parsed = money("1284650.1100000001", is_workbook=True)

    assert parsed.values[0] == Decimal("1284650.11")
    assert not parsed.odd


@settings(deadline=None)
@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2099, 12, 31)))
def test_a_clear_date_reads_the_same_in_every_form(day):
    forms = [
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month}.{day.day}",
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
    ]

    assert values.parse_date(pl.Series(forms)).values.to_list() == [day] * len(forms)


def test_one_row_decides_the_order_of_day_and_month_for_its_column():
    decided = values.parse_date(pl.Series(["01/02/2024", "25/02/2024"]))
    undecided = values.parse_date(pl.Series(["01/02/2024", "03/04/2024"]))

    assert decided.values.to_list() == [date(2024, 2, 1), date(2024, 2, 25)]
    assert undecided.values.to_list() == [None, None]
    assert ("wrong", "ambiguous_date") in undecided.odd


def test_a_1904_workbooks_serial_counts_from_its_own_epoch():
    assert values.parse_date(pl.Series(["43554"]), epoch_1904=True).values[0] == date(2023, 3, 31)
    assert values.parse_date(pl.Series(["45016"])).values[0] == date(2023, 3, 31)


def test_identifiers_keep_their_zeros_and_lose_nothing():
    parsed = values.parse_identifier(pl.Series(["000123", " L1 ", "123456789012345678901234"]))

    assert parsed.values.to_list() == ["000123", "L1", "123456789012345678901234"]
