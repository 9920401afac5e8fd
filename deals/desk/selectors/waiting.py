"""What waits for one person, read from rows that exist: nothing is typed in, nothing is remembered."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from deals.committee.models import RatingCase
from deals.desk.selectors.committee_duties import committee_duties
from deals.desk.selectors.deal_list import visible_deals
from deals.desk.selectors.duty import Duty
from deals.runs.models import RatingRun
from deals.structure.models import CasePerson, Deal
from deals.tapes.models import Tape
from ratings_site import clock
from ratings_site.jobs.models import Job
from ratings_site.people.models import Role, RoleChange, User
from servicers.selectors import drafts_to_approve

AUTHORS = (Role.ANALYST, Role.LEAD)
RECENT = timedelta(days=14)


@dataclass(frozen=True)
class Ahead:
    """A day to come, and what happens on it."""

    day: date
    words: str
    href: str


def duties(user: User) -> list[Duty]:
    """Everything that waits for a person, what is against us first, then the oldest."""
    found = [
        *refused_tapes(user),
        *failed_jobs(user),
        *runs_to_read(user),
        *deals_to_take_further(user),
        *approvals(user),
        *committee_duties(user),
    ]
    return sorted(found, key=lambda duty: (duty.rank, duty.since))


def own_deals(user: User) -> QuerySet[Deal]:
    """Deals that the person works on, while no case of theirs is before the committee."""
    parts = CasePerson.objects.filter(
        deal=OuterRef("pk"), user=user, part__in=AUTHORS, is_recused=False
    )
    cases = RatingCase.objects.filter(deal=OuterRef("pk"), status__in=RatingCase.OPEN)
    return Deal.objects.filter(
        Exists(parts), ~Exists(cases), status__in=[Deal.Status.DRAFT, Deal.Status.ANALYSIS]
    )


def refused_tapes(user: User) -> Iterator[Duty]:
    """Tapes that were refused, and after which no other came."""
    newer = Tape.objects.filter(deal=OuterRef("deal"), number__gt=OuterRef("number"))
    tapes = Tape.objects.filter(
        ~Exists(newer), deal__in=own_deals(user), status=Tape.Status.REFUSED
    ).select_related("deal")
    for tape in tapes:
        problems = tape.problem_count
        words = ngettext(
            "%(name)s: %(n)d problem; nothing was loaded.",
            "%(name)s: %(n)d problems; nothing was loaded.",
            problems,
        ) % {"name": tape.deal.originator or tape.deal.code, "n": problems}
        yield Duty(
            since=tape.checked_at or tape.uploaded_at,
            title=_("Tape refused: %(deal)s, version %(number)s")
            % {"deal": tape.deal.code, "number": tape.number},
            href=reverse("deals:tape", args=[tape.pk]),
            words=words,
            kind="bad",
            state=_("refused"),
            rank=0,
        )


def failed_jobs(user: User) -> Iterator[Duty]:
    """Jobs of the person that failed lately and were not asked for again."""
    again = Job.objects.filter(
        kind=OuterRef("kind"),
        subject_id=OuterRef("subject_id"),
        requested_at__gt=OuterRef("requested_at"),
    )
    jobs = Job.objects.filter(
        ~Exists(again),
        requested_by=user,
        status=Job.Status.FAILED,
        finished_at__gte=clock.now() - RECENT,
    )
    for job in jobs:
        yield Duty(
            since=job.finished_at or job.requested_at,
            title=_("Failed: %(job)s") % {"job": job.title},
            href=reverse("jobs:job", args=[job.pk]),
            words=job.reason,
            kind="bad",
            state=_("failed"),
            rank=0,
        )


def runs_to_read(user: User) -> Iterator[Duty]:
    """Give the newest run of each deal in analysis, when it is done."""
    newer = RatingRun.objects.filter(deal=OuterRef("deal"), number__gt=OuterRef("number"))
    runs = RatingRun.objects.filter(
        ~Exists(newer),
        deal__in=own_deals(user).filter(status=Deal.Status.ANALYSIS),
        finished_at__isnull=False,
    ).select_related("deal")
    for run in runs:
        yield Duty(
            since=run.finished_at or run.requested_at,
            title=_("Read run %(number)s: %(deal)s")
            % {"number": run.number, "deal": run.deal.code},
            href=reverse("deals:run", args=[run.pk]),
            words=_("%(name)s. %(paths)s paths.")
            % {"name": run.deal.originator or run.deal.name_en, "paths": f"{run.paths:,}"},
            kind="done",
            state=_("done"),
        )


def deals_to_take_further(user: User) -> Iterator[Duty]:
    """Deals whose next step is the person's: a draft to finish, a tape or a run to ask for."""
    deals = own_deals(user).annotate(
        tape_count=Count("tapes", distinct=True), run_count=Count("runs", distinct=True)
    )
    for deal in deals:
        if deal.status == Deal.Status.DRAFT:
            yield next_step(
                deal,
                _("Finish the draft: %(deal)s"),
                _("Terms are entered; analysis has not begun."),
            )
        elif deal.claim is None and not deal.tape_count and not deal.run_count:
            yield next_step(
                deal, _("Upload the tape: %(deal)s"), _("The pool is a tape, and none has come.")
            )
        elif not deal.run_count and (deal.claim is not None or has_accepted_tape(deal)):
            yield next_step(
                deal,
                _("Ask for a run: %(deal)s"),
                _("Terms and pool are there; nothing was computed yet."),
            )


def has_accepted_tape(deal: Deal) -> bool:
    return deal.tapes.filter(status__in=[Tape.Status.ACCEPTED, Tape.Status.WARNED]).exists()


def next_step(deal: Deal, title: str, words: str) -> Duty:
    return Duty(
        since=deal.created_at,
        title=title % {"deal": deal.code},
        href=reverse("deals:deal", args=[deal.code]),
        words=_("%(name)s. %(words)s") % {"name": deal.originator or deal.name_en, "words": words},
        kind="todo",
        state=_("waits for you"),
        rank=2,
    )


def approvals(user: User) -> Iterator[Duty]:
    """Drafts and changes that need a second administrator: those that somebody else wrote."""
    for draft in drafts_to_approve(user):
        yield Duty(
            since=draft.created_at,
            title=_("Approve assessment %(number)s: %(servicer)s")
            % {"number": draft.number, "servicer": draft.servicer.own_name},
            href=reverse("servicers:assessment", args=[draft.servicer.code, draft.number]),
            words=_("Drafted by %(person)s: %(grade)s, score %(score)s.")
            % {
                "person": draft.drafted_by,
                "grade": draft.get_grade_display(),
                "score": draft.score,
            },
            kind="todo",
            state=_("waits for you"),
        )
    if not user.has_role(Role.ADMINISTRATOR):
        return
    changes = RoleChange.objects.filter(status=RoleChange.Status.OPEN).exclude(asked_by=user)
    for change in changes.select_related("user", "asked_by"):
        yield Duty(
            since=change.asked_at,
            title=_("Decide on a role: %(change)s") % {"change": change},
            href=reverse("people:list"),
            words=_("Asked by %(person)s: %(reason)s")
            % {"person": change.asked_by, "reason": change.reason},
            kind="todo",
            state=_("waits for you"),
        )


# ------------------------------------------------------------------ desk, work and dates


def desk(user: User, most: int = 12) -> list[Deal]:
    """Deals on whose case the person is, newest first, with the figures of the list."""
    on_case = CasePerson.objects.filter(deal=OuterRef("pk"), user=user, is_recused=False)
    deals = visible_deals(user).filter(Exists(on_case)).order_by("-created_at", "code")[:most]
    return list(deals)


def running_jobs(user: User) -> list[Job]:
    """Jobs under way that the person asked for, and those that watch her deals."""
    waiting = [Job.Status.QUEUED, Job.Status.RUNNING]
    deals = Deal.objects.visible_to(user)
    mine = Q(requested_by=user) | Q(run__deal__in=deals) | Q(tape__deal__in=deals)
    return list(
        Job.objects.filter(mine, status__in=waiting).distinct().order_by("requested_at")[:20]
    )


def seconds_left(job: Job) -> float | None:
    """Estimate the time left of a running job from the share done since it began."""
    if job.status != Job.Status.RUNNING or job.started_at is None or not job.done_units:
        return None
    spent = (clock.now() - job.started_at).total_seconds()
    return spent * (job.total_units - job.done_units) / job.done_units


def dates_ahead(user: User, within: timedelta = timedelta(days=120)) -> list[Ahead]:
    """Return closings and maturities of the person's deals in the next months."""
    today = clock.today()
    until = today + within
    events = [
        Ahead(day, words, reverse("deals:deal", args=[deal.code]))
        for deal in Deal.objects.visible_to(user).prefetch_related("notes")
        for day, words in events_of(deal)
        if today <= day <= until
    ]
    return sorted(events, key=lambda ahead: (ahead.day, ahead.words))[:20]


def events_of(deal: Deal) -> Iterator[tuple[date, str]]:
    yield deal.closing_date, _("%(deal)s closes") % {"deal": deal.code}
    yield deal.legal_final_date, _("%(deal)s: legal final maturity") % {"deal": deal.code}
    for note in deal.notes.all():
        if note.expected_maturity_date is not None:
            names = {"deal": deal.code, "note": note.name}
            yield note.expected_maturity_date, _("%(deal)s, %(note)s: expected maturity") % names


def whats_next(deal: Deal) -> str:
    """Say in a few words what comes next on a deal, from `desk`."""
    by_state = {
        Deal.Status.DRAFT: _("terms are being entered"),
        Deal.Status.COMMITTEE: _("with the committee"),
        Deal.Status.RATED: _("rated"),
    }
    status = Deal.Status(deal.status)
    return by_state[status] if status in by_state else next_of_analysis(deal)


def next_of_analysis(deal: Deal) -> str:
    if getattr(deal, "tape_status", None) == Tape.Status.REFUSED:
        return _("tape %(number)s was refused") % {"number": getattr(deal, "tape_number", "")}
    newest = deal.runs.select_related("job").order_by("-number").first()
    if newest is None:
        awaited = deal.claim is None and not getattr(deal, "tape_number", None)
        return _("a tape is awaited") if awaited else _("a run is to be asked for")
    state = _("done") if newest.is_done else newest.job.get_status_display()
    return _("run %(number)s, %(state)s") % {"number": newest.number, "state": state}
