"""The priority of payments: typed steps become an integer program, run over blocks of paths."""

from analytics.waterfall.compiler import compile_waterfall
from analytics.waterfall.program import NEUTRAL, OUTCOMES, Conditions, NoteOutcomes, Program
from analytics.waterfall.program import outcomes_of as outcomes_of
from analytics.waterfall.run import run_waterfall

__all__ = [
    "NEUTRAL",
    "OUTCOMES",
    "Conditions",
    "NoteOutcomes",
    "Program",
    "compile_waterfall",
    "outcomes_of",
    "run_waterfall",
]
