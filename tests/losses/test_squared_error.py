"""The squared error: against ridge regression, and the least-squares line."""

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import RidgeClassifier

from sklinear_gd import SVMGDClassifier
from sklinear_gd.losses import SquaredError
from sklinear_gd.optimizers import GradientDescent


@pytest.mark.parametrize("data", ["two_classes", "three_classes"])
def test_the_optimum_is_that_of_ridge_classification(data, request):
    """With L2 it is RidgeClassifier's problem, at a strength of n_samples alpha / 2."""
    X, y = request.getfixturevalue(data)
    clf = SVMGDClassifier(
        loss=SquaredError(), alpha=0.05, solver="lbfgs", tol=1e-15, max_iter=500
    ).fit(X, y)
    ridge = RidgeClassifier(alpha=len(y) * 0.05 / 2, solver="cholesky").fit(X, y)
    np.testing.assert_allclose(clf.coef_, np.atleast_2d(ridge.coef_), atol=1e-6)
    np.testing.assert_allclose(clf.intercept_, ridge.intercept_, atol=1e-6)


def test_values_by_hand():
    """The squared distances from +1 in the own column and -1 elsewhere; one column is class 1's."""
    scores = np.array([[1.0, -1.0, -1.0], [0.0, 0.0, 0.0], [2.0, -3.0, 0.5]])
    values, d_scores = SquaredError().formula(scores, np.array([0, 1, 2]))
    np.testing.assert_allclose(values, [0.0, 3.0, 9.0 + 4.0 + 0.25])
    np.testing.assert_allclose(d_scores[2], [6.0, -4.0, -1.0])
    values, d_scores = SquaredError().formula(np.array([[3.0], [3.0]]), np.array([0, 1]))
    np.testing.assert_allclose(values, [16.0, 4.0])
    np.testing.assert_allclose(d_scores, [[8.0], [4.0]])


@pytest.fixture
def points():
    """Return points (x, y) beside a line."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 2, size=40)
    return x, 0.5 + 3.0 * x + 0.3 * rng.normal(size=40)


@pytest.mark.parametrize("method", [GradientDescent("sgd", learning_rate=0.2), "BFGS"], ids=str)
def test_least_squares_line(points, method):
    """The line of least squares is that of numpy.linalg.lstsq and of the normal equations."""
    x, y = points
    A = np.column_stack([np.ones_like(x), x])

    def mean_loss(w):
        values, d_scores = SquaredError().formula((A @ w)[:, None], y)
        return values.mean(), A.T @ d_scores[:, 0] / len(x)

    found = minimize(mean_loss, [0.0, 0.0], jac=True, method=method, tol=1e-12)
    np.testing.assert_allclose(found.x, np.linalg.lstsq(A, y, rcond=None)[0], rtol=1e-8)
    np.testing.assert_allclose(found.x, np.linalg.solve(A.T @ A, A.T @ y), rtol=1e-8)
    assert mean_loss(found.x)[0] == pytest.approx(np.mean((found.x[0] + found.x[1] * x - y) ** 2))
