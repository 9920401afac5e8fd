"""One pass over simulation and waterfall gives what the two give one after the other."""

import numpy as np
import pytest

from analytics.simulation import simulate
from analytics.waterfall import OUTCOMES
from analytics.waterfall.run import run_registers
from bench.engine import Case


@pytest.mark.slow
def test_fused_run_equals_simulation_then_waterfall_and_agrees_with_the_naive_loop():
    case = Case(40)

    fused = case.fused(1000)

    cash = simulate(case.draws, 1000)
    apart = run_registers(case.program, cash.gross, cash.costs, case.program.wanted)
    naive = np.array(case.naive(1000))
    by_outcome = dict(zip(OUTCOMES, fused.reshape(len(OUTCOMES), 2, -1), strict=True))
    assert np.array_equal(fused, apart)
    assert np.array_equal(fused, case.fused(1000, threads=2))
    for mine, theirs in (
        (by_outcome["unpaid_principal"][1], naive[:, 1]),
        (by_outcome["residual_paid"][1], naive[:, 3]),
    ):
        error = np.hypot(mine.std(), theirs.std()) / np.sqrt(1000)
        assert theirs.std() > 0.0
        assert mine.mean() == pytest.approx(theirs.mean(), abs=4 * error)
