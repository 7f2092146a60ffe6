"""Turned axes: rotations, found from the rows."""

import pickle

import numpy as np
import pytest
from scipy import sparse

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.conditioning import axes, basis, in_basis
from sklinear_gd.designs import as_design
from sklinear_gd.losses import LOSSES
from sklinear_gd.objective import Objective
from sklinear_gd.penalties import L2

N_AXES = 5
SPREAD = np.array([9.0, 5.0, 3.0, 2.0, 1.5, 0.4, 0.3, 0.2, 0.1])


@pytest.fixture(autouse=True)
def few_axes(monkeypatch):
    """Find 5 axes in place of 256."""
    monkeypatch.setattr(axes, "PRINCIPAL", N_AXES)


@pytest.fixture(scope="module")
def spiked():
    """X (300, 9), whose variance lies along turned axes, around a mean; y of 3 classes; weights."""
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.normal(size=(9, 9)))[0]
    y = rng.integers(0, 3, size=300)
    X = (rng.normal(size=(300, 9)) + rng.normal(size=(3, 9))[y]) * SPREAD @ turn + 7
    return X, y, rng.uniform(0.2, 3.0, size=300)


def objective_of(X, y, weights=None, fit_intercept=True):
    """Softmax with an L2 penalty."""
    layout = {"n_scores": 3, "fit_intercept": fit_intercept}
    return Objective(
        as_design(X), y.astype(np.int32), weights, LOSSES["softmax"](), L2(), 0.1, **layout
    )


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_the_first_axes_are_those_of_the_largest_variance(fit_intercept, spiked):
    """They are the eigenvectors of the weighted covariance, or of the second moments."""
    X, y, weights = spiked
    found = basis(objective_of(X, y, weights, fit_intercept), "principal")
    assert found.directions.shape == found.reflectors.shape == (9, N_AXES)
    covariance = np.cov(X.T, aweights=weights, ddof=0)
    if not fit_intercept:
        assert found.mean is None
        covariance = X.T * (weights / weights.sum()) @ X
    expected = np.linalg.eigh(covariance)[1][:, ::-1][:, :N_AXES]
    Q = found.rotate(np.eye(9))
    alike = np.abs(np.sum(Q[:, :N_AXES] * expected, axis=0))
    np.testing.assert_allclose(alike, 1, atol=1e-6)


@pytest.mark.parametrize("metric", ["full", "principal"])
@pytest.mark.parametrize("turn", ["turned", "own axes", "own axes, reversed", "constant"])
def test_turning_is_a_rotation(turn, metric, spiked):
    """Lengths and angles stay, whatever the axes are, and turning back undoes it."""
    X, y, _ = spiked
    if turn.startswith("own"):
        X = np.random.default_rng(0).normal(size=X.shape)
        X = np.linalg.qr(X - X.mean(axis=0))[0] * SPREAD[:: -1 if "reversed" in turn else 1]
    elif turn == "constant":
        X = np.ones_like(X)
    found = basis(objective_of(X, y), metric)
    Q = found.rotate(np.eye(9))
    np.testing.assert_allclose(Q.T @ Q, np.eye(9), atol=1e-12)
    rng = np.random.default_rng(1)
    coef, intercept = rng.normal(size=(9, 3)), rng.normal(size=3)
    np.testing.assert_allclose(found.along_axes(coef), Q.T @ coef, atol=1e-12)
    turned = found.turn(coef, intercept)
    np.testing.assert_allclose((X - found.mean) @ Q @ turned[0] + turned[1], X @ coef + intercept)
    for one, other in zip(found.turn_back(*turned), (coef, intercept), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-10)


@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array], ids=["dense", "csr"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_objective_is_the_same_function(dtype, convert, spiked):
    """In turned axes F has the value that it has at the weights turned back."""
    X, y, weights = spiked
    objective = objective_of(convert(X.astype(dtype)), y, weights)
    turned = in_basis(objective, basis(objective, "principal"))
    assert turned.design.dtype == dtype
    params = turned.zeros()
    rng = np.random.default_rng(2)
    params[:, :3] = rng.normal(size=(10, 3))
    W, b = turned.split(params)
    own = objective.zeros()
    own_W, own_b = objective.split(own)
    own_W[...], own_b[...] = turned.basis.turn_back(W.astype(np.float64), b.astype(np.float64))
    assert turned.value(params) == pytest.approx(
        objective.value(own), rel=10 * float(np.finfo(dtype).eps)
    )


@pytest.mark.parametrize("solver", ["gd", "lbfgs"])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_principal_axes_lead_to_the_same_optimum(fit_intercept, solver, spiked):
    """Objective and weights end where those in the user's own variables do."""
    X, y, weights = spiked
    params = {"alpha": 0.01, "fit_intercept": fit_intercept, "random_state": 0}
    least = SoftmaxGDClassifier(solver="lbfgs", precondition=False, tol=1e-12, max_iter=5000)
    least.set_params(**params).fit(X, y, weights)
    clf = SoftmaxGDClassifier(precondition="principal", solver=solver, tol=1e-9, **params)
    clf.fit(X, y, weights)
    assert clf.objective_ == pytest.approx(least.objective_, rel=1e-4)
    np.testing.assert_allclose(clf.coef_, least.coef_, atol=0.05)
    assert clf.objective(X, y, weights) == pytest.approx(clf.objective_, rel=1e-10)


@pytest.mark.parametrize("cls", [SVMGDClassifier, SoftmaxGDClassifier])
def test_a_model_goes_on_along_its_axes(cls, spiked):
    """Saved and loaded between two fits, it ends where one fit of all epochs does."""
    X, y, _ = spiked
    params = {"precondition": "principal", "schedule": "constant", "tol": None, "random_state": 0}
    whole = cls(max_iter=6, **params).fit(X, y)
    part = pickle.loads(pickle.dumps(cls(max_iter=3, warm_start=True, **params).fit(X, y)))
    part.fit(X, y)
    np.testing.assert_allclose(part.coef_, whole.coef_, rtol=1e-9)
    np.testing.assert_allclose(part.intercept_, whole.intercept_, rtol=1e-9)
