"""Scores against the matrix product."""

import numpy as np
import pytest

from sklinear_gd import kernels

pytestmark = pytest.mark.skipif(
    not kernels.available, reason="compiled kernels are not built or switched off"
)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("n_features", [1, 7, 32, 41, 200])
def test_equals_the_product(problem_of, storage, dtype, n_classes, n_features, fit_intercept):
    """All rows, or the rows of an index in its order, repeated ones too."""
    problem = problem_of(
        storage, dtype, n_classes, n_features=n_features, fit_intercept=fit_intercept
    )
    tolerance = 1e-4 if dtype == np.float32 else 1e-12
    for index in (None, np.array([5, 3, 3, 0, 100]), np.array([], dtype=np.intp)):
        scores = kernels.scores(
            problem.rows, problem.params, problem.n_scores, fit_intercept, index
        )
        expected = problem.scores(problem.params, slice(None) if index is None else index)
        assert scores.dtype == dtype
        np.testing.assert_allclose(scores, expected, atol=tolerance)


@pytest.mark.parametrize("n_classes", [5, 11, 100, 257])
def test_many_classes(problem_of, storage, dtype, n_classes):
    """Classes are worked in tiles that need not divide their number."""
    problem = problem_of(storage, dtype, n_classes, n_rows=21)
    scores = kernels.scores(problem.rows, problem.params, n_classes, True)
    tolerance = 1e-4 if dtype == np.float32 else 1e-12
    np.testing.assert_allclose(scores, problem.scores(problem.params, slice(None)), atol=tolerance)


@pytest.mark.parametrize("shape", [(), (0,), (3, 5), (1000, 24)])
def test_aligned_zeros(shape, dtype):
    """Parameters begin where a cache line does."""
    array = kernels.aligned_zeros(shape, dtype)
    assert array.shape == shape and array.dtype == dtype and array.flags.c_contiguous
    assert array.flags.writeable and not array.any()
    assert not array.size or array.ctypes.data % 64 == 0


def test_padded_width():
    """One column stays one; more fill whole vectors at every SIMD level."""
    widths = [kernels.padded_width(k, np.float32) for k in (1, 2, 4, 5, 8, 9, 16, 17, 1000)]
    assert widths == [1, 4, 4, 8, 8, 16, 16, 32, 1008]
    widths = [kernels.padded_width(k, np.float64) for k in (1, 2, 3, 4, 5, 8, 9, 1000)]
    assert widths == [1, 2, 4, 4, 8, 8, 16, 1000]
