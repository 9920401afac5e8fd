"""The scale as readers know it: seventeen levels, best first, and what lies below."""

LEVELS = (
    "AAA", "AA+", "AA", "AA-", "A+", "A", "A-", "BBB+", "BBB", "BBB-",
    "BB+", "BB", "BB-", "B+", "B", "B-", "CCC",
)  # fmt: skip
BELOW_CCC = "below CCC"


def notch(level: str) -> int:
    """Return how many notches a level lies below AAA; whatever is below CCC comes last."""
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)


def lowest(levels: list[str]) -> str | None:
    return max(levels, key=notch, default=None)
