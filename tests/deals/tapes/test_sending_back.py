"""What goes back: the marked copy; and what is remembered: how an originator's layout reads."""

import datetime
import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils import timezone

from deals.structure.models import CasePerson
from deals.tapes.models import Mapping, Tape
from ratings_site.people.models import Role
from tests.deals.tapes.corpus import ROWS, sheet_of, table, text
from tests.factories.structure import DealFactory
from tests.factories.tapes import checked

pytestmark = pytest.mark.django_db
FOREIGN = [
    "借款合同编码", "客户代码", "客户全称", "所在省", "担保类别", "贷款品类", "剩余本金额", "欠息额", "首次逾期时间", "司法进展",
]  # fmt: skip
MEANT = [
    "loan_id", "borrower_id", "borrower_name", "province", "asset_type", "product", "unpaid_principal",
    "accrued_interest", "default_date", "legal_stage",
]  # fmt: skip


@pytest.fixture
def deal(analyst):
    return DealFactory(cutoff_date=datetime.date(2024, 6, 30), on_case=[(analyst, Role.ANALYST)])


def test_the_marked_copy_colours_the_refused_cell_and_says_what_to_do(deal, analyst, signed_in_as):
    data = sheet_of(table(unpaid_principal="十二万", borrower_name="=1+1"))
    tape = checked(deal, by=analyst, data=data, name="a.xlsx")

    response = signed_in_as(analyst).post(
        f"/deals/tapes/{tape.pk}/marked.xlsx", {"file": SimpleUploadedFile("a.xlsx", data)}
    )
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    cell = book["资产池"]["G2"]

    assert cell.value == "十二万"
    assert cell.fill.fgColor.rgb == "FFFAECE4"
    assert "R-306" in cell.comment.text
    assert book["资产池"]["C2"].data_type == "s"
    assert book.worksheets[1]["A2"].value == "R-306"


def test_another_file_is_not_marked(deal, analyst, signed_in_as):
    tape = checked(deal, by=analyst, data=text(table(unpaid_principal="x")).encode())

    response = signed_in_as(analyst).post(
        f"/deals/tapes/{tape.pk}/marked.xlsx",
        {"file": SimpleUploadedFile("a.csv", b"other")},
        follow=True,
    )

    assert "sha256" in response.content.decode()


def test_a_foreign_layout_is_mapped_once_and_then_reads_by_itself(
    deal, analyst, signed_in_as, settings, django_capture_on_commit_callbacks
):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    client = signed_in_as(analyst)
    data = text(table(headers=FOREIGN)).encode()
    address = f"/deals/{deal.code}/tapes/mapping/"

    look = client.post(address, {"file": SimpleUploadedFile("a.csv", data)}).content.decode()
    posted = {"confirm": "1", "header": FOREIGN, "target": MEANT, "unit": [""] * len(MEANT)}
    confirmed = client.post(address, posted)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/deals/{deal.code}/tapes/new/", {"file": SimpleUploadedFile("a.csv", data)})
    tape = Tape.objects.get()

    assert all(header in look for header in FOREIGN)
    assert "1234567.89" in look
    assert confirmed.status_code == 302
    assert Mapping.objects.get().originator == deal.originator
    assert tape.status == Tape.Status.WARNED
    assert str(tape.unpaid_principal) == "1664568.39"


def test_the_mapping_page_is_for_those_who_may_upload(deal, member, outsider, signed_in_as):
    CasePerson.objects.create(deal=deal, user=member, part=Role.MEMBER, since=timezone.now())
    address = f"/deals/{deal.code}/tapes/mapping/"

    assert signed_in_as(member).get(address).status_code == 404
    assert signed_in_as(outsider).get(address).status_code == 404


def test_the_api_takes_a_tape_and_shows_its_loans(
    deal, analyst, outsider, signed_in_as, settings, django_capture_on_commit_callbacks
):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    client = signed_in_as(analyst)
    file = SimpleUploadedFile("a.csv", text(table()).encode())

    with django_capture_on_commit_callbacks(execute=True):
        sent = client.post(f"/api/v1/deals/{deal.code}/tapes/", {"file": file})
    seen = client.get(f"/api/v1/tapes/{sent.json()['id']}/").json()
    loans = client.get(
        f"/api/v1/tapes/{sent.json()['id']}/loans/?sort=-unpaid_principal&size=2"
    ).json()

    assert sent.status_code == 202
    assert sent.json()["job"].startswith("/jobs/")
    assert seen["status"] == "accepted"
    assert seen["unpaid_principal"] == "1664568.39"
    assert loans["total"] == len(ROWS)
    assert [loan["loan_id"] for loan in loans["loans"]] == ["L0001", "L0003"]
    assert signed_in_as(outsider).get(f"/api/v1/tapes/{seen['id']}/").status_code == 404


def test_the_api_refuses_at_the_door_with_its_status(deal, analyst, signed_in_as):
    file = SimpleUploadedFile("a.exe", b"MZ\x00\x00")

    response = signed_in_as(analyst).post(f"/api/v1/deals/{deal.code}/tapes/", {"file": file})

    assert response.status_code == 415


def test_an_administrator_imports_from_the_command_line(
    deal, administrator, analyst, tmp_path, capsys
):
    path = tmp_path / "tape.csv"
    path.write_text(text(table()), "utf-8")

    call_command("import_tape", deal.code, str(path), by=administrator.username)
    with pytest.raises(CommandError, match="not an administrator"):
        call_command("import_tape", deal.code, str(path), by=analyst.username)

    assert "accepted, 4 loans" in capsys.readouterr().out
