"""Secured recovery: what a collateral will fetch, and how much of it the loan may keep.

gross = min(claim at the date, maximum claim, forced-sale value net of prior liens), for the group of
loans that share collateral (an *item*); the rest is an unsecured residual. One liquidation form per
type of collateral: a factor of market value, or auction rounds. Source: method pages 4 and 5.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from analytics.criteria import Criteria
from analytics.loans import CollateralTable, LoanTape
from analytics.quantiles import lognormal_quantiles, mixture_quantiles
from analytics.series import Roll, city_tier, house_prices

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

PRICE_MONTHS = 241
"""Months of projected prices; later ones hold the last."""
ROUNDS = ("first", "second", "sell_off")
NO_STRESS: Mapping[str, float] = {}


@dataclass(frozen=True)
class Market:
    """A stress of collateral markets: decline of prices, forced-sale discount by collateral group.

    Each acts only where it is larger than what the base case already has.
    """

    price_decline: float = 0.0
    forced_sale_discount: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Liquidation:
    """How one kind of collateral is sold: expected price and its distribution by normal score.

    `expected` is a share of market value at the date, before the city's tier; `quantiles` (4353,)
    has mean one. `sold` is the chance that the procedure ends with a buyer.
    """

    form: str
    expected: float
    sold: float
    quantiles: Floats


@dataclass(frozen=True)
class Valuation:
    """Each collateral item at cut-off: (n_collaterals,).

    `market_value` is the given value rolled to cut-off, CNY; `factor` the expected forced-sale
    share of it; `kind_row` the row of its liquidation; `path_row` the row of its price path.
    """

    market_value: Floats
    factor: Floats
    kind_row: Ints
    path_row: Ints
    rolls: tuple[Roll, ...]
    tiers: tuple[str, ...]


def liquidation(criteria: Criteria, kind: str, *, from_round: str = "first") -> Liquidation:
    """Describe the sale of a kind of collateral, from the auction round that comes next."""
    form = str(criteria.table("recovery.liquidation_form")[kind])
    noise = float(criteria.table("recovery.price_noise")[form])
    if form == "factor":
        factor = float(criteria.table("recovery.forced_sale_factor")[kind])
        return Liquidation("factor", factor, 1.0, lognormal_quantiles(noise))
    chances, prices = auction_outcomes(criteria, from_round)
    expected = float(chances @ prices)
    return Liquidation(
        "auction", expected, float(chances[:-1].sum()),
        mixture_quantiles(chances, prices / expected, noise),
    )  # fmt: skip


def auction_outcomes(criteria: Criteria, from_round: str = "first") -> tuple[Floats, Floats]:
    """Return chance and price (share of market value) of: first, second round, sell-off, unsold.

    Start prices are shares of the court's valuation, which is taken as the market value.
    """
    start, success = criteria.table("auction.start_price"), criteria.table("auction.success")
    over, unsold = (
        criteria.table("auction.price_over_start"),
        criteria.number("auction.unsold_price"),
    )
    first = float(start["first"])
    second = first * float(start["second_of_first"])
    starts = (first, second, second)
    chances, prices, left = [], [], 1.0
    for name, asked in zip(ROUNDS, starts, strict=True):
        held = ROUNDS.index(name) >= ROUNDS.index(from_round)
        chance = left * float(success[name]) if held else 0.0
        chances.append(chance)
        prices.append(asked * float(over[name]))
        left -= chance
    return np.array([*chances, left]), np.array([*prices, unsold])


def value_collateral(tape: LoanTape, criteria: Criteria, market: Market | None = None) -> Valuation:
    """Roll each valuation to cut-off and set what a forced sale is expected to bring.

    A valuation on a forced-sale basis is not discounted again. A market stress replaces the base
    discount where it is larger (max, never product).
    """
    table = tape.collateral
    rolls = tuple(_roll(tape, item, criteria) for item in range(table.appraised_value.size))
    tiers = tuple(city_tier(table.division.text(item)) for item in range(len(rolls)))
    multiples = criteria.table("recovery.city_tier_multiple")
    groups, kinds = criteria.table("recovery.collateral_group"), table.kind
    stressed = (market.forced_sale_discount if market else None) or NO_STRESS
    base = np.array([liquidation(criteria, kind).expected for kind in kinds.words], dtype=float)
    factor = base[kinds.code] * np.array([float(multiples[tier]) for tier in tiers], dtype=float)
    factor = np.minimum(factor, 1.0)
    factor = np.where(table.is_forced_basis, 1.0, factor)
    worst = np.array(
        [1.0 - float(stressed.get(str(groups[kind]), 0.0)) for kind in kinds.words], dtype=float
    )
    return Valuation(
        market_value=table.appraised_value * np.array([roll.factor for roll in rolls], dtype=float),
        factor=np.minimum(factor, worst[kinds.code]),
        kind_row=kinds.code,
        path_row=np.array(
            [0 if groups[kind] == "residential" else 1 for kind in kinds.words], dtype=np.int64
        )[kinds.code],
        rolls=rolls,
        tiers=tiers,
    )  # fmt: skip


def price_paths(criteria: Criteria, market: Market | None = None) -> Floats:
    """Project prices from cut-off: (2, PRICE_MONTHS) homes and commercial property, 1 at cut-off.

    Under a market stress prices fall at once to the stressed level where that is lower.
    """
    path = criteria.table("recovery.price_path")
    years = np.minimum(np.arange(PRICE_MONTHS), float(path["months"])) / 12.0
    homes = (1.0 - float(path["annual_decline"])) ** years
    commercial = 1.0 - criteria.number("recovery.commercial_decline_multiple") * (1.0 - homes)
    floor = 1.0 - (market.price_decline if market else 0.0)
    return np.minimum(np.stack([homes, commercial]), floor)


def _roll(tape: LoanTape, item: int, criteria: Criteria) -> Roll:
    """Return the change of the collateral's market price from valuation to cut-off."""
    table: CollateralTable = tape.collateral
    valued_on = table.appraised_on[item]
    division = table.division.text(item)
    if valued_on is None:
        return Roll(1.0, "none", is_capped=True)
    roll = house_prices().roll(division, valued_on, tape.cutoff)
    groups = criteria.table("recovery.collateral_group")
    if roll.factor < 1.0 and groups[table.kind.text(item)] != "residential":
        # no index of commercial prices is published: homes' decline, enlarged
        more = criteria.number("recovery.commercial_decline_multiple")
        return Roll(1.0 - more * (1.0 - roll.factor), f"{roll.basis}, commercial", roll.is_capped)
    return roll


def loan_groups(tape: LoanTape) -> Ints:
    """Give a number to each group of loans that share collateral, directly or in a chain.

    Returns (n_loans,) group numbers in order of first appearance; a loan on its own is a group.
    """
    links, n = tape.links, tape.n_loans
    size = n + tape.collateral.appraised_value.size
    ones = np.ones(links.loan.size)
    graph = coo_matrix((ones, (links.loan, n + links.collateral)), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    _, first, number = np.unique(label[:n], return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))
    return np.asarray(rank[number], dtype=np.int64)


def allocate(value: float, due: Floats, cap: Floats, rank: Ints) -> Floats:
    """Share the net value of one collateral among its claims: by rank, then pro rata.

    Parameters
    ----------
    value : CNY, net of liens outside the pool.
    due, cap, rank : (n_claims,) CNY owed, maximum secured claim, rank (1 is paid first).

    Returns
    -------
    (n_claims,) CNY; never above `due` or `cap`, and never more than `value` in sum.
    """
    paid = np.zeros(due.size)
    left = value
    for level in np.unique(rank):
        here = rank == level
        wanted = np.minimum(due[here], cap[here])
        total = wanted.sum()
        share = 1.0 if total <= left else left / total
        paid[here] = wanted * share
        left -= paid[here].sum()
    return paid
