"""Filters for figures, dates, levels and states. The unit stands in the head, so they give digits."""

from __future__ import annotations

import datetime
import re

from django import forms, template
from django.forms import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ratings_site.components import figures, statuses
from ratings_site.components.figures import Number
from ratings_site.components.levels import LEVELS

register = template.Library()

HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


@register.filter
def grouped(value: Number | None, decimals: int = 0) -> str:
    return figures.grouped(value, decimals)


@register.filter
def signed(value: Number | None, decimals: int = 1) -> str:
    return figures.signed(value, decimals)


@register.filter
def wan(value: Number | None, decimals: int = 2) -> str:
    return figures.wan(value, decimals)


@register.filter
def cny(value: Number | None) -> str:
    return figures.cny(value)


@register.filter
def in_prose(value: Number) -> str:
    return figures.in_prose(value)


@register.filter
def percent(fraction: Number | None, decimals: int = 1) -> str:
    return figures.percent(fraction, decimals)


@register.filter
def signed_percent(fraction: Number | None, decimals: int = 1) -> str:
    return figures.signed_percent(fraction, decimals)


@register.filter
def coupon(rate: Number | None) -> str:
    return figures.percent(rate, 2)


@register.filter
def months(value: Number | None) -> str:
    return figures.grouped(value, 1)


@register.filter
def years(value: Number | None) -> str:
    return figures.grouped(value, 2)


@register.filter
def factor(value: Number | None, decimals: int = 2) -> str:
    return figures.grouped(value, decimals)


@register.simple_tag
def with_error(fraction: Number | None, error: Number | None) -> str:
    return figures.with_error(fraction, error)


@register.simple_tag
def money_unit(currency: str = "CNY") -> str:
    return figures.money_unit(currency)


@register.filter
def iso_date(value: datetime.date | str | None) -> str:
    return figures.iso_date(value)


@register.filter
def date_in_words(value: datetime.date | str | None) -> str:
    return figures.date_in_words(value)


@register.filter
def moment(value: datetime.datetime | None) -> str:
    return figures.moment(value)


@register.filter
def clock(value: datetime.datetime | None) -> str:
    return figures.clock(value)


@register.filter
def duration(seconds: float | None) -> str:
    return figures.duration(seconds)


@register.filter
def file_size(octets: int | None) -> str:
    return figures.file_size(octets)


@register.filter
def level(value: str | None) -> str:
    return figures.level_text(value)


@register.simple_tag
def level_symbol(value: str | None, scale: str = "cn") -> SafeString | str:
    """Write a level with its mark in the lighter size; a dash where there is none."""
    if not value:
        return figures.ABSENT
    if value not in LEVELS:
        return format_html('<span class="no-level">{}</span>', _("below CCC"))
    return format_html("{}<small>{}</small>", figures.level_text(value), figures.level_mark(scale))


@register.filter
def hash_code(digest: str | None) -> SafeString:
    """Write a digest short, the whole of it in its title and for copying."""
    return format_html(
        '<span class="mono" title="{}">{}</span>',
        digest or "",
        figures.short_hash(digest),
    )


@register.filter
def tongue(text: object) -> SafeString | str:
    """Mark Chinese words inside an English page, so that glyphs and line breaks follow."""
    written = "" if text is None else str(text)
    if figures.is_chinese() or not HAN.search(written):
        return written
    return format_html('<span lang="zh-Hans">{}</span>', written)


@register.filter
def label_words(label: str) -> str:
    """Say a label kept with data in the reader's language, where the catalogue knows it."""
    return _(label) if label else ""


@register.filter
def mark(state: str) -> str:
    """Return the kind of mark that stands before a word of state."""
    return statuses.mark_of(state)


CLASS_OF_CONTROL = {
    "checkbox": "form-check-input",
    "radio": "form-check-input",
    "select": "form-select",
    "file": "form-control",
}


@register.filter
def in_our_look(field: BoundField) -> SafeString:
    """Render the control of a form field with the classes of the kit; its own attributes stay."""
    widget = field.field.widget
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return field.as_widget()  # a group: the class would fall on its frame
    kind = "select" if isinstance(widget, forms.Select) else getattr(widget, "input_type", "")
    own = str(widget.attrs.get("class", ""))
    classes = f"{own} {CLASS_OF_CONTROL.get(kind, 'form-control')}".strip()
    return field.as_widget(attrs={"class": classes})
