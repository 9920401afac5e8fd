"""The nouns of a deal file: parties, pool, notes, fees, accounts, steps, triggers, enhancement.

Each class is one JSON object of the format ``npl-deal/1``; each field one key. Money is `Decimal`
CNY, rates are fractions, dates are dates. What a field means, and its default, stands beside it and
is copied into the published schema.
"""

# ruff: noqa: RUF009
# `said` only makes the field; the values given to it are immutable.

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Literal

FORMAT = "npl-deal/1"
STATUSES = ("amortising", "accelerated", "enforced")

DayCount = Literal["ACT/365", "ACT/360", "30/360", "ACT/ACT"]
Status = Literal["amortising", "accelerated", "enforced"]
AssetClass = Literal[
    "card",
    "consumer",
    "home_mortgage",
    "sme_secured",
    "sme_unsecured",
    "sme_mixed",
    "corporate",
    "auto",
]


def said(about: str, default: Any = dataclasses.MISSING, *, key: str = "") -> Any:
    """One field of a term: what it means, its default, and its key where Python forbids the name."""
    metadata = {"about": about, "key": key}
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Term:
    """One JSON object. `given` remembers the keys that were written, so that export is exact."""

    tag: ClassVar[tuple[str, str] | None] = None
    given: frozenset[str] = dataclasses.field(default=frozenset(), compare=False, repr=False)


# ------------------------------------------------------------------ names, dates, parties


@dataclass(frozen=True, kw_only=True)
class Names(Term):
    en: str | None = said("English name", None)
    zh: str | None = said("Chinese name", None)


@dataclass(frozen=True, kw_only=True)
class Dates(Term):
    cutoff: date = said("cut-off date: collections after it belong to the deal")
    closing: date = said("closing date: notes are issued and interest starts")
    first_payment: date | None = said("first payment date; follows from the payment rule", None)
    legal_final: date = said("legal final maturity: cash after it is lost to the notes")


@dataclass(frozen=True, kw_only=True)
class Payment(Term):
    frequency: Literal["M", "Q", "S", "A"] = said("monthly, quarterly, half-yearly, yearly")
    day: int = said("day of the month, 1 to 31; clipped in short months")
    business_day: Literal["none", "following", "modified_following"] = said(
        "what happens when a payment date is no business day", "none"
    )
    calendar: str | None = said("name of the holiday calendar", None)
    day_count: DayCount = said("day count of notes and fees that name none", "ACT/365")
    accrual: Literal["unadjusted", "adjusted"] = said(
        "whether interest runs to the adjusted payment date", "unadjusted"
    )
    rounding: Literal["carry", "truncate"] = said(
        "payments are shown in fen: carry keeps each remainder due, truncate drops the fraction of "
        "a fen when an amount accrues",
        "carry",
    )


@dataclass(frozen=True, kw_only=True)
class Party(Term):
    role: str = said("originator, issuer, trustee, servicer, account_bank, guarantor, ...")
    institution: str = said("name of the institution")
    details: Any = said("anything else that is known of it", None)


# ------------------------------------------------------------------ the pool


@dataclass(frozen=True, kw_only=True)
class Forecast(Term):
    source: str = said("who forecasts")
    scenario: Literal["base", "stress"] = said("scenario of the forecast")
    basis: Literal["gross", "net"] = said("before or after the cost of disposal")
    amount: Decimal = said("recoveries forecast from the cut-off date on")
    horizon_months: int | None = said("months from cut-off that the forecast covers", None)


@dataclass(frozen=True, kw_only=True)
class RiskClasses(Term):
    substandard: float = said("share of the claim classed substandard", 0.0)
    doubtful: float = said("share of the claim classed doubtful", 0.0)
    loss: float = said("share of the claim classed loss", 0.0)


@dataclass(frozen=True, kw_only=True)
class Collected(Term):
    amount: Decimal = said("cash collected since the cut-off date")
    to: date = said("date up to which it was collected")


@dataclass(frozen=True, kw_only=True)
class CurvePoint(Term):
    month: float = said("months from cut-off")
    share: float = said("cumulative share of the base recoveries")


@dataclass(frozen=True, kw_only=True)
class TapeReference(Term):
    sha256: str | None = said("hash of the tape's canonical file", None)


@dataclass(frozen=True, kw_only=True)
class TapePool(Term):
    tag: ClassVar[tuple[str, str] | None] = ("kind", "tape")
    tape: TapeReference = said("the loan tape")
    asset_class: AssetClass | None = said("asset class, when the whole pool has one", None)


@dataclass(frozen=True, kw_only=True)
class AggregatePool(Term):
    tag: ClassVar[tuple[str, str] | None] = ("kind", "aggregate")
    asset_class: AssetClass = said("asset class")
    claim: Decimal = said("total claim at cut-off: principal, interest and fees")
    principal: Decimal | None = said("unpaid principal at cut-off", None)
    classes: RiskClasses | None = said("five-category class split of the claim", None)
    loans: int | None = said("number of loans", None)
    borrowers: int | None = said("number of borrowers", None)
    forecasts: tuple[Forecast, ...] = said("recovery forecasts, at least one")
    collected: Collected | None = said("cash already in", None)
    top_recoveries: tuple[Decimal, ...] | None = said(
        "expected recoveries of the largest borrowers, largest first", None
    )
    curve: tuple[CurvePoint, ...] | None = said("timing of recoveries; else from criteria", None)


Pool = TapePool | AggregatePool


# ------------------------------------------------------------------ notes


@dataclass(frozen=True, kw_only=True)
class FixedCoupon(Term):
    tag: ClassVar[tuple[str, str] | None] = ("kind", "fixed")
    rate: float = said("rate a year")


@dataclass(frozen=True, kw_only=True)
class FloatingCoupon(Term):
    tag: ClassVar[tuple[str, str] | None] = ("kind", "floating")
    index: str = said("name of the index; its path stands in curves")
    spread: float = said("added to the index")
    cap: float | None = said("highest coupon", None)
    floor: float | None = said("lowest coupon", None)


@dataclass(frozen=True, kw_only=True)
class CouponStep(Term):
    start: date = said("interest accrued from this date on", key="from")
    rate: float = said("rate a year")


@dataclass(frozen=True, kw_only=True)
class StepCoupon(Term):
    tag: ClassVar[tuple[str, str] | None] = ("kind", "step")
    steps: tuple[CouponStep, ...] = said("rates in order of their first date")


@dataclass(frozen=True, kw_only=True)
class NoCoupon(Term):
    tag: ClassVar[tuple[str, str] | None] = ("kind", "none")


Coupon = FixedCoupon | FloatingCoupon | StepCoupon | NoCoupon


@dataclass(frozen=True, kw_only=True)
class BalanceTarget(Term):
    start: date = said("from this payment date on", key="from")
    balance: Decimal = said("balance aimed at")


@dataclass(frozen=True, kw_only=True)
class Note(Term):
    name: str = said("name of the note class, as in the prospectus")
    rank: int = said("1 is paid first; equal ranks are paid pari passu")
    balance: Decimal = said("initial balance")
    coupon: Coupon = said("interest of the note")
    day_count: DayCount | None = said("day count; else the deal's", None)
    promise: Literal["timely", "ultimate", "none"] | None = said(
        "what is promised on interest: timely unless deferrable, none without a coupon", None
    )
    deferrable: bool = said("whether unpaid interest may wait", default=False)
    interest_on_unpaid: bool = said("whether unpaid interest bears interest", default=False)
    expected_maturity: date | None = said("expected maturity", None)
    legal_final: date | None = said("legal final maturity; else the deal's", None)
    issue_price: float | None = said("issue price as a fraction of the balance", None)
    rated: bool | None = said("rated: true unless there is no coupon", None)
    lockout_until: date | None = said("no principal before this payment date", None)
    target_balances: tuple[BalanceTarget, ...] | None = said(
        "principal is paid down to these balances and no further", None
    )
    currency: str | None = said("currency of the note; else the deal's", None)
    fx_rate: float | None = said("deal currency for one unit of the note's, at closing", None)

    @property
    def has_coupon(self) -> bool:
        return not isinstance(self.coupon, NoCoupon)

    @property
    def is_rated(self) -> bool:
        return self.has_coupon if self.rated is None else self.rated

    @property
    def interest_promise(self) -> str:
        if self.promise is not None:
            return self.promise
        if not self.has_coupon:
            return "none"
        return "ultimate" if self.deferrable else "timely"


# ------------------------------------------------------------------ amounts, fees, accounts


@dataclass(frozen=True, kw_only=True)
class Cap(Term):
    per_period: Decimal | None = said("most that is paid on one payment date", None)
    lifetime: Decimal | None = said("most that is paid over the life of the deal", None)
    share_of_collections: float | None = said("of the period's gross collections", None)
    share_of_notes: float | None = said("of the notes' balance before payment", None)
    formula: str | None = said("any other cap, as a formula", None)


@dataclass(frozen=True, kw_only=True)
class Fee(Term):
    name: str = said("name of the fee")
    payee: str = said("who receives it")
    base: Literal[
        "collections", "net_collections", "notes", "initial_notes", "claim", "fixed", "formula"
    ] = said(
        "what the rate is taken of: the period's gross or net collections; the notes' balance or "
        "initial balance, or the claim at cut-off (rate a year); fixed needs an amount; formula "
        "gives the amount of one payment date"
    )
    rate: float | None = said("rate, a year where the base is a balance", None)
    amount: Decimal | None = said("fixed amount", None)
    formula: str | None = said("amount of one payment date, as a formula", None)
    notes: tuple[str, ...] | None = said("notes that the base counts; else all", None)
    cap: Cap | None = said("caps", None)
    frequency: Literal["payment", "annual", "once"] = said(
        "a fixed amount falls due each payment date, accrues by the year, or once", "payment"
    )
    carry_forward: bool = said("whether what is unpaid stays due", default=True)
    carry_rate: float = said("interest a year on what is carried forward", 0.0)
    day_count: DayCount | None = said("day count; else the deal's", None)


@dataclass(frozen=True, kw_only=True)
class FixedTarget(Term):
    tag: ClassVar[tuple[str, str] | None] = ("rule", "fixed")
    amount: Decimal = said("amount to be held")


@dataclass(frozen=True, kw_only=True)
class ShareTarget(Term):
    tag: ClassVar[tuple[str, str] | None] = ("rule", "share_of_notes")
    share: float = said("share of the balance of the notes")
    notes: tuple[str, ...] | None = said("notes counted; else all", None)
    initial: bool = said("of the initial instead of the current balance", default=False)


@dataclass(frozen=True, kw_only=True)
class MultipleTarget(Term):
    tag: ClassVar[tuple[str, str] | None] = ("rule", "multiple_of_next_costs")
    multiple: float = said("multiple of the next period's fees and interest below")
    fees: tuple[str, ...] | None = said("fees counted; else all that accrue on time", None)
    notes: tuple[str, ...] | None = said("notes whose interest counts; else the first rank", None)


@dataclass(frozen=True, kw_only=True)
class FormulaTarget(Term):
    tag: ClassVar[tuple[str, str] | None] = ("rule", "formula")
    formula: str = said("amount to be held, as a formula")


Target = FixedTarget | ShareTarget | MultipleTarget | FormulaTarget


@dataclass(frozen=True, kw_only=True)
class Account(Term):
    name: str = said("name of the account")
    owner: str = said("who owns the money; outside the trust it carries the owner's risk", "trust")
    initial: Decimal = said("balance at closing", Decimal(0))
    target: Target | None = said("amount to be held", None)
    floor: Decimal | None = said("least target while it is required", None)
    covers: tuple[str, ...] | None = said(
        "notes that the account protects: when they are repaid its target is zero", None
    )
    release: Literal["each_date", "excess", "never"] = said(
        "each_date: all of it joins the available cash on each payment date and is topped up at its "
        "step; excess: what exceeds the target does; never: it leaves only by steps drawing on it",
        "excess",
    )


# ------------------------------------------------------------------ steps


@dataclass(frozen=True, kw_only=True)
class AnyStep(Term):
    """What all steps share."""

    source: str = said("ledger or account that pays", "available", key="from")
    only_if: str | None = said("paid only while this trigger stands", None, key="if")
    unless: str | None = said("not paid while this trigger stands", None)
    cap: Cap | None = said("caps of this step", None)
    label: Names | None = said("words of the prospectus", None)


@dataclass(frozen=True, kw_only=True)
class FeeStep(AnyStep):
    tag: ClassVar[tuple[str, str] | None] = ("step", "fee")
    fees: tuple[str, ...] = said("fees paid here, pari passu")


@dataclass(frozen=True, kw_only=True)
class DisposalCostStep(AnyStep):
    tag: ClassVar[tuple[str, str] | None] = ("step", "disposal_costs")


@dataclass(frozen=True, kw_only=True)
class InterestStep(AnyStep):
    tag: ClassVar[tuple[str, str] | None] = ("step", "interest")
    notes: tuple[str, ...] = said("notes whose interest is paid here, pari passu")


@dataclass(frozen=True, kw_only=True)
class PrincipalStep(AnyStep):
    tag: ClassVar[tuple[str, str] | None] = ("step", "principal")
    notes: tuple[str, ...] = said("notes whose principal is paid here, pro rata to their balance")
    amount: str | None = said("most that is paid, as a formula; else all that is there", None)


@dataclass(frozen=True, kw_only=True)
class TopUpStep(AnyStep):
    tag: ClassVar[tuple[str, str] | None] = ("step", "top_up")
    account: str = said("account topped up to its target")


@dataclass(frozen=True, kw_only=True)
class TransferStep(AnyStep):
    tag: ClassVar[tuple[str, str] | None] = ("step", "transfer")
    to: str = said("ledger or account that receives")
    amount: str | None = said("amount, as a formula; else all that is there", None)


@dataclass(frozen=True, kw_only=True)
class ShareStep(AnyStep):
    tag: ClassVar[tuple[str, str] | None] = ("step", "share")
    name: str = said("name of the payment, such as excess_servicing_fee")
    payee: str = said("who receives it")
    rate: float = said("share of the cash that is left")


@dataclass(frozen=True, kw_only=True)
class RepayStep(AnyStep):
    tag: ClassVar[tuple[str, str] | None] = ("step", "repay")
    enhancement: str = said("facility whose drawings, interest and fee are repaid")


@dataclass(frozen=True, kw_only=True)
class DrawStep(AnyStep):
    tag: ClassVar[tuple[str, str] | None] = ("step", "draw")
    enhancement: str = said("enhancement drawn for the unpaid amounts named below")
    interest: tuple[str, ...] = said("notes whose unpaid interest is covered", ())
    principal: tuple[str, ...] = said("notes whose principal due at legal final is covered", ())
    fees: tuple[str, ...] = said("fees whose unpaid amount is covered", ())


@dataclass(frozen=True, kw_only=True)
class HedgeStep(AnyStep):
    tag: ClassVar[tuple[str, str] | None] = ("step", "hedge")
    hedge: str = said("hedge whose net payment is made here")


@dataclass(frozen=True, kw_only=True)
class ResidualStep(AnyStep):
    tag: ClassVar[tuple[str, str] | None] = ("step", "residual")
    payee: str = said("note or party that receives all that is left")


Step = (
    FeeStep
    | DisposalCostStep
    | InterestStep
    | PrincipalStep
    | TopUpStep
    | TransferStep
    | ShareStep
    | RepayStep
    | DrawStep
    | HedgeStep
    | ResidualStep
)


@dataclass(frozen=True, kw_only=True)
class Ledger(Term):
    name: str = said("name of the ledger")
    share: float = said("share of each period's gross collections credited to it")


@dataclass(frozen=True, kw_only=True)
class ListedWaterfall(Term):
    """The priority of payments, written out. A status without steps uses those of amortising."""

    amortising: tuple[Step, ...] = said("steps while nothing has gone wrong")
    accelerated: tuple[Step, ...] = said("steps after an acceleration", ())
    enforced: tuple[Step, ...] = said("steps after an event of default", ())
    ledgers: tuple[Ledger, ...] = said(
        "ledgers that share the collections; else one ledger called available", ()
    )


@dataclass(frozen=True, kw_only=True)
class PresetWaterfall(Term):
    """A standard priority of payments; prints as the full list of steps."""

    preset: Literal["cn_npl", "cn_npl_costs_after_senior", "eu_npl", "two_ledgers"] = said(
        "name of the preset"
    )
    excess_servicing_share: float | None = said(
        "share of what is left that the servicer receives as excess fee", None
    )
    reserve_multiple: float | None = said("multiple of next senior costs held in reserve", None)
    interest_share: float = said("two_ledgers: share of collections credited to interest", 0.2)
    trigger_share: float = said("eu_npl: cumulative collections and profitability trigger", 0.9)


Waterfall = PresetWaterfall | ListedWaterfall


# ------------------------------------------------------------------ triggers


@dataclass(frozen=True, kw_only=True)
class CumulativeCollectionsBelow(Term):
    tag: ClassVar[tuple[str, str] | None] = ("kind", "cumulative_collections_below")
    share: float = said("of the plan's cumulative net collections")


@dataclass(frozen=True, kw_only=True)
class ProfitabilityBelow(Term):
    tag: ClassVar[tuple[str, str] | None] = ("kind", "npv_profitability_below")
    share: float = said("of the plan's discounted net collections to date")
    rate: float = said("discount rate a year", 0.05)


@dataclass(frozen=True, kw_only=True)
class InterestUnpaid(Term):
    tag: ClassVar[tuple[str, str] | None] = ("kind", "interest_unpaid")
    notes: tuple[str, ...] = said("notes whose interest was not paid in full on a payment date")


@dataclass(frozen=True, kw_only=True)
class PrincipalOverdue(Term):
    tag: ClassVar[tuple[str, str] | None] = ("kind", "principal_overdue")
    note: str = said("note not repaid by the date")
    by: Literal["expected_maturity", "legal_final"] = said("which date", "legal_final")


@dataclass(frozen=True, kw_only=True)
class AccountBelow(Term):
    tag: ClassVar[tuple[str, str] | None] = ("kind", "account_below")
    account: str = said("account")
    share: float = said("share of its target", 1.0)


@dataclass(frozen=True, kw_only=True)
class DateReached(Term):
    tag: ClassVar[tuple[str, str] | None] = ("kind", "date_reached")
    on: date = said("stands from the first payment date on or after it")


@dataclass(frozen=True, kw_only=True)
class ServicerDefault(Term):
    tag: ClassVar[tuple[str, str] | None] = ("kind", "servicer_default")


@dataclass(frozen=True, kw_only=True)
class FormulaTest(Term):
    tag: ClassVar[tuple[str, str] | None] = ("kind", "formula")
    formula: str = said("a comparison, such as balance('A') < 0.1 * initial_balance('A')")


TriggerTest = (
    CumulativeCollectionsBelow
    | ProfitabilityBelow
    | InterestUnpaid
    | PrincipalOverdue
    | AccountBelow
    | DateReached
    | ServicerDefault
    | FormulaTest
)


@dataclass(frozen=True, kw_only=True)
class PlannedCollections(Term):
    to: date = said("date")
    amount: Decimal = said("net collections planned from cut-off to that date")


@dataclass(frozen=True, kw_only=True)
class Trigger(Term):
    name: str = said("name of the trigger")
    when: Literal["before_payment", "after_payment"] = said(
        "tested after collections are known, or after payments for the next date", "before_payment"
    )
    test: TriggerTest = said("condition")
    effect: Literal["none", "accelerated", "enforced"] = said(
        "status that it leads to; none: only the steps that name the trigger feel it", "none"
    )
    curable: bool = said("whether it lapses when the test is met no more", default=False)
    plan: tuple[PlannedCollections, ...] | None = said(
        "planned collections; else those of the base case", None
    )


# ------------------------------------------------------------------ enhancement, hedges, curves


@dataclass(frozen=True, kw_only=True)
class Enhancement(Term):
    name: str | None = said("name; else its kind", None)
    kind: Literal[
        "liquidity_facility",
        "guarantee",
        "insurance",
        "letter_of_credit",
        "credit_default_swap",
        "cash_collateral_account",
        "interest_balance_account",
        "originator_repurchase",
        "overcollateralisation",
    ] = said("kind of enhancement")
    provider: str | None = said("institution", None)
    limit: Decimal | None = said("most that can be drawn", None)
    draw: Literal["interest", "principal", "interest_and_principal", "none"] = said(
        "what it covers when steps do not say", "interest"
    )
    notes: tuple[str, ...] | None = said("notes covered; else those of the first rank", None)
    repay_rank: int | None = said("rank of repayment: 1 before senior interest", None)
    fee: float = said("fee a year on the undrawn limit", 0.0)
    rate: float = said("interest a year on drawings", 0.0)
    expiry: date | None = said("no drawing after this date", None)
    provider_default: date | None = said("no drawing after the provider's default", None)
    revolving: bool = said("repaid drawings can be drawn again", default=False)


@dataclass(frozen=True, kw_only=True)
class Notional(Term):
    start: date = said("from this payment date on", key="from")
    amount: Decimal = said("notional")


@dataclass(frozen=True, kw_only=True)
class Swap(Term):
    tag: ClassVar[tuple[str, str] | None] = ("kind", "swap")
    name: str = said("name of the swap")
    provider: str | None = said("swap provider", None)
    index: str = said("index that the deal receives")
    fixed_rate: float = said("rate that the deal pays")
    note: str | None = said("balance-guaranteed: the notional is this note's balance", None)
    schedule: tuple[Notional, ...] | None = said("scheduled notional", None)
    provider_default: date | None = said("the swap ends with the provider's default", None)


@dataclass(frozen=True, kw_only=True)
class RateCap(Term):
    tag: ClassVar[tuple[str, str] | None] = ("kind", "cap")
    name: str = said("name of the cap")
    provider: str | None = said("cap provider", None)
    index: str = said("index capped")
    strike: float = said("the deal receives the index above the strike")
    note: str | None = said("balance-guaranteed: the notional is this note's balance", None)
    schedule: tuple[Notional, ...] | None = said("scheduled notional", None)
    provider_default: date | None = said("the cap ends with the provider's default", None)


Hedge = Swap | RateCap


@dataclass(frozen=True, kw_only=True)
class IndexPoint(Term):
    start: date = said("from this date on", key="from")
    rate: float = said("index a year")


# ------------------------------------------------------------------ judgement and evidence


@dataclass(frozen=True, kw_only=True)
class Servicing(Term):
    score: float | None = said("servicer score, 0 to 5", None)
    plan_credibility: float | None = said("weight of the servicer's plan in the base case", None)
    backup: bool | None = said("whether a back-up servicer is in place", None)
    fees: float | None = said("servicing fee as a share of gross collections", None)


@dataclass(frozen=True, kw_only=True)
class Constraint(Term):
    kind: str = said("data, servicer, legal, counterparty, liquidity, promise, sovereign")
    level: str = said("highest level that it allows")
    source: str | None = said("where the judgement stands", None)
    reason: str | None = said("why", None)
    notes: tuple[str, ...] | None = said("notes limited; else all", None)


@dataclass(frozen=True, kw_only=True)
class Evidence(Term):
    path: str = said("JSON path of the field that the citation supports")
    citation: str = said("where it is written")


@dataclass(frozen=True, kw_only=True)
class Deal(Term):
    """A securitisation as its prospectus states it."""

    format: Literal["npl-deal/1"] = said("format of the file")
    code: str = said("code of the deal")
    names: Names | None = said("names", None)
    currency: str = said("currency, ISO 4217")
    scale: Literal["cn", "intl"] = said("rating scale")
    dates: Dates = said("dates")
    payment: Payment = said("payment rule")
    parties: tuple[Party, ...] = said("parties", ())
    pool: Pool = said("the loans")
    notes: tuple[Note, ...] = said("note classes")
    fees: tuple[Fee, ...] | None = said("fees; else defaults, with a warning", None)
    accounts: tuple[Account, ...] | None = said("accounts; a preset brings its reserve", None)
    waterfall: Waterfall = said("priority of payments: a preset or steps by status")
    triggers: tuple[Trigger, ...] | None = said("triggers; a preset brings its own", None)
    enhancements: tuple[Enhancement, ...] = said("credit enhancement", ())
    hedges: tuple[Hedge, ...] = said("hedges", ())
    curves: Mapping[str, tuple[IndexPoint, ...]] | None = said("paths of indices by name", None)
    servicing: Servicing | None = said("servicing", None)
    constraints: tuple[Constraint, ...] = said("limits on the outcome", ())
    evidence: tuple[Evidence, ...] = said("citations", ())

    def note(self, name: str) -> Note:
        return next(note for note in self.notes if note.name == name)

    @property
    def ranks(self) -> tuple[tuple[Note, ...], ...]:
        """Notes by rank, most senior first; notes of one rank are paid pari passu."""
        numbers = sorted({note.rank for note in self.notes})
        return tuple(
            tuple(note for note in self.notes if note.rank == number) for number in numbers
        )
