"""From an upload to a verdict that a person reads, and who may see it."""

import datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from deals.structure.models import CasePerson
from deals.tapes import services
from deals.tapes.models import Tape
from ratings_site.audit.models import AuditEvent
from ratings_site.jobs.models import Job
from ratings_site.people.models import Role
from tests.deals.tapes.corpus import HEADERS, ROWS, collateral, secured, sheet_of, table, text
from tests.factories.structure import DealFactory
from tests.factories.tapes import checked, received

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal(analyst):
    found = DealFactory(cutoff_date=datetime.date(2024, 6, 30))
    on_case(found, analyst, Role.ANALYST)
    return found


def on_case(deal, user, part):
    CasePerson.objects.get_or_create(
        deal=deal, user=user, part=part, defaults={"since": timezone.now()}
    )


def upload(client, deal, data, name="tape.csv"):
    return client.post(f"/deals/{deal.code}/tapes/new/", {"file": SimpleUploadedFile(name, data)})


def test_an_upload_is_checked_and_accepted(
    deal, analyst, signed_in_as, django_capture_on_commit_callbacks, settings
):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    client = signed_in_as(analyst)

    with django_capture_on_commit_callbacks(execute=True):
        response = upload(client, deal, text(table()).encode())
    tape = Tape.objects.get(deal=deal)
    page = client.get(response.url)

    assert response.status_code == 302
    assert tape.status == Tape.Status.ACCEPTED
    assert str(tape.unpaid_principal) == "1664568.39"
    assert Path(tape.parquet.path).exists()
    assert tape.job.status == Job.Status.DONE
    assert "1,664,568" in page.content.decode() or "166.46" in page.content.decode()
    assert AuditEvent.objects.filter(action="tape.accepted").exists()


def test_a_waiting_tape_shows_its_progress(deal, analyst, signed_in_as):
    tape = received(deal, by=analyst)

    page = signed_in_as(analyst).get(f"/deals/tapes/{tape.pk}/")

    assert page.status_code == 200
    assert f'id="job-{tape.job.pk}"' in page.content.decode()


def test_a_refused_file_leaves_nothing_but_the_refusal(
    deal, analyst, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        tape = checked(deal, by=analyst, data=text(table(unpaid_principal="NaN")).encode())

    kept = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]

    assert tape.status == Tape.Status.REFUSED
    assert kept == []
    assert not tape.original
    assert tape.issues.get(rule="not_money").row == 2


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_refusal_names_row_column_value_and_remedy_in_both_languages(
    deal, analyst, signed_in_as, language
):
    tape = checked(deal, by=analyst, data=sheet_of(table(unpaid_principal="NaN")), name="池.xlsx")
    client = signed_in_as(analyst)
    client.cookies["django_language"] = language

    page = client.get(f"/deals/tapes/{tape.pk}/").content.decode()

    for said in ("资产池", "NaN", '<td class="n"', "unpaid_principal", "G"):
        assert said in page
    assert ("请用阿拉伯数字填写" if language == "zh-hans" else "Write digits with a point") in page


def test_a_file_of_no_accepted_kind_is_refused_at_the_door(deal, analyst, signed_in_as):
    response = upload(signed_in_as(analyst), deal, b"%PDF-1.7", "tape.pdf")

    assert response.status_code == 415
    assert not Tape.objects.exists()
    assert not Job.objects.exists()


def test_a_file_that_is_too_large_is_refused_at_the_door(deal, analyst, signed_in_as, settings):
    settings.UPLOAD_LIMIT_MB = 0

    response = upload(signed_in_as(analyst), deal, text(table()).encode())

    assert response.status_code == 413
    assert not Tape.objects.exists()


def test_an_empty_upload_is_received_and_refused_with_its_reason(deal, analyst, signed_in_as):
    response = upload(signed_in_as(analyst), deal, b"")

    assert response.status_code == 422
    assert not Tape.objects.exists()


def test_versions_are_numbered_and_the_newest_accepted_is_in_force(deal, analyst, signed_in_as):
    first = checked(deal, by=analyst)
    checked(deal, by=analyst, data=text([HEADERS]).encode())

    page = signed_in_as(analyst).get(f"/deals/{deal.code}/tapes/").content.decode()

    assert [tape.number for tape in Tape.objects.order_by("number")] == [1, 2]
    assert f"/deals/tapes/{first.pk}/" in page


def test_a_checked_tape_cannot_be_changed(deal, analyst):
    tape = checked(deal, by=analyst)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Tape.objects.filter(pk=tape.pk).update(n_loans=5)

    assert Tape.objects.get(pk=tape.pk).n_loans == 4


def test_a_second_check_of_the_same_tape_changes_nothing(deal, analyst):
    tape = checked(deal, by=analyst)
    job = tape.job

    services.check_tape(tape, services.Claim(job.pk, 9, services.CHECK, str(tape.pk)))

    assert Tape.objects.get(pk=tape.pk).checked_at == tape.checked_at


@pytest.mark.parametrize(
    "address",
    ["", "problems.csv", "loans/", "loans.csv", "loans.xlsx", "loans/L0001/"],
)
def test_pages_of_a_tape_open_for_the_case_and_for_nobody_else(
    deal, analyst, outsider, administrator, signed_in_as, address
):
    tape = checked(deal, by=analyst, data=text(secured([collateral(n) for n in range(4)])).encode())
    path = f"/deals/tapes/{tape.pk}/{address}"

    seen = signed_in_as(analyst).get(path)
    b"".join(seen.streaming_content) if seen.streaming else seen.content

    assert seen.status_code == 200
    assert signed_in_as(outsider).get(path).status_code == 404
    assert signed_in_as(administrator).get(path).status_code == 404
    assert signed_in_as(analyst).post(path).status_code == 405


def test_members_read_borrowers_masked(deal, analyst, member, signed_in_as):
    on_case(deal, member, Role.MEMBER)
    tape = checked(deal, by=analyst)

    page = signed_in_as(member).get(f"/deals/tapes/{tape.pk}/loans/").content.decode()
    hits = signed_in_as(member).get(f"/deals/tapes/{tape.pk}/loans/?q=王芳").content.decode()

    assert "王＊" in page
    assert "王芳" not in page
    assert "L0002" not in hits


def test_the_grid_sorts_filters_and_searches(deal, analyst, signed_in_as):
    tape = checked(deal, by=analyst)
    client = signed_in_as(analyst)

    def loans(query):
        page = client.get(f"/deals/tapes/{tape.pk}/loans/{query}").content.decode()
        return [
            number for number in ("L0001", "L0002", "L0003", "L0004") if f"/loans/{number}/" in page
        ]

    sorted_page = client.get(
        f"/deals/tapes/{tape.pk}/loans/?sort=-unpaid_principal"
    ).content.decode()

    assert loans("?product=credit_card") == ["L0001", "L0002"]
    assert loans("?q=L0003") == ["L0003"]
    assert loans("?province=440000&q=L0001") == []
    assert sorted_page.index("/loans/L0001/") < sorted_page.index("/loans/L0003/")
    assert sorted_page.index("/loans/L0003/") < sorted_page.index("/loans/L0002/")


def test_exports_are_safe_in_a_spreadsheet(deal, analyst, signed_in_as):
    tape = checked(deal, by=analyst, data=text(table(borrower_name="=1+1")).encode())

    response = signed_in_as(analyst).get(f"/deals/tapes/{tape.pk}/loans.csv")
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()

    assert "'=1+1" in lines[1]
    assert len(lines) == 1 + len(ROWS)


def test_an_override_needs_a_second_person_and_a_reason(deal, analyst, lead):
    tape = checked(deal, by=analyst)
    correction = services.Correction(
        "L0001", "appraised_value", "500000.00", "Court valuation of May"
    )

    proposed = services.propose_override(tape, correction, by=analyst)
    with pytest.raises(services.TapeError, match="second person"):
        services.decide_override(proposed, is_approved=True, by=analyst)
    decided = services.decide_override(proposed, is_approved=True, by=lead)
    with pytest.raises(services.TapeError, match="reason"):
        services.propose_override(tape, services.Correction("L0001", "city", "x", " "), by=analyst)

    assert decided.status == "approved"


def test_a_mapping_is_remembered_by_versions(analyst):
    content = {"columns": {"本金": "unpaid_principal"}}

    first = services.confirm_mapping("Test bank", content, by=analyst)
    same = services.confirm_mapping("Test bank", content, by=analyst)
    second = services.confirm_mapping("Test bank", {"columns": {"本金": ""}}, by=analyst)

    assert first.pk == same.pk
    assert second.number == 2
