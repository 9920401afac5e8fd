"""Random numbers addressed by counter, against published vectors and the exact inverse."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from analytics.kernels.random import fill_normals, invert_normals, philox_words


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_published_words(counter, key, words):
    assert tuple(philox_words(*counter, *key)) == words


def test_each_normal_is_the_inverse_of_its_own_word():
    normals = np.empty(4099)

    fill_normals(normals, 12, 1, 77, 5)

    words = [philox_words(12, n, 1, 0, 77, 5) for n in range(1025)]
    uniforms = (np.array(words, dtype=np.float64).ravel()[:4099] + 0.5) / 2**32
    assert np.abs(normals - ndtri(uniforms)).max() < 1e-14


@settings(deadline=None)
@given(st.floats(min_value=1e-300, max_value=1 - 1e-15))
def test_inverse_normal_agrees_with_the_reference(p):
    found = np.empty(1)

    invert_normals(np.array([p]), found)

    assert found[0] == pytest.approx(ndtri(p), rel=1e-13, abs=1e-15)


def test_normals_have_the_moments_of_a_normal():
    normals = np.empty(200_000)

    fill_normals(normals, 3, 1, 1, 2)

    assert abs(normals.mean()) < 4 / np.sqrt(normals.size)
    assert abs(normals.var() - 1) < 4 * np.sqrt(2 / normals.size)
    assert abs((normals**3).mean()) < 4 * np.sqrt(15 / normals.size)


def test_paths_and_streams_are_not_correlated():
    rows = np.empty((4, 50_000))
    for row, (path, stream) in zip(rows, [(0, 1), (1, 1), (0, 2), (1, 2)], strict=True):
        fill_normals(row, path, stream, 9, 9)

    correlations = np.corrcoef(rows)[np.triu_indices(4, 1)]

    assert np.abs(correlations).max() < 4.5 / np.sqrt(50_000)
