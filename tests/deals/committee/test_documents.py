"""Papers: rendered in the worker, the same bytes each time, the same digits in both languages."""

import io
import re

import pytest
from pypdf import PdfReader

from deals.committee.documents.rendering import render
from deals.committee.models import Document, Package
from deals.committee.selectors.papers import paper_of
from deals.committee.services import order_documents
from ratings_site.audit.canonical import sha256_hex
from ratings_site.jobs.models import Job
from ratings_site.jobs.tasks import perform
from tests.deals.committee.test_services import decided, sign
from tests.factories.committee import convened

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _eager(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def papers(package: Package, kind: str) -> dict[str, dict]:
    return {
        language: paper_of(Document(package=package, kind=kind, language=language))
        for language in ("en", "zh-hans")
    }


def figures_of(paper: dict) -> list[str]:
    """Every figure of the paper's tables and facts, in order."""
    found = []
    for block in paper["blocks"]:
        cells = [cell for row in block.get("rows", []) for cell in row]
        cells += [value for _label, value in block.get("items", [])]
        found += [cell for cell in cells if re.fullmatch(r"[+−]?[\d,.]+", cell)]
    return found


def test_a_package_is_rendered_in_both_languages_by_jobs():
    made = convened()

    for document in order_documents(made.package, kind=Document.Kind.PACKAGE, by=made.secretary):
        perform(str(document.job_id))

    done = Document.objects.filter(package=made.package)
    assert {each.language for each in done} == {"en", "zh-hans"}
    for document in done:
        with document.file.open() as file:
            content = file.read()
        assert content.startswith(b"%PDF")
        assert sha256_hex(content) == document.sha256
        assert document.job.status == Job.Status.DONE
        assert "AA" not in document.job.title


def test_a_paper_says_what_the_package_says():
    made = convened()
    paper = papers(made.package, Document.Kind.PACKAGE)["en"]

    text = text_of(render(paper))

    for words in ("package 1", made.package.sha256[:20], "As computed.", "Margin to the next"):
        assert words in text


def test_both_languages_carry_the_same_digits():
    made = convened()
    en, zh = papers(made.package, Document.Kind.PACKAGE).values()

    assert len(figures_of(en)) > 20
    assert figures_of(en) == figures_of(zh)


def test_the_chinese_paper_is_set_in_chinese():
    made = convened()
    paper = papers(made.package, Document.Kind.PACKAGE)["zh-hans"]
    paper["strip"] = "合成数据，仅供演示。"

    assert "合成数据，仅供演示。" in text_of(render(paper))


def test_the_same_package_gives_the_same_bytes():
    made = convened()
    paper = papers(made.package, Document.Kind.PACKAGE)["en"]

    again = paper_of(
        Document(
            package=Package.objects.get(pk=made.package.pk),
            kind=Document.Kind.PACKAGE,
            language="en",
        )
    )

    assert render(paper) == render(again)


def test_documents_are_ordered_once():
    made = convened()
    first = order_documents(made.package, kind=Document.Kind.PACKAGE, by=made.secretary)

    again = order_documents(made.package, kind=Document.Kind.PACKAGE, by=made.chair)

    assert again == first
    assert Job.objects.filter(kind="documents.render").count() == 2


def test_the_paper_of_a_decision_holds_votes_reasons_and_the_signature():
    made = decided()
    sign(made)

    text = text_of(render(papers(made.package, Document.Kind.DECISION)["en"]))

    for words in ("AAA", "As I read it.", str(made.chair), "decision of the committee"):
        assert words in text
