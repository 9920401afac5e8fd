"""How a figure is written: one place for pages, mails and documents.

The same digits in both languages: thousands by comma, a point for decimals, a true minus.
Units are words and are translated; figures are not. Nothing there is a dash, zero is ``0.0``.
"""

from __future__ import annotations

import datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _

Number = Decimal | float | int

ABSENT = "–"
MINUS = "−"
TEN_THOUSAND = Decimal(10_000)
HUNDRED_MILLION = Decimal(100_000_000)
PEOPLES_ZONE = ZoneInfo("Asia/Shanghai")
MOST_DECIMALS = 6


def exact(value: Number) -> Decimal:
    """Return `value` as the decimal a person reads: 2.675 is 2.675, not its binary neighbour."""
    if isinstance(value, Decimal):
        return value
    return Decimal(repr(float(value))) if isinstance(value, float) else Decimal(int(value))


def rounded(value: Number, decimals: int) -> Decimal:
    """Round half away from zero, as bookkeepers do."""
    return exact(value).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def grouped(value: Number | None, decimals: int = 0) -> str:
    """Write `value` with commas, `decimals` decimals and a true minus; a dash when there is none."""
    if value is None or not exact(value).is_finite():
        return ABSENT
    figure = rounded(value, decimals)
    return (MINUS if figure < 0 else "") + f"{abs(figure):,.{decimals}f}"


def signed(value: Number | None, decimals: int = 1) -> str:
    """Write a change or a margin with its sign: ``+2.1``, ``−3.8``, ``0.0``."""
    if value is None or not exact(value).is_finite():
        return ABSENT
    return ("+" if rounded(value, decimals) > 0 else "") + grouped(value, decimals)


def wan(value: Number | None, decimals: int = 2) -> str:
    """Write CNY in 万元: 2 decimals for a fact, 0 for what is modelled."""
    return grouped(None if value is None else exact(value) / TEN_THOUSAND, decimals)


def cny(value: Number | None) -> str:
    """Write CNY to the fen."""
    return grouped(value, 2)


def in_prose(value: Number) -> str:
    """Write a sum for a sentence, four figures with its unit: ``CNY 1.011 bn``, ``10.11 亿元``."""
    amount = exact(value)
    if is_chinese():
        return f"{four_figures(amount / HUNDRED_MILLION)} 亿元"
    return f"CNY {four_figures(amount / (HUNDRED_MILLION * 10))} bn"


def four_figures(value: Decimal) -> str:
    if not value:
        return "0"
    decimals = max(0, 3 - value.copy_abs().adjusted())
    return grouped(value, min(decimals, MOST_DECIMALS))


def percent(fraction: Number | None, decimals: int = 1) -> str:
    """Write a fraction as per cent, the sign left to the head of the column."""
    return grouped(None if fraction is None else exact(fraction) * 100, decimals)


def signed_percent(fraction: Number | None, decimals: int = 1) -> str:
    return signed(None if fraction is None else exact(fraction) * 100, decimals)


def with_error(fraction: Number | None, error: Number | None, decimals: int = 2) -> str:
    """Write a simulated share in per cent with its standard error: ``2.31 ± 0.05``."""
    if fraction is None:
        return ABSENT
    if error is None:
        return percent(fraction, decimals)
    return f"{percent(fraction, decimals)} ± {percent(error, decimals)}"


def decimals_that_decide(value: Number, threshold: Number, decimals: int = 1) -> int:
    """Return the fewest decimals at which rounding does not carry `value` over `threshold`.

    4.96 that must be at least 5.0 is written 4.96, not 5.0.
    """
    found, asked = exact(value), exact(threshold)
    for digits in range(decimals, MOST_DECIMALS + 1):
        shown = rounded(found, digits)
        if (shown < asked) == (found < asked) and (shown == asked) == (found == asked):
            return digits
    return MOST_DECIMALS


def beside(value: Number | None, threshold: Number, decimals: int = 1) -> str:
    """Write `value` with the digits that decide against `threshold`."""
    if value is None:
        return ABSENT
    return grouped(value, decimals_that_decide(value, threshold, decimals))


def iso_date(value: datetime.date | str | None) -> str:
    """Write a date for a table: 2024-06-14. Times are told in Shanghai."""
    day = as_date(value)
    return day.isoformat() if day else ABSENT


def date_in_words(value: datetime.date | str | None) -> str:
    """Write a date for a sentence: 14 June 2024, 2024 年 6 月 14 日."""
    day = as_date(value)
    if day is None:
        return ABSENT
    if is_chinese():
        return f"{day.year} 年 {day.month} 月 {day.day} 日"
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def moment(value: datetime.datetime | None) -> str:
    """Write a moment in Shanghai time, 24 hours: 2024-06-11 16:42."""
    return ABSENT if value is None else f"{value.astimezone(PEOPLES_ZONE):%Y-%m-%d %H:%M}"


def clock(value: datetime.datetime | None) -> str:
    return ABSENT if value is None else f"{value.astimezone(PEOPLES_ZONE):%H:%M}"


def as_date(value: datetime.date | str | None) -> datetime.date | None:
    if isinstance(value, datetime.datetime):
        return value.astimezone(PEOPLES_ZONE).date()
    if isinstance(value, str):
        return datetime.date.fromisoformat(value[:10]) if value else None
    return value


def level_text(level: str | None) -> str:
    """Write a level with a true minus: ``AA−``."""
    return ABSENT if not level else level.replace("-", MINUS)


def level_mark(scale: str) -> str:
    """Return the structured-finance mark of a scale: ``sf(cn)`` national, ``sf`` international."""
    return "sf(cn)" if scale == "cn" else "sf"


def money_unit(currency: str = "CNY") -> str:
    """Return the head of a money column: the same digits under ``CNY 10k`` and 万元."""
    if currency == "CNY":
        return _("CNY 10k")
    return _("{currency} 10k").format(currency=currency)


def duration(seconds: float | None) -> str:
    """Write a length of time for a person who waits: 41 s, 3 min, 2 h 05 min."""
    if seconds is None:
        return ABSENT
    whole = max(0, round(seconds))
    if whole < 90:
        return _("{n} s").format(n=whole)
    if whole < 5400:
        return _("{n} min").format(n=round(whole / 60))
    return _("{h} h {m:02d} min").format(h=whole // 3600, m=whole % 3600 // 60)


def file_size(octets: int | None) -> str:
    if octets is None:
        return ABSENT
    if octets < 1_000_000:
        return f"{grouped(octets / 1_000, 0 if octets >= 10_000 else 1)} kB"
    return f"{grouped(octets / 1_000_000, 1)} MB"


def short_hash(digest: str | None) -> str:
    """Shorten a digest for reading; the whole of it stays in the title of its element."""
    if not digest:
        return ABSENT
    return digest if len(digest) <= 12 else f"{digest[:4]}…{digest[-4:]}"


def is_chinese() -> bool:
    return (get_language() or "en").startswith("zh")


MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
