"""What an accepted tape says about its pool: facts, charts, the map of provinces, the heat map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from deals.tapes.engine.labels import code_label, column_label, screen_label
from deals.tapes.models import Tape
from ratings_site.components import figures
from ratings_site.components.charts import Chart

CHARTED = ("months_overdue", "claim_size", "ltv", "risk_class", "legal_stage", "product")
TABLED = ("asset_type", "collateral_type", "registration", "industry")
NOT_TOLD = "-"
# Where each province stands on a grid of tiles: column, row. A schematic, no map of borders.
TILES: dict[str, tuple[int, int]] = {
    "650000": (0, 1), "540000": (0, 4), "630000": (1, 3), "620000": (2, 2), "640000": (3, 2), "150000": (4, 1),
    "230000": (8, 0), "220000": (8, 1), "210000": (7, 1), "110000": (6, 1), "120000": (7, 2), "130000": (6, 2),
    "140000": (5, 2), "610000": (4, 3), "410000": (5, 3), "370000": (6, 3), "510000": (2, 4), "500000": (3, 4),
    "420000": (4, 4), "340000": (6, 4), "320000": (7, 3), "310000": (8, 4), "330000": (7, 4), "530000": (2, 5),
    "520000": (3, 5), "430000": (4, 5), "360000": (5, 4), "350000": (6, 5), "450000": (3, 6), "440000": (4, 6),
    "460000": (3, 7), "710000": (7, 6), "810000": (5, 6), "820000": (4, 7),
}  # fmt: skip
TILE = 46


@dataclass(frozen=True)
class Tile:
    """One province of the schematic map."""

    x: int
    y: int
    short: str
    name: str
    share: str
    loans: int
    shade: str
    href: str


@dataclass(frozen=True)
class Stratum:
    """One line of a stratification, leading to its loans."""

    label: str
    loans: int
    claim: Decimal
    share: float | None
    href: str


@dataclass(frozen=True)
class Table:
    title: str
    rows: Sequence[Stratum]


def language() -> str:
    return "zh" if (get_language() or "").startswith("zh") else "en"


def summary_page(tape: Tape) -> dict[str, Any]:
    """Return what the summary page of an accepted tape shows."""
    strata = tape.summary["strata"]
    return {
        "summary": tape.summary,
        "says": sentence(tape),
        "charts": [chart(tape, name, strata[name]) for name in CHARTED if strata.get(name)],
        "strata": [Table(column_label(name, language()), lines(tape, name, strata[name])) for name in (*CHARTED, *TABLED) if strata.get(name)],
        "tiles": tiles(tape, strata.get("province", [])),
        "provinces": Table(column_label("province", language()), lines(tape, "province", strata.get("province", []))),
        "warnings": [kind for kind in tape.report.get("kinds", []) if kind["severity"] == "warning"],
        "file": tape.report.get("file", {}),
        "screens": screens(tape.summary.get("screens", [])),
    }  # fmt: skip


def screens(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Word the screens that found something."""
    return [
        each
        | {"label": screen_label(each["key"], language()), "share": each["count"] / each["base"]}
        for each in found
        if each["count"]
    ]


def sentence(tape: Tape) -> str:
    """Say the pool in one sentence, from its figures."""
    summary = tape.summary
    top = summary["top10_share"]
    return _(
        "%(loans)s loans of %(borrowers)s borrowers owe %(claim)s; the ten largest borrowers owe %(top)s%% of it."
    ) % {
        "loans": figures.grouped(summary["loans"]),
        "borrowers": figures.grouped(summary["borrowers"]),
        "claim": figures.in_prose(Decimal(summary["total_claim"])),
        "top": figures.percent(top, 1),
    }


def loans_href(tape: Tape, name: str, key: str | None) -> str:
    return f"{reverse('deals:tape-loans', args=[tape.pk])}?{urlencode({name: key or NOT_TOLD})}"


def lines(tape: Tape, name: str, rows: Sequence[dict[str, Any]]) -> list[Stratum]:
    return [
        Stratum(
            label=_label(name, row["key"]),
            loans=row["loans"],
            claim=Decimal(str(row["claim"])),
            share=row["share"],
            href=loans_href(tape, name, row["key"]),
        )
        for row in rows
    ]


def _label(name: str, key: str | None) -> str:
    if key:
        return code_label(name, key, language())
    return _("no collateral") if name in {"ltv", "collateral_type"} else _("not told")


def chart(tape: Tape, name: str, rows: Sequence[dict[str, Any]]) -> Chart:
    """Draw a stratification as bars: share of the claim."""
    title = column_label(name, language())
    labels = [_label(name, row["key"]) for row in rows]
    shares = [round(100 * (row["share"] or 0), 1) for row in rows]
    share = _("Share of claim, %")
    largest = max(range(len(rows)), key=lambda at: shares[at])
    return Chart(
        key=f"strata-{name}",
        kind="bars",
        title=title,
        unit=share,
        label=_("%(title)s: most of the claim, %(share)s%%, in %(label)s.")
        % {"title": title, "share": shares[largest], "label": labels[largest]},
        data={
            "names": labels,
            "series": [{"name": share, "values": shares}],
            "hrefs": [loans_href(tape, name, row["key"]) for row in rows],
        },
        head=[title, _("Loans"), _("Claim, CNY 10k"), share],
        rows=[
            [
                label,
                figures.grouped(row["loans"]),
                figures.wan(row["claim"]),
                figures.percent(row["share"]),
            ]
            for label, row in zip(labels, rows, strict=True)
        ],
        size="chart-s",
    )


def tiles(tape: Tape, rows: Sequence[dict[str, Any]]) -> list[Tile]:
    """Place each province on the schematic map, shaded by its share of the claim."""
    by_code = {row["key"]: row for row in rows if row["key"] in TILES}
    if not by_code:
        return []
    return [_tile(tape, code, by_code.get(code)) for code in TILES]


def _tile(tape: Tape, code: str, row: dict[str, Any] | None) -> Tile:
    column, line = TILES[code]
    share = (row["share"] or 0.0) if row else 0.0
    name = code_label("province", code, language())
    return Tile(
        x=column * TILE,
        y=line * TILE,
        short=name[:3] if name.startswith(("内蒙古", "黑龙江")) else name[:2],
        name=name,
        share=figures.percent(share) if row else figures.ABSENT,
        loans=row["loans"] if row else 0,
        shade=_shade(share),
        href=loans_href(tape, "province", code) if row else "",
    )


def _shade(share: float) -> str:
    """Class of a tile: nothing, up to 2 %, up to 10 %, above."""
    if share <= 0:
        return "f-none"
    if share < 0.02:
        return "tile-1"
    return "tile-2" if share < 0.10 else "tile-3"
