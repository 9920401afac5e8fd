"""The most likely failure is a real path of the run, the nearest to the ordinary that fails."""

import numpy as np
import pytest

from analytics.failure import factors_of
from analytics.pipeline import combine, plan, simulate_chunk
from analytics.simulation import simulate
from tests.analytics.runs import inputs_for, published

PATHS = 5_000


@pytest.fixture(scope="module")
def run():
    planned = plan(inputs_for(published(), paths=PATHS))
    chunks = [simulate_chunk(planned, number) for number in range(planned.n_chunks)]
    return planned, chunks, combine(planned, chunks)


def test_no_other_failing_path_lies_nearer(run):
    planned, chunks, result = run
    short = np.concatenate([chunk.is_short[:, 0] for chunk in chunks])
    distance = np.linalg.norm(factors_of(planned.draws, np.arange(PATHS)), axis=1)

    failure = result.failures[0]

    assert failure.n_failures == short.sum() > 0
    assert short[failure.path]
    assert failure.distance == pytest.approx(distance[short].min(), abs=1e-8)


def test_the_factors_are_standard_normal(run):
    factors = factors_of(run[0].draws, np.arange(PATHS))

    assert factors.mean(axis=0) == pytest.approx(0.0, abs=0.06)
    assert factors.std(axis=0) == pytest.approx(1.0, abs=0.05)
    assert np.abs(np.corrcoef(factors.T) - np.eye(factors.shape[1])).max() < 0.06


def test_low_factors_bring_low_recoveries(run):
    planned, chunks, _ = run
    gross = np.concatenate([chunk.gross for chunk in chunks])

    national = factors_of(planned.draws, np.arange(PATHS))[:, 0]

    assert np.corrcoef(national, gross)[0, 1] > 0.5


def test_the_path_is_told_by_what_it_brought(run):
    planned, chunks, result = run
    failure = result.failures[0]

    gross = simulate(planned.draws, 1, first_path=failure.path).gross.sum()

    expected = sum(chunk.expected.sum() for chunk in chunks) / PATHS
    assert failure.recovery == pytest.approx(gross / expected, abs=1e-6)
    assert failure.recovery < 1.0 < failure.pace
    assert failure.factors[0].kind == "national"


def test_a_note_that_never_fails_has_no_failure():
    document = published()
    document["notes"][0]["balance"] = "1000000.00"

    planned = plan(inputs_for(document, paths=300))
    result = combine(planned, [simulate_chunk(planned, 0)])

    assert result.failures == ()
