"""Anyone's own cash through a deal: dated net collections in, dated payments out."""

from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from analytics.errors import AnalyticsError
from analytics.schedule import Schedule, build_schedule
from analytics.structure import Deal
from analytics.waterfall.compiler import compile_waterfall
from analytics.waterfall.program import NEUTRAL, Conditions
from analytics.waterfall.trace import Trace, trace_waterfall

DatedCash = Iterable[tuple[date, Decimal | float]]


def cash_by_period(schedule: Schedule, collections: DatedCash) -> list[float]:
    """Put dated cash into payment periods; what comes too late for the last date is left out.

    A payment date distributes the cash of calendar months that ended on or before it.
    """
    cash = [Decimal(0)] * schedule.n_periods
    for on, amount in collections:
        if on < schedule.cutoff:
            msg = f"A collection of {on} lies before the cut-off date {schedule.cutoff}."
            raise AnalyticsError(msg)
        period = schedule.period_of_cash(on)
        if period >= 0:
            cash[period] += Decimal(str(amount))
    return [float(amount) for amount in cash]


def waterfall_flows(
    deal: Deal,
    collections: DatedCash,
    *,
    conditions: Conditions = NEUTRAL,
    holidays: Collection[date] = (),
) -> dict[str, Any]:
    """Run the deal's waterfall on given net collections: the answer of ``manage.py waterfall``.

    Returns
    -------
    notes {name: [[date, balance, interest, principal], ..]}, fees {name: [[date, due_left, paid],
    ..]}, accounts {name: [[date, balance], ..]}, residual [[date, amount], ..]; one row for each
    payment date, balances after payment, money in fen.
    """
    schedule = build_schedule(deal, holidays)
    program = compile_waterfall(deal, schedule, conditions)
    return flows_of(trace_waterfall(program, cash_by_period(schedule, collections)))


def flows_of(trace: Trace) -> dict[str, Any]:
    dates = [on.isoformat() for on in trace.program.payment_dates]
    names = trace.program.registers

    def rows(*series: list[float]) -> list[list[Any]]:
        return [
            [on, *(round(value, 2) for value in values)]
            for on, *values in zip(dates, *series, strict=True)
        ]

    def named(kind: str) -> list[str]:
        return [name.removeprefix(kind) for name in names if name.startswith(kind)]

    residual = [0.0] * len(dates)
    for payee in named("residual:"):
        added = trace.changes(f"residual:{payee}")
        residual = [x + y for x, y in zip(residual, added, strict=True)]
    fees = {
        name: rows(trace.series(f"fee:{name}"), trace.changes(f"paid_fee:{name}"))
        for name in named("fee:")
    }
    for name in named("share:"):
        fees[name] = rows([0.0] * len(dates), trace.changes(f"share:{name}"))
    return {
        "notes": {
            name: rows(
                trace.series(f"balance:{name}"),
                trace.changes(f"paid_interest:{name}"),
                trace.changes(f"paid_principal:{name}"),
            )
            for name in trace.program.note_names
        },
        "fees": fees,
        "accounts": {name: rows(trace.series(f"account:{name}")) for name in named("account:")},
        "residual": rows(residual),
    }
