"""What the form of a deal asks: one line a key of the deal file, in the order of a prospectus."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from deals.structure.templatetags import prospectus

Words = str | Promise
Kind = Literal["text", "money", "rate", "date", "whole", "choice", "truth", "names", "json", "long"]
Choices = Mapping[str, Words]


@dataclass(frozen=True)
class Line:
    """One key: how it is called, what may stand there, and when it is asked.

    `when` names another key of the same row and the values with which this one exists.
    """

    key: str
    label: Words
    kind: Kind = "text"
    choices: Choices | None = None
    hint: Words = ""
    when: tuple[str, frozenset[str]] | None = None
    required: bool = False


@dataclass(frozen=True)
class Sheet:
    """A section of the form: lines of the document itself, or rows of one of its lists."""

    key: str
    title: Words
    note: Words
    lines: tuple[Line, ...]
    rows: str = ""  # path of the list; empty for lines of the document
    one: Words = ""  # what one row is called
    add: Words = ""
    new: Mapping[str, Any] = field(default_factory=dict)

    @property
    def controls(self) -> frozenset[str]:
        """Keys whose value decides which other lines are asked."""
        return frozenset(line.when[0] for line in self.lines if line.when)


def only(key: str, *values: str) -> tuple[str, frozenset[str]]:
    return key, frozenset(values)


DAY_COUNTS = {"ACT/365": "ACT/365", "ACT/360": "ACT/360", "30/360": "30/360", "ACT/ACT": "ACT/ACT"}
YES_NO = {"true": _("yes"), "false": _("no")}
FRACTION = _("fraction, or with %: 0.027 or 2.7%")
BY_COMMA = _("names, parted by commas")

GENERAL = Sheet(
    "general",
    _("Deal"),
    _("Code, scale and dates as the prospectus states them."),
    (
        Line(
            "code", _("Code"), required=True, hint=_("Latin letters and figures; it never changes.")
        ),
        Line("names.en", _("Name (English)")),
        Line("names.zh", _("Name (Chinese)")),
        Line("currency", _("Currency"), required=True, hint=_("ISO code, such as CNY")),
        Line("scale", _("Rating scale"), "choice", prospectus.SCALES, required=True),
        Line("dates.cutoff", _("Cut-off date"), "date", required=True),
        Line("dates.closing", _("Closing date"), "date", required=True),
        Line("dates.first_payment", _("First payment"), "date"),
        Line("dates.legal_final", _("Legal final maturity"), "date", required=True),
        Line(
            "payment.frequency",
            _("Payment frequency"),
            "choice",
            prospectus.FREQUENCIES,
            required=True,
        ),
        Line("payment.day", _("Payment day"), "whole", required=True, hint=_("1 to 31")),
        Line("payment.business_day", _("Business days"), "choice", prospectus.BUSINESS_DAYS),
        Line("payment.calendar", _("Calendar")),
        Line("payment.day_count", _("Day count"), "choice", DAY_COUNTS),
        Line(
            "payment.accrual",
            _("Interest runs to"),
            "choice",
            {"unadjusted": _("the payment day"), "adjusted": _("the moved payment date")},
        ),
    ),
)
PARTIES = Sheet(
    "parties",
    _("Parties"),
    _("Who does what. One institution may hold several roles."),
    (
        Line("role", _("Role"), required=True, hint=_("such as originator, trustee, servicer")),
        Line("institution", _("Institution"), required=True),
        Line("details", _("Details"), "json", hint=_("anything else, as JSON")),
    ),
    rows="parties",
    one=_("party"),
    add=_("Add a party"),
)
POOL = Sheet(
    "pool",
    _("Pool"),
    _("A loan tape, or totals with forecasts where no tape is given."),
    (
        Line(
            "pool.kind",
            _("Pool data"),
            "choice",
            {"tape": _("loan tape"), "aggregate": _("totals and forecasts")},
            required=True,
        ),
        Line("pool.asset_class", _("Asset class"), "choice", prospectus.ASSET_CLASSES),
        Line(
            "pool.tape.sha256",
            _("Hash of the tape"),
            hint=_("only to tie the file to one tape"),
            when=only("pool.kind", "tape"),
        ),
        Line(
            "pool.claim", _("Total claim at cut-off"), "money", when=only("pool.kind", "aggregate")
        ),
        Line("pool.principal", _("Unpaid principal"), "money", when=only("pool.kind", "aggregate")),
        *(
            Line(
                f"pool.classes.{key}",
                label,
                "rate",
                hint=FRACTION,
                when=only("pool.kind", "aggregate"),
            )
            for key, label in (
                ("substandard", _("Substandard, share of claim")),
                ("doubtful", _("Doubtful, share of claim")),
                ("loss", _("Loss, share of claim")),
            )
        ),
        Line("pool.loans", _("Loans"), "whole", when=only("pool.kind", "aggregate")),
        Line("pool.borrowers", _("Borrowers"), "whole", when=only("pool.kind", "aggregate")),
        Line(
            "pool.collected.amount",
            _("Collected since cut-off"),
            "money",
            when=only("pool.kind", "aggregate"),
        ),
        Line(
            "pool.collected.to", _("Collected up to"), "date", when=only("pool.kind", "aggregate")
        ),
        Line(
            "pool.top_recoveries",
            _("Expected recoveries of the largest borrowers"),
            "json",
            hint=_('a list of amounts: ["12000000.00", "9500000.00"]'),
            when=only("pool.kind", "aggregate"),
        ),
        Line(
            "pool.curve",
            _("Timing of recoveries"),
            "json",
            hint=_('a list of points: [{"month": 12, "share": 0.4}]'),
            when=only("pool.kind", "aggregate"),
        ),
    ),
)
FORECASTS = Sheet(
    "forecasts",
    _("Forecasts"),
    _(
        "Recoveries that others forecast from the cut-off date on. The mean of the base cases is the base."
    ),
    (
        Line("source", _("Source"), required=True),
        Line("scenario", _("Scenario"), "choice", prospectus.SCENARIOS, required=True),
        Line("basis", _("Basis"), "choice", prospectus.BASES, required=True),
        Line("amount", _("Amount"), "money", required=True),
        Line("horizon_months", _("Horizon, months"), "whole"),
    ),
    rows="pool.forecasts",
    one=_("forecast"),
    add=_("Add a forecast"),
    new={"scenario": "base", "basis": "gross"},
)
COUPONS = {
    "fixed": _("fixed"),
    "floating": _("floating"),
    "step": _("step"),
    "none": pgettext_lazy("coupon", "none"),
}
NOTES = Sheet(
    "notes",
    _("Notes"),
    _("Rank 1 is paid first; equal ranks are paid pari passu."),
    (
        Line("name", _("Name"), required=True),
        Line("rank", _("Rank"), "whole", required=True),
        Line("balance", _("Balance"), "money", required=True),
        Line("coupon.kind", _("Coupon"), "choice", COUPONS, required=True),
        Line(
            "coupon.rate",
            _("Rate a year"),
            "rate",
            hint=FRACTION,
            when=only("coupon.kind", "fixed"),
        ),
        Line("coupon.index", _("Index"), when=only("coupon.kind", "floating")),
        Line(
            "coupon.spread",
            _("Spread"),
            "rate",
            hint=FRACTION,
            when=only("coupon.kind", "floating"),
        ),
        Line("coupon.cap", _("Cap"), "rate", when=only("coupon.kind", "floating")),
        Line("coupon.floor", _("Floor"), "rate", when=only("coupon.kind", "floating")),
        Line(
            "coupon.steps",
            _("Steps"),
            "json",
            hint=_('a list: [{"from": "2025-01-26", "rate": "0.03"}]'),
            when=only("coupon.kind", "step"),
        ),
        Line("promise", _("Promise"), "choice", prospectus.PROMISES),
        Line("deferrable", _("Interest may be deferred"), "truth", YES_NO),
        Line("expected_maturity", _("Expected maturity"), "date"),
        Line("legal_final", _("Legal final maturity"), "date"),
        Line("rated", _("Rated"), "truth", YES_NO),
        Line("issue_price", _("Issue price"), "rate", hint=_("fraction of the balance")),
        Line("day_count", _("Day count"), "choice", DAY_COUNTS),
    ),
    rows="notes",
    one=_("note"),
    add=_("Add a note"),
    new={"coupon": {"kind": "fixed"}},
)
FEE_BASES = {
    "collections": _("gross collections"),
    "net_collections": _("net collections"),
    "notes": _("balance of the notes"),
    "initial_notes": _("initial balance of the notes"),
    "claim": _("claim at cut-off"),
    "fixed": _("fixed amount"),
    "formula": _("formula"),
}
BY_RATE = only("base", "collections", "net_collections", "notes", "initial_notes", "claim")
FEES = Sheet(
    "fees",
    _("Fees"),
    _("Without any, criteria defaults are assumed and a warning says so."),
    (
        Line("name", _("Name"), required=True),
        Line("payee", _("Payee"), required=True),
        Line("base", _("Base"), "choice", FEE_BASES, required=True),
        Line("rate", _("Rate"), "rate", hint=FRACTION, when=BY_RATE),
        Line("amount", _("Amount"), "money", when=only("base", "fixed")),
        Line("formula", _("Formula"), when=only("base", "formula")),
        Line(
            "frequency",
            _("Falls due"),
            "choice",
            {
                "payment": _("each payment date"),
                "annual": _("accrues by the year"),
                "once": _("once"),
            },
            when=only("base", "fixed"),
        ),
        Line("notes", _("Notes counted"), "names", hint=BY_COMMA),
        Line("cap.per_period", _("Cap on a payment date"), "money"),
        Line("cap.lifetime", _("Cap in all"), "money"),
        Line("cap.share_of_collections", _("Cap, share of collections"), "rate"),
        Line("carry_forward", _("Unpaid stays due"), "truth", YES_NO),
    ),
    rows="fees",
    one=_("fee"),
    add=_("Add a fee"),
    new={"base": "notes"},
)
TARGETS = {
    "fixed": _("fixed amount"),
    "share_of_notes": _("share of the notes"),
    "multiple_of_next_costs": _("multiple of the next fees and interest"),
    "formula": _("formula"),
}
ACCOUNTS = Sheet(
    "accounts",
    _("Accounts and reserve"),
    _("A preset brings its liquidity reserve when none stands here."),
    (
        Line("name", _("Name"), required=True),
        Line("owner", _("Owner of the money"), hint=_("trust unless stated")),
        Line("initial", _("Balance at closing"), "money"),
        Line("target.rule", _("Target"), "choice", TARGETS),
        Line("target.amount", _("Target amount"), "money", when=only("target.rule", "fixed")),
        Line("target.share", _("Share"), "rate", when=only("target.rule", "share_of_notes")),
        Line(
            "target.initial",
            _("Of the initial balance"),
            "truth",
            YES_NO,
            when=only("target.rule", "share_of_notes"),
        ),
        Line(
            "target.multiple",
            _("Multiple"),
            "rate",
            when=only("target.rule", "multiple_of_next_costs"),
        ),
        Line(
            "target.notes",
            _("Notes counted"),
            "names",
            hint=BY_COMMA,
            when=only("target.rule", "share_of_notes", "multiple_of_next_costs"),
        ),
        Line(
            "target.fees",
            _("Fees counted"),
            "names",
            hint=BY_COMMA,
            when=only("target.rule", "multiple_of_next_costs"),
        ),
        Line("target.formula", _("Formula"), when=only("target.rule", "formula")),
        Line("floor", _("Least target"), "money"),
        Line("covers", _("Notes protected"), "names", hint=BY_COMMA),
        Line(
            "release",
            _("Release"),
            "choice",
            {
                "each_date": _("all of it on each payment date"),
                "excess": _("what exceeds the target"),
                "never": _("never"),
            },
        ),
    ),
    rows="accounts",
    one=_("account"),
    add=_("Add an account"),
    new={"target": {"rule": "fixed"}, "release": "each_date"},
)
TEST = "test.kind"
TRIGGERS = Sheet(
    "triggers",
    _("Triggers"),
    _("A preset brings its own when none stand here."),
    (
        Line("name", _("Name"), required=True),
        Line(
            "when",
            _("Tested"),
            "choice",
            {"before_payment": _("before payment"), "after_payment": _("after payment")},
        ),
        Line(TEST, _("Test"), "choice", prospectus.TEST_KINDS, required=True),
        Line(
            "test.share",
            _("Share"),
            "rate",
            when=only(
                TEST, "cumulative_collections_below", "npv_profitability_below", "account_below"
            ),
        ),
        Line(
            "test.rate",
            _("Discount rate a year"),
            "rate",
            when=only(TEST, "npv_profitability_below"),
        ),
        Line("test.notes", _("Notes"), "names", hint=BY_COMMA, when=only(TEST, "interest_unpaid")),
        Line("test.note", _("Note"), when=only(TEST, "principal_overdue")),
        Line(
            "test.by",
            _("By"),
            "choice",
            {"expected_maturity": _("expected maturity"), "legal_final": _("legal final maturity")},
            when=only(TEST, "principal_overdue"),
        ),
        Line("test.account", _("Account"), when=only(TEST, "account_below")),
        Line("test.on", _("From"), "date", when=only(TEST, "date_reached")),
        Line("test.formula", _("Formula"), when=only(TEST, "formula")),
        Line("effect", _("Effect"), "choice", prospectus.EFFECTS),
        Line("curable", _("Curable"), "truth", YES_NO),
        Line("plan", _("Planned collections"), "json", hint=_("else those of the base case")),
    ),
    rows="triggers",
    one=_("trigger"),
    add=_("Add a trigger"),
    new={"test": {"kind": "servicer_default"}, "effect": "accelerated"},
)
PRESET = Sheet(
    "waterfall",
    _("Priority of payments"),
    _("A preset, or the list of steps written out. Writing it out makes every step yours to move."),
    (
        Line("waterfall.preset", _("Preset"), "choice", prospectus.PRESETS, required=True),
        Line(
            "waterfall.excess_servicing_share",
            _("Excess servicing fee, share of what is left"),
            "rate",
            hint=FRACTION,
        ),
        Line("waterfall.reserve_multiple", _("Reserve, multiple of the next costs"), "rate"),
        Line(
            "waterfall.interest_share",
            _("Collections credited to interest"),
            "rate",
            when=only("waterfall.preset", "two_ledgers"),
        ),
        Line(
            "waterfall.trigger_share",
            _("Trigger, share of the plan"),
            "rate",
            when=only("waterfall.preset", "eu_npl"),
        ),
    ),
)


def of(*kinds: str) -> tuple[str, frozenset[str]]:
    return only("step", *kinds)


STEP_LINES = (
    Line("fees", _("Fees"), "names", hint=BY_COMMA, when=of("fee", "draw")),
    Line("notes", _("Notes"), "names", hint=BY_COMMA, when=of("interest", "principal")),
    Line("account", _("Account"), when=of("top_up")),
    Line("to", _("To"), when=of("transfer")),
    Line("amount", _("Amount, as a formula"), when=of("principal", "transfer")),
    Line("name", _("Name"), when=of("share")),
    Line("payee", _("Payee"), when=of("share", "residual")),
    Line("rate", _("Share"), "rate", hint=FRACTION, when=of("share")),
    Line("enhancement", _("Enhancement"), when=of("repay", "draw")),
    Line("interest", _("Interest of"), "names", hint=BY_COMMA, when=of("draw")),
    Line("principal", _("Principal of"), "names", hint=BY_COMMA, when=of("draw")),
    Line("hedge", _("Hedge"), when=of("hedge")),
    Line("from", _("Paid from"), hint=_("ledger or account; the available cash unless stated")),
    Line("if", _("Only while"), hint=_("a trigger or a condition")),
    Line("unless", _("Not while"), hint=_("a trigger or a condition")),
    Line("cap.per_period", _("Cap on a payment date"), "money"),
    Line("cap.formula", _("Cap, as a formula")),
    Line("label.en", _("Words of the prospectus (English)")),
    Line("label.zh", _("Words of the prospectus (Chinese)")),
)
STEPS = tuple(
    Sheet(
        f"steps-{status}",
        words,
        "",
        STEP_LINES,
        rows=f"waterfall.{status}",
        one=_("step"),
        add=_("Add a step"),
        new={},
    )
    for status, words in prospectus.STATUSES_OF_PAYMENT.items()
)
LEDGERS = Sheet(
    "ledgers",
    _("Ledgers"),
    _("Ledgers share the collections; without any there is one, called available."),
    (
        Line("name", _("Name"), required=True),
        Line("share", _("Share of collections"), "rate", hint=FRACTION, required=True),
    ),
    rows="waterfall.ledgers",
    one=_("ledger"),
    add=_("Add a ledger"),
)
SERVICING = Sheet(
    "servicing",
    _("Servicing"),
    _(
        "What the file itself says. An assessment in force of the appointed servicer goes before it."
    ),
    (
        Line("servicing.score", _("Score, 1 to 5"), "rate"),
        Line("servicing.plan_credibility", _("Plan credibility"), "rate", hint=FRACTION),
        Line("servicing.backup", _("Back-up servicer"), "truth", YES_NO),
        Line("servicing.fees", _("Fee, share of gross collections"), "rate", hint=FRACTION),
    ),
)
OTHER = Sheet(
    "other",
    _("Further terms"),
    _("As JSON, in the form of the deal file's schema."),
    (
        Line("enhancements", _("Credit enhancement"), "json"),
        Line("hedges", _("Hedges"), "json"),
        Line("curves", _("Paths of indices"), "json"),
        Line("constraints", _("Constraints"), "json"),
        Line("evidence", _("Evidence"), "json"),
    ),
)
BEFORE_WATERFALL = (GENERAL, PARTIES, POOL, FORECASTS, NOTES, FEES, ACCOUNTS)
AFTER_WATERFALL = (TRIGGERS, SERVICING, OTHER)


def sheets_of(document: Mapping[str, Any]) -> tuple[Sheet, ...]:
    """Return the sections that the form of a document has."""
    pool = document.get("pool")
    is_tape = isinstance(pool, dict) and pool.get("kind") == "tape"
    before = tuple(s for s in BEFORE_WATERFALL if not (is_tape and s is FORECASTS))
    waterfall = document.get("waterfall")
    listed = isinstance(waterfall, dict) and "preset" not in waterfall
    middle = (*STEPS, LEDGERS) if listed else (PRESET,)
    return (*before, *middle, *AFTER_WATERFALL)
