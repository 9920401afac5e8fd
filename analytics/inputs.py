"""The frozen inputs of a run, what identifies them, and the seed that follows from the pool."""

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import rfc8785

from analytics.criteria import Criteria
from analytics.errors import AssumptionError
from analytics.loans import LoanTape
from analytics.recovery import RecoveryAssumptions
from analytics.structure import AggregatePool, Deal, TapePool, deal_document

MAX_PATHS = 2_000_000
MAX_SEED = 2**53 - 1  # largest whole number that every JSON reader keeps


@dataclass(frozen=True)
class Inputs:
    """All that a rating is computed from. Threads are how, not what: they identify nothing.

    `recovery` holds what the case knows beyond the criteria (servicer, fits, measured bias);
    `assumptions` are deviations from the criteria by dotted name, e.g. `{"costs.ratio.card": 0.1}`;
    who made them and why stands with the caller.
    """

    deal: Deal
    criteria: Criteria
    tape: LoanTape | None = None
    assumptions: Mapping[str, Any] = field(default_factory=dict)
    recovery: RecoveryAssumptions = field(default_factory=RecoveryAssumptions)
    paths: int = 10_000
    seed: int | None = None
    threads: int = field(default=1, compare=False)

    def __post_init__(self) -> None:
        if not 1 <= self.paths <= MAX_PATHS:
            msg = f"The number of paths must lie between 1 and {MAX_PATHS:,}; got {self.paths:,}."
            raise AssumptionError(msg)
        if self.seed is not None and not 0 <= self.seed <= MAX_SEED:
            msg = f"The seed must lie between 0 and {MAX_SEED}; got {self.seed}."
            raise AssumptionError(msg)
        if self.threads < 1:
            msg = f"A run needs at least one thread; got {self.threads}."
            raise AssumptionError(msg)
        _ = self.pool

    @property
    def pool(self) -> LoanTape | AggregatePool:
        """What is forecast: the tape where one is given, else the totals of the deal file."""
        if self.tape is not None:
            return self.tape
        if isinstance(self.deal.pool, TapePool):
            msg = "The pool of this deal is a loan tape, and no tape was given."
            raise AssumptionError(msg)
        return self.deal.pool

    @property
    def effective_criteria(self) -> Criteria:
        """The criteria with the deviations of this run."""
        if not self.assumptions:
            return self.criteria
        return self.criteria.with_values(self.assumptions, source="Set for this run")

    @property
    def pool_sha256(self) -> str:
        """Hash of the pool alone: its tape, or the pool block and cut-off date of the deal file."""
        if self.tape is not None:
            return tape_sha256(self.tape)
        document = deal_document(self.deal)
        return _hash({"pool": document["pool"], "cutoff": self.deal.dates.cutoff.isoformat()})

    @property
    def run_seed(self) -> tuple[int, str]:
        """The seed, and where it is from: `given`, or `pool` (pool hash and number of paths)."""
        if self.seed is not None:
            return self.seed, "given"
        digest = hashlib.sha256(f"{self.pool_sha256}:{self.paths}".encode()).digest()
        return int.from_bytes(digest[:8], "big") >> 11, "pool"

    @property
    def sha256(self) -> str:
        """Hash of everything that the digits depend on."""
        return _hash(
            {
                "deal": deal_document(self.deal),
                "pool": self.pool_sha256,
                "criteria": self.criteria.sha256,
                "assumptions": dict(self.assumptions),
                "recovery": _digest(self.recovery, "recovery"),
                "paths": self.paths,
                "seed": self.run_seed[0],
            }
        )


def tape_sha256(tape: LoanTape) -> str:
    """Hash a loan tape: every column's name, type and bytes, every table of words, in order."""
    return _digest(tape, "tape")


def _digest(value: Any, name: str) -> str:
    digest = hashlib.sha256()
    for part in _parts(value, name):
        digest.update(part)
    return digest.hexdigest()


def _parts(value: Any, name: str) -> Iterator[bytes]:
    if dataclasses.is_dataclass(value):
        for each in dataclasses.fields(value):
            yield from _parts(getattr(value, each.name), f"{name}.{each.name}")
    elif isinstance(value, Mapping):
        for key in sorted(value):
            yield from _parts(value[key], f"{name}.{key}")
    elif isinstance(value, np.ndarray):
        yield f"{name}:{value.dtype.str}:{value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    else:
        yield f"{name}:{value!r}".encode()


def _hash(document: Any) -> str:
    return hashlib.sha256(rfc8785.dumps(document)).hexdigest()
