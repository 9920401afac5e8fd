"""What must hold between the parts of a deal, beyond the form of each part."""

from collections.abc import Iterable, Iterator

from analytics.errors import StructureError
from analytics.structure.formula import parse_formula, references
from analytics.structure.presets import PASSIVE, Expanded
from analytics.structure.terms import (
    STATUSES,
    AccountBelow,
    AggregatePool,
    Deal,
    DrawStep,
    Fee,
    FeeStep,
    FloatingCoupon,
    FormulaTarget,
    FormulaTest,
    HedgeStep,
    InterestStep,
    InterestUnpaid,
    MultipleTarget,
    Note,
    PrincipalOverdue,
    PrincipalStep,
    RepayStep,
    ResidualStep,
    ShareTarget,
    Step,
    TopUpStep,
    TransferStep,
)

NO_LIMIT = "An enhancement that can be drawn needs its limit."


def check_terms(deal: Deal) -> None:
    """Check dates, ranks, names, coupons and the pool of a deal as it is written."""
    check_dates(deal)
    check_unique("notes", [note.name for note in deal.notes])
    check_unique("fees", [fee.name for fee in deal.fees or ()])
    check_unique("accounts", [account.name for account in deal.accounts or ()])
    check_unique("triggers", [trigger.name for trigger in deal.triggers or ()])
    check_unique("enhancements", [item.name or item.kind for item in deal.enhancements])
    check_unique("hedges", [hedge.name for hedge in deal.hedges])
    check_ranks(deal)
    for k, note in enumerate(deal.notes):
        check_note(deal, note, f"notes[{k}]")
    for k, fee in enumerate(deal.fees or ()):
        check_fee(deal, fee, f"fees[{k}]")
    if isinstance(deal.pool, AggregatePool):
        check_aggregate_pool(deal.pool)
    check_hedges(deal)


def check_dates(deal: Deal) -> None:
    dates = deal.dates
    if dates.closing < dates.cutoff:
        msg = "The closing date lies before the cut-off date."
        raise StructureError(msg, "dates.closing")
    if dates.legal_final <= dates.closing:
        msg = "The legal final date must lie after closing."
        raise StructureError(msg, "dates.legal_final")
    first = dates.first_payment
    if first and not dates.closing < first <= dates.legal_final:
        msg = "The first payment must lie after closing and not after legal final."
        raise StructureError(
            msg,
            "dates.first_payment",
        )
    if not 1 <= deal.payment.day <= 31:
        msg = "The payment day runs from 1 to 31."
        raise StructureError(msg, "payment.day")


def check_unique(where: str, names: list[str]) -> None:
    for k, name in enumerate(names):
        if name in names[:k]:
            msg = f"The name {name!r} is used twice."
            raise StructureError(msg, f"{where}[{k}].name")


def check_ranks(deal: Deal) -> None:
    if not deal.notes:
        msg = "A deal needs at least one note."
        raise StructureError(msg, "notes")
    ranks = sorted({note.rank for note in deal.notes})
    if ranks != list(range(1, len(ranks) + 1)):
        msg = f"Ranks must run from 1 without a gap; got {ranks}."
        raise StructureError(msg, "notes")


def check_note(deal: Deal, note: Note, path: str) -> None:
    if note.balance <= 0:
        msg = "The balance must be positive."
        raise StructureError(msg, f"{path}.balance")
    if isinstance(note.coupon, FloatingCoupon) and note.coupon.index not in (deal.curves or {}):
        msg = f"The index {note.coupon.index!r} has no path in curves."
        raise StructureError(msg, f"{path}.coupon.index")
    legal_final = note.legal_final or deal.dates.legal_final
    if legal_final <= deal.dates.closing or legal_final > deal.dates.legal_final:
        msg = "A note's legal final lies after closing and not after the deal's."
        raise StructureError(
            msg,
            f"{path}.legal_final",
        )
    if note.expected_maturity and note.expected_maturity > legal_final:
        msg = "The expected maturity lies after the legal final."
        raise StructureError(msg, f"{path}.expected_maturity")


def check_fee(deal: Deal, fee: Fee, path: str) -> None:
    needed = {"fixed": "amount", "formula": "formula"}.get(fee.base, "rate")
    if getattr(fee, needed) is None:
        msg = f"A fee on the base {fee.base!r} needs this key."
        raise StructureError(msg, f"{path}.{needed}")
    check_known(fee.notes or (), {note.name for note in deal.notes}, f"{path}.notes", "note")


def check_aggregate_pool(pool: AggregatePool) -> None:
    if not pool.forecasts:
        msg = "An aggregate pool needs at least one forecast."
        raise StructureError(msg, "pool.forecasts")
    if not any(forecast.scenario == "base" for forecast in pool.forecasts):
        msg = "One of the forecasts must be a base case."
        raise StructureError(msg, "pool.forecasts")
    if pool.claim <= 0:
        msg = "The claim must be positive."
        raise StructureError(msg, "pool.claim")


def check_hedges(deal: Deal) -> None:
    for k, hedge in enumerate(deal.hedges):
        if hedge.index not in (deal.curves or {}):
            msg = "The index has no path in curves."
            raise StructureError(msg, f"hedges[{k}].index")
        if (hedge.note is None) == (hedge.schedule is None):
            msg = "A hedge has a notional by note or by schedule, one of the two."
            raise StructureError(msg, f"hedges[{k}]")
        if hedge.note is not None:
            check_known([hedge.note], {n.name for n in deal.notes}, f"hedges[{k}].note", "note")


def check_known(names: Iterable[str], known: set[str], path: str, kind: str) -> None:
    for name in names:
        if name not in known:
            listed = ", ".join(sorted(known)) or "none"
            msg = f"There is no {kind} {name!r}; known are {listed}."
            raise StructureError(msg, path)


# ------------------------------------------------------------------ the order of payments


class Names:
    """All names that steps, triggers and formulas of one deal may use."""

    def __init__(self, expanded: Expanded) -> None:
        deal = expanded.deal
        self.notes = {note.name for note in deal.notes}
        self.fees = {fee.name for fee in expanded.fees}
        self.accounts = {account.name for account in expanded.accounts}
        self.triggers = {trigger.name for trigger in expanded.triggers}
        self.enhancements = {item.name or item.kind for item in deal.enhancements}
        self.hedges = {hedge.name for hedge in deal.hedges}
        ledgers = {ledger.name for ledger in expanded.waterfall.ledgers} or {"available"}
        self.ledgers = ledgers
        self.pots = ledgers | self.accounts
        self.by_function = {
            "balance": self.notes,
            "initial_balance": self.notes,
            "interest_due": self.notes,
            "next_interest": self.notes,
            "held": self.pots,
            "target": self.accounts,
            "fee_due": self.fees,
            "fee_paid": self.fees,
            "drawn": self.enhancements,
            "trigger": self.triggers,
        }

    def check_formula(self, text: str, path: str) -> None:
        for function, name in references(parse_formula(text, path)):
            check_known([name], self.by_function[function], path, function.replace("_", " "))

    def check_condition(self, text: str, path: str) -> None:
        if text not in self.triggers:
            self.check_formula(text, path)


def check_waterfall(expanded: Expanded) -> None:
    """Check that every step names what exists, and that all cash and all claims have a place."""
    names = Names(expanded)
    shares = [ledger.share for ledger in expanded.waterfall.ledgers]
    if shares and abs(sum(shares) - 1) > 1e-9:
        msg = "The shares of the ledgers must add up to 1."
        raise StructureError(msg, "waterfall.ledgers")
    for status in STATUSES:
        steps = getattr(expanded.waterfall, status)
        for k, step in enumerate(steps):
            check_step(step, names, f"waterfall.{status}[{k}]")
        if steps:
            check_every_claim_has_a_step(expanded, steps, f"waterfall.{status}")
            check_cash_has_somewhere_to_go(steps, names, f"waterfall.{status}")
    if not expanded.waterfall.amortising:
        msg = "The order of payments has no steps."
        raise StructureError(msg, "waterfall.amortising")
    check_triggers(expanded, names)
    check_accounts(expanded, names)
    check_enhancements(expanded)


def check_step(step: Step, names: Names, path: str) -> None:
    if not isinstance(step, DrawStep):  # the provider pays, whatever the ledgers hold
        check_known([step.source], names.pots, f"{path}.from", "ledger or account")
    for key, text in (("if", step.only_if), ("unless", step.unless)):
        if text is not None:
            names.check_condition(text, f"{path}.{key}")
    if step.cap and step.cap.formula is not None:
        names.check_formula(step.cap.formula, f"{path}.cap.formula")
    for key, kind, used, known in named(step, names):
        check_known(used, known, f"{path}.{key}", kind)
    amount = getattr(step, "amount", None)
    if amount is not None:
        names.check_formula(amount, f"{path}.amount")


def named(step: Step, names: Names) -> Iterator[tuple[str, str, tuple[str, ...], set[str]]]:
    """Keys of a step that name something: key, kind, names used, names known."""
    if isinstance(step, FeeStep):
        yield "fees", "fee", step.fees, names.fees
    if isinstance(step, InterestStep | PrincipalStep):
        yield "notes", "note", step.notes, names.notes
    if isinstance(step, TopUpStep):
        yield "account", "account", (step.account,), names.accounts
    if isinstance(step, TransferStep):
        yield "to", "ledger or account", (step.to,), names.pots - {step.source}
    if isinstance(step, RepayStep | DrawStep):
        yield "enhancement", "enhancement", (step.enhancement,), names.enhancements
    if isinstance(step, DrawStep):
        yield "interest", "note", step.interest, names.notes
        yield "principal", "note", step.principal, names.notes
        yield "fees", "fee", step.fees, names.fees
    if isinstance(step, HedgeStep):
        yield "hedge", "hedge", (step.hedge,), names.hedges


def check_every_claim_has_a_step(expanded: Expanded, steps: tuple[Step, ...], path: str) -> None:
    for note in expanded.deal.notes:
        if note.has_coupon and not any(
            isinstance(step, InterestStep) and note.name in step.notes for step in steps
        ):
            msg = f"No step pays the interest of note {note.name!r}."
            raise StructureError(msg, path)
        if not any(isinstance(step, PrincipalStep) and note.name in step.notes for step in steps):
            msg = f"No step pays the principal of note {note.name!r}."
            raise StructureError(msg, path)
    for fee in expanded.fees:
        if not any(isinstance(step, FeeStep) and fee.name in step.fees for step in steps):
            msg = f"No step pays the fee {fee.name!r}."
            raise StructureError(msg, path)


def check_cash_has_somewhere_to_go(steps: tuple[Step, ...], names: Names, path: str) -> None:
    """Follow each ledger to its end: a residual, or a full transfer to one that is emptied later."""
    for ledger in sorted(names.ledgers):
        if not is_emptied(ledger, steps, 0, names):
            msg = (
                f"Cash left in the ledger {ledger!r} has nowhere to go: end it with a residual "
                "step or transfer it to a ledger that is emptied afterwards."
            )
            raise StructureError(
                msg,
                path,
            )
    seen_residual: set[str] = set()
    for k, step in enumerate(steps):
        if step.source in seen_residual and step.source in names.ledgers:
            msg = f"The ledger {step.source!r} was emptied by a residual before this step."
            raise StructureError(
                msg,
                f"{path}[{k}]",
            )
        if isinstance(step, ResidualStep) and step.only_if is None and step.unless is None:
            seen_residual.add(step.source)
        if isinstance(step, TransferStep):
            if step.to in seen_residual:
                msg = (
                    f"Circular order: cash returns to the ledger {step.to!r}, which was emptied "
                    "before this step."
                )
                raise StructureError(
                    msg,
                    f"{path}[{k}]",
                )
            seen_residual.discard(step.to)


def is_emptied(ledger: str, steps: tuple[Step, ...], start: int, names: Names) -> bool:
    for k in range(len(steps) - 1, start - 1, -1):
        step = steps[k]
        if step.source != ledger or step.only_if or step.unless:
            continue
        if isinstance(step, ResidualStep):
            return True
        if isinstance(step, TransferStep) and step.amount is None and step.cap is None:
            return step.to in names.accounts or is_emptied(step.to, steps, k + 1, names)
    return False


def check_triggers(expanded: Expanded, names: Names) -> None:
    for k, trigger in enumerate(expanded.triggers):
        path = f"triggers[{k}].test"
        test = trigger.test
        if isinstance(test, InterestUnpaid):
            check_known(test.notes, names.notes, f"{path}.notes", "note")
        if isinstance(test, PrincipalOverdue):
            check_known([test.note], names.notes, f"{path}.note", "note")
        if isinstance(test, AccountBelow):
            check_known([test.account], names.accounts, f"{path}.account", "account")
        if isinstance(test, FormulaTest):
            names.check_formula(test.formula, f"{path}.formula")


def check_accounts(expanded: Expanded, names: Names) -> None:
    for k, account in enumerate(expanded.accounts):
        path = f"accounts[{k}]"
        check_known(account.covers or (), names.notes, f"{path}.covers", "note")
        target = account.target
        if isinstance(target, FormulaTarget):
            names.check_formula(target.formula, f"{path}.target.formula")
        if isinstance(target, ShareTarget | MultipleTarget):
            check_known(target.notes or (), names.notes, f"{path}.target.notes", "note")
        if isinstance(target, MultipleTarget):
            check_known(target.fees or (), names.fees, f"{path}.target.fees", "fee")


def check_enhancements(expanded: Expanded) -> None:
    """Check that what can be drawn is drawn somewhere, and what hedges is paid somewhere."""
    steps = [step for status in STATUSES for step in getattr(expanded.waterfall, status)]
    drawn = {step.enhancement for step in steps if isinstance(step, DrawStep)}
    paid = {step.hedge for step in steps if isinstance(step, HedgeStep)}
    for k, item in enumerate(expanded.deal.enhancements):
        if item.draw == "none" or item.kind in PASSIVE:
            continue
        name = item.name or item.kind
        if item.limit is None:
            raise StructureError(NO_LIMIT, f"enhancements[{k}].limit")
        if name not in drawn:
            msg = f"No step draws on the enhancement {name!r}."
            raise StructureError(msg, f"enhancements[{k}]")
    for k, hedge in enumerate(expanded.deal.hedges):
        if hedge.name not in paid:
            msg = f"No step pays the hedge {hedge.name!r}."
            raise StructureError(msg, f"hedges[{k}]")
