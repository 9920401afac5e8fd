"""Static pools as CSV files: read strictly, every fault with its row and column."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

TRIANGLE_COLUMNS = ("vintage", "months_since_default", "exposure", "recovered")
ULTIMATE_COLUMNS = ("default_date", "closing_date", "exposure", "recovered")
OPTIONAL_COLUMNS = {"triangle": (), "ultimate": ("segment",)}
REQUIRED_COLUMNS = {"triangle": TRIANGLE_COLUMNS, "ultimate": ULTIMATE_COLUMNS}
MOST_ROWS = 500_000
MOST_ISSUES = 200
LARGEST_FILE = 50 * 1024 * 1024

MONEY = re.compile(r"\d{1,16}(\.\d{1,2})?")
MONTHS = re.compile(r"\d{1,3}")
VINTAGE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])|Q[1-4]|H[12])?")


@dataclass(frozen=True, slots=True)
class Issue:
    """One fault of a file: its row (1 is the header), its column, the value, what was expected."""

    row: int
    column: str
    value: str
    message: str | Promise


class StaticPoolError(ValueError):
    """A static pool file has faults; nothing of it is kept."""

    def __init__(self, issues: list[Issue]) -> None:
        self.issues = issues
        super().__init__(f"{len(issues)} faults")


@dataclass(frozen=True, slots=True)
class ClosedCase:
    """One closed case: money in the pool's currency."""

    default_date: date
    closing_date: date
    exposure: Decimal
    recovered: Decimal
    segment: str


@dataclass(frozen=True, slots=True)
class Point:
    """One cell of a triangle: recovered is cumulative since default."""

    vintage: str
    months_since_default: int
    exposure: Decimal
    recovered: Decimal


Row = ClosedCase | Point


def read_static_pool(content: bytes, kind: str) -> list[Row]:
    """Read a file of one kind, or raise StaticPoolError with every fault (at most 200)."""
    rows, issues = [], []
    for line, cells in lines(content, kind):
        row, faults = (
            read_closed_case(line, cells) if kind == "ultimate" else read_point(line, cells)
        )
        issues += faults
        if row is not None:
            rows.append((line, row))
        if len(issues) >= MOST_ISSUES:
            break
    if kind == "triangle" and not issues:
        issues = triangle_faults([(line, row) for line, row in rows if isinstance(row, Point)])
    if not rows and not issues:
        issues = [Issue(2, "", "", _("The file has a header and no rows."))]
    if issues:
        raise StaticPoolError(issues[:MOST_ISSUES])
    return [row for _line, row in rows]


def lines(content: bytes, kind: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Give each row with the line on which it begins; blank lines are passed over."""
    reader = csv.reader(io.StringIO(decoded(content), newline=""), strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        check_header(header, kind)
        begun = reader.line_num + 1
        for cells in reader:
            here, begun = begun, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                text = _("Expected {expected} cells, found {found}.")
                words = format_lazy(text, expected=len(header), found=len(cells))
                raise StaticPoolError([Issue(here, "", ",".join(cells)[:80], words)])
            if here > MOST_ROWS:
                words = format_lazy(_("At most {most} rows are read."), most=f"{MOST_ROWS:,}")
                raise StaticPoolError([Issue(here, "", "", words)])
            yield here, dict(zip(header, (cell.strip() for cell in cells), strict=True))
    except csv.Error as error:
        words = format_lazy(_("The line cannot be read: {error}."), error=str(error))
        raise StaticPoolError([Issue(reader.line_num, "", "", words)]) from error


def decoded(content: bytes) -> str:
    if not content.strip():
        raise StaticPoolError([Issue(1, "", "", _("The file is empty."))])
    if b"\x00" in content:
        raise StaticPoolError([Issue(1, "", "", _("The file is not text."))])
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise StaticPoolError([Issue(1, "", "", _("The file is neither UTF-8 nor GB18030 text."))])


def check_header(header: list[str], kind: str) -> None:
    known = (*REQUIRED_COLUMNS[kind], *OPTIONAL_COLUMNS[kind])
    issues = [
        Issue(1, name, "", _("This column is missing."))
        for name in REQUIRED_COLUMNS[kind]
        if name not in header
    ]
    issues += [
        Issue(
            1,
            name,
            name,
            format_lazy(_("Unknown column; known are {known}."), known=", ".join(known)),
        )
        for name in header
        if name not in known
    ]
    issues += [
        Issue(1, name, name, _("This column stands twice."))
        for k, name in enumerate(header)
        if name in header[:k]
    ]
    if issues:
        raise StaticPoolError(issues)


def read_closed_case(line: int, cells: dict[str, str]) -> tuple[ClosedCase | None, list[Issue]]:
    issues: list[Issue] = []
    default_date = read_date(line, "default_date", cells, issues)
    closing_date = read_date(line, "closing_date", cells, issues)
    exposure = read_money(line, "exposure", cells, issues)
    recovered = read_money(line, "recovered", cells, issues)
    if default_date and closing_date and closing_date < default_date:
        words = _("The case was closed before it defaulted.")
        issues.append(Issue(line, "closing_date", cells["closing_date"], words))
    if exposure == 0:
        words = _("The exposure must be positive.")
        issues.append(Issue(line, "exposure", cells["exposure"], words))
    if issues or not (default_date and closing_date) or exposure is None or recovered is None:
        return None, issues
    segment = cells.get("segment", "")[:64]
    return ClosedCase(default_date, closing_date, exposure, recovered, segment), issues


def read_point(line: int, cells: dict[str, str]) -> tuple[Point | None, list[Issue]]:
    issues: list[Issue] = []
    vintage, months = cells["vintage"], cells["months_since_default"]
    if not VINTAGE.fullmatch(vintage):
        words = _("Expected a vintage such as 2019, 2019H1, 2019Q3 or 2019-07.")
        issues.append(Issue(line, "vintage", vintage[:80], words))
    if not MONTHS.fullmatch(months):
        words = _("Expected whole months from 0 to 999.")
        issues.append(Issue(line, "months_since_default", months[:80], words))
    exposure = read_money(line, "exposure", cells, issues)
    recovered = read_money(line, "recovered", cells, issues)
    if issues or exposure is None or recovered is None:
        return None, issues
    return Point(vintage, int(months), exposure, recovered), issues


def read_money(
    line: int, column: str, cells: dict[str, str], issues: list[Issue]
) -> Decimal | None:
    text = cells[column]
    if MONEY.fullmatch(text):
        return Decimal(text)
    words = _("Expected an amount such as 125000.00, at most two decimals, no commas.")
    issues.append(Issue(line, column, text[:80], words))
    return None


def read_date(line: int, column: str, cells: dict[str, str], issues: list[Issue]) -> date | None:
    text = cells[column]
    try:
        if len(text) == len("2024-03-31"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    issues.append(Issue(line, column, text[:80], _("Expected a date such as 2024-03-31.")))
    return None


def triangle_faults(points: list[tuple[int, Point]]) -> list[Issue]:
    """Check what holds within a vintage: one exposure, months once, recovered never falls."""
    issues: list[Issue] = []
    by_vintage: dict[str, list[tuple[int, Point]]] = {}
    for line, point in points:
        by_vintage.setdefault(point.vintage, []).append((line, point))
    for cells in by_vintage.values():
        cells.sort(key=lambda cell: cell[1].months_since_default)
        for (_line, before), (line, point) in pairwise(cells):
            issues += faults_between(before, line, point)
    return issues


def faults_between(before: Point, line: int, point: Point) -> Iterator[Issue]:
    if point.months_since_default == before.months_since_default:
        words = _("This month stands twice for the vintage.")
        yield Issue(line, "months_since_default", str(point.months_since_default), words)
    if point.exposure != before.exposure:
        text = _("The exposure of a vintage is its balance at default: {before} stands before.")
        words = format_lazy(text, before=f"{before.exposure:,}")
        yield Issue(line, "exposure", str(point.exposure), words)
    if point.recovered < before.recovered:
        text = _("Recovered is cumulative and never falls: {before} stands before.")
        yield Issue(
            line,
            "recovered",
            str(point.recovered),
            format_lazy(text, before=f"{before.recovered:,}"),
        )
