"""The engine's random numbers, simulation and fused run against plain ways, in interleaved runs.

The naive loop is what a careful analyst writes with SciPy: for every path the copula's normals, then
`beta.ppf` for each loan, `numpy.interp` for its time, `numpy.bincount` into periods, and a waterfall
in plain Python. Goals: issue 2 (fused at least 120 times naive), performance.md 10.
"""

import datetime
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import beta, norm

from analytics.criteria import load_criteria
from analytics.kernels import fused, simulation
from analytics.kernels.beta import table_values
from analytics.kernels.random import fill_normals
from analytics.loans import loan_tape
from analytics.quantiles import beta_quantiles
from analytics.recovery import LoanForecast, forecast_loans
from analytics.schedule import build_schedule
from analytics.simulation import Draws, neutral_stress, path_ranges, prepare
from analytics.structure import parse_deal
from analytics.tape import SCHEMA
from analytics.unsecured import beta_parameters, criteria_segment
from analytics.waterfall import Program, compile_waterfall

Floats = NDArray[np.float64]

FEE, RATE = 100_000.0, 0.03 / 4
N_PERIODS = 20
QUIET = 2.4
"""Load average (our own two threads among it) above which two threads say nothing."""


@dataclass(frozen=True)
class Figure:
    """A measured ratio beside its goal."""

    name: str
    ratio: float
    goal: float
    at_most: bool = False

    @property
    def is_met(self) -> bool:
        return self.ratio <= self.goal if self.at_most else self.ratio >= self.goal

    def __str__(self) -> str:
        sign = "<=" if self.at_most else ">="
        word = "ok" if self.is_met else "below"
        return f"{self.name}: {self.ratio:.2f} (goal {sign} {self.goal:g}) {word}"


def deal(balance: int) -> dict[str, Any]:
    """Return a two-note quarterly deal of five years; synthetic."""
    return {
        "format": "npl-deal/1",
        "code": "BENCH20",
        "names": {"en": "Benchmark deal (synthetic)"},
        "currency": "CNY",
        "scale": "cn",
        "dates": {"cutoff": "2024-12-31", "closing": "2025-01-26", "legal_final": "2030-01-26"},
        "payment": {"frequency": "Q", "day": 26, "day_count": "30/360"},
        "pool": {"kind": "tape", "tape": {}},
        "notes": [
            {"name": "A", "rank": 1, "balance": f"{balance}.00", "coupon": {"kind": "fixed", "rate": 0.03}},
            {"name": "B", "rank": 2, "balance": f"{balance // 4}.00", "coupon": {"kind": "none"}},
        ],
        "fees": [{"name": "trustee", "payee": "trustee", "base": "fixed", "amount": f"{FEE:.2f}"}],
        "waterfall": {
            "amortising": [
                {"step": "disposal_costs"},
                {"step": "fee", "fees": ["trustee"]},
                {"step": "interest", "notes": ["A"]},
                {"step": "principal", "notes": ["A"]},
                {"step": "principal", "notes": ["B"]},
                {"step": "residual", "payee": "B"},
            ]
        },
    }  # fmt: skip


def cards(n_loans: int) -> LoanForecast:
    """Forecast a synthetic card pool of four provinces and four ages."""
    random = np.random.default_rng(3)
    cutoff = pl.date(2024, 12, 31)
    principal = np.round(random.lognormal(10.0, 1.0, n_loans), 2)
    place = pl.int_range(n_loans, eager=True)
    known = pl.DataFrame({"loan_id": [f"L{i:06d}" for i in range(n_loans)]}).with_columns(
        borrower_id=pl.col("loan_id"),
        province=pl.Series(["330000", "440000", "510000", "110000"]).gather(place % 4),
        asset_type=pl.lit("unsecured"),
        product=pl.lit("credit_card"),
        unpaid_principal=pl.Series(principal),
        accrued_interest=pl.lit(0.0),
        total_claim=pl.Series(principal),
        currency=pl.lit("CNY"),
        legal_stage=pl.lit("pre_litigation"),
        default_date=cutoff - pl.duration(days=pl.Series((place % 4) * 240 + 100)),
    )
    frame = known.select(
        *[
            (pl.col(name) if name in known.columns else pl.lit(None))
            .cast(kind, strict=False)
            .alias(name)
            for name, kind in SCHEMA.items()
        ]
    )
    return forecast_loans(loan_tape(frame, datetime.date(2024, 12, 31)), load_criteria())


class Case:
    """One pool and one deal, ready to be run fused or naively."""

    def __init__(self, n_loans: int) -> None:
        self.forecast = cards(n_loans)
        self.balance = int(self.forecast.base_total * 0.7)
        parsed = parse_deal(deal(self.balance))
        schedule = build_schedule(parsed)
        self.program: Program = compile_waterfall(parsed, schedule)
        self.month_to_period = np.asarray(schedule.month_to_period)
        self.draws: Draws = prepare(
            self.forecast, load_criteria(), self.month_to_period, schedule.n_periods, seed=11
        )

    def fused(self, n_paths: int, threads: int = 1) -> Floats:
        """Return the wanted registers of every path, (n_wanted, n_paths)."""
        p, wanted = self.program, self.program.wanted
        outcomes = np.empty((wanted.size, n_paths))
        weights, totals = np.empty(n_paths), np.empty(n_paths)
        stress = neutral_stress(self.draws)

        def part(start: int, stop: int) -> None:
            fused.run_fused(
                0, start, stop, self.draws.arrays, 1, stress, p.init, p.steps, p.table, wanted,
                outcomes, weights, totals, simulation.working_space(),
            )  # fmt: skip

        bounds = path_ranges(n_paths, threads)
        if threads == 1:
            part(0, n_paths)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(part, bounds[:-1], bounds[1:]))
        return outcomes

    def naive(self, n_paths: int) -> list[tuple[float, ...]]:
        """Run paths one by one with SciPy and plain Python."""
        random = np.random.default_rng(1)
        a = self.draws.arrays
        tape, criteria = self.forecast.tape, load_criteria()
        ages = np.maximum(np.nan_to_num(tape.months_since_default), 0.0) // 6 * 6 + 3
        segments = {
            age: beta_parameters(*astuple(criteria_segment(criteria, "card", age)))
            for age in np.unique(ages)
        }
        alpha = np.array([segments[age][0] for age in ages])
        beta_ = np.array([segments[age][1] for age in ages])
        amount, rate = tape.claim, float(a.item_cost_rate[0])
        grid, times = np.linspace(0.0, 1.0, 257), a.times[0]
        period_of = np.append(self.month_to_period, -1)
        loading = self.draws.loadings[0].loading
        own = np.sqrt(1.0 - loading**2)
        found = []
        for _ in range(n_paths):
            z = loading * random.standard_normal() + own * random.standard_normal(amount.size)
            cash = amount * beta.ppf(norm.cdf(z), alpha, beta_)
            month = np.interp(random.random(amount.size), grid, times).astype(int)
            period = period_of[np.minimum(month, period_of.size - 1)]
            kept = period >= 0
            gross = np.bincount(period[kept], cash[kept], N_PERIODS)
            found.append(python_waterfall(gross.tolist(), (gross * rate).tolist(), self.balance))
        return found


def python_waterfall(gross: list[float], costs: list[float], balance: float) -> tuple[float, ...]:
    """Run the benchmark deal on one path, as a spreadsheet would: unpaid A and B, worst interest."""
    a, b = float(balance), float(balance // 4)
    cost_due = fee_due = interest_due = worst = residual = weighted = 0.0
    for period in range(N_PERIODS):
        cash = gross[period]
        cost_due += costs[period]
        fee_due += FEE
        interest_due += a * RATE
        paid = min(cash, cost_due)
        cash, cost_due = cash - paid, cost_due - paid
        paid = min(cash, fee_due)
        cash, fee_due = cash - paid, fee_due - paid
        paid = min(cash, interest_due)
        cash, interest_due = cash - paid, interest_due - paid
        worst = max(worst, interest_due)
        paid = min(cash, a)
        cash, a = cash - paid, a - paid
        weighted += paid * (period + 1)
        paid = min(cash, b)
        cash, b = cash - paid, b - paid
        residual += cash
    return a, b, worst, residual, weighted


def interleaved(
    ways: dict[str, tuple[Callable[[], object], int]], rounds: int = 5
) -> dict[str, float]:
    """Time each way in turn, several rounds; return the median seconds for one unit of each."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for run, _ in ways.values():
        run()
    for _ in range(rounds):
        for name, (run, units) in ways.items():
            started = time.perf_counter()
            run()
            taken[name].append((time.perf_counter() - started) / units)
    return {name: statistics.median(each) for name, each in taken.items()}


def compare_normals(n: int = 1 << 20) -> Figure:
    """Compare counter-addressed normals with NumPy's Philox."""
    out, random = np.empty(n), np.random.Generator(np.random.Philox(1))
    found = interleaved(
        {
            "numpy": (lambda: random.standard_normal(n), n),
            "engine": (lambda: fill_normals(out, 0, 1, 1, 2), n),
        }
    )
    return Figure("normals by counter / numpy Philox", found["numpy"] / found["engine"], 1.3)


def compare_betas(n: int = 1 << 20) -> Figure:
    """Compare Beta quantiles by table with SciPy's."""
    z, out, table = (
        np.random.default_rng(1).standard_normal(n),
        np.empty(n),
        beta_quantiles(2.0, 5.0),
    )
    few = z[:20_000]
    found = interleaved(
        {
            "scipy": (lambda: beta.ppf(norm.cdf(few), 2.0, 5.0), few.size),
            "engine": (lambda: table_values(table[None, :], 0, z, out), n),
        }
    )
    return Figure("Beta quantiles by table / scipy", found["scipy"] / found["engine"], 400)


def compare_fused(
    n_loans: int = 200, n_paths: int = 102_400, naive_paths: int = 200
) -> list[Figure]:
    """Compare the fused run with the naive loop in one thread; two threads only when it is quiet."""
    case = Case(n_loans)
    found = interleaved(
        {
            "naive": (lambda: case.naive(naive_paths), naive_paths),
            "fused": (lambda: case.fused(n_paths), n_paths),
            "two threads": (lambda: case.fused(n_paths, 2), n_paths),
        }
    )
    ratio = found["naive"] / found["fused"]
    measured = [Figure(f"naive / fused, {n_loans} loans x {n_paths:,} paths", ratio, 120)]
    if os.getloadavg()[0] < QUIET:
        gain = found["fused"] / found["two threads"]
        measured.append(Figure("one thread / two threads", gain, 1.6))
    return measured


FIRST_JOB = """
import time; started = time.perf_counter()
from bench.engine import Case
case = Case(200)
case.fused(6400)
print(time.perf_counter() - started)
from analytics.kernels import fused, simulation, waterfall
kernels = [fused.run_fused, simulation.expected_cash, waterfall.run_block]
before = [len(kernel.overloads) for kernel in kernels]
Case(300).fused(6400)
print(sum(len(kernel.overloads) for kernel in kernels) - sum(before))
"""


def compare_starts() -> list[Figure]:
    """Time the first job of a fresh process on an empty and on a filled cache of kernels."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"NUMBA_CACHE_DIR": folder}
        runs = [
            subprocess.run(  # noqa: S603 - our own interpreter and text
                [sys.executable, "-c", FIRST_JOB],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            ).stdout.split()
            for _ in range(2)
        ]
    cold, warm = (float(run[0]) for run in runs)
    return [
        Figure("first job, warm cache / cold cache", warm / cold, 0.25, at_most=True),
        Figure("kernels compiled anew for another deal", float(runs[1][1]), 0, at_most=True),
    ]


def figures() -> list[Figure]:
    """Measure everything of this file."""
    return [compare_normals(), compare_betas(), *compare_fused(), *compare_starts()]


def main() -> None:
    """Print every figure beside its goal."""
    for figure in figures():
        sys.stdout.write(f"{figure}\n")


if __name__ == "__main__":
    main()
