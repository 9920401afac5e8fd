"""Months survived from closing, and the caps that follow."""

import polars as pl
import pytest

from analytics.liquidity import closing_cash, derived_caps, first_coupon, monthly_need, survivals
from analytics.structure import parse_deal
from tests.analytics.runs import card_frame, published, setting_for, tape_document


def small(**changes):
    """A senior of 1.2 million at 5 %: 5,000 a month, and a trustee at 12,000 a year."""
    return published() | {
        "notes": [
            {"name": "A", "rank": 1, "balance": "1200000", "coupon": {"kind": "fixed", "rate": 0.05}},
            {"name": "B", "rank": 2, "balance": "400000", "coupon": {"kind": "none"}},
        ],
        "fees": [
            {"name": "trustee", "payee": "trustee", "base": "fixed", "amount": "12000", "frequency": "annual"}
        ],
        **changes,
    }  # fmt: skip


def collected(amount):
    return published()["pool"] | {"collected": {"amount": amount, "to": "2021-05-31"}}


def test_the_need_adds_stressed_fees_and_interest():
    setting = setting_for(small())

    need = monthly_need(setting.expanded, setting.deal.notes[0], fee_multiple=1.2)

    assert need == pytest.approx(1.2 * 1_000.0 + 5_000.0)


def test_interest_that_ranks_behind_is_left_out():
    document = small()
    document["notes"].insert(
        1, {"name": "M", "rank": 2, "balance": "600000", "coupon": {"kind": "fixed", "rate": 0.06}}
    )
    document["notes"][2]["rank"] = 3
    setting = setting_for(document)

    needs = [monthly_need(setting.expanded, note, 1.0) for note in setting.deal.notes[:2]]

    assert needs == pytest.approx([6_000.0, 9_000.0])
    assert monthly_need(setting.expanded, setting.deal.notes[2], 1.0) == pytest.approx(9_000.0)


@pytest.mark.parametrize(
    ("fee", "yearly"),
    [
        ({"base": "notes", "rate": 0.01}, 16_000.0),
        ({"base": "initial_notes", "rate": 0.01, "notes": ["A"]}, 12_000.0),
        ({"base": "claim", "rate": 0.00001}, 30_181.794),
        ({"base": "fixed", "amount": "500"}, 2_000.0),
        ({"base": "fixed", "amount": "500", "frequency": "once"}, 0.0),
        ({"base": "collections", "rate": 0.05}, 0.0),
    ],
)
def test_each_base_of_a_fee_is_counted_by_the_year(fee, yearly):
    setting = setting_for(small(fees=[{"name": "x", "payee": "y"} | fee]))

    need = monthly_need(setting.expanded, setting.deal.notes[0], fee_multiple=1.0)

    assert need == pytest.approx(5_000.0 + yearly / 12.0)


def test_first_coupons_by_kind():
    document = small(curves={"LPR1Y": [{"from": "2021-01-20", "rate": 0.0385}]})
    document["notes"][0]["coupon"] = {"kind": "floating", "index": "LPR1Y", "spread": 0.01}
    document["notes"].append(document["notes"][1] | {"name": "C", "rank": 3})
    document["notes"][1]["coupon"] = {
        "kind": "step",
        "steps": [{"from": "2021-06-18", "rate": 0.02}, {"from": "2022-06-18", "rate": 0.03}],
    }
    deal = parse_deal(document)

    assert [first_coupon(deal, note) for note in deal.notes] == pytest.approx([0.0485, 0.02, 0.0])


def test_stated_cash_is_taken_as_evidence():
    setting = setting_for(small(pool=collected("93000")))

    survival = survivals(setting)[0]

    assert closing_cash(setting) == (93_000.0, True)
    assert survival.months == pytest.approx(93_000.0 / 6_200.0)
    assert survival.is_evidenced


def test_unstated_cash_is_what_the_base_case_brings_by_closing():
    cash, is_evidenced = closing_cash(setting_for(published()))

    assert not is_evidenced
    assert 0.0 < cash < 0.35 * setting_for(published()).base.total


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("6200", [("liquidity", "A")]),
        ("12400", [("liquidity", "AA")]),
        ("31000", []),
    ],
)
def test_the_cap_follows_the_months_over_the_payment_period(amount, expected):
    setting = setting_for(small(pool=collected(amount)))

    caps = [(cap.kind, cap.level) for cap in derived_caps(setting)]

    assert caps == expected


def test_a_missing_back_up_servicer_asks_for_six_months():
    with_none = setting_for(small(pool=collected("31000"), servicing={"backup": False}))
    with_one = setting_for(small(pool=collected("31000"), servicing={"backup": True}))

    assert [(cap.kind, cap.level) for cap in derived_caps(with_none)] == [("no_backup", "AA")]
    assert list(derived_caps(with_one)) == []


def test_deferrable_interest_is_capped():
    document = small(pool=collected("90000"))
    document["notes"].insert(
        1,
        {
            "name": "M",
            "rank": 2,
            "balance": "600000",
            "coupon": {"kind": "fixed", "rate": 0.06},
            "deferrable": True,
        },
    )
    document["notes"][2]["rank"] = 3

    caps = [(cap.kind, cap.level, cap.note) for cap in derived_caps(setting_for(document))]

    assert caps == [("deferral", "AA", "M")]


def test_a_funded_reserve_counts_as_cash_at_closing():
    setting = setting_for(tape_document(), frame=card_frame(30))

    cash, is_evidenced = closing_cash(setting)

    assert cash >= 20_000.0
    assert not is_evidenced


def test_top_recoveries_or_many_loans_lift_the_cap_of_a_lumpy_class():
    unknown = setting_for(published("23GYZC06"))
    document = published("23GYZC06")
    document["pool"] |= {"loans": 60, "top_recoveries": ["9000000.00", "8000000.00", "5000000.00"]}
    known = setting_for(document)

    assert "aggregate_pool" in {cap.kind for cap in derived_caps(unknown)}
    assert "aggregate_pool" not in {cap.kind for cap in derived_caps(known)}


def test_cash_that_a_tape_states_as_collected_is_evidence():
    frame = card_frame(30).with_columns(collected_since_cutoff=pl.lit(1_000.0))

    cash, is_evidenced = closing_cash(setting_for(tape_document(), frame=frame))

    assert is_evidenced
    assert cash == pytest.approx(20_000.0 + 30_000.0)
