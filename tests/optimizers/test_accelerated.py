"""Accelerated gradient descent: its restarts, its speed, its zeros."""

import numpy as np
import pytest
from sklearn import datasets

from sklinear_gd import SoftmaxGDClassifier
from sklinear_gd.optimizers import AcceleratedGradient
from sklinear_gd.penalties import Penalty

FULL = {"optimizer": "accelerated", "batch_size": "full", "schedule": "constant", "tol": None}


def descend(curvatures, n_steps, rule):
    """The values of ½ Σ c x² along the rule's path from 1."""
    x, values = np.ones((1, len(curvatures))), []
    state = rule.init(x)
    for _ in range(n_steps):
        rule.step(x, curvatures * x, state, 1 / curvatures.max())
        rule.extrapolate(x, state)
        values.append(0.5 * np.sum(curvatures * x**2))
    return np.array(values)


def test_first_steps_by_hand():
    """The momentum of step k is k / (k + 3) times the last change of x."""
    rule, y = AcceleratedGradient(), np.array([[4.0]])
    state, x_old = rule.init(y), 4.0
    for k in range(4):
        x = y[0, 0] - 0.01 * y[0, 0]
        rule.step(y, y.copy(), state, 0.01)
        assert y[0, 0] == x
        rule.extrapolate(y, state)
        assert y[0, 0] == pytest.approx(x + k / (k + 3) * (x - x_old), rel=1e-14)
        x_old = x


def test_it_restarts_where_momentum_points_uphill():
    """Past the minimum the momentum is forgotten, and grows anew from 0."""
    rule, y = AcceleratedGradient(), np.array([[1.0]])
    state, counts = rule.init(y), []
    for _ in range(60):
        rule.step(y, y.copy(), state, 0.05)
        rule.extrapolate(y, state)
        counts.append(state["steps"])
    restarts = np.flatnonzero(np.diff(counts) < 0)
    assert len(restarts) >= 2
    assert all(counts[place + 1] == 1 for place in restarts)


def test_convergence_is_linear_in_the_root_of_the_condition():
    """At condition 10⁴ some hundreds of steps do what plain descent needs tens of thousands for."""
    curvatures = np.geomspace(1e-4, 1.0, 30)
    values = descend(curvatures, 3000, AcceleratedGradient())
    assert values[-1] < 1e-10 * values[0]
    # Plain descent: every coordinate shrinks by 1 - c in each step.
    assert 0.5 * np.sum(curvatures * (1 - curvatures) ** 6000) > 1e-6


@pytest.mark.parametrize(("name", "most"), [("wine", 107), ("breast_cancer", 918), ("iris", 106)])
def test_raw_data(name, most):
    """On raw features, centred and scaled inside, it is near the optimum in few iterations."""
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    params = {"alpha": 1e-2, "precondition": "diagonal"}
    best = SoftmaxGDClassifier(solver="lbfgs", tol=1e-12, max_iter=3000, **params).fit(X, y)
    clf = SoftmaxGDClassifier(max_iter=2 * most, **params, **FULL).fit(X, y)
    assert clf.history_["objective"].min() < best.objective_ * (1 + 1e-4)


@pytest.mark.parametrize("penalty", ["l1", "elasticnet", "group_lasso"])
def test_kinks_and_zeros(penalty, three_classes):
    """With a penalty with kinks the end is a fixed point of the proximal gradient, with zeros."""
    clf = SoftmaxGDClassifier(penalty=penalty, alpha=0.15, max_iter=400, **FULL)
    found = clf.fit(*three_classes).optimality(*three_classes)
    assert found.residual < 1e-7
    assert (clf.coef_ == 0).any()


def test_no_point_leaves_the_domain_of_the_penalty(three_classes):
    """Where the penalty is infinite the rule does not go, however far its momentum carries."""

    class NonNegative(Penalty):
        def value(self, W):
            return 0.0 if (W >= 0).all() else np.inf

        def prox(self, W, step):
            np.maximum(W, 0, out=W)

    clf = SoftmaxGDClassifier(penalty=NonNegative(), max_iter=200, **FULL).fit(*three_classes)
    assert np.isfinite(clf.history_["objective"]).all()
    assert (clf.coef_ >= 0).all()
    assert (clf.coef_ > 0).any()


def test_the_ball_is_kept_at_the_optimum(three_classes):
    """max_norm is a constraint of every point, and the end that of plain projected descent."""
    ends = [
        SoftmaxGDClassifier(max_norm=0.4, max_iter=2000, **{**FULL, "optimizer": optimizer})
        .fit(*three_classes)
        for optimizer in ("accelerated", "sgd")
    ]  # fmt: skip
    assert np.linalg.norm(ends[0].coef_, axis=1).max() <= 0.4 * (1 + 1e-12)
    assert ends[0].objective_ == pytest.approx(ends[1].objective_, rel=1e-7)
