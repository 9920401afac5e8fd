"""Real loans: US Small Business Administration 504 charge-offs, as static pool and as tape.

Recovery is one minus charged-off amount over approved amount, clipped to [0, 1]. Records charged
off before April 2005 or with amount 0 lack the amount: they are not usable and are counted as such.
Source and licence: `demo/data/README.md`.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd

DATA = Path(__file__).parent / "data" / "sba504_chargeoffs.csv.gz"
FIRST_USABLE = "2005-04-01"
CUTOFF = date(2010, 12, 31)
FEN = Decimal("0.01")
# CNY per USD: central parity of 2010-12-31 (China Foreign Exchange Trade System).
CNY_PER_USD = Decimal("6.6227")

ASSUMED = (
    "Real US SBA 504 loans charged off in 2009-2010; borrower names were never published. Assumed, because "
    "the source has no such field: asset_type unsecured, product sme_loan, legal_stage pre_litigation, "
    "accrued_interest 0, one borrower per loan. The claim is the approved amount; the default date is the "
    "charge-off date. The place of the loan is a US state. Amounts are US dollars converted at 6.6227 CNY, "
    "the central parity of 2010-12-31."
)


@dataclass(frozen=True)
class Realised:
    """What the pool really brought. Money in CNY at the rate of the cut-off date."""

    loans: int
    claim: Decimal
    recovered: Decimal

    @property
    def recovery_rate(self) -> Decimal:
        return self.recovered / self.claim


def chargeoffs() -> pd.DataFrame:
    """Return every charge-off of the source, text as published, with `is_usable` and `recovered`."""
    frame = pd.read_csv(DATA, dtype=str, keep_default_na=False)
    approved = frame.gross_approval.map(Decimal)
    lost = frame.gross_chargeoff.map(Decimal)
    frame["is_usable"] = (lost > 0) & (frame.chargeoff_date >= FIRST_USABLE)
    frame["approved"] = approved
    frame["recovered"] = [
        max(a - loss, Decimal(0)).quantize(FEN) for a, loss in zip(approved, lost, strict=True)
    ]
    return frame


def usable(since: str, until: str) -> pd.DataFrame:
    """Return the usable charge-offs of a span of dates, both ends included."""
    frame = chargeoffs()
    return frame[frame.is_usable & frame.chargeoff_date.between(since, until)].reset_index(
        drop=True
    )


def static_pool() -> pd.DataFrame:
    """Return the servicer's history: charge-offs to the end of 2008, ultimate-only schema.

    One closed case a row: `default_date`, `closing_date`, `exposure`, `recovered` (USD). The source
    has no closing date; the charge-off closes the case, so both dates are the charge-off date.
    """
    frame = usable(FIRST_USABLE, "2008-12-31")
    return pd.DataFrame(
        {
            "default_date": frame.chargeoff_date,
            "closing_date": frame.chargeoff_date,
            "exposure": frame.approved,
            "recovered": frame.recovered,
        }
    )


def tape() -> pd.DataFrame:
    """Return the loans charged off in 2009 and 2010 in the columns of the tape dictionary (USD)."""
    frame = usable("2009-01-01", "2010-12-31")
    overdue = [(CUTOFF - date.fromisoformat(day)).days for day in frame.chargeoff_date]
    return pd.DataFrame(
        {
            "loan_id": frame.loan_id,
            "borrower_id": frame.loan_id,
            "province": "US-" + frame.state,
            "asset_type": "unsecured",
            "product": "sme_loan",
            "original_balance": frame.approved,
            "unpaid_principal": frame.approved,
            "accrued_interest": Decimal("0.00"),
            "total_claim": frame.approved,
            "currency": "USD",
            "origination_date": frame.approval_date,
            "default_date": frame.chargeoff_date,
            "days_past_due": overdue,
            "legal_stage": "pre_litigation",
        }
    )


def realised() -> Realised:
    """Return what the loans of the tape really brought."""
    frame = usable("2009-01-01", "2010-12-31")
    claim, recovered = (
        sum(((amount * CNY_PER_USD).quantize(FEN) for amount in amounts), Decimal(0))
        for amounts in (frame.approved, frame.recovered)
    )
    return Realised(len(frame), claim, recovered)
