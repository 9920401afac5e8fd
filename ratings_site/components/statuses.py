"""One word, one mark: which of the six marks stands before a word of state.

The shapes differ, so that grey print works; colour only seconds them.
"""

from __future__ import annotations

WAITS, UNDER_WAY, OVER, IN_FORCE, AGAINST, CLOSED = (
    "todo",
    "run",
    "done",
    "hold",
    "bad",
    "seal",
)

MARK_OF_STATE: dict[str, str] = {
    # waits for someone
    "open": WAITS,
    "to_come": WAITS,
    "waiting": WAITS,
    "invited": WAITS,
    "proposed": WAITS,
    "received": WAITS,
    # under way
    "draft": UNDER_WAY,
    "queued": UNDER_WAY,
    "running": UNDER_WAY,
    "checking": UNDER_WAY,
    "analysis": UNDER_WAY,
    "review": UNDER_WAY,
    "in_committee": UNDER_WAY,
    "voting": UNDER_WAY,
    # over, in order
    "done": OVER,
    "accepted": OVER,
    "paid": OVER,
    "signed": OVER,
    "cast": OVER,
    "closed": OVER,
    "decided": OVER,
    "approved": OVER,
    "answered": OVER,
    "adequate": OVER,
    "strong": OVER,
    # in force, or said without counting
    "in_force": IN_FORCE,
    "published": IN_FORCE,
    "surveillance": IN_FORCE,
    "warning": IN_FORCE,
    "accepted_with_warnings": IN_FORCE,
    "superseded": IN_FORCE,
    "cancelled": IN_FORCE,
    "withdrawn": IN_FORCE,
    # against
    "refused": AGAINST,
    "failed": AGAINST,
    "short": AGAINST,
    "missed": AGAINST,
    "late": AGAINST,
    "rejected": AGAINST,
    "weak": AGAINST,
    "no_quorum": AGAINST,
    # closed to the eye
    "sealed": CLOSED,
    "frozen": CLOSED,
    "recused": CLOSED,
}


def mark_of(state: str) -> str:
    """Return the mark of a state; a state that nobody has named yet is said without counting."""
    return MARK_OF_STATE.get(str(state), IN_FORCE)
