"""Guarantees, facilities, hedges: each with its provider, its limit, its end."""

import copy

import numpy as np
import pytest

from analytics.errors import StructureError
from analytics.structure import deal_document, expand, parse_deal
from analytics.waterfall import run_waterfall, trace_waterfall
from tests.analytics.test_structure import changed
from tests.analytics.test_waterfall import compiled, paid_out, total

DEAL = changed(
    dates={"cutoff": "2024-12-31", "closing": "2025-01-26", "legal_final": "2026-01-26"},
    payment={"frequency": "Q", "day": 26, "day_count": "30/360"},
    fees=[],
    accounts=[],
    triggers=[],
)
DEAL["notes"][0].update(balance="1000000.00", coupon={"kind": "fixed", "rate": 0.04})
DEAL["notes"][1].update(balance="200000.00")
FACILITY = {
    "kind": "liquidity_facility",
    "provider": "bank",
    "limit": "15000.00",
    "rate": 0.08,
    "fee": 0.04,
    "revolving": True,
}


def deal(**changes):
    return {**copy.deepcopy(DEAL), **changes}


def test_a_liquidity_facility_pays_interest_on_time_and_is_repaid_first():
    document = deal(enhancements=[FACILITY])

    trace = trace_waterfall(compiled(document), [0.0, 50_000.0, 0.0, 1_300_000.0])

    # 1: undrawn fee 15,000 x 1 % = 150 stays due; 10,000 of interest is drawn
    # 2: fee on 5,000 undrawn = 50 and interest on 10,000 drawn = 200: 400 due in all, then 10,000
    assert trace.series("drawn:liquidity_facility") == [10_000.0, 0.0, 9_704.0, 0.0]
    assert trace.changes("facility_paid:liquidity_facility")[1] == pytest.approx(400.0)
    assert trace.changes("facility_repaid:liquidity_facility")[1] == 10_000.0
    assert trace.changes("paid_interest:A")[:2] == [10_000.0, 10_000.0]
    assert trace.series("balance:A")[1] == pytest.approx(1_000_000 - (50_000 - 20_400))
    assert trace.series("unpaid_timely_interest:A")[-1] == 0.0


def test_cash_and_drawings_equal_payments_and_what_is_held():
    document = deal(enhancements=[FACILITY])
    gross = [0.0, 50_000.0, 0.0, 900_000.0]

    trace = trace_waterfall(compiled(document), gross, rounded=False)

    drawings = 0.0
    before = 15_000.0
    repaid = 0.0
    for state, came in zip(trace.states, np.cumsum(gross), strict=True):
        left = state.registers["facility:liquidity_facility"]
        again = state.registers["facility_repaid:liquidity_facility"]
        drawings += before - left + (again - repaid)
        before, repaid = left, again
        held = total(state.registers, "ledger:", "account:")
        assert paid_out(state.registers) + held == pytest.approx(came + drawings, abs=1e-6)


def test_a_guarantee_pays_principal_at_legal_final_up_to_its_limit():
    guarantee = {
        "name": "state guarantee",
        "kind": "guarantee",
        "limit": "300000.00",
        "draw": "interest_and_principal",
    }
    gross = np.array([[100_000.0, 100_000.0, 100_000.0, 500_000.0]])

    bare = run_waterfall(compiled(deal()), gross)
    covered = run_waterfall(compiled(deal(enhancements=[guarantee])), gross)

    assert covered.unpaid_principal[0, 0] == pytest.approx(0.0, abs=1e-6)
    assert bare.unpaid_principal[0, 0] > 200_000
    assert covered.unpaid_principal[0, 1] == bare.unpaid_principal[0, 1]
    assert covered.principal_time[0, 0] > bare.principal_time[0, 0]


@pytest.mark.parametrize(
    "kind",
    ["guarantee", "insurance", "letter_of_credit", "credit_default_swap", "originator_repurchase"],
)
@pytest.mark.parametrize(
    "end", [{"expiry": "2025-12-31"}, {"provider_default": "2025-06-30"}, None]
)
def test_no_provider_pays_after_expiry_or_its_own_default(kind, end):
    item = {"kind": kind, "limit": "2000000.00", "draw": "principal", **(end or {})}
    conditions = {} if end else {"providers_fail": True}

    outcome = run_waterfall(
        compiled(deal(enhancements=[item]), **conditions), np.array([[0.0, 0.0, 0.0, 500_000.0]])
    )

    assert outcome.unpaid_principal[0, 0] > 400_000


def test_cash_in_a_collateral_account_outlives_its_provider():
    item = {
        "kind": "cash_collateral_account",
        "limit": "600000.00",
        "draw": "principal",
        "provider_default": "2025-06-30",
    }

    outcome = run_waterfall(
        compiled(deal(enhancements=[item]), providers_fail=True),
        np.array([[10_000.0, 10_000.0, 10_000.0, 500_000.0]]),
    )

    assert outcome.unpaid_principal[0, 0] == pytest.approx(0.0, abs=1e-6)


def test_the_steps_of_enhancements_are_printed_with_the_preset():
    full = deal_document(expand(parse_deal(deal(enhancements=[FACILITY]))).deal)

    steps = [step["step"] for step in full["waterfall"]["amortising"]]

    assert steps.index("repay") < steps.index("interest")
    assert steps.index("draw") == steps.index("residual") - 1


def test_an_enhancement_that_no_step_draws_on_is_refused():
    document = deal_document(expand(parse_deal(deal())).deal)
    document["enhancements"] = [FACILITY]

    with pytest.raises(StructureError, match="No step draws on"):
        parse_deal(document)


def test_an_enhancement_without_limit_is_refused():
    with pytest.raises(StructureError) as refused:
        parse_deal(deal(enhancements=[{"kind": "guarantee"}]))

    assert refused.value.path == "enhancements[0].limit"


def floating(**changes):
    document = deal(
        curves={
            "LPR": [{"from": "2025-01-01", "rate": 0.03}, {"from": "2025-07-26", "rate": 0.05}]
        },
        **changes,
    )
    document["notes"][0]["coupon"] = {"kind": "floating", "index": "LPR", "spread": 0.01}
    return document


def test_an_interest_cap_pays_the_index_above_its_strike():
    cap = {"kind": "cap", "name": "cap", "index": "LPR", "strike": 0.04, "note": "A"}

    trace = trace_waterfall(compiled(floating(hedges=[cap])), [10_000.0, 10_000.0, 12_500.0, 0.0])

    # index 5 % above 4 % for a quarter on 1,000,000: 2,500; the coupon of 6 % costs 15,000
    assert trace.changes("hedge_received:cap") == pytest.approx([0.0, 0.0, 2_500.0, 2_500.0])
    assert trace.series("interest:A")[2] == 0.0


def test_a_swap_ends_with_its_provider():
    swap = {
        "kind": "swap",
        "name": "swap",
        "index": "LPR",
        "fixed_rate": 0.03,
        "schedule": [{"from": "2025-04-26", "amount": "800000.00"}],
        "provider_default": "2025-12-01",
    }

    trace = trace_waterfall(compiled(floating(hedges=[swap])), [50_000.0] * 4)

    assert trace.changes("hedge_received:swap") == pytest.approx([0.0, 0.0, 4_000.0, 0.0])


def test_a_swap_protects_the_note_from_a_rate_shock():
    swap = {"kind": "swap", "name": "swap", "index": "LPR", "fixed_rate": 0.03, "note": "A"}
    gross = np.array([[12_000.0, 12_000.0, 12_000.0, 1_050_000.0]])

    open_ = run_waterfall(compiled(floating(), rate_shock=0.02), gross)
    hedged = run_waterfall(compiled(floating(hedges=[swap]), rate_shock=0.02), gross)

    assert open_.misses_timely_interest[0, 0]
    assert not hedged.misses_timely_interest[0, 0]
