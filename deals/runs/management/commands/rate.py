"""Rate a deal file without web or database: `manage.py rate DEAL.json [--tape FILE] [--json]`."""

import json
import tempfile
from argparse import ArgumentParser
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
from django.core.management.base import BaseCommand, CommandError

from analytics.errors import AnalyticsError
from deals.runs.engine import DEFAULT_PATHS, rate_document
from deals.tapes.engine.check import Request
from deals.tapes.engine.door import check_in_child
from deals.tapes.files.limits import IMPORT


class Command(BaseCommand):
    help = "Rate a deal file: ladder and simulation, one result as JSON."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("deal", type=Path, help="deal file npl-deal/1")
        parser.add_argument("--tape", type=Path, help="loan tape: CSV, XLSX or canonical Parquet")
        parser.add_argument(
            "--rate",
            action="append",
            default=[],
            metavar="USD=7.1",
            help="CNY per unit of a currency of the tape",
        )
        parser.add_argument("--criteria", type=Path, help="criteria document npl-criteria/1")
        parser.add_argument("--paths", type=int, default=DEFAULT_PATHS)
        parser.add_argument("--seed", type=int, help="else derived from the pool and the paths")
        parser.add_argument("--threads", type=int, default=1)
        parser.add_argument("--json", action="store_true", help="last line: the result document")

    def handle(self, *_args: Any, **options: Any) -> None:
        document = read_json(options["deal"])
        criteria = read_json(options["criteria"]) if options["criteria"] else None
        try:
            rates = read_rates(options["rate"])
            tape = read_tape(options["tape"], document, rates) if options["tape"] else None
            result = rate_document(
                document,
                tape,
                criteria,
                paths=options["paths"],
                seed=options["seed"],
                threads=options["threads"],
            )
        except AnalyticsError as error:
            raise CommandError(str(error)) from error
        for line in summary(result):
            self.stdout.write(line)
        if options["json"]:
            self.stdout.write(json.dumps(result, ensure_ascii=False))


def read_json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"{path} cannot be read as JSON: {error}."
        raise CommandError(msg) from error
    if not isinstance(document, dict):
        msg = f"{path} must hold one JSON object."
        raise CommandError(msg)
    return document


def read_rates(given: list[str]) -> dict[str, Decimal]:
    """Read rates of exchange given as CODE=NUMBER."""
    rates = {}
    for rate in given:
        code, _, number = rate.partition("=")
        if not code.isalpha() or not number.replace(".", "", 1).isdigit():
            msg = f"A rate reads CODE=NUMBER, e.g. USD=7.1; got {rate}."
            raise CommandError(msg)
        rates[code.upper()] = Decimal(number)
    return rates


def read_cutoff(document: dict[str, Any]) -> date:
    try:
        return date.fromisoformat(str(document["dates"]["cutoff"]))
    except (KeyError, TypeError, ValueError) as error:
        msg = "The deal file needs dates.cutoff, an ISO date."
        raise CommandError(msg) from error


def read_tape(path: Path, document: dict[str, Any], rates: dict[str, Decimal]) -> pl.DataFrame:
    """Read a canonical Parquet file as it is; check any other file as an upload is checked."""
    if not path.is_file():
        msg = f"There is no file {path}."
        raise CommandError(msg)
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    with tempfile.TemporaryDirectory() as folder:
        canonical = Path(folder) / "tape.parquet"
        request = Request(
            path=path,
            name=path.name,
            limits=IMPORT,
            cutoff=read_cutoff(document),
            rates=rates,
            parquet=canonical,
        )
        report = check_in_child(request)
        if not canonical.is_file():
            raise CommandError(report["message"])
        return pl.read_parquet(canonical)


def summary(result: dict[str, Any]) -> list[str]:
    """Say the outcome in lines for a person."""
    pool = result["pool"]
    lines = [
        "engine {engine}, criteria {criteria}, {paths} paths, seed {seed} ({seed_source})".format(
            **result
        ),
        "pool: claim {claim:,.2f} CNY, base gross {base_gross:,.2f}, recovery {recovery_mean:.4f} "
        "(5 % to 95 %: {p05:.4f} to {p95:.4f})".format(**pool),
    ]
    for note in result["notes"]:
        binding = note["binding"]
        held = f", held by {binding['constraint']}" if binding else ""
        lines.append(
            f"{note['name']}: {note['implied']}{held} (ladder {note['level_by_ladder']}, "
            f"simulation {note['level_by_simulation']}), shortfall probability "
            f"{note['shortfall_probability']:.4%} ± {note['shortfall_se']:.4%}, expected loss "
            f"{note['expected_loss']:.4%}, average life {note['wal_years']:.2f} years"
        )
    return lines + [f"warning: {warning}" for warning in result["warnings"]]
