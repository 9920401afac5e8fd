"""Flows of another engine, cell by cell: `tests/golden/npl3/README.md` says what it does."""

import json
from datetime import date
from pathlib import Path

import pytest

from analytics.structure import parse_deal
from analytics.waterfall import waterfall_flows

FOLDER = Path(__file__).parents[1] / "golden" / "npl3"
REFERENCE = json.loads((FOLDER / "reference.json").read_text())
WITHIN = 0.02


@pytest.fixture(scope="module")
def deal():
    return parse_deal(json.loads((FOLDER / "deal.json").read_text()))


def flows(deal, path):
    cash = [(date.fromisoformat(on), amount) for on, _, amount, *_ in path["pool_flow"]]
    return waterfall_flows(deal, cash)


def by_date(rows):
    return {on: values for on, *values in rows}


@pytest.mark.golden
@pytest.mark.parametrize("number", range(len(REFERENCE["paths"])))
def test_flows_equal_the_recorded_ones_in_every_cell(deal, number):
    path = REFERENCE["paths"][number]

    found = flows(deal, path)

    residual = by_date(found["residual"])
    for name, recorded in path["bonds"].items():
        ours = by_date(found["notes"][name])
        for on, balance, interest, principal in recorded:
            paid = residual[on][0] if name == "C" else ours[on][1]
            assert [balance, interest, principal] == pytest.approx(
                [ours[on][0], paid, ours[on][2]], abs=WITHIN
            ), (name, on)
    for recorded, ours in (
        (path["fee"], found["fees"]["fee"]),
        (path["reserve"], found["accounts"]["reserve"]),
    ):
        for on, *values in recorded:
            assert values == pytest.approx(by_date(ours)[on], abs=WITHIN), on


@pytest.mark.golden
@pytest.mark.parametrize("number", range(len(REFERENCE["paths"])))
def test_dates_without_a_recorded_row_move_nothing(deal, number):
    path = REFERENCE["paths"][number]

    found = flows(deal, path)

    for name, recorded in path["bonds"].items():
        dates = {row[0] for row in recorded}
        for on, balance, interest, principal in found["notes"][name]:
            if on not in dates:
                assert interest + principal <= WITHIN, (name, on, balance)


@pytest.mark.golden
def test_without_dropped_fractions_the_flows_differ_by_the_fractions_alone(deal):
    """The difference to the recorded engine is its rounding: it vanishes with it, and is small."""
    path = REFERENCE["paths"][7]
    document = json.loads((FOLDER / "deal.json").read_text())
    document["payment"]["rounding"] = "carry"

    carried = flows(parse_deal(document), path)

    final = by_date(path["bonds"]["C"])["2030-12-26"][0]
    ours = by_date(carried["notes"]["C"])["2030-12-26"][0]
    assert WITHIN < abs(ours - final) < 1.0
