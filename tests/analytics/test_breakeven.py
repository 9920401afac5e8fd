"""Searches for the value at which a note just passes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.breakeven import highest_passing, lowest_passing


@given(edges=st.lists(st.floats(0.001, 1.999), min_size=1, max_size=4))
def test_the_least_passing_value_is_found_for_every_note(edges):
    thresholds = np.array(edges)

    found = lowest_passing(lambda values: values[:, None] >= thresholds, len(edges), high=2.0)

    assert np.all(found >= thresholds)
    assert found == pytest.approx(thresholds, abs=1e-5)


@given(edges=st.lists(st.floats(0.01, 119.0), min_size=1, max_size=4))
def test_the_longest_passing_delay_is_found_for_every_note(edges):
    thresholds = np.array(edges)

    found = highest_passing(lambda values: values[:, None] <= thresholds, len(edges), high=120.0)

    assert np.all(found <= thresholds)
    assert found == pytest.approx(thresholds, abs=1e-3)


def test_a_note_that_never_passes_has_none_and_one_that_always_does_has_the_limit():
    def verdicts(values):
        return np.column_stack([np.zeros(values.size, bool), np.ones(values.size, bool)])

    assert np.isnan(lowest_passing(verdicts, 2, high=2.0)[0])
    assert lowest_passing(verdicts, 2, high=2.0)[1] == 0.0
    assert np.isnan(highest_passing(verdicts, 2, high=120.0)[0])
    assert highest_passing(verdicts, 2, high=120.0)[1] == 120.0


def test_a_pass_below_a_failure_does_not_count():
    def verdicts(values):
        return ((values > 0.2) & (values < 0.4) | (values > 1.0))[:, None]

    assert lowest_passing(verdicts, 1, high=2.0)[0] == pytest.approx(1.0, abs=1e-4)
