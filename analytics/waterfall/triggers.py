"""Triggers as instructions: tests, latches, and the status of the deal that follows."""

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from analytics.kernels import waterfall as op
from analytics.structure.terms import (
    AccountBelow,
    CumulativeCollectionsBelow,
    DateReached,
    FormulaTest,
    InterestUnpaid,
    PlannedCollections,
    PrincipalOverdue,
    ProfitabilityBelow,
    ServicerDefault,
    Trigger,
)
from analytics.waterfall.accruals import Accruals

Floats = NDArray[np.float64]


class TriggerWriter:
    """Writes the triggers of one deal and knows which statuses they can lead to.

    Unpaid interest and overdue principal are always tested after payment: before it, every note
    has interest due.
    """

    def __init__(self, compiler: Accruals) -> None:
        self.compiler = compiler
        self.assembler = compiler.assembler
        self.shown: dict[int, str] = {}
        self.active = [t for t in compiler.expanded.triggers if self.can_stand(t)]
        for trigger in compiler.expanded.triggers:
            self.assembler.register(f"trigger:{trigger.name}")
        effects = {trigger.effect for trigger in self.active}
        self.leads = {status: status in effects for status in ("accelerated", "enforced")}
        self.statuses = ("amortising", *(status for status, leads in self.leads.items() if leads))

    def can_stand(self, trigger: Trigger) -> bool:
        """Leave out what cannot happen under these conditions; say so where data is missing."""
        if isinstance(trigger.test, ServicerDefault):
            return self.compiler.conditions.servicer_default is not None
        needs_plan = isinstance(trigger.test, CumulativeCollectionsBelow | ProfitabilityBelow)
        if needs_plan and trigger.plan is None and self.compiler.conditions.plan is None:
            self.compiler.warnings.append(
                f"The trigger {trigger.name!r} compares with planned collections, but no plan "
                "is given: it is not tested."
            )
            return False
        return True

    def test(self, when: str) -> None:
        a = self.assembler
        for trigger in self.active:
            if self.tested(trigger) != when:
                continue
            stands = a.register(f"trigger:{trigger.name}")
            found = self.write_test(trigger)
            if trigger.curable:
                a.emit(op.COPY, stands, found)
            else:
                a.emit(op.MAXIMUM, stands, stands, found)
            self.shown[len(a.steps) - 1] = trigger.name
            a.release()

    @staticmethod
    def tested(trigger: Trigger) -> str:
        is_late = isinstance(trigger.test, InterestUnpaid | PrincipalOverdue)
        return "after_payment" if is_late else trigger.when

    def write_test(self, trigger: Trigger) -> int:  # noqa: PLR0911 - one for each kind of test
        test = trigger.test
        if isinstance(test, CumulativeCollectionsBelow):
            return self.collections_below(trigger, test)
        if isinstance(test, ProfitabilityBelow):
            return self.profitability_below(trigger, test)
        if isinstance(test, InterestUnpaid):
            total = self.assembler.total([self.compiler.interest(name) for name in test.notes])
            return self.exceeds_half_fen(total)
        if isinstance(test, PrincipalOverdue):
            return self.overdue(test)
        if isinstance(test, AccountBelow):
            return self.account_below(test)
        if isinstance(test, FormulaTest):
            return self.compiler.formulas.write(test.formula)
        if isinstance(test, DateReached):
            return self.from_period(self.compiler.schedule.period_of(test.on))
        return self.from_period(self.compiler.conditions.servicer_default)

    def from_period(self, first: int | None) -> int:
        periods = np.arange(self.compiler.schedule.n_periods)
        reached = periods >= first if first is not None and first >= 0 else periods < 0
        return self.assembler.set_row(self.assembler.row(f"from_period:{first}", reached))

    def exceeds_half_fen(self, number: int) -> int:
        return self.assembler.combine(op.LESS, self.assembler.fixed(op.HALF_FEN), number)

    def overdue(self, test: PrincipalOverdue) -> int:
        k = self.compiler.note_numbers[test.note]
        schedule = self.compiler.schedule
        due = schedule.legal_final if test.by == "legal_final" else schedule.expected_maturity
        unpaid = self.exceeds_half_fen(self.compiler.balance(test.note))
        reached = self.from_period(int(due[k]))
        return self.assembler.combine(op.MINIMUM, unpaid, reached)

    def account_below(self, test: AccountBelow) -> int:
        target = self.assembler.register(f"target:{test.account}")
        wanted = self.compiler.scaled(target, float(test.share))
        held = self.compiler.pot(test.account)
        short = self.assembler.combine(op.SUBTRACT, wanted, held)
        return self.exceeds_half_fen(short)

    def collections_below(self, trigger: Trigger, test: CumulativeCollectionsBelow) -> int:
        a = self.assembler
        wanted = self.planned(trigger) * float(test.share)
        row = a.row(f"plan:{trigger.name}", wanted)
        return self.below(op.CUMULATIVE_NET, row)

    def below(self, found: int, row: int) -> int:
        to = self.assembler.temporary()
        self.assembler.emit(op.BELOW_ROW, to, found, row)
        return to

    def profitability_below(self, trigger: Trigger, test: ProfitabilityBelow) -> int:
        """Compare collections with the plan, both discounted to closing at the payment dates."""
        a = self.assembler
        discount = (1.0 + float(test.rate)) ** -self.compiler.schedule.years
        found = a.register(f"discounted:{trigger.name}")
        factor = a.row(f"discount:{test.rate}", discount)
        a.emit(op.ADD_SCALED, found, op.GROSS, factor)
        a.emit(op.ADD_SCALED, found, op.COSTS, a.row(f"minus_discount:{test.rate}", -discount))
        by_period = np.diff(self.planned(trigger), prepend=0.0)
        row = a.row(f"plan:{trigger.name}", np.cumsum(by_period * discount) * float(test.share))
        return self.below(found, row)

    def planned(self, trigger: Trigger) -> Floats:
        """Cumulative planned net collections at each payment date."""
        if trigger.plan is None:
            return np.cumsum(np.array(self.compiler.conditions.plan or (), dtype=np.float64))
        return interpolated(
            trigger.plan, self.compiler.schedule.cutoff, self.compiler.schedule.payment_dates
        )

    def set_status(self) -> None:
        """Set one guard register per status; the gravest status that a trigger asks for holds."""
        a = self.assembler
        if len(self.statuses) == 1:
            return
        graver = op.ZERO
        for status in ("enforced", "accelerated"):
            if not self.leads[status]:
                continue
            stands = a.register(f"stands:{status}")
            for trigger in self.active:
                if trigger.effect == status:
                    a.emit(op.MAXIMUM, stands, stands, a.register(f"trigger:{trigger.name}"))
                    if trigger.curable:
                        a.emit(op.COPY, stands, self.any_stands(status))
            guard = a.register(f"status:{status}")
            if graver == op.ZERO:
                a.emit(op.COPY, guard, stands)
            else:
                lighter = a.temporary()
                a.emit(op.NOT, lighter, graver)
                a.emit(op.MULTIPLY, guard, stands, lighter)
            graver = stands if graver == op.ZERO else a.combine(op.MAXIMUM, graver, stands)
        a.emit(op.NOT, a.register("status:amortising", 1.0), graver)
        a.release()

    def any_stands(self, status: str) -> int:
        a = self.assembler
        numbers = [a.register(f"trigger:{t.name}") for t in self.active if t.effect == status]
        most = numbers[0]
        for number in numbers[1:]:
            most = a.combine(op.MAXIMUM, most, number)
        return most

    def guard(self, status: str) -> int:
        if len(self.statuses) == 1:
            return op.ONE
        return self.assembler.register(f"status:{status}")


def interpolated(plan: Sequence[PlannedCollections], cutoff: date, dates: Sequence[date]) -> Floats:
    """Read a cumulative plan at the payment dates, linear between its own dates."""
    days = [0, *((point.to - cutoff).days for point in plan)]
    amounts = [0.0, *(float(point.amount) for point in plan)]
    return np.interp([(on - cutoff).days for on in dates], days, amounts)
