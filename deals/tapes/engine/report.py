"""The report of a check: what was received, the verdict, every kind of problem in two languages."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from analytics.tape import BY_NAME, COLUMNS
from analytics.tape.findings import Findings, Kind, Place
from deals.tapes.files.header import Heading

ACCEPT, WARN, REJECT = "accept", "accept with warnings", "reject with clear error"
DICTIONARY = "tape 1.0"
Report = dict[str, Any]


@dataclass
class Context:
    """What is known about the file while it is checked."""

    name: str
    cutoff: dt.date | None = None
    size: int = 0
    sha256: str = ""
    kind: str = ""
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: int = 0
    records: int = 0
    is_workbook: bool = False
    headings: Mapping[str, Heading] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


def refused(context: Context, findings: Findings, *, http: int = 422) -> Report:
    """Report a refusal: nothing of the loans is in it but the places of the problems."""
    problems = sum(kind.count for kind in findings.errors)
    report = _report(context, findings, REJECT, http)
    report |= {"problem_count": problems, "problem_rows": len(findings.rows)}
    report["message"] = message(report)
    return report


def accepted(
    context: Context, findings: Findings, frame: pl.DataFrame, summary: Mapping[str, Any]
) -> Report:
    """Report an acceptance with its control totals and descriptors."""
    report = _report(context, findings, WARN if findings.warnings else ACCEPT, 200)
    first = frame.row(0, named=True)
    report |= {
        "rows": summary["loans"],
        "sum_unpaid_principal": summary["unpaid_principal"],
        "first_loan_id": first["loan_id"],
        "first_default_date": first["default_date"].isoformat(),
        "first_borrower_name": first["borrower_name"],
        "summary": dict(summary),
    }
    report["message"] = message(report)
    return report


def _report(context: Context, findings: Findings, verdict: str, http: int) -> Report:
    kinds = sorted(findings, key=lambda kind: (kind.rule.severity != "error", -kind.count))
    return {
        "verdict": verdict,
        "message": "",
        "http": http,
        "rows": 0,
        "sum_unpaid_principal": None,
        "first_loan_id": None,
        "first_default_date": None,
        "first_borrower_name": None,
        "problem_count": 0,
        "problem_rows": 0,
        "file": {
            "name": context.name,
            "bytes": context.size,
            "sha256": context.sha256,
            "kind": context.kind,
            "encoding": context.encoding,
            "delimiter": context.delimiter,
            "sheet": context.sheet,
            "header_row": context.header_row,
            "records": context.records,
            "dictionary": DICTIONARY,
            "columns": {name: heading.text for name, heading in context.headings.items()},
            "letters": {name: heading.letter for name, heading in context.headings.items()},
            "unknown_columns": context.unknown,
            "known_columns": len(COLUMNS),
        },
        "kinds": [_kind(kind, context) for kind in kinds],
        "problems": [problem for kind in kinds for problem in _problems(kind, context)],
    }


def _kind(kind: Kind, context: Context) -> dict[str, Any]:
    params = kind.places[0].params if kind.places else {}
    return {
        "rule": kind.rule.key,
        "code": kind.rule.code,
        "severity": kind.rule.severity,
        "column": kind.column,
        "header": _header(kind.column, context),
        "count": kind.count,
        "title": _both(kind.rule.title("en"), kind.rule.title("zh")),
        "remedy": _both(kind.rule.remedy("en", params), kind.rule.remedy("zh", params)),
        "first": _both(
            visible(kind.rule.what("en", params)), visible(kind.rule.what("zh", params))
        ),
    }


def _problems(kind: Kind, context: Context) -> list[dict[str, Any]]:
    heading = context.headings.get(kind.column)
    return [
        {
            "rule": kind.rule.key,
            "code": kind.rule.code,
            "severity": kind.rule.severity,
            "sheet": context.sheet,
            "row": place.row or None,
            "letter": heading.letter if heading and place.row else "",
            "column": kind.column,
            "header": _header(kind.column, context),
            "value": visible(place.value[:200]),
            "right": place.right,
            "what": _both(_what(kind, place, "en"), _what(kind, place, "zh")),
            "remedy": _both(
                kind.rule.remedy("en", place.params), kind.rule.remedy("zh", place.params)
            ),
        }
        for place in kind.places
    ]


_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def visible(text: str) -> str:
    """Show control, direction and invisible signs by their code: neutral on a page and in a log."""
    return _HIDDEN.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)


def _what(kind: Kind, place: Place, language: str) -> str:
    return visible(kind.rule.what(language, place.params))


def _both(english: str, chinese: str) -> dict[str, str]:
    return {"en": english, "zh": chinese}


def _header(column: str, context: Context) -> str:
    if column in context.headings:
        return context.headings[column].text
    return BY_NAME[column].zh if column in BY_NAME else ""


def message(report: Report) -> str:
    """All the text that a person sees, English then Chinese, one line per kind of problem."""
    return "\n".join([*_lines(report, "en"), "", *_lines(report, "zh")])


def _lines(report: Report, language: str) -> list[str]:
    is_chinese = language == "zh"
    name, verdict = report["file"]["name"], report["verdict"]
    if verdict == REJECT:
        count, rows = report["problem_count"], report["problem_rows"]
        head = (
            f"{name}：拒收。{rows} 行共 {count} 个问题，未读入任何内容，也未作任何猜测。"
            if is_chinese
            else f"{name}: refused. {count} problems in {rows} rows. Nothing was loaded. Nothing was guessed."
        )
    else:
        loans, total = report["rows"], report["sum_unpaid_principal"]
        head = (
            f"{name}：接受。{loans} 笔贷款，未偿本金 {total} 元。"
            if is_chinese
            else f"{name}: accepted. {loans} loans, unpaid principal {total} CNY."
        )
    return [head, *(_line(kind, report, language) for kind in report["kinds"])]


def _line(kind: Mapping[str, Any], report: Report, language: str) -> str:
    place = next(
        (
            problem
            for problem in report["problems"]
            if problem["rule"] == kind["rule"]
            and problem["column"] == kind["column"]
            and problem["row"]
        ),
        None,
    )
    where = ""
    if place is not None and place["letter"]:
        sheet = f"{place['sheet']} " if place["sheet"] else ""
        where = (
            f"（{sheet}第 {place['row']} 行 {place['letter']} 列 “{place['value'][:60]}”）"
            if language == "zh"
            else f" ({sheet}row {place['row']} column {place['letter']} “{place['value'][:60]}”)"
        )
    column = f" {kind['column']} {kind['header']}" if kind["column"] else ""
    return f"[{kind['code']}]{column} ×{kind['count']}: {kind['title'][language]}; {kind['first'][language]}{where}. {kind['remedy'][language]}"
