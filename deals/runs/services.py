"""Ask for a run, execute it, compute it again."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from analytics.errors import AnalyticsError
from deals.runs import engine
from deals.runs.models import RatingRun, RunChunk
from deals.structure.models import Deal, DealTerms
from deals.structure.selectors import assessment_in_force, histories_in_use
from deals.tapes.models import Tape
from ratings_site import clock
from ratings_site.audit.services import record
from ratings_site.criteria.models import CriteriaVersion
from ratings_site.criteria.services import version_in_force
from ratings_site.jobs.models import Job
from ratings_site.jobs.services import Claim, cancel_job, create_job
from ratings_site.people.models import User
from servicers.engine import fit_history
from servicers.selectors import static_pool_rows

KIND = "run.execute"


class RunError(ValueError):
    """A run cannot be asked for as wished; the message says why, to the person who asked."""


@transaction.atomic
def request_run(  # noqa: PLR0913  all that a run may be asked with
    deal: Deal,
    *,
    by: User,
    paths: int = engine.DEFAULT_PATHS,
    tape: Tape | None = None,
    seed: int | None = None,
    assumptions: Mapping[str, Any] | None = None,
    note: str = "",
) -> RatingRun:
    """Freeze everything that a run is computed from, and queue it.

    Parameters
    ----------
    tape : an accepted tape of the deal. Without one, a deal whose pool is a tape takes its newest
        accepted tape, and a deal whose pool is described by totals is run on these.
    seed : given by hand; otherwise it follows from the pool and the number of paths.
    assumptions : deviations from the criteria by dotted name; they, and a seed, need a `note`.
    """
    deal = Deal.objects.select_for_update().get(pk=deal.pk)
    _refuse_where_impossible(deal, by, paths)
    _refuse_without_reason(note, seed, assumptions)
    assessment, criteria = assessment_in_force(deal), version_in_force()
    run = RatingRun(
        deal=deal,
        number=deal.runs.count() + 1,
        terms=deal.terms,
        tape=_tape_for(deal, deal.terms, tape),
        criteria=criteria,
        assessment=assessment,
        inputs=engine.frozen_inputs(
            assumptions=assumptions or {},
            assessment=assessment,
            seed=seed,
            fits=_fits(deal, criteria),
        ),
        paths=paths,
        note=note.strip(),
        requested_by=by,
        requested_at=clock.now(),
    )
    try:
        identity = engine.identify(run)
    except AnalyticsError as error:
        raise RunError(str(error)) from error
    run.inputs_sha256 = identity.inputs_sha256
    run.seed, run.seed_source = str(identity.seed), identity.seed_source
    title = f"{deal.code} · {_('run')} {run.number}"
    run.job = create_job(KIND, subject_id=run.pk, title=title, by=by, queue=Job.Queue.COMPUTE)
    run.save(force_insert=True)
    record("run.requested", run, by=by, inputs_sha256=run.inputs_sha256, seed=run.seed, paths=paths)
    return run


@transaction.atomic
def cancel_run(run: RatingRun, *, by: User) -> None:
    """Ask that a run stop; a finished one refuses with JobError."""
    cancel_job(run.job, by=by)
    record("run.cancelled", run, by=by)


def execute_run(claim: Claim) -> None:
    """Compute a run part by part, going on where an earlier attempt left it.

    Each part is stored under the claim, so a worker whose lease ran out adds nothing; the digits
    are the same whoever computes which part.
    """
    run = _run_with_inputs(claim.subject_id)
    _note_workplace(run, claim)
    plan = engine.plan_run(run)
    stored = _sound_chunks(run)
    claim.progress(
        len(stored), total=plan.n_chunks + 1
    )  # the last unit is the ladder and the report
    for index in range(plan.n_chunks):
        if index not in stored:
            content = engine.simulate_chunk(plan, index)
            _store_chunk(run, index, content, claim)
            stored[index] = content
            claim.progress(len(stored))

    result = engine.combine(plan, [stored[index] for index in sorted(stored)])
    with claim.finishing():
        run.n_chunks = plan.n_chunks
        run.result, run.result_sha256 = result, result["outputs_sha256"]
        run.finished_at = clock.now()
        run.save(update_fields=["n_chunks", "result", "result_sha256", "finished_at"])
        run.chunks.all().delete()  # paths are not kept: the seed brings them back
        record("run.finished", run, by=None, result_sha256=run.result_sha256)


@dataclass(frozen=True)
class Verification:
    """What computing a run again brought: are its digits the same, and if not, what else differs."""

    run: RatingRun
    result_sha256: str
    inputs_sha256: str
    differences: tuple[tuple[str, str, str], ...]  # what, then, now

    @property
    def is_same(self) -> bool:
        return (
            self.result_sha256 == self.run.result_sha256
            and self.inputs_sha256 == self.run.inputs_sha256
        )


def verify_run(run: RatingRun) -> Verification:
    """Compute a finished run again from its frozen inputs and compare."""
    if not run.is_done:
        msg = _("Only a finished run can be verified.")
        raise RunError(msg)
    plan = engine.plan_run(run)
    parts = [engine.simulate_chunk(plan, index) for index in range(plan.n_chunks)]
    result = engine.combine(plan, parts)
    here = engine.workplace()
    compared = (
        ("engine version", run.engine_version, here.engine_version),
        ("lock file", run.lock_sha256, here.lock_sha256),
        ("processor", run.processor, here.processor),
    )
    return Verification(
        run,
        result["outputs_sha256"],
        engine.identify(run).inputs_sha256,
        tuple(each for each in compared if each[1] != each[2]),
    )


# ------------------------------------------------------------------ refusals


def _refuse_where_impossible(deal: Deal, by: User, paths: int) -> None:
    if not deal.is_editable:
        msg = _("This deal is before the committee or rated: no run can be added now.")
        raise RunError(msg)
    if not 1 <= paths <= settings.MAX_PATHS:
        msg = format_lazy(
            _("The number of paths must lie between 1 and {most}."), most=f"{settings.MAX_PATHS:,}"
        )
        raise RunError(msg)
    waiting = Job.objects.filter(
        kind=KIND, requested_by=by, status__in=[Job.Status.QUEUED, Job.Status.RUNNING]
    ).count()
    if waiting >= settings.MAX_QUEUED_RUNS_PER_USER:
        msg = format_lazy(
            _("You already have {waiting} runs waiting. Let some finish, or cancel them."),
            waiting=waiting,
        )
        raise RunError(msg)


def _refuse_without_reason(
    note: str, seed: int | None, assumptions: Mapping[str, Any] | None
) -> None:
    if note.strip():
        return
    if assumptions:
        msg = _("A deviation from the criteria needs its reason, which is kept with the run.")
        raise RunError(msg)
    if seed is not None:
        msg = _("A seed given by hand needs its reason, which the committee will read.")
        raise RunError(msg)


def _tape_for(deal: Deal, terms: DealTerms, wished: Tape | None) -> Tape | None:
    if wished is not None:
        if wished.deal_id != deal.pk or not wished.is_accepted:
            msg = _("A run takes an accepted tape of its own deal.")
            raise RunError(msg)
        return wished
    if terms.document["pool"]["kind"] != "tape":
        return None
    accepted = deal.tapes.filter(status__in=[Tape.Status.ACCEPTED, Tape.Status.WARNED])
    newest = accepted.order_by("-number").first()
    if newest is None:
        msg = _("The pool of this deal is a loan tape, and no tape has been accepted yet.")
        raise RunError(msg)
    return newest


# ------------------------------------------------------------------ parts of a run


def _fits(deal: Deal, criteria: CriteriaVersion) -> dict[str, dict[str, Any]]:
    """Fit the histories of the deal's servicer; each fit names the file that it rests on."""
    return {
        pool.asset_class: fit_history(
            static_pool_rows(pool),
            f"static pool {pool.name}, sha256 {pool.sha256[:12]}",
            pool.asset_class,
            criteria.document,
        )
        for pool in histories_in_use(deal)
    }


def _run_with_inputs(run_id: str) -> RatingRun:
    return RatingRun.objects.select_related("deal", "terms", "tape", "criteria").get(pk=run_id)


def _note_workplace(run: RatingRun, claim: Claim) -> None:
    """Write down what computes the run; parts computed by something else are thrown away."""
    here = engine.workplace()
    then = engine.Workplace(run.engine_version, run.lock_sha256, run.processor)
    with claim.holding():
        if then != here:
            run.chunks.all().delete()
        run.engine_version, run.lock_sha256 = here.engine_version, here.lock_sha256
        run.processor = here.processor
        run.save(update_fields=["engine_version", "lock_sha256", "processor"])


def _sound_chunks(run: RatingRun) -> dict[int, bytes]:
    """Return the stored parts whose hash is right, by index; the others are computed again."""
    sound = {}
    for chunk in run.chunks.all():
        content = bytes(chunk.content)
        if hashlib.sha256(content).hexdigest() == chunk.sha256:
            sound[chunk.index] = content
    return sound


def _store_chunk(run: RatingRun, index: int, content: bytes, claim: Claim) -> None:
    with claim.holding():
        RunChunk.objects.update_or_create(
            run=run,
            index=index,
            defaults={
                "attempt": claim.attempt,
                "content": content,
                "sha256": hashlib.sha256(content).hexdigest(),
            },
        )
