"""Where the expected recovery comes from, and what a single blow takes.

Concentration is measured on expected recovery, never on balance: a large claim that brings nothing
is no risk to the notes. A shock returns a forecast, so that the same blow runs through the waterfall.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analytics.errors import AssumptionError
from analytics.loans import Codes, LoanTape
from analytics.recovery import LoanForecast, added, effective_number, expected_cash

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Concentration:
    """Shares of expected recovery by name, largest first: (n_names,), sum one.

    `herfindahl` is the sum of squared shares, `effective_number` its inverse.
    """

    by: str
    names: tuple[str, ...]
    shares: Floats
    herfindahl: float
    effective_number: float

    def top(self, n: int) -> float:
        """Return the share of the n largest."""
        return float(self.shares[:n].sum())


@dataclass(frozen=True)
class Shock:
    """A blow to some loans: multiples of amount, of collateral price, and of remaining time."""

    name: str
    loans: Flags
    amount: float = 1.0
    price: float = 1.0
    time: float = 1.0


def _collateral_kind(tape: LoanTape) -> Codes:
    """Return the kind of each loan's first collateral, "unsecured" where it has none."""
    words = (*tape.collateral.kind.words, "unsecured")
    code = np.full(tape.n_loans, len(words) - 1, dtype=np.int64)
    # written backwards, so that the first link of a loan is the one that stays
    code[tape.links.loan[::-1]] = tape.collateral.kind.code[tape.links.collateral[::-1]]
    return Codes(code, words)


BY: Mapping[str, Callable[[LoanTape], Codes]] = {
    "borrower": lambda tape: tape.borrower,
    "group": lambda tape: tape.group,
    "province": lambda tape: tape.province,
    "city": lambda tape: tape.city,
    "collateral": _collateral_kind,
    "court": lambda tape: tape.court,
    "industry": lambda tape: tape.industry,
    "product": lambda tape: tape.product,
}


def concentration(forecast: LoanForecast, by: str) -> Concentration:
    """Measure the concentration of expected recovery by borrower, group, province and so on."""
    codes = _codes(forecast.tape, by)
    amount = added(codes.code, forecast.base_gross, len(codes.words))
    order = np.argsort(-amount, kind="stable")
    total = float(amount.sum())
    shares = amount[order] / total if total > 0.0 else amount[order]
    return Concentration(
        by,
        tuple(codes.words[place] for place in order),
        shares,
        float((shares**2).sum()),
        effective_number(amount),
    )


def top_to_zero(forecast: LoanForecast, n: int) -> Shock:
    """Return the shock in which the n groups of the largest expected recovery bring nothing."""
    group = forecast.tape.group
    amount = added(group.code, forecast.base_gross, len(group.words))
    worst = np.argsort(-amount, kind="stable")[:n]
    return Shock(f"top {n} to zero", np.isin(group.code, worst), amount=0.0)


def price_shock(forecast: LoanForecast, by: str, name: str, decline: float) -> Shock:
    """Return the shock in which the collateral of one province, city or kind loses value."""
    return Shock(f"{name} {decline:.0%} cheaper", _where(forecast, by, name), price=1.0 - decline)


def court_delay(forecast: LoanForecast, by: str, name: str, factor: float) -> Shock:
    """Return the shock in which one court's or region's cases take longer by a factor."""
    return Shock(f"{name} slower by {factor:g}", _where(forecast, by, name), time=factor)


def shocked(forecast: LoanForecast, shock: Shock) -> LoanForecast:
    """Return the forecast after a shock, valued anew inside the minimum of the three terms.

    An item is hit when any of its loans is: loans that share collateral stand or fall together.
    """
    items = forecast.items
    hit = np.zeros(items.n_items, dtype=np.bool_)
    hit[forecast.item_of_loan[shock.loans]] = True
    secured = hit[items.n_beta :]
    behind = np.repeat(secured, np.diff(items.first))
    # what a secured item pays is homogeneous in its claim, collateral, liens and caps together
    claim = np.where(secured, shock.amount, 1.0)
    security = np.where(behind, shock.amount, 1.0)
    beta = hit & (np.arange(items.n_items) < items.n_beta)
    changed = replace(
        items,
        amount=items.amount * np.where(beta, shock.amount, 1.0),
        time_scale=items.time_scale * np.where(hit, shock.time, 1.0),
        due=items.due * claim,
        growth=items.growth * claim,
        value=items.value * security * np.where(behind, shock.price, 1.0),
        prior=items.prior * security,
        cap=_scaled_caps(items.cap, security),
    )
    after = replace(forecast, items=changed)
    cash = expected_cash(after)
    place = forecast.item_of_loan
    gross = cash.item_gross[place] * forecast.recovery_share
    return replace(
        after,
        base_gross=gross,
        base_months=cash.item_months[place],
        base_costs=gross * changed.cost_rate[place],
    )


def effect(forecast: LoanForecast, shock: Shock) -> float:
    """Return the change of expected recovery by a shock, as a fraction of the base."""
    before = forecast.base_gross.sum()
    return float(shocked(forecast, shock).base_gross.sum() / before - 1.0) if before > 0.0 else 0.0


def _scaled_caps(cap: Floats, factor: Floats) -> Floats:
    """Scale maximum claims; one that is not set stays so, unless nothing is left at all."""
    known = np.isfinite(cap)
    return np.where(known, np.where(known, cap, 0.0) * factor, np.where(factor > 0.0, cap, 0.0))


def _where(forecast: LoanForecast, by: str, name: str) -> Flags:
    codes = _codes(forecast.tape, by)
    if name not in codes.words:
        msg = f"No loan has {by} {name!r}."
        raise AssumptionError(msg)
    return codes.is_word(name)


def _codes(tape: LoanTape, by: str) -> Codes:
    if by not in BY:
        msg = f"Concentration is measured by {', '.join(BY)}; got {by!r}."
        raise AssumptionError(msg)
    return BY[by](tape)
