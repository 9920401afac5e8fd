"""Invented figures for the style page. They show forms, never a deal."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext as _

from ratings_site.components.charts import Chart
from ratings_site.components.figures import grouped


class SampleRow(NamedTuple):
    level: str
    margin: float
    passed: bool
    is_main: bool


def ladder() -> list[SampleRow]:
    margins = {"AAA": -0.038, "AA+": 0.021, "AA": 0.075, "AA-": 0.099, "A+": 0.123}
    return [SampleRow(level, m, m >= 0, level == "AA+") for level, m in margins.items()]


def states() -> list[tuple[str, str]]:
    return [
        ("todo", _("waits for you")),
        ("run", _("running")),
        ("done", _("done")),
        ("hold", _("in force")),
        ("bad", _("refused")),
        ("seal", _("sealed")),
    ]


def charts() -> list[Chart]:
    return [fan(), balances(), distribution(), lines(), bars(), bridge()]


def dates() -> list[str]:
    return [f"{2024 + (2 + 6 * k) // 12}-{(2 + 6 * k) % 12 + 1:02d}-26" for k in range(10)]


def growth(limit: float) -> list[float]:
    return [round(limit * (1 - 0.72**k)) for k in range(10)]


def fan() -> Chart:
    shares = {"p05": 32_000, "p25": 37_000, "p50": 40_000, "p75": 43_500, "p95": 49_000}
    series = {key: growth(limit) for key, limit in shares.items()}
    return Chart(
        key="sample-fan",
        kind="fan",
        title=_("Collections since cut-off"),
        unit=_("invented figures"),
        label=_("A fan of five quantiles that rises and flattens"),
        data={
            "dates": dates(),
            **series,
            "needs": [{"name": _("senior needs"), "value": 29_240}],
            "names": {
                "p50": _("median"),
                "p05": _("1 in 20 below"),
                "p95": _("1 in 20 above"),
            },
            "marks": [{"at": dates()[6], "name": _("expected maturity")}],
        },
        head=[_("Date"), "p05", "p50", "p95"],
        rows=[
            (day, *(grouped(series[key][k]) for key in ("p05", "p50", "p95")))
            for k, day in enumerate(dates())
        ],
    )


def balances() -> Chart:
    paid = [27_500, 22_500, 17_200, 11_700, 6_600, 2_300, 0, 0, 0, 0]
    slow = [27_500, 25_000, 22_100, 18_800, 15_600, 12_700, 10_100, 7_900, 6_100, 4_700]
    return Chart(
        key="sample-balances",
        kind="balances",
        title=_("Balance after payment"),
        unit=_("invented figures"),
        label=_("Two step lines; one ends unpaid"),
        data={
            "dates": dates(),
            "cases": [
                {
                    "name": _("base"),
                    "values": paid,
                    "label": _("base"),
                    "main": True,
                },
                {
                    "name": "AAA",
                    "values": slow,
                    "label": "AAA",
                    "fails": True,
                },
            ],
            "marks": [],
        },
        head=[_("Date"), _("base"), "AAA"],
        rows=[(day, grouped(paid[k]), grouped(slow[k])) for k, day in enumerate(dates())],
    )


def distribution() -> Chart:
    shares = [0.4, 1.9, 6.3, 14.8, 24.0, 25.1, 16.9, 7.6, 2.4, 0.6]
    return Chart(
        key="sample-distribution",
        kind="distribution",
        title=_("Distribution"),
        unit=_("invented figures"),
        label=_("A heap of ten bars; the two lowest fail"),
        data={
            "bins": [
                {
                    "from": 20 + 4 * k,
                    "to": 24 + 4 * k,
                    "share": share,
                    "name": f"{20 + 4 * k} – {24 + 4 * k}",
                    "fails": k < 2,
                }
                for k, share in enumerate(shares)
            ],
            "xname": _("recovery, % of claim"),
            "yname": _("% of paths"),
            "marks": [{"at": 28, "name": _("senior needs")}],
        },
        head=[_("Recovery, % of claim"), _("% of paths")],
        rows=[
            (f"{20 + 4 * k} – {24 + 4 * k}", grouped(share, 1)) for k, share in enumerate(shares)
        ],
    )


def lines() -> Chart:
    ours = [[k * 6, round(48 * (1 - 0.7**k), 1)] for k in range(9)]
    theirs = [[k * 6, round(41 * (1 - 0.66**k), 1)] for k in range(9)]
    return Chart(
        key="sample-lines",
        kind="lines",
        title=_("Curves"),
        unit=_("invented figures"),
        label=_("Two curves that rise; ours ends higher"),
        data={
            "time": False,
            "maxX": 48,
            "xname": _("months since default"),
            "series": [
                {"name": _("this pool"), "data": ours, "main": True},
                {"name": _("comparable"), "data": theirs, "dashed": True},
            ],
        },
        head=[_("Months since default"), _("this pool"), _("comparable")],
        rows=[
            (str(a[0]), grouped(a[1], 1), grouped(b[1], 1))
            for a, b in zip(ours, theirs, strict=True)
        ],
    )


def bars() -> Chart:
    names = ["2019", "2020", "2021", "2022", "2023"]
    values = [3.1, 11.8, 24.6, 37.2, 23.3]
    return Chart(
        key="sample-bars",
        kind="bars",
        title=_("Stratification"),
        unit=_("% of claim; invented figures"),
        label=_("Five bars; 2022 is the highest"),
        data={"names": names, "series": [{"name": _("share"), "values": values}]},
        head=[_("Year"), _("share")],
        rows=[(name, grouped(value, 1)) for name, value in zip(names, values, strict=True)],
    )


def bridge() -> Chart:
    steps: list[dict[str, object]] = [
        {"name": _("other forecast"), "total": 45_660},
        {"name": _("price path"), "by": -1_980},
        {"name": _("court time"), "by": -640},
        {"name": _("servicer plan"), "by": 1_010},
        {"name": _("our base"), "total": 44_050, "main": True},
    ]
    return Chart(
        key="sample-bridge",
        kind="bridge",
        title=_("Bridge"),
        unit=_("invented figures; axis starts at 36,000"),
        label=_("From one forecast to another in three steps"),
        data={"steps": steps, "min": 36_000},
        head=[_("Step"), _("Amount")],
        rows=[(str(s["name"]), grouped(float(str(s.get("total", s.get("by")))))) for s in steps],
    )
