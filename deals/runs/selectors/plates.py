"""The charts of a run: what the script draws and the same figures as a table. Money in 10,000 CNY."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from deals.runs.selectors.results import (
    NoteTerms,
    level_words,
    rated_notes,
    redeemed_on,
)
from ratings_site.components import figures
from ratings_site.components.charts import Chart
from ratings_site.components.levels import LEVELS, notch

Document = Mapping[str, Any]

TEN_THOUSAND = 10_000
BASE = LEVELS[-1]  # CCC is the base case, unstressed
SHOWN_BARS = 24  # bars of a histogram that a page can carry


def wan(amount: float) -> float:
    return round(amount / TEN_THOUSAND, 4)


def fan(result: Document, terms: Mapping[str, NoteTerms], cutoff: str, legal_final: str) -> Chart:
    """Cumulative gross collections of all unstressed paths, against what each rated note needs."""
    periods = result["periods"]
    quantiles = ("p05", "p50", "p95")
    dates = [cutoff, *(period["date"] for period in periods)]
    series = {
        key: [0.0, *(wan(period[f"cumulative_{key}"]) for period in periods)] for key in quantiles
    }
    needs = [
        {"name": _("{note} needs").format(note=note["name"]), "value": wan(need)}
        for note in rated_notes(result)
        if (need := needed(note, result)) is not None
    ]
    last = periods[-1]
    return Chart(
        key="fan",
        kind="fan",
        title=_("Collections since cut-off"),
        unit=_("{unit}, gross; nine tenths of paths").format(unit=figures.money_unit()),
        label=_(
            "Cumulative gross collections: median {median}, one path in twenty below {low}."
        ).format(
            median=figures.wan(last["cumulative_p50"], 0),
            low=figures.wan(last["cumulative_p05"], 0),
        ),
        data={
            "dates": dates,
            **series,
            "needs": needs,
            "names": {"p50": _("median"), "p05": _("1 in 20 below"), "p95": _("1 in 20 above")},
            "marks": maturity_marks(terms, legal_final),
        },
        head=[_("Date"), _("Expected"), _("1 in 20 below"), _("Median"), _("1 in 20 above")],
        rows=[
            (
                period["date"],
                figures.wan(period["cumulative_expected"], 0),
                *(figures.wan(period[f"cumulative_{key}"], 0) for key in quantiles),
            )
            for period in periods
        ],
        note=_("What a note needs: base recoveries at which it just passes without stress."),
    )


def needed(note: Document, result: Document) -> float | None:
    """Return the gross recoveries, CNY, at which a note just passes under no stress at all."""
    multiples = {each["level"]: each["multiple"] for each in note.get("breakeven", ())}
    multiple = multiples.get(BASE)
    return None if multiple is None else multiple * result["pool"]["base_gross"]


def maturity_marks(terms: Mapping[str, NoteTerms], legal_final: str) -> list[dict[str, str]]:
    expected = sorted({each.expected_maturity for each in terms.values() if each.expected_maturity})
    marks = [{"at": day.isoformat(), "name": _("expected maturity")} for day in expected[:1]]
    return [*marks, {"at": legal_final, "name": _("legal final"), "align": "right"}]


def balances(note: Document, terms: NoteTerms | None, closing: str) -> Chart:
    """Balance of a note after each payment: base, the highest level passed, the first one failed."""
    cases = chosen_scenarios(note)
    dates = [flow["date"] for flow in cases[0]["flows"]]
    main = main_scenario(note)
    names = [scenario_word(case["name"]) for case in cases]
    marks = (
        [{"at": terms.expected_maturity.isoformat(), "name": _("expected maturity")}]
        if terms is not None and terms.expected_maturity
        else []
    )
    return Chart(
        key=f"balances-{note_key(note)}",
        kind="balances",
        title=_("{note} balance after payment").format(note=note["name"]),
        unit=_("{unit}; {cases}").format(unit=figures.money_unit(), cases=listed(names)),
        label=_("Balance of {note} by case. {ends}").format(
            note=note["name"], ends=" ".join(end_words(case) + "." for case in cases)
        ),
        data={
            "dates": [closing, *dates],
            "cases": [drawn_case(case, main, note["balance"]) for case in cases],
            "marks": marks,
        },
        head=[
            _("Date"),
            *(
                head
                for name in names
                for head in (
                    _("{case}: balance").format(case=name),
                    _("{case}: interest").format(case=name),
                )
            ),
        ],
        rows=[
            (
                day,
                *(
                    figures.wan(case["flows"][place][key], 2)
                    for case in cases
                    for key in ("balance", "interest")
                ),
            )
            for place, day in enumerate(dates)
        ],
    )


def chosen_scenarios(note: Document) -> list[Document]:
    """Choose at most three scenarios: base, the hardest kept one it passes, the next one above."""
    passed = notch(note["level_by_ladder"])
    kept = sorted(note["scenarios"], key=lambda each: notch(each["name"]))
    harder = [each for each in kept if notch(each["name"]) < passed]
    borne = [each for each in kept if notch(each["name"]) >= passed]
    chosen = [kept[-1], *borne[:1], *harder[-1:]]
    return list({each["name"]: each for each in chosen}.values())


def main_scenario(note: Document) -> str:
    """Return the hardest kept scenario that the note passes: the one in question."""
    passed = notch(note["level_by_ladder"])
    names = sorted((str(each["name"]) for each in note["scenarios"]), key=notch)
    return next((name for name in names if notch(name) >= passed), names[-1])


def drawn_case(case: Document, main: str, start: float) -> dict[str, object]:
    values = [wan(start), *(wan(flow["balance"]) for flow in case["flows"])]
    return {
        "name": scenario_word(case["name"]),
        "values": values,
        "label": end_words(case),
        "main": case["name"] == main,
        "fails": values[-1] > 0,
    }


def scenario_word(name: str) -> str:
    return _("base") if name == BASE else level_words(name)


def end_words(case: Document) -> str:
    """Say how a case ends: paid in a year, or what is left unpaid."""
    paid = redeemed_on(case["flows"])
    name = scenario_word(case["name"])
    if paid is not None:
        return _("{case}, paid {year}").format(case=name, year=paid[:4])
    left = figures.wan(case["flows"][-1]["balance"], 0)
    return _("{case}: {amount} unpaid").format(case=name, amount=left)


def interest(note: Document) -> Chart:
    """Interest of a note at each payment date of the same cases."""
    cases = chosen_scenarios(note)
    dates = [flow["date"] for flow in cases[0]["flows"]]
    main = main_scenario(note)
    return Chart(
        key=f"interest-{note_key(note)}",
        kind="lines",
        title=_("{note} interest paid").format(note=note["name"]),
        unit=figures.money_unit(),
        label=_("Interest of {note} at each payment date falls as its balance is repaid.").format(
            note=note["name"]
        ),
        size="chart-s",
        data={
            "digits": 2,
            "series": [
                {
                    "name": scenario_word(case["name"]),
                    "data": [[flow["date"], wan(flow["interest"])] for flow in case["flows"]],
                    "main": case["name"] == main,
                    "step": True,
                    "dashed": case["flows"][-1]["balance"] > 0,
                }
                for case in cases
            ],
        },
        head=[_("Date"), *(scenario_word(case["name"]) for case in cases)],
        rows=[
            (day, *(figures.wan(case["flows"][place]["interest"], 2) for case in cases))
            for place, day in enumerate(dates)
        ],
    )


def breakeven(note: Document, stresses: Sequence[Document]) -> Chart | None:
    """Set what each level leaves of the base against what the note needs: where they cross, it fails."""
    kept = {each["level"]: each["kept"] for each in stresses}
    breaks = {each["level"]: each["multiple"] for each in note["breakeven"]}
    levels = [
        level for level in reversed(LEVELS) if level in kept and breaks.get(level) is not None
    ]
    if not levels:
        return None
    return Chart(
        key=f"breakeven-{note_key(note)}",
        kind="levels",
        title=_("{note}: stressed to, and breaks at").format(note=note["name"]),
        unit=_("% of base recovery, by level"),
        label=_(
            "What each level leaves of the base recovery falls towards AAA; what the note needs rises."
        ),
        data={
            "levels": [level_words(level) for level in levels],
            "left": [round(kept[level] * 100, 4) for level in levels],
            "needs": [round(breaks[level] * 100, 4) for level in levels],
            "names": {"left": _("stressed to"), "needs": _("breaks at")},
            "words": {"paid": _("room"), "short": _("short")},
        },
        head=[_("Level"), _("Stressed to, % of base"), _("Breaks at, % of base"), _("Room, %")],
        rows=[
            (
                level_words(level),
                figures.percent(kept[level]),
                figures.percent(breaks[level]),
                figures.signed_percent(kept[level] - breaks[level]),
            )
            for level in reversed(levels)
        ],
    )


def recoveries(result: Document) -> Chart:
    """Distribution of the pool's recovery over all paths; hatched where a rated note goes short."""
    claim = result["pool"]["claim"]
    bars = merged(result["recoveries"])
    needs = [
        (note["name"], need / claim)
        for note in rated_notes(result)
        if (need := needed(note, result)) is not None
    ]
    least = min((need for _name, need in needs), default=None)
    return Chart(
        key="recoveries",
        kind="distribution",
        title=_("Recovery of the pool"),
        unit=_("% of claim, share of paths"),
        label=_(
            "Distribution of the simulated recovery: mean {mean}% of the claim, standard deviation {sd}%."
        ).format(
            mean=figures.percent(result["pool"]["recovery_mean"]),
            sd=figures.percent(result["pool"]["recovery_sd"]),
        ),
        data={
            "bins": [
                drawn_bar(bar, fails=least is not None and bar["high"] <= least)
                for bar in within(bars)
            ],
            "xname": _("recovery, % of claim"),
            "yname": _("% of paths"),
            "ydigits": digits_for(bars),
            "marks": [
                {"at": round(need * 100, 4), "name": _("{note} needs").format(note=name)}
                for name, need in needs
            ],
        },
        head=[_("Recovery, % of claim"), _("% of paths")],
        rows=[(range_words(bar), figures.percent(bar["probability"], 2)) for bar in bars],
        note=_("Hatched: too little for the first rated note even in time."),
    )


def losses(note: Document) -> Chart | None:
    """Draw how much a note loses on the paths where it loses; the others are said in words."""
    bars = note["losses"]
    first, rest = bars[0], bars[1:]
    if sum(bar["probability"] for bar in rest) <= 0:
        return None
    shown = merged(rest)
    return Chart(
        key=f"losses-{note_key(note)}",
        kind="distribution",
        title=_("Loss of {note}").format(note=note["name"]),
        unit=_("% of balance, share of paths"),
        label=_("Distribution of the loss of {note}: expected loss {loss}% of its balance.").format(
            note=note["name"], loss=figures.percent(note["expected_loss"], 2)
        ),
        data={
            "bins": [drawn_bar(bar, fails=True) for bar in shown],
            "xname": _("loss, % of balance"),
            "yname": _("% of paths"),
            "ydigits": digits_for(shown),
            "marks": [],
        },
        head=[_("Loss, % of balance"), _("% of paths")],
        rows=[
            (range_words(bar), figures.percent(bar["probability"], 3)) for bar in (first, *shown)
        ],
        note=_("Not drawn: {share}% of paths with a loss under {least}% of the balance.").format(
            share=figures.percent(first["probability"], 2), least=figures.percent(first["high"])
        ),
    )


def drawn_bar(bar: Document, *, fails: bool) -> dict[str, object]:
    return {
        "from": round(bar["low"] * 100, 4),
        "to": round(bar["high"] * 100, 4),
        "share": round(bar["probability"] * 100, 6),
        "name": range_words(bar),
        "fails": fails,
    }


def digits_for(bars: Sequence[Document]) -> int:
    """Return the decimals that the axis of shares needs."""
    tallest = max(bar["probability"] for bar in bars)
    return 0 if tallest >= 0.04 else 1 if tallest >= 0.004 else 2


def merged(bars: Sequence[Document]) -> list[dict[str, float]]:
    """Join neighbouring bars until a page can carry them; no probability is lost."""
    step = -(-len(bars) // SHOWN_BARS)
    groups = [bars[k : k + step] for k in range(0, len(bars), step)]
    return [
        {
            "low": group[0]["low"],
            "high": group[-1]["high"],
            "probability": sum(bar["probability"] for bar in group),
        }
        for group in groups
    ]


def within(bars: Sequence[Document]) -> list[Document]:
    """Leave out empty bars at both ends, so that the picture is of what happens."""
    filled = [k for k, bar in enumerate(bars) if bar["probability"] > 0]
    return list(bars[filled[0] : filled[-1] + 1])


def range_words(bar: Document) -> str:
    return f"{figures.percent(bar['low'])} – {figures.percent(bar['high'])}"


def bridge(result: Document) -> Chart | None:
    """From the first view of the recovery to the base case, one step at a time."""
    steps = result.get("bridge", ())
    if not steps:
        return None
    start = round_start(wan(min(step["after"] for step in steps)))
    return Chart(
        key="bridge",
        kind="bridge",
        title=_("Expected gross recovery"),
        unit=_("{unit}; axis starts at {start}").format(
            unit=figures.money_unit(), start=figures.grouped(start)
        ),
        label=_("From the first estimate to the base case in {n} steps.").format(n=len(steps) - 1),
        data={"steps": drawn_steps(steps), "min": start},
        head=[_("Step"), _("Change"), _("After")],
        rows=[
            (
                step_word(step["name"]),
                figures.signed(wan(step["change"]), 0),
                figures.wan(step["after"], 0),
            )
            for step in steps
        ],
    )


def round_start(least: float) -> float:
    """Return a round number somewhat below the least figure: where the axis starts, and says so."""
    rough = 0.8 * least
    unit = 10.0 ** max(0, len(str(int(rough))) - 2)
    return rough // unit * unit


def drawn_steps(steps: Sequence[Document]) -> list[dict[str, object]]:
    first = {"name": step_word(steps[0]["name"]), "total": wan(steps[0]["after"])}
    moves = [{"name": step_word(each["name"]), "by": wan(each["change"])} for each in steps[1:]]
    last = {"name": _("base case"), "total": wan(steps[-1]["after"]), "main": True}
    return [first, *moves, last]


def step_word(name: str) -> str:
    words = {
        "mean_of_forecasts": _("mean of forecasts"),
        "own_estimate": _("own estimate"),
        "plan": _("servicer's plan"),
        "loans_without_a_plan": _("loans without a plan"),
        "debias": _("debiasing"),
        "own_estimate_mixed_in": _("own estimate mixed in"),
    }
    return words.get(name, name.replace("_", " "))


def listed(names: Sequence[str]) -> str:
    return ("、" if figures.is_chinese() else ", ").join(names)


def note_key(note: Document) -> str:
    """Return a name for element ids: the rank and what of the name is Latin."""
    return f"{note['rank']}-{slugify(note['name'])}".rstrip("-")
