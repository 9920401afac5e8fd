"""Odd and hostile tapes, each with the verdict it must get. All loans here are invented.

`cases()` makes every file in memory; `python -m tests.deals.tapes.corpus FOLDER` writes them out.
"""

from __future__ import annotations

import datetime as dt
import io
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter

A, W, R = "accept", "accept with warnings", "reject with clear error"
HEADERS = [
    "loan_id", "borrower_id", "borrower_name", "province", "asset_type", "product", "unpaid_principal",
    "accrued_interest", "default_date", "legal_stage",
]  # fmt: skip
CHINESE = [
    "贷款编号", "借款人编号", "借款人名称", "省份", "资产类型", "产品", "未偿本金", "应收利息", "违约日", "诉讼阶段",
]  # fmt: skip
ROWS = [
    ["L0001", "B01", "张伟", "浙江省", "unsecured", "credit_card", "1234567.89", "100.10", "2023-03-31", "pre_litigation"],
    ["L0002", "B02", "王芳", "广东省", "unsecured", "credit_card", "2000.00", "20.00", "2023-04-15", "filed"],
    ["L0003", "B03", "李娜", "江苏省", "guaranteed", "sme_loan", "350000.50", "0.00", "2022-12-01", "judgment"],
    ["L0004", "B04", "杭州某某有限公司", "内蒙古", "unsecured", "micro_business", "78000.00", "999.99", "2023-01-20", "enforcement"],
]  # fmt: skip
TOTAL = "1664568.39"


@dataclass(frozen=True)
class Case:
    """One file: its name as sent, its bytes, the verdicts that are right."""

    name: str
    upload_as: str
    data: bytes
    verdicts: tuple[str, ...]
    total: str | None = None
    rule: str = ""
    http: int | None = None


def table(headers=HEADERS, rows=ROWS, **changes) -> list[list[str]]:
    """The base table; `changes` maps a column to the values of its first rows (one value: the first row)."""
    rows = [list(row) for row in rows]
    for column, values in changes.items():
        at = headers.index(column)
        for row, value in zip(rows, values if isinstance(values, list) else [values], strict=False):
            row[at] = value
    return [list(headers), *rows]


def text(lines: list[list[str]], delimiter=",", end="\n") -> str:
    def cell(value: str) -> str:
        needs = any(sign in value for sign in (delimiter, '"', "\n", "\r"))
        return '"' + value.replace('"', '""') + '"' if needs else value

    return end.join(delimiter.join(cell(value) for value in line) for line in lines) + end


def with_columns(names: list[str], values: list[list[str]]) -> list[list[str]]:
    """The base table with further columns."""
    return [HEADERS + names, *(row + more for row, more in zip(ROWS, values, strict=True))]


SECURED = [
    "collateral_id",
    "collateral_type",
    "collateral_province",
    "appraised_value",
    "appraisal_date",
    "lien_rank",
]


def secured(rows: list[list[str]], names: list[str] = SECURED) -> list[list[str]]:
    """Four secured loans with the given collateral columns."""
    base = [[*row[:4], "secured", "residential_mortgage", *row[6:]] for row in ROWS]
    return [HEADERS + names, *(row + more for row, more in zip(base, rows, strict=True))]


def collateral(number: int, value="900000.00", date="2024-01-15", rank="1") -> list[str]:
    return [f"C{number}", "residential", "浙江省", value, date, rank]


def workbook(fill: Callable[[xlsxwriter.Workbook], None], **options) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, **options})
    fill(book)
    book.close()
    return stream.getvalue()


def sheet_of(lines: list[list[object]], name="资产池", top=0, **options) -> bytes:
    def fill(book):
        put(book.add_worksheet(name), lines, top)

    return workbook(fill, **options)


def put(sheet, lines, top=0):
    for row, line in enumerate(lines):
        for column, value in enumerate(line):
            if isinstance(value, (int, float)):
                sheet.write_number(row + top, column, value)
            elif value:
                sheet.write_string(row + top, column, value)


def rezip(
    data: bytes, change: Callable[[str, bytes], bytes | None], extra: dict[str, bytes] | None = None
) -> bytes:
    """Rewrite a zip: each member through `change` (None drops it), then `extra` members."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for info in old.infolist():
            content = change(info.filename, old.read(info))
            if content is not None:
                new.writestr(info.filename, content)
        for name, content in (extra or {}).items():
            new.writestr(name, content)
    return out.getvalue()


def edit(data: bytes, member: str, old: bytes, new: bytes) -> bytes:
    def change(name, content):
        if name != member:
            return content
        assert old in content, (member, old)
        return content.replace(old, new, 1)

    return rezip(data, change)


SHEET = "xl/worksheets/sheet1.xml"


def ods(
    lines: list[list[str]], extra_row: str = "", manifest: str = "", doctype: str = ""
) -> bytes:
    def cell(value):
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    rows = "".join(
        f"<table:table-row>{''.join(map(cell, line))}</table:table-row>" for line in lines
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{doctype}<office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="资产池">{rows}{extra_row}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        new.writestr(zipfile.ZipInfo("mimetype"), "application/vnd.oasis.opendocument.spreadsheet")
        new.writestr("content.xml", content)
        new.writestr("META-INF/manifest.xml", f"<manifest>{manifest}</manifest>")
    return out.getvalue()


def raw_zip(members: list[tuple[str, bytes]]) -> bytes:
    """A stored zip that may hold a name twice."""
    out, central, count = b"", b"", 0
    for name, content in members:
        crc, size, raw = zlib.crc32(content), len(content), name.encode()
        local = struct.pack(
            "<IHHHHHIIIHH", 0x04034B50, 20, 0x800, 0, 0, 33, crc, size, size, len(raw), 0
        )
        entry = struct.pack(
            "<IHHHHHHIIIHHHHHII",
            0x02014B50,
            20,
            20,
            0x800,
            0,
            0,
            33,
            crc,
            size,
            size,
            len(raw),
            0,
            0,
            0,
            0,
            0,
            len(out),
        )
        out += local + raw + content
        central += entry + raw
        count += 1
    return (
        out
        + central
        + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(central), len(out), 0)
    )


def cases() -> list[Case]:
    found: list[Case] = []

    def case(name, data, *verdicts, upload_as=None, total=None, rule="", http=None):
        data = data.encode() if isinstance(data, str) else data
        found.append(Case(name, upload_as or f"{name}.csv", data, verdicts, total, rule, http))

    def book(name, data, *verdicts, upload_as=None, **more):
        case(name, data, *verdicts, upload_as=upload_as or f"{name}.xlsx", **more)

    _encodings(case)
    _layouts(case)
    _numbers(case)
    _dates(case)
    _facts(case)
    _texts(case)
    _workbooks(book)
    _layout_of_workbooks(book)
    _hostile_workbooks(book)
    _names(case)
    return found


def _encodings(case):
    plain = text(table())
    chinese = text(table(CHINESE))
    case("utf8", plain, A, total=TOTAL)
    case("utf8_bom", "\ufeff" + plain, A, total=TOTAL)
    case("gb18030_chinese_headers", chinese.encode("gb18030"), A, total=TOTAL)
    case("gbk_english_headers", plain.encode("gbk"), A, total=TOTAL)
    case(
        "gb18030_rare_name",
        text(table(CHINESE, 借款人名称="㼆𠀀")).encode("gb18030"),
        A,
        total=TOTAL,
    )
    case("utf16_le", plain.encode("utf-16"), W, total=TOTAL)
    case("utf16_be", b"\xfe\xff" + plain.encode("utf-16-be"), W, total=TOTAL)
    case("utf16_no_mark", plain.encode("utf-16-le"), R, rule="nul_byte")
    big5 = text(
        table(
            province=["浙江省", "廣東省", "江蘇省", "內蒙古"],
            borrower_name=["張偉", "王芳", "李娜", "杭州某某有限公司"],
        )
    )
    case("big5", big5.encode("big5"), R, rule="encoding_unknown")
    case(
        "latin1",
        text(table(borrower_name="José Müller", province=["Zhejiang"] * 4)).encode(
            "latin-1", "replace"
        ),
        R,
    )
    lines = text(table()).encode().split(b"\n")
    lines[2] = lines[2].decode().encode("gbk")
    case("two_encodings", b"\n".join(lines), R, rule="encoding_mixed")
    case("nul", plain.replace("王芳", "王\x00芳"), R, rule="nul_byte")
    case("lost_characters", text(table(borrower_name="\ufffd\ufffd")), R, rule="encoding_damaged")


def _layouts(case):  # noqa: PLR0915 - a list of cases
    plain = text(table())
    case("crlf", text(table(), end="\r\n"), A, total=TOTAL)
    case("mixed_ends", plain.replace("\n", "\r\n", 2).replace("\n", "\r", 1), A, W, total=TOTAL)
    case("mac_ends", text(table(), end="\r"), W, total=TOTAL)
    case("quoted_newline", text(table(borrower_name="张\n伟")), A, total=TOTAL)
    case("quoted_comma", text(table(borrower_name="张,伟")), A, total=TOTAL)
    case("doubled_quote", text(table(borrower_name='张"大"伟')), A, total=TOTAL)
    case("semicolon", text(table(), ";"), W, total=TOTAL)
    case("tab", text(table(), "\t"), W, total=TOTAL)
    case("bar", text(table(), "|"), W, total=TOTAL)
    case("full_width_comma", text(table(), "，"), W, total=TOTAL)
    case("sep_line", "sep=;\n" + text(table(), ";"), W, total=TOTAL)
    case("sep_line_comma", "sep=,\r\n" + text(table(), end="\r\n"), W, total=TOTAL)
    case("blank_rows", plain.replace("\nL0003", "\n\n\nL0003"), W, total=TOTAL)
    case("empty_fields_row", plain.replace("\nL0003", "\n,,,,,,,,,\nL0003"), W, total=TOTAL)
    case("trailing_newlines", plain + "\n\n", A, W, total=TOTAL)
    case("open_quote", plain.replace("王芳", '"王芳'), R, rule="open_quote")
    case("stray_quote", plain.replace("王芳", '王"芳'), R, rule="open_quote")
    case("ragged_short", plain.replace(",2023-04-15,filed", ",2023-04-15"), R, rule="ragged_row")
    case("ragged_long", plain.replace("filed", "filed,x"), R, rule="ragged_row")
    case(
        "shifted_by_comma_in_money",
        plain.replace("1234567.89", "1,234,567.89"),
        R,
        rule="ragged_row",
    )
    case(
        "duplicate_must_header",
        text([[*HEADERS, "贷款编号"], *([*row, "x"] for row in ROWS)]),
        R,
        rule="duplicate_column",
    )
    case(
        "same_header_twice",
        text([[*HEADERS, "loan_id"], *([*row, "x"] for row in ROWS)]),
        R,
        rule="duplicate_column",
    )
    case("missing_must_header", text([line[:-1] for line in table()]), R, rule="missing_column")
    case("header_only", text([HEADERS]), R, rule="no_loans")
    case("empty", "", R, rule="empty_file")
    case("blank", "\n \n", R)
    case("no_header", text(ROWS), R)
    case(
        "unknown_columns",
        text(with_columns(["备注", "客户经理"], [["a", "b"]] * 4)),
        W,
        total=TOTAL,
    )
    case("upper_case_headers", text([[h.upper() for h in HEADERS], *ROWS]), W, total=TOTAL)
    case(
        "spaces_in_headers",
        text([[f" {h.replace('_', ' ')} " for h in HEADERS], *ROWS]),
        W,
        total=TOTAL,
    )
    case("line_break_in_header", text([["loan_id\n(编号)", *HEADERS[1:]], *ROWS]), W, total=TOTAL)
    case(
        "both_languages",
        text([[f"{c}/{h}" for c, h in zip(CHINESE, HEADERS, strict=True)], *ROWS]),
        A,
        W,
        total=TOTAL,
    )
    case("full_width_headers", text([["ｌｏａｎ＿ｉｄ", *HEADERS[1:]], *ROWS]), A, W, total=TOTAL)
    case("title_lines", "某银行不良资产池\n基准日：2024-06-30\n" + plain, W, total=TOTAL)
    case("padded_title", "某银行不良资产池,,,,,,,,,\n" + plain, W, total=TOTAL)
    case("total_row", plain + f"合计,,,,,,{TOTAL},1120.09,,\n", W, total=TOTAL)
    case(
        "subtotal_rows",
        plain.replace("\nL0003", "\n小计,,,,,,1236567.89,120.10,,\nL0003"),
        W,
        total=TOTAL,
    )
    case("total_in_second_column", plain + f",合计,,,,,{TOTAL},1120.09,,\n", W, total=TOTAL)
    case("note_below", plain + "注：以上数据截至2024-06-30\n", R, rule="ragged_row")
    case("one_loan", text(table(rows=ROWS[:1])), A, total="1234567.89")
    case(
        "wide",
        text([[*HEADERS, *(f"x{i}" for i in range(300))], *(row + [""] * 300 for row in ROWS)]),
        R,
        rule="too_many_columns",
    )


def _numbers(case):
    def money(name, value, *verdicts, total=None, rule=""):
        case(name, text(table(unpaid_principal=value)), *verdicts, total=total, rule=rule)

    money("thousands", "1,234,567.89", A, total=TOTAL)
    money("digits_20", "123456789012345678.90", A, total="123456789012775679.40")
    money("full_width_digits", "１２３４５６７．８９", W, total=TOTAL)
    money("yuan_signs", "¥1,234,567.89元", W, total=TOTAL)
    money("arabic_digits", "١٢٣٤", R, rule="not_money")
    money("underscore", "1_000", R, rule="not_money")
    money("european", "1.234.567,89", R, rule="not_money")
    money("bankers_capitals", "壹佰万元整", R, rule="not_money")
    for odd in (
        "NaN",
        "Inf",
        "-Infinity",
        "1e308",
        "1e5",
        "12%",
        "TRUE",
        "#REF!",
        "0x10",
        "1 234",
        "12,34",
        "1,23,456",
    ):
        money(
            f"money_{odd.strip('#!%-').lower().replace(' ', '_').replace(',', '_')}_{len(odd)}",
            odd,
            R,
        )
    money("negative", "-1000.00", R, rule="negative_amount")
    money("bracketed", "(1,000.00)", R, rule="negative_amount")
    money("true_minus", "−1000", R, rule="negative_amount")
    money("three_decimals", "1234567.891", W, total=TOTAL)
    money("must_dash", "-", R, rule="missing_value")
    money("must_blank", "", R, rule="missing_value")
    money("dollars", "$1000", R, rule="foreign_currency")
    money("usd", "USD 1000", R, rule="foreign_currency")
    money("ten_thousands_in_cell", "123.456789万元", W, total=TOTAL)
    names = [h if h != "unpaid_principal" else "unpaid_principal（万元）" for h in HEADERS]
    rows = [
        [*row[:6], value, *row[7:]]
        for row, value in zip(ROWS, ["123.456789", "0.2", "35.00005", "7.8"], strict=True)
    ]
    case("ten_thousands_in_header", text([names, *rows]), W, total=TOTAL)
    case(
        "hundred_millions_in_header",
        text([[h.replace("（万元）", "(亿元)") for h in names], *rows]),
        W,
        total="16645683900.00",
    )
    case(
        "unit_in_title",
        "单位：万元\n" + text([HEADERS, *([*row[:7], "0", *row[8:]] for row in rows)]),
        W,
        total=TOTAL,
    )
    case(
        "optional_markers",
        text(
            with_columns(
                ["other_fees", "days_past_due"],
                [["-", "N/A"], ["无", "—"], ["", ""], ["1.00", "无"]],
            )
        ),
        W,
        total=TOTAL,
    )
    case("all_zero", text(table(unpaid_principal=["0", "0.00", "0", "0"])), R, rule="all_zero")
    mixed = [
        [*row[:6], value, *row[7:]]
        for row, value in zip(
            ROWS * 2,
            [
                "1234567.89",
                "2345000.00",
                "3500000.00",
                "980000.00",
                "123.45",
                "234.50",
                "350.00",
                "98.00",
            ],
            strict=True,
        )
    ]
    for number, row in enumerate(mixed):
        row[0], row[1] = f"L{number}", f"B{number}"
    case("half_in_ten_thousands", text([HEADERS, *mixed]), W, rule="unit_mixture")
    case(
        "foreign_currency_no_rate",
        text(with_columns(["currency"], [["USD"], ["CNY"], ["CNY"], [""]])),
        R,
        rule="currency_without_rate",
    )
    case(
        "total_wrong",
        text(
            with_columns(
                ["total_claim"], [["1234667.99"], ["2020.00"], ["350000.50"], ["79000.05"]]
            )
        ),
        R,
        rule="total_disagrees",
    )
    case(
        "total_right",
        text(
            with_columns(
                ["total_claim"], [["1234667.99"], ["2020.00"], ["350000.50"], ["78999.99"]]
            )
        ),
        A,
        total=TOTAL,
    )
    case(
        "total_ten_times",
        text(
            with_columns(
                ["total_claim"], [["12346679.90"], ["20200.00"], ["3500005.00"], ["789999.90"]]
            )
        ),
        R,
        rule="total_disagrees",
    )
    case(
        "rate_percent",
        text(with_columns(["contract_rate"], [["4.35%"], ["0.0435"], ["5%"], [""]])),
        A,
        total=TOTAL,
    )
    case(
        "rate_without_sign",
        text(with_columns(["contract_rate"], [["4.35"], ["4.9"], ["5"], ["6"]])),
        R,
        rule="rate_without_sign",
    )


def _dates(case):
    def dates(name, values, *verdicts, rule=""):
        case(name, text(table(default_date=values)), *verdicts, rule=rule)

    dates("five_date_forms", ["2023/3/31", "2023.04.15", "20221201", "2023年1月20日"], A)
    dates("serial_dates", ["45016", "45031", "44896", "44946"], W)
    dates(
        "undecided",
        ["01/02/2023", "03/04/2023", "05/06/2022", "07/08/2022"],
        R,
        rule="ambiguous_date",
    )
    dates("decided", ["31/03/2023", "03/04/2023", "05/06/2022", "07/08/2022"], A, W)
    dates(
        "contradicting",
        ["31/03/2023", "03/31/2023", "05/06/2022", "07/08/2022"],
        R,
        rule="ambiguous_date",
    )
    for name, value in {
        "two_digit_year": "23-03-31", "two_digit_slash": "31/03/23", "impossible_day": "2023-02-30", "year_10000": "10000-01-01",
        "month_only": "2023-03", "month_only_chinese": "2023年3月", "month_only_digits": "202303", "not_a_date": "去年", "zero_date": "0000-00-00",
        "year_1900": "1900-01-00",
    }.items():  # fmt: skip
        dates(name, value, R)
    dates("after_cutoff", "2024-07-01", R, rule="default_after_cutoff")
    dates("missing_date", "", R, rule="missing_value")
    case(
        "origination_after_default",
        text(with_columns(["origination_date"], [["2023-05-01"], [""], [""], [""]])),
        W,
        R,
        rule="origination_after_default",
    )
    case(
        "days_disagree",
        text(with_columns(["days_past_due"], [["10"], ["442"], ["577"], ["527"]])),
        W,
        rule="dpd_disagrees",
    )


def _facts(case):
    case("same_id_twice", text(table(loan_id=["L0001", "L0001"])), R, rule="duplicate_loan")
    case("ids_case", text(table(loan_id=["l0001", "L0001"])), R, rule="ids_alike")
    case("ids_inner_blank", text(table(loan_id=["L0001", "L0 001"])), R, rule="ids_alike")
    case("ids_zero_width", text(table(loan_id=["L0001", "L00\u200b01"])), R, rule="ids_alike")
    case(
        "ids_scientific", text(table(loan_id=["1.2E+17", "1.3E+17"])), R, rule="damaged_identifier"
    )
    case("ids_leading_zeros", text(table(loan_id=["000123", "00124"])), A, total=TOTAL)
    case("two_names", text(table(borrower_id=["B01", "B01"])), W, rule="borrower_two_names")
    case(
        "claim_three_times",
        text(with_columns(["original_balance"], [["400000.00"], [""], [""], [""]])),
        W,
        rule="claim_multiple",
    )
    case("unknown_code", text(table(legal_stage="审判中")), R, rule="unknown_code")
    case("unknown_province", text(table(province="火星")), R, rule="unknown_code")
    case(
        "chinese_codes",
        text(
            table(
                asset_type=["信用", "无抵押", "保证", "信用"],
                product=["信用卡", "信用卡", "中小企业", "小微"],
                legal_stage=["未诉", "已立案", "判决", "执行"],
            )
        ),
        A,
        total=TOTAL,
    )
    case(
        "old_province_names", text(table(province=["内蒙", "新疆", "广西", "浙江"])), A, total=TOTAL
    )
    case("secured", text(secured([collateral(n) for n in range(4)])), A, total=TOTAL)
    case(
        "secured_without_value",
        text(secured([collateral(0, value=""), *(collateral(n) for n in range(1, 4))])),
        R,
        rule="missing_if_secured",
    )
    case(
        "secured_without_columns",
        text([HEADERS, *([*row[:4], "secured", *row[5:]] for row in ROWS)]),
        R,
        rule="missing_if_secured",
    )
    case(
        "stale_valuation",
        text(secured([collateral(n, date="2022-01-01") for n in range(4)])),
        W,
        rule="stale_valuation",
    )
    case(
        "zero_valuation",
        text(secured([collateral(0, value="0"), *(collateral(n) for n in range(1, 4))])),
        W,
        rule="zero_valuation",
    )
    case(
        "shared_collateral",
        text(secured([collateral(1), collateral(1), collateral(2), collateral(3)])),
        A,
        total=TOTAL,
    )
    case(
        "shared_collateral_differs",
        text(secured([collateral(1), collateral(1, value="1.00"), collateral(2), collateral(3)])),
        R,
        W,
        rule="collateral_contradicts",
    )
    case(
        "rank_zero",
        text(secured([collateral(0, rank="0"), *(collateral(n) for n in range(1, 4))])),
        R,
        W,
    )
    prior = [
        [*collateral(0), "5000.00"],
        *([*collateral(n, rank="2"), "950000.00"] for n in range(1, 4)),
    ]
    case(
        "rank_one_with_prior",
        text(secured(prior, [*SECURED, "prior_lien_amount"])),
        R,
        rule="lien_contradicts",
    )
    case(
        "liens_above_value",
        text(
            secured(
                [[*collateral(n, rank="2"), "950000.00"] for n in range(4)],
                [*SECURED, "prior_lien_amount"],
            )
        ),
        W,
        rule="liens_above_value",
    )
    lines = secured([collateral(n) for n in range(4)])
    twice = [*lines, [*lines[1][:10], *collateral(9)]]
    case("two_collaterals", text(twice), A, total=TOTAL)
    case(
        "two_collaterals_contradict",
        text([*lines, [*lines[1][:6], "5.00", *lines[1][7:10], *collateral(9)]]),
        R,
        rule="loan_contradicts",
    )
    case("same_collateral_twice", text([*lines, lines[1]]), R, rule="duplicate_loan")
    case(
        "appraisal_after_cutoff",
        text(secured([collateral(n, date="2024-12-01") for n in range(4)])),
        R,
        rule="appraisal_after_cutoff",
    )


def _texts(case):
    def name(kind, value, *verdicts, rule=""):
        case(f"name_{kind}", text(table(borrower_name=value)), *verdicts, rule=rule)

    name("formula", '=HYPERLINK("http://x","y")', A)
    name("formula_plus", "+1+1", A)
    name("formula_at", "@SUM(A1)", A)
    name("markup", "<script>alert(1)</script>", A)
    name("log", "x\n2024-01-01 ERROR everything is fine", A)
    name("template", "{{ settings.SECRET_KEY }} {% load x %} ${7*7}", A)
    name("emoji", "🏠王芳", A)
    name("right_to_left", "王\u202egpj.exe", W, rule="direction_signs")
    name("control", "王\x07芳", R, rule="control_character")
    name("escape", "\x1b[31m王芳", R)
    name("giant", "王" * 30_000, R, rule="cell_too_long")
    name("sql", "'; DROP TABLE loans; --", A)


def _dated(book):
    return book.add_format({"num_format": "yyyy-mm-dd"})


def _workbooks(book):
    book("xlsx", sheet_of(table()), A, total=TOTAL)
    book("xlsx_chinese", sheet_of(table(CHINESE)), A, total=TOTAL)
    numbers = [HEADERS, *([*row[:6], float(row[6]), float(row[7]), *row[8:]] for row in ROWS)]
    book("xlsx_numbers", sheet_of(numbers), A, total=TOTAL)

    def with_dates(workbook_):
        sheet, style = workbook_.add_worksheet(), _dated(workbook_)
        put(sheet, numbers)
        for row, line in enumerate(ROWS, 1):
            sheet.write_datetime(row, 8, dt.datetime.fromisoformat(line[8]), style)

    book("xlsx_dates", workbook(with_dates), A, total=TOTAL)
    book("xlsx_1904", workbook(with_dates, date_1904=True), A, total=TOTAL)
    book("xlsx_serials", sheet_of([HEADERS, *([*row[:8], 45016.0, row[9]] for row in ROWS)]), W)
    noise = edit(sheet_of(numbers), SHEET, b"<v>1234567.89</v>", b"<v>1234567.8900000001</v>")
    book("xlsx_float_noise", noise, A, total=TOTAL)
    book(
        "xlsx_long_ids",
        sheet_of([HEADERS, *([6.2148e17 + n * 1e15, *row[1:]] for n, row in enumerate(ROWS))]),
        R,
        rule="long_number",
    )
    book(
        "xlsx_number_ids",
        sheet_of([HEADERS, *([1001.0 + n, *row[1:]] for n, row in enumerate(ROWS))]),
        A,
        total=TOTAL,
    )

    def formulas(value):
        def fill(workbook_):
            sheet = workbook_.add_worksheet()
            put(sheet, numbers)
            for row in range(1, 5):
                sheet.write_formula(row, 6, "=1000*2", None, value)

        return workbook(fill)

    book("xlsx_cached_formulas", formulas(2000), W, total="8000.00")
    book("xlsx_empty_formulas", _without_values(formulas(2000)), R, rule="formula_without_value")
    external = edit(formulas(2000), SHEET, b"<f>1000*2</f>", b"<f>[1]Sheet1!A1</f>")
    book("xlsx_external_formula", external, R, rule="external_formula")
    links = rezip(
        sheet_of(numbers),
        lambda _, c: c,
        {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"},
    )
    book("xlsx_external_link", links, W, total=TOTAL)
    errors = edit(
        sheet_of(numbers),
        SHEET,
        b'<c r="G2"><v>1234567.89</v></c>',
        b'<c r="G2" t="e"><v>#DIV/0!</v></c>',
    )
    book("xlsx_error_cell", errors, R, rule="error_cell")
    booleans = edit(
        sheet_of(numbers),
        SHEET,
        b'<c r="G2"><v>1234567.89</v></c>',
        b'<c r="G2" t="b"><v>1</v></c>',
    )
    book("xlsx_boolean_money", booleans, R, rule="boolean_cell")
    book("ods", ods(table()), A, total=TOTAL, upload_as="tape.ods")
    book(
        "ods_row_bomb",
        ods(
            table(),
            '<table:table-row table:number-rows-repeated="1000000"><table:table-cell><text:p>x</text:p></table:table-cell></table:table-row>',
        ),
        R,
        upload_as="bomb.ods",
    )
    book(
        "ods_empty_tail",
        ods(
            table(),
            '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>',
        ),
        A,
        total=TOTAL,
        upload_as="tail.ods",
    )
    book(
        "ods_encrypted",
        ods(table(), manifest='<encryption-data xmlns="m"/>'),
        R,
        upload_as="x.ods",
        rule="encrypted",
    )
    book(
        "ods_entity",
        ods(table(), doctype='<!DOCTYPE x [<!ENTITY a "b">]>'),
        R,
        upload_as="x.ods",
        rule="doctype",
    )


def _without_values(data: bytes) -> bytes:
    return rezip(
        data,
        lambda name, content: content.replace(b"<v>2000</v>", b"") if name == SHEET else content,
    )


def _layout_of_workbooks(book):  # noqa: C901 - a list of cases
    book(
        "xlsx_titles",
        sheet_of([["某银行不良贷款底层清单"], ["单位：元"], *table(CHINESE)]),
        W,
        total=TOTAL,
    )
    book("xlsx_far_corner", sheet_of(table(), top=7), A, W, total=TOTAL)

    def double(workbook_):
        sheet = workbook_.add_worksheet()
        head = workbook_.add_format()
        sheet.merge_range(0, 0, 0, 3, "借款人信息", head)
        sheet.merge_range(0, 4, 0, 5, "分类", head)
        sheet.merge_range(0, 6, 0, 7, "债权", head)
        for column in (8, 9):
            sheet.merge_range(0, column, 1, column, CHINESE[column], head)
        for column in range(8):
            sheet.write_string(1, column, CHINESE[column])
        put(sheet, ROWS, 2)

    book("xlsx_merged_header", workbook(double), W, total=TOTAL)

    def hidden(workbook_):
        sheet = workbook_.add_worksheet()
        put(sheet, table())
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_column(2, 2, None, None, {"hidden": True})

    book("xlsx_hidden_rows", workbook(hidden), W, total=TOTAL)

    def sheets(*fills, hide=()):
        def fill(workbook_):
            for index, lines in enumerate(fills):
                sheet = workbook_.add_worksheet(f"表{index + 1}")
                put(sheet, lines)
                if index in hide:
                    sheet.hide()

        return workbook(fill)

    book("xlsx_two_tapes", sheets(table(), table()), R, rule="sheet_choice")
    book("xlsx_one_of_two", sheets([["说明"], ["本表为示例"]], table()), W, total=TOTAL)
    book("xlsx_empty_second", sheets(table(), []), A, total=TOTAL)
    book("xlsx_hidden_sheet", sheets([["说明"]], table(), hide=(1,)), W, total=TOTAL)
    book(
        "xlsx_total_row", sheet_of([*table(), ["合计", "", "", "", "", "", TOTAL]]), W, total=TOTAL
    )
    book("xlsx_no_loans", sheet_of([HEADERS]), R, rule="no_loans")
    book("xlsx_empty", sheet_of([]), R, rule="no_loans")
    rare = edit(
        sheet_of(table()), SHEET, b'<dimension ref="A1:J5"/>', b'<dimension ref="A1:XFD1048576"/>'
    )
    book("xlsx_declared_dimension", rare, A, total=TOTAL)
    embedded = rezip(
        sheet_of(table()), lambda _, c: c, {"xl/embeddings/oleObject1.bin": b"\x00" * (300 << 20)}
    )
    book("xlsx_bomb_not_opened", embedded, A, total=TOTAL)


def _hostile_workbooks(book):  # noqa: PLR0915 - a list of cases
    base = sheet_of(table())
    book(
        "xlsm",
        rezip(base, lambda _, c: c, {"xl/vbaProject.bin": b"x"}),
        R,
        upload_as="tape.xlsm",
        http=415,
    )
    book(
        "macro_renamed",
        rezip(base, lambda _, c: c, {"xl/vbaProject.bin": b"x"}),
        R,
        rule="macro_workbook",
        http=422,
    )
    macro_type = edit(
        base, "[Content_Types].xml", b"spreadsheetml.sheet.main+xml", b"sheet.macroEnabled.main+xml"
    )
    book("macro_type", macro_type, R, rule="macro_workbook")
    book("encrypted", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 2000, R, http=415)
    book(
        "legacy_xls",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 2000,
        R,
        upload_as="old.xls",
        http=415,
    )
    book("xlsb", base, R, upload_as="tape.xlsb", http=415)
    book(
        "xlsb_renamed",
        edit(
            base,
            "[Content_Types].xml",
            b"spreadsheetml.sheet.main+xml",
            b"sheet.binary.macroEnabled.main",
        ),
        R,
    )
    book(
        "html_as_xls",
        b"<html><table><tr><td>1</td></tr></table></html>",
        R,
        upload_as="tape.xls",
        http=415,
    )
    book("html_as_xlsx", b"<html><table><tr><td>1</td></tr></table></html>", R, http=415)
    book(
        "html_as_csv",
        b"<table><tr><td>loan_id</td></tr></table>",
        R,
        upload_as="tape.csv",
        http=415,
    )
    book("pdf_as_xlsx", b"%PDF-1.7\n", R, http=415)
    book("csv_as_xlsx", text(table()).encode(), R, http=415)
    book("xlsx_as_csv", base, R, upload_as="tape.csv", http=415)
    book("polyglot_before", b"loan_id,borrower_id\n" + base, R)
    book("polyglot_after", base + b"<html></html>", R, rule="polyglot")
    book("truncated", base[: len(base) // 2], R)
    book("truncated_little", base[:-10], R)
    at = base.index(b"xl/worksheets/sheet1.xml") + 60
    book("flipped", base[:at] + bytes([base[at] ^ 0x55]) + base[at + 1 :], R)
    book("bad_xml", edit(base, SHEET, b"</row>", b"</rew>"), R, rule="bad_xml")
    members = zipfile.ZipFile(io.BytesIO(base))
    contents = [(info.filename, members.read(info)) for info in members.infolist()]
    book("doubled_member", raw_zip([*contents, (SHEET, b"<x/>")]), R, rule="archive_doubled_member")
    book("path_traversal", raw_zip([*contents, ("../../etc/passwd", b"x")]), R, rule="archive_path")
    book("absolute_path", raw_zip([*contents, ("/etc/passwd", b"x")]), R, rule="archive_path")
    link = zipfile.ZipInfo("xl/link")
    link.external_attr = 0o120777 << 16
    out = io.BytesIO(base)
    with zipfile.ZipFile(out, "a") as changed:
        changed.writestr(link, "/etc/passwd")
    book("symlink", out.getvalue(), R, rule="archive_path")
    bomb = rezip(
        base,
        lambda name, content: b"<worksheet>" + b" " * (250 << 20) if name == SHEET else content,
    )
    book("zip_bomb", bomb, R, rule="archive_bomb")
    book(
        "many_members",
        raw_zip([*contents, *((f"xl/x{n}.xml", b"") for n in range(20_000))]),
        R,
        rule="archive_members",
    )
    lying = bytearray(base)
    entry = lying.index(
        b"PK\x01\x02", lying.rindex(b"PK\x01\x02") - 4000 if len(lying) > 4000 else 0
    )
    struct.pack_into("<I", lying, entry + 24, 10)
    book("lying_size", bytes(lying), R)
    doctype = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    for member in (SHEET, "xl/workbook.xml", "[Content_Types].xml", "xl/sharedStrings.xml"):
        kind = member.rsplit("/", 1)[-1].split(".")[0].strip("[]").lower()
        book(f"entities_{kind}", edit(base, member, b"?>\n", b"?>\n" + doctype), R, rule="doctype")
    xxe = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    book("xxe", edit(base, SHEET, b"?>\n", b"?>\n" + xxe), R, rule="doctype")
    strict = edit(
        base,
        "xl/workbook.xml",
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    )
    book("strict", strict, R, rule="strict_workbook")
    wide = [[*HEADERS, *(f"h{n}" for n in range(16_374))], *ROWS]
    book("columns_16k", sheet_of(wide), R, rule="too_many_columns")
    bomb_rows = (
        b"<sheetData>"
        + b"".join(b'<row r="%d"/>' % n for n in range(1, 1_000_000))
        + b"</sheetData>"
    )
    book(
        "row_bomb",
        rezip(
            base,
            lambda name, content: (
                b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
                + bomb_rows
                + b"</worksheet>"
                if name == SHEET
                else content
            ),
        ),
        R,
    )
    far = edit(
        base,
        SHEET,
        b"</sheetData>",
        b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>',
    )
    book("far_cell", far, R)
    book("giant_cell", sheet_of(table(borrower_name="王" * 30_000)), R, rule="cell_too_long")
    book("not_a_workbook", raw_zip([("a.txt", b"hello")]), R, rule="not_a_workbook")
    book(
        "docx",
        raw_zip(
            [
                (
                    "[Content_Types].xml",
                    b"<Types><Override ContentType='wordprocessingml.document'/></Types>",
                )
            ]
        ),
        R,
    )


def _names(case):
    plain = text(table())
    case("path_in_name", plain, A, upload_as="../../etc/tape.csv")
    case("windows_path", plain, A, upload_as="C:\\data\\tape.csv")
    case("markup_in_name", plain, A, upload_as="<b>tape</b>.csv")
    case("long_name", plain, A, upload_as="a" * 300 + ".csv")
    case("line_break_in_name", plain, A, upload_as="tape\r\nSet-Cookie: x.csv")
    case("nul_in_name", plain, A, upload_as="tape\x00.csv")
    case("upper_case_extension", plain, A, upload_as="TAPE.CSV")
    case("double_extension", plain, R, upload_as="tape.csv.exe", http=415)
    case("program", b"MZ\x90\x00\x03\x00\x00\x00", R, upload_as="tape.csv", http=415)
    case("no_extension", plain, R, upload_as="tape", http=415)
    case("json", '{"loan_id": 1}', R, upload_as="tape.json", http=415)
    case("gzip", b"\x1f\x8b\x08\x00", R, upload_as="tape.csv", http=415)


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for each in cases():
        suffix = Path(each.upload_as).suffix if len(each.upload_as) < 100 else ".csv"
        (folder / f"{each.name}{suffix or '.bin'}").write_bytes(each.data)


if __name__ == "__main__":
    main()
