"""Files of a frozen package: asked for as jobs, rendered in the worker, kept with their hash."""

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction

from deals.committee.documents.rendering import render
from deals.committee.models import Document, Package
from deals.committee.selectors.papers import paper_of
from ratings_site.audit.canonical import sha256_hex
from ratings_site.audit.services import record
from ratings_site.jobs.services import Claim, create_job
from ratings_site.people.models import User

RENDER = "documents.render"


@transaction.atomic
def order_documents(package: Package, *, kind: str, by: User) -> list[Document]:
    """Ask for the files of a package in each language; those that exist or are asked for are kept."""
    ordered = []
    for language, _name in settings.LANGUAGES:
        known = current_document(package, kind, language)
        ordered.append(known or order_document(package, kind, language, by=by))
    return ordered


def order_document(package: Package, kind: str, language: str, *, by: User) -> Document:
    document = Document(package=package, kind=kind, language=language)
    # The title of a job is seen in lists: it names the package, never a level.
    document.job = create_job(
        RENDER,
        subject_id=document.pk,
        title=f"{package}, {kind}, {language}",
        by=by,
        queue="control",
    )
    document.save()
    record("document.ordered", document, by=by, kind=kind, language=language)
    return document


def current_document(package: Package, kind: str, language: str) -> Document | None:
    """Return the file, or the order for it that still runs; a failed order is none."""
    documents = package.documents.filter(kind=kind, language=language).select_related("job")
    return next((each for each in documents if each.sha256 or each.job.is_waiting), None)


def render_document(document: Document, claim: Claim) -> None:
    """Render a file and keep it, once: the claim's transaction refuses a worker that came late."""
    content = render(paper_of(document))
    with claim.finishing():
        document.sha256 = sha256_hex(content)
        document.file.save(f"{document.pk}.pdf", ContentFile(content), save=False)
        document.save(update_fields=["file", "sha256"])
        record("document.rendered", document, by=None, sha256=document.sha256)
