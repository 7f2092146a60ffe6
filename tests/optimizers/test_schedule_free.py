"""Schedule-free Adam: the model is the average, and it is in the domain of penalty and ball."""

import numpy as np
import pytest

from sklinear_gd import SoftmaxGDClassifier
from sklinear_gd.optimizers import ScheduleFree

FREE = {"optimizer": "schedule_free", "schedule": "constant", "tol": None, "random_state": 0}


def test_the_average_is_weighted_by_squared_rates():
    """x is the mean of all z, each with the square of its step's rate as weight."""
    rule, params = ScheduleFree(beta=0.6), np.array([[1.0, -2.0]])
    state, points, rng = rule.init(params), [], np.random.default_rng(0)
    rates = [0.1, 0.4, 0.2, 0.3]
    for rate in rates:
        rule.step(params, rng.normal(size=(1, 2)), state, rate)
        points.append(params.copy())
        rule.extrapolate(params, state)
    expected = np.average(points, axis=0, weights=np.square(rates))
    np.testing.assert_allclose(state["average"], expected, rtol=1e-13)
    np.testing.assert_allclose(params, 0.4 * points[-1] + 0.6 * expected, rtol=1e-13)


def test_the_definition_with_the_usual_constants():
    """Some steps as the paper writes them, with β = 0.9, β₂ = 0.999 and ε = 1e-8."""
    rule, params = ScheduleFree(), np.array([[1.0, -2.0], [0.5, 3.0]])
    state, rng = rule.init(params), np.random.default_rng(1)
    y = z = x = params.copy()
    square, weight = 0.0, 0.0
    for t in range(1, 7):
        gradient, rate = y + rng.normal(size=y.shape), 0.1 * t
        rule.step(params, params + (gradient - y), state, rate)
        rule.extrapolate(params, state)
        square = 0.999 * square + 0.001 * gradient**2
        z = z - rate * gradient / (np.sqrt(square / (1 - 0.999**t)) + 1e-8)
        weight += rate**2
        x = x + rate**2 / weight * (z - x)
        y = 0.1 * z + 0.9 * x
        np.testing.assert_allclose(params, y, rtol=1e-12)
        np.testing.assert_allclose(state["average"], x, rtol=1e-12)


@pytest.mark.parametrize("precondition", ["diagonal", "full", False])
def test_a_constant_rate_arrives(precondition, many_rows):
    """Without a schedule the objective ends near the optimum, nearer than Adam at that rate."""
    X, y = many_rows
    best = SoftmaxGDClassifier(solver="lbfgs", alpha=0.01, tol=1e-10).fit(X, y).objective_
    settings = {**FREE, "alpha": 0.01, "precondition": precondition, "max_iter": 40}
    free = SoftmaxGDClassifier(**settings, learning_rate=0.1).fit(X, y)
    plain = SoftmaxGDClassifier(**{**settings, "optimizer": "adam"}, learning_rate=0.1).fit(X, y)
    assert free.objective_ < best * 1.005
    assert free.objective_ - best < 0.5 * (plain.objective_ - best)


def test_the_model_keeps_the_ball(three_classes):
    """The average of points in the ball of max_norm is in it."""
    clf = SoftmaxGDClassifier(**FREE, max_norm=0.2, max_iter=50).fit(*three_classes)
    norms = np.linalg.norm(clf.coef_, axis=1)
    assert 0.1 < norms.max() <= 0.2 * (1 + 1e-12)


def test_new_weights_start_a_new_average(three_classes):
    """Given weights in a warm start are where the average begins anew."""
    X, y = three_classes
    clf = SoftmaxGDClassifier(**FREE, precondition=False, warm_start=True, max_iter=30).fit(X, y)
    start = 0.5 * clf.coef_
    clf.set_params(max_iter=1, learning_rate=1e-12).fit(X, y, coef_init=start)
    np.testing.assert_allclose(clf.coef_, start, atol=1e-8)


@pytest.mark.parametrize(("parameter", "value"), [("beta", 1.0), ("beta2", -0.1), ("epsilon", 0.0)])
def test_check_refuses(parameter, value):
    """A parameter out of range is named with its value."""
    with pytest.raises(ValueError, match=f"ScheduleFree: {parameter}={value}"):
        ScheduleFree(**{parameter: value}).check()
