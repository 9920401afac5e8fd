"""Legal phases, settlements and curves as distributions of remaining months."""

from itertools import pairwise

import numpy as np
import pytest

from analytics.criteria import load_criteria
from analytics.errors import AssumptionError
from analytics.timing import (
    COURT_STAGES,
    NO_TIME,
    STAGES,
    curve_duration,
    mean_months,
    monthly_curve,
    pert,
    stage_duration,
    stage_durations,
)

CRITERIA = load_criteria()


def pert_mean(side, phase):
    low, mode, high = CRITERIA.column(f"phases.{side}.{phase}")
    return (low + 4 * mode + high) / 6


def test_pert_has_its_mean_and_stays_in_its_range():
    quantiles = pert(2.0, 5.0, 12.0).quantiles()

    assert mean_months(quantiles) == pytest.approx(34 / 6, abs=0.01)
    assert quantiles[0] >= 2.0 - 0.125
    assert quantiles[-1] <= 12.0 + 0.125


def test_durations_add_and_mix():
    a, b = pert(1.0, 2.0, 4.0), pert(0.5, 2.0, 6.0)

    assert a.then(b).mean == pytest.approx(a.mean + b.mean)
    assert a.or_else(b, 0.25).mean == pytest.approx(0.75 * a.mean + 0.25 * b.mean)
    assert NO_TIME.then(a).mean == pytest.approx(a.mean)


def test_enforcement_adds_its_phases_and_the_chance_of_each_round():
    success = CRITERIA.table("auction.success")
    fails = 1 - success["first"]
    expected = (
        sum(
            pert_mean("secured", phase)
            for phase in ("enforcement", "value_fixed", "auction_1", "distribution")
        )
        + fails * pert_mean("secured", "auction_2")
        + fails * (1 - success["second"]) * pert_mean("secured", "sell_off")
    )

    found = stage_duration(CRITERIA, "enforcement", secured=True)

    assert found.mean == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("secured", [True, False])
def test_a_later_stage_is_never_slower(secured):
    found = stage_durations(CRITERIA, secured=secured)

    # an appeal under way is a branch of its own: it may last longer than a judgment not appealed
    branch = [stage for stage in COURT_STAGES if stage != "appeal"]
    means = [found[stage].mean for stage in branch]
    assert all(later <= earlier + 1e-9 for earlier, later in pairwise(means))
    assert found["enforcement"].mean < found["appeal"].mean < found["first_instance"].mean
    assert set(found) == set(STAGES)


def test_an_occupied_sole_home_waits_six_months_more():
    plain = stage_duration(CRITERIA, "auction_1", secured=True)
    occupied = stage_duration(CRITERIA, "auction_1", secured=True, occupied=True)

    assert occupied.mean - plain.mean == pytest.approx(6.0)


def test_no_auction_is_shorter_than_its_notice():
    first = stage_duration(CRITERIA, "auction_1", secured=True).quantiles()[0]

    assert first >= CRITERIA.table("phases.minimum")["auction_notice_1"]


def test_a_broken_settlement_goes_to_enforcement():
    settled = stage_duration(CRITERIA, "settled", secured=True)
    enforced = stage_duration(CRITERIA, "enforcement", secured=True)

    expected = pert_mean("secured", "settlement") + 0.35 * enforced.mean
    assert settled.mean == pytest.approx(expected, abs=0.05)


def test_an_unknown_stage_is_refused_by_name():
    with pytest.raises(AssumptionError, match="'arbitration'"):
        stage_duration(CRITERIA, "arbitration", secured=True)


def test_a_phase_out_of_order_is_refused():
    with pytest.raises(AssumptionError, match="minimum <= mode <= maximum"):
        pert(3.0, 2.0, 5.0)


def test_curve_pays_what_it_says_by_each_month():
    months, shares = (0.0, 6.0, 12.0, 36.0), (0.0, 0.5, 0.8, 1.0)

    times = curve_duration(months, shares)

    assert np.mean(times <= 6.0) == pytest.approx(0.5, abs=0.01)
    assert np.mean(times <= 12.0) == pytest.approx(0.8, abs=0.01)
    assert monthly_curve(months, shares)[[0, 6, 12, 36]] == pytest.approx([0.0, 0.5, 0.8, 1.0])


def test_a_falling_curve_is_refused():
    with pytest.raises(AssumptionError, match="never fall"):
        curve_duration((0.0, 6.0, 12.0), (0.0, 0.5, 0.4))
