"""From margins and probabilities to a level, and from a level under constraints to the outcome."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analytics.criteria import (
    BELOW_CCC,
    LEVELS,
    Criteria,
    lower_of,
    notch,
    notches_between,
    target_shortfall,
)
from analytics.errors import AssumptionError

NO_CAP = "none"


@dataclass(frozen=True)
class Cap:
    """A constraint on a level: from a dated judgement, from the deal file, or from the model.

    `note` names the note class that it binds; empty binds every note.
    """

    kind: str
    level: str
    source: str
    reason: str
    note: str = ""


@dataclass(frozen=True)
class Outcome:
    """The level that stands, and the constraint that set it, if one did."""

    implied: str
    binding: Cap | None


def level_by_ladder(passed: Sequence[bool]) -> str:
    """Return the highest level passed, given the verdicts from AAA down to CCC.

    Every weaker level must be passed too: a level passed above a failure is not a level passed.
    """
    if len(passed) != len(LEVELS):
        msg = f"The ladder has {len(LEVELS)} levels; got {len(passed)} verdicts."
        raise AssumptionError(msg)
    level = BELOW_CCC
    for name, verdict in zip(reversed(LEVELS), reversed(passed), strict=True):
        if not verdict:
            break
        level = name
    return level


def level_by_simulation(criteria: Criteria, scale: str, probability: float, years: float) -> str:
    """Return the highest level whose target allows this shortfall probability over these years."""
    for level in LEVELS:
        if probability <= target_shortfall(criteria, level, scale, years):
            return level
    return BELOW_CCC


def quantitative_level(criteria: Criteria, by_ladder: str, by_simulation: str) -> str:
    """Apply the outcome rule of the criteria to the two readings."""
    rule = criteria.text("outcome.rule")
    if rule == "ladder":
        return by_ladder
    if rule == "lower_of_both":
        return lower_of(by_ladder, by_simulation)
    msg = f"The outcome rule must be ladder or lower_of_both; found {rule!r}."
    raise AssumptionError(msg)


def is_gap_a_question(criteria: Criteria, by_ladder: str, by_simulation: str) -> bool:
    """Say whether the two readings differ by more notches than the criteria let pass unexplained."""
    allowed = criteria.number("outcome.question_above_notches")
    return notches_between(by_ladder, by_simulation) > allowed


def compose(quantitative: str, caps: Iterable[Cap], note: str = "") -> Outcome:
    """Lower a level to the tightest cap that concerns the note; a cap never raises a level."""
    concerned = [cap for cap in caps if cap.note in ("", note) and cap.level != NO_CAP]
    tightest = max(concerned, key=lambda cap: notch(cap.level), default=None)
    if tightest is None or notch(tightest.level) <= notch(quantitative):
        return Outcome(quantitative, None)
    return Outcome(tightest.level, tightest)
