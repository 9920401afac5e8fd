"""Run a compiled deal over many paths."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from analytics.errors import AnalyticsError
from analytics.kernels.waterfall import WIDTH, run_paths
from analytics.waterfall.program import NoteOutcomes, Program, outcomes_of

Floats = NDArray[np.float64]


def run_waterfall(
    program: Program, gross: Floats, costs: Floats | None = None, *, threads: int = 1
) -> NoteOutcomes:
    """Distribute collections of every path by the deal's own rules.

    Parameters
    ----------
    gross, costs : (n_paths, n_periods) CNY by payment period; costs belong to that gross cash.
    threads : the digits do not depend on it.
    """
    return outcomes_of(program, run_registers(program, gross, costs, program.wanted, threads))


def run_registers(
    program: Program,
    gross: Floats,
    costs: Floats | None,
    wanted: NDArray[np.int64],
    threads: int = 1,
) -> Floats:
    """Return the wanted registers after the last payment date, (n_wanted, n_paths)."""
    gross, costs = checked(program, gross, costs)
    found = np.zeros((len(wanted), gross.shape[0]))
    arguments = (gross, costs, program.init, program.steps, program.table, wanted)
    bounds = split(gross.shape[0], threads)
    if len(bounds) == 1:
        run_paths(*arguments, 0, gross.shape[0], found)
        return found
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda ends: run_paths(*arguments, ends[0], ends[1], found), bounds))
    return found


def checked(program: Program, gross: Floats, costs: Floats | None) -> tuple[Floats, Floats]:
    gross = np.ascontiguousarray(gross, dtype=np.float64)
    costs = np.zeros_like(gross) if costs is None else np.ascontiguousarray(costs, dtype=np.float64)
    expected = (gross.shape[0], program.n_periods) if gross.ndim > 1 else ()
    if gross.shape != expected or costs.shape != expected:
        msg = (
            f"Collections must be (n_paths, {program.n_periods}) like the payment dates; "
            f"got {gross.shape} and costs {costs.shape}."
        )
        raise AnalyticsError(msg)
    return gross, costs


def split(n_paths: int, threads: int) -> list[tuple[int, int]]:
    """Cut paths into ranges of whole blocks, one for each thread."""
    blocks = -(-n_paths // WIDTH)
    share = -(-blocks // max(1, threads)) * WIDTH
    return [(start, min(start + share, n_paths)) for start in range(0, n_paths, share)] or [(0, 0)]
