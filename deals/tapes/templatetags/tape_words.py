"""Codes and rules of the tape in the reader's language."""

from typing import Any

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from deals.tapes.engine.labels import code_label, column_label

register = template.Library()


def language() -> str:
    return "zh" if (get_language() or "").startswith("zh") else "en"


@register.filter
def told(both: dict[str, str]) -> str:
    """Choose the reader's language from a text kept in both."""
    return both.get(language(), both.get("en", ""))


@register.filter
def code_in_words(code: str | None, column: str) -> str:
    """Write a code of a column in words; a dash where there is none."""
    return code_label(column, code, language())


@register.filter
def column_in_words(column: str) -> str:
    """Name a column in words."""
    return column_label(column, language()) if column else ""


@register.filter
def item(mapping: dict[str, Any], key: str) -> Any:
    """Look a key up."""
    return mapping.get(key)


@register.filter
def yes_or_no(value: object) -> str:
    if value is None:
        return "–"
    return _("yes") if value else _("no")
