"""The priority of payments: typed steps become an integer program, run over blocks of paths."""

from analytics.waterfall.compiler import compile_waterfall
from analytics.waterfall.flows import waterfall_flows
from analytics.waterfall.program import (
    NEUTRAL,
    OUTCOMES,
    Conditions,
    NoteOutcomes,
    Program,
    outcomes_of,
)
from analytics.waterfall.run import run_waterfall
from analytics.waterfall.trace import Trace, trace_waterfall

__all__ = [
    "NEUTRAL",
    "OUTCOMES",
    "Conditions",
    "NoteOutcomes",
    "Program",
    "Trace",
    "compile_waterfall",
    "outcomes_of",
    "run_waterfall",
    "trace_waterfall",
    "waterfall_flows",
]
