"""Target shortfall probabilities by level and horizon."""

import math

from analytics.criteria.assumptions import Criteria
from analytics.criteria.stresses import interpolated


def target_shortfall(criteria: Criteria, level: str, scale: str, years: float) -> float:
    """Return the largest shortfall probability that `level` allows over `years` of expected life.

    Linear between horizons (held flat outside them), log-linear between levels.
    """
    horizons = criteria.column("targets.horizons")
    anchors = {
        anchor: math.log(_at_horizon(horizons, row, years))
        for anchor, row in criteria.table(f"targets.{scale}").items()
    }
    return math.exp(interpolated(anchors, level))


def _at_horizon(horizons: tuple[float, ...], row: list[float], years: float) -> float:
    if len(row) == 1 or years <= horizons[0]:
        return row[0]
    if years >= horizons[-1]:
        return row[-1]
    right = next(place for place, horizon in enumerate(horizons) if horizon >= years)
    left = right - 1
    share = (years - horizons[left]) / (horizons[right] - horizons[left])
    return row[left] + share * (row[right] - row[left])
