"""The rules of the tape check, each in English and Chinese: what is wrong, what to do.

A rule's key never changes once published; its number is what people quote ("R-17"). Texts may hold
`{name}` places, filled from the finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Rule:
    """One rule: its number, whether it refuses, and its sentences in two languages."""

    key: str
    number: int
    severity: Severity
    title_en: str
    title_zh: str
    what_en: str
    what_zh: str
    remedy_en: str
    remedy_zh: str

    @property
    def code(self) -> str:
        return f"R-{self.number:02d}"

    def title(self, language: str) -> str:
        return self.title_zh if language.startswith("zh") else self.title_en

    def what(self, language: str, params: Mapping[str, str]) -> str:
        return _fill(self.what_zh if language.startswith("zh") else self.what_en, params)

    def remedy(self, language: str, params: Mapping[str, str]) -> str:
        return _fill(self.remedy_zh if language.startswith("zh") else self.remedy_en, params)


class _Gaps(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "–"


def _fill(text: str, params: Mapping[str, str]) -> str:
    return text.format_map(_Gaps(params))


def _error(*texts: str) -> tuple[Severity, tuple[str, ...]]:
    return "error", texts


def _warning(*texts: str) -> tuple[Severity, tuple[str, ...]]:
    return "warning", texts


# key: severity, title en, title zh, what en, what zh, remedy en, remedy zh. The order numbers them:
# new rules go to the end of their group, whose numbers start at a round hundred.
_FILE = {
    "empty_file": _error(
        "File is empty", "文件为空", "the file has no content", "文件没有内容",
        "Export the tape again and upload the new file.", "请重新导出底层清单后上传。"),
    "kind_not_accepted": _error(
        "Kind of file not accepted", "不接受的文件类型", "a file of kind {found}", "文件类型为 {found}",
        "Upload the tape as .csv, .xlsx or .ods.", "请以 .csv、.xlsx 或 .ods 格式上传。"),
    "legacy_workbook": _error(
        "Old workbook format", "旧版工作簿格式", "a legacy workbook ({found})", "旧版工作簿（{found}）",
        "Open it in Excel or WPS and save it as .xlsx.", "请用 Excel 或 WPS 打开后另存为 .xlsx。"),
    "binary_workbook": _error(
        "Binary workbook", "二进制工作簿", "a binary workbook (.xlsb)", "二进制工作簿（.xlsb）",
        "Open it in Excel and save it as .xlsx.", "请用 Excel 打开后另存为 .xlsx。"),
    "macro_workbook": _error(
        "Workbook with macros", "含宏的工作簿", "the workbook holds macros ({found})", "工作簿含有宏（{found}）",
        "Save it as .xlsx without macros.", "请另存为不含宏的 .xlsx。"),
    "renamed_kind": _error(
        "Name and content differ", "文件名与内容不符", "the name says {extension}, the content is {found}",
        "扩展名为 {extension}，内容却是 {found}",
        "Save the tape from its program as .xlsx or .csv; do not rename it.", "请在原程序中另存为 .xlsx 或 .csv，不要改扩展名。"),
    "encrypted_or_legacy": _error(
        "Protected or old workbook", "加密或旧版工作簿", "an old workbook, or one protected by a password",
        "旧版工作簿或设有密码的工作簿",
        "Remove the password and save it as .xlsx.", "请取消密码并另存为 .xlsx。"),
    "encrypted": _error(
        "Protected by a password", "设有密码", "the file is encrypted", "文件已加密",
        "Remove the password and upload the file again.", "请取消密码后重新上传。"),
    "damaged_archive": _error(
        "Workbook damaged", "工作簿已损坏", "the file is cut off or its content was altered", "文件不完整或内容被改动",
        "Save it again from its program and upload it whole.", "请在原程序中重新保存后完整上传。"),
    "polyglot": _error(
        "Something before or after the workbook", "工作簿前后有其他内容", "bytes stand before or after the workbook",
        "工作簿前后附有其他数据", "Save it again from its program as .xlsx.", "请在原程序中重新另存为 .xlsx。"),
    "archive_members": _error(
        "Too many parts", "内部文件过多", "the workbook has {found} parts, {limit} are allowed",
        "工作簿含 {found} 个内部文件，上限 {limit} 个", "Copy the tape into a new workbook and save it as .xlsx.",
        "请把清单复制到新工作簿后另存为 .xlsx。"),
    "archive_doubled_member": _error(
        "Doubled part", "内部文件重复", "a part of the workbook is there twice", "工作簿内部文件重复",
        "Save it again from its program as .xlsx.", "请在原程序中重新另存为 .xlsx。"),
    "archive_path": _error(
        "Unsafe part", "内部路径不安全", "a part of the workbook has an unsafe name: {member}", "工作簿内部文件名不安全：{member}",
        "Save it again from its program as .xlsx.", "请在原程序中重新另存为 .xlsx。"),
    "archive_bomb": _error(
        "Unpacks beyond measure", "解压后异常庞大", "a part of the workbook unpacks to far more than it says",
        "工作簿内部文件解压后远超正常大小", "Copy the tape into a new workbook and save it as .xlsx.",
        "请把清单复制到新工作簿后另存为 .xlsx。"),
    "archive_too_large": _error(
        "Too large unpacked", "解压后过大", "the workbook unpacks to {found} MB, {limit} MB are allowed",
        "工作簿解压后为 {found} MB，上限 {limit} MB", "Remove unused rows and sheets, or ask an administrator to import it.",
        "请删除无用的行和工作表，或由管理员导入。"),
    "bad_xml": _error(
        "Workbook damaged inside", "工作簿内部损坏", "part {member} cannot be read", "内部文件 {member} 无法读取",
        "Save it again from its program as .xlsx.", "请在原程序中重新另存为 .xlsx。"),
    "doctype": _error(
        "Unsafe definitions", "含不安全的定义", "part {member} holds a document type or entities", "内部文件 {member} 含文档类型或实体定义",
        "Save it again from its program as .xlsx.", "请在原程序中重新另存为 .xlsx。"),
    "not_a_workbook": _error(
        "Not a workbook", "不是工作簿", "a zip file that holds no workbook", "压缩文件内没有工作簿",
        "Unpack it and upload the tape itself as .xlsx or .csv.", "请解压后上传 .xlsx 或 .csv 文件本身。"),
    "strict_workbook": _error(
        "Strict workbook", "Strict 格式工作簿", "a Strict Open XML workbook", "Strict Open XML 工作簿",
        "Save it as an ordinary Excel workbook (.xlsx).", "请另存为普通 Excel 工作簿（.xlsx）。"),
    "external_formula": _error(
        "Value from another file", "数值来自其他文件", "cell {column}{row} of sheet {sheet} takes its value from another file",
        "工作表 {sheet} 的 {column}{row} 引用了其他文件", "Paste the values in place of the formulas.", "请将公式粘贴为数值。"),
    "too_many_rows": _error(
        "Too many rows", "行数过多", "more than {limit} rows", "超过 {limit} 行",
        "Remove empty rows, save as .csv, or ask an administrator to import it.", "请删除空行、另存为 .csv，或由管理员导入。"),
    "too_many_columns": _error(
        "Too many columns", "列数过多", "more than {limit} columns", "超过 {limit} 列",
        "Remove the columns that the dictionary does not know.", "请删除数据字典以外的列。"),
    "file_too_large": _error(
        "File too large", "文件过大", "the file has {found} MB, {limit} MB are allowed", "文件 {found} MB，上限 {limit} MB",
        "Ask an administrator to import it.", "请由管理员导入。"),
    "nul_byte": _error(
        "Not text", "不是文本", "a NUL byte in row {row}", "第 {row} 行含空字节",
        "Save it as .csv in UTF-8.", "请另存为 UTF-8 编码的 .csv。"),
    "encoding_unknown": _error(
        "Encoding cannot be told", "编码无法确定", "the text is neither UTF-8 nor surely GB18030", "文本既非 UTF-8，也不能确定为 GB18030",
        "Save it as .csv in UTF-8, or as .xlsx.", "请另存为 UTF-8 编码的 .csv，或另存为 .xlsx。"),
    "encoding_mixed": _error(
        "Two encodings in one file", "同一文件有两种编码", "some rows are UTF-8, others are not", "部分行为 UTF-8，其余不是",
        "Export the parts again in one encoding, UTF-8.", "请统一以 UTF-8 编码重新导出。"),
    "encoding_damaged": _error(
        "Characters lost", "字符已丢失", "row {row} holds the sign for a lost character", "第 {row} 行含有表示字符丢失的符号",
        "Export it again from the source in UTF-8.", "请从源系统以 UTF-8 重新导出。"),
    "delimiter_unknown": _error(
        "Delimiter not known", "分隔符无法识别", "the first line names the delimiter {found}", "首行指定的分隔符为 {found}",
        "Use a comma.", "请使用逗号。"),
    "control_character": _error(
        "Control character", "控制字符", "a control character in row {row}", "第 {row} 行含控制字符",
        "Remove it at the source and export again.", "请在源系统删除后重新导出。"),
    "open_quote": _error(
        "Quotes do not match", "引号不配对", "the quotes of row {row} are not closed or stand astray", "第 {row} 行的引号未闭合或位置错误",
        "Close the quotes, doubling those inside, or save as .xlsx.", "请闭合引号（内部引号写两次），或另存为 .xlsx。"),
    "ragged_row": _error(
        "Rows of different length", "各行列数不一致", "row {row} has {found} fields, the header has {expected} ({count} such rows)",
        "第 {row} 行有 {found} 列，表头为 {expected} 列（共 {count} 行）",
        "Put quotes around texts that hold the delimiter, and give each row all its fields.", "含分隔符的文本请加引号，每行列数应与表头一致。"),
    "unreadable": _error(
        "Cannot be read", "无法读取", "the file cannot be read as a table", "文件无法按表格读取",
        "Save it as .xlsx or as .csv in UTF-8.", "请另存为 .xlsx 或 UTF-8 编码的 .csv。"),
    "no_header": _error(
        "No header found", "未找到表头", "no row names the columns of the dictionary", "没有任何一行是数据字典中的表头",
        "Name the columns as in the dictionary, or map them once on the mapping page.", "请按数据字典命名各列，或在映射页面指定一次。"),
    "no_loans": _error(
        "No loans", "没有贷款", "there is a header, or not even that, but no loan", "没有任何贷款记录",
        "Export the tape again with its loans.", "请重新导出含贷款记录的清单。"),
    "sheet_choice": _error(
        "Several sheets may be the tape", "多个工作表均可能是底层清单", "sheets that look like the tape: {found}", "类似底层清单的工作表：{found}",
        "Choose the sheet, or upload a workbook that holds only it.", "请选择工作表，或只保留一个工作表后上传。"),
    "too_much_memory": _error(
        "Takes too much memory", "占用内存过多", "reading the file needs more memory than is allowed", "读取该文件所需内存超过上限",
        "Save it as .csv, or ask an administrator to import it.", "请另存为 .csv，或由管理员导入。"),
    "too_much_time": _error(
        "Takes too long", "耗时过长", "reading the file takes longer than is allowed", "读取该文件所需时间超过上限",
        "Save it as .csv, or ask an administrator to import it.", "请另存为 .csv，或由管理员导入。"),
    "cannot_be_read": _error(
        "Cannot be read", "无法读取", "the file could not be read ({found})", "文件无法读取（{found}）",
        "Save it as .xlsx or .csv again; if it is refused again, give the reference to an administrator.",
        "请重新另存为 .xlsx 或 .csv；若仍被拒收，请把编号告知管理员。"),
}  # fmt: skip
_COLUMNS = {
    "missing_column": _error(
        "Column missing", "缺少必需列", "no column {column} ({found})", "没有列 {found}（{column}）",
        "Add the column, or map it on the mapping page.", "请补充该列，或在映射页面指定。"),
    "duplicate_column": _error(
        "Column there twice", "列重复", "columns {found} both mean {column}", "列 {found} 含义相同（{column}）",
        "Keep one of them, or name them apart.", "请只保留一列，或改用不同列名。"),
    "missing_if_secured": _error(
        "Secured loan without collateral", "抵押贷款缺少抵押物信息", "a secured loan needs {column}", "抵押贷款必须填写该列（{column}）",
        "Fill it in, or correct the asset type.", "请补充，或更正资产类型。"),
    "unknown_columns": _warning(
        "Columns left aside", "未使用的列", "not in the dictionary, named and left aside: {found}", "不在数据字典内，未使用：{found}",
        "Nothing to do unless one of them is needed.", "如无需使用，无需处理。"),
    "header_changed": _warning(
        "Headers read loosely", "表头经整理后识别", "headers with capitals, blanks or line breaks: {found}", "表头含大写、空格或换行：{found}",
        "Nothing to do.", "无需处理。"),
    "double_header": _warning(
        "Header of two rows", "两行表头", "rows {row} and the next were read as one header", "第 {row} 行及下一行合并识别为表头",
        "Nothing to do.", "无需处理。"),
    "title_lines": _warning(
        "Lines above the header", "表头上方有其他内容", "{found} lines above the header left out: {text}", "表头上方 {found} 行未计入：{text}",
        "Nothing to do.", "无需处理。"),
    "total_rows": _warning(
        "Total rows left out", "合计行未计入", "total rows left out: {found}", "合计行未计入：第 {found} 行",
        "Nothing to do.", "无需处理。"),
    "total_row_differs": _warning(
        "Total row does not fit", "合计行不符", "the total row says {found} for {column}, the loans add to {sum}", "合计行 {column} 为 {found}，各笔贷款合计为 {sum}",
        "Ask the servicer which is right.", "请向贷款服务机构核实。"),
    "blank_rows": _warning(
        "Blank rows", "空白行", "{found} blank rows left out", "{found} 个空白行未计入", "Nothing to do.", "无需处理。"),
    "unit_in_header": _warning(
        "Unit converted", "单位已换算", "{column} is given in {found} and was converted to CNY", "{column} 以 {found} 计，已换算为元",
        "Check one value.", "请核对一个数值。"),
    "hidden_sheet": _warning(
        "Hidden sheet", "隐藏的工作表", "sheet {sheet} is hidden and was read", "工作表 {sheet} 为隐藏状态，已读取", "Nothing to do.", "无需处理。"),
    "hidden_cells": _warning(
        "Hidden rows or columns", "隐藏的行或列", "{rows} hidden rows and {columns} hidden columns were loaded too",
        "{rows} 个隐藏行、{columns} 个隐藏列一并读入", "Check that they belong to the tape.", "请确认其属于底层清单。"),
    "cached_formulas": _warning(
        "Formulas", "公式", "{found} cells hold formulas; the values stored with them were taken", "{found} 个单元格为公式，采用其已存数值",
        "Paste values in place of formulas to be sure.", "为确保无误，可粘贴为数值。"),
    "external_links": _warning(
        "Links to other files", "链接到其他文件", "the workbook has links to other files; none was followed", "工作簿含外部链接，均未访问",
        "Nothing to do.", "无需处理。"),
    "encoding_converted": _warning(
        "Encoding converted", "编码已转换", "read as {found}", "按 {found} 读取", "Check one Chinese name.", "请核对一个中文名称。"),
    "delimiter": _warning(
        "Other delimiter", "分隔符不是逗号", "fields are parted by {found}", "字段以 {found} 分隔", "Nothing to do.", "无需处理。"),
    "sep_line": _warning(
        "Line that names the delimiter", "分隔符声明行", "the first line names the delimiter ({found}) and was left out", "首行声明分隔符（{found}），未计入",
        "Nothing to do.", "无需处理。"),
    "mac_line_ends": _warning(
        "Old line ends", "旧式换行符", "lines end as on old Macs", "使用旧式 Mac 换行符", "Nothing to do.", "无需处理。"),
    "sheet_chosen": _warning(
        "One of several sheets", "多个工作表", "sheet {found} was read; left aside: {others}", "读取工作表 {found}；未使用：{others}",
        "Check that it is the right one.", "请确认工作表无误。"),
    "no_cutoff": _warning(
        "No cut-off date", "未提供封包日", "rules that need the cut-off date were left out", "需要封包日的规则未检查",
        "Give the cut-off date.", "请提供封包日。"),
    "mapped_by_hand": _warning(
        "Columns mapped by hand", "人工映射的列", "mapped by {found}", "按映射 {found} 识别", "Nothing to do.", "无需处理。"),
    "eba_templates": _warning(
        "EBA templates", "EBA 不良贷款模板", "linked sheets joined into {found} rows of loan and collateral", "关联工作表已合并为 {found} 行贷款及抵押物",
        "Nothing to do.", "无需处理。"),
}  # fmt: skip
_VALUES = {
    "missing_value": _error(
        "Value missing", "缺少必填值", "nothing stands here", "此处为空", "Fill it in.", "请填写。"),
    "missing_marker": _warning(
        "Marked as missing", "标记为缺失", "read as missing", "视为缺失", "Nothing to do if it is not known.", "如确实未知，无需处理。"),
    "full_width": _warning(
        "Full-width signs", "全角字符", "full-width digits were read as ordinary ones", "全角数字按半角读取", "Nothing to do.", "无需处理。"),
    "currency_sign": _warning(
        "Currency sign", "货币符号", "the currency sign was left out", "货币符号未计入", "Nothing to do.", "无需处理。"),
    "unit_in_cell": _warning(
        "Unit in the cell", "单元格内含单位", "converted to {read} CNY", "已换算为 {read} 元", "Check the value.", "请核对数值。"),
    "rounded": _warning(
        "More than two decimals", "小数超过两位", "rounded to {read}", "四舍五入为 {read}", "Give amounts to the fen.", "金额请保留到分。"),
    "not_money": _error(
        "Not an amount", "不是金额", "cannot be read as an amount", "无法识别为金额",
        "Write digits with a point, e.g. 1234567.89.", "请用阿拉伯数字填写，如 1234567.89。"),
    "negative_amount": _error(
        "Negative amount", "金额为负", "an amount below zero", "金额小于零",
        "Amounts owed are not negative: correct it, or take the loan off the tape.", "应收金额不得为负，请更正或剔除该笔。"),
    "percent_in_money": _error(
        "Percentage as an amount", "金额为百分数", "a percentage where an amount is due", "应填金额处为百分数",
        "Give the amount in CNY.", "请填写金额（元）。"),
    "scientific_amount": _error(
        "Amount in E-notation", "金额为科学计数法", "digits may be lost", "可能已丢失数位",
        "Format the column as a number with two decimals and export again.", "请将该列设为两位小数的数值格式后重新导出。"),
    "foreign_currency": _error(
        "Foreign currency", "外币金额", "an amount in another currency without its rate", "外币金额且无汇率",
        "Convert to CNY, or give currency and rate.", "请折算为人民币，或提供币种和汇率。"),
    "absurd_amount": _error(
        "Amount beyond measure", "金额过大", "more digits than any claim has", "位数超过任何债权",
        "Correct the amount; it may hold two numbers.", "请更正，可能是两个数连在一起。"),
    "not_a_count": _error(
        "Not a whole number", "不是整数", "cannot be read as a whole number", "无法识别为整数", "Write a whole number.", "请填写整数。"),
    "rank_word": _warning(
        "Rank in words", "文字顺位", "read as {read}", "读作 {read}", "Nothing to do.", "无需处理。"),
    "not_a_rate": _error(
        "Not a rate", "不是利率", "cannot be read as a rate", "无法识别为利率", "Write 4.35% or 0.0435.", "请写作 4.35% 或 0.0435。"),
    "rate_without_sign": _error(
        "Rate above 100 %", "利率超过 100%", "a rate above 1 without its % sign", "大于 1 且没有百分号", "Write 4.35% or 0.0435.", "请写作 4.35% 或 0.0435。"),
    "not_an_area": _error(
        "Not an area", "不是面积", "cannot be read as square metres", "无法识别为平方米", "Write digits, e.g. 89.50.", "请用数字填写，如 89.50。"),
    "not_yes_or_no": _error(
        "Neither yes nor no", "不是“是/否”", "cannot be read as yes or no", "无法识别为是或否", "Write 是 or 否.", "请填写“是”或“否”。"),
    "unknown_code": _error(
        "Code not known", "代码无法识别", "not one of the dictionary's words", "不在数据字典的取值内",
        "Use one of: {allowed}.", "可用取值：{allowed}。"),
    "damaged_identifier": _error(
        "Number damaged", "编号已损坏", "a workbook turned the number into E-notation; its last digits are lost", "编号被转为科学计数法，末位数字已丢失",
        "Format the column as text and export again.", "请将该列设为文本格式后重新导出。"),
    "long_number": _error(
        "Number damaged", "编号已损坏", "a number of more than 15 digits: the workbook has lost the last ones", "超过 15 位的数字，工作簿已丢失末位",
        "Format the column as text and export again.", "请将该列设为文本格式后重新导出。"),
    "control_in_text": _error(
        "Control character", "控制字符", "a control character in the text", "文本含控制字符", "Remove it.", "请删除。"),
    "direction_signs": _warning(
        "Invisible signs", "不可见字符", "signs that turn or hide text; shown safely", "含改变方向或不可见的字符，已安全显示", "Remove them at the source.", "请在源系统删除。"),
    "day_month_decided": _warning(
        "Order of day and month", "日月顺序", "read as {read}, as other rows of the column decide", "读作 {read}（由同列其他行确定）",
        "Write dates as 2024-03-31.", "日期请写作 2024-03-31。"),
    "ambiguous_date": _error(
        "Date cannot be told", "日期无法确定", "day and month cannot be told apart", "无法区分日和月",
        "Write 2023-02-01 or 2023年2月1日.", "请写作 2023-02-01 或 2023年2月1日。"),
    "serial_date": _warning(
        "Date as a number", "日期为序列号", "read as {read}", "读作 {read}", "Format the column as a date.", "请将该列设为日期格式。"),
    "impossible_date": _error(
        "Impossible date", "日期不存在", "no such day, or a year outside 1949–2100", "没有这一天，或年份不在 1949–2100 之间",
        "Correct the date.", "请更正日期。"),
    "month_without_day": _error(
        "Month without a day", "缺少日", "a month, but no day", "只有年月，没有日", "Give the day.", "请补充日。"),
    "two_digit_year": _error(
        "Year of two digits", "两位年份", "the century cannot be told", "无法确定世纪", "Write the year with four digits.", "年份请写四位。"),
    "not_a_date": _error(
        "Not a date", "不是日期", "cannot be read as a date", "无法识别为日期", "Write 2024-03-31.", "请写作 2024-03-31。"),
    "cell_too_long": _error(
        "Cell too long", "单元格过长", "{found} characters, {limit} are allowed", "{found} 个字符，上限 {limit}", "Shorten the text.", "请缩短文本。"),
    "error_cell": _error(
        "Error in a cell", "单元格错误", "the workbook shows an error here", "工作簿此处为错误值", "Correct the formula or fill in the value.", "请修正公式或填写数值。"),
    "boolean_cell": _error(
        "Yes/no where a value is due", "应填数值处为逻辑值", "TRUE or FALSE stands here", "此处为 TRUE 或 FALSE", "Fill in the value.", "请填写数值。"),
    "formula_without_value": _error(
        "Formula without its value", "公式没有数值", "the workbook holds a formula and no value", "只有公式，没有数值",
        "Open it in Excel, let it compute, paste values and save.", "请用 Excel 打开计算后粘贴为数值再保存。"),
}  # fmt: skip
_ROWS = {
    "duplicate_loan": _error(
        "Loan there twice", "贷款重复", "the same loan as row {other}", "与第 {other} 行为同一贷款",
        "Keep one row; a loan with several collaterals needs a collateral_id on each.", "请只保留一行；多个抵押物须各有抵押物编号。"),
    "loan_contradicts": _error(
        "Rows of one loan differ", "同一贷款各行不一致", "{column} differs from row {other}: {found}", "与第 {other} 行的 {column} 不一致：{found}",
        "A loan's own amounts repeat on each of its rows and must agree.", "同一贷款的各行金额必须一致。"),
    "collateral_contradicts": _error(
        "Rows of one collateral differ", "同一抵押物各行不一致", "{column} differs from row {other}: {found}", "与第 {other} 行的 {column} 不一致：{found}",
        "The same collateral_id is the same collateral: correct the value or the number.", "同一编号即同一抵押物，请更正数值或编号。"),
    "ids_alike": _error(
        "Loan numbers alike", "贷款编号仅形式不同", "differs from row {other} only in case, blanks or invisible signs", "与第 {other} 行仅大小写、空格或不可见字符不同",
        "Give each loan its own number, or keep one row.", "请统一编号，或只保留一行。"),
    "borrower_two_names": _warning(
        "One borrower, two names", "同一借款人有两个名称", "row {other} names the borrower {found}", "第 {other} 行的名称为 {found}",
        "Ask the servicer which is right.", "请向贷款服务机构核实。"),
    "total_disagrees": _error(
        "Total disagrees with its parts", "债权总额与分项不符", "parts add to {parts}; difference {found}", "分项合计 {parts}，相差 {found}",
        "Principal + interest + penalty + fees must equal the total within 0.01. Correct a part, or leave the column out: it is then computed.",
        "本金+利息+罚息+费用应与总额一致（误差 0.01 以内）。请更正分项，或删除该列由系统计算。"),
    "default_after_cutoff": _error(
        "Default after cut-off", "违约日晚于封包日", "later than the cut-off date {found}", "晚于封包日 {found}",
        "Correct the date, or take the loan off the tape.", "请更正日期或剔除该笔。"),
    "origination_after_default": _error(
        "Origination after default", "发放日晚于违约日", "later than the default date {found}", "晚于违约日 {found}", "Correct one of the dates.", "请更正其一。"),
    "dpd_disagrees": _warning(
        "Days past due do not fit", "逾期天数不符", "the default date gives {found} days", "按违约日推算为 {found} 天", "Ask the servicer which is right.", "请向贷款服务机构核实。"),
    "appraisal_after_cutoff": _error(
        "Valuation after cut-off", "评估日晚于封包日", "later than the cut-off date {found}", "晚于封包日 {found}", "Correct the date.", "请更正日期。"),
    "stale_valuation": _warning(
        "Older valuation", "评估已过期", "more than 12 months old at cut-off", "截至封包日已超过 12 个月", "Ask for a new valuation.", "请取得新的评估。"),
    "zero_valuation": _warning(
        "Valuation of zero", "评估价值为零", "a value of zero", "评估价值为零", "Ask the servicer whether it is unknown or worthless.", "请核实是未评估还是无价值。"),
    "unit_mixture": _warning(
        "Unit may differ within the column", "同列单位可能不一致", "about 10,000 × below the rest of the column (median {found})", "约为同列其余数值（中位数 {found}）的万分之一",
        "Give one unit for the column, in the header: （元） or （万元）.", "请统一单位并写在表头：（元）或（万元）。"),
    "claim_multiple": _warning(
        "Claim three times the loan", "债权达放款额三倍", "{found} × the original balance", "为原始金额的 {found} 倍", "Ask the servicer how it came about.", "请向贷款服务机构核实。"),
    "lien_contradicts": _error(
        "Lien rank contradicts", "抵押顺位矛盾", "rank 1 with a prior lien of {found}", "第一顺位却有前序抵押 {found}",
        "Rank 1 cannot have a prior lien. Give the rank, or clear the prior amount.", "第一顺位不应有前序抵押，请更正顺位或前序金额。"),
    "liens_above_value": _warning(
        "Prior liens above the value", "前序抵押超过评估价值", "prior liens of {found} exceed the value", "前序抵押 {found} 超过评估价值", "Check lien and value.", "请核对抵押和评估。"),
    "not_positive": _error(
        "Must be above zero", "必须大于零", "zero where a number above zero is due", "此处应大于零", "Correct it, or leave it empty if not known.", "请更正；如未知请留空。"),
    "currency_without_rate": _error(
        "Foreign currency without a rate", "外币没有汇率", "amounts in {found} and no rate to CNY", "金额币种为 {found}，没有折算汇率",
        "Convert to CNY, or give the rate with the upload.", "请折算为人民币，或在上传时提供汇率。"),
    "currency_converted": _warning(
        "Currency converted", "已折算为人民币", "amounts in {found} were converted at {rate}", "{found} 金额按 {rate} 折算为人民币", "Check the rate.", "请核对汇率。"),
    "all_zero": _error(
        "All balances are zero", "余额全部为零", "no loan owes anything", "没有任何贷款尚有余额", "Export the tape again with its balances.", "请重新导出含余额的清单。"),
    "stage_after_cutoff": _warning(
        "Legal stage after cut-off", "诉讼阶段日期晚于封包日", "later than the cut-off date {found}", "晚于封包日 {found}", "Check the date.", "请核对日期。"),
    "plan_above_claim": _warning(
        "Plan above the claim", "预计回收超过债权", "more than the claim of {found}", "超过债权总额 {found}", "Check the plan.", "请核对预计回收。"),
    "unsecured_with_collateral": _warning(
        "Collateral of an unsecured loan", "非抵押贷款有抵押物", "the loan is not secured, yet names a collateral", "资产类型不是抵押，却填有抵押物", "Correct the asset type.", "请更正资产类型。"),
    "division_contradicts": _warning(
        "City outside the province", "城市与省份不符", "{found} lies in another province", "{found} 属于其他省份", "Correct one of them.", "请更正其一。"),
    "assumed_value": _warning(
        "Value assumed", "假设值", "{found}", "{found}", "Stated in the tape's notes.", "见底层清单说明。"),
}  # fmt: skip


def _numbered() -> dict[str, Rule]:
    rules = {}
    for start, group in ((1, _ROWS), (100, _FILE), (200, _COLUMNS), (300, _VALUES)):
        for number, (key, (severity, texts)) in enumerate(group.items(), start):
            rules[key] = Rule(key, number, severity, *texts)
    return rules


RULES: Mapping[str, Rule] = _numbered()
