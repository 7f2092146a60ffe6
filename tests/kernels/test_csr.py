"""Plain SGD over CSR rows is lazy; an average of the iterates makes the same call eager."""

import numpy as np
import pytest

from sklinear_gd import kernels
from sklinear_gd.losses import SoftmaxCrossEntropy
from sklinear_gd.optimizers import SGD

pytestmark = pytest.mark.skipif(
    not kernels.available, reason="compiled kernels are not built or switched off"
)


def train(problem, rates, batch_size, eager, l2=0.0, l1=0.0):
    """Parameters after SGD over all rows, lazily or eagerly."""
    params = problem.params.copy()
    kernels.train(
        order=np.arange(len(problem.y)),
        batch_size=batch_size,
        params=params,
        optimizer=SGD(),
        state=SGD().init(params),
        rates=rates,
        l2=l2,
        l1=l1,
        average=params.copy() if eager else None,
        **problem.call(SoftmaxCrossEntropy()),
    )
    return params


@pytest.mark.parametrize("l2", [0.0, 0.1, 2.0, 1 / 0.3, 8.0], ids=lambda l2: f"l2={l2:.3g}")
@pytest.mark.parametrize("l1", [0.0, 0.01])
@pytest.mark.parametrize("batch_size", [1, 8, 101])
def test_lazy_equals_eager(problem_of, dtype, n_classes, batch_size, l1, l2):
    """Also where l2 * rate is 1 (the old weights vanish) or more (their sign turns)."""
    problem = problem_of("csr32", dtype, n_classes)
    n_batches = -(-101 // batch_size)
    rates = np.where(np.arange(n_batches) % 3 == 1, 0.3, 0.02)
    lazy, eager = (train(problem, rates, batch_size, eager, l2, l1) for eager in (False, True))
    tolerance = 1e-4 if dtype == np.float32 else 1e-11
    np.testing.assert_allclose(lazy, eager, atol=tolerance * np.abs(eager).max())


def test_scale_of_many_shrinkages(problem_of, dtype):
    """A shrinkage that would take the common scale below every float is folded in time."""
    problem = problem_of("csr64", dtype, 3)
    rates = np.full(101, 0.9)
    lazy, eager = (train(problem, rates, 1, eager, l2=1.0, l1=1e-3) for eager in (False, True))
    tolerance = 1e-4 if dtype == np.float32 else 1e-11
    np.testing.assert_allclose(lazy, eager, atol=tolerance * np.abs(eager).max())


def test_untouched_features(problem_of, dtype):
    """Features that no row has are shrunk and thresholded like the others, to exact zeros."""
    problem = problem_of("csr32", dtype, 10, n_features=60)
    data, indices, indptr, _ = problem.rows
    problem.rows = kernels.CsrRows(data, indices % 30, indptr, 60)
    params = train(problem, np.full(13, 0.1), 8, False, l2=0.5, l1=0.05)
    expected = problem.params[30:60].astype(np.float64)
    for _ in range(13):
        expected *= 1 - 0.1 * 0.5
        expected = np.sign(expected) * np.maximum(np.abs(expected) - 0.1 * 0.05, 0)
    np.testing.assert_allclose(params[30:60], expected, atol=1e-6)
    assert 0 < (expected == 0).sum() < expected.size
    assert np.array_equal(params[30:60] == 0, expected == 0)


def test_l1_gives_exact_zeros(problem_of, storage, dtype):
    """With a strong L1 penalty weights are exactly 0, the intercept is not thresholded."""
    problem = problem_of(storage, dtype, 10)
    params = train(problem, np.full(26, 0.1), 4, False, l1=0.3)
    W, b = params[:-1, :10], params[-1, :10]
    assert 0.3 < (W == 0).mean() < 1
    assert np.all(b != 0)
