"""Small runs for tests of the whole engine: a published card deal, and small tapes."""

import copy

from analytics.criteria import load_criteria
from analytics.inputs import Inputs
from analytics.loans import loan_tape
from analytics.pipeline import plan
from analytics.published_deals import deal_document_from_row, published_deals
from analytics.structure import parse_deal
from tests.analytics.tapes import CUTOFF, frame_of

CARD = "21GYZC04"


def published(code=CARD):
    """Return the deal file of a published deal."""
    return deal_document_from_row(next(row for row in published_deals() if row["code"] == code))


def inputs_for(document, *, frame=None, **settings):
    """Build inputs for a deal file, with a tape where a frame is given."""
    deal = parse_deal(document)
    tape = None if frame is None else loan_tape(frame, deal.dates.cutoff)
    return Inputs(deal=deal, criteria=load_criteria(), tape=tape, **{"paths": 500} | settings)


def setting_for(document, **settings):
    """Return what the ladder stands on."""
    return plan(inputs_for(document, **settings)).setting


def tape_document(**changes):
    """Return a two-note deal on a tape that was cut off on the day of the test tapes."""
    document = {
        "format": "npl-deal/1",
        "code": "TEST-TAPE",
        "currency": "CNY",
        "scale": "cn",
        "dates": {
            "cutoff": CUTOFF.isoformat(),
            "closing": "2024-09-30",
            "legal_final": "2030-12-26",
        },
        "payment": {"frequency": "Q", "day": 26},
        "pool": {"kind": "tape", "tape": {}},
        "notes": [
            {
                "name": "A",
                "rank": 1,
                "balance": "300000.00",
                "coupon": {"kind": "fixed", "rate": 0.03},
                "expected_maturity": "2026-12-26",
            },
            {"name": "B", "rank": 2, "balance": "100000.00", "coupon": {"kind": "none"}},
        ],
        "accounts": [
            {
                "name": "reserve",
                "initial": "20000.00",
                "target": {"rule": "fixed", "amount": "20000.00"},
                "release": "each_date",
                "covers": ["A"],
            }
        ],
        "fees": [{"name": "trustee", "payee": "trustee", "base": "notes", "rate": 0.001}],
        "waterfall": {"preset": "cn_npl"},
    }
    return copy.deepcopy(document | changes)


def card_frame(n_loans=60):
    """Return cards of uneven size."""
    return frame_of(*({"unpaid_principal": 20_000 + 2_500 * (k % 40)} for k in range(n_loans)))
