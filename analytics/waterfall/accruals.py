"""What accrues between payment dates, and the registers by which the parts of a program know it."""

import numpy as np
from numpy.typing import NDArray

from analytics.errors import StructureError
from analytics.kernels import waterfall as op
from analytics.schedule import Schedule
from analytics.structure.presets import Expanded
from analytics.structure.terms import (
    Account,
    AggregatePool,
    Cap,
    Enhancement,
    Fee,
    FixedTarget,
    Hedge,
    MultipleTarget,
    Note,
    ShareTarget,
    Swap,
)
from analytics.waterfall.assembler import Assembler, FormulaWriter
from analytics.waterfall.program import Conditions, Entry
from analytics.waterfall.rates import coupon_factors, index_path, stepped

Floats = NDArray[np.float64]


def next_period(values: Floats) -> Floats:
    """Shift a row so that each period holds the value of the next; the last holds 0."""
    return np.append(values[1:], 0.0)


class Accruals:
    """Hold what the parts of a program share while they are written."""

    def __init__(self, expanded: Expanded, schedule: Schedule, conditions: Conditions) -> None:
        self.expanded = expanded
        self.deal = expanded.deal
        self.schedule = schedule
        self.conditions = conditions
        self.assembler = Assembler(schedule.n_periods)
        self.formulas = FormulaWriter(self.assembler, self.quantity)
        self.fees = {fee.name: fee for fee in expanded.fees}
        self.accounts = {account.name: account for account in expanded.accounts}
        self.note_numbers = {note.name: k for k, note in enumerate(self.deal.notes)}
        self.enhancements = {item.name or item.kind: item for item in self.deal.enhancements}
        self.hedges = {hedge.name: hedge for hedge in self.deal.hedges}
        self.entries: list[Entry] = []
        self.warnings = list(expanded.warnings)
        self.ledgers = tuple(x.name for x in expanded.waterfall.ledgers) or ("available",)
        self.paying = self.ledgers[0]
        self.accrual_end = 0

    # ------------------------------------------------------------------ registers by meaning

    def balance(self, note: str) -> int:
        return self.assembler.register(f"balance:{note}")

    def interest(self, note: str) -> int:
        return self.assembler.register(f"interest:{note}")

    def fee(self, name: str) -> int:
        return self.assembler.register(f"fee:{name}")

    def pot(self, name: str) -> int:
        """Return the register of a ledger or an account."""
        kind = "account" if name in self.accounts else "ledger"
        return self.assembler.register(f"{kind}:{name}")

    def opening_balance(self, note: Note) -> float:
        """Return the note's balance in the deal's currency, at the shocked rate of exchange."""
        balance = float(note.balance)
        if note.currency and note.currency != self.deal.currency:
            return balance * float(note.fx_rate or 1.0) * (1.0 + self.conditions.fx_shock)
        return balance

    def open_registers(self) -> None:
        a = self.assembler
        for note in self.deal.notes:
            a.register(f"balance:{note.name}", self.opening_balance(note))
            for kind in ("interest", "paid_interest", "paid_principal"):
                a.register(f"{kind}:{note.name}")
        for ledger in self.ledgers:
            a.register(f"ledger:{ledger}")
        for account in self.expanded.accounts:
            a.register(f"account:{account.name}", float(account.initial))
            a.register(f"target:{account.name}")
        for fee in self.expanded.fees:
            a.register(f"fee:{fee.name}")
            a.register(f"paid_fee:{fee.name}")
        for name, item in self.enhancements.items():
            a.register(f"facility:{name}", float(item.limit or 0))
            a.register(f"drawn:{name}")
            a.register(f"facility_due:{name}")
        a.register("paid_costs")

    # ------------------------------------------------------------------ before payment

    def collect(self) -> None:
        a = self.assembler
        ledgers = self.expanded.waterfall.ledgers
        to = a.register("shared_gross") if ledgers else self.pot("available")
        a.emit(op.COLLECT, a.constant(self.conditions.cost_multiple), to)
        for ledger in ledgers:
            a.emit(op.ADD_SCALED, self.pot(ledger.name), op.GROSS, a.constant(float(ledger.share)))

    def accrue(self) -> None:
        a = self.assembler
        for k, note in enumerate(self.deal.notes):
            if note.has_coupon:
                factors = coupon_factors(self.deal, self.schedule, k, self.conditions.rate_shock)
                row = a.row(f"coupon:{note.name}", factors)
                unpaid = row if note.interest_on_unpaid else a.constant(0.0)
                a.emit(op.ACCRUE, self.interest(note.name), self.balance(note.name), row, unpaid)
        for fee in self.expanded.fees:
            self.accrue_fee(fee)
        for name, item in self.enhancements.items():
            self.accrue_enhancement(name, item)
        a.release()

    def accrue_fee(self, fee: Fee) -> None:  # noqa: C901 - one branch for each base
        a = self.assembler
        due = self.fee(fee.name)
        if not fee.carry_forward:
            a.emit(op.COPY, due, op.ZERO)
        elif fee.carry_rate:
            rates = np.asarray(self.fee_fractions(fee) * float(fee.carry_rate))
            a.emit(op.ACCRUE, due, op.ZERO, a.constant(0.0), a.row(f"carry:{fee.name}", rates))
        if fee.base in ("collections", "net_collections"):
            taken = op.GROSS
            if fee.base == "net_collections":
                net = a.combine(op.SUBTRACT, op.GROSS, op.COSTS)
                taken = a.combine(op.MAXIMUM, net, op.ZERO)
            a.emit(op.ADD_SCALED, due, taken, a.row(f"fee:{fee.name}", self.fee_factors(fee)))
        elif fee.base == "notes":
            row = a.row(f"fee:{fee.name}", self.fee_factors(fee))
            for note in self.counted(fee.notes):
                a.emit(op.ADD_SCALED, due, self.balance(note.name), row)
        elif fee.base == "formula":
            amount = self.formulas.write(fee.formula or "0")
            multiple = a.constant(self.conditions.fee_multiple)
            a.emit(op.ADD_SCALED, due, amount, multiple)
        else:
            a.emit(op.ACCRUE_FIXED, due, a.row(f"fee:{fee.name}", self.fee_factors(fee)))
        if self.is_replaced_servicer(fee):
            a.emit(op.ADD_SCALED, due, op.GROSS, self.replacement_row())
        self.write_fee_cap(fee)

    def counted(self, names: tuple[str, ...] | None) -> tuple[Note, ...]:
        return tuple(note for note in self.deal.notes if names is None or note.name in names)

    def fee_fractions(self, fee: Fee) -> Floats:
        """Year fractions of a fee: its own day count where a note shares it, else the deal's."""
        for k, note in enumerate(self.deal.notes):
            if fee.day_count and fee.day_count == note.day_count:
                return np.asarray(self.schedule.year_fractions[k])
        return self.schedule.fee_year_fractions

    def fee_factors(self, fee: Fee) -> Floats:  # noqa: PLR0911 - one for each base
        """Amount of each period, or its factor on the base, under the fee multiple."""
        multiple = self.conditions.fee_multiple
        rate = float(fee.rate or 0.0)
        ones = np.ones(self.schedule.n_periods)
        if fee.base in ("collections", "net_collections"):
            return np.asarray(ones * rate * multiple)
        if fee.base == "notes":
            return np.asarray(self.fee_fractions(fee) * rate * multiple)
        if fee.base == "initial_notes":
            total = sum(self.opening_balance(note) for note in self.counted(fee.notes))
            return np.asarray(self.fee_fractions(fee) * rate * multiple * total)
        if fee.base == "claim":
            return np.asarray(self.fee_fractions(fee) * rate * multiple * self.claim())
        amount = float(fee.amount or 0) * multiple
        if fee.frequency == "annual":
            return np.asarray(self.fee_fractions(fee) * amount)
        if fee.frequency == "once":
            return np.asarray(np.eye(1, self.schedule.n_periods)[0] * amount)
        return np.asarray(ones * amount)

    def claim(self) -> float:
        pool = self.deal.pool
        if isinstance(pool, AggregatePool):
            return float(pool.claim)
        msg = "A fee on the claim needs an aggregate pool; a tape's claim is not in the deal file."
        raise StructureError(msg, "fees")

    def is_replaced_servicer(self, fee: Fee) -> bool:
        return (
            bool(self.conditions.replacement_fee)
            and self.conditions.servicer_default is not None
            and fee is self.replacement_payee()
        )

    def replacement_payee(self) -> Fee:
        """Return the fee that grows when the servicer is replaced: the servicer's, else the last."""
        for fee in self.expanded.fees:
            if "servic" in f"{fee.payee} {fee.name}".lower() or "服务" in f"{fee.payee}{fee.name}":
                return fee
        if not self.expanded.fees:
            msg = "A replacement servicer needs a fee that the order of payments pays."
            raise StructureError(msg, "fees")
        return self.expanded.fees[-1]

    def replacement_row(self) -> int:
        since = np.arange(self.schedule.n_periods) >= (self.conditions.servicer_default or 0)
        return self.assembler.row("replacement_fee", since * self.conditions.replacement_fee)

    def write_fee_cap(self, fee: Fee) -> None:
        """Set the most that a fee may receive on this date; payments reduce it."""
        if fee.cap is None:
            return
        a = self.assembler
        name = f"fee_cap:{fee.name}"
        lifetime = fee.cap.lifetime
        most = self.cap_amount(fee.cap)
        if lifetime is None:
            a.emit(op.COPY, a.register(name), most)
            return
        left = a.register(name, float(lifetime))
        if most != op.ZERO:  # else what is left of the lifetime cap simply runs down
            spent = a.register(f"paid_fee:{fee.name}")
            a.emit(op.MINIMUM, left, most, a.combine(op.SUBTRACT, a.fixed(float(lifetime)), spent))

    def cap_amount(self, cap: Cap) -> int:
        """Return a register with the smallest of a cap's limits by date; ZERO's number for none."""
        a = self.assembler
        limits: list[int] = []
        if cap.per_period is not None:
            limits.append(a.fixed(float(cap.per_period)))
        if cap.share_of_collections is not None:
            limits.append(self.scaled(op.GROSS, float(cap.share_of_collections)))
        if cap.share_of_notes is not None:
            notes = a.total([self.balance(note.name) for note in self.deal.notes])
            limits.append(self.scaled(notes, float(cap.share_of_notes)))
        if cap.formula is not None:
            limits.append(self.formulas.write(cap.formula))
        if not limits:
            return op.ZERO
        least = limits[0]
        for limit in limits[1:]:
            least = a.combine(op.MINIMUM, least, limit)
        return least

    def scaled(self, register: int, factor: float) -> int:
        a = self.assembler
        to = a.temporary()
        a.emit(op.SCALE, to, register, a.constant(factor))
        return to

    def accrue_enhancement(self, name: str, item: Enhancement) -> None:
        """Accrue a facility's fee on what is undrawn and interest on what is drawn."""
        a = self.assembler
        due = a.register(f"facility_due:{name}")
        fractions = self.schedule.fee_year_fractions
        if item.fee:
            row = a.row(f"facility_fee:{name}", fractions * float(item.fee))
            a.emit(op.ADD_SCALED, due, a.register(f"facility:{name}"), row)
        if item.rate:
            row = a.row(f"facility_rate:{name}", fractions * float(item.rate))
            a.emit(op.ADD_SCALED, due, a.register(f"drawn:{name}"), row)

    def accrue_hedges(self) -> None:
        """Fix each hedge's net payment: what is received joins the first ledger, the rest is due."""
        a = self.assembler
        for hedge in self.deal.hedges:
            net = a.temporary()
            a.emit(op.COPY, net, op.ZERO)
            factor = a.row(f"hedge:{hedge.name}", self.hedge_factors(hedge))
            if hedge.note is not None:
                a.emit(op.ADD_SCALED, net, self.balance(hedge.note), factor)
            else:
                notional = stepped(hedge.schedule or (), self.schedule, 0.0)
                a.emit(
                    op.ADD_SCALED, net, a.set_row(a.row(f"notional:{hedge.name}", notional)), factor
                )
            received = a.combine(op.MAXIMUM, net, op.ZERO)
            a.emit(op.ADD, self.pot(self.ledgers[0]), self.pot(self.ledgers[0]), received)
            total = a.register(f"hedge_received:{hedge.name}")
            a.emit(op.ADD, total, total, received)
            owed = a.combine(op.SUBTRACT, received, net)
            due = a.register(f"hedge_due:{hedge.name}")
            a.emit(op.ADD, due, due, owed)
            a.release()

    def hedge_factors(self, hedge: Hedge) -> Floats:
        shock = self.conditions.rate_shock
        index = index_path(self.deal, self.schedule, hedge.index, shock)
        if isinstance(hedge, Swap):
            rates = index - float(hedge.fixed_rate)
        else:
            rates = np.maximum(index - float(hedge.strike), 0.0)
        alive = np.ones(self.schedule.n_periods)
        if self.conditions.providers_fail:
            alive[:] = 0.0
        elif hedge.provider_default is not None:
            alive = np.array([on < hedge.provider_default for on in self.schedule.accrual_dates])
        fractions = self.schedule.fee_year_fractions
        if hedge.note is not None:
            fractions = self.schedule.year_fractions[self.note_numbers[hedge.note]]
        return np.asarray(rates * alive * fractions)

    # ------------------------------------------------------------------ accounts

    def release_accounts(self) -> None:
        """Let accounts that release join the first ledger at the start of a payment date."""
        a = self.assembler
        for account in self.expanded.accounts:
            if account.release == "never":
                continue
            target = op.ZERO
            if account.release == "excess":
                target = self.write_target(account)
            a.emit(op.RELEASE, self.pot(account.name), target, self.pot(self.ledgers[0]))
            a.release()

    def write_target(self, account: Account) -> int:
        """Compute an account's target now; it is zero once what it covers is repaid."""
        a = self.assembler
        target = a.register(f"target:{account.name}")
        amount = self.target_amount(account)
        if account.floor is not None:
            amount = a.combine(op.MAXIMUM, amount, a.fixed(float(account.floor)))
        covered = op.ONE
        if account.covers:
            covered = a.total([self.balance(name) for name in account.covers])
        needed = np.ones(self.schedule.n_periods)
        if account.release != "never":
            needed[-1] = 0.0  # on the last date all that is held belongs to the waterfall
        row = a.row(f"needed:{account.release == 'never'}", needed)
        a.emit(op.REQUIRE, target, amount, covered, row)
        return target

    def target_amount(self, account: Account) -> int:
        a = self.assembler
        target = account.target
        if target is None:
            return op.ZERO
        if isinstance(target, FixedTarget):
            return a.fixed(float(target.amount))
        if isinstance(target, ShareTarget):
            notes = self.counted(target.notes)
            if target.initial:
                total = sum(self.opening_balance(note) for note in notes)
                return a.fixed(total * float(target.share))
            return self.scaled(a.total([self.balance(note.name) for note in notes]), target.share)
        if isinstance(target, MultipleTarget):
            return self.next_costs(target)
        return self.formulas.write(target.formula)

    def next_costs(self, target: MultipleTarget) -> int:
        """Multiple of next period's fees that accrue with time and of the interest covered."""
        a = self.assembler
        names = target.notes or tuple(note.name for note in self.deal.ranks[0])
        total = a.temporary()
        a.emit(op.COPY, total, op.ZERO)
        self.add_next_fees(total, target.fees)
        for name in names:
            self.add_next_interest(total, name)
        a.emit(op.SCALE, total, total, a.constant(float(target.multiple)))
        return total

    def add_next_fees(self, total: int, names: tuple[str, ...] | None) -> None:
        a = self.assembler
        for fee in self.expanded.fees:
            if names is not None and fee.name not in names:
                continue
            if fee.base not in ("notes", "initial_notes", "claim", "fixed"):
                continue
            row = a.row(f"next_fee:{fee.name}", next_period(self.fee_factors(fee)))
            if fee.base == "notes":
                for note in self.counted(fee.notes):
                    a.emit(op.ADD_SCALED, total, self.balance(note.name), row)
            else:
                a.emit(op.ADD_ROW, total, total, row)

    def add_next_interest(self, total: int, name: str) -> None:
        a = self.assembler
        k = self.note_numbers[name]
        if not self.deal.notes[k].has_coupon:
            return
        factors = coupon_factors(self.deal, self.schedule, k, self.conditions.rate_shock)
        row = a.row(f"next_coupon:{name}", next_period(factors))
        a.emit(op.ADD_SCALED, total, self.balance(name), row)

    # ------------------------------------------------------------------ formulas

    def quantity(self, function: str, name: str) -> int:
        """Return the register of a quantity that a formula names."""
        a = self.assembler
        plain = {
            "collections": op.GROSS,
            "cumulative_collections": op.CUMULATIVE_GROSS,
            "cumulative_net_collections": op.CUMULATIVE_NET,
        }
        if function in plain:
            return plain[function]
        named = {
            "balance": "balance",
            "interest_due": "interest",
            "target": "target",
            "fee_due": "fee",
            "fee_paid": "paid_fee",
            "drawn": "drawn",
            "trigger": "trigger",
        }
        if function in named:
            return a.register(f"{named[function]}:{name}")
        if function == "claim":
            return a.fixed(self.claim())
        if function == "initial_balance":
            return a.fixed(self.opening_balance(self.deal.note(name)))
        if function in ("available", "held"):
            return self.pot(name or self.paying)
        return self.derived_quantity(function, name)

    def derived_quantity(self, function: str, name: str) -> int:
        """Compute a quantity that no register holds."""
        a = self.assembler
        if function == "net_collections":
            return a.combine(op.SUBTRACT, op.GROSS, op.COSTS)
        if function == "notes_balance":
            return a.total([self.balance(note.name) for note in self.deal.notes])
        if function in ("next_fees", "next_interest"):
            total = a.temporary()
            a.emit(op.COPY, total, op.ZERO)
            if function == "next_fees":
                self.add_next_fees(total, None)
            else:
                self.add_next_interest(total, name)
            return total
        return a.set_row(self.known_row(function))

    def known_row(self, function: str) -> int:
        a = self.assembler
        if function == "years":
            return a.row("years", self.schedule.years)
        if function == "period":
            return a.row("period", np.arange(1.0, self.schedule.n_periods + 1))
        if function == "cumulative_plan":
            plan = self.conditions.plan
            values = np.zeros(self.schedule.n_periods) if plan is None else np.cumsum(plan)
            return a.row("cumulative_plan", values)
        msg = f"The engine does not know the quantity {function!r}."
        raise StructureError(msg)
