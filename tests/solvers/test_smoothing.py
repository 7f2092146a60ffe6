"""A smoothed plain hinge and what it says of the plain one: against SciPy and LinearSVC."""

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import approx_fprime, minimize
from sklearn.svm import LinearSVC

from sklinear_gd.designs import as_design
from sklinear_gd.losses import LOSSES
from sklinear_gd.objective import Objective
from sklinear_gd.penalties import L2
from sklinear_gd.solvers.smoothing import Smoothing

HINGES = ("weston_watkins", "crammer_singer", "ovr")
ALPHA = 0.02


def make(X, y, name="weston_watkins", n_scores=3, **settings):
    """The objective of a plain hinge with an L2 penalty, without intercept unless asked."""
    settings = {"fit_intercept": False, "weights": None} | settings
    return Objective(
        as_design(X), y.astype(np.int32), loss=LOSSES[name](), penalty=L2(), alpha=ALPHA,
        n_scores=n_scores, **settings
    )  # fmt: skip


def evaluate(smoothing, flat, shape):
    """Value and gradient at W and b in a row, without padding."""
    objective = smoothing.objective
    params, gradient = objective.zeros(), objective.zeros()
    params[:, : shape[1]] = flat.reshape(shape)
    value = smoothing.value_and_gradient(params, gradient)
    return value, gradient[:, : shape[1]].ravel().copy()


def solve(smoothing, flat, shape):
    """The minimum of the smoothed objective, by SciPy; the last evaluation is there."""
    settings = {"gtol": 1e-10, "ftol": 0.0, "maxiter": 2000}
    found = minimize(
        lambda x: evaluate(smoothing, x, shape), flat, jac=True, method="L-BFGS-B", options=settings
    )
    evaluate(smoothing, found.x, shape)
    return found.x


@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("name", HINGES)
def test_the_gradient_is_that_of_the_values(name, convert, three_classes):
    """With weights, an intercept and learnt shifts, differences of values give the gradient."""
    X, y = three_classes
    rng = np.random.default_rng(0)
    weights, shape = rng.uniform(0.1, 2, len(y)), (X.shape[1] + 1, 3)
    objective = make(convert(X), y, name, weights=weights, fit_intercept=True)
    smoothing, flat = Smoothing(objective, 0.4), rng.normal(size=shape).ravel()
    for width in (0.3, 0.7):
        _, gradient = evaluate(smoothing, flat, shape)
        slopes = approx_fprime(flat, lambda x: evaluate(smoothing, x, shape)[0], 1e-6)
        np.testing.assert_allclose(gradient, slopes, rtol=1e-4, atol=1e-5)
        evaluate(smoothing, flat + 0.1, shape)
        smoothing.move(width)


@pytest.mark.parametrize("name", HINGES)
def test_the_plain_objective_is_told_beside_the_smoothed_one(name, three_classes):
    """`value` is F itself; the cost is above 0, and vanishes with the width."""
    X, y = three_classes
    objective, shape = make(X, y, name), (X.shape[1], 3)
    smoothing, sharp = Smoothing(objective, 0.5), Smoothing(objective, 1e-9)
    for seed in range(5):
        flat = np.random.default_rng(seed).normal(size=12)
        for one in (smoothing, sharp):
            evaluate(one, flat, shape)
            assert one.value == pytest.approx(objective.value(one.params), rel=1e-12)
        assert smoothing.cost > 1e-4 > 1e-8 > abs(sharp.cost)


def test_multipliers_reach_the_optimum_at_one_width(two_classes):
    """Smoothed about learnt derivatives a wide smoothing ends at LinearSVC's; about 0 it does not.

    And what is said to be missing to that optimum is so, at every step.
    """
    X, y = two_classes
    reference = LinearSVC(
        C=1 / (len(y) * ALPHA), loss="hinge", fit_intercept=False, tol=1e-9, max_iter=10**6
    ).fit(X, y)  # fmt: skip
    shape = X.shape[1], 1
    objective = make(X, y, n_scores=1)
    smoothing, flat = Smoothing(objective, 1.0), np.zeros(X.shape[1])
    optimum = evaluate(Smoothing(objective, 1e-9), reference.coef_.ravel(), shape)[0]
    above = []
    for _ in range(30):
        flat = solve(smoothing, flat, shape)
        above.append(smoothing.value - optimum)
        assert -1e-9 <= above[-1] <= smoothing.cost + 1e-8
        smoothing.note(0.0)
        nearest = smoothing.nearest
        assert nearest.missing >= objective.value(nearest.params) - optimum - 1e-8
        smoothing.move(1.0)
    assert above[0] > 1e-3
    assert above[-1] < 1e-4
    assert smoothing.nearest.missing < 1e-3


def test_the_nearest_evaluation_is_kept(three_classes):
    """Of those that were noted, the one of the least cost and what it left unsolved."""
    X, y = three_classes
    objective, shape = make(X, y), (X.shape[1], 3)
    smoothing, costs = Smoothing(objective, 0.5), []
    for size, unsolved in ((2.0, 5.0), (0.1, 0.25), (1.0, 0.3)):
        evaluate(smoothing, size * np.ones(12), shape)
        smoothing.note(unsolved)
        costs.append(smoothing.cost + unsolved)
    assert smoothing.nearest.missing == min(costs) == costs[1]
    np.testing.assert_array_equal(smoothing.nearest.params[:, :3], 0.1)
    assert smoothing.nearest.all_shifts() is None
    smoothing.move(0.5)
    evaluate(smoothing, np.zeros(12), shape)
    smoothing.note(-1.0)
    assert smoothing.nearest.all_shifts().shape == (len(y), 3)
