"""Provinces and cities: from the names that files use to the codes of GB/T 2260.

Source: `analytics/data/cn_admin_divisions.csv`. Outside China codes are ISO 3166-2 and stand as they are.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib import resources

_SUFFIX = re.compile(
    r"(特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|自治州|省|市|地区|盟)$"
)
_NATIONS = "朝鲜|土家|苗|侗|布依|藏|羌|彝|傣|景颇|傈僳|白|哈尼|壮|回|蒙古|哈萨克|柯尔克孜"
_AUTONOMOUS = re.compile(rf"(?:(?:{_NATIONS})族?)+自治州$")
_ISO = re.compile(r"^[A-Z]{2}-[A-Z0-9]{1,3}$")
# Short, old and Latin names that no suffix rule gives.
_PROVINCE_WORDS = {
    "内蒙": "150000", "内蒙古": "150000", "黑龙江": "230000", "广西省": "450000", "西藏": "540000",
    "宁夏": "640000", "新疆": "650000", "香港": "810000", "澳门": "820000", "台湾": "710000",
    "京": "110000", "津": "120000", "冀": "130000", "晋": "140000", "蒙": "150000", "辽": "210000",
    "吉": "220000", "黑": "230000", "沪": "310000", "苏": "320000", "浙": "330000", "皖": "340000",
    "闽": "350000", "赣": "360000", "鲁": "370000", "豫": "410000", "鄂": "420000", "湘": "430000",
    "粤": "440000", "桂": "450000", "琼": "460000", "渝": "500000", "川": "510000", "黔": "520000",
    "贵": "520000", "滇": "530000", "云": "530000", "藏": "540000", "陕": "610000", "甘": "620000",
    "青": "630000", "宁": "640000", "新": "650000",
    "beijing": "110000", "tianjin": "120000", "hebei": "130000", "shanxi": "140000",
    "inner mongolia": "150000", "liaoning": "210000", "jilin": "220000", "heilongjiang": "230000",
    "shanghai": "310000", "jiangsu": "320000", "zhejiang": "330000", "anhui": "340000",
    "fujian": "350000", "jiangxi": "360000", "shandong": "370000", "henan": "410000",
    "hubei": "420000", "hunan": "430000", "guangdong": "440000", "guangxi": "450000",
    "hainan": "460000", "chongqing": "500000", "sichuan": "510000", "guizhou": "520000",
    "yunnan": "530000", "tibet": "540000", "xizang": "540000", "shaanxi": "610000",
    "gansu": "620000", "qinghai": "630000", "ningxia": "640000", "xinjiang": "650000",
    "taiwan": "710000", "hong kong": "810000", "macau": "820000", "macao": "820000",
}  # fmt: skip
_OLD_CITIES = {
    "襄樊": "420600",
    "思茅": "530800",
    "莱芜": "370100",
    "巢湖": "340100",
    "通什": "469001",
}


def normal_name(text: str) -> str:
    """Give the form in which names of places are compared."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip().lower()


@cache
def _rows() -> tuple[tuple[str, str, str], ...]:
    source = resources.files("analytics.data").joinpath("cn_admin_divisions.csv").read_text("utf-8")
    return tuple(
        (row["code"], row["name"], row["level"]) for row in csv.DictReader(source.splitlines())
    )


def _short(name: str) -> str:
    return _SUFFIX.sub("", _AUTONOMOUS.sub("", name))


@cache
def names() -> Mapping[str, str]:
    """Code -> official name."""
    return {code: name for code, name, _ in _rows()}


@cache
def provinces() -> Mapping[str, str]:
    """Every known name of a province, and its code itself -> code."""
    known = dict(_PROVINCE_WORDS)
    for code, name, level in _rows():
        if level == "province":
            known |= {name: code, _short(name): code, code: code, code[:2]: code}
    return known


@cache
def cities() -> Mapping[str, str]:
    """Every known name of a city, and its code -> code of its prefecture (or of the municipality)."""
    known: dict[str, str] = {}
    for code, name, level in reversed(_rows()):  # prefectures win over county-level cities
        if level == "county" and name.endswith("市"):
            city = code if code[2:4] == "90" else code[:4] + "00"  # 90: under the province itself
            known |= {name: city, _short(name): city}
    for code, name, level in _rows():
        if level == "prefecture" or (
            level == "province" and code[:2] in {"11", "12", "31", "50", "81", "82"}
        ):
            known |= {name: code, _short(name): code, code: code}
    for name, code in _OLD_CITIES.items():
        known |= {name: code, f"{name}市": code}
    return known


def province_code(text: str) -> str | None:
    """Give the code of a province named in any known way ("内蒙", "浙江省杭州市", "US-CA")."""
    if _ISO.match(text):
        return text
    name = normal_name(text)
    known = provinces()
    if name in known:
        return known[name]
    # A place that begins with its province: 浙江省杭州市; or a county's code.
    for length in range(min(len(name) - 1, 8), 1, -1):
        if name[:length] in known and not name[:length].isdigit():
            return known[name[:length]]
    return known.get(name[:2]) if re.match(r"^[0-9]{6}$", name) else None


def city_code(text: str) -> str | None:
    """Give the code of a city, or None where the name is not known."""
    name = normal_name(text)
    known = cities()
    if name in known:
        return known[name]
    if re.match(r"^[0-9]{6}$", name):
        return known.get(name[:4] + "00")
    for province in provinces():
        if (
            len(province) > 1
            and name.startswith(province)
            and (rest := name[len(province) :]) in known
        ):
            return known[rest]
    return None


def name_of(code: str) -> str:
    """Official name of a code; the code itself outside China."""
    return names().get(code, code)
