"""A result document (`npl-result/1`) as the page shows it. No arithmetic is left to a template."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from ratings_site.components import figures
from ratings_site.components.levels import LEVELS, notch

Document = Mapping[str, Any]

PAID_OFF = 0.005  # CNY: half a fen of balance is no balance
NARROWEST = (-0.10, 0.40)  # scale of the margin picture, as a share of the balance
WIDEST = (-0.50, 1.00)


@dataclass(frozen=True)
class NoteTerms:
    """What the deal file says of a note: for the line above its level."""

    coupon: str
    promise: str
    is_rated: bool
    expected_maturity: datetime.date | None
    legal_final: datetime.date | None


@dataclass(frozen=True)
class Rung:
    """One level of one note: figures as written, verdicts as flags."""

    level: str
    margin: float | None
    margin_text: str
    timely_interest: bool
    ultimate_principal: bool
    passed: bool
    breaks_at: str
    delay_borne: str
    redeemed: str
    frequency: str
    worst_case: str
    is_highest_passed: bool
    is_cap: bool


@dataclass(frozen=True)
class SharedRung:
    """One row of the ladder: what the level asks of the pool, and each note's answer."""

    level: str
    cut: str
    delay: str
    stressed_to: str
    rungs: tuple[Rung, ...]

    @property
    def only(self) -> Rung:
        return self.rungs[0]

    @property
    def all_passed(self) -> bool:
        return all(rung.passed for rung in self.rungs)

    @property
    def none_passed(self) -> bool:
        return not any(rung.passed for rung in self.rungs)

    @property
    def is_marked(self) -> bool:
        return any(rung.is_highest_passed for rung in self.rungs)


@dataclass(frozen=True)
class Ladder:
    """All levels, best first, on one scale of margins."""

    rows: tuple[SharedRung, ...]
    low: float
    high: float
    has_stresses: bool
    has_redemptions: bool

    @property
    def low_text(self) -> str:
        return figures.signed(self.low * 100, 0)

    @property
    def high_text(self) -> str:
        return figures.signed(self.high * 100, 0)


@dataclass(frozen=True)
class Fact:
    label: str
    text: str
    anchor: str = ""


def rated_notes(result: Document) -> list[Document]:
    """Return the notes that are to be rated, in order of payment."""
    notes = [note for note in result["notes"] if note["is_rated"]]
    return sorted(notes, key=lambda note: note["rank"])


def note_terms(deal_file: Document) -> dict[str, NoteTerms]:
    """Read the notes of a deal file by name."""
    final = deal_file["dates"].get("legal_final")
    return {note["name"]: terms_of(note, final) for note in deal_file["notes"]}


def terms_of(note: Document, legal_final: str | None) -> NoteTerms:
    coupon = note.get("coupon") or {"kind": "none"}
    return NoteTerms(
        coupon=coupon_text(coupon),
        promise=promise_of(note, coupon),
        is_rated=bool(note.get("rated", coupon["kind"] != "none")),
        expected_maturity=figures.as_date(note.get("expected_maturity")),
        legal_final=figures.as_date(note.get("legal_final") or legal_final),
    )


def promise_of(note: Document, coupon: Document) -> str:
    """Return what is promised on interest: as stated, else by the defaults of the deal file."""
    if note.get("promise"):
        return str(note["promise"])
    if coupon["kind"] == "none":
        return "none"
    return "ultimate" if note.get("deferrable") else "timely"


def coupon_text(coupon: Document) -> str:
    """Write a coupon in a few signs: ``2.59%``, ``LPR + 0.50%``."""
    kind = coupon["kind"]
    if kind == "fixed":
        return f"{figures.percent(float(coupon['rate']), 2)}%"
    if kind == "floating":
        spread = figures.signed_percent(float(coupon.get("spread") or 0), 2)
        return f"{coupon['index']} {spread}%"
    if kind == "step":
        return _("step-up coupon")
    return ""


def promise_text(promise: str) -> str:
    words = {
        "timely": _("Timely interest, ultimate principal"),
        "ultimate": _("Ultimate interest and principal"),
    }
    return words.get(promise, "")


def ladder_of(result: Document, outcomes: Mapping[str, str]) -> Ladder:
    """Lay the notes' ladders side by side on shared levels.

    `outcomes` gives the level that stands for each note, by name, for the mark of a cap.
    """
    notes = rated_notes(result)
    stresses = {each["level"]: each for each in result.get("stresses", ())}
    low, high = margin_scale(
        [rung["margin"] for note in notes for rung in note["ladder"] if rung["margin"] is not None]
    )
    by_note = [rungs_of(note, outcomes.get(note["name"], ""), stresses) for note in notes]
    rows = tuple(
        shared_rung(level, stresses.get(level), tuple(rungs[level] for rungs in by_note))
        for level in LEVELS
        if all(level in rungs for rungs in by_note)
    )
    return Ladder(
        rows,
        low,
        high,
        has_stresses=bool(stresses),
        # Flows are kept for some levels only; a column half empty would say what is not so.
        has_redemptions=all(rung.redeemed for row in rows for rung in row.rungs),
    )


def shared_rung(level: str, stress: Document | None, rungs: tuple[Rung, ...]) -> SharedRung:
    if stress is None:
        return SharedRung(level, figures.ABSENT, figures.ABSENT, figures.ABSENT, rungs)
    return SharedRung(
        level=level,
        cut=figures.percent(1 - stress["kept"]),
        delay=figures.grouped(stress["delay_months"], 1),
        stressed_to=figures.percent(stress["kept"]),
        rungs=rungs,
    )


def rungs_of(note: Document, outcome: str, stresses: Mapping[str, Document]) -> dict[str, Rung]:
    breaks = {each["level"]: each for each in note.get("breakeven", ())}
    redeemed = {each["name"]: redeemed_on(each["flows"]) for each in note.get("scenarios", ())}
    highest = note["level_by_ladder"]
    is_capped = bool(outcome) and notch(outcome) > notch(note["quantitative"])
    return {
        rung["level"]: Rung(
            level=rung["level"],
            margin=rung["margin"],
            margin_text=figures.signed_percent(rung["margin"]),
            timely_interest=rung["timely_interest"],
            ultimate_principal=rung["ultimate_principal"],
            passed=rung["passed"],
            breaks_at=figures.percent(breaks.get(rung["level"], {}).get("multiple")),
            delay_borne=more_delay(breaks.get(rung["level"]), stresses.get(rung["level"])),
            redeemed=figures.iso_date(redeemed[rung["level"]]) if rung["level"] in redeemed else "",
            frequency=figures.percent(rung["shortfall_frequency"]),
            worst_case=case_words(rung["worst_case"]),
            is_highest_passed=rung["level"] == highest,
            is_cap=is_capped and rung["level"] == outcome,
        )
        for rung in note["ladder"]
    }


def case_words(case: str) -> str:
    """Say which of a level's cases was the worst."""
    words = {
        "as stated": _("as the deal states"),
        "costs first": _("disposal costs paid first"),
        "rates up": _("rates up"),
        "rates down": _("rates down"),
    }
    return ", ".join(words.get(part, part) for part in case.split(", "))


def more_delay(breakeven: Document | None, stress: Document | None) -> str:
    """Write the delay a note bears beyond the level's own, in months."""
    if breakeven is None or breakeven["delay_months"] is None or stress is None:
        return figures.ABSENT
    return figures.grouped(max(0.0, breakeven["delay_months"] - stress["delay_months"]), 1)


def redeemed_on(flows: Sequence[Document]) -> str | None:
    """Return the date on which the balance is first gone, if it ever is."""
    return next((flow["date"] for flow in flows if flow["balance"] < PAID_OFF), None)


def margin_scale(margins: Sequence[float]) -> tuple[float, float]:
    """Choose one scale for all margin pictures: tenths, at least −10 to +40, never endless."""
    if not margins:
        return NARROWEST
    low = max(WIDEST[0], min(NARROWEST[0], -tenths_up(-min(margins))))
    high = min(WIDEST[1], max(NARROWEST[1], tenths_up(max(margins))))
    return low, high


def tenths_up(value: float) -> float:
    return -(-value * 10 // 1) / 10


def facts_of(note: Document, terms: NoteTerms | None) -> tuple[Fact, ...]:
    """Return the figures under a note's level, each with the section that it comes from."""
    facts = [
        Fact(
            _("Shortfall probability, %"),
            figures.with_error(note["shortfall_probability"], note["shortfall_se"]),
            "distribution",
        ),
        target_fact(note),
        Fact(
            _("Level by ladder / simulation"),
            f"{level_words(note['level_by_ladder'])} / {level_words(note['level_by_simulation'])}",
            "ladder",
        ),
        Fact(
            _("Expected loss, % of balance"),
            figures.with_error(note["expected_loss"], note["expected_loss_se"]),
            "distribution",
        ),
        Fact(_("Weighted average life, years"), figures.grouped(note["wal_years"], 2), "cash"),
        Fact(
            _("Misses expected maturity, %"),
            figures.percent(note["miss_expected_maturity"]),
            "cash",
        ),
        Fact(_("Redeemed, base case"), figures.iso_date(note["redeemed_on"]), "cash"),
    ]
    if terms is not None and terms.expected_maturity:
        facts.append(Fact(_("Expected maturity"), figures.iso_date(terms.expected_maturity)))
    return tuple(facts)


def other_cases(note: Document) -> tuple[Fact, ...]:
    """Return the level that the ladder gives in cases run beside the one that decides."""
    return (
        Fact(_("Deal as stated"), level_words(note["level_as_stated"])),
        Fact(_("Disposal costs first"), level_words(note["level_costs_first"])),
        Fact(_("Servicer disrupted"), level_words(note["level_with_disruption"])),
        Fact(_("Cash to closing commingled"), level_words(note["level_if_commingled"])),
    )


def target_fact(note: Document) -> Fact:
    """Set the targets of the level reached and of the next better one beside the probability."""
    targets = note.get("target_shortfall") or {}
    reached = note["level_by_simulation"]
    shown = [level for level in (reached, better_than(reached)) if level in targets]
    return Fact(
        _("Target for {levels}, %").format(levels=" / ".join(level_words(each) for each in shown)),
        " / ".join(figures.percent(targets[each], 2) for each in shown) or figures.ABSENT,
        "distribution",
    )


def better_than(level: str) -> str:
    """Return the next better level; nothing above AAA."""
    place = notch(level) - 1
    return LEVELS[place] if place >= 0 else ""


def level_words(level: str) -> str:
    """Write a level; what lies below the scale is said in words."""
    return figures.level_text(level) if level in LEVELS else _("below CCC")


def pool_facts(result: Document) -> tuple[Fact, ...]:
    """Return the pool's figures: recoveries as shares of the claim, amounts in 10,000 units."""
    pool = result["pool"]
    money = figures.money_unit()
    facts = [
        Fact(_("Claim, {unit}").format(unit=money), figures.wan(pool["claim"])),
        Fact(
            _("Base recovery, gross, {unit}").format(unit=money), figures.wan(pool["base_gross"], 0)
        ),
        Fact(_("Base recovery, net, {unit}").format(unit=money), figures.wan(pool["base_net"], 0)),
        Fact(
            _("Base recovery, % of claim"),
            figures.percent(share(pool["base_gross"], pool["claim"])),
        ),
        Fact(_("Simulated mean, % of claim"), figures.percent(pool["recovery_mean"])),
        Fact(
            _("Nine paths in ten, % of claim"),
            f"{figures.percent(pool['p05'])} – {figures.percent(pool['p95'])}",
        ),
        Fact(_("Mean time to cash, months"), figures.grouped(pool["mean_months"], 1)),
        Fact(_("Effective number of loans"), effective_words(pool)),
    ]
    return tuple(facts)


def effective_words(pool: Document) -> str:
    """Write the effective number of recoveries; a granular aggregate has none and says so."""
    if pool["effective_number"] is None:
        return _("granular")
    return figures.grouped(pool["effective_number"], 0)


def share(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else part / whole
