"""How the demonstration is brought in: by the same services that people use, step by step.

Everything is entered as a person would enter it, so the audit trail of a demonstration reads like
that of a real case. Each step leaves what is already there alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pandas as pd
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext_noop

from deals.committee.models import Document, RatingAction, RatingCase
from deals.committee.services import (
    answer_question,
    ask_question,
    begin_signing,
    cast_vote,
    close_round,
    convene,
    declare,
    open_round,
    propose_rating,
    sign_off,
)
from deals.committee.services.documents import order_documents
from deals.runs.models import RatingRun, RealisedRecovery
from deals.runs.selectors.judgements import outcomes_on
from deals.runs.services import request_run
from deals.structure.models import Deal
from deals.structure.services import appoint_servicer, assign_person, begin_analysis, create_deal
from deals.tapes.models import Tape
from deals.tapes.services import Sending, receive_tape
from demo import deals as demo_deals
from demo import sba
from demo.synthetic import synthesise
from ratings_site import clock
from ratings_site.criteria.services import seed_first_version
from ratings_site.jobs.models import Job
from ratings_site.jobs.tasks import perform
from ratings_site.people.demonstration import create_demo_people
from ratings_site.people.models import Role, User
from servicers.models import Servicer
from servicers.services import (
    Scored,
    Source,
    approve_assessment,
    draft_assessment,
    enter_servicer,
    receive_static_pool,
)

PATHS = 10_000
SYNTHETIC = gettext_noop(
    "Synthetic tape: it meets the published totals of the deal and is no evidence."
)
People = Mapping[str, User]


@dataclass(frozen=True)
class DemoServicer:
    """A servicer of the demonstration. The judgement on it is invented and says so."""

    code: str
    name_en: str
    name_zh: str
    country: str
    scores: tuple[str, ...]
    data_label: str


INVENTED = gettext_noop("Demonstration: the institution is real, the judgement on it is invented.")
SERVICERS = {
    demo_deals.HOME_CODE: DemoServicer(
        "spdb", "Shanghai Pudong Development Bank", "浦发银行", "CN",
        ("4.0", "4.0", "4.5", "4.0", "3.5", "4.0", "4.0", "3.5", "4.0", "4.0"), INVENTED,
    ),
    demo_deals.CARD_CODE: DemoServicer(
        "cmb", "China Merchants Bank", "招商银行", "CN",
        ("4.5", "4.5", "4.5", "4.5", "4.0", "4.0", "4.5", "4.0", "4.0", "4.5"), INVENTED,
    ),
    demo_deals.SBA_CODE: DemoServicer(
        "sba", "US Small Business Administration (504 lenders)", "美国小企业管理局", "US",
        ("3.0", "3.5", "4.0", "3.0", "3.0", "3.5", "2.5", "3.0", "3.0", "3.5"), INVENTED,
    ),
}  # fmt: skip
DIMENSIONS = (
    "strategy", "expertise", "experience", "resources", "asset_knowledge",
    "enforcement", "track_record", "plan", "alignment", "operations",
)  # fmt: skip


def load_demonstration() -> Iterator[str]:
    """Bring in what is missing of the demonstration, and say what was done."""
    people = create_demo_people()
    yield f"People: {len(people)}."
    seed_first_version()
    yield "Criteria: first version in force."
    for code, described in SERVICERS.items():
        yield load_servicer(described, code, people)
    yield load_deal(demo_deals.sba_deal(), _sba_file(), _sba_sending(), people)
    for code in (demo_deals.HOME_CODE, demo_deals.CARD_CODE):
        document = demo_deals.published(code)
        tape = _csv(synthesise(document))
        yield load_deal(document, tape, Sending(data_label=SYNTHETIC), people)
    yield record_realised(people)
    yield run_and_wait(demo_deals.SBA_CODE, people)
    yield run_and_wait(demo_deals.HOME_CODE, people)
    yield ask_for_run(demo_deals.CARD_CODE, people)
    yield from rate(demo_deals.HOME_CODE, people)


# ------------------------------------------------------------------ servicers


def load_servicer(described: DemoServicer, deal_code: str, people: People) -> str:
    """Enter a servicer with an approved assessment and, for the real pool, its history."""
    if Servicer.objects.filter(code=described.code).exists():
        return f"Servicer {described.code}: there already."
    first, second = people["administrator-a"], people["administrator-b"]
    servicer = enter_servicer(
        described.code,
        by=first,
        name_en=described.name_en,
        name_zh=described.name_zh,
        country=described.country,
        data_label=described.data_label,
    )
    scores = [
        Scored(dimension, Decimal(score), "Invented for the demonstration.", "none")
        for dimension, score in zip(DIMENSIONS, described.scores, strict=True)
    ]
    assessment = draft_assessment(
        servicer,
        scores,
        assessed_on=clock.today(),
        has_backup=True,
        summary="Demonstration: invented grounds, real arithmetic.",
        by=first,
    )
    approve_assessment(assessment, by=second)
    if deal_code == demo_deals.SBA_CODE:
        receive_static_pool(
            servicer,
            _csv(sba.static_pool()),
            "ultimate",
            Source(
                name="SBA 504 charge-offs, April 2005 to December 2008",
                asset_class="sme_unsecured",
                as_of=date(2008, 12, 31),
                source="SBA release under the Freedom of Information Act; US dollars",
                data_label="Real US loans; US dollars.",
            ),
            file_name="sba504-history.csv",
            by=first,
        )
    return f"Servicer {described.code}: assessed as {assessment.grade}."


# ------------------------------------------------------------------ deals and tapes


def load_deal(document: dict[str, Any], tape: bytes, sending: Sending, people: People) -> str:
    """Enter a deal, put people on its case, appoint its servicer, upload and check its tape."""
    code = document["code"]
    if Deal.objects.filter(code=code).exists():
        return f"Deal {code}: there already."
    lead = people["lead-analyst"]
    with transaction.atomic():
        deal = create_deal(document, by=lead, data_label=demo_deals.LABELS[code])
        begin_analysis(deal, by=lead)
        for name, part in (
            ("analyst-a", Role.ANALYST),
            ("analyst-b", Role.ANALYST),
            ("reviewer", Role.REVIEWER),
            ("director", Role.DIRECTOR),
        ):
            assign_person(deal, people[name], part, by=lead)
        appoint_servicer(deal, Servicer.objects.get(code=SERVICERS[code].code), by=lead)
        received = receive_tape(
            deal,
            ContentFile(tape),
            name=f"{code}.csv",
            by=people["analyst-a"],
            sending=sending,
        )
    _work(received.job)
    received.refresh_from_db()
    return f"Deal {code}: tape {received.get_status_display()}, {received.n_loans} loans."


def record_realised(people: People) -> str:
    """Set what the real pool brought beside what is predicted for it."""
    deal = Deal.objects.get(code=demo_deals.SBA_CODE)
    realised = sba.realised()
    _row, is_new = RealisedRecovery.objects.get_or_create(
        deal=deal,
        as_of=sba.CUTOFF,
        defaults={
            "loans": realised.loans,
            "claim": realised.claim,
            "recovered": realised.recovered,
            "source": "SBA release under the Freedom of Information Act: approved less charged-off amount",
            "recorded_by": people["lead-analyst"],
            "recorded_at": clock.now(),
        },
    )
    return "Realised recovery of the real pool: " + ("recorded." if is_new else "there already.")


# ------------------------------------------------------------------ runs


def run_and_wait(code: str, people: People) -> str:
    """Run a deal now, in this process."""
    run = _requested(code, people)
    if run.job.is_waiting:
        _work(run.job)
        run.refresh_from_db()
    return f"{run}: {run.job.get_status_display()}."


def ask_for_run(code: str, people: People) -> str:
    """Leave a run in the queue: the worker takes it when the site starts."""
    run = _requested(code, people)
    return f"{run}: {run.job.get_status_display()}."


def _requested(code: str, people: People) -> RatingRun:
    deal = Deal.objects.get(code=code)
    run = deal.runs.first()
    if run is not None:
        return run
    tape = deal.tapes.filter(status__in=[Tape.Status.ACCEPTED, Tape.Status.WARNED]).first()
    return request_run(deal, by=people["analyst-a"], paths=PATHS, tape=tape)


# ------------------------------------------------------------------ committee


def rate(code: str, people: People) -> Iterator[str]:
    """Take a deal through the committee to a signed rating, as its people would."""
    deal = Deal.objects.get(code=code)
    if RatingCase.objects.filter(deal=deal).exists():
        yield f"Case of {code}: there already."
        return
    run = deal.runs.filter(finished_at__isnull=False).first()
    if run is None or run.result is None:
        yield f"Case of {code}: no finished run to rate on."
        return
    actions = _rated(run, people)
    package = actions[0].package
    yield f"Package {package.number} of {code}: frozen, sha256 {package.sha256[:12]}."
    for document in order_documents(package, kind=Document.Kind.PACKAGE, by=people["chair"]):
        _work(document.job)
    for action in actions:
        yield f"{code} {action.note}: {action.symbol}, signed."


@transaction.atomic
def _rated(run: RatingRun, people: People) -> list[RatingAction]:
    rated = {note["name"] for note in (run.result or {})["notes"] if note["is_rated"]}
    outcomes = outcomes_on(run, clock.today())
    levels = {name: outcome.level for name, outcome in outcomes.items() if name in rated}
    chair = people["chair"]
    members = [people[f"member-{letter}"] for letter in "abcde"]
    case = propose_rating(
        run,
        levels=levels,
        rationale="Demonstration: the level follows from the run and the limits that bind it.",
        by=people["lead-analyst"],
    )
    package = convene(
        case,
        chair=chair,
        members=members,
        meeting_on=clock.today() + timedelta(days=1),
        by=people["secretary"],
    )
    question = ask_question(
        package,
        section="sum",
        text="The tape is synthetic. Which of these figures would stand without it?",
        by=members[1],
    )
    answer_question(
        question,
        text="Terms, claim, shares by risk class and both agency forecasts are published. Every loan is made up.",
        by=people["lead-analyst"],
    )
    _decide(case, levels, [chair, *members])
    case.refresh_from_db()
    return _sign(case, chair)


def _decide(case: RatingCase, levels: Mapping[str, str], bench: list[User]) -> None:
    chair = bench[0]
    for person in bench:
        declare(case, has_conflict=False, statement="", by=person)
    round_ = open_round(case, by=chair)
    for person in bench:
        cast_vote(
            round_,
            levels=levels,
            reason="Demonstration: ladder and simulation agree, no limit is left unanswered.",
            by=person,
        )
    close_round(round_, by=chair)


def _sign(case: RatingCase, chair: User) -> list[RatingAction]:
    order = begin_signing(case, by=chair)
    return sign_off(case, nonce=order.nonce, reauthenticated_at=clock.now(), rationale="", by=chair)


# ------------------------------------------------------------------ files and jobs


def _sba_file() -> bytes:
    return _csv(sba.tape())


def _sba_sending() -> Sending:
    return Sending(
        rates={"USD": sba.CNY_PER_USD},
        data_label="Real US loans; fields that the source lacks are assumed.",
        notes=sba.ASSUMED,
    )


def _csv(frame: pd.DataFrame) -> bytes:
    text = StringIO()
    frame.to_csv(text, index=False)
    return text.getvalue().encode()


def _work(job: Job | None) -> None:
    """Do a queued job here and now, as a worker would."""
    if job is None:
        return
    perform(str(job.pk))
    job.refresh_from_db()
    if job.status != Job.Status.DONE:
        msg = f"{job}: {job.get_status_display()}. {job.reason}"
        raise RuntimeError(msg)
