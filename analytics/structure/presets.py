"""Standard priorities of payments, written out as steps, accounts, triggers and default fees.

Source: methodology.md 2.2 for the Chinese order of payments (market standard; the rank of disposal
costs and the excess servicing fee are deal terms), DBRS and Scope presale reports of Italian deals
for the subordination triggers of `eu_npl`. Default amounts are engineering defaults [E].
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from analytics.structure.terms import (
    Account,
    CumulativeCollectionsBelow,
    Deal,
    DisposalCostStep,
    DrawStep,
    Enhancement,
    Fee,
    FeeStep,
    HedgeStep,
    InterestStep,
    InterestUnpaid,
    Ledger,
    ListedWaterfall,
    MultipleTarget,
    Note,
    PresetWaterfall,
    PrincipalStep,
    ProfitabilityBelow,
    RepayStep,
    ResidualStep,
    ServicerDefault,
    ShareStep,
    ShareTarget,
    Step,
    TopUpStep,
    TransferStep,
    Trigger,
)

RESERVE = "liquidity_reserve"
SUBORDINATED = "trigger('cumulative_collections') or trigger('profitability')"


@dataclass(frozen=True)
class FeeDefaults:
    """What a deal file may leave out. All [E]; a criteria set may replace them."""

    tax_rate: float = 0.001  # of gross collections
    agent_rate: float = 0.0005  # a year, of the notes' balance: trustee, custodian, registration
    expenses_a_year: Decimal = Decimal("200000.00")  # audit, follow-up rating, lawyers
    excess_servicing_share: float = 0.80
    reserve_multiple: float = 1.5
    eu_reserve_share: float = 0.03


DEFAULTS = FeeDefaults()


@dataclass(frozen=True)
class Expanded:
    """A deal with nothing left implicit, and what had to be assumed."""

    deal: Deal
    warnings: tuple[str, ...]

    @property
    def waterfall(self) -> ListedWaterfall:
        return cast("ListedWaterfall", self.deal.waterfall)

    @property
    def fees(self) -> tuple[Fee, ...]:
        return self.deal.fees or ()

    @property
    def accounts(self) -> tuple[Account, ...]:
        return self.deal.accounts or ()

    @property
    def triggers(self) -> tuple[Trigger, ...]:
        return self.deal.triggers or ()


def expand(deal: Deal, defaults: FeeDefaults = DEFAULTS) -> Expanded:
    """Write a preset out in full; a deal that lists its steps is returned as it is."""
    if isinstance(deal.waterfall, ListedWaterfall):
        return Expanded(deal, ())
    preset = deal.waterfall
    warnings: list[str] = []
    fees = deal.fees
    if fees is None:
        fees = default_fees(deal, defaults)
        names = ", ".join(fee.name for fee in fees)
        warnings.append(f"The deal states no fees: default fees are assumed ({names}).")
    accounts = deal.accounts
    if accounts is None:
        accounts = (default_reserve(deal, preset, defaults),)
        warnings.append("The deal states no accounts: the preset's liquidity reserve is assumed.")
    if preset.excess_servicing_share is None and preset.preset != "eu_npl":
        share = defaults.excess_servicing_share
        warnings.append(
            f"The share of the excess servicing fee is not stated: {share:.0%} assumed."
        )
    parts = Parts(deal, preset, fees, accounts, defaults)
    triggers = default_triggers(parts) if deal.triggers is None else deal.triggers
    names_of_triggers = {trigger.name for trigger in triggers}
    listed = dataclasses.replace(
        deal,
        fees=fees,
        accounts=accounts,
        triggers=triggers,
        waterfall=with_enhancements(WRITERS[preset.preset](parts, names_of_triggers), deal),
    )
    return Expanded(listed, tuple(warnings))


def default_fees(deal: Deal, defaults: FeeDefaults) -> tuple[Fee, ...]:
    fees = [
        Fee(name="taxes", payee="tax authority", base="collections", rate=defaults.tax_rate),
        Fee(name="agents", payee="trustee and agents", base="notes", rate=defaults.agent_rate),
        Fee(
            name="expenses",
            payee="auditor, rating agencies, lawyers",
            base="fixed",
            amount=defaults.expenses_a_year,
            frequency="annual",
        ),
    ]
    if deal.servicing and deal.servicing.fees:
        rate = deal.servicing.fees
        fees.append(Fee(name="servicing", payee="servicer", base="collections", rate=rate))
    return tuple(fees)


def default_reserve(deal: Deal, preset: PresetWaterfall, defaults: FeeDefaults) -> Account:
    senior = tuple(note.name for note in deal.ranks[0])
    multiple = preset.reserve_multiple or defaults.reserve_multiple
    if preset.preset == "eu_npl" and preset.reserve_multiple is None:
        target = ShareTarget(share=defaults.eu_reserve_share, notes=senior)
        return Account(name=RESERVE, target=target, covers=senior, release="each_date")
    return Account(
        name=RESERVE,
        target=MultipleTarget(multiple=multiple, notes=senior),
        covers=senior,
        release="each_date",
    )


@dataclass(frozen=True)
class Parts:
    """The pieces from which presets are put together."""

    deal: Deal
    preset: PresetWaterfall
    all_fees: tuple[Fee, ...]
    accounts: tuple[Account, ...]
    defaults: FeeDefaults

    @property
    def senior(self) -> tuple[Note, ...]:
        return self.deal.ranks[0]

    @property
    def mezzanine(self) -> tuple[tuple[Note, ...], ...]:
        return self.deal.ranks[1 : -1 if self.junior else None]

    @property
    def junior(self) -> tuple[Note, ...]:
        """Return the last rank, when it is not the only one."""
        return self.deal.ranks[-1] if len(self.deal.ranks) > 1 else ()

    def fees(self, source: str = "available") -> list[Step]:
        return [FeeStep(fees=(fee.name,), source=source) for fee in self.all_fees]

    def top_ups(self, source: str = "available") -> list[Step]:
        return [
            TopUpStep(account=account.name, source=source)
            for account in self.accounts
            if account.target is not None
        ]

    def residual(self, source: str = "available") -> list[Step]:
        payee = self.junior[0].name if self.junior else "originator"
        return [ResidualStep(payee=payee, source=source)]

    def excess_fee(self, source: str = "available") -> list[Step]:
        share = self.preset.excess_servicing_share
        share = self.defaults.excess_servicing_share if share is None else share
        if share == 0:
            return []
        return [ShareStep(name="excess_servicing_fee", payee="servicer", rate=share, source=source)]


def interest(notes: tuple[Note, ...], source: str = "available") -> list[Step]:
    names = tuple(note.name for note in notes if note.has_coupon)
    return [InterestStep(notes=names, source=source)] if names else []


def principal(notes: tuple[Note, ...], source: str = "available") -> list[Step]:
    names = tuple(note.name for note in notes)
    return [PrincipalStep(notes=names, source=source)] if names else []


def default_triggers(parts: Parts) -> tuple[Trigger, ...]:
    senior = tuple(note.name for note in parts.senior if note.has_coupon)
    triggers = [Trigger(name="servicer_default", test=ServicerDefault(), effect="accelerated")]
    if senior:
        unpaid = InterestUnpaid(notes=senior)
        triggers.append(
            Trigger(
                name="senior_interest_unpaid",
                when="after_payment",
                test=unpaid,
                effect="accelerated",
            )
        )
    if parts.preset.preset == "eu_npl" and parts.mezzanine:
        share = parts.preset.trigger_share
        triggers += [
            Trigger(
                name="cumulative_collections",
                test=CumulativeCollectionsBelow(share=share),
                curable=True,
            ),
            Trigger(name="profitability", test=ProfitabilityBelow(share=share), curable=True),
        ]
    return tuple(triggers)


def cn_npl(parts: Parts, _: set[str], *, costs_first: bool = True) -> ListedWaterfall:
    """Chinese single-ledger trust: fees, senior interest, reserve, senior principal, junior."""
    costs: list[Step] = [DisposalCostStep()]
    first, after = (costs, []) if costs_first else ([], costs)
    mezzanine_interest = [step for notes in parts.mezzanine for step in interest(notes)]
    mezzanine_principal = [step for notes in parts.mezzanine for step in principal(notes)]
    junior = [
        *interest(parts.junior),
        *principal(parts.junior),
        *parts.excess_fee(),
        *parts.residual(),
    ]
    amortising = [
        *first,
        *parts.fees(),
        *interest(parts.senior),
        *parts.top_ups(),
        *mezzanine_interest,
        *principal(parts.senior),
        *mezzanine_principal,
        *after,
        *junior,
    ]
    accelerated = [
        *first,
        *parts.fees(),
        *interest(parts.senior),
        *principal(parts.senior),
        *(step for notes in parts.mezzanine for step in (*interest(notes), *principal(notes))),
        *after,
        *junior,
    ]
    return ListedWaterfall(
        amortising=tuple(amortising), accelerated=tuple(accelerated), enforced=tuple(accelerated)
    )


def cn_npl_costs_after_senior(parts: Parts, names: set[str]) -> ListedWaterfall:
    return cn_npl(parts, names, costs_first=False)


def eu_npl(parts: Parts, names: set[str]) -> ListedWaterfall:
    """European deal: mezzanine interest falls behind the senior while a trigger stands."""
    flagged = {"cumulative_collections", "profitability"} & names
    condition = " or ".join(f"trigger('{name}')" for name in sorted(flagged)) or None
    high, low = [], []
    for notes in parts.mezzanine:
        for step in interest(notes):
            high.append(dataclasses.replace(step, unless=condition))
            if condition:
                low.append(dataclasses.replace(step, only_if=condition))
    excess = parts.excess_fee() if parts.preset.excess_servicing_share else []
    tail = [
        *(step for notes in parts.mezzanine for step in principal(notes)),
        *interest(parts.junior),
        *principal(parts.junior),
        *excess,
        *parts.residual(),
    ]
    head = [DisposalCostStep(), *parts.fees(), *interest(parts.senior)]
    amortising = [*head, *parts.top_ups(), *high, *principal(parts.senior), *low, *tail]
    late = [step for notes in parts.mezzanine for step in interest(notes)]
    accelerated = [*head, *principal(parts.senior), *late, *tail]
    return ListedWaterfall(
        amortising=tuple(amortising), accelerated=tuple(accelerated), enforced=tuple(accelerated)
    )


def two_ledgers(parts: Parts, _: set[str]) -> ListedWaterfall:
    """Separate interest and principal ledgers; each covers the senior shortfall of the other."""
    share = parts.preset.interest_share
    income, capital = "interest", "principal"
    late = [step for notes in parts.mezzanine for step in interest(notes, capital)]
    amortising = [
        DisposalCostStep(source=income),
        DisposalCostStep(source=capital),
        *parts.fees(income),
        *parts.fees(capital),
        *interest(parts.senior, income),
        *interest(parts.senior, capital),
        *parts.top_ups(income),
        *(step for notes in parts.mezzanine for step in interest(notes, income)),
        TransferStep(source=income, to=capital),
        *parts.top_ups(capital),
        *late,
        *principal(parts.senior, capital),
        *(step for notes in parts.mezzanine for step in principal(notes, capital)),
        *interest(parts.junior, capital),
        *principal(parts.junior, capital),
        *parts.excess_fee(capital),
        *parts.residual(capital),
    ]
    accelerated = [
        TransferStep(source=income, to=capital),
        DisposalCostStep(source=capital),
        *parts.fees(capital),
        *interest(parts.senior, capital),
        *principal(parts.senior, capital),
        *(
            step
            for notes in parts.mezzanine
            for step in (*interest(notes, capital), *principal(notes, capital))
        ),
        *interest(parts.junior, capital),
        *principal(parts.junior, capital),
        *parts.excess_fee(capital),
        *parts.residual(capital),
    ]
    return ListedWaterfall(
        amortising=tuple(amortising),
        accelerated=tuple(accelerated),
        enforced=tuple(accelerated),
        ledgers=(Ledger(name=income, share=share), Ledger(name=capital, share=1 - share)),
    )


# ------------------------------------------------------------------ enhancement and hedges

PASSIVE = ("overcollateralisation", "interest_balance_account")


def with_enhancements(waterfall: ListedWaterfall, deal: Deal) -> ListedWaterfall:
    """Add the steps that draw on, repay and pay for what protects the notes."""
    return dataclasses.replace(
        waterfall,
        amortising=enhanced(waterfall.amortising, deal),
        accelerated=enhanced(waterfall.accelerated, deal),
        enforced=enhanced(waterfall.enforced, deal),
    )


def enhanced(listed: tuple[Step, ...], deal: Deal) -> tuple[Step, ...]:
    steps = list(listed)
    for hedge in deal.hedges:
        place = first_of(steps, InterestStep)
        steps.insert(place, HedgeStep(hedge=hedge.name, source=steps[place].source))
    for item in deal.enhancements:
        if item.draw == "none" or item.kind in PASSIVE:
            continue
        name = item.name or item.kind
        if item.kind == "liquidity_facility":
            is_first = item.repay_rank in (None, 1)
            place = first_of(steps, InterestStep if is_first else ResidualStep)
            steps.insert(place, RepayStep(enhancement=name, source=steps[place].source))
        steps.insert(first_of(steps, ResidualStep), draw_step(item, name, deal))
    return tuple(steps)


def first_of(steps: list[Step], kind: type[InterestStep | ResidualStep]) -> int:
    """Place of the first step of a kind; before the residual where there is none."""
    for k, step in enumerate(steps):
        if isinstance(step, kind | ResidualStep):
            return k
    return len(steps) - 1


def draw_step(item: Enhancement, name: str, deal: Deal) -> DrawStep:
    """Draw after all payments: interest as it stays unpaid, principal at legal final."""
    covered = item.notes or tuple(note.name for note in deal.ranks[0])
    bearing = tuple(n for n in covered if deal.note(n).has_coupon)
    return DrawStep(
        enhancement=name,
        interest=bearing if "interest" in item.draw else (),
        principal=covered if "principal" in item.draw else (),
    )


WRITERS: dict[str, Callable[[Parts, set[str]], ListedWaterfall]] = {
    "cn_npl": cn_npl,
    "cn_npl_costs_after_senior": cn_npl_costs_after_senior,
    "eu_npl": eu_npl,
    "two_ledgers": two_ledgers,
}
