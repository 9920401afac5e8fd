"""The door between runs as rows and ratings as the engine computes them."""

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
from django.conf import settings

from analytics import pipeline
from analytics.chunks import Chunk
from analytics.criteria import criteria_from_document, load_criteria
from analytics.inputs import Inputs
from analytics.loans import LoanTape, loan_tape
from analytics.pipeline import Plan
from analytics.recovery import RecoveryAssumptions
from analytics.result import Environment
from analytics.structure import parse_deal
from analytics.version import ENGINE_VERSION
from deals.runs.models import RatingRun
from deals.tapes.models import Tape
from servicers.engine import fitted
from servicers.models import Assessment

DEFAULT_PATHS = 10_000


@dataclass(frozen=True)
class Identity:
    """What identifies a run before it is computed."""

    inputs_sha256: str
    seed: int
    seed_source: str


@dataclass(frozen=True)
class Workplace:
    """What digits may depend on besides the inputs: engine, packages, kind of processor."""

    engine_version: str
    lock_sha256: str
    processor: str


def frozen_inputs(
    *,
    assumptions: Mapping[str, Any],
    assessment: Assessment | None,
    seed: int | None,
    fits: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return what a run keeps besides its deal file, tape, criteria and number of paths.

    `fits` are what the servicer's static pools say, by asset class.
    """
    recovery: dict[str, Any] = {
        "servicer": assessment.grade if assessment else None,
        "plan_credibility": _number(assessment.plan_credibility) if assessment else None,
    }
    if fits:
        recovery["fits"] = {name: dict(fit) for name, fit in fits.items()}
    return {"assumptions": dict(assumptions), "recovery": recovery, "seed": seed}


def identify(run: RatingRun) -> Identity:
    """Read a run's inputs as the engine does: a fault in them is refused here, with its place."""
    inputs = inputs_of(run)
    _ = inputs.effective_criteria  # refuses a deviation from what the criteria do not know
    seed, source = inputs.run_seed
    return Identity(inputs.sha256, seed, source)


def inputs_of(run: RatingRun, *, threads: int = 1) -> Inputs:
    """Build the engine's inputs from what a run froze, and from nothing else."""
    frozen = run.inputs
    return Inputs(
        deal=parse_deal(run.terms.document),
        criteria=criteria_from_document(run.criteria.document),
        tape=loans_of(run.tape) if run.tape else None,
        assumptions=frozen["assumptions"],
        recovery=_recovery(frozen["recovery"]),
        paths=run.paths,
        seed=frozen["seed"],
        threads=threads,
    )


def _recovery(frozen: Mapping[str, Any]) -> RecoveryAssumptions:
    fits = {name: fitted(fit) for name, fit in frozen.get("fits", {}).items()}
    return RecoveryAssumptions(
        servicer=frozen["servicer"], plan_credibility=frozen["plan_credibility"], fits=fits
    )


def loans_of(tape: Tape) -> LoanTape:
    """Read the loans of an accepted tape from its canonical file."""
    with tape.parquet.open("rb") as stored:
        return loan_tape(pl.read_parquet(stored.read()), tape.cutoff_date)


def plan_run(run: RatingRun) -> Plan:
    return pipeline.plan(inputs_of(run, threads=settings.ENGINE_THREADS))


def simulate_chunk(plan: Plan, index: int) -> bytes:
    """Compute one part of a run, packed for storage."""
    return pipeline.simulate_chunk(plan, index).to_bytes()


def combine(plan: Plan, stored: list[bytes]) -> dict[str, Any]:
    """Put the stored parts together into the result document."""
    here = workplace()
    environment = Environment(lock_sha256=here.lock_sha256, processor=here.processor)
    chunks = [Chunk.from_bytes(content) for content in stored]
    return pipeline.combine(plan, chunks, environment).document()


def rate_document(
    document: Mapping[str, Any],
    tape_frame: pl.DataFrame | None = None,
    criteria_document: Mapping[str, Any] | None = None,
    *,
    paths: int = DEFAULT_PATHS,
    seed: int | None = None,
    threads: int = 1,
) -> dict[str, Any]:
    """Rate a deal file in one go, without rows: the answer of `manage.py rate --json`."""
    deal = parse_deal(document)
    given = criteria_document
    inputs = Inputs(
        deal=deal,
        criteria=load_criteria() if given is None else criteria_from_document(given),
        tape=None if tape_frame is None else loan_tape(tape_frame, deal.dates.cutoff),
        paths=paths,
        seed=seed,
        threads=threads,
    )
    here = workplace()
    environment = Environment(lock_sha256=here.lock_sha256, processor=here.processor)
    return pipeline.rate(inputs, environment).document()


@cache
def workplace() -> Workplace:
    """Return the engine, the packages and the processor that compute here."""
    lock = Path(settings.BASE_DIR, "requirements", "base.lock").read_bytes()
    return Workplace(ENGINE_VERSION, hashlib.sha256(lock).hexdigest(), _processor()[:120])


def _processor() -> str:
    """Return the processor's own name; Linux tells it in a file only."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
