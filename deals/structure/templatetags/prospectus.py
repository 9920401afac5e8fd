"""Terms of a deal file in the words of a prospectus. Input is the document, so any version reads."""

import json
import re
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from django import template
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext
from django.utils.translation import gettext as _

from ratings_site.components import figures

register = template.Library()
Json = dict[str, Any]

ASSET_CLASSES = {
    "card": gettext_lazy("cards"),
    "consumer": gettext_lazy("consumer"),
    "home_mortgage": gettext_lazy("homes"),
    "sme_secured": gettext_lazy("SME, property"),
    "sme_unsecured": gettext_lazy("SME, unsecured"),
    "sme_mixed": gettext_lazy("SME, mixed"),
    "corporate": gettext_lazy("corporate"),
    "auto": gettext_lazy("auto"),
}
FREQUENCIES = {
    "M": gettext_lazy("monthly"),
    "Q": gettext_lazy("quarterly"),
    "S": gettext_lazy("half-yearly"),
    "A": gettext_lazy("yearly"),
}
BUSINESS_DAYS = {
    "none": gettext_lazy("not moved"),
    "following": gettext_lazy("to the next business day"),
    "modified_following": gettext_lazy("to the next business day, unless the month ends"),
}
PARTY_ROLES = {
    "originator": gettext_lazy("originator"),
    "issuer": gettext_lazy("issuer"),
    "trustee": gettext_lazy("trustee"),
    "servicer": gettext_lazy("servicer"),
    "backup_servicer": gettext_lazy("back-up servicer"),
    "account_bank": gettext_lazy("account bank"),
    "liquidity_provider": gettext_lazy("liquidity provider"),
    "swap_provider": gettext_lazy("swap provider"),
    "guarantor": gettext_lazy("guarantor"),
    "underwriter": gettext_lazy("lead underwriter"),
    "agency": gettext_lazy("rating agency"),
}
SCALES = {"cn": gettext_lazy("national, CN"), "intl": gettext_lazy("international")}
SCENARIOS = {"base": gettext_lazy("base"), "stress": gettext_lazy("stress")}
BASES = {"gross": gettext_lazy("gross"), "net": gettext_lazy("net of disposal costs")}
PROMISES = {
    "timely": gettext_lazy("timely interest"),
    "ultimate": gettext_lazy("ultimate interest"),
    "none": gettext_lazy("no interest"),
}
STATUSES_OF_PAYMENT = {
    "amortising": gettext_lazy("While nothing has gone wrong"),
    "accelerated": gettext_lazy("After acceleration"),
    "enforced": gettext_lazy("After an event of default"),
}
PRESETS = {
    "cn_npl": gettext_lazy("Chinese NPL deal: one ledger, disposal costs first"),
    "cn_npl_costs_after_senior": gettext_lazy(
        "Chinese NPL deal: disposal costs after the senior principal"
    ),
    "eu_npl": gettext_lazy("European NPL deal: mezzanine interest subordinated by triggers"),
    "two_ledgers": gettext_lazy("Interest and principal ledgers"),
}
TOPICS = {
    "asset_class": ASSET_CLASSES,
    "frequency": FREQUENCIES,
    "business_day": BUSINESS_DAYS,
    "role": PARTY_ROLES,
    "scale": SCALES,
    "scenario": SCENARIOS,
    "basis": BASES,
    "promise": PROMISES,
    "status": STATUSES_OF_PAYMENT,
    "preset": PRESETS,
}


@register.filter
def words_for(code: str | None, topic: str) -> str:
    """Return the word for a code of the deal file; a code without a word stands for itself."""
    if not code:
        return figures.ABSENT
    return str(TOPICS[topic].get(code, code))


def number(value: object) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


@register.filter
def amount(value: object) -> Decimal | None:
    """Return money or a rate of the document as a number, for the filters of figures."""
    return None if value is None else number(value)


def rate(value: object, decimals: int = 2) -> str:
    found = number(value)
    if found is None:
        return figures.ABSENT
    per_cent = found * 100
    exponent = per_cent.normalize().as_tuple().exponent
    needed = max(decimals, -int(exponent)) if isinstance(exponent, int) else decimals
    return f"{figures.grouped(per_cent, min(needed, 6))}%"


def money(value: object) -> str:
    return figures.cny(number(value))


def listed(names: Iterable[str]) -> str:
    """Join names as prose does: A; A and B; A, B and C."""
    found = [str(name) for name in names]
    if len(found) < 2:
        return "".join(found)
    if figures.is_chinese():
        return "、".join(found[:-1]) + "和" + found[-1]
    return ", ".join(found[:-1]) + " and " + found[-1]


@register.filter
def names(value: Iterable[str] | None) -> str:
    return listed(value or ())


@register.filter
def own_name(value: Json | None, fallback: str = "") -> str:
    """Return the name in the reader's language, else in the other one."""
    given = value or {}
    first, second = ("zh", "en") if (get_language() or "").startswith("zh") else ("en", "zh")
    return str(given.get(first) or given.get(second) or fallback)


# ------------------------------------------------------------------ coupons, fees, accounts


@register.filter
def coupon_words(coupon: Json) -> str:
    kind = coupon.get("kind")
    if kind == "fixed":
        return _("%(rate)s fixed") % {"rate": rate(coupon.get("rate"))}
    if kind == "floating":
        words = _("%(index)s + %(spread)s") % {
            "index": coupon.get("index"),
            "spread": rate(coupon.get("spread")),
        }
        limits = [
            text % {"rate": rate(coupon[key])}
            for key, text in (("cap", _("at most %(rate)s")), ("floor", _("at least %(rate)s")))
            if key in coupon
        ]
        return ", ".join([words, *limits])
    if kind == "step":
        return "; ".join(
            _("%(rate)s from %(date)s") % {"rate": rate(step.get("rate")), "date": step.get("from")}
            for step in coupon.get("steps", ())
        )
    return _("residual return only")


FEE_BASES = {
    "collections": gettext_lazy("%(rate)s of gross collections"),
    "net_collections": gettext_lazy("%(rate)s of net collections"),
    "notes": gettext_lazy("%(rate)s a year of the notes’ balance"),
    "initial_notes": gettext_lazy("%(rate)s a year of the notes’ initial balance"),
    "claim": gettext_lazy("%(rate)s a year of the claim at cut-off"),
}
FEE_TIMES = {
    "payment": gettext_lazy("CNY %(amount)s each payment date"),
    "annual": gettext_lazy("CNY %(amount)s a year"),
    "once": gettext_lazy("CNY %(amount)s once"),
}


@register.filter
def fee_words(fee: Json) -> str:
    base = fee.get("base")
    if base in FEE_BASES:
        words = str(FEE_BASES[base]) % {"rate": rate(fee.get("rate"))}
    elif base == "fixed":
        time = fee.get("frequency", "payment")
        words = str(FEE_TIMES.get(time, FEE_TIMES["payment"])) % {
            "amount": money(fee.get("amount"))
        }
    else:
        words = _("by formula: %(formula)s") % {"formula": fee.get("formula", "")}
    if fee.get("notes"):
        words += ", " + _("counting %(notes)s") % {"notes": listed(fee["notes"])}
    return ", ".join([words, *cap_words(fee.get("cap"))])


def cap_words(cap: Json | None) -> list[str]:
    texts: list[tuple[str, str, Callable[[object], str]]] = [
        ("per_period", _("at most CNY %(much)s on a payment date"), money),
        ("lifetime", _("at most CNY %(much)s in all"), money),
        ("share_of_collections", _("at most %(much)s of gross collections"), rate),
        ("share_of_notes", _("at most %(much)s of the notes’ balance"), rate),
        ("formula", _("at most %(much)s"), str),
    ]
    return [text % {"much": write(cap[key])} for key, text, write in texts if cap and key in cap]


@register.filter
def target_words(target: Json | None) -> str:
    if not target:
        return _("no target")
    rule = target.get("rule")
    if rule == "fixed":
        return _("CNY %(amount)s") % {"amount": money(target.get("amount"))}
    if rule == "share_of_notes":
        counted = listed(target["notes"]) if target.get("notes") else _("all notes")
        text = (
            _("%(share)s of the initial balance of %(notes)s")
            if target.get("initial")
            else _("%(share)s of the balance of %(notes)s")
        )
        return text % {"share": rate(target.get("share")), "notes": counted}
    if rule == "multiple_of_next_costs":
        found = number(target.get("multiple"))
        return _("%(multiple)s times the fees and interest of the next period") % {
            "multiple": figures.grouped(found, 2)
        }
    return _("by formula: %(formula)s") % {"formula": target.get("formula", "")}


RELEASES = {
    "each_date": gettext_lazy("joins the available cash on each payment date"),
    "excess": gettext_lazy("what exceeds the target is released"),
    "never": gettext_lazy("leaves only by steps that draw on it"),
}


@register.filter
def release_words(account: Json) -> str:
    return str(RELEASES[account.get("release", "excess")])


# ------------------------------------------------------------------ steps


def fee_step(step: Json) -> str:
    found = step.get("fees", ())
    return ngettext("Pay the fee: %(fees)s", "Pay the fees, pari passu: %(fees)s", len(found)) % {
        "fees": listed(found)
    }


def interest_step(step: Json) -> str:
    found = step.get("notes", ())
    return ngettext(
        "Pay interest on %(notes)s", "Pay interest on %(notes)s, pari passu", len(found)
    ) % {"notes": listed(found)}


def principal_step(step: Json) -> str:
    found = step.get("notes", ())
    words = ngettext(
        "Repay principal of %(notes)s until it is nil",
        "Repay principal of %(notes)s, pro rata to their balances, until it is nil",
        len(found),
    ) % {"notes": listed(found)}
    if "amount" in step:
        words += ", " + _("at most %(much)s") % {"much": step["amount"]}
    return words


def transfer_step(step: Json) -> str:
    if "amount" in step:
        return _("Transfer %(amount)s to %(to)s") % {"amount": step["amount"], "to": step.get("to")}
    return _("Transfer what is left to %(to)s") % {"to": step.get("to")}


def draw_step(step: Json) -> str:
    covered = [
        *(_("interest on %s") % note for note in step.get("interest", ())),
        *(_("principal of %s") % note for note in step.get("principal", ())),
        *(_("the fee %s") % fee for fee in step.get("fees", ())),
    ]
    return _("Draw on %(enhancement)s for what is unpaid of %(covered)s") % {
        "enhancement": step.get("enhancement"),
        "covered": listed(covered),
    }


STEP_WORDS: dict[str, Callable[[Json], str]] = {
    "fee": fee_step,
    "disposal_costs": lambda _step: _("Reimburse the costs of disposal"),
    "interest": interest_step,
    "principal": principal_step,
    "top_up": lambda step: _("Top up the account %(account)s to its target") % step,
    "transfer": transfer_step,
    "share": lambda step: (
        _("Pay %(payee)s %(rate)s of what is left (%(name)s)")
        % {"payee": step.get("payee"), "rate": rate(step.get("rate")), "name": step.get("name")}
    ),
    "repay": lambda step: _("Repay drawings, interest and fee of %(enhancement)s") % step,
    "draw": draw_step,
    "hedge": lambda step: _("Settle the net payment of %(hedge)s") % step,
    "residual": lambda step: _("Pay all that is left to %(payee)s") % step,
}
STEP_KINDS = {
    "fee": gettext_lazy("fee"),
    "disposal_costs": gettext_lazy("disposal costs"),
    "interest": gettext_lazy("interest"),
    "principal": gettext_lazy("principal"),
    "top_up": gettext_lazy("reserve top-up"),
    "transfer": gettext_lazy("transfer"),
    "share": gettext_lazy("share of the rest"),
    "repay": gettext_lazy("facility repayment"),
    "draw": gettext_lazy("drawing"),
    "hedge": gettext_lazy("hedge"),
    "residual": gettext_lazy("residual"),
}


@register.filter
def step_words(step: Json) -> str:
    """Write one step of the priority of payments as a prospectus does."""
    kind = str(step.get("step", ""))
    try:
        words = own_name(step.get("label")) or STEP_WORDS[kind](step)
    except KeyError:  # a step that is being written and not complete yet
        return str(STEP_KINDS.get(kind, kind))
    return ", ".join([words, *cap_words(step.get("cap")), *condition_words(step)])


def condition_words(step: Json) -> list[str]:
    found = []
    if step.get("from", "available") != "available":
        found.append(_("from %(ledger)s") % {"ledger": step["from"]})
    if "if" in step:
        found.append(_("only while %(condition)s") % {"condition": step["if"]})
    if "unless" in step:
        found.append(_("not while %(condition)s") % {"condition": step["unless"]})
    return found


@register.filter
def step_kind(step: Json) -> str:
    return str(STEP_KINDS.get(step.get("step", ""), step.get("step", "")))


# ------------------------------------------------------------------ triggers


TEST_WORDS: dict[str, Callable[[Json], str]] = {
    "cumulative_collections_below": lambda test: (
        _("cumulative net collections below %(share)s of the plan")
        % {"share": rate(test.get("share"), 0)}
    ),
    "npv_profitability_below": lambda test: (
        _("net present value of collections below %(share)s of the plan, discounted at %(rate)s")
        % {"share": rate(test.get("share"), 0), "rate": rate(test.get("rate", 0.05), 1)}
    ),
    "interest_unpaid": lambda test: (
        _("interest on %(notes)s not paid in full") % {"notes": listed(test.get("notes", ()))}
    ),
    "principal_overdue": lambda test: (
        (
            _("%(note)s not repaid by its expected maturity")
            if test.get("by") == "expected_maturity"
            else _("%(note)s not repaid by legal final maturity")
        )
        % {"note": test.get("note")}
    ),
    "account_below": lambda test: (
        _("%(account)s below %(share)s of its target")
        % {"account": test.get("account"), "share": rate(test.get("share", 1), 0)}
    ),
    "date_reached": lambda test: _("from %(date)s on") % {"date": test.get("on")},
    "servicer_default": lambda _test: _("default of the servicer"),
    "formula": lambda test: str(test.get("formula", "")),
}
TEST_KINDS = {
    "cumulative_collections_below": gettext_lazy("cumulative collections below plan"),
    "npv_profitability_below": gettext_lazy("profitability below plan"),
    "interest_unpaid": gettext_lazy("interest unpaid"),
    "principal_overdue": gettext_lazy("principal overdue"),
    "account_below": gettext_lazy("account below target"),
    "date_reached": gettext_lazy("date reached"),
    "servicer_default": gettext_lazy("servicer default"),
    "formula": gettext_lazy("formula"),
}
EFFECTS = {
    "none": gettext_lazy("only the steps that name it"),
    "accelerated": gettext_lazy("accelerates the notes"),
    "enforced": gettext_lazy("is an event of default"),
}


@register.filter
def test_words(test: Json) -> str:
    kind = str(test.get("kind", ""))
    return TEST_WORDS[kind](test) if kind in TEST_WORDS else kind


@register.filter
def effect_words(trigger: Json) -> str:
    return str(EFFECTS.get(trigger.get("effect", "none"), ""))


@register.filter
def when_words(trigger: Json) -> str:
    if trigger.get("when") == "after_payment":
        return pgettext("test of a trigger", "after payment")
    return pgettext("test of a trigger", "before payment")


# ------------------------------------------------------------------ what had to be assumed

# The engine says in English what it assumes; these are its sentences, to be read in any language.
WARNINGS = (
    (
        re.compile(r"The deal states no fees: default fees are assumed \((?P<names>.+)\)\."),
        gettext_lazy("The deal states no fees: default fees are assumed (%(names)s)."),
    ),
    (
        re.compile(r"The deal states no accounts: the preset's liquidity reserve is assumed\."),
        gettext_lazy("The deal states no accounts: the preset’s liquidity reserve is assumed."),
    ),
    (
        re.compile(r"The share of the excess servicing fee is not stated: (?P<share>.+) assumed\."),
        gettext_lazy("The share of the excess servicing fee is not stated: %(share)s assumed."),
    ),
)


@register.filter
def warning_words(warning: str) -> str:
    """Say a warning of the engine in the reader's language; one that is not known stays as it is."""
    for pattern, words in WARNINGS:
        found = pattern.fullmatch(warning)
        if found:
            return str(words) % found.groupdict()
    return warning


# ------------------------------------------------------------------ walking a document


@register.filter
def item(mapping: Json | None, key: str) -> Any:
    """Return a value by its key, for templates that walk a document."""
    return (mapping or {}).get(key)


@register.filter
def in_json(value: object) -> str:
    """Write what has no words of its own as JSON."""
    return json.dumps(value, ensure_ascii=False)


@register.simple_tag
def own_title(deal: Any) -> str:
    """Return the name of a deal in the reader's language, else the one that there is."""
    english = "" if deal.name_en == deal.code else deal.name_en
    return own_name({"en": english, "zh": deal.name_zh}, deal.code)


@register.simple_tag
def note_of(document: Json, name: str) -> Json:
    """Return the terms of a note by its name."""
    return next(note for note in document["notes"] if note["name"] == name)


@register.filter
def promise_words(note: Json) -> str:
    """Say what is promised on interest; unless stated it follows from coupon and deferral."""
    promise = note.get("promise")
    if promise is None and note["coupon"].get("kind") == "none":
        promise = "none"
    if promise is None:
        promise = "ultimate" if note.get("deferrable") else "timely"
    return str(PROMISES[promise])


@register.filter
def row_words(row: Json, sheet: str) -> str:
    """Name a row of the form while it is being written."""
    if sheet.startswith("steps-"):
        return step_words(row)
    if sheet == "parties":
        return ", ".join(
            part
            for part in (words_for(row.get("role"), "role"), row.get("institution", ""))
            if part not in ("", figures.ABSENT)
        )
    return str(row.get("name") or row.get("source") or _("new"))
