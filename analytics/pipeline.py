"""The whole method on one page.

A rating is computed in five steps, each a pure function of the one before:

1. read: the deal is written out in full, its dates laid out, its pool forecast (base case);
2. climb: each level's stress on the base case through the deal's own waterfall (the ladder);
3. simulate: correlated paths of the *unstressed* base case through the same waterfall, in chunks;
4. judge: level by ladder, level by simulation, the outcome rule, the caps that bind;
5. report: every figure with what it came from.

`plan(inputs) -> Plan`, `simulate_chunk(plan, k) -> Chunk`, `combine(plan, chunks) -> Result`;
`rate(inputs)` is the three in a loop. Chunks are bytes that may be stored, so that a run resumes;
the digits do not depend on threads, on the order of chunks, or on who computed them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from analytics.chunks import Chunk, Grid, chunk_of
from analytics.criteria import Criteria
from analytics.errors import AnalyticsError
from analytics.inputs import Inputs
from analytics.ladder import Setting, program_for
from analytics.pool import RunPool, forecast_pool
from analytics.report import report
from analytics.result import Environment, Result
from analytics.schedule import build_schedule
from analytics.simulation import Draws, prepare, simulate
from analytics.structure import FeeDefaults, expand
from analytics.waterfall import Conditions, Program, run_waterfall


@dataclass(frozen=True)
class Plan:
    """A run ready to be computed: nothing here is random."""

    inputs: Inputs
    setting: Setting
    pool: RunPool
    draws: Draws
    program: Program
    grid: Grid

    @property
    def n_chunks(self) -> int:
        return self.grid.n_chunks


def plan(inputs: Inputs) -> Plan:
    """Read the deal, forecast its pool and lay out the chunks."""
    setting, pool = setting_of(inputs)
    schedule = setting.schedule
    return Plan(
        inputs=inputs,
        setting=setting,
        pool=pool,
        draws=prepare(
            pool.forecast,
            setting.criteria,
            schedule.month_to_period,
            schedule.n_periods,
            pool.seed,
        ),
        program=program_for(setting, Conditions(plan=setting.plan)),
        grid=Grid(inputs.paths),
    )


def setting_of(inputs: Inputs) -> tuple[Setting, RunPool]:
    """Write the deal out, lay out its dates, forecast its pool: what the ladder stands on."""
    criteria = inputs.effective_criteria
    seed, _ = inputs.run_seed
    expanded = expand(inputs.deal, fee_defaults(criteria))
    schedule = build_schedule(expanded.deal)
    forecast = forecast_pool(inputs, criteria)
    pool = RunPool(inputs, criteria, forecast, schedule.n_months, seed)
    servicing = inputs.deal.servicing
    setting = Setting(
        expanded=expanded,
        schedule=schedule,
        criteria=criteria,
        pool=pool,
        has_backup=servicing is not None and bool(servicing.backup),
        threads=inputs.threads,
    )
    return setting, pool


def simulate_chunk(plan: Plan, number: int) -> Chunk:
    """Simulate one chunk of the unstressed base case and run it through the waterfall."""
    first, size = plan.grid.bounds(number)
    threads = plan.inputs.threads
    cash = simulate(plan.draws, size, first_path=first, threads=threads)
    outcomes = run_waterfall(plan.program, cash.gross, cash.costs, threads=threads)
    return chunk_of(plan.grid, number, cash.gross, cash.weight, outcomes)


def combine(plan: Plan, chunks: Iterable[Chunk], environment: Environment | None = None) -> Result:
    """Put the chunks together, in any order, with the ladder into the result."""
    ordered = sorted(chunks, key=lambda chunk: chunk.number)
    if [chunk.number for chunk in ordered] != list(range(plan.n_chunks)):
        found = ", ".join(str(chunk.number) for chunk in ordered) or "none"
        msg = f"A run of {plan.n_chunks} chunks needs each of them once; found {found}."
        raise AnalyticsError(msg)
    return report(
        inputs=plan.inputs,
        setting=plan.setting,
        pool=plan.pool,
        draws=plan.draws,
        chunks=ordered,
        environment=environment or Environment(),
    )


def rate(inputs: Inputs, environment: Environment | None = None) -> Result:
    """Rate a deal: plan, all chunks, combine."""
    planned = plan(inputs)
    chunks = (simulate_chunk(planned, number) for number in range(planned.n_chunks))
    return combine(planned, chunks, environment)


def fee_defaults(criteria: Criteria) -> FeeDefaults:
    """Return the criteria's fees and reserve for what a deal file leaves out."""
    return FeeDefaults(
        tax_rate=criteria.number("structure.tax_rate"),
        agent_rate=criteria.number("structure.agent_rate"),
        expenses_a_year=Decimal(str(criteria.number("structure.expenses_a_year"))),
        excess_servicing_share=criteria.number("structure.excess_servicing_share"),
        reserve_multiple=criteria.number("structure.reserve_multiple"),
        eu_reserve_share=criteria.number("structure.eu_reserve_share"),
    )


__all__ = [
    "Chunk",
    "Environment",
    "Inputs",
    "Plan",
    "Result",
    "combine",
    "plan",
    "rate",
    "setting_of",
    "simulate_chunk",
]
