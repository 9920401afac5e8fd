"""The ways that the benchmark times must be ways of doing the same thing."""

import numpy as np
import pytest

from bench.waterfall import OUTCOMES, answers, compare_breakevens


@pytest.mark.slow
def test_five_ways_to_run_one_deal_give_the_same_answers():
    found = answers(100)

    engine = found.pop("engine")
    assert len(found) == 4
    for way, outcome in found.items():
        for place, name in enumerate(OUTCOMES):
            assert outcome[place] == pytest.approx(engine[place], abs=1e-5), (way, name)
    assert np.all(engine.std(axis=1)[[0, 1, 5, 13]] > 0)


@pytest.mark.slow
def test_the_pruned_search_finds_what_nested_bisection_finds():
    assert compare_breakevens(n_paths=640, n_levels=4)["largest difference"] <= 1e-4
