"""Deals worked by hand: each folder of tests/golden holds the deal, its cash and the derivation."""

import csv
import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from analytics.schedule import build_schedule
from analytics.structure import parse_deal
from analytics.waterfall import Conditions, compile_waterfall, run_waterfall, waterfall_flows
from analytics.waterfall.flows import cash_by_period

GOLDEN = Path(__file__).parents[1] / "golden"
CONDITIONS = {"disruption": Conditions(servicer_default=1, replacement_fee=0.05)}
DEALS = sorted(folder.parent.name for folder in GOLDEN.glob("*/expected.json"))


def golden(name):
    deal = parse_deal(json.loads((GOLDEN / name / "deal.json").read_text()))
    with (GOLDEN / name / "collections.csv").open() as lines:
        cash = [(date.fromisoformat(row["date"]), row["amount"]) for row in csv.DictReader(lines)]
    return deal, cash, CONDITIONS.get(name, Conditions())


@pytest.mark.golden
@pytest.mark.parametrize("name", DEALS)
def test_flows_equal_the_derivation_by_hand(name):
    deal, cash, conditions = golden(name)
    expected = json.loads((GOLDEN / name / "expected.json").read_text())

    found = waterfall_flows(deal, cash, conditions=conditions)

    assert [row[1:] for row in found["residual"]] == expected.pop("residual")
    assert expected
    for part, by_name in expected.items():
        for item, rows in by_name.items():
            assert [row[1:] for row in found[part][item]] == rows, (part, item)


@pytest.mark.golden
@pytest.mark.parametrize("name", DEALS)
def test_the_kernel_reaches_the_same_end_without_rounding(name):
    deal, cash, conditions = golden(name)
    schedule = build_schedule(deal)
    program = compile_waterfall(deal, schedule, conditions)

    outcomes = run_waterfall(program, np.array([cash_by_period(schedule, cash)]))

    flows = waterfall_flows(deal, cash, conditions=conditions)
    for k, note in enumerate(program.note_names):
        rows = flows["notes"][note]
        assert outcomes.interest_paid[0, k] == pytest.approx(sum(r[2] for r in rows), abs=0.02)
        assert outcomes.principal_paid[0, k] == pytest.approx(sum(r[3] for r in rows), abs=0.02)


@pytest.mark.golden
@pytest.mark.parametrize(
    ("name", "unpaid"),
    [
        ("deferral", {"A": 0.0, "B": 10120.0}),
        ("pro_rata", {"A1": 5400.0, "A2": 5400.0}),
        ("disruption", {"A": 9160.0, "B": 8000.0}),
    ],
)
def test_the_largest_unpaid_interest_is_kept(name, unpaid):
    deal, cash, conditions = golden(name)
    schedule = build_schedule(deal)
    program = compile_waterfall(deal, schedule, conditions)

    outcomes = run_waterfall(program, np.array([cash_by_period(schedule, cash)]))

    for note, amount in unpaid.items():
        k = program.note_names.index(note)
        assert outcomes.unpaid_timely_interest[0, k] == pytest.approx(amount, abs=1e-6)


@pytest.mark.golden
def test_deferred_interest_is_no_shortfall_but_late_senior_interest_is():
    deal, cash, _ = golden("deferral")
    schedule = build_schedule(deal)
    deferred = run_waterfall(
        compile_waterfall(deal, schedule), np.array([cash_by_period(schedule, cash)])
    )
    deal, cash, conditions = golden("disruption")
    late = run_waterfall(
        compile_waterfall(deal, build_schedule(deal), conditions),
        np.array([cash_by_period(schedule, cash)]),
    )

    assert not deferred.has_shortfall.any()
    assert late.has_shortfall[0, 0]
