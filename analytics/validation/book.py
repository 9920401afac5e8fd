"""The model validation book: every target with what is expected and what the engine finds.

Kinds: *exact* (an identity or a published number), *calibration* (the engine was set looking at it),
*validation* (it was not). A miss is shown, never hidden.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from analytics.costs import court_fees
from analytics.criteria import Criteria
from analytics.kernels.random import invert_normals, philox_words
from analytics.quantiles import beta_quantiles, table_mean
from analytics.secured import auction_outcomes
from analytics.series import DATA
from analytics.static_pool import Cases, Triangle, chain_ladder
from analytics.timing import pert, stage_durations
from analytics.unsecured import beta_parameters
from analytics.validation.backtest import backtest, pools_by, pools_of, quarters
from analytics.validation.vasicek import loss_quantile, recovery_quantile

EXACT, CALIBRATION, VALIDATION = "exact", "calibration", "validation"
COURT_STEPS = ("judgment", "appeal", "enforcement", "appraisal", "auction_1", "auction_2", "sale", "distribution")  # fmt: skip


@dataclass(frozen=True)
class Target:
    """One line of the book. `expected` is a number, or a range (low, high)."""

    name: str
    kind: str
    expected: float | tuple[float, float]
    found: float
    tolerance: float
    note: str

    @property
    def passed(self) -> bool:
        if isinstance(self.expected, tuple):
            low, high = self.expected
            return low - self.tolerance <= self.found <= high + self.tolerance
        return abs(self.found - self.expected) <= self.tolerance

    def document(self) -> dict[str, Any]:
        """Return the JSON form of `manage.py validate`."""
        expected = list(self.expected) if isinstance(self.expected, tuple) else self.expected
        return {
            "name": self.name,
            "kind": self.kind,
            "expected": expected,
            "found": self.found,
            "passed": self.passed,
            "note": self.note,
        }


def validation_book(criteria: Criteria, real_cases: Cases | None = None) -> tuple[Target, ...]:
    """Measure every target; with real closed cases (SBA 504 charge-offs) the back-tests too."""
    targets = [
        *_beta_targets(),
        *_vasicek_targets(),
        *_triangle_targets(),
        *_lgd_targets(),
        *_fee_targets(criteria),
        *_phase_targets(criteria),
        *_auction_targets(criteria),
        *_random_targets(),
    ]
    if real_cases is not None:
        targets += _real_targets(criteria, real_cases)
    return tuple(targets)


def _beta_targets() -> Iterator[Target]:
    source = "Beta by moments: k = m(1-m)/s^2 - 1"
    for mean, sd, a, b in ((0.43, 0.08, 16.0377, 21.2592), (0.10, 0.02, 22.4, 201.6)):
        found = beta_parameters(mean, sd)
        for word, expected, value in (("a", a, found[0]), ("b", b, found[1])):
            yield Target(f"Beta {word}, mean {mean}, sd {sd}", EXACT, expected, value, 5e-4, source)
    table = beta_quantiles(2.0, 5.0)
    yield Target("Mean of a Beta(2, 5) table", EXACT, 2.0 / 7.0, table_mean(table), 1e-5, "Quantile tables of the simulation")  # fmt: skip


def _vasicek_targets() -> Iterator[Target]:
    source = "Vasicek limit loss; methodology 4"
    for p, r, level, expected in (
        (0.02, 0.10, 0.99, 0.082357),
        (0.02, 0.10, 0.999, 0.128237),
        (0.01, 0.12, 0.999, 0.090326),
        (0.05, 0.15, 0.999, 0.313506),
        (0.02, 0.30, 0.999, 0.332992),
    ):
        found = loss_quantile(p, r, level)
        yield Target(f"Vasicek, p {p}, r {r}, {level:.1%}", EXACT, expected, found, 1e-6, source)
    for mean, level, expected in ((0.43, 0.99, 0.709), (0.43, 0.999, 0.623), (0.10, 0.99, 0.519), (0.10, 0.999, 0.413)):  # fmt: skip
        found = recovery_quantile(mean, 0.02, level) / mean
        name = f"Recovery quantile over mean, m {mean}, r 0.02, {level:.1%}"
        yield Target(
            name, EXACT, expected, found, 1e-3, "Recovery as limit of success; methodology 4"
        )


def reference_triangles() -> dict[str, Triangle]:
    """Read the published triangles RAA and GenIns."""
    with (DATA / "reference_triangles.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for name in sorted({row["triangle"] for row in rows}):
        mine = [row for row in rows if row["triangle"] == name]
        origins = sorted({row["origin"] for row in mine})
        lags = sorted({int(row["lag"]) for row in mine})
        known = np.full((len(origins), len(lags)), np.nan)
        for row in mine:
            known[origins.index(row["origin"]), int(row["lag"]) - lags[0]] = float(
                row["cumulative"]
            )
        found[name] = Triangle(tuple(origins), 12.0 * np.array(lags), np.ones(len(origins)), known)
    return found


def _triangle_targets() -> Iterator[Target]:
    source = "Volume-weighted chain ladder, all years; Mack 1993, last sigma^2 by Mack's rule"
    known = {"raa": (52_135, 26_909), "genins": (18_680_856, 2_447_095)}
    for name, triangle in reference_triangles().items():
        ladder = chain_ladder(triangle)
        reserve, error = known[name]
        yield Target(
            f"{name.upper()} reserve", EXACT, reserve, float(ladder.reserve.sum()), 0.5, source
        )
        yield Target(f"{name.upper()} Mack error", EXACT, error, ladder.total_error, 0.5, source)


def _lgd_targets() -> Iterator[Target]:
    found = 1.0 - 0.7272 / 1.05**2
    note = "GCD recoveries by time bucket (Betz, Kellner, Roesch), discounted at 5 %"
    yield Target("LGD of a case resolved after two years", EXACT, 0.3404, found, 5e-5, note)


def _fee_targets(criteria: Criteria) -> Iterator[Target]:
    source = "State Council decree 481 (2006)"
    for claim, acceptance, enforcement, preservation in (
        (100_000, 2_300, 1_400, 1_020),
        (500_000, 8_800, 7_400, 3_020),
        (1_000_000, 13_800, 12_400, 5_000),
        (2_000_000, 22_800, 22_400, 5_000),
        (10_000_000, 81_800, 77_400, 5_000),
        (50_000_000, 291_800, 117_400, 5_000),
    ):
        fees = court_fees(criteria, claim)
        for word, expected, value in (
            ("acceptance", acceptance, fees.acceptance),
            ("enforcement", enforcement, fees.enforcement),
            ("preservation", preservation, fees.preservation),
        ):
            name = f"Court fee, {word}, claim {claim:,} CNY"
            yield Target(name, EXACT, expected, float(value), 0.005, source)


def _phase_targets(criteria: Criteria) -> Iterator[Target]:
    ceiling, minimum = criteria.table("phases.ceiling"), criteria.table("phases.minimum")
    # filing within 7 days; price procedure 2.5, notice 1, second round 1, handover 0.5 months
    execution = 2.5 + 1.0 + 1.0 + 0.5
    chain = 0.25 + ceiling["first_instance"] + minimum["appeal_window"] + ceiling["second_instance"] + execution  # fmt: skip
    special = ceiling["special_procedure"] + execution
    source = "Civil Procedure Law 2023 and judicial interpretations; methodology 2.3"
    yield Target("Ordinary chain at the courts' ceilings, months", EXACT, 15.0, chain, 0.5, source)
    yield Target("Special procedure at its ceiling, months", EXACT, 6.0, special, 0.05, source)
    for phase, floor in (("auction_1", "auction_notice_1"), ("auction_2", "auction_notice_2"), ("appeal_window", "appeal_window")):  # fmt: skip
        low = criteria.column(f"phases.secured.{phase}")[0]
        note = "Notice and appeal periods are minima: no duration may be shorter"
        yield Target(f"Least duration of {phase} over its statutory minimum", EXACT, (0.0, 1.0), low - float(minimum[floor]), 0.0, note)  # fmt: skip
    mean = pert(2.0, 5.0, 12.0).mean
    yield Target(
        "Mean of PERT(2, 5, 12)", EXACT, 34.0 / 6.0, mean, 0.01, "(min + 4 mode + max) / 6"
    )
    remaining = stage_durations(criteria, secured=True)
    means = [remaining[stage].mean for stage in COURT_STEPS if stage != "appeal"]
    slower = float(sum(later > earlier for earlier, later in pairwise(means)))
    yield Target("Later stages that are slower than earlier ones", EXACT, 0.0, slower, 0.0, "Within one branch of the procedure")  # fmt: skip


def _auction_targets(criteria: Criteria) -> Iterator[Target]:
    start = criteria.table("auction.start_price")
    floor = float(start["first"]) * float(start["second_of_first"])
    source = "Online auction rules 2016, arts. 10 and 26"
    yield Target("Second-round start price over appraisal", EXACT, 0.56, floor, 1e-12, source)
    chances, _ = auction_outcomes(criteria)
    yield Target("Chances of all auction outcomes", EXACT, 1.0, float(chances.sum()), 1e-12, "Rounds, sell-off, unsold")  # fmt: skip


def _random_targets() -> Iterator[Target]:
    words = philox_words(0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344, 0xA4093822, 0x299F31D0)
    source = "Random123 known answers, Philox4x32-10"
    yield Target("First Philox word of the published vector", EXACT, 0xD16CFE09, float(words[0]), 0.0, source)  # fmt: skip
    found = np.empty(1)
    invert_normals(np.array([0.975]), found)
    yield Target(
        "Normal quantile of 0.975", EXACT, 1.959963984540054, float(found[0]), 1e-14, "AS 241"
    )


def _real_targets(criteria: Criteria, cases: Cases) -> list[Target]:
    """Back-test on SBA 504 charge-offs: random halves, and to 2008 against 2009-13 by quarter."""
    size = cases.exposure.size
    order = np.random.default_rng(7).permutation(size)
    half, rest = cases.take(order[: size // 2]), cases.take(order[size // 2 :])
    split = backtest(half, rest, pools_of(100, rest.exposure.size), criteria)
    year = np.array([day.year for day in cases.closing_date])
    before, after = cases.take(year <= 2008), cases.take((year >= 2009) & (year <= 2013))
    later = backtest(before, after, pools_by(quarters(after.closing_date)), criteria)
    note = "SBA 504 charge-offs since April 2005, amount above zero; recovery 1 - charged off / approved"
    return [
        Target("Random halves: cases within P5-P95", VALIDATION, (0.87, 0.93), split.loan_coverage_90, 0.0, note),
        Target("Random halves: pools of 100 within P5-P95", VALIDATION, (0.80, 1.0), split.coverage_90, 0.0, note),
        Target("Random halves: predicted minus actual mean", VALIDATION, 0.0, split.mean_error, 0.01, note),
        Target("To 2008 against 2009-13: quarters within P5-P95", VALIDATION, (0.70, 1.0), later.coverage_90, 0.0, note),
    ]  # fmt: skip
