"""From a deal to its program: what accrues, what is tested, who is paid in which order, what is kept.

One payment date is: collect, accrue, release reserves, test triggers, pay by status, test what is
tested after payment, record. `compile_waterfall` writes exactly that, once.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analytics.kernels import waterfall as op
from analytics.schedule import Schedule
from analytics.structure import DEFAULTS, Deal, FeeDefaults, expand
from analytics.structure.terms import (
    STATUSES,
    DisposalCostStep,
    Step,
)
from analytics.waterfall.accruals import Accruals
from analytics.waterfall.payments import PaymentWriter
from analytics.waterfall.program import NEUTRAL, OUTCOMES, Conditions, Entry, Program
from analytics.waterfall.triggers import TriggerWriter

Floats = NDArray[np.float64]


def compile_waterfall(
    deal: Deal,
    schedule: Schedule,
    conditions: Conditions = NEUTRAL,
    defaults: FeeDefaults = DEFAULTS,
) -> Program:
    """Write the program of a deal under given conditions; nothing is compiled to machine code."""
    return Compiler(expand(deal, defaults), schedule, conditions).program()


class Compiler(Accruals):
    """Write a program: the accruals, then tests and payments, then what is kept."""

    def program(self) -> Program:
        self.open_registers()
        triggers = TriggerWriter(self)
        self.collect()
        self.accrue()
        self.accrue_hedges()
        self.accrual_end = len(self.assembler.steps)
        self.release_accounts()
        triggers.test("before_payment")
        triggers.set_status()
        for status in STATUSES:
            self.write_status(status, triggers)
        triggers.test("after_payment")
        self.record()
        return self.finished(triggers)

    # ------------------------------------------------------------------ payments

    def write_status(self, status: str, triggers: TriggerWriter) -> None:
        """Write the steps of one status; they are skipped when no path of a block is in it."""
        if status not in triggers.statuses:
            return
        steps = getattr(self.expanded.waterfall, status) or self.expanded.waterfall.amortising
        a = self.assembler
        guard = triggers.guard(status)
        skip = len(a.steps)
        if guard != op.ONE:
            a.emit(op.SKIP_UNLESS, guard, 0)
        for number, step in enumerate(self.ordered(steps)):
            writer = PaymentWriter(self, step, guard)
            self.entries.append(Entry(status, number + 1, *writer.entry()))
            a.origin = len(self.entries) - 1
            writer.write()
            a.release()
        a.origin = -1
        if guard != op.ONE:
            a.steps[skip][2] = len(a.steps) - skip - 1

    def ordered(self, steps: Sequence[Step]) -> list[Step]:
        """Put disposal costs first where the conditions ask for it."""
        if not self.conditions.costs_first:
            return list(steps)
        costs = [step for step in steps if isinstance(step, DisposalCostStep)]
        first = [dataclasses.replace(step, source=step.source) for step in costs[:1]]
        return [*first, *costs[1:], *(s for s in steps if not isinstance(s, DisposalCostStep))]

    # ------------------------------------------------------------------ records

    def record(self) -> None:
        """Keep, after each payment date, what the outcomes need.

        What is left on the deal's last date needs no record: its own register holds it.
        """
        a = self.assembler
        periods = np.arange(self.schedule.n_periods)
        for k, note in enumerate(self.deal.notes):
            last, expected = self.schedule.legal_final[k], self.schedule.expected_maturity[k]
            if note.has_coupon:
                until = a.row(f"until:{last}", periods <= last)
                worst = a.register(f"unpaid_timely_interest:{note.name}")
                a.emit(op.SNAP_MAXIMUM, worst, self.interest(note.name), until)
            if last < self.schedule.n_periods - 1:
                for kind, left in (("interest", self.interest), ("principal", self.balance)):
                    kept = a.register(f"unpaid_{kind}:{note.name}")
                    at_final = a.row(f"period:{last}", periods == last)
                    a.emit(op.SNAP, kept, left(note.name), at_final)
            if note.expected_maturity is not None:
                late = a.register(f"unpaid_principal_at_expected:{note.name}")
                at_expected = a.row(f"period:{expected}", periods == expected)
                a.emit(op.SNAP, late, self.balance(note.name), at_expected)
            count = a.register(f"periods_outstanding:{note.name}")
            a.emit(op.OUTSTANDING, count, self.balance(note.name))

    def outcome_register(self, kind: str, note: str) -> int:
        """Return where an outcome stands; ZERO's number where the deal has nothing of it."""
        kept = {
            "unpaid_interest": "interest",
            "unpaid_principal": "balance",
            "redeemed_period": "periods_outstanding",
            "principal_paid": "paid_principal",
            "interest_paid": "paid_interest",
            "residual_paid": "residual",
        }
        known = self.assembler.registers
        fallback = known.get(f"{kept.get(kind, kind)}:{note}", op.ZERO)
        return known.get(f"{kind}:{note}", fallback)

    def finished(self, triggers: TriggerWriter) -> Program:
        a = self.assembler
        outcomes = [
            [self.outcome_register(kind, note.name) for note in self.deal.notes]
            for kind in OUTCOMES
        ]
        return Program(
            code=self.deal.code,
            note_names=tuple(note.name for note in self.deal.notes),
            balances=np.array([self.opening_balance(note) for note in self.deal.notes]),
            is_timely=np.array([note.interest_promise == "timely" for note in self.deal.notes]),
            has_expected_maturity=np.array(
                [note.expected_maturity is not None for note in self.deal.notes]
            ),
            payment_dates=self.schedule.payment_dates,
            years=self.schedule.years,
            init=np.array(a.init, dtype=np.float64),
            steps=np.array(a.steps, dtype=np.int64),
            table=np.ascontiguousarray(np.array(a.table, dtype=np.float64)),
            registers=dict(a.registers),
            rows=dict(a.rows),
            outcome_registers=np.array(outcomes, dtype=np.int64),
            origins=tuple(a.origins),
            entries=tuple(self.entries),
            trigger_tests=dict(triggers.shown),
            accrual_end=self.accrual_end,
            rounding=self.deal.payment.rounding,
            warnings=tuple(self.warnings),
        )
