"""The pages of runs: results drawn from what the engine really said, status, list, comparison."""

import json
import re
from datetime import date
from decimal import Decimal

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from deals.runs.models import RealisedRecovery
from deals.runs.selectors import pages
from ratings_site.jobs.models import Job
from ratings_site.people.models import Role
from tests.factories.runs import done_run, queued_run
from tests.factories.structure import SMALLEST_DEAL_FILE, DealFactory

pytestmark = pytest.mark.django_db

TWO_RATED = SMALLEST_DEAL_FILE | {
    "notes": [
        SMALLEST_DEAL_FILE["notes"][0],
        {
            "name": "中间档",
            "rank": 2,
            "balance": "20000000.00",
            "coupon": {"kind": "fixed", "rate": "0.04"},
            "promise": "ultimate",
            "deferrable": True,
        },
        {"name": "Junior", "rank": 3, "balance": "20000000.00", "coupon": {"kind": "none"}},
    ],
    "constraints": [
        {"kind": "servicer", "level": "A", "source": "test", "reason": "no back-up is appointed"}
    ],
}


@pytest.fixture
def case(make_person):
    """A deal with an analyst on its case."""

    def on_case(document=None):
        analyst = make_person(Role.ANALYST)
        deal = DealFactory(terms=document, on_case=[(analyst, Role.ANALYST)])
        return deal, analyst

    return on_case


RESULTS = {}  # what the engine said, computed once for each deal file and set of deviations


def finished_run(deal, by, **asked):
    """Return a done run with the engine's own result, computed once in this file."""
    key = json.dumps([deal.terms.document | {"code": ""}, asked], sort_keys=True)
    if key not in RESULTS:
        run = done_run(deal, by, **asked)
        RESULTS[key] = run.result
        return run
    run = queued_run(deal, by, **asked)
    run.result, run.result_sha256 = RESULTS[key], RESULTS[key]["outputs_sha256"]
    run.finished_at = timezone.now()
    run.save()
    Job.objects.filter(pk=run.job_id).update(status=Job.Status.DONE, finished_at=timezone.now())
    run.refresh_from_db()
    return run


def page_of(client, run):
    answer = client.get(reverse("deals:run", args=[run.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_done_run_shows_every_figure_the_engine_gave_and_where_it_comes_from(case, signed_in_as):
    deal, analyst = case()
    run = finished_run(deal, analyst)
    note = run.result["notes"][0]

    page = page_of(signed_in_as(analyst), run)

    probability = f"{note['shortfall_probability'] * 100:.2f} ± {note['shortfall_se'] * 100:.2f}"
    assert probability in page
    for rung in note["ladder"]:
        assert rung["level"].replace("-", "−") in page
        assert re.search(rf"[+−]?{abs(rung['margin']) * 100:.1f}".replace(".", r"\."), page)
    for section in ("outcome", "ladder", "cash", "breakeven", "distribution", "basis"):
        assert f'id="{section}"' in page
    assert run.result["assumptions"][0]["source"] in page
    assert run.inputs_sha256 in page


def test_each_section_of_a_run_leads_to_criteria_terms_and_the_result_itself(case, signed_in_as):
    deal, analyst = case()
    run = finished_run(deal, analyst)

    page = page_of(signed_in_as(analyst), run)

    sources = (
        reverse("criteria:detail", args=[run.criteria.version]),
        reverse("deals:version", args=[deal.code, run.terms.number]),
        reverse("api:run-result", args=[run.pk]),
    )
    for section in ("outcome", "ladder", "cash", "breakeven", "distribution"):
        part = page.split(f'id="{section}"')[1].split("</section>")[0]
        assert [source for source in sources if f'href="{source}"' not in part] == []


def test_the_charts_carry_the_figures_of_the_result(case, signed_in_as):
    deal, analyst = case()
    run = finished_run(deal, analyst)

    page = page_of(signed_in_as(analyst), run)

    fan = json.loads(
        re.search(r'<script id="fan-data" type="application/json">(.*?)</script>', page)[1]
    )
    last = run.result["periods"][-1]
    assert fan["p50"][-1] == pytest.approx(last["cumulative_p50"] / 10_000, abs=1e-4)
    assert len(fan["dates"]) == len(run.result["periods"]) + 1
    shares = json.loads(
        re.search(r'<script id="recoveries-data" type="application/json">(.*?)</script>', page)[1]
    )
    assert sum(each["share"] for each in shares["bins"]) == pytest.approx(100, abs=1e-4)


def test_several_rated_notes_share_the_levels_of_one_ladder(case, signed_in_as):
    deal, analyst = case(TWO_RATED)
    run = finished_run(deal, analyst)

    page = page_of(signed_in_as(analyst), run)

    assert "ladder-many" in page
    assert page.count('class="note-block" id="note-') == 2
    assert '<span lang="zh-Hans">中间档</span>' in page
    assert "Junior, not rated" in page


def test_the_lowest_limit_binds_and_is_marked(case, signed_in_as):
    deal, analyst = case(TWO_RATED)
    run = finished_run(deal, analyst)
    senior = pages.outcomes_of(run)["Senior"]

    assert senior.quantitative in ("AAA", "AA+", "AA", "AA-", "A+")
    assert (senior.level, senior.binding.kind) == ("A", "servicer")
    assert [cell.label for cell in senior.cells if cell.binds] == ["Servicer"]
    assert "no back-up is appointed." in page_of(signed_in_as(analyst), run)


def test_the_page_reads_in_chinese_with_the_same_digits(case, signed_in_as):
    deal, analyst = case()
    run = finished_run(deal, analyst)
    client = signed_in_as(analyst)
    english = page_of(client, run)

    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
    chinese = page_of(client, run)

    figures = re.compile(r'<td class="n[^"]*">([^<]*)</td>')
    assert "压力阶梯" in chinese
    assert "Stress ladder" not in chinese
    digits = re.compile(r"[+−]?[\d,]+\.?\d*")
    assert [digits.findall(cell) for cell in figures.findall(english)] == [
        digits.findall(cell) for cell in figures.findall(chinese)
    ]


def test_what_the_pool_really_brought_stands_beside_the_prediction(case, signed_in_as):
    deal, analyst = case()
    run = finished_run(deal, analyst)
    RealisedRecovery.objects.create(
        deal=deal,
        as_of=date(2028, 12, 31),
        loans=10,
        claim=Decimal("1000000000"),
        recovered=Decimal("990000000"),
        source="A source for a test",
        recorded_by=analyst,
        recorded_at=timezone.now(),
    )

    page = page_of(signed_in_as(analyst), run)

    assert 'The pool really brought <b class="b">99.0%</b>' in page
    assert "outside the band of nine paths in ten" in page
    assert "A source for a test" in page


def test_a_waiting_run_asks_again_and_a_failed_one_says_why(case, signed_in_as):
    deal, analyst = case()
    run = queued_run(deal, analyst)
    client = signed_in_as(analyst)

    waiting = page_of(client, run)
    Job.objects.filter(pk=run.job_id).update(
        status=Job.Status.FAILED, reason="The pool is empty.", finished_at=timezone.now()
    )
    failed = page_of(client, run)

    assert 'hx-trigger="every 2s"' in waiting
    assert "Cancel this run" in waiting
    assert "The pool is empty." in failed
    assert "hx-trigger" not in failed


def test_the_list_shows_runs_newest_first_with_their_levels(case, signed_in_as):
    deal, analyst = case()
    done, waiting = finished_run(deal, analyst), queued_run(deal, analyst)

    page = signed_in_as(analyst).get(reverse("deals:run-list", args=[deal.code])).content.decode()

    assert page.index(str(waiting.pk)) < page.index(str(done.pk))
    level = done.result["notes"][0]["quantitative"].replace("-", "−")
    assert f'Senior <b class="b">{level}</b>' in page


def test_a_deal_without_runs_says_what_will_stand_there(case, signed_in_as):
    deal, analyst = case()

    page = signed_in_as(analyst).get(reverse("deals:run-list", args=[deal.code])).content.decode()

    assert 'class="nothing"' in page


def test_two_runs_are_compared_without_computing_anew(case, signed_in_as):
    deal, analyst = case()
    before = finished_run(deal, analyst)
    now = finished_run(
        deal, analyst, assumptions={"costs.lawyer": 0.05}, note="Contract signed at 5 per cent."
    )

    answer = signed_in_as(analyst).get(reverse("deals:run-compare", args=[now.pk]))
    page = answer.content.decode()

    assert f"run {before.number} against run {now.number}" in page
    assert "costs.lawyer" in page
    assert "+0.0200" in page


def test_runs_of_different_deals_are_not_compared(case, signed_in_as, make_person):
    deal, analyst = case()
    run = finished_run(deal, analyst)
    someone = make_person(Role.ANALYST)
    other = finished_run(DealFactory(on_case=[(someone, Role.ANALYST)]), someone)

    answer = signed_in_as(analyst).get(
        reverse("deals:run-compare", args=[run.pk]), {"with": str(other.pk)}
    )

    assert answer.status_code == 404


def test_a_run_is_asked_for_by_page_and_a_deviation_needs_its_reason(
    case, signed_in_as, django_capture_on_commit_callbacks
):
    deal, analyst = case()
    client = signed_in_as(analyst)
    address = reverse("deals:run-start", args=[deal.code])

    refused = client.post(address, {"paths": "1000", "deviations": "costs.lawyer = 0.05"})
    taken = client.post(
        address, {"paths": "1000", "deviations": "costs.lawyer = 0.05", "note": "Signed contract."}
    )

    assert refused.status_code == 422
    assert "needs its reason" in refused.content.decode()
    assert taken.status_code == 302
    run = deal.runs.get()
    assert run.inputs["assumptions"] == {"costs.lawyer": 0.05}
    assert taken["Location"] == reverse("deals:run", args=[run.pk])


@pytest.mark.parametrize(
    "deviations", ["costs.lawyer 0.05", "costs.lawyer =", "no.such.assumption = 1"]
)
def test_a_deviation_that_cannot_be_read_is_refused_in_words(case, signed_in_as, deviations):
    deal, analyst = case()

    answer = signed_in_as(analyst).post(
        reverse("deals:run-start", args=[deal.code]),
        {"paths": "1000", "deviations": deviations, "note": "x"},
    )

    assert answer.status_code == 422
    assert (
        'class="errors"' in answer.content.decode() or 'class="notice"' in answer.content.decode()
    )
    assert not deal.runs.exists()


def test_an_outsider_finds_no_run(case, signed_in_as, outsider):
    deal, analyst = case()
    run = queued_run(deal, analyst)
    client = signed_in_as(outsider)

    for address in (
        reverse("deals:run", args=[run.pk]),
        reverse("deals:run-compare", args=[run.pk]),
        reverse("deals:run-list", args=[deal.code]),
        reverse("deals:run-start", args=[deal.code]),
    ):
        assert client.get(address).status_code == 404


def test_a_member_reads_runs_and_starts_none(make_person, signed_in_as):
    member = make_person(Role.MEMBER)
    deal = DealFactory(on_case=[(member, Role.MEMBER)])
    client = signed_in_as(member)

    assert client.get(reverse("deals:run-list", args=[deal.code])).status_code == 200
    assert client.get(reverse("deals:run-start", args=[deal.code])).status_code == 404


def test_who_may_not_start_a_run_is_not_shown_the_way(make_person, signed_in_as):
    analyst, member = make_person(Role.ANALYST), make_person(Role.MEMBER)
    deal = DealFactory(on_case=[(analyst, Role.ANALYST), (member, Role.MEMBER)])
    run = finished_run(deal, analyst)
    start = reverse("deals:run-start", args=[deal.code])

    assert start in page_of(signed_in_as(analyst), run)
    assert start not in page_of(signed_in_as(member), run)


def test_reading_addresses_refuse_to_write(case, signed_in_as):
    deal, analyst = case()
    run = queued_run(deal, analyst)

    answer = signed_in_as(analyst).post(reverse("deals:run", args=[run.pk]))

    assert answer.status_code == 405
