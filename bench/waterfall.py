"""The waterfall of one deal, five ways, timed in one interleaved run.

The block interpreter of the engine against NumPy over all paths, plain Python, plain object-oriented
Python and a kernel written by hand for this deal alone. All must give the same answers. Goals
(issue 5): at least 5 times NumPy, 500 times Python, 1,000 times objects, at most 2 times by hand.
"""

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit  # noqa: TID251 - the kernel by hand stands here to be compared with
from numpy.typing import NDArray

from analytics.schedule import build_schedule
from analytics.structure import parse_deal
from analytics.waterfall import Conditions, Program, compile_waterfall, run_waterfall
from analytics.waterfall.breakeven import Scaler, breakeven_quantiles

Floats = NDArray[np.float64]

N_PERIODS = 60
WIDTH = 64
PLANNED = 1_000_000_000.0
A0, B0, C0 = 550_000_000.0, 100_000_000.0, 50_000_000.0
RATE_A, RATE_B = 0.03 / 12, 0.07 / 12
TAX, TRUSTEE, SERVICING, SERVICING_CAP = 0.003, 400_000.0, 0.04, 25_000_000.0
RESERVE, SHARE, FLOOR = 10_000_000.0, 0.03, 2_000_000.0
TRIGGER, EXCESS = 0.6, 0.2
OUTCOMES = (
    *("unpaid principal A", "unpaid principal B", "unpaid principal C"),
    *("largest unpaid interest A", "largest unpaid interest B"),
    *("principal time A", "principal time B", "principal time C"),
    *("interest paid A", "interest paid B"),
    *("periods outstanding A", "periods outstanding B", "periods outstanding C"),
    "residual",
)

DEAL: dict[str, Any] = {
    "format": "npl-deal/1",
    "code": "BENCH",
    "names": {"en": "Benchmark deal (synthetic)"},
    "currency": "CNY",
    "scale": "cn",
    "dates": {"cutoff": "2024-12-31", "closing": "2025-01-26", "legal_final": "2030-01-26"},
    "payment": {"frequency": "M", "day": 26, "day_count": "30/360"},
    "pool": {
        "kind": "aggregate",
        "asset_class": "sme_mixed",
        "claim": "2000000000.00",
        "forecasts": [
            {"source": "synthetic", "scenario": "base", "basis": "gross", "amount": "1000000000.00"}
        ],
    },
    "notes": [
        {
            "name": "A",
            "rank": 1,
            "balance": "550000000.00",
            "coupon": {"kind": "fixed", "rate": 0.03},
        },
        {
            "name": "B",
            "rank": 2,
            "balance": "100000000.00",
            "coupon": {"kind": "fixed", "rate": 0.07},
            "deferrable": True,
            "interest_on_unpaid": True,
        },
        {"name": "C", "rank": 3, "balance": "50000000.00", "coupon": {"kind": "none"}},
    ],
    "fees": [
        {"name": "taxes", "payee": "state", "base": "collections", "rate": TAX},
        {"name": "trustee", "payee": "trustee", "base": "fixed", "amount": "400000.00"},
        {
            "name": "servicing",
            "payee": "servicer",
            "base": "collections",
            "rate": SERVICING,
            "cap": {"lifetime": "25000000.00"},
        },
    ],
    "accounts": [
        {
            "name": "reserve",
            "initial": "10000000.00",
            "target": {"rule": "share_of_notes", "share": SHARE, "notes": ["A"]},
            "floor": "2000000.00",
            "covers": ["A"],
            "release": "excess",
        }
    ],
    "waterfall": {
        "amortising": [
            {"step": "disposal_costs"},
            {"step": "fee", "fees": ["taxes"]},
            {"step": "fee", "fees": ["trustee"]},
            {"step": "fee", "fees": ["servicing"]},
            {"step": "interest", "notes": ["A"]},
            {"step": "interest", "notes": ["A"], "from": "reserve"},
            {"step": "interest", "notes": ["B"], "unless": "collections"},
            {"step": "top_up", "account": "reserve"},
            {"step": "principal", "notes": ["A"]},
            {"step": "interest", "notes": ["B"]},
            {"step": "principal", "notes": ["B"]},
            {"step": "principal", "notes": ["C"]},
            {"step": "share", "name": "excess_fee", "payee": "servicer", "rate": EXCESS},
            {"step": "residual", "payee": "C"},
        ]
    },
    "triggers": [
        {
            "name": "collections",
            "test": {"kind": "cumulative_collections_below", "share": TRIGGER},
        }
    ],
}

# the same payment dates for every way
SCHEDULE = build_schedule(parse_deal(DEAL))
YEARS = SCHEDULE.years


def program(*, has_trigger: bool = True) -> Program:
    """Compile the benchmark deal with a plan that collects evenly; without a plan no trigger."""
    plan = (PLANNED / N_PERIODS,) * N_PERIODS if has_trigger else None
    return compile_waterfall(parse_deal(DEAL), SCHEDULE, Conditions(plan=plan))


def collections(n_paths: int, seed: int = 1) -> tuple[Floats, Floats]:
    """Draw lumpy collections and their costs, (n_paths, n_periods)."""
    random = np.random.default_rng(seed)
    level = random.lognormal(-0.05, 0.3, (n_paths, 1)) * 0.85
    gross = level * random.gamma(1.5, PLANNED / N_PERIODS / 1.5, (n_paths, N_PERIODS))
    return gross, gross * 0.05


# ------------------------------------------------------------------ plain Python


def python_path(  # noqa: PLR0915 - one deal, written out
    gross: list[float], costs: list[float]
) -> tuple[float, ...]:
    """Return what `OUTCOMES` names."""
    time_a = time_b = time_c = paid_a = paid_b = worst_b = 0.0
    n_a = n_b = n_c = 0
    a, b, c, reserve, cap = A0, B0, C0, RESERVE, SERVICING_CAP
    cash = cost_due = tax_due = trustee_due = fee_due = due_a = due_b = worst = residual = net = 0.0
    stands = False
    for period in range(N_PERIODS):
        taken, cost = gross[period], costs[period]
        cash += taken
        cost_due += cost
        net += taken - cost
        due_a += a * RATE_A
        due_b = due_b * (1 + RATE_B) + b * RATE_B
        tax_due += taken * TAX
        trustee_due += TRUSTEE
        fee_due += taken * SERVICING
        is_last = period == N_PERIODS - 1
        target = max(a * SHARE, FLOOR) if a > 0.005 and not is_last else 0.0
        x = max(reserve - target, 0.0)
        reserve -= x
        cash += x
        stands = stands or net < (period + 1) * PLANNED / N_PERIODS * TRIGGER
        x = min(cash, cost_due)
        cash -= x
        cost_due -= x
        x = min(cash, tax_due)
        cash -= x
        tax_due -= x
        x = min(cash, trustee_due)
        cash -= x
        trustee_due -= x
        x = min(cash, fee_due, cap)
        cash -= x
        fee_due -= x
        cap -= x
        x = min(cash, due_a)
        cash -= x
        due_a -= x
        paid_a += x
        x = min(reserve, due_a)
        reserve -= x
        due_a -= x
        paid_a += x
        if not stands:
            x = min(cash, due_b)
            cash -= x
            due_b -= x
            paid_b += x
        x = min(cash, max(target - reserve, 0.0))
        cash -= x
        reserve += x
        x = min(cash, a)
        cash -= x
        a -= x
        time_a += x * YEARS[period]
        x = min(cash, due_b)
        cash -= x
        due_b -= x
        paid_b += x
        x = min(cash, b)
        cash -= x
        b -= x
        time_b += x * YEARS[period]
        x = min(cash, c)
        cash -= x
        c -= x
        time_c += x * YEARS[period]
        cash -= cash * EXCESS
        residual += cash
        cash = 0.0
        worst = max(worst, due_a)
        worst_b = max(worst_b, due_b)
        n_a += a >= 0.005
        n_b += b >= 0.005
        n_c += c >= 0.005
    times = (time_a, time_b, time_c)
    return a, b, c, worst, worst_b, *times, paid_a, paid_b, n_a, n_b, n_c, residual


# ------------------------------------------------------------------ plain objects


@dataclass
class Claim:
    """Someone who is owed money."""

    name: str
    due: float = 0.0
    paid: float = 0.0
    cap: float = float("inf")

    def receive(self, pot: "Pot") -> None:
        amount = pot.take(min(self.due, self.cap))
        self.due -= amount
        self.cap -= amount
        self.paid += amount


@dataclass
class Bond:
    """A note with its two claims."""

    interest: Claim
    principal: Claim
    rate: float
    is_compounding: bool = False
    worst: float = 0.0
    time: float = 0.0
    outstanding: int = 0

    def record(self, years: float, principal_before: float) -> None:
        self.worst = max(self.worst, self.interest.due)
        self.time += (principal_before - self.principal.due) * years
        self.outstanding += self.principal.due >= 0.005

    def accrue(self) -> None:
        bearing = self.principal.due + (self.interest.due if self.is_compounding else 0.0)
        self.interest.due += bearing * self.rate


@dataclass
class Pot:
    """Cash that can be taken, never below zero."""

    held: float = 0.0

    def take(self, wanted: float) -> float:
        amount = max(0.0, min(self.held, wanted))
        self.held -= amount
        return amount


class ObjectDeal:
    """The same deal as a program of objects usually writes it: one path, one date at a time."""

    def __init__(self) -> None:
        self.pot, self.reserve = Pot(), Pot(RESERVE)
        self.bonds = {
            "A": Bond(Claim("A interest"), Claim("A", A0), RATE_A),
            "B": Bond(Claim("B interest"), Claim("B", B0), RATE_B, is_compounding=True),
            "C": Bond(Claim("C interest"), Claim("C", C0), 0.0),
        }
        self.claims = {name: Claim(name) for name in ("costs", "taxes", "trustee")}
        self.claims["servicing"] = Claim("servicing", cap=SERVICING_CAP)
        self.net = self.residual = 0.0
        self.stands = False

    def target(self, period: int) -> float:
        left = self.bonds["A"].principal.due
        is_needed = left > 0.005 and period < N_PERIODS - 1
        return max(left * SHARE, FLOOR) if is_needed else 0.0

    def accrue(self, gross: float, costs: float) -> None:
        self.pot.held += gross
        self.net += gross - costs
        for bond in self.bonds.values():
            bond.accrue()
        amounts = {"costs": costs, "taxes": gross * TAX, "trustee": TRUSTEE}
        amounts["servicing"] = gross * SERVICING
        for name, amount in amounts.items():
            self.claims[name].due += amount

    def pay(self, period: int, gross: float, costs: float) -> None:
        before = {name: bond.principal.due for name, bond in self.bonds.items()}
        self.accrue(gross, costs)
        self.pot.held += self.reserve.take(self.reserve.held - self.target(period))
        plan = (period + 1) * PLANNED / N_PERIODS
        self.stands = self.stands or self.net < plan * TRIGGER
        for claim in self.claims.values():
            claim.receive(self.pot)
        a, b, c = self.bonds.values()
        a.interest.receive(self.pot)
        a.interest.receive(self.reserve)
        if not self.stands:
            b.interest.receive(self.pot)
        self.reserve.held += self.pot.take(self.target(period) - self.reserve.held)
        for claim in (a.principal, b.interest, b.principal, c.principal):
            claim.receive(self.pot)
        self.pot.take(self.pot.held * EXCESS)
        self.residual += self.pot.take(self.pot.held)
        for name, bond in self.bonds.items():
            bond.record(YEARS[period], before[name])


def object_path(gross: list[float], costs: list[float]) -> tuple[float, ...]:
    deal = ObjectDeal()
    for period in range(N_PERIODS):
        deal.pay(period, gross[period], costs[period])
    bonds = list(deal.bonds.values())
    return (
        *(bond.principal.due for bond in bonds),
        *(bond.worst for bond in bonds[:2]),
        *(bond.time for bond in bonds),
        *(bond.interest.paid for bond in bonds[:2]),
        *(bond.outstanding for bond in bonds),
        deal.residual,
    )


# ------------------------------------------------------------------ NumPy over all paths


def numpy_paths(gross: Floats, costs: Floats) -> Floats:  # noqa: PLR0915 - one deal, written out
    """Run all paths at once, one vector operation after the other."""
    n = len(gross)
    times, paid = np.zeros((3, n)), np.zeros((2, n))
    outstanding, worst_b = np.zeros((3, n)), np.zeros(n)
    a, b, c = np.full(n, A0), np.full(n, B0), np.full(n, C0)
    reserve, cap = np.full(n, RESERVE), np.full(n, SERVICING_CAP)
    cash, costs_due, tax_due, trustee_due, fee_due = (np.zeros(n) for _ in range(5))
    due_a, due_b, worst, residual, net = (np.zeros(n) for _ in range(5))
    stands = np.zeros(n, dtype=np.bool_)

    def pay(pot: Floats, due: Floats) -> Floats:
        x = np.minimum(pot, due)
        pot -= x
        due -= x
        return x

    for period in range(N_PERIODS):
        taken, cost = gross[:, period], costs[:, period]
        cash += taken
        costs_due += cost
        net += taken - cost
        due_a += a * RATE_A
        due_b = due_b * (1 + RATE_B) + b * RATE_B
        tax_due += taken * TAX
        trustee_due += TRUSTEE
        fee_due += taken * SERVICING
        is_open = 0.0 if period == N_PERIODS - 1 else 1.0
        target = np.where(a > 0.005, np.maximum(a * SHARE, FLOOR), 0.0) * is_open
        x = np.maximum(reserve - target, 0.0)
        reserve -= x
        cash += x
        stands |= net < (period + 1) * PLANNED / N_PERIODS * TRIGGER
        pay(cash, costs_due)
        pay(cash, tax_due)
        pay(cash, trustee_due)
        x = np.minimum(np.minimum(cash, fee_due), cap)
        cash -= x
        fee_due -= x
        cap -= x
        paid[0] += pay(cash, due_a)
        paid[0] += pay(reserve, due_a)
        x = np.where(stands, 0.0, np.minimum(cash, due_b))
        cash -= x
        due_b -= x
        paid[1] += x
        x = np.minimum(cash, np.maximum(target - reserve, 0.0))
        cash -= x
        reserve += x
        times[0] += pay(cash, a) * YEARS[period]
        paid[1] += pay(cash, due_b)
        times[1] += pay(cash, b) * YEARS[period]
        times[2] += pay(cash, c) * YEARS[period]
        cash -= cash * EXCESS
        residual += cash
        cash[:] = 0.0
        worst = np.maximum(worst, due_a)
        worst_b = np.maximum(worst_b, due_b)
        for note, left in enumerate((a, b, c)):
            outstanding[note] += left >= 0.005
    return np.stack([a, b, c, worst, worst_b, *times, *paid, *outstanding, residual])


# ------------------------------------------------------------------ by hand, for this deal alone

KEPT = np.array([0, 1, 2, 13, 20, 17, 18, 19, 15, 16, 21, 22, 23, 14])


@njit(nogil=True)
def by_hand(gross: Floats, costs: Floats, out: Floats) -> None:  # noqa: PLR0915 - one deal, written out
    """Run blocks of paths through a loop that knows this deal only; out is (14, n_paths)."""
    s = np.zeros((24, WIDTH))
    g = np.zeros((N_PERIODS, WIDTH))
    k = np.zeros((N_PERIODS, WIDTH))
    for start in range(0, len(gross), WIDTH):
        width = min(WIDTH, len(gross) - start)
        for j in range(width):
            for period in range(N_PERIODS):
                g[period, j] = gross[start + j, period]
                k[period, j] = costs[start + j, period]
        s[:] = 0.0
        s[0] = A0
        s[1] = B0
        s[2] = C0
        s[3] = RESERVE
        s[4] = SERVICING_CAP
        for period in range(N_PERIODS):
            plan = (period + 1) * PLANNED / N_PERIODS * TRIGGER
            is_open = 0.0 if period == N_PERIODS - 1 else 1.0
            years = YEARS[period]
            for j in range(WIDTH):
                a = s[0, j]
                b = s[1, j]
                c = s[2, j]
                reserve = s[3, j]
                cap = s[4, j]
                taken = g[period, j]
                cost = k[period, j]
                net = s[5, j] + taken - cost
                cost_due = s[6, j] + cost
                due_a = s[7, j] + a * RATE_A
                due_b = s[8, j] * (1 + RATE_B) + b * RATE_B
                tax_due = s[9, j] + taken * TAX
                trustee_due = s[10, j] + TRUSTEE
                fee_due = s[11, j] + taken * SERVICING
                m = 1.0 if a > 0.005 else 0.0
                t = a * SHARE
                t = (t if t > FLOOR else FLOOR) * m * is_open
                x = reserve - t
                x = x if x > 0.0 else 0.0
                reserve -= x
                cash = taken + x
                flag = 1.0 if net < plan else s[12, j]
                x = cash if cash < cost_due else cost_due
                cash -= x
                cost_due -= x
                x = cash if cash < tax_due else tax_due
                cash -= x
                tax_due -= x
                x = cash if cash < trustee_due else trustee_due
                cash -= x
                trustee_due -= x
                x = cash if cash < fee_due else fee_due
                x = x if x < cap else cap
                cash -= x
                fee_due -= x
                cap -= x
                x = cash if cash < due_a else due_a
                cash -= x
                due_a -= x
                paid_a = s[15, j] + x
                x = reserve if reserve < due_a else due_a
                reserve -= x
                due_a -= x
                s[15, j] = paid_a + x
                x = (cash if cash < due_b else due_b) * (1.0 - flag)
                cash -= x
                due_b -= x
                paid_b = s[16, j] + x
                y = t - reserve
                y = y if y > 0.0 else 0.0
                x = cash if cash < y else y
                cash -= x
                reserve += x
                x = cash if cash < a else a
                cash -= x
                a -= x
                s[17, j] += x * years
                x = cash if cash < due_b else due_b
                cash -= x
                due_b -= x
                s[16, j] = paid_b + x
                x = cash if cash < b else b
                cash -= x
                b -= x
                s[18, j] += x * years
                x = cash if cash < c else c
                cash -= x
                c -= x
                s[19, j] += x * years
                cash -= cash * EXCESS
                s[0, j] = a
                s[1, j] = b
                s[2, j] = c
                s[3, j] = reserve
                s[4, j] = cap
                s[5, j] = net
                s[6, j] = cost_due
                s[7, j] = due_a
                s[8, j] = due_b
                s[9, j] = tax_due
                s[10, j] = trustee_due
                s[11, j] = fee_due
                s[12, j] = flag
                w = s[13, j]
                s[13, j] = w if w > due_a else due_a
                s[14, j] += cash
                w = s[20, j]
                s[20, j] = w if w > due_b else due_b
                s[21, j] += 1.0 if a >= 0.005 else 0.0
                s[22, j] += 1.0 if b >= 0.005 else 0.0
                s[23, j] += 1.0 if c >= 0.005 else 0.0
        for place in range(14):
            row = KEPT[place]
            for j in range(width):
                out[place, start + j] = s[row, j]


# ------------------------------------------------------------------ answers and times


def engine_paths(compiled: Program, gross: Floats, costs: Floats) -> Floats:
    found = run_waterfall(compiled, gross, costs)
    redeemed = found.redeemed_period.T
    return np.stack(
        [
            *found.unpaid_principal.T,
            *found.unpaid_timely_interest.T[:2],
            *found.principal_time.T,
            *found.interest_paid.T[:2],
            *np.where(redeemed < 0, N_PERIODS, redeemed),
            found.residual_paid[:, 2],
        ]
    )


def answers(n_paths: int = 200) -> dict[str, Floats]:
    """Return the outcomes of every way on the same paths, one row for each of `OUTCOMES`."""
    gross, costs = collections(n_paths)
    hand = np.zeros((len(OUTCOMES), n_paths))
    by_hand(gross, costs, hand)
    rows = list(zip(gross.tolist(), costs.tolist(), strict=True))
    return {
        "engine": engine_paths(program(), gross, costs),
        "numpy": numpy_paths(gross, costs),
        "by hand": hand,
        "python": np.array([python_path(*row) for row in rows]).T,
        "objects": np.array([object_path(*row) for row in rows]).T,
    }


def seconds_a_path(run: Callable[[], object], n_paths: int) -> float:
    started = time.thread_time()  # of this thread alone: neighbours on the machine do not count
    run()
    return (time.thread_time() - started) / n_paths


def compare_designs(n_paths: int = 25_600, rounds: int = 5) -> dict[str, float]:
    """Time all ways in turn, several rounds; return medians of seconds a path, and the ratios."""
    compiled = program()
    gross, costs = collections(n_paths)
    few = list(zip(gross[:100].tolist(), costs[:100].tolist(), strict=True))
    out = np.zeros((len(OUTCOMES), n_paths))
    ways: dict[str, tuple[Callable[[], object], int]] = {
        "engine": (lambda: run_waterfall(compiled, gross, costs), n_paths),
        "numpy": (lambda: numpy_paths(gross, costs), n_paths),
        "by hand": (lambda: by_hand(gross, costs, out), n_paths),
        "python": (lambda: [python_path(*row) for row in few], len(few)),
        "objects": (lambda: [object_path(*row) for row in few], len(few)),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for name, (run, _) in ways.items():
        if name in ("engine", "by hand"):
            run()  # machine code first
    for _ in range(rounds):
        for name, (run, count) in ways.items():
            times[name].append(seconds_a_path(run, count))
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    ratios = {f"{name} / engine": medians[name] / medians["engine"] for name in ways}
    ratios["engine / by hand"] = medians["engine"] / medians["by hand"]
    return {**{f"{name}, s a path": taken for name, taken in medians.items()}, **ratios}


def compare_breakevens(n_paths: int = 10_240, n_levels: int = 20) -> dict[str, float]:
    """Time the pruned search of all levels against nested bisection in the same kernel.

    Without the trigger: where it diverts cash, more collections can hurt, the audit says so, and
    bisection of either kind may find one of several crossings.
    """
    compiled = program(has_trigger=False)
    gross, costs = collections(n_paths)
    frequencies = np.geomspace(0.01, 0.45, n_levels)
    Scaler(compiled, gross[:1], costs[:1]).falls_short(np.arange(1), np.ones(1))  # compile first
    started = time.thread_time()
    quick = breakeven_quantiles(Scaler(compiled, gross, costs), frequencies)
    middle = time.thread_time()
    nested = nested_breakevens(Scaler(compiled, gross, costs), frequencies)
    ended = time.thread_time()
    return {
        "pruned, s": middle - started,
        "nested, s": ended - middle,
        "nested / pruned": (ended - middle) / (middle - started),
        "largest difference": float(np.nanmax(np.abs(quick - nested))),
    }


def nested_breakevens(scaler: Scaler, frequencies: Floats, high: float = 2.0) -> Floats:
    """Bisect the multiple for each note and level, running every path each time."""
    everyone = np.arange(scaler.n_paths)
    found = np.empty((len(frequencies), scaler.program.n_notes))
    for note in range(scaler.program.n_notes):
        for level, frequency in enumerate(frequencies):
            low, up = 0.0, high
            while up - low > 2.0**-14:
                middle = 0.5 * (low + up)
                short = scaler.falls_short(everyone, np.full(scaler.n_paths, middle))
                is_enough = short[:, note].mean() <= frequency
                low, up = (low, middle) if is_enough else (middle, up)
            found[level, note] = up
    return found


# Ratio, its goal, and whether the goal is a ceiling.
GOALS = {
    "numpy / engine": (5.0, False),
    "python / engine": (500.0, False),
    "objects / engine": (1_000.0, False),
    "engine / by hand": (2.0, True),
    "nested / pruned": (20.0, False),
}


def main() -> None:
    """Print every ratio beside its goal."""
    found = compare_designs() | compare_breakevens()
    for name, (goal, is_ceiling) in GOALS.items():
        ratio = found[name]
        verdict = "ok" if (ratio <= goal if is_ceiling else ratio >= goal) else "below"
        sign = "<=" if is_ceiling else ">="
        sys.stdout.write(f"{name}: {ratio:.2f} (goal {sign} {goal:g}) {verdict}\n")
