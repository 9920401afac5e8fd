"""The result put together: readings of ladder and simulation, and every figure behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics import result as out
from analytics.chunks import Chunk
from analytics.criteria import LEVELS, target_shortfall
from analytics.failure import most_likely_failure
from analytics.inputs import Inputs
from analytics.ladder import Limits, Rung, Setting, Variant, Verdict, climb, limits_of, program_for
from analytics.liquidity import derived_caps, survivals
from analytics.path_statistics import histogram, quantiles, standard_error, weighted_mean
from analytics.pool import RunPool, forecast_pool
from analytics.rating import (
    Cap,
    compose,
    is_gap_a_question,
    level_by_ladder,
    level_by_simulation,
    quantitative_level,
)
from analytics.recovery import AggregateForecast, LoanForecast
from analytics.result import fen, nano
from analytics.simulation import Draws
from analytics.stress import mean_time, stressed_cash, to_periods
from analytics.structure import Note
from analytics.version import ENGINE_VERSION
from analytics.waterfall import Trace, trace_waterfall

Floats = NDArray[np.float64]

SHARES = (0.05, 0.25, 0.50, 0.75, 0.95)
FAN_SHARES = (0.05, 0.50, 0.95)
BARS = 40
TRACED_LEVELS = ("CCC", "B", "BB", "BBB", "A", "AA", "AAA")


@dataclass(frozen=True)
class Readings:
    """The deterministic half of a result."""

    verdicts: tuple[Verdict, ...]
    disrupted: tuple[Verdict, ...]
    commingled: tuple[Verdict, ...]
    limits: tuple[Limits, ...]
    traces: Mapping[str, Trace]
    caps: tuple[Cap, ...]
    stresses: tuple[out.LevelStress, ...]


@dataclass(frozen=True)
class Paths:
    """The simulated half: all chunks in one, arrays by path in order of path number."""

    weight: Floats
    gross: Floats
    is_short: NDArray[np.bool_]
    misses: NDArray[np.bool_]
    loss: Floats
    principal_time: Floats
    principal: Floats
    expected: Floats
    fan: Floats
    fan_weight: Floats


def report(
    *,
    inputs: Inputs,
    setting: Setting,
    pool: RunPool,
    draws: Draws,
    chunks: Sequence[Chunk],
    environment: out.Environment,
) -> out.Result:
    """Read ladder and simulation, apply the outcome rule and the caps, and report it all."""
    read = readings(setting)
    paths = joined(chunks)
    seed, seed_source = inputs.run_seed
    notes = tuple(
        note_result(setting, read, paths, place) for place in range(len(setting.deal.notes))
    )
    return out.Result(
        engine=ENGINE_VERSION,
        criteria=setting.criteria.version,
        criteria_sha256=inputs.criteria.sha256,
        lock_sha256=environment.lock_sha256,
        inputs_sha256=inputs.sha256,
        seed=seed,
        seed_source=seed_source,
        paths=inputs.paths,
        threads=inputs.threads,
        processor=environment.processor,
        scale=setting.scale,
        pool=pool_result(setting, pool, paths),
        periods=period_results(setting, paths),
        notes=notes,
        stresses=read.stresses,
        derived_caps=tuple(
            out.DerivedCap(cap.note, cap.kind, cap.level, cap.reason) for cap in read.caps
        ),
        warnings=warnings_of(setting, pool, notes),
        liquidity=tuple(
            out.Liquidity(s.note, fen(s.cash), fen(s.need), nano(s.months), s.is_evidenced)
            for s in survivals(setting)
        ),
        monthly=monthly_cash(setting),
        recoveries=bars(paths.gross / pool.forecast.claim, paths.weight),
        bridge=bridge(pool),
        variants=variants(inputs, setting, pool),
        sources_and_uses=sources_and_uses(read.traces["CCC"], setting),
        assumptions=used_assumptions(inputs, setting, pool),
        failures=failures(setting, pool, draws, chunks),
    )


def readings(setting: Setting) -> Readings:
    """Climb the ladder as it is, disrupted and commingled; find the breakevens of every level."""
    rungs = [Rung(setting, level) for level in LEVELS]
    verdicts = climb(setting)
    return Readings(
        verdicts=verdicts,
        disrupted=climb(setting, Variant.DISRUPTED),
        commingled=climb(setting, Variant.COMMINGLED),
        limits=tuple(limits_of(*pair) for pair in zip(rungs, verdicts, strict=True)),
        traces={level: trace_level(setting, level) for level in TRACED_LEVELS},
        caps=tuple(derived_caps(setting)),
        stresses=tuple(level_stress(rung) for rung in rungs),
    )


def level_stress(rung: Rung) -> out.LevelStress:
    """Say what a level asks of the pool as a whole."""
    weight = rung.base.gross.sum(axis=1)
    delays = np.array([stress.delay for stress in rung.stresses])
    total = float(weight.sum())
    first = rung.stresses[0]
    return out.LevelStress(
        level=rung.level,
        kept=nano(rung.kept_share),
        delay_months=nano(float(np.dot(delays, weight)) / total if total > 0.0 else first.delay),
        cost_multiple=nano(first.cost_multiple),
        fee_multiple=nano(first.fee_multiple),
    )


def trace_level(setting: Setting, level: str) -> Trace:
    """Walk the level's smooth cash through the deal, as stated, for charts of balances."""
    rung = Rung(setting, level)
    schedule = setting.schedule
    cash = stressed_cash(rung.base, rung.stresses, schedule.n_months, setting.closing_month)
    gross, costs = (
        to_periods(each, schedule.month_to_period, schedule.n_periods)
        for each in (cash.gross, cash.costs)
    )
    program = program_for(setting, rung.cases[0].conditions)
    return trace_waterfall(
        program, [float(x) for x in gross], [float(x) for x in costs], rounded=False
    )


def joined(chunks: Sequence[Chunk]) -> Paths:
    """Put chunks together in order of path number."""

    def rows(name: str) -> Any:
        return np.concatenate([getattr(chunk, name) for chunk in chunks])

    names = ("weight", "gross", "is_short", "misses", "loss", "principal_time", "principal")
    return Paths(
        **{name: rows(name) for name in names},
        expected=np.sum([chunk.expected for chunk in chunks], axis=0)
        / sum(chunk.n_paths for chunk in chunks),
        fan=rows("fan"),
        fan_weight=rows("fan_weight"),
    )


# ------------------------------------------------------------------ notes


def note_result(setting: Setting, read: Readings, paths: Paths, place: int) -> out.Note:
    """Read one note class on the ladder and in the simulation."""
    note, criteria, scale = setting.deal.notes[place], setting.criteria, setting.scale
    probability, loss, wal = risk_figures(note, paths, place)
    by_ladder = level_of(read.verdicts, place)
    by_simulation = level_by_simulation(criteria, scale, probability[0], wal)
    quantitative = quantitative_level(criteria, by_ladder, by_simulation)
    outcome = compose(quantitative, [*read.caps, *stated_caps(setting)], note.name)
    binding = outcome.binding
    matures = note.expected_maturity is not None
    base = read.traces["CCC"]
    return out.Note(
        name=note.name,
        rank=note.rank,
        balance=fen(float(note.balance)),
        is_rated=note.is_rated,
        implied=outcome.implied,
        quantitative=quantitative,
        binding=out.Binding(binding.kind, binding.level, binding.reason) if binding else None,
        level_by_ladder=by_ladder,
        level_by_simulation=by_simulation,
        is_gap_a_question=is_gap_a_question(criteria, by_ladder, by_simulation),
        ladder=rungs_of(read, place),
        breakeven=breakevens_of(read, place),
        shortfall_probability=nano(probability[0]),
        shortfall_se=nano(probability[1]),
        expected_loss=nano(loss[0]),
        expected_loss_se=nano(loss[1]),
        miss_expected_maturity=(
            nano(float(weighted_mean(paths.misses[:, place], paths.weight))) if matures else None
        ),
        wal_years=nano(wal),
        redeemed_on=redeemed_on(base, note.name),
        level_with_disruption=level_of(read.disrupted, place),
        level_if_commingled=level_of(read.commingled, place),
        level_as_stated=level_by_ladder(
            [bool(v.is_passed_as_stated[place]) for v in read.verdicts]
        ),
        level_costs_first=level_by_ladder(
            [bool(v.is_passed_costs_first[place]) for v in read.verdicts]
        ),
        target_shortfall={
            level: nano(target_shortfall(criteria, level, scale, wal)) for level in LEVELS
        },
        scenarios=tuple(scenario(name, trace, note.name) for name, trace in read.traces.items()),
        losses=bars(paths.loss[:, place] / float(note.balance), paths.weight),
    )


def risk_figures(
    note: Note, paths: Paths, place: int
) -> tuple[tuple[float, float], tuple[float, float], float]:
    """Return shortfall probability and expected loss, each with standard error, and WAL in years."""
    short, loss = paths.is_short[:, place], paths.loss[:, place] / float(note.balance)
    principal = float(weighted_mean(paths.principal[:, place], paths.weight))
    time = float(weighted_mean(paths.principal_time[:, place], paths.weight))
    return (
        (float(weighted_mean(short, paths.weight)), float(standard_error(short, paths.weight))),
        (float(weighted_mean(loss, paths.weight)), float(standard_error(loss, paths.weight))),
        time / principal if principal > 0.0 else 0.0,
    )


def level_of(verdicts: Sequence[Verdict], place: int) -> str:
    return level_by_ladder([bool(verdict.is_passed[place]) for verdict in verdicts])


def stated_caps(setting: Setting) -> list[Cap]:
    """Return the constraints of the deal file."""
    return [
        Cap(each.kind, each.level, each.source or "deal file", each.reason or "", name)
        for each in setting.deal.constraints
        for name in (each.notes or ("",))
    ]


def rungs_of(read: Readings, place: int) -> tuple[out.Rung, ...]:
    return tuple(
        out.Rung(
            level=verdict.level,
            timely_interest=bool(verdict.is_interest_timely[place]),
            ultimate_principal=bool(verdict.is_principal_paid[place]),
            passed=bool(verdict.is_passed[place]),
            margin=nano(limits.margin[place]),
            shortfall_frequency=nano(verdict.frequency[place]),
            worst_case=verdict.worst[place],
        )
        for verdict, limits in zip(read.verdicts, read.limits, strict=True)
    )


def breakevens_of(read: Readings, place: int) -> tuple[out.Breakeven, ...]:
    return tuple(
        out.Breakeven(
            limits.level,
            _known(limits.multiple[place]),
            _known(limits.delay[place]),
        )
        for limits in read.limits
    )


def _known(figure: float) -> float | None:
    return nano(figure) if np.isfinite(figure) else None


def redeemed_on(trace: Trace, name: str) -> date | None:
    """Return the first payment date after which nothing of the note is left."""
    for state in trace.states:
        if state.registers[f"balance:{name}"] < 0.005:
            return state.on
    return None


def scenario(level: str, trace: Trace, name: str) -> out.Scenario:
    """Return a note's flows under a level's stress, as stated."""
    rows = zip(
        trace.program.payment_dates,
        trace.series(f"balance:{name}"),
        trace.changes(f"paid_interest:{name}"),
        trace.changes(f"paid_principal:{name}"),
        strict=True,
    )
    return out.Scenario(
        level,
        tuple(out.Flow(on, fen(left), fen(paid), fen(repaid)) for on, left, paid, repaid in rows),
    )


def failures(
    setting: Setting, pool: RunPool, draws: Draws, chunks: Sequence[Chunk]
) -> tuple[out.Failure, ...]:
    """Return the most likely failure of every note that fails on any path."""
    items = pool.forecast.items
    names = [
        ("national", ""),
        *(("province", word) for word in items.province.words),
        *(("asset_class", word) for word in items.asset_class.words),
    ]
    found = [
        most_likely_failure(draws, names, chunks, place, note.name)
        for place, note in enumerate(setting.deal.notes)
    ]
    return tuple(failure for failure in found if failure is not None)


# ------------------------------------------------------------------ pool and periods


def pool_result(setting: Setting, pool: RunPool, paths: Paths) -> out.Pool:
    forecast, base = pool.forecast, setting.base
    share = paths.gross / forecast.claim
    mean = float(weighted_mean(share, paths.weight))
    spread = float(np.sqrt(max(float(weighted_mean((share - mean) ** 2, paths.weight)), 0.0)))
    points = quantiles(share, paths.weight, SHARES)
    collected = float(base.collected.sum())
    number = forecast.effective_number
    return out.Pool(
        loans=loans_of(setting, pool),
        claim=fen(forecast.claim),
        own_gross=_money(forecast.own_total),
        plan_gross=_money(forecast.plan_total),
        base_gross=fen(base.total + collected),
        base_net=fen(base.total + collected - float(base.costs.sum())),
        recovery_mean=nano(mean),
        recovery_sd=nano(spread),
        p05=nano(points[0]),
        p25=nano(points[1]),
        p50=nano(points[2]),
        p75=nano(points[3]),
        p95=nano(points[4]),
        mean_months=nano(mean_time(base.gross.sum(axis=0))),
        effective_number=nano(number) if np.isfinite(number) else None,
        is_lumpy=pool.is_lumpy,
        collected=fen(collected),
        segments=tuple(
            out.Segment(name, fen(gross.sum()), fen(costs.sum()), nano(mean_time(gross)))
            for name, gross, costs in zip(base.segments, base.gross, base.costs, strict=True)
        ),
    )


def _money(amount: float | None) -> float | None:
    return None if amount is None else fen(amount)


def loans_of(setting: Setting, pool: RunPool) -> int | None:
    if isinstance(pool.forecast, LoanForecast):
        return pool.forecast.tape.n_loans
    return getattr(setting.deal.pool, "loans", None)


def period_results(setting: Setting, paths: Paths) -> tuple[out.Period, ...]:
    """Return expectation and fan of gross collections by payment date."""
    schedule = setting.schedule
    base = stressed_cash(setting.base, setting.stresses("CCC"), schedule.n_months)
    by_period = to_periods(base.gross, schedule.month_to_period, schedule.n_periods)
    each = quantiles(paths.fan, paths.fan_weight, FAN_SHARES)
    added = quantiles(np.cumsum(paths.fan, axis=1), paths.fan_weight, FAN_SHARES)
    total = np.cumsum(paths.expected)
    return tuple(
        out.Period(
            on,
            expected=fen(paths.expected[p]),
            p05=fen(each[0][p]),
            p50=fen(each[1][p]),
            p95=fen(each[2][p]),
            base=fen(by_period[p]),
            cumulative_expected=fen(total[p]),
            cumulative_p05=fen(added[0][p]),
            cumulative_p50=fen(added[1][p]),
            cumulative_p95=fen(added[2][p]),
        )
        for p, on in enumerate(schedule.payment_dates)
    )


def monthly_cash(setting: Setting) -> Mapping[str, tuple[float, ...]]:
    """Return the base case by month from cut-off to legal final, CNY."""
    months = setting.schedule.n_months
    cash = stressed_cash(setting.base, setting.stresses("CCC"), months)
    return {
        "gross": tuple(fen(each) for each in cash.gross),
        "costs": tuple(fen(each) for each in cash.costs),
    }


def bars(values: Floats, weight: Floats) -> tuple[out.Bar, ...]:
    """Return a histogram from 0 to the largest value, in round steps."""
    top = max(float(values.max()), 1e-9)
    step = 10.0 ** np.floor(np.log10(top / BARS))
    step *= next(multiple for multiple in (1, 2, 5, 10) if step * multiple * BARS >= top)
    return tuple(
        out.Bar(nano(low), nano(high), nano(share))
        for low, high, share in histogram(values, weight, 0.0, float(step * BARS), BARS)
        if low <= top
    )


# ------------------------------------------------------------------ where it comes from


def bridge(pool: RunPool) -> tuple[out.Step, ...]:
    """Walk from the plan or the forecasts to the base case, one assumption at a time."""
    forecast = pool.forecast
    if isinstance(forecast, AggregateForecast):
        mean = forecast.plan_total
        return _steps([("mean_of_forecasts", mean), ("debias", forecast.base_total)])
    known = ~np.isnan(forecast.plan_gross)
    if not known.any():
        return _steps([("own_estimate", forecast.own_total)])
    collected = float(forecast.tape.collected.sum())
    plan = float(forecast.plan_gross[known].sum())
    without = float(forecast.own_gross[~known].sum() + forecast.tape.collected[~known].sum())
    debiased = float(forecast.plan_debiased[known].sum() + forecast.tape.collected[known].sum())
    return _steps(
        [
            ("plan", plan),
            ("loans_without_a_plan", plan + without),
            ("debias", debiased + without),
            ("own_estimate_mixed_in", float(forecast.base_gross.sum()) + collected),
        ]
    )


def _steps(figures: Sequence[tuple[str, float]]) -> tuple[out.Step, ...]:
    before, steps = 0.0, []
    for name, after in figures:
        steps.append(out.Step(name, fen(after - before), fen(after)))
        before = after
    return tuple(steps)


def variants(inputs: Inputs, setting: Setting, pool: RunPool) -> tuple[out.BaseVariant, ...]:
    """Run each of several base forecasts alone: what each agency's own figure would give."""
    forecast = pool.forecast
    if not isinstance(forecast, AggregateForecast) or len(forecast.forecasts) < 2:
        return ()
    found = []
    for place, (source, amount) in enumerate(forecast.forecasts):
        alone = RunPool(
            inputs,
            setting.criteria,
            forecast_pool(inputs, setting.criteria, forecast=place),
            setting.schedule.n_months,
            pool.seed,
        )
        verdicts = climb(replace(setting, pool=alone))
        levels = {note.name: level_of(verdicts, row) for row, note in enumerate(setting.deal.notes)}
        found.append(out.BaseVariant(source, fen(amount), levels))
    return tuple(found)


def sources_and_uses(trace: Trace, setting: Setting) -> tuple[out.SourceOrUse, ...]:
    """Add up the base case over the life of the deal: where the cash came from, where it went."""
    last = trace.states[-1].registers
    lines = [
        ("source", "collections", sum(state.gross for state in trace.states)),
        ("source", "accounts_at_closing", float(sum(a.initial for a in setting.expanded.accounts))),
        ("use", "disposal_costs", last.get("paid_costs", 0.0)),
    ]
    for kind, label in (
        ("paid_fee:", "fee"),
        ("paid_interest:", "interest"),
        ("paid_principal:", "principal"),
        ("share:", "share"),
        ("residual:", "residual"),
        ("account:", "left_in_account"),
    ):
        lines += [
            ("use", f"{label}:{name.removeprefix(kind)}", amount)
            for name, amount in last.items()
            if name.startswith(kind)
        ]
    return tuple(out.SourceOrUse(side, name, fen(amount)) for side, name, amount in lines if amount)


def used_assumptions(
    inputs: Inputs, setting: Setting, pool: RunPool
) -> tuple[out.UsedAssumption, ...]:
    """List the assumptions that this run rests on, with the criteria's own value beside."""
    criteria = setting.criteria
    names = [name for name in criteria.assumptions if is_used(name, setting, pool)]
    return tuple(
        out.UsedAssumption(
            name=name,
            value=criteria[name],
            criteria_value=inputs.criteria[name],
            unit=criteria.entry(name).unit,
            mark=criteria.entry(name).mark,
            source=criteria.entry(name).source,
        )
        for name in names
    )


def is_used(name: str, setting: Setting, pool: RunPool) -> bool:
    """Say whether an assumption has a part in this run."""
    room, _, rest = name.partition(".")
    scale = setting.scale
    if room == "stress":
        segments = setting.base.segments
        if rest.startswith(f"{scale}.cut."):
            return rest.removeprefix(f"{scale}.cut.") in segments
        return rest.startswith(f"{scale}.") or rest == "top_obligors"
    if room == "targets":
        return rest in (scale, "horizons")
    if room in ("phases", "auction", "series"):
        return isinstance(pool.forecast, LoanForecast)
    if room == "aggregate":
        return isinstance(pool.forecast, AggregateForecast)
    return True


def warnings_of(setting: Setting, pool: RunPool, notes: Sequence[out.Note]) -> tuple[str, ...]:
    """Say what a reader must know before relying on the figures."""
    found = list(setting.expanded.warnings)
    cash = stressed_cash(setting.base, setting.stresses("CCC"), setting.schedule.n_months)
    total = setting.base.total + float(setting.base.collected.sum())
    late = 1.0 - float(cash.gross.sum()) / total if total > 0.0 else 0.0
    if late > 0.001:
        found.append(f"{late:.1%} of the base case is expected after the legal final date.")
    if pool.is_lumpy:
        found.append("The pool is lumpy: the ladder was tested on noisy paths.")
    found += [
        f"Note {survival.note}: the cash at closing is expected, not evidenced."
        for survival in survivals(setting)
        if not survival.is_evidenced and survival.cash > 0.0
    ]
    found += [
        f"Note {note.name}: ladder ({note.level_by_ladder}) and simulation "
        f"({note.level_by_simulation}) differ by more than the criteria leave unexplained."
        for note in notes
        if note.is_gap_a_question and note.is_rated
    ]
    return tuple(found)
