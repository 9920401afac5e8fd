"""Rating criteria: every assumption with its value, unit, mark and source."""

from analytics.criteria.assumptions import Assumption, Criteria, criteria_from_document
from analytics.criteria.levels import (
    BELOW_CCC,
    LEVELS,
    lower_of,
    notch,
    notches_between,
    symbol,
)
from analytics.criteria.loading import load_criteria
from analytics.criteria.stresses import Stress, segment_of, stress_for
from analytics.criteria.targets import target_shortfall

__all__ = [
    "BELOW_CCC",
    "LEVELS",
    "Assumption",
    "Criteria",
    "Stress",
    "criteria_from_document",
    "load_criteria",
    "lower_of",
    "notch",
    "notches_between",
    "segment_of",
    "stress_for",
    "symbol",
    "target_shortfall",
]
