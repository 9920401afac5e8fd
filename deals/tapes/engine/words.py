"""Which words of a file mean which code: codes, provinces, currencies, industries."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from analytics.tape import BY_NAME, COLUMNS, Column, match_header, normal_header
from analytics.tape.divisions import provinces

CURRENCIES: Mapping[str, str] = {
    "人民币": "CNY", "人民币元": "CNY", "rmb": "CNY", "cny": "CNY", "元": "CNY", "美元": "USD", "usd": "USD",
    "港币": "HKD", "港元": "HKD", "hkd": "HKD", "欧元": "EUR", "eur": "EUR", "日元": "JPY", "jpy": "JPY",
    "英镑": "GBP", "gbp": "GBP", "澳元": "AUD", "aud": "AUD", "新加坡元": "SGD", "sgd": "SGD",
    "瑞士法郎": "CHF", "chf": "CHF", "加元": "CAD", "cad": "CAD",
}  # fmt: skip
# Sections of GB/T 4754-2017 by the words that name them in bank lists.
_SECTIONS: tuple[tuple[str, str], ...] = (
    ("A", "农|林业|牧|渔|agricultur|forestry|fishing"),
    ("B", "采矿|采掘|煤炭|矿业|mining"),
    ("E", "建筑|土木|工程施工|construction"),
    ("D", "电力|热力|燃气|供水|水的生产|utilit|electric"),
    ("C", "制造|加工|纺织|化工|机械|钢铁|服装|食品|manufactur"),
    ("F", "批发|零售|贸易|商贸|wholesale|retail"),
    ("G", "交通|运输|仓储|邮政|物流|transport"),
    ("H", "住宿|餐饮|酒店|accommodation|food serv|hotel"),
    ("I", "信息|软件|互联网|电信|information|software"),
    ("J", "金融|保险|银行|financ|insurance"),
    ("K", "房地产|物业|real estate"),
    ("L", "租赁|商务|leasing|business serv|administrative"),
    ("M", "科学|科研|技术服务|professional|scientific"),
    ("N", "水利|环境|公共设施|waste|environment"),
    ("O", "居民服务|修理|其他服务|other services|repair"),
    ("P", "教育|培训|education"),
    ("Q", "卫生|医疗|社会工作|health"),
    ("R", "文化|体育|娱乐|arts|entertainment"),
    ("S", "公共管理|社会保障|社会组织|public admin"),
    ("T", "国际组织"),
)


def normal_word(text: str) -> str:
    """Give the form in which codes are compared."""
    return re.sub(r"[\s_]+", "_", unicodedata.normalize("NFKC", text)).strip().lower()


def words_of(column: Column, own: Mapping[str, str] | None = None) -> dict[str, str]:
    """Every word accepted for a column -> its code; `own` adds those of a mapping."""
    if column.name == "currency":
        words = dict(CURRENCIES)
    else:
        words = {
            normal_word(word): code for code, more in column.codes.items() for word in (code, *more)
        }
    return words | {normal_word(word): code for word, code in (own or {}).items()}


def section_of(industry: str) -> str | None:
    """Section A-T of an industry's name or code ("C26", "化学原料制造"); None where it cannot be told."""
    if re.match(r"^[A-T]([0-9]{2,4})?$", industry):
        return industry[0]
    lower = industry.lower()
    return next((letter for letter, words in _SECTIONS if re.search(words, lower)), None)


def knows_header(text: str) -> bool:
    return match_header(text) is not None


_HAN_WORDS = frozenset(
    word
    for column in COLUMNS
    for word in (
        column.zh,
        *column.headers,
        *(each for more in column.codes.values() for each in more),
    )
    if len(word) >= 2 and not word.isascii()
) | frozenset(word for word in provinces() if len(word) >= 2 and not word.isascii())


def count_words(text: str) -> int:
    """Count the distinct Chinese words of the dictionary in the head of a text."""
    head = text[:200_000]
    return sum(word in head for word in _HAN_WORDS)


def allowed(column: str) -> str:
    """Codes of a column for a remedy, English and Chinese."""
    if column not in BY_NAME or BY_NAME[column].kind == "division":
        return "浙江省, 浙江, Zhejiang, 330000, US-CA, …"
    codes = BY_NAME[column].codes
    return (
        ", ".join(f"{code} {more[0]}" if more else code for code, more in codes.items())
        or "CNY, USD, …"
    )


__all__ = [
    "CURRENCIES",
    "allowed",
    "count_words",
    "knows_header",
    "normal_header",
    "normal_word",
    "section_of",
    "words_of",
]
