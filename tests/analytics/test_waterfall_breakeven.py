import json
from pathlib import Path

import numpy as np
import pytest

from analytics.schedule import build_schedule
from analytics.structure import parse_deal
from analytics.waterfall import Conditions, compile_waterfall, run_waterfall
from analytics.waterfall.breakeven import (
    Scaler,
    audit_monotonicity,
    breakeven_quantiles,
    path_breakevens,
)

GOLDEN = Path(__file__).parents[1] / "golden"


def compiled(name="npl3", **conditions):
    deal = parse_deal(json.loads((GOLDEN / name / "deal.json").read_text()))
    return compile_waterfall(deal, build_schedule(deal), Conditions(**conditions))


@pytest.fixture(scope="module")
def program():
    return compiled()


@pytest.fixture(scope="module")
def gross(program):
    random = np.random.default_rng(20250101)
    shape = np.exp(-0.03 * np.arange(program.n_periods))
    size = random.lognormal(0.0, 0.25, (300, 1)) * 1000 / shape.sum()
    return size * shape * random.gamma(20, 1 / 20, (300, program.n_periods))


def test_each_path_passes_at_its_breakeven_and_fails_just_below(program, gross):
    found = path_breakevens(Scaler(program, gross), high=4.0)

    assert not np.isnan(found).any()
    for note in range(program.n_notes):
        at = run_waterfall(program, gross * found[:, [note]]).has_shortfall[:, note]
        below = run_waterfall(program, gross * (found[:, [note]] - 2.0**-13)).has_shortfall[:, note]
        assert not at.any()
        assert below.all()


def test_a_note_that_no_cash_saves_has_no_breakeven(program, gross):
    found = path_breakevens(Scaler(program, gross * 0.01), high=2.0)

    assert np.isnan(found).all()


def test_quantiles_from_few_runs_equal_those_of_every_path(program, gross):
    frequencies = np.array([0.02, 0.05, 0.10, 0.28, 0.5])

    quick = breakeven_quantiles(Scaler(program, gross), frequencies, high=4.0)

    every = np.sort(path_breakevens(Scaler(program, gross), high=4.0), axis=0)
    for place, share in enumerate(frequencies):
        rank = int(np.ceil(len(gross) * (1 - share) - 1e-9)) - 1
        assert quick[place] == pytest.approx(every[rank], abs=1e-4)


def test_the_share_of_paths_falling_short_at_the_quantile_is_the_target(program, gross):
    found = breakeven_quantiles(Scaler(program, gross), np.array([0.05]), high=4.0)

    short = run_waterfall(program, gross * found[0, 0]).has_shortfall[:, 0]

    assert short.mean() <= 0.05 + 1e-9


def test_threads_do_not_change_a_digit(program, gross):
    one, two = (path_breakevens(Scaler(program, gross, threads=n), high=4.0) for n in (1, 2))

    assert np.array_equal(one, two)


def test_a_plain_sequential_deal_is_monotone(program, gross):
    assert audit_monotonicity(Scaler(program, gross)).is_monotone


def test_the_audit_finds_a_trigger_that_makes_more_cash_hurt():
    """A junior lives while a trigger stands: with more cash the trigger lapses and it starves."""
    deal = json.loads((GOLDEN / "trigger_latched" / "deal.json").read_text())
    deal["triggers"][0]["plan"][-1]["amount"] = "1000000"
    deal["waterfall"]["amortising"] = [
        {"step": "principal", "notes": ["B"], "if": "collections"},
        {"step": "interest", "notes": ["A"]},
        {"step": "interest", "notes": ["B"]},
        {"step": "principal", "notes": ["A"]},
        {"step": "principal", "notes": ["B"]},
        {"step": "principal", "notes": ["J"]},
        {"step": "residual", "payee": "J"},
    ]
    parsed = parse_deal(deal)
    program = compile_waterfall(parsed, build_schedule(parsed))
    gross = np.array([[100000.0, 100000.0, 100000.0, 700000.0]])

    audit = audit_monotonicity(Scaler(program, gross), np.array([0.5, 0.8, 1.0, 1.3]))

    assert not audit.is_monotone
    assert audit.worst[1] > 0
