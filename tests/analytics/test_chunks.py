"""Chunks: a fixed grid, stored as bytes, equal to the bit when read again."""

import numpy as np
import pytest

from analytics.chunks import CHUNK_PATHS, FAN_PATHS, Chunk, Grid
from analytics.errors import AnalyticsError


def some_chunk():
    rng = np.random.default_rng(1)
    flags = rng.random((5, 2)) < 0.5
    money = rng.random((5, 2))
    return Chunk(
        number=3,
        first_path=12_288,
        weight=np.ones(5),
        gross=rng.random(5),
        is_short=flags,
        is_late=flags,
        misses=flags,
        loss=money,
        principal_time=money,
        principal=money,
        expected=rng.random(4),
        fan=rng.random((2, 4)),
        fan_weight=np.ones(2),
    )


def test_the_grid_covers_every_path_once():
    grid = Grid(2 * CHUNK_PATHS + 17)

    bounds = [grid.bounds(number) for number in range(grid.n_chunks)]

    assert bounds == [(0, CHUNK_PATHS), (CHUNK_PATHS, CHUNK_PATHS), (2 * CHUNK_PATHS, 17)]
    with pytest.raises(AnalyticsError, match="there is no chunk 3"):
        grid.bounds(3)


@pytest.mark.parametrize("paths", [1, 100, 10_000, 100_000])
def test_enough_paths_are_kept_for_the_fan(paths):
    grid = Grid(paths)

    kept = sum(grid.fan_paths(number) for number in range(grid.n_chunks))

    assert min(paths, FAN_PATHS) * 0.8 <= kept <= FAN_PATHS + grid.n_chunks


def test_a_stored_chunk_is_equal_to_the_bit():
    chunk = some_chunk()

    again = Chunk.from_bytes(chunk.to_bytes())

    assert (again.number, again.first_path, again.n_paths) == (3, 12_288, 5)
    for name in ("weight", "gross", "is_short", "loss", "expected", "fan"):
        assert np.array_equal(getattr(again, name), getattr(chunk, name))
        assert getattr(again, name).dtype == getattr(chunk, name).dtype


@pytest.mark.parametrize("stored", [b"", b"nonsense", some_chunk().to_bytes()[:200]])
def test_a_spoilt_chunk_is_refused(stored):
    with pytest.raises(AnalyticsError, match="stored chunk cannot be read"):
        Chunk.from_bytes(stored)
