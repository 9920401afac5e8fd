"""The form of a deal is its deal file, laid out: each field is one JSON path of the document.

The page carries the document as it stood when the page was made; what was typed is laid over it.
So a key that the form does not ask for survives, and the engine's own check is the only rule: its
refusal names a JSON path, which is the name of a field.
"""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.forms import BoundField
from django.forms.utils import ErrorDict
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise

from deals.structure.files import read_deal_file
from deals.structure.forms.paths import remove_at, set_at, value_at
from deals.structure.forms.sheets import STEPS, Line, Sheet, sheets_of
from deals.structure.templatetags.prospectus import STEP_KINDS

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

PER_CENT = re.compile(r"(-?\d+(?:\.\d+)?)\s*[%％]")
GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
PARTED = re.compile(r"\s*[,，、;；\n]\s*")
WAS = "was"
# A choice that decides which fields follow: the form is drawn again from what was typed so far.
ASKS_AGAIN = {"hx-post": "", "hx-trigger": "change", "hx-vals": '{"act": "refresh"}'}
Document = dict[str, Any]


@dataclass(frozen=True)
class RowOfForm:
    """One row of a list: where it stands, what it says, its fields."""

    path: str
    place: int
    row: Any
    fields: list[BoundField]
    is_open: bool
    is_moved: bool
    is_first: bool
    is_last: bool


@dataclass(frozen=True)
class SheetOfForm:
    """One section of the page with its bound fields or rows, and refusals that fit no field."""

    sheet: Sheet
    fields: list[BoundField]
    rows: list[RowOfForm]
    refusals: list[str]


class DealForm(forms.Form):
    """The fields of one document. `refuse` puts a refusal beside the field that it names."""

    def __init__(self, document: Document, *, moved: str = "", is_new: bool = False) -> None:
        self.document = document
        self.moved = moved
        self.direction = "up"  # which of the two buttons keeps the focus after a move
        self.sheets = sheets_of(document)
        self.refusals: list[tuple[str, str]] = []
        texts: MultiValueDict[str, str] = MultiValueDict()
        super().__init__(data=texts)
        controls = {control for sheet in self.sheets for control in sheet.controls}
        for path, line in lines_of(document):
            self.fields[path] = field_for(line)
            if line.key in controls:
                self.fields[path].widget.attrs.update(ASKS_AGAIN)
            texts[path] = shown(value_at(document, path))
        if not is_new and "code" in self.fields:
            self.fields["code"].widget.attrs["readonly"] = True

    def full_clean(self) -> None:
        """Let the engine judge: the form itself only shows what was refused, and where."""
        self._errors = ErrorDict()
        self.cleaned_data: dict[str, Any] = {}
        for path, message in self.refusals:
            if path in self.fields:
                self.add_error(path, message)

    def refuse(self, path: str, message: str) -> None:
        self.refusals.append((path, message))

    @property
    def was(self) -> str:
        """The document for the hidden field, from which the next round starts."""
        return json.dumps(self.document, ensure_ascii=False)

    @property
    def general_refusals(self) -> list[str]:
        """Refusals that belong to no field and to no section."""
        return [text for path, text in self.refusals if self.home_of(path) is None]

    @property
    def first_refused(self) -> str:
        """Return the id of the first field that was refused, for a link from the top of the page."""
        return next(
            (self[path].auto_id for path, _text in self.refusals if path in self.fields), ""
        )

    def home_of(self, path: str) -> str | None:
        """Return the key of the section that shows a refusal at this path."""
        if path in self.fields:
            return "field"
        for sheet in sorted(self.sheets, key=lambda s: len(s.rows), reverse=True):
            if sheet.rows and path.startswith(sheet.rows):
                return sheet.key
        for sheet in self.sheets:
            heads = {line.key.split(".", 1)[0] for line in sheet.lines}
            if not sheet.rows and path and re.split(r"[.\[]", path, maxsplit=1)[0] in heads:
                return sheet.key
        return None

    def sections(self) -> Iterator[SheetOfForm]:
        for sheet in self.sheets:
            refusals = [text for path, text in self.refusals if self.home_of(path) == sheet.key]
            if sheet.rows:
                yield SheetOfForm(sheet, [], list(self.rows_of(sheet)), refusals)
            else:
                fields = [self[line.key] for line in sheet.lines if line.key in self.fields]
                yield SheetOfForm(sheet, fields, [], refusals)

    def rows_of(self, sheet: Sheet) -> Iterator[RowOfForm]:
        rows = rows_at(self.document, sheet.rows)
        for place, row in enumerate(rows):
            path = f"{sheet.rows}[{place}]"
            fields = [
                self[f"{path}.{line.key}"]
                for line in sheet.lines
                if f"{path}.{line.key}" in self.fields
            ]
            is_moved = path == self.moved
            yield RowOfForm(
                path=path,
                place=place,
                row=row,
                fields=fields,
                is_open=is_moved or any(field.errors for field in fields),
                is_moved=is_moved,
                is_first=place == 0,
                is_last=place == len(rows) - 1,
            )


# ------------------------------------------------------------------ from the document to fields


def rows_at(document: Document, path: str) -> list[Any]:
    rows = value_at(document, path)
    return rows if isinstance(rows, list) else []


def lines_of(document: Document) -> Iterator[tuple[str, Line]]:
    """Give every line that the form of a document asks, with its full path."""
    for sheet in sheets_of(document):
        if not sheet.rows:
            yield from ((line.key, line) for line in sheet.lines if is_asked(document, line))
            continue
        for place, row in enumerate(rows_at(document, sheet.rows)):
            for line in sheet.lines:
                if is_asked(row, line):
                    yield f"{sheet.rows}[{place}].{line.key}", line


def is_asked(row: Any, line: Line) -> bool:
    return line.when is None or value_at(row, line.when[0]) in line.when[1]


def field_for(line: Line) -> forms.Field:
    field = bare_field(line)
    field.label, field.help_text = cast("_StrPromise", line.label), cast("_StrPromise", line.hint)
    field.required = line.required
    return field


def bare_field(line: Line) -> forms.Field:
    if line.kind in ("choice", "truth"):
        choices: list[tuple[str, str | Promise]] = [("", "–"), *(line.choices or {}).items()]
        return forms.ChoiceField(choices=choices)
    if line.kind == "json":
        attrs = {"rows": 3, "class": "mono", "spellcheck": "false"}
        return forms.CharField(widget=forms.Textarea(attrs=attrs))
    plain = {"autocomplete": "off"}
    if line.kind in ("money", "rate", "whole"):
        plain["inputmode"] = "numeric" if line.kind == "whole" else "decimal"
    if line.kind == "date":
        plain["placeholder"] = "2025-01-31"
    return forms.CharField(widget=forms.TextInput(attrs=plain))


def shown(value: Any) -> str:
    """Write a value of the document into a field."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)


# ------------------------------------------------------------------ from fields to the document


def document_from(data: Mapping[str, str]) -> Document:
    """Lay what was typed over the document that the page carried; the first mistake is the engine's."""
    document = read_deal_file(data.get(WAS) or "{}")
    before = copy.deepcopy(document)
    for path, line in lines_of(before):
        text = data.get(path)
        if text is None or text.strip() == shown(value_at(before, path)).strip():
            continue
        lay(document, path, line, text.strip())
    for path in unasked_lines(document):
        remove_at(document, path)
    return document


def lay(document: Document, path: str, line: Line, text: str) -> None:
    if text:
        set_at(document, path, read(line, text))
        return
    remove_at(document, path)


def read(line: Line, text: str) -> Any:
    """Read what was typed; what cannot be read stays text, for the engine to refuse by its path."""
    readers = {
        "money": money_of,
        "rate": rate_of,
        "whole": lambda typed: int(typed) if typed.isdecimal() else typed,
        "truth": lambda typed: {"true": True, "false": False}.get(typed, typed),
        "names": lambda typed: [name for name in PARTED.split(typed) if name],
        "json": json_of,
    }
    reader = readers.get(line.kind)
    return reader(text) if reader else text


def money_of(text: str) -> str:
    return text.replace(",", "") if GROUPED.fullmatch(text) else text


def rate_of(text: str) -> str:
    """Return a fraction as text; 2.7% becomes 0.027."""
    found = PER_CENT.fullmatch(text)
    if not found:
        return text
    try:
        fraction = Decimal(found[1]) / 100
    except InvalidOperation:
        return text
    return f"{fraction.normalize():f}"


def json_of(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def unasked_lines(document: Document) -> list[str]:
    """Return the keys that a kind which was left had, and the kind chosen now does not know."""
    found = []
    for sheet in sheets_of(document):
        if not sheet.rows:
            found += [line.key for line in sheet.lines if not is_asked(document, line)]
            continue
        for place, row in enumerate(rows_at(document, sheet.rows)):
            found += [
                f"{sheet.rows}[{place}].{line.key}"
                for line in sheet.lines
                if not is_asked(row, line)
            ]
    return found


# ------------------------------------------------------------------ acts on rows


def apply_act(document: Document, act: str) -> str:
    """Carry out an act on a list, and return the path of the row that it concerns.

    Acts: ``add:notes``, ``add:waterfall.amortising:fee``, ``remove:notes[1]``, ``up:notes[1]``,
    ``down:notes[1]``. An act that makes no sense changes nothing.
    """
    verb, _colon, rest = act.partition(":")
    if verb == "add":
        return add_row(document, *rest.split(":", 1))
    found = re.fullmatch(r"(.+)\[(\d+)\]", rest)
    rows = rows_at(document, found[1]) if found else []
    if found is None or int(found[2]) >= len(rows):
        return ""
    path, place = found[1], int(found[2])
    if verb == "remove":
        del rows[place]
        if not rows:
            remove_at(document, path)
        return ""
    other = place + {"up": -1, "down": 1}.get(verb, 0)
    if not 0 <= other < len(rows):
        return rest
    rows[place], rows[other] = rows[other], rows[place]
    return f"{path}[{other}]"


def add_row(document: Document, path: str, kind: str = "") -> str:
    sheet = next((s for s in sheets_of(document) if s.rows == path), None)
    if sheet is None:
        return ""
    if sheet in STEPS:
        if kind not in STEP_KINDS:
            return ""
        new: dict[str, Any] = {"step": kind}
    else:
        new = copy.deepcopy(dict(sheet.new))
    if not isinstance(value_at(document, path), list):
        set_at(document, path, [])
    rows = rows_at(document, path)
    rows.append(new)
    return f"{path}[{len(rows) - 1}]"
