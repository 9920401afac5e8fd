"""Expected recovery, time and cost of each loan, or of a pool known by its totals only.

The forecast holds two views of the same case: by loan, for people, and by *item* (an unsecured
loan, or loans that share collateral), for the simulation. Both agree: the base case of a loan is
what the kernel expects of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.business_plan import BaseCase, credibility, debias_factor, mix, pool_base
from analytics.costs import bottom_up, cost_ratio
from analytics.criteria import Criteria
from analytics.criteria.stresses import segment_of
from analytics.errors import AssumptionError
from analytics.kernels.simulation import DrawArrays
from analytics.kernels.simulation import expected_cash as integrate
from analytics.loans import Codes, LoanTape
from analytics.quantiles import beta_quantiles, table_mean
from analytics.secured import (
    Market,
    Valuation,
    allocate,
    liquidation,
    loan_groups,
    price_paths,
    value_collateral,
)
from analytics.series import months_between
from analytics.static_pool import ALL, UnsecuredFit, history_of
from analytics.structure.terms import AggregatePool, Dates
from analytics.timing import (
    criteria_curve,
    curve_duration,
    mean_months,
    monthly_curve,
    stage_duration,
)
from analytics.unsecured import beta_parameters, feasible_sd, segment_of_loan

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

AGE_STEP = 6.0
"""Loans are grouped by age in steps of this many months: one Beta and one curve each."""
HORIZON = 360
"""Months over which expected cash is laid out."""
NEVER = 1e9
RETAIL = ("card", "consumer", "auto")
"""Classes collected without courts: time from a collection curve."""
ROUND_OF_STAGE = {"auction_2": "second", "sale": "sell_off"}


@dataclass(frozen=True)
class RecoveryAssumptions:
    """What a case adds to the criteria: plan credibility, measured bias, fits, time factors.

    `measured_bias` is actual over plan by "secured"/"unsecured"; `fits` by asset class or "all";
    `time_factor` by province code, `servicer_time` for all; `history` "short" or "long" says which
    floor of dispersion a foreign or fitted pool takes, "" the floor of its class.
    """

    servicer: str | None = None
    plan_credibility: float | None = None
    measured_bias: Mapping[str, float] = field(default_factory=dict)
    fits: Mapping[str, UnsecuredFit] = field(default_factory=dict)
    time_factor: Mapping[str, float] = field(default_factory=dict)
    servicer_time: float = 1.0
    cost_source: str | None = None
    history: str = ""


@dataclass(frozen=True)
class Items:
    """What the kernel draws: unsecured items first, then secured ones. Shapes as in DrawArrays."""

    asset_class: Codes
    province: Codes
    segment: Ints
    table: Ints
    time: Ints
    time_scale: Floats
    amount: Floats
    cost_rate: Floats
    cost_fixed: Floats
    n_beta: int
    due: Floats
    growth: Floats
    growth_stops: Floats
    first: Ints
    value: Floats
    path: Ints
    prior: Floats
    cap: Floats
    residual: tuple[float, float]
    quantiles: Floats
    times: Floats
    price_paths: Floats

    @property
    def n_items(self) -> int:
        return self.table.size


@dataclass(frozen=True)
class SmoothPool:
    """An aggregate pool granular enough to have no noise of its own."""

    asset_class: str
    amount: float
    cost_rate: float
    recovery_rate: float
    curve: Floats


@dataclass(frozen=True)
class LoanForecast:
    """A tape's forecast. By loan: (n_loans,), CNY and months; nan where a plan says nothing.

    `max_claim`, `due`, `value` are the three terms of the minimum at the loan's expected month,
    each net of liens before it where it has them; for an unsecured loan they are inf, claim and 0.
    Always: own_gross <= due, and the sums by item equal what the kernel expects.
    """

    tape: LoanTape
    items: Items
    item_of_loan: Ints
    segments: tuple[str, ...]
    valuation: Valuation
    own_gross: Floats
    own_months: Floats
    plan_gross: Floats
    plan_debiased: Floats
    base_gross: Floats
    base_months: Floats
    base_costs: Floats
    max_claim: Floats
    due: Floats
    value: Floats
    recovery_share: Floats
    weight: float
    history: str = ""
    smooth: tuple[SmoothPool, ...] = ()

    @property
    def claim(self) -> float:
        return float(self.tape.claim.sum())

    @property
    def collected(self) -> tuple[tuple[int, float], ...]:
        """Cash since cut-off as (month, CNY); the tape gives its sum only, so it stands first."""
        total = float(self.tape.collected.sum())
        return ((0, total),) if total > 0.0 else ()

    @property
    def own_total(self) -> float:
        return float(self.own_gross.sum() + self.tape.collected.sum())

    @property
    def plan_total(self) -> float | None:
        known = ~np.isnan(self.plan_gross)
        return float(self.plan_gross[known].sum()) if known.any() else None

    @property
    def base_total(self) -> float:
        """Base gross recovery including cash since cut-off, CNY."""
        return float(self.base_gross.sum() + self.tape.collected.sum())

    @property
    def by_obligor(self) -> Floats:
        """Expected base recovery of each connected group, largest first."""
        return np.sort(added(self.tape.group.code, self.base_gross, len(self.tape.group.words)))[
            ::-1
        ]

    @property
    def effective_number(self) -> float:
        """(sum E)^2 / sum E^2 of expected recoveries by obligor."""
        return effective_number(self.by_obligor)

    @property
    def top_recoveries(self) -> tuple[float, ...]:
        return tuple(self.by_obligor[:50])


@dataclass(frozen=True)
class AggregateForecast:
    """The forecast of a pool known by totals: base CNY and, when lumpy, its assumed recoveries."""

    items: Items
    smooth: tuple[SmoothPool, ...]
    segments: tuple[str, ...]
    asset_class: str
    claim: float
    forecasts: tuple[tuple[str, float], ...]
    base_total: float
    base_costs_total: float
    collected: tuple[tuple[int, float], ...]
    effective_number: float
    is_granular: bool
    top_recoveries: tuple[float, ...]
    has_top_vector: bool
    history: str = ""

    @property
    def own_total(self) -> float | None:
        """A pool without loans has no estimate of our own."""
        return None

    @property
    def plan_total(self) -> float:
        """The mean of the base forecasts, before debias."""
        return float(np.mean([amount for _, amount in self.forecasts]))


Forecast = LoanForecast | AggregateForecast


def added(place: Ints, amount: Floats, size: int) -> Floats:
    """Add amounts by place: (size,)."""
    return np.asarray(np.bincount(place, amount, size), dtype=np.float64)


@dataclass(frozen=True)
class ExpectedCash:
    """The base case by stress segment and month: (n_segments, HORIZON) CNY.

    `collected` (HORIZON,) is certain cash, never stressed. `item_gross` and `item_months` are the
    expectation of each item over all time.
    """

    segments: tuple[str, ...]
    gross: Floats
    costs: Floats
    collected: Floats
    item_gross: Floats
    item_months: Floats


# ------------------------------------------------------------------ loans of a tape


def forecast_loans(
    tape: LoanTape,
    criteria: Criteria,
    assumptions: RecoveryAssumptions | None = None,
    market: Market | None = None,
) -> LoanForecast:
    """Forecast every loan of a tape: own estimate, plan, and the base case they make.

    `market` is a stress of collateral prices that acts inside the minimum of three; without it the
    forecast is the unstressed base case.
    """
    given = assumptions or RecoveryAssumptions()
    valuation = value_collateral(tape, criteria, market)
    draft = _Draft(tape, criteria, given, valuation, market)
    own = draft.items()
    cash = _integrate(own, ())
    share = draft.shares(own, cash.item_months)
    own_gross = cash.item_gross[draft.item_of_loan] * share
    own_months = cash.item_months[draft.item_of_loan]
    weight = _plan_weight(criteria, given)
    base = mix(
        own_gross,
        own_months,
        np.maximum(tape.plan_recovery - tape.collected, 0.0),
        tape.plan_months,
        factor=draft.debias,
        weight=weight,
    )
    items = _calibrated(own, draft.item_of_loan, cash, base)
    final = _integrate(items, ())
    base_share = _base_shares(draft.item_of_loan, base.gross, share)
    max_claim, due, value = draft.terms(own_months)
    base_gross = final.item_gross[draft.item_of_loan] * base_share
    return LoanForecast(
        tape=tape,
        items=items,
        item_of_loan=draft.item_of_loan,
        segments=draft.segments,
        valuation=valuation,
        own_gross=own_gross,
        own_months=own_months,
        plan_gross=tape.plan_recovery,
        plan_debiased=base.plan_debiased,
        base_gross=base_gross,
        base_months=final.item_months[draft.item_of_loan],
        base_costs=base_gross * items.cost_rate[draft.item_of_loan]
        + items.cost_fixed[draft.item_of_loan] * base_share,
        max_claim=max_claim,
        due=due,
        value=value,
        recovery_share=base_share,
        weight=weight,
        history=given.history or _fitted_history(criteria, given.fits),
    )


class _Draft:
    """The tape laid out by item, on the way to a forecast."""

    def __init__(
        self,
        tape: LoanTape,
        criteria: Criteria,
        given: RecoveryAssumptions,
        valuation: Valuation,
        market: Market | None,
    ) -> None:
        self.tape, self.criteria, self.given, self.valuation = tape, criteria, given, valuation
        self.market = market
        self.asset_class = tape.asset_class
        self.link_value = self._link_values()
        group = loan_groups(tape)
        self.n_groups = int(group.max()) + 1
        worth = np.bincount(group[tape.links.loan], self.link_value, self.n_groups)
        order = np.argsort(worth > 0.0, kind="stable")
        place = np.empty(self.n_groups, dtype=np.int64)
        place[order] = np.arange(self.n_groups)
        self.item_of_loan = place[group]
        self.n_beta = int((worth <= 0.0).sum())
        self.is_secured = self.item_of_loan >= self.n_beta
        # the loan that speaks for its item: the largest claim, the first one on a tie
        by_size = np.lexsort((np.arange(tape.n_loans), -tape.claim, self.item_of_loan))
        _, first = np.unique(self.item_of_loan[by_size], return_index=True)
        self.lead = by_size[first]
        self.open_claim = np.maximum(tape.claim - tape.collected, 0.0)
        self.segments, self.segment = self._segments()
        self.debias = np.where(
            self.is_secured,
            debias_factor(criteria, secured=True, measured=given.measured_bias),
            debias_factor(criteria, secured=False, measured=given.measured_bias),
        )

    def _link_values(self) -> Floats:
        """Return the expected forced-sale value behind each link at cut-off, after registration, CNY."""
        links, found = self.tape.links, self.valuation
        haircut = self.criteria.table("recovery.registration")
        kept = np.array([float(haircut[word]) for word in links.registration.words])
        value = (found.market_value * found.factor)[links.collateral]
        return np.asarray(value * (kept[links.registration.code] if kept.size else 1.0))

    def _segments(self) -> tuple[tuple[str, ...], Ints]:
        of_class = [segment_of(self.criteria, word) for word in self.asset_class.words]
        present = np.unique(self.asset_class.code[self.lead])
        segments = tuple(dict.fromkeys(of_class[place] for place in present))
        row = np.array([segments.index(s) if s in segments else 0 for s in of_class])
        return segments, row[self.asset_class.code[self.lead]]

    def items(self) -> Items:
        """Lay out the items of the own estimate: Betas, then collateral."""
        lead, beta = self.lead, self.n_beta
        beta_table, tables = self._recovery_tables(lead[:beta])
        time, times = self._time_tables(lead)
        secured = self._secured_arrays(len(tables), tables)
        rate, fixed = self._costs()
        open_by_item = added(self.item_of_loan, self.open_claim, self.n_groups)
        return Items(
            asset_class=Codes(self.asset_class.code[lead], self.asset_class.words),
            province=self._province(),
            segment=self.segment,
            table=np.concatenate([beta_table, secured["table"]]),
            time=time,
            time_scale=self._time_scale(lead),
            amount=np.where(np.arange(self.n_groups) < beta, open_by_item, 1.0),
            cost_rate=rate,
            cost_fixed=fixed,
            n_beta=beta,
            due=open_by_item[beta:],
            growth=secured["growth"],
            growth_stops=secured["stops"],
            first=secured["first"],
            value=secured["value"],
            path=secured["path"],
            prior=secured["prior"],
            cap=secured["cap"],
            residual=self._residual(),
            quantiles=np.stack(tables),
            times=np.stack(times),
            price_paths=price_paths(self.criteria, self.market),
        )

    def _residual(self) -> tuple[float, float]:
        table = self.criteria.table("recovery.residual")
        return float(table["share"]), float(table["months"])

    def _recovery_tables(self, lead: Ints) -> tuple[Ints, list[Floats]]:
        """One Beta table for each asset class and age step that occurs."""
        ages = self._age(lead)
        keys, row = np.unique(
            np.stack([self.asset_class.code[lead], ages]), axis=1, return_inverse=True
        )
        tables = []
        for code, step in keys.T:
            word, age = self.asset_class.words[code], (step + 0.5) * AGE_STEP
            segment = segment_of_loan(self.criteria, self.given.fits, word, age)
            tables.append(beta_quantiles(*beta_parameters(segment.mean, segment.sd)))
        return row.astype(np.int64).reshape(-1), tables

    def _age(self, lead: Ints) -> Ints:
        known = self.tape.months_since_default[lead]
        return np.asarray(np.maximum(np.nan_to_num(known), 0.0) // AGE_STEP, dtype=np.int64)

    def _time_tables(self, lead: Ints) -> tuple[Ints, list[Floats]]:
        """One table of times for each stage, side, occupation, or collection curve that occurs."""
        tape = self.tape
        settled = tape.strategy.is_word("settlement", "restructuring")[lead]
        occupied = np.zeros(tape.n_loans, dtype=np.bool_)
        occupied[tape.links.loan] = tape.collateral.is_occupied[tape.links.collateral]
        retail = self.asset_class.is_word(*RETAIL)[lead] & ~self.is_secured[lead]
        keys = np.stack([
            np.where(retail, 0, tape.stage.code[lead]),
            np.where(retail, self._age(lead), -1),
            np.where(retail, self.asset_class.code[lead], -1),
            self.is_secured[lead],
            occupied[lead] & self.is_secured[lead],
            settled & ~retail,
        ])  # fmt: skip
        kinds, row = np.unique(keys, axis=1, return_inverse=True)
        return row.astype(np.int64).reshape(-1), [self._times_of(*kind) for kind in kinds.T]

    def _times_of(
        self, stage: int, age: int, klass: int, secured: int, occupied: int, settled: int
    ) -> Floats:
        if klass >= 0:
            word = self.asset_class.words[klass]
            fit = self.given.fits.get(word) or self.given.fits.get(ALL)
            if fit is not None and fit.months:
                return curve_duration(*fit.remaining_curve((age + 0.5) * AGE_STEP))
            return curve_duration(*criteria_curve(self.criteria, word))
        name = "settled" if settled else self.tape.stage.words[stage]
        chain = stage_duration(self.criteria, name, secured=bool(secured), occupied=bool(occupied))
        return chain.quantiles()

    def _time_scale(self, lead: Ints) -> Floats:
        factors = [
            float(self.given.time_factor.get(word, 1.0)) for word in self.tape.province.words
        ]
        return np.asarray(
            np.array(factors)[self.tape.province.code[lead]] * self.given.servicer_time
        )

    def _secured_arrays(self, first_table: int, tables: list[Floats]) -> dict[str, Any]:
        """Collateral by item, and the price table of each secured item."""
        links, found = self.tape.links, self.valuation
        kept = (self.link_value > 0.0) & self.is_secured[links.loan]
        item = self.item_of_loan[links.loan] - self.n_beta
        pairs = np.stack([item[kept], links.collateral[kept]])
        both, pair = np.unique(pairs, axis=1, return_inverse=True)
        pair = pair.reshape(-1)
        best = np.lexsort((links.lien_rank[kept], pair))
        lead_link = np.flatnonzero(kept)[best[np.unique(pair[best], return_index=True)[1]]]
        cap = added(pair, links.max_claim[kept], both.shape[1])
        prior = links.prior_lien[lead_link]
        n_secured = self.n_groups - self.n_beta
        table, lift = self._price_tables(both, lead_link, first_table, tables, n_secured)
        growth, stops = self._growth()
        return {
            "table": table,
            "first": np.concatenate([[0], np.cumsum(np.bincount(both[0], minlength=n_secured))]),
            "value": self.link_value[lead_link] * lift[both[0]],
            "path": found.path_row[both[1]],
            "prior": prior,
            "cap": cap,
            "growth": growth,
            "stops": stops,
        }

    def _price_tables(
        self, both: Ints, lead_link: Ints, first_table: int, tables: list[Floats], n_secured: int
    ) -> tuple[Ints, Floats]:
        """Give each secured item the price table of its most valuable collateral and next round.

        Returns the table rows, and the factor by which a later auction round changes the price.
        """
        value, kinds = self.link_value[lead_link], self.tape.collateral.kind
        order = np.lexsort((-value, both[0]))
        main = order[np.unique(both[0][order], return_index=True)[1]]
        kind = kinds.code[both[1][main]]
        stage = self.tape.stage.code[self.lead[self.n_beta :]]
        keys, row = np.unique(np.stack([kind, stage]), axis=1, return_inverse=True)
        lifts = []
        for kind_code, stage_code in keys.T:
            word = kinds.words[kind_code]
            stage_word = self.tape.stage.words[stage_code]
            sale = liquidation(
                self.criteria, word, from_round=ROUND_OF_STAGE.get(stage_word, "first")
            )
            tables.append(sale.quantiles)
            lifts.append(sale.expected / liquidation(self.criteria, word).expected)
        row = row.reshape(-1)
        return first_table + row.astype(np.int64), np.array(lifts)[row] if lifts else np.ones(
            n_secured
        )

    def _growth(self) -> tuple[Floats, Floats]:
        """Growth of secured claims in CNY a month, and when it stops (at once in bankruptcy)."""
        tape, table = self.tape, self.criteria.table("recovery.claim_growth")
        contract = np.where(
            np.isnan(tape.contract_rate), float(table["rate_if_unknown"]), tape.contract_rate
        )
        rate = np.fmax(
            contract * float(table["penalty_over_contract"]), np.nan_to_num(tape.penalty_rate)
        )
        bankrupt = tape.stage.is_word("bankruptcy") | ~np.isnan(tape.months_since_bankruptcy)
        monthly = np.where(bankrupt, 0.0, tape.principal * rate / 12.0)
        growth = added(self.item_of_loan, monthly, self.n_groups)[self.n_beta :]
        return growth, np.full(growth.size, NEVER)

    def _province(self) -> Codes:
        """Province of each item: that of its first collateral, else the borrower's."""
        tape = self.tape
        word = np.array(tape.province.words, dtype=object)[tape.province.code]
        division = np.array(tape.collateral.division.words, dtype=object)
        for_loan = word.copy()
        where = division[tape.collateral.division.code[tape.links.collateral]]
        for_loan[tape.links.loan] = [
            f"{each[:2]}0000" if each.isdigit() else each for each in where
        ]
        words, code = np.unique(for_loan[self.lead].astype(str), return_inverse=True)
        return Codes(code.astype(np.int64), tuple(words.tolist()))

    def _costs(self) -> tuple[Floats, Floats]:
        """Cost rate and fixed cost by item, from the one source of the deal."""
        source = self.given.cost_source or self.criteria.text("costs.source")
        if source == "top_down":
            ratios = np.array([cost_ratio(self.criteria, word) for word in self.asset_class.words])
            return ratios[self.asset_class.code[self.lead]], np.zeros(self.n_groups)
        if source != "bottom_up":
            msg = f"The cost source must be top_down or bottom_up; got {source!r}."
            raise AssumptionError(msg)
        value = added(self.tape.links.loan, self.link_value, self.tape.n_loans)
        lines = bottom_up(
            self.criteria,
            self.open_claim,
            value,
            before_filing=self.tape.stage.is_word("pre_litigation")
            & ~self.asset_class.is_word(*RETAIL),
            before_appraisal=self.tape.stage.is_word(
                "pre_litigation",
                "filed",
                "first_instance",
                "judgment",
                "appeal",
                "enforcement",
                "appraisal",
            ),
        )
        return lines.rate[self.lead], added(self.item_of_loan, lines.fixed, self.n_groups)

    def shares(self, own: Items, months: Floats) -> Floats:
        """Share of each loan in what its item recovers: by rank, then pro rata; (n_loans,)."""
        tape, links = self.tape, self.tape.links
        size = np.bincount(self.item_of_loan, minlength=self.n_groups)
        share = np.ones(tape.n_loans)
        for item in np.flatnonzero(size > 1):
            members = np.flatnonzero(self.item_of_loan == item)
            due = self.open_claim[members]
            paid = np.zeros(members.size)
            place = {int(loan): row for row, loan in enumerate(members)}
            rows = np.flatnonzero(np.isin(links.loan, members))
            for collateral in np.unique(links.collateral[rows]):
                here = rows[links.collateral[rows] == collateral]
                who = np.array([place[int(loan)] for loan in links.loan[here]])
                net = self.link_value[here].max() - links.prior_lien[here].min()
                paid[who] += allocate(
                    max(float(net), 0.0),
                    due[who] - paid[who],
                    links.max_claim[here],
                    links.lien_rank[here],
                )
            paid += own.residual[0] * (due - paid)
            share[members] = paid / paid.sum() if paid.sum() > 0.0 else 1.0 / members.size
        return share

    def terms(self, months: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the three terms of each loan's minimum at its expected month, CNY."""
        tape, links = self.tape, self.tape.links
        paths = price_paths(self.criteria, self.market)
        at = np.minimum(months.astype(np.int64), paths.shape[1] - 1)[links.loan]
        price = paths[self.valuation.path_row[links.collateral], at]
        net = np.maximum(self.link_value * price - links.prior_lien, 0.0)
        value = added(links.loan, net, tape.n_loans)
        linked = tape.is_secured
        cap = np.where(linked, added(links.loan, links.max_claim, tape.n_loans), np.inf)
        growth = np.zeros(tape.n_loans)
        alone = np.bincount(self.item_of_loan, minlength=self.n_groups)[self.item_of_loan] == 1
        monthly, _ = self._growth()
        mine = self.is_secured & alone
        growth[mine] = monthly[self.item_of_loan[mine] - self.n_beta]
        return cap, self.open_claim + growth * months, value


def _fitted_history(criteria: Criteria, fits: Mapping[str, UnsecuredFit]) -> str:
    """Return the history that the fits rest on; none when the criteria decide."""
    years = [fit.years for fit in fits.values()]
    return history_of(criteria, min(years)) if years else ""


def _plan_weight(criteria: Criteria, given: RecoveryAssumptions) -> float:
    if given.plan_credibility is not None:
        return given.plan_credibility
    return credibility(criteria, given.servicer)


def _base_shares(item_of_loan: Ints, base_gross: Floats, share: Floats) -> Floats:
    """Share an item's base among its loans as the mix says; as before where it says nothing."""
    total = np.bincount(item_of_loan, base_gross)[item_of_loan]
    return np.where(total > 0.0, base_gross / np.where(total > 0.0, total, 1.0), share)


def _calibrated(items: Items, item_of_loan: Ints, own: "ExpectedCash", base: BaseCase) -> Items:
    """Scale amounts and times of the own estimate to the mixed base case, item by item."""
    n = items.n_items
    gross = added(item_of_loan, base.gross, n)
    weight = np.maximum(base.gross, 1e-9)
    months = added(item_of_loan, base.months * weight, n) / added(item_of_loan, weight, n)
    ratio = np.where(
        own.item_gross > 0.0, gross / np.where(own.item_gross > 0.0, own.item_gross, 1.0), 0.0
    )
    pace = np.where(
        own.item_months > 0.0, months / np.where(own.item_months > 0.0, own.item_months, 1.0), 1.0
    )
    return replace(items, amount=items.amount * ratio, time_scale=items.time_scale * pace)


# ------------------------------------------------------------------ pools without a tape


def forecast_aggregate(
    pool: AggregatePool,
    dates: Dates,
    criteria: Criteria,
    assumptions: RecoveryAssumptions | None = None,
    forecast: int | None = None,
) -> AggregateForecast:
    """Forecast a pool from its published totals.

    Base = debias x mean of the base forecasts (gross; a net one is grossed up by the cost ratio).
    A granular pool is smooth; a lumpy one is laid out as its top recoveries and equal pieces, so
    that it is drawn item by item. `forecast` runs one base forecast alone.
    """
    given = assumptions or RecoveryAssumptions()
    segment = segment_of(criteria, pool.asset_class)
    secured = criteria.table("segments.security")[segment] == "secured"
    ratio = cost_ratio(criteria, pool.asset_class)
    known = tuple(
        (each.source, float(each.amount) / (1.0 - ratio if each.basis == "net" else 1.0))
        for each in pool.forecasts
        if each.scenario == "base"
    )
    chosen = known if forecast is None else known[forecast : forecast + 1]
    factor = debias_factor(criteria, secured=secured, measured=given.measured_bias)
    claim = float(pool.claim)
    base = min(pool_base([amount for _, amount in chosen], factor), claim)
    collected = _collected(pool, dates)
    future = max(base - sum(amount for _, amount in collected), 0.0)
    months, shares = _pool_curve(pool, criteria)
    number, granular, top = _pool_pieces(pool, criteria, future)
    totals = _Totals(pool.asset_class, claim, future, ratio, (months, shares))
    smooth, items = _pool_items(criteria, totals, None if granular else number, top)
    return AggregateForecast(
        items=items,
        smooth=smooth,
        segments=(segment,),
        asset_class=pool.asset_class,
        claim=claim,
        forecasts=known,
        base_total=base,
        base_costs_total=future * ratio,
        collected=collected,
        effective_number=number,
        is_granular=granular,
        top_recoveries=top,
        has_top_vector=pool.top_recoveries is not None,
        history=given.history,
    )


def _collected(pool: AggregatePool, dates: Dates) -> tuple[tuple[int, float], ...]:
    if pool.collected is None:
        return ()
    month = int(max(months_between(dates.cutoff, pool.collected.to), 0.0))
    return ((month, float(pool.collected.amount)),)


def _pool_curve(
    pool: AggregatePool, criteria: Criteria
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    if not pool.curve:
        return criteria_curve(criteria, pool.asset_class)
    points = [(float(each.month), float(each.share)) for each in pool.curve]
    if points[0][0] > 0.0:
        points.insert(0, (0.0, 0.0))
    months, shares = zip(*points, strict=True)
    return months, shares


def _pool_pieces(
    pool: AggregatePool, criteria: Criteria, future: float
) -> tuple[float, bool, tuple[float, ...]]:
    """Return the effective number of recoveries, whether the pool is granular, its top vector."""
    top = tuple(float(each) for each in pool.top_recoveries or ())
    if pool.loans is not None:
        number = pool.loans * float(criteria.table("aggregate.effective_share")[pool.asset_class])
    elif criteria.table("aggregate.granular_without_loans")[pool.asset_class]:
        return np.inf, not top, top
    else:
        number = criteria.number("aggregate.assumed_effective_number")
    if top:
        rest = max(future - sum(top), 0.0)
        pieces = max(rest / max(min(top), 1e-9), 1.0)
        number = effective_number(np.array([*top, *[rest / pieces] * int(np.ceil(pieces))]))
    granular = number >= criteria.number("ladder.noise_below_effective_number")
    return max(number, 1.0), granular, top


@dataclass(frozen=True)
class _Totals:
    """An aggregate pool as numbers: CNY, cost over gross, cumulative curve by month."""

    asset_class: str
    claim: float
    future: float
    cost_rate: float
    curve: tuple[tuple[float, ...], tuple[float, ...]]

    @property
    def recovery_rate(self) -> float:
        return min(max(self.future / self.claim, 1e-4), 0.99)


def _pool_items(
    criteria: Criteria, totals: _Totals, number: float | None, top: tuple[float, ...]
) -> tuple[tuple[SmoothPool, ...], Items]:
    """Lay a pool out smooth (`number` None), or as its top recoveries and equal pieces."""
    rate = totals.recovery_rate
    if number is None:
        curve = monthly_curve(*totals.curve)
        pool = SmoothPool(totals.asset_class, totals.future, totals.cost_rate, rate, curve)
        return (pool,), _pieces(totals, np.empty(0), 0.5 * rate)
    rest = max(totals.future - sum(top), 0.0)
    count = max(round(rest / max(min(top), 1e-9)) if top else round(number), 1)
    amounts = np.array([*top, *[rest / count] * count])
    cv = float(criteria.table("dispersion.loan_cv")[totals.asset_class])
    return (), _pieces(totals, amounts[amounts > 0.0], feasible_sd(rate, cv * rate))


def _pieces(totals: _Totals, amounts: Floats, sd: float) -> Items:
    """Lay out pieces of expected recovery `amounts` as unsecured items with one Beta."""
    table = beta_quantiles(
        *beta_parameters(totals.recovery_rate, feasible_sd(totals.recovery_rate, sd))
    )
    n, none, zeros = amounts.size, np.empty(0), np.zeros(amounts.size, dtype=np.int64)
    return Items(
        asset_class=Codes(zeros, (totals.asset_class,)),
        province=Codes(zeros, ("",)),
        segment=zeros,
        table=zeros,
        time=zeros,
        time_scale=np.ones(n),
        amount=amounts / table_mean(table),
        cost_rate=np.full(n, totals.cost_rate),
        cost_fixed=np.zeros(n),
        n_beta=n,
        due=none,
        growth=none,
        growth_stops=none,
        first=np.zeros(1, dtype=np.int64),
        value=none,
        path=none.astype(np.int64),
        prior=none,
        cap=none,
        residual=(0.0, 0.0),
        quantiles=table[None, :],
        times=curve_duration(*totals.curve)[None, :],
        price_paths=np.ones((1, 1)),
    )


# ------------------------------------------------------------------ expected cash


def expected_cash(forecast: Forecast) -> ExpectedCash:
    """Return the base case by stress segment and month, for the deterministic ladder."""
    cash = _integrate(forecast.items, forecast.smooth, len(forecast.segments))
    collected = np.zeros(HORIZON)
    for month, amount in forecast.collected:
        collected[min(month, HORIZON - 1)] += amount
    return replace(cash, segments=forecast.segments, collected=collected)


def effective_number(recoveries: Floats) -> float:
    """Return (sum)^2 / sum of squares; 0 for a pool that expects nothing."""
    squares = float((recoveries**2).sum())
    return float(recoveries.sum()) ** 2 / squares if squares > 0.0 else 0.0


def _integrate(items: Items, smooth: tuple[SmoothPool, ...], n_segments: int = 0) -> ExpectedCash:
    """Let the kernel integrate items and pools over time and score."""
    n_segments = n_segments or int(items.segment.max(initial=0)) + 1
    nodes, weights = np.polynomial.hermite_e.hermegauss(32 if items.n_items <= 20_000 else 16)
    gross, costs = np.zeros((n_segments, HORIZON)), np.zeros((n_segments, HORIZON))
    item_gross, item_months = np.zeros(items.n_items), np.zeros(items.n_items)
    integrate(
        draw_arrays(items, smooth, np.zeros(HORIZON, dtype=np.int32), 1),
        np.ones((3, n_segments)),
        nodes,
        weights / weights.sum(),
        np.array([table_mean(table) for table in items.quantiles]),
        64 if items.n_items <= 20_000 else 16,
        gross,
        costs,
        item_gross,
        item_months,
    )
    return ExpectedCash((), gross, costs, np.zeros(HORIZON), item_gross, item_months)


def draw_arrays(
    items: Items,
    smooth: tuple[SmoothPool, ...],
    month_to_period: npt.NDArray[np.int32],
    n_periods: int,
) -> DrawArrays:
    """Lay a forecast out for the kernel, in the items' own order and without factors or runs."""
    longest = max((pool.curve.size for pool in smooth), default=1)
    curves = np.ones((len(smooth), longest))
    for row, pool in enumerate(smooth):
        curves[row, : pool.curve.size] = pool.curve
    rates = np.concatenate([items.cost_rate, [pool.cost_rate for pool in smooth]])
    alike = bool(np.ptp(rates) == 0.0) if rates.size else True
    return DrawArrays(
        key=np.zeros(2, dtype=np.uint32),
        shift=np.zeros(1),
        shifted_share=np.zeros(1),
        cell_factor=np.zeros((1, 3), dtype=np.int32),
        cell_weight=np.zeros((1, 3)),
        cell_own=np.ones(1),
        cell_stretch=np.zeros(1, dtype=np.int32),
        cell_score=np.zeros(1),
        item_cell=np.zeros(items.n_items, dtype=np.int32),
        item_class=items.segment.astype(np.int32),
        item_table=items.table.astype(np.int32),
        item_time=items.time.astype(np.int32),
        item_time_scale=items.time_scale,
        item_amount=items.amount,
        item_cost_rate=items.cost_rate,
        item_cost_fixed=items.cost_fixed,
        n_beta=np.array([items.n_beta], dtype=np.int64),
        run_first=np.zeros(1, dtype=np.int64),
        run_cell=np.zeros(0, dtype=np.int32),
        run_class=np.zeros(0, dtype=np.int32),
        run_table=np.zeros(0, dtype=np.int32),
        run_time=np.zeros(0, dtype=np.int32),
        secured_due=items.due,
        secured_growth=items.growth,
        secured_growth_stops=items.growth_stops,
        secured_first=items.first.astype(np.int32),
        collateral_value=items.value,
        collateral_path=items.path.astype(np.int32),
        collateral_prior=items.prior,
        collateral_cap=items.cap,
        residual=np.array(items.residual),
        quantiles=items.quantiles,
        times=items.times,
        price_paths=items.price_paths,
        month_to_period=month_to_period,
        certain=np.zeros(n_periods),
        pool_cell=np.zeros(len(smooth), dtype=np.int32),
        pool_class=np.zeros(len(smooth), dtype=np.int32),
        pool_table=np.zeros(len(smooth), dtype=np.int32),
        pool_amount=np.array([pool.amount for pool in smooth]),
        pool_cost_rate=np.array([pool.cost_rate for pool in smooth]),
        pool_curve=curves,
        items_cost_only_rate=np.array([alike and not items.cost_fixed.any()], dtype=np.int64),
    )


def mean_time(forecast: LoanForecast) -> float:
    """Return the recovery-weighted mean remaining months of the base case."""
    total = forecast.base_gross.sum()
    return float(forecast.base_gross @ forecast.base_months / total) if total > 0.0 else 0.0


__all__ = [
    "AggregateForecast",
    "ExpectedCash",
    "Forecast",
    "Items",
    "LoanForecast",
    "RecoveryAssumptions",
    "draw_arrays",
    "effective_number",
    "expected_cash",
    "forecast_aggregate",
    "forecast_loans",
    "mean_months",
    "mean_time",
]
