"""The seventeen levels of the rating scale, best first, and arithmetic on notches."""

from analytics.errors import AssumptionError

LEVELS: tuple[str, ...] = (
    "AAA",
    "AA+",
    "AA",
    "AA-",
    "A+",
    "A",
    "A-",
    "BBB+",
    "BBB",
    "BBB-",
    "BB+",
    "BB",
    "BB-",
    "B+",
    "B",
    "B-",
    "CCC",
)
BELOW_CCC = "below CCC"

_NOTCH = {level: index for index, level in enumerate((*LEVELS, BELOW_CCC))}


def notch(level: str) -> int:
    """Return the notch index of a level: 0 for AAA, 16 for CCC, 17 below CCC."""
    try:
        return _NOTCH[level]
    except KeyError:
        msg = f"{level!r} is not a rating level. Levels run from AAA to CCC, then {BELOW_CCC!r}."
        raise AssumptionError(msg) from None


def level_at(index: int) -> str:
    """Return the level at a notch index, held inside the scale at both ends."""
    return (*LEVELS, BELOW_CCC)[min(max(index, 0), len(LEVELS))]


def lower_of(*levels: str) -> str:
    """Return the weakest of some levels."""
    return max(levels, key=notch)


def notches_between(first: str, second: str) -> int:
    """Count the notches between two levels, without sign."""
    return abs(notch(first) - notch(second))


def symbol(level: str, scale: str) -> str:
    """Write a level with its structured mark and scale: AAAsf(cn), BBBsf."""
    if level == BELOW_CCC:
        return level
    return f"{level}sf(cn)" if scale == "cn" else f"{level}sf"
