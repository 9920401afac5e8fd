"""The order of payments in the words of a prospectus, in English and Chinese.

Every step, trigger, account and fee becomes a sentence built from the deal's own names and numbers.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from analytics.structure.presets import Expanded
from analytics.structure.terms import (
    STATUSES,
    Account,
    AccountBelow,
    Cap,
    CumulativeCollectionsBelow,
    DateReached,
    DisposalCostStep,
    DrawStep,
    Enhancement,
    Fee,
    FeeStep,
    FixedCoupon,
    FixedTarget,
    FloatingCoupon,
    FormulaTarget,
    HedgeStep,
    InterestStep,
    InterestUnpaid,
    MultipleTarget,
    Note,
    PrincipalOverdue,
    PrincipalStep,
    ProfitabilityBelow,
    RepayStep,
    ServicerDefault,
    ShareStep,
    ShareTarget,
    Step,
    StepCoupon,
    TopUpStep,
    TransferStep,
    Trigger,
)

Language = Literal["en", "zh"]


@dataclass(frozen=True)
class Clause:
    """A heading and its numbered sentences."""

    heading: str
    sentences: tuple[str, ...]


def printed(expanded: Expanded, language: Language = "en") -> tuple[Clause, ...]:
    """Print a deal's structure; empty parts are left out."""
    return ENGLISH.clauses(expanded) if language == "en" else CHINESE.clauses(expanded)


def as_text(clauses: Sequence[Clause]) -> str:
    """Return clauses as plain numbered text."""
    blocks = [
        "\n".join([clause.heading, *(f"{k}. {s}" for k, s in enumerate(clause.sentences, 1))])
        for clause in clauses
    ]
    return "\n\n".join(blocks) + "\n"


def money(amount: Decimal | float) -> str:
    return f"{amount:,.2f}"


def percent(share: float) -> str:
    return f"{share * 100:.4f}".rstrip("0").rstrip(".") + "%"


class Writer(ABC):
    """What both languages share: which clause says what. Words are in the two subclasses."""

    headings: dict[str, str]
    ranks: Callable[[int], str]

    def clauses(self, expanded: Expanded) -> tuple[Clause, ...]:
        parts: list[tuple[str, list[str]]] = [
            ("notes", [self.note(note) for note in expanded.deal.notes]),
            ("fees", [self.fee(fee) for fee in expanded.fees]),
            ("accounts", [self.account(account) for account in expanded.accounts]),
        ]
        for status in STATUSES:
            steps = getattr(expanded.waterfall, status)
            parts.append((status, [self.whole_step(step) for step in steps]))
        parts.append(("triggers", [self.trigger(trigger) for trigger in expanded.triggers]))
        parts.append(
            ("enhancements", [self.enhancement(item) for item in expanded.deal.enhancements])
        )
        return tuple(Clause(self.headings[key], tuple(said)) for key, said in parts if said)

    @abstractmethod
    def whole_step(self, step: Step) -> str:
        """Return a step with its label, cap, source and condition."""

    @abstractmethod
    def note(self, note: Note) -> str: ...

    @abstractmethod
    def fee(self, fee: Fee) -> str: ...

    @abstractmethod
    def account(self, account: Account) -> str: ...

    @abstractmethod
    def trigger(self, trigger: Trigger) -> str: ...

    @abstractmethod
    def enhancement(self, item: Enhancement) -> str: ...


class English(Writer):
    """The English prospectus."""

    headings = {
        "notes": "The Notes",
        "fees": "Fees and expenses",
        "accounts": "Accounts",
        "amortising": "Priority of payments",
        "accelerated": "Priority of payments after an acceleration",
        "enforced": "Priority of payments after an event of default",
        "triggers": "Triggers",
        "enhancements": "Credit enhancement",
    }

    def note(self, note: Note) -> str:
        text = f"Class {note.name}, rank {note.rank}: {money(note.balance)}, {self.coupon(note)}"
        if note.deferrable:
            text += "; unpaid interest is deferred"
            text += " and bears interest" if note.interest_on_unpaid else ""
        if note.lockout_until:
            text += f"; no principal before {note.lockout_until}"
        if note.target_balances:
            text += "; paid down to its target balances"
        if note.expected_maturity:
            text += f"; expected maturity {note.expected_maturity}"
        return f"{text}."

    def coupon(self, note: Note) -> str:
        coupon = note.coupon
        if isinstance(coupon, FixedCoupon):
            return f"interest at {percent(coupon.rate)} a year"
        if isinstance(coupon, FloatingCoupon):
            text = f"interest at {coupon.index} plus {percent(coupon.spread)} a year"
            text += f", at most {percent(coupon.cap)}" if coupon.cap is not None else ""
            return text + (
                f", at least {percent(coupon.floor)}" if coupon.floor is not None else ""
            )
        if isinstance(coupon, StepCoupon):
            rates = ", ".join(f"{percent(s.rate)} from {s.start}" for s in coupon.steps)
            return f"interest at {rates}"
        return "no fixed interest"

    def fee(self, fee: Fee) -> str:
        rate = percent(fee.rate or 0)
        base = {
            "collections": f"{rate} of gross collections",
            "net_collections": f"{rate} of net collections",
            "notes": f"{rate} a year of the notes outstanding",
            "initial_notes": f"{rate} a year of the initial balance of the notes",
            "claim": f"{rate} a year of the claim at cut-off",
            "fixed": f"{money(fee.amount or 0)} "
            + {"payment": "on each payment date", "annual": "a year", "once": "once"}[
                fee.frequency
            ],
            "formula": f"{fee.formula} on each payment date",
        }[fee.base]
        text = f"{fee.name}, to {fee.payee}: {base}{self.cap(fee.cap)}"
        return text + ("." if fee.carry_forward else "; what is unpaid lapses.")

    def cap(self, cap: Cap | None) -> str:
        if cap is None:
            return ""
        limits = {
            "on one payment date": cap.per_period and money(cap.per_period),
            "in all": cap.lifetime and money(cap.lifetime),
            "of the period's collections": cap.share_of_collections
            and percent(cap.share_of_collections),
            "of the notes outstanding": cap.share_of_notes and percent(cap.share_of_notes),
            "by formula": cap.formula,
        }
        said = [f"{amount} {of}" for of, amount in limits.items() if amount]
        return f", at most {' and '.join(said)}"

    def account(self, account: Account) -> str:
        release = {
            "each_date": "on each payment date its balance joins the cash and is set aside again at "
            "its place in the priority of payments",
            "excess": "what exceeds the required amount joins the cash",
            "never": "it is not released",
        }[account.release]
        text = f"{account.name}, owned by the {account.owner}"
        if account.initial:
            text += f", {money(account.initial)} at closing"
        if account.target is not None:
            text += f": required amount {self.target(account)}"
        return f"{text}; {release}."

    def target(self, account: Account) -> str:
        target = account.target
        floor = f", at least {money(account.floor)}" if account.floor is not None else ""
        until = f" until {names(account.covers)} is repaid" if account.covers else ""
        if isinstance(target, FixedTarget):
            return f"{money(target.amount)}{until}"
        if isinstance(target, ShareTarget):
            when = "initial" if target.initial else "outstanding"
            of = names(target.notes) if target.notes else "all notes"
            return f"{percent(target.share)} of the {when} balance of {of}{floor}{until}"
        if isinstance(target, MultipleTarget):
            multiple = f"{target.multiple:g} times the next period's senior fees and interest"
            return f"{multiple}{floor}{until}"
        return f"{target.formula}{floor}{until}" if isinstance(target, FormulaTarget) else ""

    def whole_step(self, step: Step) -> str:
        text = step.label.en if step.label and step.label.en else self.step(step)
        text += self.cap(step.cap)
        if step.source not in ("available", "") and not isinstance(step, DrawStep):
            text += f", from {step.source}"
        if step.only_if:
            text += f", only while {condition(step.only_if)} stands"
        if step.unless:
            text += f", unless {condition(step.unless)} stands"
        return f"{text[0].upper()}{text[1:]}."

    def step(self, step: Step) -> str:  # noqa: C901, PLR0911 - one sentence for each kind
        if isinstance(step, FeeStep):
            return f"{names(step.fees)}{together(step.fees)}"
        if isinstance(step, DisposalCostStep):
            return "disposal costs of the servicer"
        if isinstance(step, InterestStep):
            return f"interest on {names(step.notes)}{together(step.notes)}"
        if isinstance(step, PrincipalStep):
            most = "until repaid" if step.amount is None else f"up to {step.amount}"
            share = ", pro rata to their balances" if len(step.notes) > 1 else ""
            return f"principal of {names(step.notes)} {most}{share}"
        if isinstance(step, TopUpStep):
            return f"{step.account} up to its required amount"
        if isinstance(step, TransferStep):
            amount = "what is left" if step.amount is None else f"up to {step.amount}"
            return f"{amount} to {step.to}"
        if isinstance(step, ShareStep):
            return f"{step.name}: {percent(step.rate)} of what is left, to {step.payee}"
        if isinstance(step, RepayStep):
            return f"fee, interest and drawings of {step.enhancement}"
        if isinstance(step, DrawStep):
            covered = [f"interest on {names(step.interest)}"] if step.interest else []
            covered += (
                [f"principal of {names(step.principal)} at legal final"] if step.principal else []
            )
            covered += [names(step.fees)] if step.fees else []
            return f"{step.enhancement} pays what is unpaid of {' and '.join(covered)}"
        if isinstance(step, HedgeStep):
            return f"net payment under {step.hedge}"
        return f"what is left to {step.payee}"

    def trigger(self, trigger: Trigger) -> str:
        effect = {
            "none": "the steps that name it follow",
            "accelerated": "the notes accelerate",
            "enforced": "an event of default occurs",
        }[trigger.effect]
        cure = "it may be cured" if trigger.curable else "it cannot be cured"
        return f"{trigger.name}: when {self.test(trigger)}, {effect}; {cure}."

    def test(self, trigger: Trigger) -> str:  # noqa: PLR0911 - one sentence for each kind
        test = trigger.test
        if isinstance(test, CumulativeCollectionsBelow):
            return f"cumulative net collections are below {percent(test.share)} of plan"
        if isinstance(test, ProfitabilityBelow):
            return (
                f"net collections discounted at {percent(test.rate)} are below "
                f"{percent(test.share)} of plan"
            )
        if isinstance(test, InterestUnpaid):
            return f"interest on {names(test.notes)} is not paid in full on a payment date"
        if isinstance(test, PrincipalOverdue):
            return f"{test.note} is not repaid by its {test.by.replace('_', ' ')}"
        if isinstance(test, AccountBelow):
            return f"{test.account} holds less than {percent(test.share)} of its required amount"
        if isinstance(test, DateReached):
            return f"{test.on} is reached"
        if isinstance(test, ServicerDefault):
            return "the servicer defaults"
        return test.formula

    def enhancement(self, item: Enhancement) -> str:
        text = f"{(item.name or item.kind).replace('_', ' ')}"
        text += f" by {item.provider}" if item.provider else ""
        text += f", up to {money(item.limit)}" if item.limit is not None else ""
        text += f", fee {percent(item.fee)} a year" if item.fee else ""
        return text + (f", until {item.expiry}." if item.expiry else ".")


class Chinese(Writer):
    """中文发行说明书."""

    headings = {
        "notes": "证券",
        "fees": "税费",
        "accounts": "账户",
        "amortising": "现金流支付顺序",
        "accelerated": "加速清偿事件后的支付顺序",
        "enforced": "违约事件后的支付顺序",
        "triggers": "触发事件",
        "enhancements": "信用增级措施",
    }
    KINDS = {
        "liquidity_facility": "流动性支持",
        "guarantee": "保证担保",
        "insurance": "保险",
        "letter_of_credit": "信用证",
        "credit_default_swap": "信用违约互换",
        "cash_collateral_account": "现金抵押账户",
        "interest_balance_account": "利差账户",
        "originator_repurchase": "发起机构回购",
        "overcollateralisation": "超额抵押",
    }

    def note(self, note: Note) -> str:
        text = f"{note.name}档，第{note.rank}顺位，面值{money(note.balance)}元，{self.coupon(note)}"
        if note.deferrable:
            text += "，未付利息可递延"
            text += "并计复利" if note.interest_on_unpaid else ""
        if note.lockout_until:
            text += f"，{note.lockout_until}前不支付本金"
        if note.target_balances:
            text += "，按目标余额偿付本金"
        if note.expected_maturity:
            text += f"，预期到期日{note.expected_maturity}"
        return f"{text}。"

    def coupon(self, note: Note) -> str:
        coupon = note.coupon
        if isinstance(coupon, FixedCoupon):
            return f"固定利率{percent(coupon.rate)}/年"
        if isinstance(coupon, FloatingCoupon):
            text = f"浮动利率{coupon.index}加{percent(coupon.spread)}"
            text += f"，上限{percent(coupon.cap)}" if coupon.cap is not None else ""
            return text + (f"，下限{percent(coupon.floor)}" if coupon.floor is not None else "")
        if isinstance(coupon, StepCoupon):
            return "利率" + "、".join(f"自{s.start}起{percent(s.rate)}" for s in coupon.steps)
        return "无固定利息"

    def fee(self, fee: Fee) -> str:
        rate = percent(fee.rate or 0)
        base = {
            "collections": f"当期回收款总额的{rate}",
            "net_collections": f"当期净回收款的{rate}",
            "notes": f"证券未偿本金余额的{rate}/年",
            "initial_notes": f"证券初始余额的{rate}/年",
            "claim": f"封包日未偿本息费总额的{rate}/年",
            "fixed": {"payment": "每个支付日", "annual": "每年", "once": "一次性"}[fee.frequency]
            + f"{money(fee.amount or 0)}元",
            "formula": f"每个支付日按公式 {fee.formula}",
        }[fee.base]
        text = f"{fee.name}，收款方为{fee.payee}：{base}{self.cap(fee.cap)}"
        return text + ("。" if fee.carry_forward else "，未付部分不结转。")

    def cap(self, cap: Cap | None) -> str:
        if cap is None:
            return ""
        limits = {
            "每个支付日不超过": cap.per_period and f"{money(cap.per_period)}元",
            "累计不超过": cap.lifetime and f"{money(cap.lifetime)}元",
            "不超过当期回收款的": cap.share_of_collections and percent(cap.share_of_collections),
            "不超过证券未偿本金余额的": cap.share_of_notes and percent(cap.share_of_notes),
            "不超过公式": cap.formula,
        }
        return "，" + "且".join(f"{of}{amount}" for of, amount in limits.items() if amount)

    def account(self, account: Account) -> str:
        release = {
            "each_date": "每个支付日其余额并入可分配资金，并按支付顺序重新留存",
            "excess": "超过必备金额的部分并入可分配资金",
            "never": "不予释放",
        }[account.release]
        owner = "信托" if account.owner == "trust" else account.owner
        text = f"{account.name}（归属{owner}）"
        if account.initial:
            text += f"，设立日余额{money(account.initial)}元"
        if account.target is not None:
            text += f"：必备金额为{self.target(account)}"
        return f"{text}；{release}。"

    def target(self, account: Account) -> str:
        target = account.target
        floor = f"，不低于{money(account.floor)}元" if account.floor is not None else ""
        until = f"，直至{zh_names(account.covers)}清偿完毕" if account.covers else ""
        if isinstance(target, FixedTarget):
            return f"{money(target.amount)}元{until}"
        if isinstance(target, ShareTarget):
            when = "初始余额" if target.initial else "未偿本金余额"
            of = zh_names(target.notes) if target.notes else "全部证券"
            return f"{of}{when}的{percent(target.share)}{floor}{until}"
        if isinstance(target, MultipleTarget):
            return f"下一期优先税费及利息的{target.multiple:g}倍{floor}{until}"
        return f"公式 {target.formula}{floor}{until}" if isinstance(target, FormulaTarget) else ""

    def whole_step(self, step: Step) -> str:
        text = step.label.zh if step.label and step.label.zh else self.step(step)
        text += self.cap(step.cap)
        if step.source not in ("available", "") and not isinstance(step, DrawStep):
            text += f"，自{step.source}账支付"
        if step.only_if:
            text += f"，仅在{condition(step.only_if)}存续期间支付"
        if step.unless:
            text += f"，但{condition(step.unless)}存续期间不支付"
        return f"{text}。"

    def step(self, step: Step) -> str:  # noqa: C901, PLR0911 - one sentence for each kind
        if isinstance(step, FeeStep):
            return f"支付{zh_names(step.fees)}{zh_together(step.fees)}"
        if isinstance(step, DisposalCostStep):
            return "支付贷款服务机构处置费用"
        if isinstance(step, InterestStep):
            return f"支付{zh_names(step.notes)}利息{zh_together(step.notes)}"
        if isinstance(step, PrincipalStep):
            most = "，直至清偿完毕" if step.amount is None else f"，以 {step.amount} 为限"
            share = "，按未偿本金余额比例" if len(step.notes) > 1 else ""
            return f"偿付{zh_names(step.notes)}本金{most}{share}"
        if isinstance(step, TopUpStep):
            return f"补足{step.account}至必备金额"
        if isinstance(step, TransferStep):
            amount = "剩余资金" if step.amount is None else f"以 {step.amount} 为限的资金"
            return f"{amount}转入{step.to}"
        if isinstance(step, ShareStep):
            return f"将剩余资金的{percent(step.rate)}作为{step.name}支付给{step.payee}"
        if isinstance(step, RepayStep):
            return f"偿还{step.enhancement}的费用、利息及已提取金额"
        if isinstance(step, DrawStep):
            covered = [f"{zh_names(step.interest)}利息"] if step.interest else []
            covered += [f"{zh_names(step.principal)}法定到期日本金"] if step.principal else []
            covered += [zh_names(step.fees)] if step.fees else []
            return f"由{step.enhancement}支付未付的{'及'.join(covered)}"
        if isinstance(step, HedgeStep):
            return f"支付{step.hedge}项下净额"
        return f"剩余资金支付给{step.payee}"

    def trigger(self, trigger: Trigger) -> str:
        effect = {
            "none": "按指明该事件的支付步骤执行",
            "accelerated": "触发加速清偿",
            "enforced": "构成违约事件",
        }[trigger.effect]
        cure = "可恢复" if trigger.curable else "不可恢复"
        return f"{trigger.name}：{self.test(trigger)}时，{effect}；{cure}。"

    def test(self, trigger: Trigger) -> str:  # noqa: PLR0911 - one sentence for each kind
        test = trigger.test
        if isinstance(test, CumulativeCollectionsBelow):
            return f"累计净回收款低于计划的{percent(test.share)}"
        if isinstance(test, ProfitabilityBelow):
            return f"按{percent(test.rate)}折现的净回收款低于计划的{percent(test.share)}"
        if isinstance(test, InterestUnpaid):
            return f"任一支付日{zh_names(test.notes)}利息未足额支付"
        if isinstance(test, PrincipalOverdue):
            due = {"expected_maturity": "预期到期日", "legal_final": "法定到期日"}[test.by]
            return f"{test.note}档在{due}未清偿完毕"
        if isinstance(test, AccountBelow):
            return f"{test.account}余额低于必备金额的{percent(test.share)}"
        if isinstance(test, DateReached):
            return f"到达{test.on}"
        if isinstance(test, ServicerDefault):
            return "贷款服务机构违约"
        return f"公式 {test.formula} 成立"

    def enhancement(self, item: Enhancement) -> str:
        kind = self.KINDS[item.kind]
        text = f"{item.name}（{kind}）" if item.name else kind
        text += f"，由{item.provider}提供" if item.provider else ""
        text += f"，以{money(item.limit)}元为限" if item.limit is not None else ""
        text += f"，费率{percent(item.fee)}/年" if item.fee else ""
        return text + (f"，有效期至{item.expiry}。" if item.expiry else "。")


def names(listed: Sequence[str] | None) -> str:
    return " and ".join(listed or ())


def zh_names(listed: Sequence[str] | None) -> str:
    return "、".join(listed or ())


def together(listed: Sequence[str]) -> str:
    return ", pari passu" if len(listed) > 1 else ""


def zh_together(listed: Sequence[str]) -> str:
    return "，同顺位按比例" if len(listed) > 1 else ""


def condition(text: str) -> str:
    """Return a trigger's name, or the formula as it is written."""
    return text


ENGLISH = English()
CHINESE = Chinese()
