"""The dictionary of the loan tape: one `Column` per fact, its headers, its codes.

Source: market practice of Chinese servicers' pool lists; five-class words of CBIRC; legal stages of
the Civil Procedure Law.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

import polars as pl


class Kind(StrEnum):
    """What a column holds; decides its pattern and its dtype."""

    TEXT = "text"
    IDENTIFIER = "identifier"
    MONEY = "money"
    FRACTION = "fraction"
    AREA = "area"
    COUNT = "count"
    DATE = "date"
    CODE = "code"
    FLAG = "flag"
    DIVISION = "division"


MONEY = pl.Decimal(38, 2)
DTYPES: Mapping[Kind, pl.DataType] = {
    Kind.TEXT: pl.String(),
    Kind.IDENTIFIER: pl.String(),
    Kind.MONEY: MONEY,
    Kind.FRACTION: pl.Float64(),
    Kind.AREA: pl.Float64(),
    Kind.COUNT: pl.Int32(),
    Kind.DATE: pl.Date(),
    Kind.CODE: pl.String(),
    Kind.FLAG: pl.Boolean(),
    Kind.DIVISION: pl.String(),
}


@dataclass(frozen=True)
class Column:
    """A fact of the tape.

    `codes` maps each canonical code to the other words accepted for it. `of_loan` columns repeat on
    each row of a loan and must agree there; `of_collateral` ones repeat with a collateral.
    """

    name: str
    zh: str
    kind: Kind
    headers: tuple[str, ...] = ()
    must: bool = False
    must_if_secured: bool = False
    of_collateral: bool = False
    positive: bool = False
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """English title: the name with spaces."""
        return self.name.replace("_", " ").capitalize()

    @property
    def dtype(self) -> pl.DataType:
        return DTYPES[self.kind]


ASSET_TYPES = {
    "secured": (
        "有抵押",
        "抵押",
        "抵质押",
        "抵押类",
        "抵押贷款",
        "担保抵押",
        "mortgaged",
    ),
    "unsecured": ("无抵押", "信用", "信用类", "信用贷款", "无担保", "纯信用"),
    "guaranteed": ("保证", "有保证", "保证类", "保证贷款", "保证担保"),
}
PRODUCTS = {
    "credit_card": ("信用卡", "信用卡透支", "贷记卡", "信用卡分期"),
    "consumer_loan": ("消费贷", "消费贷款", "个人消费贷款", "个人消费", "消费类贷款"),
    "residential_mortgage": (
        "住房按揭",
        "个人住房",
        "个人住房贷款",
        "住房抵押",
        "住房抵押贷款",
        "房贷",
        "按揭",
        "个人住房抵押贷款",
    ),
    "micro_business": (
        "小微",
        "小微贷款",
        "个人经营",
        "个人经营贷款",
        "个人经营性贷款",
        "经营贷",
        "微小企业贷款",
        "小微企业贷款",
    ),
    "sme_loan": ("中小企业", "中小企业贷款", "小企业贷款"),
    "corporate_loan": ("对公", "对公贷款", "公司贷款", "企业贷款", "流动资金贷款"),
    "auto_loan": ("车贷", "汽车贷款", "个人汽车贷款", "汽车"),
}
RISK_CLASSES = {
    "pass": ("正常", "正常类", "normal"),
    "special_mention": ("关注", "关注类", "special mention"),
    "substandard": ("次级", "次级类"),
    "doubtful": ("可疑", "可疑类"),
    "loss": ("损失", "损失类"),
}
COLLATERAL_TYPES = {
    "residential": ("住宅", "住房", "居住用房", "商品住宅", "普通住宅"),
    "apartment_villa": ("公寓", "别墅", "公寓别墅", "公寓/别墅"),
    "shop": ("商铺", "商业", "店铺", "商业用房"),
    "office": ("办公", "办公楼", "写字楼", "办公用房"),
    "hotel": ("酒店", "宾馆"),
    "factory": ("厂房", "工业厂房", "工业", "工业用房"),
    "warehouse": ("仓库", "仓储"),
    "land": ("土地", "土地使用权"),
    "construction_in_progress": ("在建工程",),
    "equipment": ("设备", "机器设备", "机械设备"),
    "vehicle": ("车辆", "汽车", "机动车"),
    "inventory": ("存货", "库存"),
    "equity": ("股权", "股票", "股份"),
    "other": ("其他", "其它"),
}
REGISTRATIONS = {
    "formal": ("正式", "正式抵押", "已登记", "正式登记", "正式抵押登记", "已办理"),
    "pre_registered": ("预告", "预告登记", "预抵押", "预登记", "预告抵押登记"),
    "none": ("未登记", "未办理", "无登记"),
}
LEGAL_STAGES = {
    "pre_litigation": ("未诉", "未诉讼", "未起诉", "诉前"),
    "filed": ("已立案", "立案", "已起诉", "起诉"),
    "first_instance": ("一审", "一审中", "一审审理"),
    "judgment": ("判决", "已判决", "生效判决"),
    "appeal": ("二审", "上诉", "二审中"),
    "enforcement": ("执行", "执行中", "强制执行", "申请执行"),
    "appraisal": ("评估", "评估中"),
    "auction_1": ("一拍", "第一次拍卖", "一次拍卖"),
    "auction_2": ("二拍", "第二次拍卖", "二次拍卖"),
    "sale": ("变卖",),
    "distribution": ("分配", "案款分配"),
    "bankruptcy": ("破产", "破产程序"),
    "settled": ("和解", "已和解"),
}
STRATEGIES = {
    "litigation": ("诉讼", "诉讼执行", "司法处置"),
    "settlement": ("和解", "协商和解", "减免"),
    "restructuring": ("重组", "债务重组"),
    "sale": ("转让", "债权转让", "打包转让"),
    "foreclosure": ("抵押物处置", "以物抵债", "拍卖"),
    "collection": ("催收", "日常催收", "委外催收"),
    "write_off": ("核销",),
}
VALUATION_BASES = {
    "market": ("市场价值", "市场价", "市场"),
    "forced": ("快速变现价值", "快速变现", "清算价值", "强制变现"),
}
VALUATION_METHODS = {
    "desktop": ("桌面评估", "桌面", "内部评估"),
    "on-site": ("现场评估", "现场", "实地", "on_site", "onsite"),
    "court": ("法院评估", "司法评估", "法院"),
    "index": ("指数", "指数法", "自动估值"),
}

_IDENTIFIER, _TEXT, _MONEY, _DATE = Kind.IDENTIFIER, Kind.TEXT, Kind.MONEY, Kind.DATE
_CODE, _COUNT, _DIVISION, _FLAG = Kind.CODE, Kind.COUNT, Kind.DIVISION, Kind.FLAG

COLUMNS: tuple[Column, ...] = (
    Column("loan_id", "贷款编号", _IDENTIFIER, ("合同号", "借据编号", "借据号", "合同编号", "贷款合同号", "贷款合同编号", "贷款号", "资产编号", "债权编号", "loan no", "loan number", "contract no"), must=True),
    Column("borrower_id", "借款人编号", _IDENTIFIER, ("客户号", "客户编号", "借款人号", "客户id", "borrower no", "customer id"), must=True),
    Column("borrower_name", "借款人名称", _TEXT, ("客户名称", "借款人", "借款人姓名", "客户姓名", "债务人名称", "债务人", "borrower", "customer name")),
    Column("borrower_group", "集团编号", _IDENTIFIER, ("关联集团", "集团客户编号", "关联组", "所属集团")),
    Column("province", "省份", _DIVISION, ("省", "地区", "所在省份", "所属省份", "省市", "所在地区", "借款人省份", "借款人所在省份", "省、直辖市", "region", "state"), must=True),
    Column("city", "城市", _DIVISION, ("市", "所在城市", "地市", "借款人城市", "借款人所在城市")),
    Column("industry", "行业", _CODE, ("所属行业", "行业分类", "行业类别", "借款人行业")),
    Column("asset_type", "资产类型", _CODE, ("担保方式", "担保类型", "资产类别", "security type"), must=True, codes=ASSET_TYPES),
    Column("product", "产品", _CODE, ("贷款品种", "产品类型", "贷款种类", "贷款类型", "业务品种", "产品名称", "product type", "loan type"), must=True, codes=PRODUCTS),
    Column("original_balance", "原始金额", _MONEY, ("放款金额", "贷款金额", "发放金额", "合同金额", "原始本金", "贷款本金")),
    Column("unpaid_principal", "未偿本金", _MONEY, ("本金余额", "未偿本金余额", "剩余本金", "贷款余额", "未偿还本金", "principal balance", "outstanding principal"), must=True),
    Column("accrued_interest", "应收利息", _MONEY, ("利息", "欠息", "未偿利息", "利息余额", "表内外利息", "interest"), must=True),
    Column("penalty_interest", "罚息", _MONEY, ("罚息(复利)", "罚息复利", "复利", "罚息及复利", "罚息余额", "未偿罚息", "penalty")),
    Column("other_fees", "费用", _MONEY, ("其他费用", "未偿费用", "代垫费用", "费用余额", "fees")),
    Column("total_claim", "债权总额", _MONEY, ("本息费合计", "未偿本息费总额", "本息费总额", "未偿本息合计", "本息合计", "债权合计", "未偿本息费合计")),
    Column("currency", "币种", _CODE, ("货币", "币别", "ccy")),
    Column("origination_date", "发放日", _DATE, ("放款日", "发放日期", "放款日期", "贷款发放日", "起息日", "贷款起始日")),
    Column("default_date", "违约日", _DATE, ("逾期起始日", "违约日期", "逾期日期", "逾期开始日", "首次逾期日", "逾期日", "不良认定日", "违约时间"), must=True),
    Column("days_past_due", "逾期天数", _COUNT, ("逾期日数", "拖欠天数", "dpd")),
    Column("risk_class", "五级分类", _CODE, ("贷款五级分类", "风险分类", "五级分类结果", "资产质量分类"), codes=RISK_CLASSES),
    Column("collected_since_cutoff", "封包期回收", _MONEY, ("封包后回收", "过渡期回收", "基准日后回收", "封包期回收金额", "初始起算日后回收")),
    Column("plan_recovery", "预计回收金额", _MONEY, ("预计回收", "预测回收金额", "预计回收额", "计划回收金额")),
    Column("plan_months", "预计回收期限", _COUNT, ("预计回收时间", "预计回收月数", "预测回收期限", "计划回收期限", "预计回收期限(月)")),
    Column("collateral_id", "抵押物编号", _IDENTIFIER, ("押品编号", "抵质押物编号", "抵押品编号", "抵押物号"), of_collateral=True),
    Column("collateral_type", "抵押物类型", _CODE, ("押品类型", "抵押物种类", "抵质押物类型", "抵押品类型", "抵押物类别"), must_if_secured=True, of_collateral=True, codes=COLLATERAL_TYPES),
    Column("collateral_province", "抵押物省份", _DIVISION, ("押品省份", "抵押物所在省份", "抵押物所在省"), must_if_secured=True, of_collateral=True),
    Column("collateral_city", "抵押物城市", _DIVISION, ("押品城市", "抵押物所在城市", "抵押物所在市"), of_collateral=True),
    Column("collateral_area_sqm", "面积", Kind.AREA, ("面积(平方米)", "抵押物面积", "建筑面积", "抵押物面积(平方米)", "建筑面积(平方米)", "面积(㎡)", "面积(m2)"), of_collateral=True, positive=True),
    Column("appraised_value", "评估价值", _MONEY, ("评估值", "抵押物评估价值", "评估价", "评估金额", "抵押物价值", "押品评估价值"), must_if_secured=True, of_collateral=True),
    Column("appraisal_date", "评估日", _DATE, ("评估日期", "估值日期", "评估时间", "评估基准日"), must_if_secured=True, of_collateral=True),
    Column("lien_rank", "抵押顺位", _COUNT, ("顺位", "抵押权顺位", "抵押次序", "抵押顺序"), must_if_secured=True, positive=True),
    Column("prior_lien_amount", "前序抵押金额", _MONEY, ("在先抵押金额", "前顺位抵押金额", "前手抵押金额", "优先抵押金额")),
    Column("max_claim_amount", "最高债权额", _MONEY, ("最高抵押额", "最高额抵押金额", "最高额", "担保最高债权额"), positive=True),
    Column("registration", "抵押登记", _CODE, ("抵押登记状态", "登记状态", "抵押登记情况", "登记类型"), codes=REGISTRATIONS),
    Column("legal_stage", "诉讼阶段", _CODE, ("诉讼状态", "司法阶段", "法律阶段", "处置阶段", "诉讼进展", "司法状态"), must=True, codes=LEGAL_STAGES),
    Column("legal_stage_date", "诉讼阶段日期", _DATE, ("阶段日期", "诉讼日期", "诉讼阶段日", "进入阶段日期", "日期")),
    Column("court", "法院", _TEXT, ("管辖法院", "受理法院", "执行法院")),
    Column("resolution_strategy", "处置方式", _CODE, ("处置策略", "清收方式", "回收方式"), codes=STRATEGIES),
    Column("guarantor", "保证人", _TEXT, ("担保人", "保证人名称")),
    Column("contract_rate", "合同利率", Kind.FRACTION, ("贷款利率", "利率", "执行利率", "年利率", "interest rate")),
    Column("penalty_rate", "罚息利率", Kind.FRACTION, ("逾期利率",)),
    Column("seizure_rank", "查封顺位", _COUNT, ("查封", "首封轮候", "查封顺序", "首封/轮候"), positive=True),
    Column("occupied", "是否自住", _FLAG, ("自住", "是否唯一住房", "是否居住")),
    Column("leased", "租赁", _FLAG, ("是否租赁", "是否出租", "租赁情况")),
    Column("valuation_basis", "评估口径", _CODE, ("价值类型", "评估价值类型"), codes=VALUATION_BASES),
    Column("valuation_method", "评估方法", _CODE, ("估值方法", "评估方式"), codes=VALUATION_METHODS),
    Column("bankruptcy_date", "破产受理日", _DATE, ("破产受理日期", "破产日期")),
    Column("settlement_amount", "和解金额", _MONEY, ("协议金额", "和解协议金额")),
    Column("settlement_schedule", "还款计划", _TEXT, ("和解还款计划", "分期还款计划")),
    Column("payments_12m", "近12个月还款", _MONEY, ("近12月还款", "近一年还款", "过去12个月还款", "近十二个月还款")),
    Column("servicer_id", "催收机构", _IDENTIFIER, ("服务机构", "贷款服务机构", "委外机构", "清收机构")),
)  # fmt: skip

BY_NAME: Mapping[str, Column] = {column.name: column for column in COLUMNS}

DERIVED: Mapping[str, pl.DataType] = {
    "city_name": pl.String(),
    "collateral_city_name": pl.String(),
    "industry_name": pl.String(),
    "source_row": pl.Int32(),
}
SCHEMA: Mapping[str, pl.DataType] = {c.name: c.dtype for c in COLUMNS} | dict(DERIVED)

_NOT_A_WORD = re.compile(r"[\s_\-·.,，、:：*＊#'\"“”()（）\[\]【】/\\|]+")
_SEPARATORS = re.compile(r"[/\\|()（）\n\r\[\]【】]+")


def normal_header(header: str) -> str:
    """Give the form in which headers are compared: half width, lower case, words only."""
    return _NOT_A_WORD.sub("", unicodedata.normalize("NFKC", header).lower())


_BY_HEADER: Mapping[str, str] = {
    normal_header(word): column.name
    for column in COLUMNS
    for word in (column.name, column.zh, *column.headers)
}


@cache
def match_header(header: str) -> str | None:
    """Name the column that a header means, or None.

    A header may hold both languages ("贷款编号 / loan_id"): its parts must then mean the same.
    """
    if (whole := _BY_HEADER.get(normal_header(header))) is not None:
        return whole
    text = unicodedata.normalize("NFKC", header)
    parts = [
        *_SEPARATORS.split(text),
        *re.findall(r"[㐀-鿿0-9]+|[a-zA-Z_ ]+[0-9a-zA-Z]*", text),
    ]
    found = {name for part in parts if (name := _BY_HEADER.get(normal_header(part)))}
    return found.pop() if len(found) == 1 else None
