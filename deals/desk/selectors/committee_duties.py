"""What a committee asks of one person. Of votes it reads only whether she herself has cast hers."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deals.committee.models import Question, RatingCase, Vote, VotingRound
from deals.desk.selectors.duty import Duty
from deals.structure.models import CasePerson
from ratings_site.people.models import Role, User

OFFICE = {Role.CHAIR, Role.SECRETARY}
CASE_SIDE = {Role.ANALYST, Role.LEAD, Role.REVIEWER, Role.DIRECTOR}
Status = RatingCase.Status


def committee_duties(user: User) -> Iterator[Duty]:
    """Give what open cases wait for from this person, by her part on each."""
    open_cases = (
        RatingCase.objects.filter(
            status__in=RatingCase.OPEN, deal__people__user=user, deal__people__is_recused=False
        )
        .select_related("deal", "package", "proposed_by")
        .prefetch_related("seats", "declarations", "rounds")
    )
    parts = dict(CasePerson.objects.filter(user=user).values_list("deal", "part"))
    for case in open_cases:
        part = parts[case.deal_id]
        if case.status == Status.PROPOSED and part in OFFICE:
            yield to_convene(case)
        if case.status == Status.CONVENED:
            yield from while_convened(case, part, user)
        if case.status == Status.DECIDED and presides(case, user):
            yield to_sign(case)


def presides(case: RatingCase, user: User) -> bool:
    return any(seat.user_id == user.pk and seat.part == Role.CHAIR for seat in case.seats.all())


def while_convened(case: RatingCase, part: str, user: User) -> Iterator[Duty]:
    is_seated = any(seat.user_id == user.pk for seat in case.seats.all())
    has_declared = any(each.user_id == user.pk for each in case.declarations.all())
    if is_seated and not has_declared:
        yield to_declare(case)
    if part in CASE_SIDE:
        yield from to_answer(case)
    voting = next((r for r in case.rounds.all() if r.status == VotingRound.Status.OPEN), None)
    has_cast = Vote.objects.filter(round=voting, member=user).exists()
    if voting is not None and is_seated and has_declared and not has_cast:
        yield to_vote(case, voting)
    all_declared = len(case.declarations.all()) == len(case.seats.all())
    if voting is None and all_declared and presides(case, user):
        yield to_open(case)


def to_convene(case: RatingCase) -> Duty:
    return Duty(
        since=case.proposed_at,
        title=_("Convene the committee: %(deal)s") % {"deal": case.deal.code},
        href=reverse("deals:case", args=[case.pk]),
        words=_("Proposed by %(person)s.") % {"person": case.proposed_by},
        kind="todo",
        state=_("waits for you"),
    )


def to_declare(case: RatingCase) -> Duty:
    return Duty(
        since=case.package.frozen_at,
        title=_("Declare independence: %(deal)s") % {"deal": case.deal.code},
        href=reverse("deals:case", args=[case.pk]),
        words=_("Before voting opens, each member says whether a conflict of interest stands."),
        kind="todo",
        state=_("waits for you"),
    )


def to_answer(case: RatingCase) -> Iterator[Duty]:
    questions = Question.objects.filter(package__case=case, answer__isnull=True).order_by("pk")
    first = questions.select_related("asked_by").first()
    if first is None:
        return
    count = questions.count()
    yield Duty(
        since=first.asked_at,
        title=_("Answer the committee: %(deal)s") % {"deal": case.deal.code},
        href=reverse("deals:package", args=[case.package.pk]),
        words=_("%(person)s asks: %(text)s") % {"person": first.asked_by, "text": first.text[:160]},
        kind="todo",
        state=ngettext("%(n)d open", "%(n)d open", count) % {"n": count},
    )


def to_vote(case: RatingCase, voting: VotingRound) -> Duty:
    return Duty(
        since=voting.opened_at,
        title=_("Vote: %(deal)s") % {"deal": case.deal.code},
        href=reverse("deals:package", args=[case.package.pk]),
        words=_(
            "Package %(number)s is before the committee; votes are sealed until the round closes."
        )
        % {"number": case.package.number},
        kind="todo",
        state=_("waits for you"),
    )


def to_open(case: RatingCase) -> Duty:
    return Duty(
        since=case.package.frozen_at,
        title=_("Open the vote: %(deal)s") % {"deal": case.deal.code},
        href=reverse("deals:case", args=[case.pk]),
        words=_("Every member has declared."),
        kind="todo",
        state=_("waits for you"),
    )


def to_sign(case: RatingCase) -> Duty:
    return Duty(
        since=case.package.frozen_at,
        title=_("Sign: %(deal)s") % {"deal": case.deal.code},
        href=reverse("deals:case-sign", args=[case.pk]),
        words=_("The committee has decided on package %(number)s.")
        % {"number": case.package.number},
        kind="todo",
        state=_("waits for you"),
    )
