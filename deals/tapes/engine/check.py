"""The tape check: one file in, one report out, and the canonical Parquet when the file is accepted."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from analytics.tape import BY_NAME, match_header
from analytics.tape.checks import check_frame, with_total_claim
from analytics.tape.descriptors import describe
from analytics.tape.findings import Findings, Place
from analytics.tape.screens import screen
from deals.tapes.engine.canonical import Canonical, RawTable, canonical_frame, must_columns
from deals.tapes.engine.eba import eba_grid
from deals.tapes.engine.report import Context, accepted, refused
from deals.tapes.engine.words import count_words, knows_header
from deals.tapes.files.header import (
    Header,
    Heading,
    clean,
    find_header,
    title_unit,
    total_rows,
)
from deals.tapes.files.limits import Limits
from deals.tapes.files.reading import check_size, read_file
from deals.tapes.files.refusal import FileRefused
from deals.tapes.files.table import Grid, Source
from deals.tapes.files.values import UNITS, parse_money

_MONEY_PARTS = ("unpaid_principal", "accrued_interest", "penalty_interest", "other_fees")
_ENOUGH = 4  # columns of the dictionary by which a sheet looks like a tape
Progress = Callable[[float, str], None]
Report = dict[str, Any]


@dataclass(frozen=True)
class Mapped:
    """What a person said about a layout: header -> column, column -> unit, column -> word -> code."""

    name: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def match(self, header: str) -> str | None:
        named = self.columns.get(clean(header))
        return (named or None) if named is not None else match_header(header)


@dataclass(frozen=True)
class Request:
    """One check. `rates` gives CNY per unit of a currency; `parquet` is where the frame goes."""

    path: Path
    name: str
    limits: Limits
    cutoff: dt.date | None = None
    sheet: str = ""
    mapped: Mapped = field(default_factory=Mapped)
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    parquet: Path | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "path": str(self.path.resolve()),
            "name": self.name,
            "limits": self.limits.as_json(),
            "cutoff": self.cutoff.isoformat() if self.cutoff else None,
            "sheet": self.sheet,
            "mapping": asdict(self.mapped),
            "rates": {code: str(rate) for code, rate in self.rates.items()},
            "parquet": str(self.parquet.resolve()) if self.parquet else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Request:
        return cls(
            path=Path(data["path"]),
            name=data["name"],
            limits=Limits(**data["limits"]),
            cutoff=dt.date.fromisoformat(data["cutoff"]) if data.get("cutoff") else None,
            sheet=data.get("sheet") or "",
            mapped=Mapped(**(data.get("mapping") or {})),
            rates={code: Decimal(rate) for code, rate in (data.get("rates") or {}).items()},
            parquet=Path(data["parquet"]) if data.get("parquet") else None,
        )


def check_from_json(data: Mapping[str, Any], progress: Progress) -> Report:
    """Check the file of a request in JSON: the entry of the child process."""
    return check_file(Request.from_json(data), progress)


def check_file(request: Request, progress: Progress = lambda _share, _step: None) -> Report:
    """Read and check a file. Never raises for what a file holds: a refusal is a report too."""
    findings = Findings()
    context = Context(name=request.name, cutoff=request.cutoff)
    try:
        check_size(request.path, request.limits)
        context.size = request.path.stat().st_size
        with request.path.open("rb") as stream:
            context.sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        progress(0.05, "reading")
        source = read_file(
            request.path,
            request.name,
            request.limits,
            lambda text: knows_header(text) or request.mapped.match(text) is not None,
            count_words,
        )
        progress(0.5, "checking")
        canonical = _canonical(request, source, findings, context)
    except FileRefused as refusal:
        if "said" not in refusal.params:
            findings.add(
                refusal.rule,
                refusal.params.get("column", ""),
                [Place(_row(refusal.params), refusal.params.get("found", ""), refusal.params)],
            )
        return refused(context, findings, http=refusal.http)
    check_frame(_for_checking(canonical), findings, request.cutoff, canonical.unread)
    progress(0.8, "keeping")
    context.records = canonical.frame.height
    if findings.errors:
        return refused(context, findings)
    frame = with_total_claim(canonical.frame)
    if request.parquet is not None:
        write_canonical(frame, request.parquet)
    summary = describe(frame, request.cutoff) | {"screens": screen(frame, request.cutoff)}
    return accepted(context, findings, frame, summary)


def write_canonical(frame: pl.DataFrame, path: Path) -> None:
    """Write the Parquet file, read its control totals back, and refuse to go on if they differ."""
    frame.write_parquet(
        path, compression="zstd", compression_level=1, statistics=True, row_group_size=50_000
    )
    kept = pl.read_parquet(path, columns=["unpaid_principal", "total_claim", "loan_id"])
    for column in ("unpaid_principal", "total_claim"):
        if kept[column].sum() != frame[column].sum() or kept.height != frame.height:
            raise FileRefused(rule="cannot_be_read", found="control totals")


def _row(params: Mapping[str, str]) -> int:
    row = params.get("row", "0")
    return int(row) if row.isdigit() else 0


def _for_checking(canonical: Canonical) -> pl.DataFrame:
    """Clear totals where a part could not be read: they cannot be judged."""
    unread = set().union(*(canonical.unread.get(part, set()) for part in _MONEY_PARTS))
    if not unread:
        return canonical.frame
    blind = pl.col("source_row").is_in(list(unread))
    return canonical.frame.with_columns(
        pl.when(blind).then(None).otherwise(pl.col("total_claim")).alias("total_claim")
    )


def _canonical(request: Request, source: Source, findings: Findings, context: Context) -> Canonical:
    grid, header = _choose(request, source, findings)
    for told in (*source.notes, *grid.notes):
        findings.add(told.rule, "", [Place(0, told.params.get("found", ""), told.params)])
    context.kind, context.encoding, context.delimiter = (
        source.kind,
        source.encoding,
        source.delimiter,
    )
    context.sheet, context.header_row = grid.sheet, header.row_number
    context.is_workbook = grid.is_workbook
    headings = _mapped_headings(request, header, findings, context)
    table = _raw_table(request, grid, header, headings, findings)
    source.grids.clear()
    del grid
    canonical = canonical_frame(table, findings)
    return Canonical(_in_cny(canonical.frame, request.rates, findings), canonical.unread)


def _choose(request: Request, source: Source, findings: Findings) -> tuple[Grid, Header]:
    """Choose the sheet that is the tape; several that may be are a question, never a guess."""
    joined = eba_grid(source)
    grids = [joined] if joined is not None else source.grids
    found = [
        (grid, header)
        for grid in grids
        if (header := find_header(grid, request.mapped.match)) is not None
    ]
    if request.sheet:
        found = [pair for pair in found if pair[0].sheet == request.sheet]
    if not found:
        raise FileRefused(rule="no_header")
    likely = [pair for pair in found if pair[1].score >= _ENOUGH] or found
    whole = [pair for pair in likely if _has_must(pair[1])]
    candidates = whole or likely
    if len(candidates) > 1:
        raise FileRefused(
            rule="sheet_choice", found=", ".join(grid.sheet for grid, _ in candidates)
        )
    grid, header = candidates[0]
    others = [other.sheet for other in grids if other is not grid]
    if others and not request.sheet:
        params = {"found": grid.sheet, "others": ", ".join(others)}
        findings.add("sheet_chosen", "", [Place(0, grid.sheet, params)])
    return grid, header


def _has_must(header: Header) -> bool:
    named = {heading.target for heading in header.headings}
    return all(column.name in named for column in must_columns())


def _mapped_headings(
    request: Request, header: Header, findings: Findings, context: Context
) -> dict[str, Heading]:
    headings: dict[str, Heading] = {}
    unknown = []
    for heading in header.headings:
        if heading.target is None:
            unknown += [heading.text] if heading.text else []
        elif heading.target in headings:
            params = {
                "found": f"{headings[heading.target].text}, {heading.text}",
                "column": heading.target,
            }
            findings.add(
                "duplicate_column", heading.target, [Place(header.row_number, heading.text, params)]
            )
        else:
            unit = UNITS.get(request.mapped.units.get(heading.target, ""), heading.unit)
            headings[heading.target] = Heading(
                heading.text,
                heading.target,
                heading.letter,
                unit,
                heading.is_percent,
                heading.is_changed,
            )
    context.headings, context.unknown = headings, unknown
    _tell_header(header, unknown, findings, request.mapped)
    missing = [column for column in must_columns() if column.name not in headings]
    for column in missing:
        params = {"column": column.name, "found": column.zh}
        findings.add("missing_column", column.name, [Place(header.row_number, "", params)])
    if missing or any(kind.rule.key == "duplicate_column" for kind in findings):
        # Its places have been filed above.
        raise FileRefused(rule="missing_column" if missing else "duplicate_column", said=1)
    return headings


def _tell_header(header: Header, unknown: list[str], findings: Findings, mapped: Mapped) -> None:
    row = header.row_number
    if unknown:
        findings.add("unknown_columns", "", [Place(row, "", {"found": ", ".join(unknown)[:400]})])
    changed = [heading.text for heading in header.headings if heading.is_changed]
    if changed:
        findings.add("header_changed", "", [Place(row, "", {"found": ", ".join(changed)[:200]})])
    if header.is_double:
        findings.add("double_header", "", [Place(row, "", {"row": str(row)})])
    if header.titles:
        text = " / ".join(header.titles)[:120]
        findings.add(
            "title_lines", "", [Place(1, text, {"found": str(len(header.titles)), "text": text})]
        )
    if mapped.columns:
        findings.add("mapped_by_hand", "", [Place(0, mapped.name, {"found": mapped.name})])


def _raw_table(
    request: Request,
    grid: Grid,
    header: Header,
    headings: Mapping[str, Heading],
    findings: Findings,
) -> RawTable:
    """Cut the data rows out of the grid: blank and total rows are left out and said."""
    letters = dict(zip(grid.letters, grid.frame.columns, strict=True))
    data = grid.frame.slice(header.first_row)
    numbers = grid.numbers.slice(header.first_row)
    keep, is_total = _loan_rows(data, letters[headings["loan_id"].letter])
    _tell_blank(keep | is_total, findings)
    if is_total.any():
        rows = ", ".join(str(number) for number in numbers.filter(is_total).head(20).to_list())
        findings.add("total_rows", "", [Place(0, "", {"found": rows})])
    if not keep.any():
        raise FileRefused(rule="no_loans")
    names = {name: letters[heading.letter] for name, heading in headings.items()}
    everything = bool(keep.all())
    table = RawTable(
        columns={
            name: data[column] if everything else data[column].filter(keep)
            for name, column in names.items()
        },
        rows=numbers.filter(keep),
        headings=headings,
        is_workbook=grid.is_workbook,
        epoch_1904=grid.epoch_1904,
        title_unit=header.title_unit or _grid_unit(grid),
        own_words={**grid.words, **request.mapped.words},
        cell_characters=request.limits.cell_characters,
        spoilt=_spoilt(grid, headings),
    )
    totals = {name: data[column].filter(is_total) for name, column in names.items()}
    _compare_total(table, totals, findings)
    return table


def _loan_rows(data: pl.DataFrame, ids: str) -> tuple[pl.Series, pl.Series]:
    """Tell the rows that are loans from those that are totals; the others are blank."""
    filled = data[ids].is_not_null()
    if not filled.all():
        filled = data.select(
            pl.any_horizontal(pl.all().str.strip_chars().str.len_chars() > 0)
        ).to_series()
        filled = filled.fill_null(value=False)
    is_total = total_rows(data, ids) & filled
    return filled & ~is_total, is_total


def _tell_blank(filled: pl.Series, findings: Findings) -> None:
    """Say how many blank rows stand between loans; those after the last are no rows at all."""
    at = filled.arg_true()
    if len(at):
        blank = int(at[-1]) + 1 - len(at)
        if blank:
            findings.add("blank_rows", "", [Place(0, "", {"found": str(blank)})])


def _grid_unit(grid: Grid) -> Decimal | None:
    return title_unit(
        [told.params.get("text", "") for told in grid.notes if told.rule == "title_lines"]
    )


def _spoilt(grid: Grid, headings: Mapping[str, Heading]) -> dict[str, dict[str, tuple[int, ...]]]:
    by_letter = {heading.letter: name for name, heading in headings.items()}
    spoilt: dict[str, dict[str, tuple[int, ...]]] = {}
    for rule, places in (
        ("error_cell", grid.errors),
        ("formula_without_value", grid.bare_formulas),
        ("long_number", grid.long_numbers),
        ("boolean_cell", grid.booleans),
    ):
        columns: dict[str, list[int]] = {}
        for row, letter in places:
            name = by_letter.get(letter)
            if name is not None and not (rule == "boolean_cell" and BY_NAME[name].kind == "flag"):
                columns.setdefault(name, []).append(row)
        if columns:
            spoilt[rule] = {name: tuple(rows) for name, rows in columns.items()}
    return spoilt


def _compare_total(table: RawTable, totals: Mapping[str, pl.Series], findings: Findings) -> None:
    """Compare a single total row with the sum of the loans."""
    if len(totals["loan_id"]) != 1:
        return
    for name in ("unpaid_principal", "total_claim"):
        if name not in table.headings:
            continue
        heading = table.headings[name]
        unit = heading.unit or table.title_unit or Decimal(1)
        said = _amounts(totals[name], unit, table)[0]
        total = _amounts(table.texts(name), unit, table).sum()
        if isinstance(said, Decimal) and abs(said - Decimal(total)) > Decimal("0.01"):
            params = {"found": f"{said:,.2f}", "sum": f"{total:,.2f}", "column": name}
            findings.add("total_row_differs", name, [Place(0, f"{said:,.2f}", params)])


def _amounts(texts: pl.Series, unit: Decimal, table: RawTable) -> pl.Series:
    return parse_money(texts, unit=unit, is_workbook=table.is_workbook).values


def _in_cny(frame: pl.DataFrame, rates: Mapping[str, Decimal], findings: Findings) -> pl.DataFrame:
    """Convert foreign amounts at the rates given; a currency without one is refused."""
    currency = frame["currency"].fill_null("CNY")
    foreign = [code for code in currency.unique().to_list() if code != "CNY"]
    if not foreign:
        return frame.with_columns(currency.alias("currency"))
    money = [name for name, column in BY_NAME.items() if column.kind == "money"]
    for code in sorted(foreign):
        rows = frame.filter(currency == code)["source_row"]
        if code not in rates:
            places = [Place(row, code, {"found": code}) for row in rows.to_list()]
            findings.add("currency_without_rate", "currency", places)
            continue
        is_code = pl.col("currency") == code
        converted = [
            pl.when(is_code)
            .then(_times(pl.col(name), rates[code]))
            .otherwise(pl.col(name))
            .alias(name)
            for name in money
        ]
        frame = frame.with_columns(converted)
        params = {"found": code, "rate": str(rates[code])}
        findings.add("currency_converted", "currency", [Place(0, code, params)])
    return frame.with_columns(currency.alias("currency"))


def _times(amount: pl.Expr, rate: Decimal) -> pl.Expr:
    """Multiply exactly and round half up to the fen."""

    def convert(values: pl.Series) -> pl.Series:
        found = [
            None if value is None else (value * rate).quantize(Decimal("0.01")) for value in values
        ]
        return pl.Series(values.name, found, dtype=pl.Decimal(38, 2))

    return amount.map_batches(convert, return_dtype=pl.Decimal(38, 2))
