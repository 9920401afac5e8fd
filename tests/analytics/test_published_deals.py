"""Published deals become deal files that say what the table says."""

import pytest

from analytics.published_deals import cny, deal_document_from_row, fraction, published_deals
from analytics.structure import deal_document, parse_deal


def test_the_table_holds_thirty_two_deals():
    assert len(published_deals()) == 32
    assert len({row["code"] for row in published_deals()}) == 32


@pytest.mark.parametrize("row", published_deals(), ids=lambda row: row["code"])
def test_every_row_is_a_valid_deal_file(row):
    document = deal_document_from_row(row)

    assert deal_document(parse_deal(document)) == document


def test_units_are_converted_exactly():
    assert cny("125382.67") == "1253826700.00"
    assert fraction("3.42") == 0.0342
    assert fraction("113") == 1.13


def test_the_first_deal_reads_as_published():
    document = deal_document_from_row(published_deals()[0])

    assert document["code"] == "16ZHONGYU01"
    assert document["pool"]["asset_class"] == "corporate"
    assert document["pool"]["claim"] == "1253826700.00"
    assert [each["amount"] for each in document["pool"]["forecasts"]] == [
        "424057500.00",
        "424900200.00",
    ]
    assert "principal" not in document["pool"]
    assert document["notes"][0]["balance"] == "234780000.00"
    assert document["notes"][0]["coupon"] == {"kind": "fixed", "rate": 0.0342}
    assert "issue_price" not in document["notes"][1]
