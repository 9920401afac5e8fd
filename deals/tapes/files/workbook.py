"""XLSX and ODS: the container's own promises first, then the cells through calamine."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from xml.etree.ElementTree import Element

import fastexcel
import polars as pl
from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import (  # type: ignore[import-untyped]
    ParseError,
    fromstring,
)

from deals.tapes.files.archive import Archive
from deals.tapes.files.limits import Limits
from deals.tapes.files.ods_scan import scan_ods
from deals.tapes.files.refusal import FileRefused
from deals.tapes.files.sheet_scan import SheetFacts, scan_sheet
from deals.tapes.files.table import Grid, Note, Source, column_letter, note

_STRICT = b"purl.oclc.org/ooxml"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def read_xlsx(path: Path, limits: Limits) -> Source:
    """Read every worksheet of a workbook that holds something."""
    archive = Archive(path, limits)
    workbook = _workbook_part(archive)
    for name in (
        "_rels/.rels",
        "xl/_rels/workbook.xml.rels",
        "xl/styles.xml",
        "xl/sharedStrings.xml",
    ):
        if archive.has(name):
            archive.read_xml(name)
    root = _parse(workbook)
    epoch_1904 = any(
        element.get("date1904") in {"1", "true"}
        for element in root.iter()
        if _local(element) == "workbookPr"
    )
    notes: list[Note] = []
    if any(name.startswith("xl/externalLinks/") for name in archive.members):
        notes.append(note("external_links"))
    targets = _targets(archive)
    reader = _open(path)
    grids: list[Grid] = []
    for name, relation, is_hidden in _sheets(root):
        member = targets.get(relation, "")
        if not re.match(r"^xl/worksheets/[^/]+\.xml$", member, re.IGNORECASE):
            continue  # a chart sheet
        if not archive.has(member):
            raise FileRefused(rule="damaged_archive")
        facts = scan_sheet(archive.read_xml(member), limits)
        grid = _grid(reader, name, facts, epoch_1904=epoch_1904, is_hidden=is_hidden)
        if grid is not None:
            grids.append(grid)
    return Source("xlsx", grids, tuple(notes))


def read_ods(path: Path, limits: Limits) -> Source:
    """Read every table of an OpenDocument spreadsheet that holds something."""
    archive = Archive(path, limits)
    if not archive.has("mimetype") or not archive.has("content.xml"):
        raise FileRefused(rule="not_a_workbook")
    if not archive.read("mimetype").startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
        raise FileRefused(rule="not_a_workbook")
    if archive.has("META-INF/manifest.xml") and b"encryption-data" in archive.read_xml(
        "META-INF/manifest.xml"
    ):
        raise FileRefused(rule="encrypted")
    sheets = scan_ods(archive.read_xml("content.xml"), limits)
    return Source("ods", [sheet for sheet in sheets if sheet.frame.height])


def _workbook_part(archive: Archive) -> bytes:
    """Give xl/workbook.xml of an ordinary workbook; macros, binary and Strict ones are refused."""
    if not archive.has("[Content_Types].xml"):
        raise FileRefused(rule="not_a_workbook")
    _refuse_types(archive.read_xml("[Content_Types].xml"))
    if not archive.has("xl/workbook.xml"):
        raise FileRefused(rule="not_a_workbook")
    workbook = archive.read_xml("xl/workbook.xml")
    if _STRICT in workbook:
        raise FileRefused(rule="strict_workbook")
    return workbook


def _refuse_types(types: bytes) -> None:
    if b"macroEnabled" in types or b"vbaProject" in types:
        raise FileRefused(rule="macro_workbook", found=".xlsm")
    if b"sheet.binary" in types:
        raise FileRefused(rule="binary_workbook")
    if b"spreadsheetml" not in types:
        raise FileRefused(rule="not_a_workbook")


def _parse(xml: bytes) -> Element:
    try:
        root: Element = fromstring(xml)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise FileRefused(rule="bad_xml", member="workbook") from error
    return root


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _sheets(root: Element) -> list[tuple[str, str, bool]]:
    """Name, relation and whether hidden, of each sheet in order."""
    return [
        (
            sheet.get("name", ""),
            sheet.get(_RELATION, ""),
            sheet.get("state", "visible") != "visible",
        )
        for sheet in root.iter()
        if _local(sheet) == "sheet"
    ]


def _targets(archive: Archive) -> dict[str, str]:
    name = "xl/_rels/workbook.xml.rels"
    if not archive.has(name):
        raise FileRefused(rule="not_a_workbook")
    targets = {}
    for relation in _parse(archive.read_xml(name)):
        target = relation.get("Target", "")
        member = (
            target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        )
        targets[relation.get("Id", "")] = member
    return targets


def _open(path: Path) -> fastexcel.ExcelReader:
    try:
        return fastexcel.read_excel(path)
    except fastexcel.FastExcelError as error:
        raise FileRefused(rule="bad_xml", member="workbook") from error


def _grid(
    reader: fastexcel.ExcelReader,
    name: str,
    facts: SheetFacts,
    *,
    epoch_1904: bool,
    is_hidden: bool,
) -> Grid | None:
    if facts.first_column is None:
        return None
    try:
        sheet = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        frame = sheet.to_polars()
    except fastexcel.FastExcelError as error:
        raise FileRefused(rule="bad_xml", member=name) from error
    frame.columns = [f"c{index}" for index in range(frame.width)]
    if facts.external_formulas:
        row, letter = facts.external_formulas[0]
        raise FileRefused(rule="external_formula", sheet=name, row=row, column=letter)
    notes = []
    if is_hidden:
        notes.append(note("hidden_sheet", sheet=name))
    if facts.hidden_rows or facts.hidden_columns:
        notes.append(note("hidden_cells", rows=facts.hidden_rows, columns=facts.hidden_columns))
    if facts.formulas > len(facts.bare_formulas):
        notes.append(note("cached_formulas", found=facts.formulas))
    return Grid(
        frame=frame,
        numbers=pl.int_range(1, frame.height + 1, dtype=pl.Int32, eager=True),
        letters=tuple(column_letter(facts.first_column + index) for index in range(frame.width)),
        sheet=name,
        notes=tuple(notes),
        is_workbook=True,
        epoch_1904=epoch_1904,
        errors=tuple(facts.errors),
        long_numbers=tuple(facts.long_numbers),
        bare_formulas=tuple(facts.bare_formulas),
        booleans=tuple(facts.booleans),
        merges=tuple(facts.merges),
    )
