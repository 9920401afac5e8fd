"""Static pools are read strictly, kept as they came, and summed up."""

import datetime

import pytest
from django.db import DatabaseError, transaction

from servicers.files import StaticPoolError, read_static_pool
from servicers.models import StaticPool
from servicers.selectors import static_pool_rows, summarise
from servicers.services import ServicerError, Source, receive_static_pool
from tests.factories.servicers import ServicerFactory

ULTIMATE = b"""default_date,closing_date,exposure,recovered,segment
2009-01-31,2010-01-31,1000.00,400.00,retail
2009-03-31,2010-03-31,3000.00,0,retail
2010-06-30,2012-06-30,1000.00,1200.00,food
"""
TRIANGLE = b"""vintage,months_since_default,exposure,recovered
2019,0,1000,0
2019,12,1000,150.00
2019,24,1000,200.00
2020Q1,0,500,10
2020Q1,12,500,90
"""
SOURCE = Source("Closed cases to 2012", "sme_unsecured", datetime.date(2012, 12, 31), "Servicer")


def faults(content, kind="ultimate"):
    with pytest.raises(StaticPoolError) as refusal:
        read_static_pool(content, kind)
    return [(issue.row, issue.column) for issue in refusal.value.issues]


def test_closed_cases_are_summed_up():
    summary = summarise(read_static_pool(ULTIMATE, "ultimate"), "ultimate")

    assert (summary["cases"], summary["exposure"], summary["rate"]) == (3, "5000.00", 0.32)
    assert [v["vintage"] for v in summary["vintages"]] == ["2009", "2010"]
    assert summary["vintages"][0]["rate"] == 0.1
    assert summary["spread"] == [1, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    assert (summary["above_exposure"], summary["nothing_recovered"]) == (1, 1)


def test_a_triangle_is_summed_up_by_vintage():
    summary = summarise(read_static_pool(TRIANGLE, "triangle"), "triangle")

    assert summary["vintages"][0]["points"] == [[0, 0.0], [12, 0.15], [24, 0.2]]
    assert summary["rate"] == pytest.approx(290 / 1500)
    assert summary["longest"] == 24


@pytest.mark.parametrize(
    ("line", "place"),
    [
        (b"2009-13-01,2010-01-31,1000,400,a", (2, "default_date")),
        (b"2009/01/31,2010-01-31,1000,400,a", (2, "default_date")),
        (b"2010-01-31,2009-01-31,1000,400,a", (2, "closing_date")),
        (b"2009-01-31,2010-01-31,0,400,a", (2, "exposure")),
        (b"2009-01-31,2010-01-31,-5,400,a", (2, "exposure")),
        (b"2009-01-31,2010-01-31,1000,1e3,a", (2, "recovered")),
        (b"2009-01-31,2010-01-31,1000,NaN,a", (2, "recovered")),
        (b'2009-01-31,2010-01-31,"1,000",400,a', (2, "exposure")),
        (b"2009-01-31,2010-01-31,1000,400", (2, "")),
    ],
)
def test_a_fault_is_named_by_row_and_column(line, place):
    assert faults(ULTIMATE.splitlines()[0] + b"\n" + line + b"\n") == [place]


def test_all_faults_are_named_at_once():
    content = ULTIMATE + b"x,2010-01-31,1,1,a\n2010-01-01,2010-01-31,y,1,a\n"

    assert faults(content) == [(5, "default_date"), (6, "exposure")]


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        (b"2019,0,1000,50\n2019,12,1000,40\n", (3, "recovered")),
        (b"2019,0,1000,50\n2019,12,900,60\n", (3, "exposure")),
        (b"2019,0,1000,50\n2019,0,1000,60\n", (3, "months_since_default")),
        (b"19,0,1000,50\n", (2, "vintage")),
        (b"2019,1.5,1000,50\n", (2, "months_since_default")),
    ],
)
def test_a_triangle_is_cumulative_with_one_exposure_a_vintage(rows, place):
    assert faults(TRIANGLE.splitlines()[0] + b"\n" + rows, "triangle") == [place]


@pytest.mark.parametrize(
    ("content", "column"),
    [
        (b"", ""),
        (b"default_date,closing_date,exposure\n", "recovered"),
        (b"default_date,closing_date,exposure,recovered,colour\n", "colour"),
        (b"default_date,closing_date,exposure,recovered,exposure\n", "exposure"),
        (b"a\x00b", ""),
        (b'"open', ""),
    ],
)
def test_a_header_that_is_not_ours_is_refused(content, column):
    assert faults(content)[0] == (1, column)


def test_a_header_without_rows_is_refused():
    assert faults(ULTIMATE.splitlines()[0]) == [(2, "")]


@pytest.mark.django_db
def test_the_file_is_kept_as_it_came_and_read_again(administrator):
    pool = receive_static_pool(
        ServicerFactory(), ULTIMATE, "ultimate", SOURCE, file_name="cases.csv", by=administrator
    )

    assert pool.file.read() == ULTIMATE
    assert static_pool_rows(pool) == read_static_pool(ULTIMATE, "ultimate")
    assert (pool.cases, pool.exposure, pool.recovered) == (3, 5000, 1600)


@pytest.mark.django_db
def test_a_static_pool_is_uploaded_once_and_never_changed(administrator):
    servicer = ServicerFactory()
    receive_static_pool(servicer, ULTIMATE, "ultimate", SOURCE, file_name="a.csv", by=administrator)

    with pytest.raises(ServicerError, match="uploaded before"):
        receive_static_pool(
            servicer, ULTIMATE, "ultimate", SOURCE, file_name="b.csv", by=administrator
        )
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        StaticPool.objects.update(recovered=0)


@pytest.mark.django_db
def test_a_refused_file_leaves_nothing(administrator):
    servicer = ServicerFactory()

    with pytest.raises(StaticPoolError):
        receive_static_pool(servicer, b"x", "ultimate", SOURCE, file_name="a", by=administrator)

    assert not servicer.static_pools.exists()
