"""One step of the priority of payments as instructions."""

from collections.abc import Callable
from typing import Any

import numpy as np

from analytics.errors import StructureError
from analytics.kernels import waterfall as op
from analytics.structure.terms import (
    DisposalCostStep,
    DrawStep,
    FeeStep,
    HedgeStep,
    InterestStep,
    PrincipalStep,
    RepayStep,
    ResidualStep,
    ShareStep,
    Step,
    TopUpStep,
    TransferStep,
)
from analytics.waterfall.accruals import Accruals
from analytics.waterfall.rates import stepped


class PaymentWriter:
    """Writes one step: from which ledger, under which guard, within which cap."""

    def __init__(self, compiler: Accruals, step: Step, status_guard: int) -> None:
        self.compiler = compiler
        self.assembler = compiler.assembler
        self.step = step
        self.status_guard = status_guard
        self.source = op.ZERO if isinstance(step, DrawStep) else compiler.pot(step.source)
        self.guard = op.ONE
        self.cap = op.ZERO

    def entry(self) -> tuple[str, str, str]:  # noqa: PLR0911 - one for each kind of step
        """Kind, name and payee of the step, for the audit view."""
        step = self.step
        kind = step.tag[1] if step.tag else ""
        if isinstance(step, FeeStep):
            payees = {self.compiler.fees[name].payee for name in step.fees}
            return kind, " + ".join(step.fees), " + ".join(sorted(payees))
        if isinstance(step, InterestStep | PrincipalStep):
            return kind, " + ".join(step.notes), "noteholders"
        if isinstance(step, ShareStep):
            return kind, step.name, step.payee
        if isinstance(step, ResidualStep):
            return kind, step.payee, step.payee
        if isinstance(step, DisposalCostStep):
            return kind, kind, "servicer"
        for key in ("account", "to", "enhancement", "hedge"):
            if hasattr(step, key):
                return kind, str(getattr(step, key)), ""
        return kind, kind, ""

    def write(self) -> None:
        self.compiler.paying = self.step.source
        self.guard = self.write_guard()
        if self.step.cap is not None:
            self.cap = self.step_cap()
        writers: dict[type[Any], Callable[[Any], None]] = {
            FeeStep: self.pay_fees,
            DisposalCostStep: self.pay_costs,
            InterestStep: self.pay_interest,
            PrincipalStep: self.pay_principal,
            TopUpStep: self.top_up,
            TransferStep: self.transfer,
            ShareStep: self.share,
            RepayStep: self.repay,
            DrawStep: self.draw,
            HedgeStep: self.pay_hedge,
            ResidualStep: self.pay_residual,
        }
        writers[type(self.step)](self.step)

    def write_guard(self) -> int:
        """Combine the status with the step's own conditions."""
        a = self.assembler
        guard = self.status_guard
        for text, stands in ((self.step.only_if, True), (self.step.unless, False)):
            if text is None:
                continue
            found = self.condition(text)
            if not stands:
                opposite = a.temporary()
                a.emit(op.NOT, opposite, found)
                found = opposite
            guard = found if guard == op.ONE else a.combine(op.MULTIPLY, guard, found)
        return guard

    def condition(self, text: str) -> int:
        register = self.assembler.registers.get(f"trigger:{text}")
        return self.compiler.formulas.write(text) if register is None else register

    def step_cap(self) -> int:
        """Return a register with the most that this step pays on this date."""
        a = self.assembler
        cap = self.step.cap
        if cap is None:
            return op.ZERO
        most = self.compiler.cap_amount(cap)
        limit = a.temporary()
        if cap.lifetime is not None:
            spent = a.register(f"step_paid:{a.origin}")
            a.emit(op.SUBTRACT, limit, a.fixed(float(cap.lifetime)), spent)
            if most != op.ZERO:
                a.emit(op.MINIMUM, limit, limit, most)
        else:
            a.emit(op.COPY, limit, most)
        return limit

    def pay(self, due: int, paid: int) -> None:
        """Pay one claim within the step's cap."""
        a = self.assembler
        if self.cap == op.ZERO:
            a.emit(op.PAY, self.source, due, paid, self.guard)
            return
        before = a.temporary()
        a.emit(op.COPY, before, paid)
        a.emit(op.PAY_CAPPED, self.source, due, paid, self.guard, self.cap)
        if self.step.cap is not None and self.step.cap.lifetime is not None:
            spent = a.register(f"step_paid:{a.origin}")
            a.emit(op.ADD, spent, spent, a.combine(op.SUBTRACT, paid, before))

    def pay_together(self, claims: list[tuple[int, int]]) -> None:
        """Pay several claims pari passu: the same share of each."""
        if len(claims) == 1:
            self.pay(*claims[0])
            return
        if self.step.cap is not None:
            msg = "A cap needs a step with one payee; split the step."
            raise StructureError(msg, "waterfall")
        a = self.assembler
        total = a.total([due for due, _ in claims])
        ratio = a.temporary()
        a.emit(op.RATIO, ratio, self.source, total)
        for due, paid in claims:
            a.emit(op.PAY_RATIO, self.source, due, paid, self.guard, ratio)

    # ------------------------------------------------------------------ kinds of step

    def pay_fees(self, step: FeeStep) -> None:
        a = self.assembler
        fees = [self.compiler.fees[name] for name in step.fees]
        if any(fee.cap for fee in fees):
            self.pay_capped_fee(step)
            return
        self.pay_together(
            [(self.compiler.fee(fee.name), a.register(f"paid_fee:{fee.name}")) for fee in fees]
        )

    def pay_capped_fee(self, step: FeeStep) -> None:
        a = self.assembler
        if len(step.fees) > 1:
            msg = "A capped fee needs a step of its own."
            raise StructureError(msg, "waterfall")
        name = step.fees[0]
        due, paid = self.compiler.fee(name), a.register(f"paid_fee:{name}")
        cap = a.register(f"fee_cap:{name}")
        if self.cap == op.ZERO:
            a.emit(op.PAY_CAPPED, self.source, due, paid, self.guard, cap)
            return
        least = a.combine(op.MINIMUM, cap, self.cap)
        before = a.temporary()
        a.emit(op.COPY, before, paid)
        a.emit(op.PAY_CAPPED, self.source, due, paid, self.guard, least)
        a.emit(op.SUBTRACT, cap, cap, a.combine(op.SUBTRACT, paid, before))

    def pay_costs(self, _: DisposalCostStep) -> None:
        self.pay(op.COSTS_DUE, self.assembler.register("paid_costs"))

    def pay_interest(self, step: InterestStep) -> None:
        a = self.assembler
        self.pay_together(
            [(self.compiler.interest(n), a.register(f"paid_interest:{n}")) for n in step.notes]
        )

    def pay_principal(self, step: PrincipalStep) -> None:
        a = self.assembler
        limits = {name: self.most_principal(name) for name in step.notes}
        is_plain = step.amount is None and self.cap == op.ZERO
        if len(step.notes) == 1 and is_plain and limits[step.notes[0]] == op.ONE:
            a.emit(op.PAY_PRINCIPAL, self.source, *self.principal_operands(step.notes[0]))
            return
        wanted = {name: self.limited(name, limit) for name, limit in limits.items()}
        budget = self.principal_budget(step)
        total = a.total(list(wanted.values()))
        ratio = a.temporary()
        a.emit(op.RATIO, ratio, budget, total)
        for name, most in wanted.items():
            share = a.combine(op.MULTIPLY, most, ratio)
            a.emit(op.PAY_UP_TO, self.source, *self.principal_operands(name), share)

    def principal_operands(self, name: str) -> tuple[int, int, int, int, int]:
        a = self.assembler
        return (
            self.compiler.balance(name),
            a.register(f"paid_principal:{name}"),
            self.guard,
            a.register(f"principal_time:{name}"),
            a.row("years", self.compiler.schedule.years),
        )

    def principal_budget(self, step: PrincipalStep) -> int:
        a = self.assembler
        budget = a.temporary()
        a.emit(op.COPY, budget, self.source)
        if step.amount is not None:
            amount = self.compiler.formulas.write(step.amount)
            a.emit(op.MINIMUM, budget, budget, a.combine(op.MAXIMUM, amount, op.ZERO))
        if self.cap != op.ZERO:
            a.emit(op.MINIMUM, budget, budget, a.combine(op.MAXIMUM, self.cap, op.ZERO))
        return budget

    def most_principal(self, name: str) -> int:
        """Return a register with what may be paid now, ONE's number when there is no limit."""
        a = self.assembler
        note = self.compiler.deal.note(name)
        if note.lockout_until is None and note.target_balances is None:
            return op.ONE
        schedule = self.compiler.schedule
        balance = self.compiler.balance(name)
        most = a.temporary()
        if note.target_balances is None:
            a.emit(op.COPY, most, balance)
        else:
            before = self.compiler.opening_balance(note)
            targets = a.row(
                f"target_balance:{name}", stepped(note.target_balances, schedule, before)
            )
            a.emit(op.SUBTRACT, most, balance, a.set_row(targets))
            a.emit(op.MAXIMUM, most, most, op.ZERO)
        if note.lockout_until is not None:
            is_open = np.array([on >= note.lockout_until for on in schedule.accrual_dates])
            a.emit(op.SCALE, most, most, a.row(f"open:{name}", is_open))
        return most

    def limited(self, name: str, limit: int) -> int:
        return self.compiler.balance(name) if limit == op.ONE else limit

    def top_up(self, step: TopUpStep) -> None:
        a = self.assembler
        account = self.compiler.accounts[step.account]
        target = self.compiler.write_target(account)
        a.emit(op.TOP_UP, self.source, self.compiler.pot(account.name), target, self.guard)

    def transfer(self, step: TransferStep) -> None:
        a = self.assembler
        to = self.compiler.pot(step.to)
        if step.amount is None and self.cap == op.ZERO:
            a.emit(op.SWEEP, self.source, to, self.guard)
            return
        amount = self.cap
        if step.amount is not None:
            amount = self.compiler.formulas.write(step.amount)
            if self.cap != op.ZERO:
                amount = a.combine(op.MINIMUM, amount, self.cap)
        a.emit(op.TRANSFER, self.source, to, amount, self.guard)

    def share(self, step: ShareStep) -> None:
        a = self.assembler
        to = a.register(f"share:{step.name}")
        a.emit(op.SHARE, self.source, to, a.constant(float(step.rate)), self.guard)

    def pay_residual(self, step: ResidualStep) -> None:
        to = self.assembler.register(f"residual:{step.payee}")
        self.assembler.emit(op.SWEEP, self.source, to, self.guard)

    def pay_hedge(self, step: HedgeStep) -> None:
        a = self.assembler
        self.pay(a.register(f"hedge_due:{step.hedge}"), a.register(f"hedge_paid:{step.hedge}"))

    def repay(self, step: RepayStep) -> None:
        """Repay a facility: fee and interest first, then drawings, which may be drawn again."""
        a = self.assembler
        name = step.enhancement
        paid = a.register(f"facility_paid:{name}")
        self.pay(a.register(f"facility_due:{name}"), paid)
        before = a.temporary()
        repaid = a.register(f"facility_repaid:{name}")
        a.emit(op.COPY, before, repaid)
        self.pay(a.register(f"drawn:{name}"), repaid)
        if self.compiler.enhancements[name].revolving:
            left = a.register(f"facility:{name}")
            a.emit(op.ADD, left, left, a.combine(op.SUBTRACT, repaid, before))

    def draw(self, step: DrawStep) -> None:
        """Let the provider pay what the waterfall left unpaid, within the limit and until expiry."""
        a = self.assembler
        item = self.compiler.enhancements[step.enhancement]
        guard = a.combine(op.MULTIPLY, self.guard, a.set_row(self.draw_row(step)))
        left, drawn = a.register(f"facility:{step.enhancement}"), f"drawn:{step.enhancement}"
        owed = a.register(
            drawn if item.kind == "liquidity_facility" else f"claimed:{step.enhancement}"
        )
        for name in step.fees:
            a.emit(
                op.DRAW, left, self.compiler.fee(name), a.register(f"paid_fee:{name}"), guard, owed
            )
        for name in step.interest:
            paid = a.register(f"paid_interest:{name}")
            a.emit(op.DRAW, left, self.compiler.interest(name), paid, guard, owed)
        for name in step.principal:
            k = self.compiler.note_numbers[name]
            last = int(self.compiler.schedule.legal_final[k])
            at_final = np.arange(self.compiler.schedule.n_periods) >= last
            now = a.combine(op.MULTIPLY, guard, a.set_row(a.row(f"from_period:{last}", at_final)))
            paid = a.register(f"paid_principal:{name}")
            before = a.temporary()
            a.emit(op.COPY, before, paid)
            a.emit(op.DRAW, left, self.compiler.balance(name), paid, now, owed)
            time, years = self.principal_operands(name)[3:]
            a.emit(op.ADD_SCALED, time, a.combine(op.SUBTRACT, paid, before), years)

    def draw_row(self, step: DrawStep) -> int:
        item = self.compiler.enhancements[step.enhancement]
        dates = self.compiler.schedule.accrual_dates
        is_funded = item.kind == "cash_collateral_account"  # its cash is there already
        can = np.array(
            [
                (item.expiry is None or on <= item.expiry)
                and (is_funded or item.provider_default is None or on < item.provider_default)
                and (is_funded or not self.compiler.conditions.providers_fail)
                for on in dates
            ]
        )
        return self.assembler.row(f"can_draw:{step.enhancement}", can)
