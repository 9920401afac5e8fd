import json
import re
from pathlib import Path

import pytest

from analytics.structure import expand, parse_deal
from analytics.structure.difference import Change, differences
from analytics.structure.prospectus import as_text, printed
from tests.analytics.test_structure import PRESETS, changed, with_mezzanine

GOLDEN = Path(__file__).parents[1] / "golden"


def rich():
    document = with_mezzanine("eu_npl")
    document["fees"] = [
        {
            "name": "trustee fee",
            "payee": "trustee",
            "base": "notes",
            "rate": 0.0005,
            "cap": {"per_period": "50000.00", "lifetime": "900000.00"},
            "carry_forward": False,
        }
    ]
    document["enhancements"] = [
        {"kind": "liquidity_facility", "provider": "Bank X", "limit": "9000000.00", "fee": 0.004}
    ]
    return expand(parse_deal(document))


def test_it_reads_like_a_prospectus_in_english():
    text = as_text(printed(rich(), "en"))

    assert "Priority of payments\n1. Disposal costs of the servicer." in text
    assert "Interest on M, unless trigger('cumulative_collections')" in text
    assert (
        "at most 50,000.00 on one payment date and 900,000.00 in all; what is unpaid lapses."
        in text
    )
    assert "below 90% of plan, the steps that name it follow; it may be cured." in text
    assert "liquidity facility by Bank X, up to 9,000,000.00, fee 0.4% a year." in text


def test_it_reads_like_a_prospectus_in_chinese():
    text = as_text(printed(rich(), "zh"))

    assert "现金流支付顺序\n1. 支付贷款服务机构处置费用。" in text
    assert "流动性支持，由Bank X提供，以9,000,000.00元为限，费率0.4%/年。" in text
    assert "累计净回收款低于计划的90%时" in text
    assert "剩余资金支付给B" in text


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_step_of_every_preset_has_a_sentence(preset, language):
    expanded = expand(parse_deal(with_mezzanine(preset)))

    clauses = printed(expanded, language)

    for clause in clauses:
        assert all(len(sentence) > 3 for sentence in clause.sentences)
    order = clauses[3].sentences
    assert len(order) == len(expanded.waterfall.amortising)
    if language == "zh":
        assert not any(re.search(r"\b(the|of|to|interest on|principal)\b", s) for s in order)


def test_every_kind_of_step_and_trigger_of_the_golden_deals_is_printed():
    for path in GOLDEN.glob("*/deal.json"):
        expanded = expand(parse_deal(json.loads(path.read_text())))
        for language in ("en", "zh"):
            assert all(s.strip(" .。") for c in printed(expanded, language) for s in c.sentences)


def test_two_versions_of_a_structure_differ_where_they_were_changed():
    before = expand(parse_deal(changed()))
    after = expand(
        parse_deal(
            changed(
                notes__0__coupon={"kind": "fixed", "rate": 0.03},
                waterfall={"preset": "cn_npl_costs_after_senior"},
            )
        )
    )

    found = differences(before, after)

    assert Change("notes.A.coupon.rate", 0.027, 0.03) in found
    costs = [c for c in found if {"step": "disposal_costs"} in (c.before, c.after)]
    assert {c.path.split("[")[0] for c in costs} == {
        "waterfall.amortising",
        "waterfall.accelerated",
        "waterfall.enforced",
    }
    assert len(found) == 1 + len(costs)


def test_a_structure_does_not_differ_from_itself():
    assert differences(rich(), rich()) == ()


def test_a_note_added_or_left_out_is_one_difference():
    two, three = expand(parse_deal(changed())), expand(parse_deal(with_mezzanine("cn_npl")))

    found = {change.path: change for change in differences(two, three)}

    assert found["notes.M"].before is None
    assert found["notes.M"].after["balance"] == "20000000.50"
    assert found["notes.B.rank"] == Change("notes.B.rank", 2, 3)
