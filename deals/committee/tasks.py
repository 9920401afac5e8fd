"""Work of the committee that the worker does: papers."""

from django.urls import reverse

from deals.committee.models import Document
from deals.committee.services.documents import RENDER, render_document
from ratings_site.jobs.registry import handles
from ratings_site.jobs.services import Claim
from ratings_site.people.models import User


def seen_by(user: User, subject_id: str) -> bool:
    return Document.objects.visible_to(user).filter(pk=subject_id).exists()


def address(subject_id: str) -> str:
    document = Document.objects.select_related("package").get(pk=subject_id)
    return reverse("deals:package", args=[document.package_id])


@handles(RENDER, queue="control", seen_by=seen_by, address=address)
def render_documents(claim: Claim) -> None:
    """Render one document. A second delivery finds the claim closed and writes nothing."""
    document = Document.objects.select_related("package__case__deal").get(pk=claim.subject_id)
    render_document(document, claim)
