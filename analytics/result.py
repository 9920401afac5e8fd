"""The result of a run: every figure that a page, a package or another program may ask for.

The shape is `npl-result/1` of `docs/schemas`. Money is CNY rounded to the fen, everything else is
rounded to 1e-9, so that the hash of a result is the same on every run of the same engine.
"""

import dataclasses
import datetime
import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import rfc8785

FORMAT = "npl-result/1"
NOT_HASHED = frozenset({"lock_sha256", "threads", "processor", "outputs_sha256"})


@dataclass(frozen=True)
class Environment:
    """Where a run was computed: recorded, but no part of what was computed."""

    lock_sha256: str = ""
    processor: str = ""


@dataclass(frozen=True)
class Pool:
    """The pool: amounts in CNY, recoveries as fractions of the claim, times in months."""

    loans: int | None
    claim: float
    own_gross: float | None
    plan_gross: float | None
    base_gross: float
    base_net: float
    recovery_mean: float
    recovery_sd: float
    p05: float
    p25: float
    p50: float
    p75: float
    p95: float
    mean_months: float
    effective_number: float | None
    is_lumpy: bool
    collected: float
    segments: tuple["Segment", ...]


@dataclass(frozen=True)
class Segment:
    """One stress segment of the base case: CNY, months."""

    name: str
    gross: float
    costs: float
    mean_months: float


@dataclass(frozen=True)
class Period:
    """Gross collections belonging to one payment date, CNY; cumulative figures from cut-off."""

    date: datetime.date
    expected: float
    p05: float
    p50: float
    p95: float
    base: float
    cumulative_expected: float
    cumulative_p05: float
    cumulative_p50: float
    cumulative_p95: float


@dataclass(frozen=True)
class Rung:
    """One level of the ladder for one note.

    `margin` is (cash available - cash needed) / initial balance: the net cash that could still be
    lost, or is missing, with the level's delay, costs, fees and rates in place.
    """

    level: str
    timely_interest: bool
    ultimate_principal: bool
    passed: bool
    margin: float
    shortfall_frequency: float
    worst_case: str


@dataclass(frozen=True)
class LevelStress:
    """What one level asks of the pool: share of base recoveries left, delay in months, multiples.

    Over several segments share and delay are weighted by the recoveries of each.
    """

    level: str
    kept: float
    delay_months: float
    cost_multiple: float
    fee_multiple: float


@dataclass(frozen=True)
class Breakeven:
    """How far one note can go under the other stresses of a level.

    `multiple` is the fraction of base recoveries at which it just passes, `delay_months` the delay;
    none means that no tried value lets it pass, `delay_months` at the search limit that all do.
    """

    level: str
    multiple: float | None
    delay_months: float | None


@dataclass(frozen=True)
class Binding:
    """The constraint that set the level, and at which level."""

    constraint: str
    level: str
    reason: str = ""


@dataclass(frozen=True)
class Flow:
    """One payment date of one note in one scenario, CNY; balance after payment."""

    date: datetime.date
    balance: float
    interest: float
    principal: float


@dataclass(frozen=True)
class Scenario:
    """The flows of a note in a scenario: the base case, or the stress of a level."""

    name: str
    flows: tuple[Flow, ...]


@dataclass(frozen=True)
class Note:
    """One note class: its level by each reading, its margins and its risk figures."""

    name: str
    rank: int
    balance: float
    is_rated: bool
    implied: str
    quantitative: str
    binding: Binding | None
    level_by_ladder: str
    level_by_simulation: str
    is_gap_a_question: bool
    ladder: tuple[Rung, ...]
    breakeven: tuple[Breakeven, ...]
    shortfall_probability: float
    shortfall_se: float
    expected_loss: float
    expected_loss_se: float
    miss_expected_maturity: float | None
    wal_years: float
    redeemed_on: datetime.date | None
    level_with_disruption: str
    level_if_commingled: str
    level_as_stated: str
    level_costs_first: str
    target_shortfall: Mapping[str, float]
    scenarios: tuple[Scenario, ...]
    losses: tuple["Bar", ...]


@dataclass(frozen=True)
class Bar:
    """One bar of a histogram: probability of a value in [low, high)."""

    low: float
    high: float
    probability: float


@dataclass(frozen=True)
class DerivedCap:
    """A cap that follows from the model itself, for one note."""

    note: str
    kind: str
    level: str
    reason: str


@dataclass(frozen=True)
class Liquidity:
    """Months that cash at closing and the funded reserve pay senior fees and interest for."""

    note: str
    cash: float
    need_a_month: float
    months: float
    is_evidenced: bool


@dataclass(frozen=True)
class Step:
    """One step of a bridge: what it is, and the figure after it, CNY."""

    name: str
    change: float
    after: float


@dataclass(frozen=True)
class UsedAssumption:
    """One assumption as used: its value, the value of the criteria, and where both come from."""

    name: str
    value: Any
    criteria_value: Any
    unit: str
    mark: str
    source: str


@dataclass(frozen=True)
class SourceOrUse:
    """One line of sources and uses in the base case, CNY over the life of the deal."""

    side: str
    name: str
    amount: float


@dataclass(frozen=True)
class BaseVariant:
    """One view of the gross recovery run alone through the deal: the level each note would have."""

    source: str
    gross: float
    levels: Mapping[str, str]


@dataclass(frozen=True)
class Factor:
    """One systematic factor: its kind, the province code or asset class, its standard score."""

    kind: str
    name: str
    score: float


@dataclass(frozen=True)
class Failure:
    """The most likely failure of one note.

    path : number of the path in the run. distance : length of its factor vector.
    recovery : its gross collections over those expected on average; pace : mean time of its
    collections over the average (above one: later). loss : CNY of the note unpaid at legal final;
    is_late : whether timely interest was missed. n_failures : paths that fall short.
    """

    note: str
    path: int
    distance: float
    recovery: float
    pace: float
    loss: float
    is_late: bool
    n_failures: int
    factors: tuple[Factor, ...]


@dataclass(frozen=True)
class Result:
    """A done run: quantitative outcome, and its composition with the deal file's constraints."""

    engine: str
    criteria: str
    criteria_sha256: str
    lock_sha256: str
    inputs_sha256: str
    seed: int
    seed_source: str
    paths: int
    threads: int
    processor: str
    scale: str
    pool: Pool
    periods: tuple[Period, ...]
    notes: tuple[Note, ...]
    stresses: tuple[LevelStress, ...]
    derived_caps: tuple[DerivedCap, ...]
    warnings: tuple[str, ...]
    liquidity: tuple[Liquidity, ...]
    monthly: Mapping[str, tuple[float, ...]]
    recoveries: tuple[Bar, ...]
    bridge: tuple[Step, ...]
    variants: tuple[BaseVariant, ...]
    sources_and_uses: tuple[SourceOrUse, ...]
    assumptions: tuple[UsedAssumption, ...]
    tail: tuple[Mapping[str, Any], ...] = ()
    failures: tuple[Failure, ...] = ()
    format: str = field(default=FORMAT)

    def document(self) -> dict[str, Any]:
        """Return the JSON form, with the hash of the outputs in `outputs_sha256`."""
        document: dict[str, Any] = plain(dataclasses.asdict(self))
        kept = {key: value for key, value in document.items() if key not in NOT_HASHED}
        document["outputs_sha256"] = hashlib.sha256(rfc8785.dumps(kept)).hexdigest()
        return document


def plain(value: Any) -> Any:
    """Turn dataclass output into JSON: dates in ISO form, tuples as lists."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


def fen(amount: float) -> float:
    """Round money to the fen."""
    return round(float(amount), 2) + 0.0


def nano(figure: float) -> float:
    """Round a figure to 1e-9; what is not finite has no place in a result."""
    if not math.isfinite(figure):
        msg = f"A result must be a finite number; found {figure}."
        raise ValueError(msg)
    return round(float(figure), 9) + 0.0
