"""What ``optimality`` of the estimators returns beside the bound, and what it leaves alone."""

import doctest
import pickle

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier, optimality
from sklinear_gd.penalties import PENALTIES

SMOOTH = [
    (SoftmaxGDClassifier, {"label_smoothing": 0.1}),
    (SVMGDClassifier, {"loss": "squared_hinge"}),
    (SVMGDClassifier, {"loss": "squared_hinge", "multi_class": "ovr"}),
]


def residual_by_differences(clf, X, y, weights):
    """Return ‖V - prox(V - ∇)‖ over W and b, with ∇ of the loss by central differences of F."""
    coef, intercept = clf.coef_.copy(), clf.intercept_.copy()
    alpha, penalty = clf.alpha, clf.penalty
    clf.set_params(penalty=None)
    V = np.vstack([coef.T, intercept])
    gradient = np.zeros_like(V)
    for place in np.ndindex(V.shape):
        sides = []
        for step in (1e-5, -1e-5):
            W = V.copy()
            W[place] += step
            clf.coef_, clf.intercept_ = W[:-1].T, W[-1]
            sides.append(clf.objective(X, y, weights))
        gradient[place] = (sides[0] - sides[1]) / 2e-5
    clf.set_params(penalty=penalty)
    clf.coef_, clf.intercept_ = coef, intercept
    l2 = {"l2": 1.0, "elasticnet": 1 - clf.l1_ratio}.get(penalty, 0.0)
    l1 = {"l1": 1.0, "elasticnet": clf.l1_ratio}.get(penalty, 0.0)
    moved = V - gradient
    moved[:-1] -= alpha * l2 * V[:-1]
    W = moved[:-1]
    W[...] = np.sign(W) * np.maximum(np.abs(W) - alpha * l1, 0)
    if penalty == "group_lasso":
        norms = np.sqrt((W**2).sum(axis=1, keepdims=True))
        W *= np.maximum(0, 1 - alpha / norms)
    return np.linalg.norm(V - moved)


@pytest.mark.parametrize("penalty", [*PENALTIES, None])
@pytest.mark.parametrize(("cls", "params"), SMOOTH)
def test_residual_is_the_proximal_gradient_map(cls, params, penalty, three_classes):
    """The residual is what a proximal gradient step of size 1 moves, with weights and any R."""
    X, y = three_classes
    weights = np.random.default_rng(0).exponential(size=len(y))
    clf = cls(**params, penalty=penalty, alpha=0.05, l1_ratio=0.4, max_iter=3, tol=None)
    clf.fit(X, y, weights)
    found = clf.optimality(X, y, weights).residual
    assert found == pytest.approx(residual_by_differences(clf, X, y, weights), rel=1e-5)


@pytest.mark.parametrize("penalty", ["l2", "l1", "elasticnet", None])
def test_residual_vanishes_at_the_optimum(penalty, three_classes):
    """The residual is 0 at the optimum, and grows with the distance from it."""
    X, y = three_classes
    clf = SoftmaxGDClassifier(penalty=penalty, alpha=0.02, solver="lbfgs", tol=1e-15, max_iter=3000)
    clf.fit(X, y)
    at_optimum = clf.optimality(X, y).residual
    assert at_optimum < 1e-6
    clf.coef_ = clf.coef_ + 0.01
    clf.intercept_ = clf.intercept_ + np.array([0.01, 0.0, -0.01])
    assert clf.optimality(X, y).residual > 1e-3


@pytest.mark.parametrize("cls", [SoftmaxGDClassifier, SVMGDClassifier])
def test_the_estimator_is_left_alone(cls, three_classes):
    """Measuring changes neither the model nor the data, and repeats to the bit."""
    X, y = three_classes
    clf = cls(max_iter=5, tol=None, random_state=0).fit(X, y)
    before = pickle.dumps(clf)
    first = clf.optimality(X, y)
    assert pickle.dumps(clf) == before
    assert clf.optimality(X, y) == first


def test_a_sparsified_model_is_the_same(three_classes):
    """Weights in CSR form give the same numbers."""
    X, y = three_classes
    clf = SoftmaxGDClassifier(penalty="l1", alpha=0.1, solver="lbfgs").fit(X, y)
    dense = clf.optimality(X, y)
    assert clf.sparsify().optimality(X, y) == dense


def test_scaled_weights_and_zero_weights(three_classes):
    """Scaling all weights changes nothing, and rows of weight 0 are not there."""
    X, y = three_classes
    weights = np.random.default_rng(0).integers(0, 3, size=len(y)).astype(float)
    clf = SVMGDClassifier(solver="lbfgs", alpha=0.05).fit(X, y, weights)
    some = clf.optimality(X, y, weights)
    scaled = clf.optimality(X, y, 1000 * weights)
    kept = clf.optimality(X[weights > 0], y[weights > 0], weights[weights > 0])
    for other in (scaled, kept):
        assert other.objective == pytest.approx(some.objective, rel=1e-12)
        assert other.lower_bound == pytest.approx(some.lower_bound, rel=1e-6)
    assert some.relative_gap < 1e-2


def test_a_wreck_has_a_bound(three_classes):
    """Weights beyond all measure give a large gap, not an error or a warning."""
    X, y = three_classes
    clf = SVMGDClassifier(loss="squared_hinge").fit(X, y)
    least = clf.objective_
    for size in (1e10, 1e200):
        clf.coef_ = np.full_like(clf.coef_, size) * [[1], [2], [3]]
        found = clf.optimality(X, y)
        assert found.objective > 1e10
        assert 0 <= found.lower_bound <= least


def test_wrong_calls_are_named(three_classes):
    """An unfitted model, a wrong number of iterations and unknown labels are errors that say so."""
    X, y = three_classes
    with pytest.raises(NotFittedError):
        SoftmaxGDClassifier().optimality(X, y)
    clf = SoftmaxGDClassifier().fit(X, y)
    for wrong in (-1, 2.5, True):
        with pytest.raises(ValueError, match=f"max_iter={wrong!r} must be an integer"):
            clf.optimality(X, y, max_iter=wrong)
    with pytest.raises(ValueError, match="label at index"):
        clf.optimality(X, np.where(y == 0, 5, y))


def test_the_example_runs():
    """The example in the docstring shows what it says."""
    assert doctest.testmod(optimality).failed == 0
