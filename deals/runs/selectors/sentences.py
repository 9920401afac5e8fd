"""Sentences about a run, built from its figures in the reader's language, never typed by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deals.runs.selectors.outcome import Outcome, kind_word
from deals.runs.selectors.results import better_than, level_words, share
from ratings_site.components import figures
from ratings_site.components.levels import LEVELS, notch
from ratings_site.components.templatetags.figures import tongue

Document = Mapping[str, Any]


def joined(*sentences: SafeString) -> SafeString:
    """Set sentences one after the other: a blank between them in English, none in Chinese."""
    blank = "" if figures.is_chinese() else " "
    return mark_safe(blank.join(each for each in sentences if each))  # noqa: S308 - parts are safe


def bold(text: str) -> SafeString:
    return format_html('<b class="b">{}</b>', text)


def per_cent(fraction: float, decimals: int = 1) -> SafeString:
    return bold(f"{figures.percent(fraction, decimals)}%")


def name_of(note: Document) -> SafeString:
    return format_html("{}", tongue(note["name"]))


def note_sentence(note: Document, outcome: Outcome) -> SafeString:
    """Say what a note passes and fails, by how much, and what holds it."""
    return joined(ladder_sentence(note), binding_sentence(note, outcome), gap_sentence(note))


def ladder_sentence(note: Document) -> SafeString:
    rungs = {rung["level"]: rung for rung in note["ladder"]}
    highest = note["level_by_ladder"]
    name = name_of(note)
    if highest not in LEVELS:
        lowest = rungs[LEVELS[-1]]
        if lowest["ultimate_principal"]:
            return format_html(
                _(
                    "{note} is repaid in the unstressed base case, but its interest is not paid on "
                    "time even there: what is missing is {gap} of its balance."
                ),
                note=name,
                gap=per_cent(abs(lowest["margin"])),
            )
        return format_html(
            _("{note} fails even the unstressed base case, by {gap} of its balance."),
            note=name,
            gap=per_cent(abs(lowest["margin"])),
        )
    spare = per_cent(rungs[highest]["margin"])
    following = better_than(highest)
    if not following:
        return format_html(
            _("{note} passes the AAA stress, the highest, with {spare} of its balance to spare."),
            note=name,
            spare=spare,
        )
    passes = {
        "note": name,
        "level": level_words(highest),
        "spare": spare,
        "next": level_words(following),
    }
    failed = rungs[following]
    if failed["ultimate_principal"] and failed["margin"] >= 0:
        return format_html(
            _(
                "{note} passes the {level} stress with {spare} of its balance to spare; "
                "under {next} its interest is not paid on time."
            ),
            **passes,
        )
    return format_html(
        _(
            "{note} passes the {level} stress with {spare} of its balance to spare and fails {next} by {gap}."
        ),
        **passes,
        gap=per_cent(abs(failed["margin"])),
    )


def binding_sentence(note: Document, outcome: Outcome) -> SafeString:
    """Say which limit holds the note, and why; nothing where the model decides."""
    if outcome.binding is None:
        return mark_safe("")
    return format_html(
        _("It is held at {level} by the limit “{kind}”: {reason}"),
        level=bold(level_words(outcome.level)),
        kind=kind_word(outcome.binding.kind),
        reason=ended(outcome.binding.reason or outcome.binding.source),
    )


def gap_sentence(note: Document) -> SafeString:
    """Say that ladder and simulation lie far apart, where the package needs an answer."""
    if not note.get("is_gap_a_question"):
        return mark_safe("")
    apart = abs(notch(note["level_by_ladder"]) - notch(note["level_by_simulation"]))
    return format_html(
        ngettext(
            "Ladder and simulation lie {n} level apart: the package needs an answer.",
            "Ladder and simulation lie {n} levels apart: the package needs an answer.",
            apart,
        ),
        n=bold(str(apart)),
    )


def ended(words: str) -> str:
    """Close a clause with the full stop of the language, unless it has one."""
    stop = "。" if figures.is_chinese() else "."
    return words if words.endswith((".", "。")) else words + stop


def pool_sentence(result: Document) -> SafeString:
    """Say what the pool is expected to bring, how soon, and how widely that may vary."""
    pool = result["pool"]
    return joined(
        format_html(
            _("We expect {recovery} of a claim of {claim}, on average after {years} years."),
            recovery=per_cent(share(pool["base_gross"], pool["claim"]) or 0.0),
            claim=figures.in_prose(pool["claim"]),
            years=bold(figures.grouped(pool["mean_months"] / 12, 1)),
        ),
        format_html(
            _("Nine paths in ten bring between {low} and {high}."),
            low=per_cent(pool["p05"]),
            high=per_cent(pool["p95"]),
        ),
    )


def liquidity_sentence(result: Document) -> SafeString:
    """Say how long the deal lives from cash at closing, per note that promises timely interest."""
    return joined(
        *(
            format_html(
                _(
                    "Cash at closing and the funded reserve pay senior fees and the interest of {note} for {months} months without any collections."
                ),
                note=tongue(each["note"]),
                months=bold(figures.grouped(each["months"], 1)),
            )
            for each in result.get("liquidity", ())
        )
    )


def maturity_sentence(note: Document) -> SafeString:
    """Say how often a note is late against its expected maturity, where it has one."""
    missed = note.get("miss_expected_maturity")
    if missed is None:
        return mark_safe("")
    return format_html(
        _("On {share} of paths {note} is not redeemed by its expected maturity."),
        share=per_cent(missed),
        note=name_of(note),
    )


def realised_sentence(share: float, pool: Document) -> SafeString:
    """Say what a pool really brought, and whether nine paths in ten held it."""
    words = (
        _(
            "The pool really brought {share} of its claim: inside the band of nine paths in ten, {low} to {high}."
        )
        if pool["p05"] <= share <= pool["p95"]
        else _(
            "The pool really brought {share} of its claim: outside the band of nine paths in ten, {low} to {high}."
        )
    )
    return format_html(
        words, share=per_cent(share), low=per_cent(pool["p05"]), high=per_cent(pool["p95"])
    )


def comparison_sentence(now: Document, before: Document) -> SafeString:
    """Say what moved between two runs: the base recovery, and each note's level."""
    moved = (now["pool"]["base_gross"] / now["pool"]["claim"]) - (
        before["pool"]["base_gross"] / before["pool"]["claim"]
    )
    earlier = {note["name"]: note for note in before["notes"]}
    parts = [
        format_html(
            _("The base recovery moves by {points} points of the claim."),
            points=bold(figures.signed(moved * 100, 2)),
        )
    ]
    for note in now["notes"]:
        old = earlier.get(note["name"])
        if old is None or not note["is_rated"]:
            continue
        parts.append(level_move(note, old))
    return joined(*parts)


def level_move(note: Document, old: Document) -> SafeString:
    if note["quantitative"] == old["quantitative"]:
        return format_html(
            _("{note} stays at {level}."),
            note=name_of(note),
            level=bold(level_words(note["quantitative"])),
        )
    steps = notch(old["quantitative"]) - notch(note["quantitative"])
    words = (
        ngettext(
            "{note} moves from {old} to {level}, {n} level higher.",
            "{note} moves from {old} to {level}, {n} levels higher.",
            steps,
        )
        if steps > 0
        else ngettext(
            "{note} moves from {old} to {level}, {n} level lower.",
            "{note} moves from {old} to {level}, {n} levels lower.",
            -steps,
        )
    )
    return format_html(
        words,
        note=name_of(note),
        old=level_words(old["quantitative"]),
        level=bold(level_words(note["quantitative"])),
        n=abs(steps),
    )
