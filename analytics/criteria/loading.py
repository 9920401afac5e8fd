"""Read criteria from the TOML tables that ship with the engine, or from a file of one's own."""

import datetime
import json
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from analytics.criteria.assumptions import FORMAT, Criteria, criteria_from_document
from analytics.errors import AssumptionError

TABLES = Path(__file__).resolve().parent.parent / "tables"


def load_criteria(path: Path | None = None) -> Criteria:
    """Load criteria: the shipped version 1, a folder of TOML tables, or a JSON document."""
    if path is None:
        return _shipped()
    if path.is_dir():
        return _from_folder(path)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"The criteria file {path.name} cannot be read as JSON: {error}."
        raise AssumptionError(msg) from error
    return criteria_from_document(document)


@cache
def _shipped() -> Criteria:
    return _from_folder(TABLES)


def _from_folder(folder: Path) -> Criteria:
    head: dict[str, Any] = {}
    assumptions: dict[str, Any] = {}
    for file in sorted(folder.glob("*.toml")):
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        if file.name == "version.toml":
            head = table
            continue
        for name, entry in _leaves(table, ()):
            if name in assumptions:
                msg = f"Assumption {name!r} stands twice; the second time in {file.name}."
                raise AssumptionError(msg)
            assumptions[name] = entry
    in_force = head.get("in_force")
    return criteria_from_document(
        {
            "format": FORMAT,
            "version": head.get("version", folder.name),
            "in_force": in_force.isoformat() if isinstance(in_force, datetime.date) else in_force,
            "assumptions": assumptions,
        }
    )


def _leaves(
    table: Mapping[str, Any], path: tuple[str, ...]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Walk to every leaf: a table that has a value."""
    for key, inner in table.items():
        if not isinstance(inner, Mapping):
            msg = f"{'.'.join((*path, key))!r} stands outside an assumption: give it value, unit, mark and source."
            raise AssumptionError(msg)
        if "value" in inner:
            yield ".".join((*path, key)), inner
        else:
            yield from _leaves(inner, (*path, key))
