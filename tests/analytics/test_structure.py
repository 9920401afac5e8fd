import copy
import json
from pathlib import Path

import jsonschema
import pytest

from analytics.errors import StructureError
from analytics.structure import deal_document, expand, parse_deal, schema
from analytics.structure.terms import STATUSES

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
PRESETS = ("cn_npl", "cn_npl_costs_after_senior", "eu_npl", "two_ledgers")

SMALLEST = {
    "format": "npl-deal/1",
    "code": "SMALL",
    "scale": "cn",
    "currency": "CNY",
    "dates": {"cutoff": "2024-12-31", "closing": "2025-03-20", "legal_final": "2029-07-26"},
    "payment": {"frequency": "Q", "day": 26},
    "pool": {
        "kind": "aggregate",
        "asset_class": "card",
        "claim": "3000000000.00",
        "forecasts": [
            {"source": "agency", "scenario": "base", "basis": "gross", "amount": "400000000.00"}
        ],
    },
    "notes": [
        {
            "name": "A",
            "rank": 1,
            "balance": "260000000.00",
            "coupon": {"kind": "fixed", "rate": 0.027},
        },
        {"name": "B", "rank": 2, "balance": "60000000.00", "coupon": {"kind": "none"}},
    ],
    "waterfall": {"preset": "cn_npl"},
}


def changed(**changes):
    document = copy.deepcopy(SMALLEST)
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = document
        for key in parents:
            place = place[int(key) if key.isdigit() else key]
        place[int(last) if last.isdigit() else last] = value
    return document


def with_mezzanine(preset):
    document = changed(waterfall={"preset": preset})
    mezzanine = {
        "name": "M",
        "rank": 2,
        "balance": "20000000.50",
        "coupon": {"kind": "fixed", "rate": "0.0550"},
        "deferrable": False,
    }
    document["notes"].insert(1, mezzanine)
    document["notes"][2]["rank"] = 3
    return document


def documents():
    yield SMALLEST
    yield from (with_mezzanine(preset) for preset in PRESETS)
    for path in sorted(GOLDEN.glob("*/deal.json")):
        yield json.loads(path.read_text())


@pytest.mark.parametrize("document", list(documents()), ids=lambda d: d["code"])
def test_a_deal_file_is_written_back_as_it_was(document):
    written = deal_document(parse_deal(document))

    assert json.dumps(written, sort_keys=True) == json.dumps(document, sort_keys=True)


@pytest.mark.parametrize("document", list(documents()), ids=lambda d: d["code"])
def test_what_is_read_fits_the_published_schema(document):
    jsonschema.validate(document, schema())


def test_the_published_schema_is_the_one_the_engine_ships_and_builds():
    published = (ROOT / "docs/schemas/npl-deal-1.schema.json").read_text()
    shipped = (ROOT / "analytics/data/npl-deal-1.schema.json").read_text()

    assert published == shipped
    assert json.loads(published) == json.loads(json.dumps(schema()))


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_prints_as_a_deal_that_reads_and_expands_to_itself(preset):
    full = expand(parse_deal(with_mezzanine(preset))).deal

    again = parse_deal(json.loads(json.dumps(deal_document(full))))

    assert deal_document(expand(again).deal) == deal_document(full)
    for status in STATUSES:
        assert len(deal_document(full)["waterfall"][status]) > 5


def test_the_rank_of_disposal_costs_is_what_sets_the_chinese_presets_apart():
    def order(preset):
        full = expand(parse_deal(with_mezzanine(preset)))
        return [step["step"] for step in deal_document(full.deal)["waterfall"]["amortising"]]

    first, after = order("cn_npl"), order("cn_npl_costs_after_senior")

    assert first[0] == "disposal_costs"
    assert after.index("disposal_costs") > after.index("principal")
    assert sorted(first) == sorted(after)


def test_what_is_not_stated_is_assumed_aloud():
    warnings = expand(parse_deal(SMALLEST)).warnings

    assert any("default fees" in text for text in warnings)
    assert any("reserve" in text for text in warnings)
    assert expand(parse_deal(changed(fees=[], accounts=[]))).warnings == (
        "The share of the excess servicing fee is not stated: 80% assumed.",
    )


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (changed(format="npl-deal/2"), "format"),
        (changed(colour="red"), "colour"),
        (changed(notes__1__colour="red"), "notes[1].colour"),
        (changed(notes__0__coupon={"kind": "fixed", "rate": "2.7%"}), "notes[0].coupon.rate"),
        (changed(notes__0__coupon={"kind": "fixed"}), "notes[0].coupon.rate"),
        (changed(notes__0__coupon={"kind": "mystery"}), "notes[0].coupon.kind"),
        (changed(notes__0__balance=260000000.0), "notes[0].balance"),
        (changed(notes__0__balance="-1.00"), "notes[0].balance"),
        (changed(notes__0__balance="1,000"), "notes[0].balance"),
        (changed(notes__1__rank=3), "notes"),
        (changed(notes__1__name="A"), "notes[1].name"),
        (changed(notes__0__rank=True), "notes[0].rank"),
        (changed(notes={}), "notes"),
        (changed(dates__closing="2024-02-30"), "dates.closing"),
        (changed(dates__closing="2024-12-01"), "dates.closing"),
        (changed(dates__legal_final="2025-01-01"), "dates.legal_final"),
        (changed(payment__frequency="W"), "payment.frequency"),
        (changed(payment__day=0), "payment.day"),
        (changed(pool__forecasts=[]), "pool.forecasts"),
        (changed(pool__forecasts__0__amount=1.0), "pool.forecasts[0].amount"),
        (changed(pool__kind="none"), "pool.kind"),
        (changed(waterfall={"preset": "unknown"}), "waterfall.preset"),
        (changed(waterfall={"amortising": []}), "waterfall.amortising"),
        (changed(waterfall={"amortising": [{"step": "dance"}]}), "waterfall.amortising[0].step"),
        (
            changed(notes__0__coupon={"kind": "floating", "index": "LPR", "spread": 0.01}),
            "notes[0].coupon.index",
        ),
    ],
)
def test_a_refusal_names_the_place_in_the_file(document, path):
    with pytest.raises(StructureError) as refused:
        parse_deal(document)

    assert refused.value.path == path


def listed(*steps, **changes):
    return changed(
        waterfall={"amortising": list(steps)}, fees=[], accounts=[], triggers=[], **changes
    )


INTEREST = {"step": "interest", "notes": ["A"]}
SENIOR = {"step": "principal", "notes": ["A"]}
JUNIOR = {"step": "principal", "notes": ["B"]}
RESIDUAL = {"step": "residual", "payee": "B"}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (listed(SENIOR, JUNIOR, RESIDUAL), "No step pays the interest of note 'A'"),
        (listed(INTEREST, SENIOR, RESIDUAL), "No step pays the principal of note 'B'"),
        (listed(INTEREST, SENIOR, JUNIOR), "has nowhere to go"),
        (listed(INTEREST, RESIDUAL, SENIOR, JUNIOR), "emptied by a residual before this step"),
        (listed({**INTEREST, "from": "cellar"}, SENIOR, JUNIOR, RESIDUAL), "no ledger or account"),
        (listed({**INTEREST, "notes": ["Z"]}, SENIOR, JUNIOR, RESIDUAL), "no note 'Z'"),
        (listed({**INTEREST, "unless": "x"}, SENIOR, JUNIOR, RESIDUAL), "Unknown quantity 'x'"),
        (
            listed(INTEREST, {**SENIOR, "amount": "held('x')"}, JUNIOR, RESIDUAL),
            "There is no held 'x'",
        ),
        (
            listed(INTEREST, {**SENIOR, "amount": "__import__('os')"}, JUNIOR, RESIDUAL),
            "Unknown function",
        ),
        (
            listed(INTEREST, {"step": "transfer", "to": "available"}, SENIOR, JUNIOR, RESIDUAL),
            "no ledger or account 'available'",
        ),
    ],
)
def test_an_order_of_payments_that_cannot_work_is_refused_in_words(document, words):
    with pytest.raises(StructureError, match="waterfall") as refused:
        parse_deal(document)

    assert words in str(refused.value)


def test_cash_may_not_return_to_a_ledger_that_was_emptied():
    document = listed(INTEREST, SENIOR, JUNIOR, RESIDUAL)
    document["waterfall"]["ledgers"] = [
        {"name": "interest", "share": 0.5},
        {"name": "principal", "share": 0.5},
    ]
    for step in document["waterfall"]["amortising"]:
        step["from"] = "interest"
    document["waterfall"]["amortising"].append(
        {"step": "transfer", "from": "principal", "to": "interest"}
    )

    with pytest.raises(StructureError, match=r"nowhere to go|Circular"):
        parse_deal(document)
