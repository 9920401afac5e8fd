"""Random numbers addressed by counter: the n-th number of a loan on a path, whoever asks first.

Philox4x32-10 is a keyed permutation of a 128-bit counter. The counter is (path, item, stream, 0),
the key is the run's seed. So a number depends on its address alone, never on the order of drawing:
threads, chunks and restarts cannot change a digit.

Source: Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC11 (Philox);
Wichura, "Algorithm AS 241", Applied Statistics 37 (1988) (inverse normal, error about 1e-16).
"""

import math

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Word = np.uint32

STREAM_FACTORS = 0
STREAM_LOANS = 1
STREAM_POOLS = 2

WORD = 2.3283064365386963e-10
"""One over 2**32."""
CENTRE = 0.425
"""Half-width of the middle of the distribution, where a rational in q alone is exact."""
BLOCK = 1024
"""Numbers drawn together: small enough for the first cache."""


@njit(inline="always")
def philox(
    c0: Word, c1: Word, c2: Word, c3: Word, k0: Word, k1: Word
) -> tuple[Word, Word, Word, Word]:
    """Ten rounds of Philox4x32: four 32-bit words from a four-word counter and a two-word key."""
    for _ in range(10):
        product0 = np.uint64(0xD2511F53) * np.uint64(c0)
        product1 = np.uint64(0xCD9E8D57) * np.uint64(c2)
        n0 = np.uint32(np.uint32(product1 >> np.uint64(32)) ^ c1 ^ k0)
        n1 = np.uint32(product1)
        n2 = np.uint32(np.uint32(product0 >> np.uint64(32)) ^ c3 ^ k1)
        n3 = np.uint32(product0)
        c0, c1, c2, c3 = n0, n1, n2, n3
        k0 = np.uint32(k0 + np.uint32(0x9E3779B9))
        k1 = np.uint32(k1 + np.uint32(0xBB67AE85))
    return c0, c1, c2, c3


@njit(inline="always")
def unit(word: Word) -> float:
    """Map a 32-bit word to the open interval (0, 1), symmetric about one half."""
    return (np.float64(word) + 0.5) * WORD


@njit(inline="always", error_model="numpy")
def central_normal(q: float) -> float:
    """Return Phi^-1(0.5 + q) for |q| <= 0.425 (Wichura's central rational)."""
    r = 0.180625 - q * q
    top = 2.5090809287301226727e3
    top = top * r + 3.3430575583588128105e4
    top = top * r + 6.7265770927008700853e4
    top = top * r + 4.5921953931549871457e4
    top = top * r + 1.3731693765509461125e4
    top = top * r + 1.9715909503065514427e3
    top = top * r + 1.3314166789178437745e2
    top = top * r + 3.3871328727963666080e0
    low = 5.2264952788528545610e3
    low = low * r + 2.8729085735721942674e4
    low = low * r + 3.9307895800092710610e4
    low = low * r + 2.1213794301586595867e4
    low = low * r + 5.3941960214247511077e3
    low = low * r + 6.8718700749205790830e2
    low = low * r + 4.2313330701600911252e1
    low = low * r + 1.0
    return q * top / low


@njit(inline="always", error_model="numpy")
def tail_normal(r: float) -> float:
    """Return -Phi^-1(p) for r = sqrt(-log p) from 1.6 to 5, i.e. p from 0.075 to 1.4e-11."""
    r = r - 1.6
    top = 7.74545014278341407640e-4
    top = top * r + 2.27238449892691845833e-2
    top = top * r + 2.41780725177450611770e-1
    top = top * r + 1.27045825245236838258e0
    top = top * r + 3.64784832476320460504e0
    top = top * r + 5.76949722146069140550e0
    top = top * r + 4.63033784615654529590e0
    top = top * r + 1.42343711074968357734e0
    low = 1.05075007164441684324e-9
    low = low * r + 5.47593808499534494600e-4
    low = low * r + 1.51986665636164571966e-2
    low = low * r + 1.48103976427480074590e-1
    low = low * r + 6.89767334985100004550e-1
    low = low * r + 1.67638483018380384940e0
    low = low * r + 2.05319162663775882187e0
    low = low * r + 1.0
    return top / low


@njit(inline="always", error_model="numpy")
def far_normal(r: float) -> float:
    """Return -Phi^-1(p) for r = sqrt(-log p) above 5."""
    r = r - 5.0
    top = 2.01033439929228813265e-7
    top = top * r + 2.71155556874348757815e-5
    top = top * r + 1.24266094738807843860e-3
    top = top * r + 2.65321895265761230930e-2
    top = top * r + 2.96560571828504891230e-1
    top = top * r + 1.78482653991729133580e0
    top = top * r + 5.46378491116411436990e0
    top = top * r + 6.65790464350110377720e0
    low = 2.04426310338993978564e-15
    low = low * r + 1.42151175831644588870e-7
    low = low * r + 1.84631831751005468180e-5
    low = low * r + 7.86869131145613259100e-4
    low = low * r + 1.48753612908506148525e-2
    low = low * r + 1.36929880922735805310e-1
    low = low * r + 5.99832206555887937690e-1
    low = low * r + 1.0
    return top / low


@njit(nogil=True, error_model="numpy")
def inverse_normal(p: float) -> float:
    """Return z with Phi(z) = p, for p in (0, 1). Wichura's PPND16, one number at a time."""
    q = p - 0.5
    if abs(q) <= CENTRE:
        return central_normal(q)
    r = math.sqrt(-math.log(p if q < 0 else 1.0 - p))
    z = tail_normal(r) if r <= 5.0 else far_normal(r)
    return -z if q < 0 else z


@njit(nogil=True, error_model="numpy")
def normals_of_words(  # noqa: PLR0917 - kernels take arrays one by one
    p: Floats,
    z: Floats,
    where: Integers,
    tail: Floats,
    bits: Integers,
    exponent: Floats,
    size: int,
) -> None:
    """Turn `size` uniforms made by `unit` into normals, block-wise so that the loops vectorise.

    The same numbers as `inverse_normal` to a few units in the last place: the centre for all, then
    the 15 % in the tails gathered, their logarithm by series, and put back. A uniform of 32 bits
    never leaves the range of `tail_normal`.

    Parameters
    ----------
    p, z : (BLOCK,) uniforms in, normals out.
    where, tail, bits, exponent : (BLOCK,) working space; `bits` is `tail` seen as int64.
    """
    for i in range(size):
        z[i] = central_normal(p[i] - 0.5)
    count = 0
    for i in range(size):
        where[count] = i
        count += int(abs(p[i] - 0.5) > CENTRE)
    for k in range(count):
        q = p[where[k]]
        tail[k] = min(q, 1.0 - q)
    for k in range(count):
        # p = mantissa * 2**exponent with the mantissa in [1, 2)
        exponent[k] = np.float64((bits[k] >> 52) - 1023)
        bits[k] = (bits[k] & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000
    for k in range(count):
        half = np.float64(tail[k] > 1.4142135623730951)
        mantissa = tail[k] * (1.0 - 0.5 * half)
        s = (mantissa - 1.0) / (mantissa + 1.0)
        t = s * s
        series = 1.0 / 21.0
        series = series * t + 1.0 / 19.0
        series = series * t + 1.0 / 17.0
        series = series * t + 1.0 / 15.0
        series = series * t + 1.0 / 13.0
        series = series * t + 1.0 / 11.0
        series = series * t + 1.0 / 9.0
        series = series * t + 1.0 / 7.0
        series = series * t + 1.0 / 5.0
        series = series * t + 1.0 / 3.0
        logarithm = (exponent[k] + half) * 0.6931471805599453 + (2.0 * s + 2.0 * s * t * series)
        tail[k] = tail_normal(math.sqrt(-logarithm))
    for k in range(count):
        i = where[k]
        z[i] = -tail[k] if p[i] < 0.5 else tail[k]


@njit(cache=True, nogil=True)
def philox_words(
    c0: int, c1: int, c2: int, c3: int, k0: int, k1: int
) -> tuple[Word, Word, Word, Word]:
    """Return the four words of one counter, for tests against the published vectors."""
    return philox(
        np.uint32(c0), np.uint32(c1), np.uint32(c2), np.uint32(c3), np.uint32(k0), np.uint32(k1)
    )


@njit(cache=True, nogil=True)
def fill_normals(out: Floats, path: int, stream: int, k0: int, k1: int) -> None:
    """Fill `out` with the standard normals of one path and stream, four to a counter.

    Normal n stands at counter (path, n // 4, stream, 0), word n % 4. Any length.
    """
    p, z, tail, exponent = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    where, bits = np.empty(BLOCK, np.int64), tail.view(np.int64)
    for start in range(0, out.size, BLOCK):
        size = min(BLOCK, out.size - start)
        for n in range((size + 3) // 4):
            a, b, c, d = philox(
                np.uint32(path),
                np.uint32(start // 4 + n),
                np.uint32(stream),
                np.uint32(0),
                np.uint32(k0),
                np.uint32(k1),
            )
            p[4 * n] = unit(a)
            p[4 * n + 1] = unit(b)
            p[4 * n + 2] = unit(c)
            p[4 * n + 3] = unit(d)
        normals_of_words(p, z, where, tail, bits, exponent, size)
        for i in range(size):
            out[start + i] = z[i]


@njit(cache=True, nogil=True)
def invert_normals(p: Floats, out: Floats) -> None:
    """Write Phi^-1(p) into `out`; p strictly between 0 and 1."""
    for i in range(p.size):
        out[i] = inverse_normal(p[i])
