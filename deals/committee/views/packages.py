"""The package: read, asked about, voted on; its papers."""

from typing import Any
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from deals.committee import services
from deals.committee.forms import AnswerForm, QuestionForm, VoteForm
from deals.committee.models import Document, Package, Question
from deals.committee.selectors import pages
from deals.committee.selectors.reading import reading_of
from deals.committee.services import CommitteeError
from ratings_site import policy
from ratings_site.http import signed_in
from ratings_site.jobs.tasks import enqueue_job
from ratings_site.people.models import User


def package(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the package. A member declares first whether she has a conflict."""
    found = package_or_404(request, pk, "packages.read")
    by = signed_in(request)
    if pages.case_view(found.case, by).must_declare:
        return redirect("deals:case", found.case_id)
    services.note_reading(found, by=by)
    return package_page(request, found)


def package_page(
    request: HttpRequest, found: Package, *, status: int = 200, **forms: Any
) -> HttpResponse:
    by = signed_in(request)
    view = pages.case_view(found.case, by)
    reading = reading_of(found)
    notes = [note.name for note in reading.notes]
    shown = {
        "deal": found.deal,
        "case": found.case,
        "package": found,
        "view": view,
        "reading": reading,
        "page": reading.page,
        "questions": pages.questions_of(found),
        "documents": pages.documents_of(found, Document.Kind.PACKAGE),
        "rounds": [(each, pages.votes_shown(each, by)) for each in view.rounds],
        "vote_form": VoteForm(notes=notes, with_abstention=True) if view.may_vote else None,
        "question_form": QuestionForm(),
        "answer_form": AnswerForm(),
        "answered": None,
        **forms,
    }
    return render(request, "deals/committee/package_detail.html", shown, status=status)


@require_POST
def vote(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Cast a vote in the open round of the package's case."""
    found = package_or_404(request, pk, "votes.cast")
    round_ = found.rounds.order_by("-number").first()
    if round_ is None:
        raise Http404
    form = VoteForm(request.POST, notes=found.rated_notes, with_abstention=True)
    if not form.is_valid():
        return package_page(request, found, vote_form=form, status=422)
    try:
        services.cast_vote(
            round_,
            levels=form.levels,
            reason=form.cleaned_data["reason"],
            dissents=form.cleaned_data["dissents"],
            by=signed_in(request),
        )
    except CommitteeError as error:
        form.add_error(None, str(error))
        return package_page(request, found, vote_form=form, status=409)
    return redirect(f"{request.path.removesuffix('vote/')}#vote")


@require_POST
def ask(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = package_or_404(request, pk, "packages.ask")
    form = QuestionForm(request.POST)
    if not form.is_valid():
        return package_page(request, found, question_form=form, status=422)
    services.ask_question(found, **form.cleaned_data, by=signed_in(request))
    return redirect(
        f"{request.path.removesuffix('questions/')}#{form.cleaned_data['section'][:32]}"
    )


@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    question = policy.get_or_404(
        Question.objects.filter(
            package__in=Package.objects.visible_to(signed_in(request))
        ).select_related("package__case__deal"),
        by=signed_in(request),
        may="packages.answer",
        pk=pk,
    )
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            services.answer_question(question, **form.cleaned_data, by=signed_in(request))
        except CommitteeError as error:
            form.add_error("text", str(error))
        else:
            return redirect("deals:package", question.package_id)
    return package_page(
        request, question.package, answer_form=form, answered=question.pk, status=422
    )


@require_POST
def order(request: HttpRequest, pk: UUID, kind: str) -> HttpResponse:
    """Ask for the papers of a package, in each language; the worker renders them."""
    found = package_or_404(request, pk, "packages.read")
    refuse_paper(found, kind, signed_in(request))
    for document in services.order_documents(found, kind=kind, by=signed_in(request)):
        if document.job.status == document.job.Status.QUEUED:
            enqueue_job(document.job)
    target = "deals:package" if kind == Document.Kind.PACKAGE else "deals:case"
    return redirect(target, found.pk if kind == Document.Kind.PACKAGE else found.case_id)


def document(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Hand over a rendered paper. Its name tells the deal and the package, never a level."""
    by = signed_in(request)
    found = policy.get_or_404(
        Document.objects.select_related("package__case__deal", "job"),
        by=by,
        may="packages.read",
        pk=pk,
    )
    refuse_paper(found.package, found.kind, by)
    if not found.sha256:
        raise Http404
    name = f"{found.deal.code}-{found.package.number}-{found.kind}-{found.language}.pdf"
    return FileResponse(
        found.file.open(), as_attachment=True, filename=name, content_type="application/pdf"
    )


def refuse_paper(package: Package, kind: str, by: User) -> None:
    """Refuse a paper that does not exist yet, and the package to a member who has not declared."""
    if kind not in Document.Kind.values:
        raise Http404
    view = pages.case_view(package.case, by)
    is_signed = package.case.status == package.case.Status.SIGNED
    if view.must_declare or (kind == Document.Kind.DECISION and not is_signed):
        raise Http404


def package_or_404(request: HttpRequest, pk: UUID, may: str) -> Package:
    packages = Package.objects.select_related("case__deal", "prepared_by", "frozen_by")
    return policy.get_or_404(packages, by=signed_in(request), may=may, pk=pk)
