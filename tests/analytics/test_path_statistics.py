"""Weighted statistics of paths."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analytics.path_statistics import histogram, quantiles, standard_error, weighted_mean

values = arrays(np.float64, 50, elements=st.floats(0.0, 1e6))


@given(values=values)
def test_equal_weights_give_the_plain_mean_and_error(values):
    ones = np.ones(50)

    assert weighted_mean(values, ones) == pytest.approx(values.mean())
    assert standard_error(values, ones) == pytest.approx(values.std(ddof=1) / 50**0.5)


def test_weights_of_importance_sampling_count():
    shortfall = np.array([1.0, 1.0, 0.0, 0.0])
    weight = np.array([0.1, 0.3, 2.0, 1.6])

    assert weighted_mean(shortfall, weight) == pytest.approx(0.1)


def test_one_path_has_no_error():
    assert standard_error(np.array([3.0]), np.ones(1)) == 0.0


def test_weighted_quantiles_agree_with_repeated_values():
    rng = np.random.default_rng(2)
    sample = rng.normal(size=4_000)
    weight = np.where(sample < 0.0, 0.5, 1.5)
    repeated = np.concatenate([sample, sample[sample >= 0.0], sample[sample >= 0.0]])

    weighted = quantiles(sample, weight, (0.05, 0.5, 0.95))

    assert weighted == pytest.approx(np.quantile(repeated, (0.05, 0.5, 0.95)), abs=0.02)


def test_quantiles_keep_the_other_axes():
    rng = np.random.default_rng(3)
    sample = rng.normal(size=(500, 3))

    plain = quantiles(sample, np.ones(500), (0.1, 0.9))
    uneven = quantiles(sample, np.linspace(0.99, 1.01, 500), (0.1, 0.9))

    assert plain.shape == uneven.shape == (2, 3)
    assert uneven == pytest.approx(plain, abs=0.05)


@given(values=values)
def test_a_histogram_holds_all_the_probability(values):
    bars = histogram(values, np.ones(50), 0.0, 1e5, 10)

    assert sum(bar[2] for bar in bars) == pytest.approx(1.0)
    assert [bar[0] for bar in bars[1:]] == [bar[1] for bar in bars[:-1]]
