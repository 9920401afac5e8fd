"""Deal files of the demonstration: one pool of real US loans, two real Chinese deals."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop

from analytics.published_deals import deal_document_from_row, published_deals
from demo import sba

SBA_CODE = "SBA-504-2010"
CARD_CODE = "24ZYHC02"
HOME_CODE = "24PXGH03"

# Shares of the claim. The structure is ours: these loans were never securitized.
SENIOR_SHARE = Decimal("0.10")
JUNIOR_SHARE = Decimal("0.04")
RESERVE_SHARE = Decimal("0.04")

LABELS: Mapping[str, str] = {
    SBA_CODE: gettext_noop(
        "Real US loans (SBA 504 charge-offs of 2009 and 2010), demonstration structure. Fields that "
        "the source lacks are assumed; see the notes of the tape."
    ),
    CARD_CODE: gettext_noop(
        "Demonstration. Real terms and agency forecasts; the loan tape is synthetic."
    ),
    HOME_CODE: gettext_noop(
        "Demonstration. Real terms and agency forecasts; the loan tape is synthetic."
    ),
}

NAMES_EN: Mapping[str, str] = {
    CARD_CODE: "China Merchants Bank credit cards, 24ZYHC02",
    HOME_CODE: "Shanghai Pudong Development Bank home mortgages, 24PXGH03",
}


def published(code: str) -> dict[str, Any]:
    """Return the deal file of a published deal: real terms, aggregate pool, both forecasts."""
    row = next(row for row in published_deals() if row["code"] == code)
    document = deal_document_from_row(row)
    document["names"] = {"en": NAMES_EN.get(code, code)} | document["names"]
    return document


def sba_deal() -> dict[str, Any]:
    """Return the deal file of the real US pool: two notes, six years, converted to CNY."""
    claim = sba.realised().claim
    return {
        "format": "npl-deal/1",
        "code": SBA_CODE,
        "names": {
            "en": "US SBA 504 charge-offs 2009-2010",
            "zh": "美国 SBA 504 核销贷款 2009-2010",
        },
        "currency": "CNY",
        "scale": "intl",
        "dates": {
            "cutoff": sba.CUTOFF.isoformat(),
            "closing": "2011-01-31",
            "legal_final": "2017-01-26",
        },
        "payment": {"frequency": "Q", "day": 26, "business_day": "none"},
        "parties": [
            {"role": "originator", "institution": "US Small Business Administration (504 lenders)"},
            {"role": "servicer", "institution": "US Small Business Administration (504 lenders)"},
        ],
        "pool": {"kind": "tape", "tape": {}},
        "notes": [
            {
                "name": "Senior",
                "rank": 1,
                "balance": f"{claim * SENIOR_SHARE:.2f}",
                "coupon": {"kind": "fixed", "rate": 0.03},
                "expected_maturity": "2014-01-26",
            },
            {
                "name": "Junior",
                "rank": 2,
                "balance": f"{claim * JUNIOR_SHARE:.2f}",
                "coupon": {"kind": "none"},
            },
        ],
        # A year of senior interest, paid in at closing: courts bring no cash in the first months.
        "accounts": [
            {
                "name": "liquidity_reserve",
                "initial": f"{claim * SENIOR_SHARE * RESERVE_SHARE:.2f}",
                "target": {
                    "rule": "fixed",
                    "amount": f"{claim * SENIOR_SHARE * RESERVE_SHARE:.2f}",
                },
                "covers": ["Senior"],
                "release": "each_date",
            }
        ],
        "waterfall": {"preset": "cn_npl"},
        "evidence": [{"path": "pool", "citation": "SBA FOIA release, 504 loans"}],
    }
