"""The JSON Schema of a result, written from its dataclasses; published in `docs/schemas`."""

import dataclasses
import datetime
import types
import typing
from collections.abc import Mapping
from typing import Any

from analytics.criteria import BELOW_CCC, LEVELS
from analytics.result import Result

LEVEL_FIELDS = frozenset(
    {
        "implied",
        "quantitative",
        "level_by_ladder",
        "level_by_simulation",
        "level_with_disruption",
        "level_if_commingled",
        "level_as_stated",
        "level_costs_first",
    }
)
PLAIN: Mapping[Any, dict[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    datetime.date: {"type": "string", "format": "date"},
    Any: {},
}


def result_schema() -> dict[str, Any]:
    """Return the schema of `Result.document()`; a result may grow by further keys, never lose one."""
    kinds: dict[str, Any] = {}
    schema = _object(Result, kinds)
    schema["properties"]["format"] = {"const": "npl-result/1"}
    schema["properties"]["outputs_sha256"] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
    schema["required"].append("outputs_sha256")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "npl-result-1.schema.json",
        "title": "Result of a rating run, npl-result/1",
        "description": (
            "Money in CNY to the fen, everything else to 1e-9. Recoveries and percentiles of the "
            "pool are fractions of the claim; expected_loss and margin fractions of the note's "
            "initial balance; multiple a fraction of base recoveries."
        ),
        **schema,
        "$defs": dict(sorted(kinds.items())),
    }


def _object(kind: Any, kinds: dict[str, Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    names = [each.name for each in dataclasses.fields(kind)]
    properties = {name: _field(name, hints[name], kinds) for name in names}
    described = " ".join((kind.__doc__ or "").split())
    return {
        "type": "object",
        "description": described,
        "properties": properties,
        "required": names,
    }


def _field(name: str, hint: Any, kinds: dict[str, Any]) -> dict[str, Any]:
    if name in LEVEL_FIELDS:
        return {"enum": [*LEVELS, BELOW_CCC]}
    return _value(hint, kinds)


def _value(hint: Any, kinds: dict[str, Any]) -> dict[str, Any]:
    if hint in PLAIN:
        return dict(PLAIN[hint])
    if dataclasses.is_dataclass(hint):
        name = getattr(hint, "__name__", "")
        if name not in kinds:
            kinds[name] = {}
            kinds[name] = _object(hint, kinds)
        return {"$ref": f"#/$defs/{name}"}
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return {"anyOf": [_value(part, kinds) for part in parts if part is not types.NoneType]
                + [{"type": "null"}]}  # fmt: skip
    if origin is tuple:
        return {"type": "array", "items": _value(parts[0], kinds)}
    return {"type": "object", "additionalProperties": _value(parts[1], kinds)}
