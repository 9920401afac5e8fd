"""The deal files of the demonstration are valid, and their terms are the published ones."""

import pytest

from analytics.structure import deal_document, parse_deal
from demo import deals


@pytest.mark.parametrize(
    "document",
    [deals.sba_deal(), deals.published(deals.CARD_CODE), deals.published(deals.HOME_CODE)],
    ids=lambda document: document["code"],
)
def test_demonstration_deal_file_is_valid_and_survives_the_round_trip(document):
    assert deal_document(parse_deal(document)) == document


def test_card_deal_carries_the_published_terms():
    document = deals.published(deals.CARD_CODE)

    assert document["pool"]["claim"] == "2736031400.00"
    assert document["notes"][0]["balance"] == "196000000.00"
    assert document["notes"][0]["coupon"]["rate"] == 0.026
    assert [f["amount"] for f in document["pool"]["forecasts"]] == ["389262100.00", "330579100.00"]


def test_every_demonstration_deal_has_a_label_that_says_what_it_is():
    assert set(deals.LABELS) == {deals.SBA_CODE, deals.CARD_CODE, deals.HOME_CODE}
    assert all("synthetic" in deals.LABELS[code] for code in (deals.CARD_CODE, deals.HOME_CODE))
