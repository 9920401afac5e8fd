"""Cases for tests: a deal with a run that was really computed, and the people around it."""

import functools
import json
from dataclasses import dataclass
from pathlib import Path

from django.utils import timezone

from deals.committee.models import Package, RatingCase, VotingRound
from deals.committee.services import convene, declare, open_round, propose_rating
from deals.runs.models import RatingRun
from deals.runs.selectors.results import rated_notes
from deals.structure.models import CasePerson, Deal
from ratings_site import clock
from ratings_site.audit.canonical import digest_of
from ratings_site.criteria import engine as criteria_engine
from ratings_site.criteria.models import CriteriaVersion
from ratings_site.jobs.models import Job
from ratings_site.people.models import Role, User
from tests.conftest import person
from tests.factories.structure import DealFactory


@functools.cache
def result_of_smallest_deal() -> dict:
    """Return what the engine computed for the smallest deal on 500 paths (see result.json).

    Kept as a file so that tests of the committee do not wait for the engine;
    `test_result_has_the_engines_shape` compares the two.
    """
    path = Path(__file__).parents[1] / "deals" / "committee" / "result.json"
    return json.loads(path.read_text(encoding="utf-8"))


def criteria_in_force() -> CriteriaVersion:
    found = CriteriaVersion.objects.filter(status=CriteriaVersion.Status.IN_FORCE).first()
    if found is not None:
        return found
    document = criteria_engine.shipped().document()
    return CriteriaVersion.objects.create(
        version="test",
        status=CriteriaVersion.Status.IN_FORCE,
        document=document,
        sha256=criteria_engine.sha256_of(document),
        created_at=timezone.now(),
    )


def done_run(deal: Deal, *, by: User, **changes: object) -> RatingRun:
    """Make a finished run of a deal, with the engine's own result."""
    result = {**result_of_smallest_deal(), **changes}
    number = deal.runs.count() + 1
    job = Job.objects.create(
        kind="run.execute",
        queue=Job.Queue.COMPUTE,
        subject_id=f"{deal.code}-{number}",
        title=f"{deal.code} run {number}",
        status=Job.Status.DONE,
        requested_by=by,
        requested_at=clock.now(),
        finished_at=clock.now(),
    )
    return RatingRun.objects.create(
        deal=deal,
        number=number,
        job=job,
        terms=deal.terms,
        criteria=criteria_in_force(),
        inputs={},
        inputs_sha256=result["inputs_sha256"],
        paths=result["paths"],
        seed=str(result["seed"]),
        seed_source=result["seed_source"],
        result=result,
        result_sha256=digest_of(result),
        engine_version=result["engine"],
        requested_by=by,
        requested_at=clock.now(),
        finished_at=clock.now(),
    )


@dataclass
class Committee:
    """A deal under analysis with everybody around it, and its case as far as it has come."""

    deal: Deal
    analyst: User
    lead: User
    chair: User
    secretary: User
    members: list[User]
    run: RatingRun
    case: RatingCase | None = None
    package: Package | None = None
    round: VotingRound | None = None

    @property
    def voters(self) -> list[User]:
        return [self.chair, *self.members]

    @property
    def notes(self) -> list[str]:
        return [note["name"] for note in rated_notes(self.run.result)]

    def all_at(self, level: str) -> dict[str, str]:
        return dict.fromkeys(self.notes, level)


def committee(*, members: int = 5) -> Committee:
    """Set up a deal with a done run, ready to be proposed."""
    analyst, lead = person(Role.ANALYST), person(Role.LEAD)
    deal = DealFactory(created_by=lead, on_case=[(lead, Role.LEAD), (analyst, Role.ANALYST)])
    return Committee(
        deal=deal,
        analyst=analyst,
        lead=lead,
        chair=person(Role.CHAIR),
        secretary=person(Role.SECRETARY),
        members=[person(Role.MEMBER) for _ in range(members)],
        run=done_run(deal, by=analyst),
    )


def proposed(**options: int) -> Committee:
    """Go on to a proposal."""
    made = committee(**options)
    made.case = propose_rating(
        made.run, levels=made.all_at("AA"), rationale="As computed.", by=made.lead
    )
    return made


def convened(**options: int) -> Committee:
    """Go on to a convened committee with its frozen package."""
    made = proposed(**options)
    made.package = convene(
        made.case,
        chair=made.chair,
        members=made.members,
        meeting_on=clock.today(),
        by=made.secretary,
    )
    made.case.refresh_from_db()
    made.deal.refresh_from_db()
    return made


def voting(**options: int) -> Committee:
    """Go on to an open round, nobody in conflict."""
    made = convened(**options)
    for member in made.voters:
        declare(made.case, has_conflict=False, statement="", by=member)
    made.round = open_round(made.case, by=made.chair)
    return made


def on_case(deal: Deal, user: User, part: str) -> CasePerson:
    return CasePerson.objects.create(deal=deal, user=user, part=part, since=timezone.now())
