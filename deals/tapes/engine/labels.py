"""Codes, strata and columns of the tape in English and Chinese words."""

from __future__ import annotations

from analytics.tape import BY_NAME, Kind
from analytics.tape.divisions import name_of

ABSENT = "–"
_SECTIONS = {
    "A": ("agriculture", "农、林、牧、渔业"),
    "B": ("mining", "采矿业"),
    "C": ("manufacturing", "制造业"),
    "D": ("utilities", "电力、热力、燃气及水"),
    "E": ("construction", "建筑业"),
    "F": ("wholesale and retail", "批发和零售业"),
    "G": ("transport and storage", "交通运输、仓储和邮政业"),
    "H": ("hotels and catering", "住宿和餐饮业"),
    "I": ("information technology", "信息传输、软件和信息技术"),
    "J": ("finance", "金融业"),
    "K": ("real estate", "房地产业"),
    "L": ("leasing and business services", "租赁和商务服务业"),
    "M": ("research", "科学研究和技术服务业"),
    "N": ("environment", "水利、环境和公共设施"),
    "O": ("household services", "居民服务、修理和其他服务业"),
    "P": ("education", "教育"),
    "Q": ("health", "卫生和社会工作"),
    "R": ("culture and sport", "文化、体育和娱乐业"),
    "S": ("public administration", "公共管理和社会组织"),
    "T": ("international organisations", "国际组织"),
}
_STRATA = {
    "months_overdue": ("Months overdue", "逾期月数"),
    "ltv": ("Claim / value of collateral", "债权 / 抵押物价值"),
    "claim_size": ("Size of claim, CNY 10k", "债权规模，万元"),
    "value": ("Value of collateral", "抵押物价值"),
    "city_name": ("City", "城市"),
}


_SCREENS = {
    "copied_valuations": (
        "The same value on five collaterals or more",
        "五个以上抵押物评估价值完全相同",
    ),
    "heaped_valuations": (
        "Values that are whole multiples of CNY 100,000",
        "评估价值为十万元整数倍",
    ),
    "copied_dates": ("Appraised on one and the same day", "评估日集中在同一天"),
    "duplicate_persons": ("One name under several numbers in a city", "同城同名而编号不同的借款人"),
    "early_stages": (
        "Judgment or later within three months of default",
        "违约三个月内已到判决或之后阶段",
    ),
    "point_mass_of_plans": ("Plans that expect the whole claim back", "预计全额回收的计划"),
    "value_outliers": ("Value per m² far from its province and type", "单价显著偏离同省同类抵押物"),
    "missing_by_product": ("Columns that one product leaves out", "某产品集中缺失的列"),
}


def screen_label(key: str, language: str) -> str:
    """Name a statistical screen."""
    return _SCREENS[key][language == "zh"]


def column_label(column: str, language: str) -> str:
    """Name a column or a stratification."""
    if column in _STRATA:
        return _STRATA[column][language == "zh"]
    if column not in BY_NAME:
        return column
    found = BY_NAME[column]
    return found.zh if language == "zh" else found.title


def code_label(column: str, code: str | None, language: str) -> str:
    """Write a code in words; names of provinces stay Chinese in both languages."""
    if not code:
        return ABSENT
    if column == "industry" and code in _SECTIONS:
        return _SECTIONS[code][language == "zh"]
    found = BY_NAME.get(column)
    if found is None:
        return code
    if found.kind is Kind.DIVISION:
        return name_of(code)
    if language == "zh" and found.codes.get(code):
        return found.codes[code][0]
    return code.replace("_", " ") if found.codes else code
