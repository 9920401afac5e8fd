"""Versions compared loan by loan; values set beside a tape by two people."""

import datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from deals.tapes import selectors
from deals.tapes.engine.changes import compare, with_overrides
from ratings_site.people.models import Role
from tests.deals.tapes.corpus import ROWS, table, text
from tests.factories.structure import DealFactory
from tests.factories.tapes import checked

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal(analyst, lead):
    return DealFactory(
        cutoff_date=datetime.date(2024, 6, 30), on_case=[(analyst, Role.ANALYST), (lead, Role.LEAD)]
    )


def test_what_changed_between_versions_is_told_loan_by_loan(deal, analyst, signed_in_as):
    checked(deal, by=analyst)
    rows = [*ROWS[1:], ["L0009", *ROWS[0][1:]]]
    second = checked(
        deal, by=analyst, data=text(table(rows=rows, unpaid_principal="2500.00")).encode()
    )

    page = signed_in_as(analyst).get(f"/deals/tapes/{second.pk}/changes/").content.decode()
    found = compare(Path(selectors.tape_before(second).parquet.path), Path(second.parquet.path))

    assert (found.added, found.removed) == (["L0009"], ["L0001"])
    assert [
        (each.loan_id, each.column, each.before, each.after)
        for each in found.changed
        if each.column == "unpaid_principal"
    ] == [("L0002", "unpaid_principal", "2,000.00", "2,500.00")]
    assert found.principal_after - found.principal_before == Decimal("500.00")
    assert "L0009" in page


def test_a_first_version_has_no_changes_to_show(deal, analyst, signed_in_as):
    tape = checked(deal, by=analyst)

    assert signed_in_as(analyst).get(f"/deals/tapes/{tape.pk}/changes/").status_code == 404


def test_an_override_is_proposed_on_the_loans_page_and_approved_by_another(
    deal, analyst, lead, signed_in_as
):
    tape = checked(deal, by=analyst)
    page = f"/deals/tapes/{tape.pk}/loans/L0002/"
    posted = {"column": "unpaid_principal", "value": "1500.00", "reason": "Statement of account"}

    signed_in_as(analyst).post(f"/deals/tapes/{tape.pk}/overrides/L0002/", posted)
    override = tape.overrides.get()
    signed_in_as(analyst).post(f"/deals/tapes/override/{override.pk}/", {"approve": "1"})
    alone = tape.overrides.get().status
    signed_in_as(lead).post(f"/deals/tapes/override/{override.pk}/", {"approve": "1"})

    assert override.old_value == "2000.00"
    assert alone == "proposed"
    assert tape.overrides.get().status == "approved"
    assert "Statement of account" in signed_in_as(analyst).get(page).content.decode()


@pytest.mark.parametrize("value", ["1e5", "-1", "abc", "1.234"])
def test_an_override_reads_as_strictly_as_a_tape(deal, analyst, signed_in_as, value):
    tape = checked(deal, by=analyst)
    posted = {"column": "unpaid_principal", "value": value, "reason": "x"}

    signed_in_as(analyst).post(f"/deals/tapes/{tape.pk}/overrides/L0002/", posted)

    assert not tape.overrides.exists()


def test_overrides_lie_over_the_frame_and_never_touch_the_file(deal, analyst):
    tape = checked(deal, by=analyst)
    frame = pl.read_parquet(tape.parquet.path)

    laid = with_overrides(frame, [("L0002", "", "unpaid_principal", "1500.00")])

    assert laid["unpaid_principal"].to_list()[1] == Decimal("1500.00")
    assert laid["total_claim"].to_list()[1] == Decimal("1520.00")
    assert laid["unpaid_principal"].to_list()[0] == frame["unpaid_principal"].to_list()[0]
    assert pl.read_parquet(tape.parquet.path).equals(frame)
