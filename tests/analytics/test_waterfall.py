"""What always holds of a priority of payments, whatever the deal and the cash."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.errors import AnalyticsError
from analytics.kernels.waterfall import run_paths
from analytics.schedule import build_schedule
from analytics.structure import parse_deal
from analytics.waterfall import Conditions, compile_waterfall, run_waterfall, trace_waterfall
from tests.analytics.test_structure import changed

PRESETS = ("cn_npl", "cn_npl_costs_after_senior", "eu_npl", "two_ledgers")
N_PERIODS = 8
PAID = (
    "paid_costs",
    "paid_fee:",
    "paid_interest:",
    "paid_principal:",
    "share:",
    "residual:",
    "hedge_paid:",
    "facility_paid:",
    "facility_repaid:",
)

coupons = st.one_of(
    st.builds(lambda rate: {"kind": "fixed", "rate": rate}, st.floats(0.0, 0.12)),
    st.builds(
        lambda spread: {"kind": "floating", "index": "LPR", "spread": spread, "cap": 0.09},
        st.floats(0.0, 0.03),
    ),
)
cents = st.integers(0, 30_000_000).map(lambda fen: fen / 100)
paths = st.lists(st.tuples(cents, st.floats(0.0, 1.2)), min_size=N_PERIODS, max_size=N_PERIODS)


@st.composite
def deals(draw, presets=PRESETS):
    n_ranks = draw(st.integers(1, 3))
    notes = [
        {
            "name": f"{'ABC'[rank - 1]}{k}",
            "rank": rank,
            "balance": f"{draw(st.integers(1, 60_000_000)) / 100:.2f}",
            "coupon": draw(coupons),
            "deferrable": draw(st.booleans()),
            "interest_on_unpaid": draw(st.booleans()),
        }
        for rank in range(1, n_ranks + 1)
        for k in range(draw(st.integers(1, 2)))
    ]
    fees = [
        {"name": "tax", "payee": "state", "base": "collections", "rate": 0.003},
        {
            "name": "trustee",
            "payee": "trustee",
            "base": "notes",
            "rate": 0.002,
            "cap": {"per_period": "1000.00", "lifetime": "5000.00"},
            "carry_forward": draw(st.booleans()),
        },
        {
            "name": "expenses",
            "payee": "lawyers",
            "base": "fixed",
            "amount": "4000.00",
            "frequency": draw(st.sampled_from(["payment", "annual", "once"])),
        },
    ]
    return changed(
        dates={"cutoff": "2024-12-31", "closing": "2025-01-26", "legal_final": "2027-01-26"},
        payment={
            "frequency": "Q",
            "day": 26,
            "day_count": draw(st.sampled_from(["ACT/365", "30/360"])),
        },
        notes=notes,
        fees=fees,
        curves={
            "LPR": [{"from": "2025-01-01", "rate": 0.03}, {"from": "2026-01-01", "rate": 0.05}]
        },
        waterfall={"preset": draw(st.sampled_from(presets)), "excess_servicing_share": 0.5},
    )


def compiled(document, **conditions):
    deal = parse_deal(document)
    return compile_waterfall(deal, build_schedule(deal), Conditions(**conditions))


def cash(path):
    gross = np.array([amount for amount, _ in path])
    return gross, gross * np.array([share * 0.2 for _, share in path])


def total(registers, *kinds):
    return sum(value for name, value in registers.items() if name.startswith(kinds))


def paid_out(registers):
    return total(registers, *PAID)


@settings(deadline=None, max_examples=60)
@given(document=deals(), path=paths, costs_first=st.booleans())
def test_cash_in_equals_cash_out_at_every_date(document, path, costs_first):
    program = compiled(document, costs_first=costs_first, plan=(20000.0,) * N_PERIODS)
    gross, costs = cash(path)

    for rounded in (True, False):
        trace = trace_waterfall(program, gross, costs, rounded=rounded)
        came_in = 0.0
        for state in trace.states:
            came_in += state.gross
            held = total(state.registers, "ledger:", "account:")
            assert paid_out(state.registers) + held == pytest.approx(came_in, abs=1e-6)


@settings(deadline=None, max_examples=60)
@given(document=deals(), path=paths)
def test_nothing_owed_or_held_is_ever_negative(document, path):
    program = compiled(document, plan=(20000.0,) * N_PERIODS)
    gross, costs = cash(path)

    trace = trace_waterfall(program, gross, costs, rounded=False)

    for state in trace.states:
        for name, value in state.registers.items():
            if name.startswith(("ledger:", "account:", "balance:", "interest:", "fee:", *PAID)):
                assert value >= -1e-7, name


@settings(deadline=None, max_examples=60)
@given(document=deals(), path=paths)
def test_the_kernel_and_the_plain_reading_agree_to_the_last_figure(document, path):
    program = compiled(document, plan=(20000.0,) * N_PERIODS)
    gross, costs = cash(path)

    outcomes = run_waterfall(program, gross[None], costs[None])

    end = trace_waterfall(program, gross, costs, rounded=False).states[-1].registers
    for k, note in enumerate(program.note_names):
        assert outcomes.unpaid_principal[0, k] == pytest.approx(end[f"balance:{note}"], abs=1e-6)
        assert outcomes.interest_paid[0, k] == pytest.approx(end[f"paid_interest:{note}"], abs=1e-6)
        outstanding = end[f"periods_outstanding:{note}"]
        expected = outstanding if outstanding < N_PERIODS else -1
        assert outcomes.redeemed_period[0, k] == expected


@settings(deadline=None, max_examples=60)
@given(document=deals(presets=("cn_npl", "cn_npl_costs_after_senior")), path=paths)
def test_no_principal_reaches_a_note_before_its_seniors_are_repaid(document, path):
    program = compiled(document)
    gross, costs = cash(path)

    trace = trace_waterfall(program, gross, costs)

    ranks = {note["name"]: note["rank"] for note in document["notes"]}
    for note, rank in ranks.items():
        paid = np.array(trace.changes(f"paid_principal:{note}"))
        for senior, above in ranks.items():
            if above < rank:
                left = np.array(trace.series(f"balance:{senior}"))
                assert np.all((paid <= 0.01) | (left <= 0.01)), (note, senior)


@settings(deadline=None, max_examples=40)
@given(document=deals(presets=("cn_npl",)), path=paths, more=st.floats(1.0, 3.0))
def test_more_cash_never_hurts_the_senior_where_no_trigger_diverts(document, path, more):
    document["triggers"] = []
    program = compiled(document)
    gross, costs = cash(path)

    less = run_waterfall(program, np.stack([gross, gross * more]), np.stack([costs, costs]))

    first_rank = [k for k, note in enumerate(document["notes"]) if note["rank"] == 1]
    assert np.all(less.loss[1, first_rank] <= less.loss[0, first_rank] + 1e-6)


@settings(deadline=None, max_examples=40)
@given(document=deals(), path=paths, share=st.integers(1, 99))
def test_splitting_a_note_pro_rata_changes_nothing(document, path, share):
    whole = compiled(document, plan=(20000.0,) * N_PERIODS)
    gross, costs = cash(path)
    parts = copy.deepcopy(document)
    first = parts["notes"].pop(0)
    fen = round(float(first["balance"]) * 100)
    one = max(1, fen * share // 100)
    if one >= fen:
        return
    for name, balance in (("X1", one), ("X2", fen - one)):
        parts["notes"].append({**first, "name": name, "balance": f"{balance / 100:.2f}"})
    split = compiled(parts, plan=(20000.0,) * N_PERIODS)

    together = run_waterfall(whole, gross[None], costs[None])
    apart = run_waterfall(split, gross[None], costs[None])

    assert apart.principal_paid[0, -2:].sum() == pytest.approx(
        together.principal_paid[0, 0], abs=1e-5
    )
    assert apart.interest_paid[0, -2:].sum() == pytest.approx(
        together.interest_paid[0, 0], abs=1e-5
    )
    assert apart.principal_paid[0, :-2] == pytest.approx(together.principal_paid[0, 1:], abs=1e-5)


@settings(deadline=None, max_examples=30)
@given(document=deals(), path=paths)
def test_renaming_changes_nothing(document, path):
    renamed = copy.deepcopy(document)
    for note in renamed["notes"]:
        note["name"] = f"优先 {note['name']} 档"
    gross, costs = cash(path)

    before = run_waterfall(compiled(document), gross[None], costs[None])
    after = run_waterfall(compiled(renamed), gross[None], costs[None])

    assert np.array_equal(before.loss, after.loss)
    assert np.array_equal(before.total_paid, after.total_paid)


@settings(deadline=None, max_examples=20)
@given(document=deals(), seed=st.integers(0, 1000), n_paths=st.integers(1, 300))
def test_digits_do_not_depend_on_threads_or_on_the_neighbours_in_a_block(document, seed, n_paths):
    program = compiled(document, plan=(20000.0,) * N_PERIODS)
    gross = np.random.default_rng(seed).gamma(2.0, 20000.0, (n_paths, N_PERIODS))

    one = run_waterfall(program, gross, gross * 0.05, threads=1)
    two = run_waterfall(program, gross, gross * 0.05, threads=2)
    alone = run_waterfall(program, gross[-1:], gross[-1:] * 0.05)

    assert np.array_equal(one.total_paid, two.total_paid)
    assert np.array_equal(one.loss[-1:], alone.loss)


def test_a_larger_junior_never_hurts_the_senior():
    random = np.random.default_rng(7)
    gross = random.gamma(2.0, 10_000_000.0, (200, 18))
    small, large = changed(), changed(notes__1__balance="120000000.00")
    for document in (small, large):
        document["fees"] = []

    before, after = (run_waterfall(compiled(d), gross).loss[:, 0] for d in (small, large))

    assert np.all(after <= before + 1e-6)


def test_collections_of_another_length_are_refused_in_words():
    with pytest.raises(AnalyticsError, match="like the payment dates"):
        run_waterfall(compiled(changed()), np.ones((3, 5)))


def test_disposal_costs_first_is_worse_for_the_senior_than_after_it():
    gross = np.full((1, 18), 15_000_000.0)
    costs = gross * 0.15
    document = changed(waterfall={"preset": "cn_npl_costs_after_senior"})

    after = run_waterfall(compiled(document), gross, costs)
    first = run_waterfall(compiled(document, costs_first=True), gross, costs)
    netted = run_waterfall(compiled(changed()), gross, costs)

    assert first.loss[0, 0] > after.loss[0, 0]
    assert first.loss[0, 0] == pytest.approx(netted.loss[0, 0])


def test_stress_conditions_cost_the_notes():
    gross = np.full((1, 18), 17_000_000.0)
    document = changed(
        notes__0__coupon={"kind": "floating", "index": "LPR", "spread": 0.0},
        curves={"LPR": [{"from": "2025-01-01", "rate": 0.03}]},
    )
    base = run_waterfall(compiled(document), gross, gross * 0.1).loss[0, 0]

    for stress in (
        {"cost_multiple": 1.25},
        {"fee_multiple": 1.2},
        {"rate_shock": 0.02},
        {"servicer_default": 2, "replacement_fee": 0.05},
    ):
        assert run_waterfall(compiled(document, **stress), gross, gross * 0.1).loss[0, 0] > base


def test_a_foreign_note_costs_more_when_its_currency_rises():
    document = changed()
    document["notes"][0].update(currency="USD", fx_rate=7.0, balance="40000000.00")
    gross = np.full((1, 18), 18_000_000.0)

    calm, shocked = (
        run_waterfall(compiled(document, fx_shock=x), gross).loss[0, 0] for x in (0.0, 0.25)
    )

    assert calm < 0.01 < shocked


def test_a_lockout_and_target_balances_hold_principal_back():
    document = changed()
    document["notes"][0]["lockout_until"] = "2026-01-01"
    document["notes"][0]["target_balances"] = [
        {"from": "2026-01-01", "balance": "200000000.00"},
        {"from": "2027-01-01", "balance": "0.00"},
    ]

    trace = trace_waterfall(compiled(document), [40_000_000.0] * 18)

    left = dict(
        zip(
            [on.isoformat() for on in trace.program.payment_dates],
            trace.series("balance:A"),
            strict=True,
        )
    )
    assert left["2025-10-26"] == 260_000_000.0
    assert left["2026-01-26"] == pytest.approx(220_000_000.0, abs=3_000_000)
    assert left["2026-04-26"] == left["2026-10-26"] == 200_000_000.0
    assert left["2027-01-26"] < 200_000_000.0


def test_a_step_coupon_accrues_each_part_of_a_period_at_its_own_rate():
    document = changed(
        payment={"frequency": "Q", "day": 26, "day_count": "30/360"},
        dates__closing="2025-01-26",
        notes__0__coupon={
            "kind": "step",
            "steps": [{"from": "2025-01-26", "rate": 0.02}, {"from": "2025-03-26", "rate": 0.05}],
        },
    )

    trace = trace_waterfall(compiled(document), [50_000_000.0] * 18)

    # two months at 2 %, one at 5 %
    assert trace.changes("paid_interest:A")[0] == pytest.approx(
        260_000_000 * (0.02 * 2 + 0.05) / 12, abs=0.01
    )


def test_unpaid_interest_accelerates_the_deal_and_the_audit_view_shows_the_test():
    cash_of_path = [0.0, *[20_000_000.0] * 17]

    trace = trace_waterfall(compiled(changed()), cash_of_path)

    first = next(test for test in trace.tests if test.name == "senior_interest_unpaid")
    assert first.stands
    assert first.right > first.left
    assert [state.status for state in trace.states[:2]] == ["amortising", "accelerated"]
    assert not [line for line in trace.lines_of(1) if line.entry.kind == "top_up"]
    interest = next(line for line in trace.lines_of(0) if line.entry.kind == "interest")
    assert (interest.available, interest.paid) == (0.0, 0.0)
    assert interest.unpaid == interest.due > 0


def test_a_new_deal_compiles_no_machine_code():
    run_waterfall(compiled(changed()), np.ones((2, 18)))
    before = len(run_paths.signatures)

    other = changed(waterfall={"preset": "eu_npl"}, payment={"frequency": "S", "day": 26})
    run_waterfall(compiled(other), np.ones((2, build_schedule(parse_deal(other)).n_periods)))

    assert len(run_paths.signatures) == before == 1
