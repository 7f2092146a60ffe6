"""Inner products and sums of long vectors, against float64 in one piece."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from sklinear_gd import kernels

pytestmark = pytest.mark.skipif(
    not kernels.available, reason="compiled kernels are not built or switched off"
)
SIZES = [(1, 1), (2, 63), (3, 64), (7, 4096), (20, 4097), (20, 300_003)]
every_size = pytest.mark.parametrize(("m", "n"), SIZES)


def numbers(dtype, *shape):
    """Return numbers of both signs."""
    return np.random.default_rng(0).normal(size=shape).astype(dtype)


@every_size
def test_products(dtype, m, n):
    """The products of some of the columns are those of the numbers in float64."""
    vectors, others = numbers(dtype, m, n + 5), numbers(dtype, 2, n)
    found = kernels.vector_products(vectors, 3, *others)
    expected = vectors[:, 3 : n + 3].astype(np.float64) @ others.T.astype(np.float64)
    size = np.abs(vectors[:, 3 : n + 3]).astype(np.float64) @ np.abs(others.T)
    assert (np.abs(found - expected) <= 8 * np.finfo(dtype).eps * size).all()


@every_size
def test_sums(dtype, m, n):
    """A sum of multiples is that in float64, and everything of `out` is written."""
    vectors, last, weights = numbers(dtype, m, n), numbers(dtype, n), numbers(np.float64, m)
    out = np.full(n, np.nan, dtype)
    kernels.vector_sum(vectors, weights, last, -0.7, out)
    expected = weights @ vectors.astype(np.float64) - 0.7 * last
    size = np.abs(weights) @ np.abs(vectors).astype(np.float64) + np.abs(last)
    assert (np.abs(out - expected) <= 2 * (m + 2) * np.finfo(dtype).eps * size).all()


def test_same_bits(dtype):
    """One, two and three threads give the same bits."""
    vectors, others = numbers(dtype, 20, 300_003), numbers(dtype, 2, 300_003)
    found = []
    for threads in (1, 2, 3):
        with threadpool_limits(threads, user_api="openmp"):
            products = kernels.vector_products(vectors, 0, *others)
            out = np.empty_like(others[0])
            kernels.vector_sum(vectors, products[:, 0].copy(), others[0], 1.5, out)
            found.append((products, out))
    for other in found[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(found[0], other, strict=True))


def test_wrong_arrays_are_refused():
    """Another length, dtype or layout would be read out of bounds."""
    vectors, vector, out = np.ones((2, 6)), np.ones(6), np.empty(6)
    for arguments in [
        (vectors, 1, vector, vector),
        (vectors, -1, vector[:5], vector[:5]),
        (vectors, 0, vector, vector[:5]),
        (vectors, 0, vector, vector.astype(np.float32)),
        (vectors.T, 0, vector[:2], vector[:2]),
    ]:
        with pytest.raises(ValueError):
            kernels.vector_products(*arguments)
    out.flags.writeable = False
    for arguments in [
        (vectors, np.ones(3), vector, 1.0, np.empty(6)),
        (vectors, np.ones(2), vector[:5], 1.0, np.empty(6)),
        (vectors, np.ones(2), vector, 1.0, np.empty(5)),
        (vectors, np.ones(2), vector, 1.0, np.empty(12)[::2]),
        (vectors, np.ones(2), vector, 1.0, out),
    ]:
        with pytest.raises(ValueError):
            kernels.vector_sum(*arguments)
