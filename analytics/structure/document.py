"""Between a JSON document and the nouns of `terms`: strict reading, exact writing, the schema."""

import dataclasses
import math
import re
import types
import typing
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from analytics.errors import StructureError
from analytics.structure import terms
from analytics.structure.terms import Term

MONEY = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")


class WrittenRate(float):
    """A rate that was written as a decimal string, and is written so again."""

    text: str

    def __new__(cls, text: str) -> "WrittenRate":
        rate = super().__new__(cls, text)
        rate.text = text
        return rate


HINTS: dict[type[Term], dict[str, Any]] = {}
KEYS: dict[type[Term], dict[str, dataclasses.Field[Any]]] = {}


def hints(kind: type[Term]) -> dict[str, Any]:
    if kind not in HINTS:
        HINTS[kind] = typing.get_type_hints(kind)
    return HINTS[kind]


def keys(kind: type[Term]) -> dict[str, dataclasses.Field[Any]]:
    """Fields of a term by their JSON key."""
    if kind not in KEYS:
        KEYS[kind] = {
            field.metadata["key"] or field.name: field
            for field in dataclasses.fields(kind)
            if field.name != "given"
        }
    return KEYS[kind]


def is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING


# ------------------------------------------------------------------ reading


def read_term(kind: type[Term], value: object, path: str) -> Term:
    if not isinstance(value, Mapping):
        msg = f"Expected an object, found {shown(value)}."
        raise StructureError(msg, path)
    known = keys(kind)
    for key in value:
        if key not in known and not (kind.tag and key == kind.tag[0]):
            expected = ", ".join(sorted(known))
            msg = f"Unknown key; known here are {expected}."
            raise StructureError(msg, joined(path, str(key)))
    read: dict[str, Any] = {"given": frozenset(str(key) for key in value)}
    for key, field in known.items():
        if key in value:
            read[field.name] = read_value(hints(kind)[field.name], value[key], joined(path, key))
        elif is_required(field):
            msg = "This key is missing."
            raise StructureError(msg, joined(path, key))
    return kind(**read)


def read_value(hint: Any, value: object, path: str) -> Any:  # noqa: PLR0911 - one for each form
    if hint is Any:
        return value
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return read_union(typing.get_args(hint), value, path)
    if origin is typing.Literal:
        return read_choice(typing.get_args(hint), value, path)
    if origin is tuple:
        return read_list(typing.get_args(hint)[0], value, path)
    if origin is not None:
        return read_mapping(typing.get_args(hint)[1], value, path)
    if isinstance(hint, type) and issubclass(hint, Term):
        return read_term(hint, value, path)
    return read_plain(hint, value, path)


def read_union(options: tuple[Any, ...], value: object, path: str) -> Any:
    kinds = [option for option in options if option is not types.NoneType]
    if len(kinds) == 1:
        if value is None:
            msg = "Leave the key out instead of writing null."
            raise StructureError(msg, path)
        return read_value(kinds[0], value, path)
    if not isinstance(value, Mapping):
        msg = f"Expected an object, found {shown(value)}."
        raise StructureError(msg, path)
    if set(kinds) == {terms.PresetWaterfall, terms.ListedWaterfall}:
        kind = terms.PresetWaterfall if "preset" in value else terms.ListedWaterfall
        return read_term(kind, value, path)
    key = kinds[0].tag[0]
    by_name = {kind.tag[1]: kind for kind in kinds}
    if key not in value:
        msg = "This key is missing."
        raise StructureError(msg, joined(path, key))
    if value[key] not in by_name:
        msg = f"Expected one of {', '.join(by_name)}; found {shown(value[key])}."
        raise StructureError(msg, joined(path, key))
    return read_term(by_name[value[key]], value, path)


def read_choice(options: tuple[Any, ...], value: object, path: str) -> Any:
    if value not in options:
        msg = f"Expected one of {', '.join(options)}; found {shown(value)}."
        raise StructureError(msg, path)
    return value


def read_list(hint: Any, value: object, path: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        msg = f"Expected a list, found {shown(value)}."
        raise StructureError(msg, path)
    return tuple(read_value(hint, item, f"{path}[{k}]") for k, item in enumerate(value))


def read_mapping(hint: Any, value: object, path: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        msg = f"Expected an object, found {shown(value)}."
        raise StructureError(msg, path)
    return {str(key): read_value(hint, item, joined(path, str(key))) for key, item in value.items()}


def read_plain(hint: Any, value: object, path: str) -> Any:
    if hint is bool and isinstance(value, bool):
        return value
    if hint is str and isinstance(value, str):
        return value
    if hint is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if hint is float:
        return read_rate(value, path)
    if hint is Decimal:
        return read_money(value, path)
    if hint is date:
        return read_date(value, path)
    wanted = {bool: "true or false", str: "text", int: "a whole number"}[hint]
    msg = f"Expected {wanted}, found {shown(value)}."
    raise StructureError(msg, path)


def read_rate(value: object, path: str) -> float:
    if isinstance(value, str) and MONEY.fullmatch(value):
        return WrittenRate(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        msg = f"Expected a fraction such as 0.0245, found {shown(value)}."
        raise StructureError(msg, path)
    return value


def read_money(value: object, path: str) -> Decimal:
    if not isinstance(value, str) or not MONEY.fullmatch(value):
        msg = f'Expected money as a decimal string such as "1000000.00", found {shown(value)}.'
        raise StructureError(msg, path)
    return Decimal(value)


def read_date(value: object, path: str) -> date:
    try:
        if isinstance(value, str) and len(value) == len("2025-01-31"):
            return date.fromisoformat(value)
    except ValueError:
        pass
    msg = f'Expected a date such as "2025-01-31", found {shown(value)}.'
    raise StructureError(msg, path)


def joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


# ------------------------------------------------------------------ writing


def write_term(term: Term) -> dict[str, Any]:
    """Return the JSON object: keys that were given, and those that differ from their default."""
    written: dict[str, Any] = {}
    if term.tag:
        written[term.tag[0]] = term.tag[1]
    for key, field in keys(type(term)).items():
        value = getattr(term, field.name)
        if key in term.given or is_required(field) or value != field.default:
            written[key] = write_value(value)
    return written


def write_value(value: object) -> Any:  # noqa: PLR0911 - one for each form
    if isinstance(value, Term):
        return write_term(value)
    if isinstance(value, WrittenRate):
        return value.text
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [write_value(item) for item in value]
    if isinstance(value, Mapping):
        return {key: write_value(item) for key, item in value.items()}
    return value


# ------------------------------------------------------------------ schema


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the deal file, built from the nouns themselves."""
    definitions: dict[str, Any] = {}
    top = schema_of_term(terms.Deal, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "npl-deal-1.schema.json",
        "title": "Deal file npl-deal/1",
        "description": "Money: decimal strings in the deal's currency. Rates: fractions. "
        "Dates: ISO 8601. Unknown keys are refused.",
        **top,
        "$defs": dict(sorted(definitions.items())),
    }


def schema_of_term(kind: type[Term], definitions: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required = []
    if kind.tag:
        properties[kind.tag[0]] = {"const": kind.tag[1]}
        required.append(kind.tag[0])
    for key, field in keys(kind).items():
        described = {
            **schema_of_value(hints(kind)[field.name], definitions),
            "description": field.metadata["about"],
        }
        if is_required(field):
            required.append(key)
        elif field.default is not None:
            described["default"] = write_value(field.default)
        properties[key] = described
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def schema_of_value(  # noqa: C901, PLR0911 - one for each form
    hint: Any, definitions: dict[str, Any]
) -> dict[str, Any]:
    origin = typing.get_origin(hint)
    if hint is Any:
        return {}
    if origin in (typing.Union, types.UnionType):
        kinds = [option for option in typing.get_args(hint) if option is not types.NoneType]
        if len(kinds) == 1:
            return schema_of_value(kinds[0], definitions)
        return {"oneOf": [schema_of_value(kind, definitions) for kind in kinds]}
    if origin is typing.Literal:
        return {"enum": list(typing.get_args(hint))}
    if origin is tuple:
        return {"type": "array", "items": schema_of_value(typing.get_args(hint)[0], definitions)}
    if origin is not None:
        items = schema_of_value(typing.get_args(hint)[1], definitions)
        return {"type": "object", "additionalProperties": items}
    if isinstance(hint, type) and issubclass(hint, Term):
        if hint.__name__ not in definitions:
            definitions[hint.__name__] = {}
            definitions[hint.__name__] = schema_of_term(hint, definitions)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    return dict(PLAIN_SCHEMAS[hint])


PLAIN_SCHEMAS: dict[Any, dict[str, Any]] = {
    bool: {"type": "boolean"},
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"anyOf": [{"type": "number"}, {"type": "string", "pattern": f"^{MONEY.pattern}$"}]},
    Decimal: {"type": "string", "pattern": f"^{MONEY.pattern}$"},
    date: {"type": "string", "format": "date"},
}
