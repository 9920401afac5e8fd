"""What working out a loan costs: court fees by statute, and ratios of gross recovery.

Source: Measures on the Payment of Litigation Costs, State Council decree 481 (2006), arts. 13-16;
ratios are engineering defaults of the criteria.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.criteria import Criteria

Floats = npt.NDArray[np.float64]


def court_fee(claim: npt.ArrayLike, scale: Mapping[str, Any]) -> Floats:
    """Charge a claim by a statutory scale: a first amount, then a rate on each further band.

    Parameters
    ----------
    claim : CNY.
    scale : `first` CNY, `upto` band ends in CNY, `rate` of each band (one more), optional `cap`.
    """
    amount = np.maximum(np.asarray(claim, dtype=np.float64), 0.0)
    ends = [0.0, *map(float, scale["upto"]), np.inf]
    fee = np.full_like(amount, float(scale["first"]))
    for low, high, rate in zip(ends[:-1], ends[1:], scale["rate"], strict=True):
        fee += float(rate) * (np.minimum(amount, high) - np.minimum(amount, low))
    return np.minimum(fee, float(scale["cap"])) if "cap" in scale else fee


@dataclass(frozen=True)
class CourtFees:
    """Fees of a claim by statute, CNY each: acceptance, enforcement, preservation."""

    acceptance: Floats
    enforcement: Floats
    preservation: Floats

    @property
    def total(self) -> Floats:
        return self.acceptance + self.enforcement + self.preservation


def court_fees(
    criteria: Criteria, claim: npt.ArrayLike, *, summary: bool = False, appeals: int = 0
) -> CourtFees:
    """Return the three court fees; acceptance is halved in summary procedure and paid per appeal."""
    acceptance = court_fee(claim, criteria.table("costs.acceptance"))
    halved = criteria.number("costs.halved") if summary else 1.0
    return CourtFees(
        acceptance * (halved + appeals),
        court_fee(claim, criteria.table("costs.enforcement")),
        court_fee(claim, criteria.table("costs.preservation")),
    )


def cost_ratio(criteria: Criteria, asset_class: str) -> float:
    """Return the top-down work-out cost of an asset class as a share of gross recovery."""
    return float(criteria.table("costs.ratio")[asset_class])


@dataclass(frozen=True)
class LoanCosts:
    """Cost lines of each loan, (n_loans,) CNY except `rate` and `transfer_rate` (of gross cash).

    Court fees are advanced by the creditor; `enforcement` falls due with the cash. A line is zero
    once its phase is over.
    """

    acceptance: Floats
    preservation: Floats
    enforcement: Floats
    appraisal: Floats
    rate: Floats

    @property
    def fixed(self) -> Floats:
        return self.acceptance + self.preservation + self.enforcement + self.appraisal


def bottom_up(
    criteria: Criteria,
    claim: Floats,
    value: Floats,
    *,
    before_filing: npt.NDArray[np.bool_],
    before_appraisal: npt.NDArray[np.bool_],
) -> LoanCosts:
    """Add up what is still to be paid for each loan.

    Parameters
    ----------
    claim, value : (n_loans,) CNY; value of the collateral, 0 where there is none.
    before_filing : the suit is still to be filed, so acceptance and preservation are ahead.
    before_appraisal : the collateral is still to be valued by the court.
    """
    fees = court_fees(criteria, claim)
    secured = value > 0.0
    return LoanCosts(
        acceptance=np.where(before_filing, fees.acceptance, 0.0),
        preservation=np.where(before_filing, fees.preservation, 0.0),
        enforcement=court_fee(np.minimum(claim, np.where(secured, value, 0.0)), criteria.table("costs.enforcement"))
        * secured,
        appraisal=np.where(before_appraisal & secured, criteria.number("costs.appraisal") * value, 0.0),
        rate=criteria.number("costs.lawyer") + np.where(secured, criteria.number("costs.transfer_tax"), 0.0),
    )  # fmt: skip
