"""The ladder: each level's cash through the deal, cases, noise, breakevens."""

import calendar
import datetime
import itertools
from dataclasses import replace

import numpy as np
import pytest

from analytics.criteria import LEVELS, load_criteria
from analytics.ladder import Rung, Variant, are_costs_behind, cases_of, climb, limits_of, verdict_of
from analytics.published_deals import published_deals
from analytics.rating import level_by_ladder
from analytics.stress import BaseCase
from tests.analytics.runs import card_frame, published, setting_for, tape_document

SENIOR, JUNIOR = 0, 1


def level_of(verdicts, place=SENIOR):
    return level_by_ladder([bool(verdict.is_passed[place]) for verdict in verdicts])


def with_senior_times(document, factor):
    document["notes"][0]["balance"] = f"{float(document['notes'][0]['balance']) * factor:.2f}"
    return document


def test_a_level_passed_means_that_every_weaker_level_is_passed():
    for verdicts in (climb(setting_for(published())), climb(setting_for(published("24PXGH03")))):
        passed = np.array([verdict.is_passed for verdict in verdicts])

        assert np.all(passed[1:] >= passed[:-1])


def test_margins_and_breakevens_agree_with_the_verdicts():
    setting = setting_for(with_senior_times(published(), 1.15))
    rungs = [Rung(setting, level) for level in LEVELS]
    verdicts = [verdict_of(rung) for rung in rungs]
    limits = [limits_of(*pair) for pair in zip(rungs, verdicts, strict=True)]

    passed = [bool(verdict.is_passed[SENIOR]) for verdict in verdicts]
    assert {True, False} == set(passed)
    for rung, verdict, limit in zip(rungs, passed, limits, strict=True):
        assert verdict == (limit.margin[SENIOR] >= 0.0)
        assert verdict == (limit.multiple[SENIOR] <= rung.kept_share)
        assert verdict == (limit.delay[SENIOR] >= rung.stresses[0].delay)


def test_the_breakeven_multiple_is_where_the_note_just_passes():
    setting = setting_for(published())
    rung = Rung(setting, "AA")
    multiple = limits_of(rung, verdict_of(rung)).multiple[SENIOR]
    gross, costs = map(rung.periods, rung.cash())

    def falls_short_at(fraction):
        scale = fraction / rung.kept_share
        return bool(rung.falls_short(scale * gross, scale * costs)[0, SENIOR])

    assert not falls_short_at(multiple)
    assert falls_short_at(multiple - 1e-4)


def test_the_breakeven_delay_is_where_the_note_just_passes():
    rung = Rung(setting_for(published()), "AA")
    delay = limits_of(rung, verdict_of(rung)).delay[SENIOR]

    passed = ~rung.falls_short(
        *map(rung.periods, rung.cash_after(np.array([delay, delay + 0.05])))
    )[:, SENIOR]

    assert passed.tolist() == [True, False]


def test_a_larger_senior_never_passes_a_higher_level():
    levels = [
        level_of(climb(setting_for(with_senior_times(published("23GYZC03"), factor))))
        for factor in (0.9, 1.0, 1.1, 1.3)
    ]

    assert levels == sorted(levels, key=[*LEVELS, "below CCC"].index)
    assert levels[0] != levels[-1]


def test_cash_before_closing_is_not_cut():
    rung = Rung(setting_for(published("22GYZC03")), "AAA")
    closing = rung.setting.closing_month
    base = Rung(rung.setting, "CCC").cash()[0][0]

    gross = rung.cash()[0][0]

    stretched = np.interp(
        closing / 1.227, np.arange(closing + 1), np.cumsum(np.r_[0, base])[: closing + 1]
    )
    assert closing == 6
    assert gross[:closing].sum() == pytest.approx(stretched, rel=1e-3)
    assert gross.sum() < 0.80 * base.sum()


def test_rates_are_shocked_both_ways_only_where_a_payment_floats():
    fixed = setting_for(published())
    floating = published()
    floating["notes"][0]["coupon"] = {"kind": "floating", "index": "LPR1Y", "spread": 0.005}
    floating["curves"] = {"LPR1Y": [{"from": "2021-01-20", "rate": 0.0385}]}

    assert [case.name for case in cases_of(fixed, "AAA", is_disrupted=False)] == ["as stated"]
    cases = cases_of(setting_for(floating), "AAA", is_disrupted=False)
    assert [case.name for case in cases] == ["rates up", "rates down"]
    assert [case.conditions.rate_shock for case in cases] == [0.02, -0.02]
    assert len(cases_of(setting_for(floating), "CCC", is_disrupted=False)) == 1


def test_costs_behind_the_senior_are_also_run_first_from_double_a_up():
    document = published()
    document["waterfall"] = {"preset": "cn_npl_costs_after_senior"}
    setting = setting_for(document)

    assert are_costs_behind(setting.expanded)
    assert not are_costs_behind(setting_for(published()).expanded)
    names = {
        level: [case.name for case in cases_of(setting, level, is_disrupted=False)]
        for level in ("AAA", "AA", "AA-")
    }
    assert names == {
        "AAA": ["as stated", "costs first"],
        "AA": ["as stated", "costs first"],
        "AA-": ["as stated"],
    }
    assert len(cases_of(setting, "B", is_disrupted=True)) == 2


def test_the_worse_rank_of_disposal_costs_decides():
    document = with_senior_times(published("23GYZC03"), 1.05)
    document["waterfall"] = {"preset": "cn_npl_costs_after_senior"}

    verdicts = climb(setting_for(document))

    passed, stated, first = (
        np.array([getattr(verdict, name)[SENIOR] for verdict in verdicts])
        for name in ("is_passed", "is_passed_as_stated", "is_passed_costs_first")
    )
    assert np.array_equal(passed, stated & first)
    assert not np.array_equal(stated, passed)


def test_a_disruption_and_a_failed_account_holder_never_help():
    setting = setting_for(published("24PXGH03"))

    plain = np.array([verdict.is_passed for verdict in climb(setting)])
    for variant in (Variant.DISRUPTED, Variant.COMMINGLED):
        varied = np.array([verdict.is_passed for verdict in climb(setting, variant)])

        assert np.all(varied <= plain)


def test_commingled_cash_is_lost_until_closing():
    setting = setting_for(published("22GYZC03"))

    gross, costs = Rung(setting, "A", Variant.COMMINGLED).cash()

    assert gross[0, : setting.closing_month].sum() == costs[0, : setting.closing_month].sum() == 0.0
    assert np.array_equal(
        gross[0, setting.closing_month :], Rung(setting, "A").cash()[0][0, setting.closing_month :]
    )


def test_the_international_scale_has_the_disruption_in_its_high_levels():
    document = published() | {"scale": "intl"}
    setting = setting_for(document)

    assert Rung(setting, "A").is_disrupted
    assert not Rung(setting, "A-").is_disrupted
    assert not Rung(setting_for(published()), "AAA").is_disrupted


def test_a_pool_that_brings_nothing_is_read_without_dividing_by_it():
    class Nothing:
        base = BaseCase(("unsecured_retail",), np.zeros((1, 3)), np.zeros((1, 3)), np.zeros(0))
        is_lumpy = False
        has_price_stress = False

        def base_at(self, _):
            return self.base

    setting = replace(setting_for(published()), pool=Nothing())

    rung = Rung(setting, "CCC")

    assert rung.kept_share == 1.0
    assert not verdict_of(rung).is_passed.any()


def test_a_lumpy_pool_is_tested_on_noisy_paths():
    setting = setting_for(tape_document(), frame=card_frame(40))

    rung = Rung(setting, "BBB")
    gross, costs = rung.cash()
    verdict = verdict_of(rung)

    assert setting.pool.is_lumpy
    assert gross.shape == costs.shape == (2048, setting.schedule.n_months)
    assert 0.0 <= verdict.frequency[SENIOR] <= 1.0
    assert verdict.is_passed[SENIOR] == (verdict.frequency[SENIOR] <= 0.05)


def test_noisy_paths_have_the_mean_of_the_smooth_cash():
    setting = setting_for(tape_document(), frame=card_frame(40))

    noisy = Rung(setting, "CCC").cash()[0]

    months = setting.schedule.n_months
    assert noisy.sum(axis=1).mean() == pytest.approx(setting.base.gross[:, :months].sum(), rel=0.03)
    assert noisy.sum(axis=1).std() > 0.0


def test_the_breakeven_of_a_lumpy_pool_is_the_quantile_of_its_paths():
    setting = setting_for(tape_document(), frame=card_frame(40))
    rung = Rung(setting, "BB")
    multiple = limits_of(rung, verdict_of(rung)).multiple[SENIOR]
    gross, costs = map(rung.periods, rung.cash())

    def frequency_at(fraction):
        scale = fraction / rung.kept_share
        return rung.falls_short(scale * gross, scale * costs)[:, SENIOR].mean()

    allowed = load_criteria().number("ladder.noise_frequency")
    assert frequency_at(multiple * 1.001) <= allowed
    assert frequency_at(multiple * 0.98) > allowed


@pytest.mark.parametrize("row", published_deals(), ids=lambda row: row["code"])
def test_published_seniors_are_repaid_in_the_base_case(row):
    verdict = verdict_of(Rung(setting_for(published(row["code"])), "CCC"))

    assert verdict.is_passed[SENIOR]


def by_hand(document, row, cut, delay, cost_multiple):
    """Another program for one published senior: no fees, no reserve, one sweep.

    Months are counted from cut-off; a month's cash is paid on the first date after its end; the
    curve is stretched, the cut spares months before closing; interest ACT/365.
    """
    criteria = load_criteria()
    asset_class = document["pool"]["asset_class"]
    curve = criteria.table("curves.by_asset_class")[asset_class]
    months, shares = criteria.column("curves.months"), criteria.column(f"curves.{curve}")
    widths = [b - a for a, b in itertools.pairwise(months)]
    steps = [b - a for a, b in itertools.pairwise(shares)]
    mean = sum(
        step * (start + width / 2)
        for step, start, width in zip(steps, months, widths, strict=False)
    )
    debias = {"card": 0.89, "home_mortgage": 0.95, "sme_secured": 0.95}[asset_class]
    base = debias * sum(float(f["amount"]) for f in document["pool"]["forecasts"]) / 2
    ratio = criteria.table("costs.ratio")[asset_class] * cost_multiple
    cutoff, closing, final = (
        datetime.date.fromisoformat(row[name])
        for name in ("cutoff_date", "issue_date", "legal_final")
    )
    before_closing = round((closing - cutoff).days / 30.4375)
    dates = payment_dates(final, closing, {"M": 1, "Q": 3, "S": 6}[row["payment_frequency"]])
    balance = float(document["notes"][0]["balance"])
    rate = document["notes"][0]["coupon"]["rate"]
    due, month, last = 0.0, 0, closing
    stretch = 1.0 + delay / mean
    for on in dates:
        cash = 0.0
        while month_end(cutoff, month) <= on:
            here = np.interp([month / stretch, (month + 1) / stretch], months, shares)
            left = 1.0 if month < before_closing else 1.0 - cut
            cash += left * base * (here[1] - here[0]) * (1.0 - ratio)
            month += 1
        due += balance * rate * (on - last).days / 365
        interest = min(due, cash)
        due, cash = due - interest, cash - interest
        balance -= min(balance, cash)
        last = on
    return balance


def payment_dates(final, closing, step):
    dates, back = [], 0
    while (on := shifted(final, -back * step)) > closing:
        dates.insert(0, on)
        back += 1
    return dates


def shifted(day, months):
    count = day.year * 12 + day.month - 1 + months
    return datetime.date(count // 12, count % 12 + 1, day.day)


def month_end(cutoff, month):
    count = cutoff.year * 12 + cutoff.month - 1 + month + 1
    year, number = count // 12, count % 12 + 1
    last = calendar.monthrange(year, number)[1]
    is_end = cutoff.day == calendar.monthrange(cutoff.year, cutoff.month)[1]
    return datetime.date(year, number, last if is_end else min(cutoff.day, last))


@pytest.mark.golden
@pytest.mark.parametrize("code", ["21GYZC04", "22GYZC03", "23YYHZ03", "24ZYHC02", "24XINGRUI04"])
@pytest.mark.parametrize(
    ("level", "factor"), [("AAA", 1.0), ("AAA", 1.4), ("BBB", 1.4), ("CCC", 1.6)]
)
def test_another_program_finds_the_same_unpaid_principal(code, level, factor):
    row = next(row for row in published_deals() if row["code"] == code)
    document = with_senior_times(published(code), factor) | {"fees": [], "accounts": []}
    setting = setting_for(document)
    rung = Rung(setting, level)
    stress = rung.stresses[0]

    outcomes = rung.run(*map(rung.periods, rung.cash()))[0]

    expected = by_hand(document, row, stress.cut, stress.delay, stress.cost_multiple)
    assert outcomes.unpaid_principal[0, SENIOR] == pytest.approx(expected, abs=1.0)
