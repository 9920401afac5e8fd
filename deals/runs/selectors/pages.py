"""All that the page of a done run shows, read from the rows once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from deals.runs.models import RatingRun, RealisedRecovery
from deals.runs.selectors import plates, results, sentences
from deals.runs.selectors.assumptions import Assumption, all_assumptions, key_assumptions
from deals.runs.selectors.engine_words import fee_words, said
from deals.runs.selectors.outcome import (
    Limit,
    Outcome,
    limit_of_assessment,
    limits_of,
    outcome_of,
)
from deals.runs.selectors.results import Fact, Ladder, NoteTerms
from deals.structure.models import Deal
from ratings_site.components import figures
from ratings_site.components.charts import Chart
from ratings_site.people.models import User

Document = Mapping[str, Any]


@dataclass(frozen=True)
class NoteView:
    """One rated note as the page shows it."""

    name: str
    key: str
    balance: str
    coupon: str
    promise: str
    outcome: Outcome
    says: SafeString
    late: SafeString
    facts: tuple[Fact, ...]
    cases: tuple[Fact, ...]
    balances: Chart
    interest: Chart
    breakeven: Chart | None
    losses: Chart | None
    takes: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True)
class Use:
    """Where the cash of the base case goes over the life of the deal: words, amount, share."""

    label: str
    amount: str
    share: str
    is_source: bool


@dataclass(frozen=True)
class Realised:
    """What the pool really brought beside what the run expects of it; shares of the claim."""

    says: SafeString
    source: str
    loans: str
    as_of: str
    share: float
    band: tuple[float, float]
    low: float
    high: float
    is_outside: bool
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class RunPage:
    """A done run, ready to be shown: figures written, sentences made, charts laid out."""

    scale: str
    notes: tuple[NoteView, ...]
    unrated: tuple[Fact, ...]
    ladder: Ladder
    pool_says: SafeString
    pool_facts: tuple[Fact, ...]
    liquidity_says: SafeString
    fan: Chart
    recoveries: Chart | None
    bridge: Chart | None
    variants: tuple[tuple[str, str, tuple[str, ...]], ...]
    keys: tuple[Assumption, ...]
    assumptions: tuple[Assumption, ...]
    warnings: tuple[str, ...]
    uses: tuple[Use, ...]
    realised: Realised | None


def runs_of(deal: Deal) -> QuerySet[RatingRun]:
    """Return the runs of a deal, newest first, with what a list shows of them."""
    return deal.runs.select_related("job", "tape", "criteria", "requested_by").order_by("-number")


def runs_seen_by(user: User) -> QuerySet[RatingRun]:
    """Return the runs a person may know of, with the rows that a run's page reads."""
    return RatingRun.objects.visible_to(user).select_related(
        "deal", "job", "terms", "tape", "criteria", "assessment", "requested_by"
    )


def run_page(run: RatingRun) -> RunPage:
    """Read a done run under the limits that are known: its own, the deal file's, the servicer's."""
    realised = run.deal.realised.order_by("-as_of").first()
    return page_of(run.result, run.terms.document, judged_limits(run), realised)


def judged_limits(run: RatingRun) -> tuple[Limit, ...]:
    """Return the limits that follow from the judgements the run was asked under."""
    if run.assessment is None or run.result is None:
        return ()
    return limit_of_assessment(run.assessment, run.result)


def outcomes_of(run: RatingRun) -> dict[str, Outcome]:
    """Compose each rated note's level with the limits; by name. For packages and lists."""
    result = run.result or {"notes": ()}
    limits = [*limits_of(result, run.terms.document), *judged_limits(run)]
    return {note["name"]: outcome_of(note, limits) for note in results.rated_notes(result)}


def page_of(
    result: Document | None,
    deal_file: Document,
    extra_limits: tuple[Limit, ...] = (),
    realised: RealisedRecovery | None = None,
) -> RunPage:
    if result is None:
        msg = "A run shows results when it is done; this one has none yet."
        raise ValueError(msg)
    terms = results.note_terms(deal_file)
    limits = [*limits_of(result, deal_file), *extra_limits]
    outcomes = {note["name"]: outcome_of(note, limits) for note in results.rated_notes(result)}
    dates = deal_file["dates"]
    return RunPage(
        scale=result["scale"],
        notes=tuple(
            note_view(
                note, terms.get(note["name"]), outcomes[note["name"]], result, dates["closing"]
            )
            for note in results.rated_notes(result)
        ),
        unrated=unrated_notes(result, deal_file),
        ladder=results.ladder_of(result, {name: each.level for name, each in outcomes.items()}),
        pool_says=sentences.pool_sentence(result),
        pool_facts=results.pool_facts(result),
        liquidity_says=sentences.liquidity_sentence(result),
        fan=plates.fan(result, terms, dates["cutoff"], dates["legal_final"]),
        recoveries=plates.recoveries(result) if result.get("recoveries") else None,
        bridge=plates.bridge(result),
        variants=variants_of(result),
        keys=key_assumptions(result, deal_file["pool"].get("asset_class")),
        assumptions=all_assumptions(result),
        warnings=tuple(said(each) for each in result.get("warnings", ())),
        uses=uses_of(result),
        realised=realised_beside(realised, result) if realised is not None else None,
    )


def note_view(
    note: Document, terms: NoteTerms | None, outcome: Outcome, result: Document, closing: str
) -> NoteView:
    return NoteView(
        name=note["name"],
        key=plates.note_key(note),
        balance=figures.wan(note["balance"]),
        coupon=terms.coupon if terms else "",
        promise=results.promise_text(terms.promise) if terms else "",
        outcome=outcome,
        says=sentences.note_sentence(note, outcome),
        late=sentences.maturity_sentence(note),
        facts=results.facts_of(note, terms),
        cases=results.other_cases(note),
        balances=plates.balances(note, terms, closing),
        interest=plates.interest(note),
        breakeven=plates.breakeven(note, result.get("stresses", ())),
        losses=plates.losses(note),
        takes=what_it_takes(note, result),
    )


def what_it_takes(note: Document, result: Document) -> tuple[tuple[str, str, str, str], ...]:
    """Return one change alone, the rest as the highest level passed: holds, breaks at, room."""
    level = note["level_by_ladder"]
    breaks = next((each for each in note.get("breakeven", ()) if each["level"] == level), None)
    stress = next((each for each in result.get("stresses", ()) if each["level"] == level), None)
    if breaks is None or stress is None:
        return ()
    rows = []
    if breaks["multiple"] is not None:
        rows.append(
            (
                _("Recovery, % of base"),
                figures.percent(stress["kept"]),
                figures.percent(breaks["multiple"]),
                figures.signed_percent(stress["kept"] - breaks["multiple"]),
            )
        )
    if breaks["delay_months"] is not None:
        rows.append(
            (
                _("Delay, months"),
                figures.grouped(stress["delay_months"], 1),
                figures.grouped(breaks["delay_months"], 1),
                figures.signed(breaks["delay_months"] - stress["delay_months"], 1),
            )
        )
    return tuple(rows)


def unrated_notes(result: Document, deal_file: Document) -> tuple[Fact, ...]:
    rated = {note["name"] for note in results.rated_notes(result)}
    return tuple(
        Fact(
            _("{note}, not rated, {unit}").format(note=note["name"], unit=figures.money_unit()),
            figures.wan(float(note["balance"])),
        )
        for note in deal_file["notes"]
        if note["name"] not in rated
    )


def uses_of(result: Document) -> tuple[Use, ...]:
    lines = result.get("sources_and_uses", ())
    whole = sum(each["amount"] for each in lines if each["side"] == "source")
    return tuple(
        Use(
            label=use_words(each["name"]),
            amount=figures.wan(each["amount"], 0),
            share=figures.percent(results.share(each["amount"], whole)),
            is_source=each["side"] == "source",
        )
        for each in lines
    )


def use_words(name: str) -> str:
    """Say a line of sources and uses: ``interest:Senior`` is the interest of Senior."""
    kind, _colon, whose = name.partition(":")
    words = {
        "collections": _("Collections"),
        "disposal_costs": _("Work-out costs"),
        "interest": _("Interest, {whose}"),
        "principal": _("Principal, {whose}"),
        "residual": _("Residual, {whose}"),
        "fee": _("Fee, {whose}"),
        "share": _("Share, {whose}"),
        "reserve": _("Liquidity reserve"),
    }
    return words.get(kind, kind.replace("_", " ").capitalize()).format(whose=fee_words(whose))


def realised_beside(realised: RealisedRecovery, result: Document) -> Realised:
    """Set the recovery that really came beside the band in which nine paths in ten lie."""
    pool = result["pool"]
    share = float(realised.recovered) / float(realised.claim)
    low, high = pool["p05"], pool["p95"]
    margin = 0.5 * (high - low)
    return Realised(
        says=sentences.realised_sentence(share, pool),
        source=realised.source,
        loans=figures.grouped(realised.loans),
        as_of=figures.iso_date(realised.as_of),
        share=share,
        band=(low, high),
        low=max(0.0, min(low, share) - margin),
        high=min(1.0, max(high, share) + margin),
        is_outside=not low <= share <= high,
        rows=(
            (_("Predicted, mean"), figures.percent(pool["recovery_mean"])),
            (_("Predicted, 1 path in 20 below"), figures.percent(low)),
            (_("Predicted, 1 path in 20 above"), figures.percent(high)),
            (_("Realised"), figures.percent(share)),
            (
                _("Predicted − realised, points"),
                figures.signed_percent(pool["recovery_mean"] - share),
            ),
        ),
    )


def variants_of(result: Document) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Return each view of the recovery run alone: source, amount, level per rated note."""
    names = [note["name"] for note in results.rated_notes(result)]
    return tuple(
        (
            each["source"],
            figures.wan(each["gross"], 0),
            tuple(
                results.level_words(each["levels"][name])
                if name in each["levels"]
                else figures.ABSENT
                for name in names
            ),
        )
        for each in result.get("variants", ())
    )


@dataclass(frozen=True)
class ListedRun:
    """One run in the list of a deal: what it was computed from, and each rated note's level."""

    run: RatingRun
    levels: tuple[tuple[str, str], ...]


def listed_runs(deal: Deal) -> list[ListedRun]:
    return [ListedRun(run, levels_of(run)) for run in runs_of(deal)]


def levels_of(run: RatingRun) -> tuple[tuple[str, str], ...]:
    if run.result is None:
        return ()
    return tuple(
        (note["name"], results.level_words(note["quantitative"]))
        for note in results.rated_notes(run.result)
    )


def others_of(run: RatingRun) -> list[RatingRun]:
    """Return the other done runs of the same deal, newest first."""
    return [each for each in runs_of(run.deal) if each.is_done and each.pk != run.pk]
