"""Liquidity from closing: how long fees and interest can be paid if nothing is collected.

months survived = (cash at closing + reserve funded) / monthly need of senior fees and interest,
with the fees of the AAA level (method 8 and 11).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from analytics.criteria import Criteria, stress_for
from analytics.ladder import Setting
from analytics.rating import Cap
from analytics.schedule import MONTHS
from analytics.stress import stressed_cash
from analytics.structure import AggregatePool, Deal, Expanded, Note
from analytics.structure.terms import Fee, FeeStep, FixedCoupon, InterestStep, StepCoupon


@dataclass(frozen=True)
class Survival:
    """Cash at closing, CNY; need, CNY a month; months that the one pays for the other.

    `is_evidenced` says whether the cash is stated as collected, or expected by the base case.
    """

    note: str
    cash: float
    need: float
    months: float
    is_evidenced: bool


def survivals(setting: Setting) -> tuple[Survival, ...]:
    """Test every note that promises interest on time."""
    cash, is_evidenced = closing_cash(setting)
    fees = stress_for(setting.criteria, setting.base.segments[0], "AAA", setting.scale).fee_multiple
    found = []
    for note in setting.deal.notes:
        if note.interest_promise != "timely":
            continue
        need = monthly_need(setting.expanded, note, fees)
        months = cash / need if need > 0.0 else 0.0
        found.append(Survival(note.name, cash, need, months, is_evidenced))
    return tuple(found)


def closing_cash(setting: Setting) -> tuple[float, bool]:
    """Return the cash in the trust at closing, and whether the deal states it as collected.

    Where it is not stated: what the base case brings by closing under the AAA delay and cost.
    """
    reserve = float(sum(account.initial for account in setting.expanded.accounts))
    pool = setting.deal.pool
    if isinstance(pool, AggregatePool) and pool.collected is not None:
        return reserve + float(pool.collected.amount), True
    stresses = setting.stresses("AAA")
    closing = setting.closing_month
    cash = stressed_cash(setting.base, stresses, setting.schedule.n_months, closing)
    net = cash.gross - stresses[0].cost_multiple * cash.costs
    stated = float(setting.base.collected.sum())
    if stated > 0.0:
        return reserve + stated, True
    return reserve + float(net[:closing].sum()), False


def monthly_need(expanded: Expanded, note: Note, fee_multiple: float) -> float:
    """Add the fees and interest that rank no later than the note's own interest, CNY a month."""
    deal = expanded.deal
    fees = {fee.name: fee for fee in expanded.fees}
    yearly = 0.0
    for step in expanded.waterfall.amortising:
        if isinstance(step, FeeStep):
            yearly += sum(fee_multiple * yearly_fee(deal, fees[name]) for name in step.fees)
        elif isinstance(step, InterestStep):
            yearly += sum(yearly_interest(deal, deal.note(name)) for name in step.notes)
            if note.name in step.notes:
                break
    return yearly / 12.0


def yearly_fee(deal: Deal, fee: Fee) -> float:
    """Return what a fee takes in a year without collections, on initial balances, CNY."""
    counted = deal.notes if fee.notes is None else [deal.note(name) for name in fee.notes]
    if fee.base in ("notes", "initial_notes"):
        return (fee.rate or 0.0) * float(sum(note.balance for note in counted))
    if fee.base == "claim" and isinstance(deal.pool, AggregatePool):
        return (fee.rate or 0.0) * float(deal.pool.claim)
    if fee.base == "fixed" and fee.amount is not None:
        times = {"payment": 12 / MONTHS[deal.payment.frequency], "annual": 1.0, "once": 0.0}
        return float(fee.amount) * times[fee.frequency]
    return 0.0


def yearly_interest(deal: Deal, note: Note) -> float:
    """Return the first year's interest of a note at its first coupon, CNY."""
    return float(note.balance) * first_coupon(deal, note)


def first_coupon(deal: Deal, note: Note) -> float:
    coupon = note.coupon
    if isinstance(coupon, FixedCoupon):
        return coupon.rate
    if isinstance(coupon, StepCoupon):
        return coupon.steps[0].rate
    index = getattr(coupon, "index", None)
    if index is None:
        return 0.0
    points = (deal.curves or {}).get(index, ())
    return (points[0].rate if points else 0.0) + float(getattr(coupon, "spread", 0.0))


def derived_caps(setting: Setting) -> Iterator[Cap]:
    """Caps that follow from the model itself: liquidity, deferral, lumpy aggregate pool, back-up."""
    yield from liquidity_caps(setting)
    criteria, deal = setting.criteria, setting.deal
    for note in deal.notes:
        if note.deferrable and note.interest_promise != "none":
            yield Cap("deferral", criteria.text("constraints.deferrable"), "model",
                      "Interest may be deferred: it is rated as ultimate", note.name)  # fmt: skip
    pool = deal.pool
    if isinstance(pool, AggregatePool) and is_lumpy_unknown(criteria, pool):
        reason = "Lumpy pool without a vector of the largest expected recoveries"
        for note in deal.notes:
            yield Cap("aggregate_pool", criteria.text("aggregate.lumpy_cap"), "model", reason, note.name)  # fmt: skip


def liquidity_caps(setting: Setting) -> Iterator[Cap]:
    """Cap timely interest by months survived; a missing back-up servicer asks for more months."""
    criteria, scale = setting.criteria, setting.scale
    period = MONTHS[setting.deal.payment.frequency]
    caps = criteria.table("constraints.liquidity")
    servicing = setting.deal.servicing
    thin = criteria.number("constraints.no_backup_liquidity_months")
    for survival in survivals(setting):
        said = f"{survival.months:.1f} months survived without collections"
        if survival.months < 0.5 * period:
            yield Cap("liquidity", caps["below_half_period"][scale], "model", f"{said}, less than half a payment period", survival.note)  # fmt: skip
        elif survival.months < period:
            yield Cap("liquidity", caps["below_one_period"][scale], "model", f"{said}, less than one payment period", survival.note)  # fmt: skip
        if servicing is not None and servicing.backup is False and survival.months < thin:
            level = criteria.table("constraints.servicer")["no_backup_and_thin_liquidity"][scale]
            yield Cap("no_backup", level, "model", f"No back-up servicer and {said}", survival.note)


def is_lumpy_unknown(criteria: Criteria, pool: AggregatePool) -> bool:
    """Say whether the class is lumpy and nothing is known of its largest recoveries."""
    if pool.top_recoveries:
        return False
    return not criteria.table("aggregate.granular_without_loans")[pool.asset_class]
