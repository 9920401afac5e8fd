"""The assumptions of a run: the few that carry the result in words, and all of them as used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ratings_site.components import figures

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Assumption:
    """One assumption as used, beside the criteria, with its source."""

    name: str
    label: str
    value: str
    criteria_value: str
    unit: str
    mark: str
    source: str
    deviates: bool


class Key(NamedTuple):
    """An assumption that a committee asks for first: its words, and how its value is written."""

    name: str
    label: str | Promise
    write: Callable[[Any], str]


def in_percent(value: object) -> str:
    """Write a share, or a table of shares, in per cent."""
    if isinstance(value, Mapping):
        return "; ".join(f"{spoken(key)} {in_percent(each)}" for key, each in value.items())
    if isinstance(value, int | float):
        return figures.percent(value, 1 if abs(value) >= 0.01 else 2)
    return value_text(value)


def value_text(value: object) -> str:
    """Write a value: figures with their own digits, tables key by key, words as they are."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return f"{value:,.6g}".replace("-", figures.MINUS)
    if isinstance(value, Mapping):
        return "; ".join(f"{spoken(key)} {value_text(each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(value_text(each) for each in value)
    return figures.ABSENT if value is None else spoken(value)


def spoken(word: object) -> str:
    """Say a code of the criteria as words."""
    known = {
        "card": _("cards"),
        "consumer": _("consumer loans"),
        "auto": _("car loans"),
        "home_mortgage": _("homes"),
        "sme_secured": _("SME, property"),
        "sme_unsecured": _("SME, unsecured"),
        "sme_mixed": _("SME, mixed"),
        "corporate": _("corporate"),
        "unsecured": _("unsecured"),
        "secured": _("secured"),
        "national": _("national"),
        "province": _("province"),
        "asset_type": _("asset type"),
        "top_down": _("top-down ratio"),
        "bottom_up": _("bottom-up by loan"),
        "ladder": _("the ladder decides"),
        "lower_of_both": _("the lower of both decides"),
        "retail": _("retail"),
        "property": _("property"),
        "backup": _("with back-up"),
        "no_backup": _("without back-up"),
        "strong": _("strong"),
        "adequate": _("adequate"),
        "weak": _("weak"),
        "poor": _("poor"),
        "unassessed": _("unassessed"),
    }
    return known.get(str(word), str(word).replace("_", " "))


KEYS = (
    Key("recovery.debias", gettext_lazy("Debiasing of plans and forecasts, multiple"), value_text),
    Key(
        "recovery.plan_credibility",
        gettext_lazy("Weight of the servicer's plan, % by grade"),
        in_percent,
    ),
    Key(
        "recovery.unsecured_mean",
        gettext_lazy("Unsecured recovery where no pool tells, % of claim"),
        in_percent,
    ),
    Key("recovery.price_path", gettext_lazy("House prices, base path"), value_text),
    Key("costs.source", gettext_lazy("Source of work-out costs"), value_text),
    Key("costs.ratio", gettext_lazy("Work-out cost, % of gross recovery"), in_percent),
    Key("curves.by_asset_class", gettext_lazy("Timing curve of recoveries"), value_text),
    Key("dispersion.floor", gettext_lazy("Systematic sd, % of recovery, at least"), in_percent),
    Key("dispersion.factor_shares", gettext_lazy("Systematic variance by factor, %"), in_percent),
    Key(
        "dispersion.time_correlation", gettext_lazy("Correlation of time with recovery"), value_text
    ),
    Key(
        "disruption.stop_months",
        gettext_lazy("Servicer disruption, months without collections"),
        value_text,
    ),
    Key(
        "structure.reserve_multiple",
        gettext_lazy("Liquidity reserve, multiple of next fees and interest"),
        value_text,
    ),
    Key("outcome.rule", gettext_lazy("Which reading decides"), value_text),
)


def key_assumptions(result: Document, asset_class: str | None) -> tuple[Assumption, ...]:
    """Return the assumptions that carry the result, for the class of the pool where one is given."""
    used = {each["name"]: each for each in result.get("assumptions", ())}
    return tuple(
        written(used[key.name], str(key.label), key.write, asset_class)
        for key in KEYS
        if key.name in used
    )


def all_assumptions(result: Document) -> tuple[Assumption, ...]:
    """Return every assumption as used; deviations from the criteria first."""
    rows = [written(each, each["name"], value_text, None) for each in result.get("assumptions", ())]
    return tuple(sorted(rows, key=lambda row: not row.deviates))


def written(
    used: Document, label: str, write: Callable[[Any], str], asset_class: str | None
) -> Assumption:
    return Assumption(
        name=used["name"],
        label=label,
        value=write(concerned(used["value"], asset_class)),
        criteria_value=write(concerned(used["criteria_value"], asset_class)),
        unit=used["unit"],
        mark=used["mark"],
        source=used["source"],
        deviates=used["criteria_value"] is not None and used["value"] != used["criteria_value"],
    )


def concerned(value: object, asset_class: str | None) -> object:
    """Return the entry of the pool's own class from a table by class, else the whole value."""
    if asset_class is not None and isinstance(value, Mapping) and asset_class in value:
        return value[asset_class]
    return value
