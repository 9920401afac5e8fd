"""Two runs side by side: what was put in, what came out, what moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from deals.runs.selectors.results import level_words, rated_notes, share
from ratings_site.components import figures
from ratings_site.components.levels import LEVELS, notch

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One figure in both runs and its change; `is_worse` where it speaks against the note."""

    label: str
    before: str
    now: str
    change: str
    moved: bool
    is_worse: bool = False


@dataclass(frozen=True)
class NoteComparison:
    name: str
    rows: tuple[Row, ...]
    margins: tuple[Row, ...]


def inputs_compared(before: Document, now: Document) -> tuple[Row, ...]:
    """Set the identities of two runs side by side: same inputs, same digits."""
    keys = [
        (_("Engine"), "engine"),
        (_("Criteria"), "criteria"),
        (_("Seed"), "seed"),
        (_("Paths"), "paths"),
        (_("Inputs"), "inputs_sha256"),
        (_("Lock file"), "lock_sha256"),
    ]
    return tuple(same_or_not(label, before[key], now[key]) for label, key in keys)


def same_or_not(label: str, before: object, now: object) -> Row:
    moved = before != now
    return Row(
        label, written(before), written(now), _("differs") if moved else _("same"), moved=moved
    )


def written(value: object) -> str:
    if isinstance(value, str) and len(value) == 64:
        return figures.short_hash(value)
    if isinstance(value, int) and value < 10**9:
        return figures.grouped(value)
    return str(value)


def assumptions_compared(before: Document, now: Document) -> tuple[Row, ...]:
    """Return the assumptions that differ, by name."""
    earlier = {each["name"]: each["value"] for each in before.get("assumptions", ())}
    later = {each["name"]: each["value"] for each in now.get("assumptions", ())}
    names = [name for name in {**earlier, **later} if earlier.get(name) != later.get(name)]
    return tuple(
        Row(
            name,
            plain(earlier.get(name)),
            plain(later.get(name)),
            difference(earlier.get(name), later.get(name)),
            moved=True,
        )
        for name in sorted(names)
    )


def plain(value: object) -> str:
    if value is None:
        return figures.ABSENT
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {plain(each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(plain(each) for each in value)
    if isinstance(value, float):
        return f"{value:.6g}".replace("-", figures.MINUS)
    return str(value)


def difference(before: object, now: object) -> str:
    numbers = (int, float)
    if isinstance(before, numbers) and isinstance(now, numbers):
        return figures.signed(now - before, 4)
    return _("differs")


def pool_compared(before: Document, now: Document) -> tuple[Row, ...]:
    old, new = before["pool"], now["pool"]
    money = figures.money_unit()
    return (
        amount(_("Claim, {unit}").format(unit=money), old["claim"], new["claim"], 2),
        amount(
            _("Base recovery, gross, {unit}").format(unit=money),
            old["base_gross"],
            new["base_gross"],
        ),
        amount(
            _("Base recovery, net, {unit}").format(unit=money), old["base_net"], new["base_net"]
        ),
        rate(
            _("Base recovery, % of claim"),
            share(old["base_gross"], old["claim"]),
            share(new["base_gross"], new["claim"]),
        ),
        rate(_("1 path in 20 below, % of claim"), old["p05"], new["p05"]),
        rate(
            _("Simulated sd, % of claim"),
            old["recovery_sd"],
            new["recovery_sd"],
            more_is_worse=True,
        ),
        number(
            _("Mean time to cash, months"),
            old["mean_months"],
            new["mean_months"],
            more_is_worse=True,
        ),
    )


def notes_compared(before: Document, now: Document) -> tuple[NoteComparison, ...]:
    earlier = {note["name"]: note for note in rated_notes(before)}
    return tuple(
        note_compared(earlier[note["name"]], note)
        for note in rated_notes(now)
        if note["name"] in earlier
    )


def note_compared(old: Document, new: Document) -> NoteComparison:
    rows = (
        level_row(_("Level, quantitative"), old["quantitative"], new["quantitative"]),
        level_row(_("Level by ladder"), old["level_by_ladder"], new["level_by_ladder"]),
        level_row(_("Level by simulation"), old["level_by_simulation"], new["level_by_simulation"]),
        rate(
            _("Shortfall probability, %"),
            old["shortfall_probability"],
            new["shortfall_probability"],
            decimals=2,
            more_is_worse=True,
        ),
        rate(
            _("Expected loss, % of balance"),
            old["expected_loss"],
            new["expected_loss"],
            decimals=2,
            more_is_worse=True,
        ),
        rate(
            _("Misses expected maturity, %"),
            old["miss_expected_maturity"],
            new["miss_expected_maturity"],
            more_is_worse=True,
        ),
        number(
            _("Weighted average life, years"),
            old["wal_years"],
            new["wal_years"],
            2,
            more_is_worse=True,
        ),
    )
    return NoteComparison(new["name"], rows, margins_compared(old, new))


def margins_compared(old: Document, new: Document) -> tuple[Row, ...]:
    earlier = {rung["level"]: rung["margin"] for rung in old["ladder"]}
    later = {rung["level"]: rung["margin"] for rung in new["ladder"]}
    return tuple(
        margin_row(level, earlier[level], later[level])
        for level in LEVELS
        if level in earlier and level in later
    )


def margin_row(level: str, before: float | None, now: float | None) -> Row:
    moved, worse = moved_and_worse(before, now, more_is_worse=False)
    return Row(
        level_words(level),
        figures.signed_percent(before),
        figures.signed_percent(now),
        change_of(before, now, 100, 1),
        moved=moved,
        is_worse=worse,
    )


def amount(label: str, before: float | None, now: float | None, decimals: int = 0) -> Row:
    moved, worse = moved_and_worse(before, now, more_is_worse=False)
    return Row(
        label,
        figures.wan(before, decimals),
        figures.wan(now, decimals),
        change_of(before, now, 1e-4, decimals),
        moved=moved,
        is_worse=worse,
    )


def rate(
    label: str,
    before: float | None,
    now: float | None,
    *,
    decimals: int = 1,
    more_is_worse: bool = False,
) -> Row:
    moved, worse = moved_and_worse(before, now, more_is_worse=more_is_worse)
    return Row(
        label,
        figures.percent(before, decimals),
        figures.percent(now, decimals),
        change_of(before, now, 100, decimals),
        moved=moved,
        is_worse=worse,
    )


def number(
    label: str,
    before: float | None,
    now: float | None,
    decimals: int = 1,
    *,
    more_is_worse: bool = False,
) -> Row:
    moved, worse = moved_and_worse(before, now, more_is_worse=more_is_worse)
    return Row(
        label,
        figures.grouped(before, decimals),
        figures.grouped(now, decimals),
        change_of(before, now, 1, decimals),
        moved=moved,
        is_worse=worse,
    )


def level_row(label: str, before: str, now: str) -> Row:
    steps = notch(before) - notch(now)
    change = _("same") if not steps else figures.signed(steps, 0)
    return Row(
        label, level_words(before), level_words(now), change, moved=bool(steps), is_worse=steps < 0
    )


def change_of(before: float | None, now: float | None, scale: float, decimals: int) -> str:
    if before is None or now is None:
        return figures.ABSENT
    return figures.signed((now - before) * scale, decimals)


def moved_and_worse(
    before: float | None, now: float | None, *, more_is_worse: bool
) -> tuple[bool, bool]:
    if before is None or now is None or before == now:
        return before != now, False
    return True, (now > before) == more_is_worse
