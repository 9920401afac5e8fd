"""Questions on the package, answers of the analytical side, and who has opened it."""

from django.db import transaction
from django.utils.translation import gettext as _

from deals.committee.models import Answer, Package, Question
from deals.committee.services.errors import CommitteeError, require
from ratings_site import clock
from ratings_site.audit.selectors import history_of
from ratings_site.audit.services import record
from ratings_site.people.models import User


@transaction.atomic
def ask_question(package: Package, *, section: str, text: str, by: User) -> Question:
    """Ask something about a section of the package. It stays on record."""
    require(by, "packages.ask", package, "Only the committee asks, while the case is convened.")
    if not text.strip():
        msg = _("A question needs its words.")
        raise CommitteeError(msg)
    question = Question.objects.create(
        package=package, section=section, text=text.strip(), asked_by=by, asked_at=clock.now()
    )
    record("question.asked", question, by=by, section=section, package=package.number)
    return question


@transaction.atomic
def answer_question(question: Question, *, text: str, by: User) -> Answer:
    """Answer once; a second answer would hide the first."""
    require(
        by, "packages.answer", question, "Only the analytical side answers, before the decision."
    )
    question = Question.objects.select_for_update().get(pk=question.pk)
    if not text.strip():
        msg = _("An answer needs its words.")
        raise CommitteeError(msg)
    if Answer.objects.filter(question=question).exists():
        msg = _("This question is answered already. Further words belong to a new question.")
        raise CommitteeError(msg)
    answer = Answer.objects.create(
        question=question, text=text.strip(), answered_by=by, answered_at=clock.now()
    )
    record("question.answered", question, by=by)
    return answer


def note_reading(package: Package, *, by: User) -> None:
    """Keep who has opened a package, and when first: the list of who knew before publication."""
    if not history_of(package).filter(action="package.opened", actor=by).exists():
        record("package.opened", package, by=by, sha256=package.sha256)
