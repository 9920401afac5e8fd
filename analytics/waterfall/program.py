"""The compiled form of a deal: an integer program, a table by period, registers with names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

OUTCOMES = (
    "unpaid_timely_interest",
    "unpaid_interest",
    "unpaid_principal",
    "unpaid_principal_at_expected",
    "principal_time",
    "redeemed_period",
    "principal_paid",
    "interest_paid",
    "residual_paid",
)
TOLERANCE = 0.005  # half a fen: smaller amounts are rounding, not shortfall


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What a stress changes in the deal itself; collections are stressed before they come here.

    cost_multiple, fee_multiple : factors on work-out costs and on fees.
    rate_shock : added to every index (a fraction a year).
    fx_shock : rise of a foreign currency against the deal's.
    costs_first : disposal costs rank first whatever the deal says (method.md 8).
    servicer_default : payment period from which the servicer is in default; None: never.
    replacement_fee : fee of the replacement servicer, a share of gross collections, from then on.
    plan : planned net collections of each payment period; needed by collection triggers.
    providers_fail : providers of enhancement and hedges pay nothing.
    """

    cost_multiple: float = 1.0
    fee_multiple: float = 1.0
    rate_shock: float = 0.0
    fx_shock: float = 0.0
    costs_first: bool = False
    servicer_default: int | None = None
    replacement_fee: float = 0.0
    plan: tuple[float, ...] | None = None
    providers_fail: bool = False


NEUTRAL = Conditions()


@dataclass(frozen=True)
class Entry:
    """One line of the priority of payments: what an instruction belongs to."""

    status: str
    number: int
    kind: str
    name: str
    payee: str = ""


@dataclass(frozen=True)
class Program:
    """A deal ready to run. Arrays go to the kernel as they are.

    init : (n_registers,) values at closing.
    steps : (n_steps, 8) instructions of `analytics.kernels.waterfall`.
    table : (n_rows, n_periods) float64.
    registers : register numbers by name, such as ``balance:A`` or ``account:reserve``.
    outcome_registers : (n_outcomes, n_notes) registers that hold the outcomes in order `OUTCOMES`;
        in place of the redeemed period they count the periods that end with a balance.
    """

    code: str
    note_names: tuple[str, ...]
    balances: Floats
    is_timely: NDArray[np.bool_]
    has_expected_maturity: NDArray[np.bool_]
    payment_dates: tuple[date, ...]
    years: Floats
    init: Floats
    steps: Integers
    table: Floats
    registers: Mapping[str, int]
    rows: Mapping[str, int]
    outcome_registers: Integers
    origins: tuple[int, ...]
    entries: tuple[Entry, ...]
    trigger_tests: Mapping[int, str]
    accrual_end: int
    rounding: Literal["carry", "truncate"] = "carry"
    warnings: tuple[str, ...] = ()

    @property
    def n_periods(self) -> int:
        return len(self.payment_dates)

    @property
    def n_notes(self) -> int:
        return len(self.note_names)

    @property
    def n_registers(self) -> int:
        return len(self.init)

    @property
    def wanted(self) -> Integers:
        """(n_outcomes * n_notes,) outcome registers in one row, for kernels."""
        return np.ascontiguousarray(self.outcome_registers.reshape(-1))

    def register(self, name: str) -> int:
        return self.registers[name]


@dataclass(frozen=True)
class NoteOutcomes:
    """What each path did to each note: arrays (n_paths, n_notes), CNY unless said otherwise.

    unpaid_timely_interest : largest interest left unpaid on any payment date to legal final.
    unpaid_interest, unpaid_principal : left at the note's legal final.
    unpaid_principal_at_expected : left at the expected maturity; 0 where none is stated.
    principal_time : sum of principal paid times years from closing.
    redeemed_period : first payment period without balance; -1 where never.
    """

    unpaid_timely_interest: Floats
    unpaid_interest: Floats
    unpaid_principal: Floats
    unpaid_principal_at_expected: Floats
    principal_time: Floats
    redeemed_period: Floats
    principal_paid: Floats
    interest_paid: Floats
    residual_paid: Floats
    is_timely: NDArray[np.bool_]

    @property
    def total_paid(self) -> Floats:
        return self.principal_paid + self.interest_paid + self.residual_paid

    @property
    def misses_timely_interest(self) -> NDArray[np.bool_]:
        return (self.unpaid_timely_interest > TOLERANCE) & self.is_timely

    @property
    def has_shortfall(self) -> NDArray[np.bool_]:
        """Unpaid timely interest on any date, or principal or interest at legal final."""
        unpaid = (self.unpaid_principal > TOLERANCE) | (self.unpaid_interest > TOLERANCE)
        return unpaid | self.misses_timely_interest

    @property
    def loss(self) -> Floats:
        """Principal and interest not paid by legal final."""
        return self.unpaid_principal + self.unpaid_interest

    @property
    def wal_years(self) -> Floats:
        """Weighted average life of the principal paid; nan where none was."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.principal_time / self.principal_paid


def outcomes_of(program: Program, gathered: Floats) -> NoteOutcomes:
    """Name the outcomes: `gathered` is (n_outcomes * n_notes, n_paths) from the kernel."""
    by_note = gathered.reshape(len(OUTCOMES), program.n_notes, -1)
    arrays = {
        kind: np.ascontiguousarray(values.T) for kind, values in zip(OUTCOMES, by_note, strict=True)
    }
    outstanding = arrays["redeemed_period"]  # counted periods: the first without balance, or all
    arrays["redeemed_period"] = np.where(outstanding < program.n_periods, outstanding, -1.0)
    return NoteOutcomes(is_timely=program.is_timely, **arrays)
