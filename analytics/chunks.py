"""Chunks of a run: a fixed set of paths simulated, run through the waterfall, and kept as bytes.

The grid of chunks depends on the number of paths only, never on workers or threads, and path
numbers are absolute, so a run resumes at any chunk with the same digits.
"""

import io
from dataclasses import dataclass, fields
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from analytics.errors import AnalyticsError
from analytics.waterfall import NoteOutcomes

Floats = NDArray[np.float64]

CHUNK_PATHS = 4096
FAN_PATHS = 2048  # paths over the whole run whose periods are kept for the fan charts


@dataclass(frozen=True)
class Chunk:
    """What consecutive paths left behind.

    Arrays by path and note are (n_paths, n_notes): `is_short`, `is_late` (timely interest unpaid),
    `loss` CNY, `misses` (unpaid at expected maturity), `principal_time` CNY years, `principal` CNY.
    `gross` (n_paths,) is each path's collections, `weight` its weight; `expected` (n_periods,) the
    weighted sum of gross cash, `fan` (n_kept, n_periods) the cash of the first paths.
    """

    number: int
    first_path: int
    weight: Floats
    gross: Floats
    is_short: NDArray[np.bool_]
    is_late: NDArray[np.bool_]
    misses: NDArray[np.bool_]
    loss: Floats
    principal_time: Floats
    principal: Floats
    expected: Floats
    fan: Floats
    fan_weight: Floats

    @property
    def n_paths(self) -> int:
        return int(self.weight.size)

    def to_bytes(self) -> bytes:
        """Pack the chunk for storage."""
        file = io.BytesIO()
        np.savez(file, **{each.name: getattr(self, each.name) for each in fields(self)})
        return file.getvalue()

    @staticmethod
    def from_bytes(stored: bytes) -> "Chunk":
        """Unpack a stored chunk; the arrays are equal to the bit."""
        try:
            with np.load(io.BytesIO(stored), allow_pickle=False) as kept:
                arrays = {each.name: kept[each.name] for each in fields(Chunk)}
        except (ValueError, OSError, KeyError, EOFError, BadZipFile) as error:
            msg = f"A stored chunk cannot be read: {error}. Compute it again."
            raise AnalyticsError(msg) from error
        number, first_path = int(arrays.pop("number")), int(arrays.pop("first_path"))
        return Chunk(number=number, first_path=first_path, **arrays)


@dataclass(frozen=True)
class Grid:
    """The chunks of a run of `paths` paths."""

    paths: int

    @property
    def n_chunks(self) -> int:
        return -(-self.paths // CHUNK_PATHS)

    def bounds(self, number: int) -> tuple[int, int]:
        """Return the first path of a chunk and how many it has."""
        if not 0 <= number < self.n_chunks:
            msg = f"The run has {self.n_chunks} chunks; there is no chunk {number}."
            raise AnalyticsError(msg)
        first = number * CHUNK_PATHS
        return first, min(CHUNK_PATHS, self.paths - first)

    def fan_paths(self, number: int) -> int:
        """Return how many of a chunk's first paths are kept for the fan charts."""
        _, size = self.bounds(number)
        return min(size, -(-FAN_PATHS // self.n_chunks))


def chunk_of(
    grid: Grid, number: int, gross: Floats, weight: Floats, outcomes: NoteOutcomes
) -> Chunk:
    """Keep what the result needs of one chunk's paths; `gross` is (n_paths, n_periods) CNY."""
    first, _ = grid.bounds(number)
    kept = grid.fan_paths(number)
    return Chunk(
        number=number,
        first_path=first,
        weight=weight,
        gross=gross.sum(axis=1),
        is_short=outcomes.has_shortfall,
        is_late=outcomes.misses_timely_interest,
        misses=outcomes.unpaid_principal_at_expected > 0.005,
        loss=outcomes.loss,
        principal_time=outcomes.principal_time,
        principal=outcomes.principal_paid,
        expected=(weight[:, None] * gross).sum(axis=0),
        fan=gross[:kept],
        fan_weight=weight[:kept],
    )
