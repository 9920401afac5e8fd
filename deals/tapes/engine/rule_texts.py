"""Sentences of the rules for faces that speak before any check: the door."""

from __future__ import annotations

from collections.abc import Mapping

from analytics.tape.rules import RULES


def door_refusal(rule: str, params: Mapping[str, str], language: str) -> str:
    """Say in the reader's language why a file is not let in, and the way out."""
    found = RULES[rule]
    return f"{found.what(language, params)}: {found.remedy(language, params)}"
