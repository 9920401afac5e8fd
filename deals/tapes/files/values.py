"""From the text of a cell to a value: a strict pattern first, conversion after.

Each reader takes a column of text and gives typed values, nulls where nothing or nothing readable
stands, and what was odd: places with the rule that names it. Plain values are read at once; the rest,
few in an ordinary file, are read one distinct text at a time.

Django's, DRF's and Python's own conversions accept `1_000`, Arabic digits and `1e5`: none is used
before a pattern of ASCII digits has matched.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

import polars as pl

MONEY = pl.Decimal(38, 2)
FEN = Decimal("0.01")
TEN_THOUSAND, HUNDRED_MILLION, THOUSAND = Decimal(10_000), Decimal(100_000_000), Decimal(1_000)
UNITS: Mapping[str, Decimal] = {
    "元": Decimal(1),
    "万": TEN_THOUSAND,
    "万元": TEN_THOUSAND,
    "萬元": TEN_THOUSAND,
    "千元": THOUSAND,
    "百万元": Decimal(1_000_000),
    "亿": HUNDRED_MILLION,
    "亿元": HUNDRED_MILLION,
}
MAX_DIGITS = 20
Outcome = Literal["wrong", "noted", "missing"]


@dataclass(frozen=True)
class Reading:
    """One odd text read: its value if it has one, and the rule that says what was done or wrong."""

    outcome: Outcome
    rule: str
    value: object = None


@dataclass(frozen=True)
class Parsed:
    """A column read. `odd` maps a rule to its outcome and the indexes of its rows, ascending."""

    values: pl.Series
    odd: Mapping[tuple[Outcome, str], pl.Series]


BLANKS = " \t\r\n\u00a0\u3000\u2002\u2003\u2009\u202f\ufeff"
_MISSING = {
    "-",
    "--",
    "—",
    "——",
    "–",
    "/",
    "n/a",
    "na",
    "#n/a",
    "null",
    "none",
    "nil",
    "无",
    "不适用",
    "空",
    "nan.",
}
_MISSING_PATTERN = "(?i)^(?:" + "|".join(re.escape(word) for word in sorted(_MISSING)) + ")$"
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．，－／％（）　：", "0123456789.,-/%() :")
_PLAIN_MONEY = r"^[0-9]{1,20}(\.[0-9]{1,2})?$"
_GROUPED = re.compile(r"^[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$")
_DIGITS = re.compile(r"^[0-9]+(\.[0-9]+)?$")
_CURRENCY = re.compile(r"^(?:¥|￥|rmb|cny|人民币)\s*|\s*(?:元整?|rmb|cny)$", re.IGNORECASE)
_UNIT = re.compile(r"^(.*?)\s*(百万元|万元|萬元|千元|亿元|万|亿)$")
_FOREIGN = re.compile(r"[$€£₩]|usd|eur|hkd|jpy|gbp|美元|港币|欧元|日元", re.IGNORECASE)
_NEGATIVE = re.compile(r"^(?:[-−﹣－–]\s*[¥￥]?\s*[0-9]|[(（].*[0-9].*[)）]$)|[0-9]-$")
_SCIENTIFIC = re.compile(r"^[0-9]+(\.[0-9]+)?[eE][+-]?[0-9]+$")


def _apply(
    texts: pl.Series, read: Callable[[str], Reading], plain: pl.Series, values: pl.Series
) -> Parsed:
    """Read what is not plain through `read`, one distinct text at a time."""
    is_odd = ~plain & texts.is_not_null()
    at = is_odd.arg_true()
    if not len(at):
        return Parsed(values, {})
    rest = texts.gather(at)
    readings = {text: read(text) for text in rest.unique().to_list()}
    found = {text: reading.value for text, reading in readings.items() if reading.value is not None}
    if found:
        new = pl.Series(list(found.values()), dtype=values.dtype)
        read_values = rest.replace_strict(
            pl.Series(list(found), dtype=pl.String), new, default=None, return_dtype=values.dtype
        )
        values = values.scatter(at, read_values)
    by_rule: dict[tuple[Outcome, str], list[str]] = {}
    for text, reading in readings.items():
        if reading.rule:
            by_rule.setdefault((reading.outcome, reading.rule), []).append(text)
    odd = {
        key: at.filter(rest.is_in(pl.Series(odd_texts, dtype=pl.String).implode()))
        for key, odd_texts in by_rule.items()
    }
    return Parsed(values, odd)


def stripped(texts: pl.Series) -> pl.Series:
    """Take surrounding blanks off; an empty text becomes null."""
    clean = texts.str.strip_chars(BLANKS)
    return clean.set(clean == "", None)


def _plain_or_stripped(texts: pl.Series, pattern: str) -> tuple[pl.Series, pl.Series]:
    """Give the texts and which of them match; blanks are taken off only where some do not match."""
    plain = texts.str.contains(pattern).fill_null(value=False)
    if plain.sum() + texts.null_count() < len(texts):
        texts = stripped(texts)
        plain = texts.str.contains(pattern).fill_null(value=False)
    return texts, plain


def _missing(text: str) -> bool:
    return text.lower() in _MISSING


def parse_money(
    texts: pl.Series, *, unit: Decimal = Decimal(1), is_workbook: bool = False
) -> Parsed:
    """Read amounts as Decimal(38, 2) CNY, exact to the fen. `unit` is the header's: 10,000 for 万元."""
    if unit != 1:
        texts = stripped(texts)
        none = pl.repeat(None, len(texts), dtype=MONEY, eager=True)
        plain = pl.repeat(value=False, n=len(texts), dtype=pl.Boolean, eager=True)
        return _apply(texts, lambda text: _money(text, unit, is_workbook=is_workbook), plain, none)
    texts, plain = _plain_or_stripped(texts, _PLAIN_MONEY)
    values = (texts if plain.all() else texts.set(~plain, None)).cast(MONEY)
    return _apply(texts, lambda text: _money(text, unit, is_workbook=is_workbook), plain, values)


def _money(text: str, unit: Decimal, *, is_workbook: bool) -> Reading:
    if _missing(text):
        return Reading("missing", "missing_marker")
    half = text.translate(_FULL_WIDTH)
    bare, unit, rule = _bare_amount(half, unit)
    if wrong := _money_fault(half) or _digits_fault(bare, is_workbook=is_workbook):
        return Reading("wrong", wrong)
    amount = _without_float_noise(Decimal(bare), is_workbook=is_workbook) * unit
    if amount >= Decimal(10) ** MAX_DIGITS:
        return Reading("wrong", "absurd_amount")
    rounded = amount.quantize(FEN, ROUND_HALF_UP)
    rule = rule or ("full_width" if half != text else "")
    return Reading("noted", rule if rounded == amount else "rounded", rounded)


def _digits_fault(bare: str, *, is_workbook: bool) -> str:
    if not _DIGITS.match(bare):
        return "not_money"
    too_long = len(bare.replace(".", "").lstrip("0")) > MAX_DIGITS and not is_workbook
    return "absurd_amount" if too_long else ""


def _bare_amount(text: str, unit: Decimal) -> tuple[str, Decimal, str]:
    """Take currency sign, unit and thousands separators off: digits, unit, what was done."""
    bare = _CURRENCY.sub("", _CURRENCY.sub("", text)).strip()
    rule = "currency_sign" if bare != text else ""
    if (match := _UNIT.match(text)) and (own := UNITS[match[2]]) != 1:
        bare, unit, rule = _CURRENCY.sub("", match[1]).strip(), own, "unit_in_cell"
    if _GROUPED.match(bare):
        bare = bare.replace(",", "")
    return bare, unit, rule


def _money_fault(text: str) -> str:
    """Name the fault of an amount that is refused on sight."""
    if _NEGATIVE.search(text):
        return "negative_amount"
    if text.endswith("%"):
        return "percent_in_money"
    if _SCIENTIFIC.match(text):
        return "scientific_amount"
    if _FOREIGN.search(text):
        return "foreign_currency"
    return ""


def _without_float_noise(amount: Decimal, *, is_workbook: bool) -> Decimal:
    """Take the noise of binary fractions off: a workbook keeps 15 digits and may write 17."""
    digits = len(amount.as_tuple().digits)
    exponent = amount.as_tuple().exponent
    if not is_workbook or digits <= 15 or not isinstance(exponent, int) or exponent > -3:
        return amount
    return amount.quantize(Decimal(1).scaleb(max(exponent + digits - 15, exponent)), ROUND_HALF_UP)


def parse_count(texts: pl.Series) -> Parsed:
    """Read whole numbers from 0 to 999,999."""
    texts, plain = _plain_or_stripped(texts, r"^[0-9]{1,6}$")
    return _apply(texts, _count, plain, texts.set(~plain, None).cast(pl.Int32))


_RANK_WORDS = {"首封": 1, "首位": 1, "第一顺位": 1, "轮候": 2, "第二顺位": 2, "第三顺位": 3}


def _count(text: str) -> Reading:
    if _missing(text):
        return Reading("missing", "missing_marker")
    if text in _RANK_WORDS:
        return Reading("noted", "rank_word", _RANK_WORDS[text])
    half = text.translate(_FULL_WIDTH).replace(",", "")
    match = re.match(r"^([0-9]{1,6})(?:\.0+)?\s*(?:天|日|个月|月)?$", half)
    if match:
        return Reading("noted", "full_width" if half != text else "", int(match[1]))
    return Reading("wrong", "not_a_count")


def parse_fraction(texts: pl.Series, *, is_percent: bool = False) -> Parsed:
    """Read rates a year as fractions: 0.0435, or 4.35% with its sign (or the header's)."""
    texts = stripped(texts)
    none = pl.repeat(None, len(texts), dtype=pl.Float64, eager=True)
    plain = pl.repeat(value=False, n=len(texts), dtype=pl.Boolean, eager=True)
    return _apply(texts, lambda text: _fraction(text, is_percent=is_percent), plain, none)


def _fraction(text: str, *, is_percent: bool) -> Reading:
    if _missing(text):
        return Reading("missing", "missing_marker")
    half = text.translate(_FULL_WIDTH)
    number = half.rstrip("%").strip()
    if not re.match(r"^[0-9]{1,4}(\.[0-9]{1,20})?$", number):
        return Reading("wrong", "not_a_rate")
    signed = is_percent or half.endswith("%")
    value = float(Decimal(number) / 100) if signed else float(number)
    if value > 1:
        return Reading("wrong", "rate_without_sign")
    return Reading("noted", "full_width" if half != text else "", value)


def parse_area(texts: pl.Series) -> Parsed:
    """Read square metres."""
    texts = stripped(texts)
    plain = texts.str.contains(r"^[0-9]{1,9}(\.[0-9]{1,12})?$").fill_null(value=False)
    return _apply(texts, _area, plain, texts.set(~plain, None).cast(pl.Float64))


def _area(text: str) -> Reading:
    if _missing(text):
        return Reading("missing", "missing_marker")
    half = re.sub(r"\s*(平方米|㎡|m2|平米)$", "", text.translate(_FULL_WIDTH))
    if _GROUPED.match(half):
        half = half.replace(",", "")
    if _DIGITS.match(half) and len(half) < 24:
        return Reading("noted", "", float(half))
    return Reading("wrong", "not_an_area")


_FLAGS = {
    **dict.fromkeys(
        ["是", "有", "yes", "y", "true", "1", "自住", "已出租", "已租赁", "出租"], True
    ),
    **dict.fromkeys(
        ["否", "无", "no", "n", "false", "0", "非自住", "未出租", "未租赁", "空置"], False
    ),
}


def parse_flag(texts: pl.Series) -> Parsed:
    """Read yes and no."""
    texts = stripped(texts)
    none = pl.repeat(None, len(texts), dtype=pl.Boolean, eager=True)
    plain = pl.repeat(value=False, n=len(texts), dtype=pl.Boolean, eager=True)
    return _apply(texts, _flag, plain, none)


def _flag(text: str) -> Reading:
    if (value := _FLAGS.get(text.lower())) is not None:
        return Reading("noted", "", value)
    return (
        Reading("missing", "missing_marker")
        if _missing(text)
        else Reading("wrong", "not_yes_or_no")
    )


def parse_words(texts: pl.Series, words: Mapping[str, str], normal: Callable[[str], str]) -> Parsed:
    """Read codes: each text, brought to its `normal` form, is looked up in `words`."""

    def read(raw: str) -> Reading:
        text = raw.strip(BLANKS)
        if not text:
            return Reading("missing", "")
        if (value := words.get(normal(text))) is not None:
            return Reading("noted", "", value)
        if _missing(text):
            return Reading("missing", "missing_marker")
        return Reading("wrong", "unknown_code")

    none = pl.repeat(None, len(texts), dtype=pl.String, eager=True)
    return _by_distinct(texts, read, none)


def _by_distinct(texts: pl.Series, read: Callable[[str], Reading], none: pl.Series) -> Parsed:
    """Read a column of few distinct texts by a join rather than row by row."""
    distinct = texts.drop_nulls().unique()
    readings = {text: read(text) for text in distinct.to_list()}
    plain = {text: reading.value for text, reading in readings.items() if not reading.rule}
    values = texts.replace_strict(plain, default=None, return_dtype=none.dtype) if plain else none
    return _apply(texts, readings.__getitem__, values.is_not_null(), values)


_DAMAGED = re.compile(r"^[0-9](\.[0-9]+)?[eE]\+?[0-9]{1,3}$")


def parse_identifier(texts: pl.Series) -> Parsed:
    """Keep identifiers as they are, leading zeros included; a number in E-notation has lost digits."""
    texts = stripped(texts)
    plain = ~texts.str.contains(r"^[0-9](\.[0-9]+)?[eE]\+?[0-9]{1,3}$").fill_null(value=False)
    plain &= ~texts.str.contains(_MISSING_PATTERN).fill_null(value=False)
    return _apply(texts, _identifier, plain, texts.set(~plain, None))


def _identifier(text: str) -> Reading:
    if _missing(text):
        return Reading("missing", "missing_marker")
    return Reading("wrong", "damaged_identifier")


def parse_text(texts: pl.Series) -> Parsed:
    """Keep text as it stands; direction signs and zero-width signs are kept and said."""
    texts = stripped(texts)
    plain = ~texts.str.contains(
        r"[\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2069}\x{0080}-\x{009f}\x{0000}-\x{0008}\x{000b}-\x{001f}]"
    ).fill_null(value=False)
    plain &= ~texts.str.contains(_MISSING_PATTERN).fill_null(value=False)
    return _apply(texts, _text, plain, texts.set(~plain, None))


def _text(text: str) -> Reading:
    if _missing(text):
        return Reading("missing", "")
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text.replace("\r", "")):
        return Reading("wrong", "control_in_text")
    return Reading("noted", "direction_signs", text)


_PLAIN_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_YEAR_FIRST = re.compile(
    r"^([0-9]{4})(?:-([0-9]{1,2})-([0-9]{1,2})|/([0-9]{1,2})/([0-9]{1,2})|\.([0-9]{1,2})\.([0-9]{1,2})"
    r"|年([0-9]{1,2})月([0-9]{1,2})日?|([0-9]{2})([0-9]{2}))(?:[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?$"
)
_YEAR_LAST = re.compile(
    r"^([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})(?: [0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?$"
)
_SERIAL = re.compile(r"^[1-9][0-9]{4}(?:\.[0-9]+)?$")
_FIRST_YEAR, _LAST_YEAR = 1949, 2100
_EPOCH_1900, _EPOCH_1904 = dt.date(1899, 12, 30), dt.date(1904, 1, 1)
_SERIALS = range(18_264, 73_416)  # 1950 to 2100 in the 1900 system
Order = Literal["day_first", "month_first", "undecided", "contradicting", "none"]


def parse_date(texts: pl.Series, *, epoch_1904: bool = False) -> Parsed:
    """Read dates. Day and month are told apart only when some row of the column decides for all."""
    # Workbooks give a time with each date.
    texts, plain = _plain_or_stripped(texts.str.strip_suffix(" 00:00:00"), _PLAIN_DATE)
    values = texts.set(~plain, None).str.to_date("%Y-%m-%d", strict=False)
    year = values.dt.year()
    plain &= values.is_not_null() & year.is_between(_FIRST_YEAR, _LAST_YEAR).fill_null(value=False)
    values = values.set(~plain, None)
    order = _day_month_order(texts)
    return _apply(texts, lambda text: _date(text, order, epoch_1904=epoch_1904), plain, values)


def _day_month_order(texts: pl.Series) -> Order:
    """Say what the column as a whole tells about 01/02/2024."""
    if not texts.str.contains(r"^[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}").any():
        return "none"
    found = [
        match for text in texts.drop_nulls().unique().to_list() if (match := _YEAR_LAST.match(text))
    ]
    day_first = any(int(match[1]) > 12 for match in found)
    month_first = any(int(match[3]) > 12 for match in found)
    if day_first and month_first:
        return "contradicting"
    if day_first:
        return "day_first"
    return "month_first" if month_first else "undecided"


def _date(text: str, order: Order, *, epoch_1904: bool) -> Reading:
    if _missing(text):
        return Reading("missing", "missing_marker")
    half = text.translate(_FULL_WIDTH)
    if match := _YEAR_FIRST.match(half):
        year, month, day = (int(part) for part in match.groups() if part is not None)
        return _calendar(year, month, day, "full_width" if half != text else "")
    if match := _YEAR_LAST.match(half):
        return _year_last(int(match[1]), int(match[3]), int(match[4]), order)
    if _SERIAL.match(half) and int(float(half)) in _SERIALS:
        epoch = _EPOCH_1904 if epoch_1904 else _EPOCH_1900
        return Reading("noted", "serial_date", epoch + dt.timedelta(days=int(float(half))))
    return Reading("wrong", _date_fault(half))


def _year_last(first: int, second: int, year: int, order: Order) -> Reading:
    if first == second:
        return _calendar(year, first, second, "")
    if order in {"undecided", "contradicting", "none"}:
        return Reading("wrong", "ambiguous_date")
    day, month = (first, second) if order == "day_first" else (second, first)
    return _calendar(year, month, day, "day_month_decided")


def _calendar(year: int, month: int, day: int, rule: str) -> Reading:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return Reading("wrong", "impossible_date")
    try:
        return Reading("noted", rule, dt.date(year, month, day))
    except ValueError:
        return Reading("wrong", "impossible_date")


def _date_fault(text: str) -> str:
    if re.match(r"^[0-9]{4}([-/.年]?[0-9]{1,2}月?)$", text) or re.match(r"^[0-9]{6}$", text):
        return "month_without_day"
    if re.match(r"^[0-9]{1,2}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?$", text):
        return "two_digit_year"
    if re.match(r"^[0-9]{5,}[-/.年]", text):
        return "impossible_date"
    return "not_a_date"
