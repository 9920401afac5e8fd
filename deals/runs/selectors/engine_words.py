"""What the engine says, in the reader's language.

The engine is pure and speaks English; its few sentences are known here by their form. A sentence
that nobody has taught yet is shown as it was said.
"""

from __future__ import annotations

import re

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ratings_site.components import figures

SENTENCES: tuple[tuple[re.Pattern[str], str | Promise], ...] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (
            r"The deal states no fees: default fees are assumed \((?P<names>.*)\)\.",
            _("The deal states no fees: default fees are assumed ({names})."),
        ),
        (
            r"The deal states no accounts: the preset's liquidity reserve is assumed\.",
            _("The deal states no accounts: the preset's liquidity reserve is assumed."),
        ),
        (
            r"The share of the excess servicing fee is not stated: (?P<share>\S+) assumed\.",
            _("The share of the excess servicing fee is not stated: {share} assumed."),
        ),
        (
            r"(?P<share>\S+) of the base case is expected after the legal final date\.",
            _("{share} of the base case is expected after the legal final date."),
        ),
        (
            r"The pool is lumpy: the ladder was tested on noisy paths\.",
            _("The pool is lumpy: the ladder was tested on noisy paths."),
        ),
        (
            r"Note (?P<note>.*): the cash at closing is expected, not evidenced\.",
            _("Note {note}: the cash at closing is expected, not evidenced."),
        ),
        (
            (
                r"Note (?P<note>.*): ladder \((?P<ladder>.*)\) and simulation \((?P<simulation>.*)\) "
                r"differ by more than the criteria leave unexplained\."
            ),
            _(
                "Note {note}: ladder ({ladder}) and simulation ({simulation}) differ by more than the criteria leave unexplained."
            ),
        ),
        (
            r"(?P<months>\S+) months survived without collections, less than half a payment period",
            _("{months} months survived without collections, less than half a payment period"),
        ),
        (
            r"(?P<months>\S+) months survived without collections, less than one payment period",
            _("{months} months survived without collections, less than one payment period"),
        ),
        (
            r"No back-up servicer and (?P<months>\S+) months survived without collections",
            _("No back-up servicer and {months} months survived without collections"),
        ),
        (
            r"Interest may be deferred: it is rated as ultimate",
            _("Interest may be deferred: it is rated as ultimate"),
        ),
        (
            r"Lumpy pool without a vector of the largest expected recoveries",
            _("Lumpy pool without a vector of the largest expected recoveries"),
        ),
    )
)


def said(sentence: str) -> str:
    """Return a sentence of the engine in the language of the reader."""
    for pattern, words in SENTENCES:
        match = pattern.fullmatch(sentence)
        if match is not None:
            parts = {name: localized(part) for name, part in match.groupdict().items()}
            return str(words).format(**parts)
    return sentence


def localized(part: str) -> str:
    """Write levels with a true minus and known fees in words; names and figures stay."""
    if re.fullmatch(r"[ABC]{1,3}[+-]?", part):
        return figures.level_text(part)
    glue = "、" if figures.is_chinese() else ", "
    return glue.join(fee_words(name) for name in part.split(", "))


def fee_words(name: str) -> str:
    """Say the name of a default fee; a name from the deal file stays as it is written."""
    known = {
        "taxes": gettext("taxes"),
        "agents": gettext("trustee and agents"),
        "expenses": gettext("expenses"),
        "excess_servicing_fee": gettext("excess servicing fee"),
        "servicing": gettext("servicing"),
    }
    return known.get(name, name.replace("_", " "))
