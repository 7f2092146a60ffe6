"""Gradient descent on any function, as a method of scipy.optimize.minimize."""

import numpy as np
import pytest
from scipy.optimize import Bounds, minimize, rosen, rosen_der
from sklearn.base import clone

from sklinear_gd.optimizers import OPTIMIZERS, GradientDescent, Optimizer
from sklinear_gd.schedules import SCHEDULES

CURVATURE = np.diag([1.0, 6.0, 20.0])
TARGET = np.array([1.0, -2.0, 0.5])
every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS)


def bowl(x):
    """A quadratic function with its minimum, 0, at TARGET."""
    return 0.5 * (x - TARGET) @ CURVATURE @ (x - TARGET)


def bowl_gradient(x):
    """Its gradient."""
    return CURVATURE @ (x - TARGET)


def descend(x0=(0.0, 0.0, 0.0), fun=bowl, jac=bowl_gradient, maxiter=100, **settings):
    """Minimize with a GradientDescent of these settings."""
    method = GradientDescent(**settings)
    return minimize(fun, x0, jac=jac, method=method, options={"maxiter": maxiter})


def test_one_variable():
    """f = w² from 3, rate 0.1, ten steps: 3 · 0.8¹⁰, and every iterate on the way."""
    found = descend([3.0], lambda w: w[0] ** 2, lambda w: 2 * w, maxiter=10, learning_rate=0.1)
    np.testing.assert_allclose(found.path[:, 0], 3 * 0.8 ** np.arange(11), rtol=1e-12)
    np.testing.assert_allclose(found.path_fun, found.path[:, 0] ** 2, rtol=1e-15)
    np.testing.assert_array_equal(found.rates, [0.1] * 10)
    assert (found.nit, found.status, found.success) == (10, 1, False)
    assert found.x[0] == pytest.approx(3 * 0.8**10)


def test_two_variables_move_together():
    """Both are computed from the old values: not one from the other's new one."""

    def gradient(w):
        return np.array([2 * w[0] + w[1], 2 * w[1] + w[0]])

    found = descend(
        [1.0, 2.0], lambda w: w @ w + w[0] * w[1], gradient, maxiter=1, learning_rate=0.1
    )
    np.testing.assert_allclose(found.x, [1 - 0.1 * 4, 2 - 0.1 * 5], rtol=1e-15)
    found = descend([1.0, 2.0], lambda w: w @ w, lambda w: 2 * w, maxiter=25, learning_rate=0.1)
    np.testing.assert_allclose(found.x, np.array([1.0, 2.0]) * 0.8**25, rtol=1e-12)


@every_optimizer
def test_steps_are_the_optimizers(optimizer):
    """The path is what the optimizer makes of the gradients, rate by rate."""
    found = descend(optimizer=optimizer, learning_rate=0.03, schedule="exponential", maxiter=20)
    rule, x = OPTIMIZERS[optimizer](), np.zeros(3)
    state = rule.init(x)
    for k in range(20):
        rule.step(x, bowl_gradient(x), state, 0.03 * 0.95**k)
        rule.extrapolate(x, state)
        np.testing.assert_allclose(found.path[k + 1], x, rtol=1e-13)
    np.testing.assert_allclose(found.rates, 0.03 * 0.95 ** np.arange(20))


@pytest.mark.parametrize("schedule", [key for key, cls in SCHEDULES.items() if not cls.searches])
def test_every_schedule_serves(schedule):
    """Each schedule leads down the bowl, none above its factor's largest rate."""
    found = descend(learning_rate=0.05, schedule=schedule, maxiter=300)
    assert found.fun < 0.2 * bowl(np.zeros(3))
    assert found.rates.max() <= 0.05 * (1 + 1e-12)


def test_a_list_of_rates():
    """A sequence of rates, one a step, is a function of the step."""
    rates = [0.1, 0.01, 0.03]
    found = descend(learning_rate=1.0, schedule=lambda k: rates[k], maxiter=3)
    np.testing.assert_allclose(found.rates, rates)


def test_line_search_takes_the_best_of_several():
    """Of several rates each step keeps the one with the lowest value, not always the same."""
    rates = [0.01, 0.04, 0.09, 0.5]
    found = descend(learning_rate=rates, maxiter=30)
    assert len(set(found.rates)) > 1
    for start, rate, value in zip(found.path, found.rates, found.path_fun[1:], strict=False):
        tried = [bowl(start - r * bowl_gradient(start)) for r in rates]
        assert value == min(tried)
        assert rate == rates[int(np.argmin(tried))]
    assert found.fun < descend(learning_rate=0.01, maxiter=30).fun


def test_exact_step():
    """The rate at which the slope along the step vanishes: g·g / g·Hg for a quadratic."""
    found = descend(learning_rate="exact", maxiter=10)
    for start, rate, end in zip(found.path, found.rates, found.path[1:], strict=False):
        g = bowl_gradient(start)
        assert rate == pytest.approx(g @ g / (g @ CURVATURE @ g), rel=1e-9)
        assert abs(bowl_gradient(end) @ g) < 1e-9 * (g @ g)
    assert descend([3.0], lambda w: w[0] ** 2, lambda w: 2 * w, learning_rate="exact").nit == 1


def test_exact_step_without_a_minimum():
    """Where the function falls for ever the descent ends with a message, not in a loop."""
    found = descend([1.0], lambda x: -(x[0] ** 2), lambda x: -2 * x, learning_rate="exact")
    assert not found.success
    assert "finite" in found.message


def test_saddle():
    """At the saddle of x² - y² nothing moves; beside it the descent leaves along y."""

    def saddle(x):
        return x[0] ** 2 - x[1] ** 2

    def gradient(x):
        return np.array([2 * x[0], -2 * x[1]])

    at = descend([0.0, 0.0], saddle, gradient)
    assert (at.nit, at.success) == (0, True)
    assert "saddle" in at.message
    towards = descend([1.0, 0.0], saddle, gradient, maxiter=200)
    np.testing.assert_allclose(towards.x, 0, atol=1e-8)
    away = descend([1.0, 1e-6], saddle, gradient, maxiter=100)
    assert away.fun < -1.0
    assert abs(away.x[0]) < 1e-8


def test_plateau_and_local_minimum():
    """A plateau stops plain descent at once; which minimum is found depends on the start."""

    def clipped(x):
        return min(float(x[0] ** 2), 1.0)

    def slope(x):
        return 2 * x if x[0] ** 2 < 1 else 0 * x

    assert descend([5.0], clipped, slope).nit == 0
    assert descend([0.9], clipped, slope).fun < 1e-12

    def two_wells(x):
        return x[0] ** 4 - 2 * x[0] ** 2 + 0.3 * x[0]

    def two_wells_slope(x):
        return 4 * x**3 - 4 * x + 0.3

    left = descend([-2.0], two_wells, two_wells_slope, learning_rate=0.03, maxiter=500)
    right = descend([2.0], two_wells, two_wells_slope, learning_rate=0.03, maxiter=500)
    assert left.success
    assert right.success
    assert left.x[0] < 0 < right.x[0]
    assert left.fun < right.fun


def test_converges_as_scipy_does():
    """On the bowl each optimizer comes near the minimum that BFGS finds."""
    exact = minimize(bowl, np.zeros(3), jac=bowl_gradient, method="BFGS", tol=1e-10)
    for optimizer, rate in [("sgd", 0.05), ("momentum", 0.02), ("nesterov", 0.02), ("adam", 0.05)]:
        found = descend(optimizer=optimizer, learning_rate=rate, maxiter=3000)
        np.testing.assert_allclose(found.x, exact.x, atol=1e-6)


def test_too_large_a_rate_is_said():
    """A descent that overflows ends with status 2 and the cure, the path as far as it went."""
    found = descend(learning_rate=1e3, maxiter=10_000)
    assert (found.success, found.status) == (False, 2)
    assert "learning_rate" in found.message
    assert len(found.path) == found.nit + 1
    assert not np.isfinite(found.path_fun[-1])


@pytest.mark.parametrize("jac", [rosen_der, True, None], ids=["function", "with f", "none"])
def test_the_gradient_in_every_form(jac):
    """A function, jac=True, or no jac at all, which takes forward differences."""
    fun = (lambda x: (rosen(x), rosen_der(x))) if jac is True else rosen
    found = descend([0.5, 0.5], fun, jac, maxiter=20, learning_rate=1e-3)
    expected = descend([0.5, 0.5], rosen, rosen_der, maxiter=20, learning_rate=1e-3)
    np.testing.assert_allclose(found.path, expected.path, rtol=1e-5)
    assert found.njev == (0 if jac is None else 21)
    assert found.nfev == (21 + 3 * 21 if jac is None else 21)


def test_args_and_tol():
    """``args`` reach function and gradient; ``tol`` is the gradient that counts as zero."""
    found = minimize(
        lambda x, c: float((x - c) @ (x - c)),
        [0, 0],  # integers
        args=(np.array([1.0, 2.0]),),
        jac=lambda x, c: 2 * (x - c),
        method=GradientDescent(),
        tol=1e-3,
    )
    assert found.success
    assert 1e-4 < np.abs(found.jac).max() <= 1e-3


def test_callback_sees_and_stops():
    """Both of SciPy's forms of a callback are called once a step, and StopIteration ends it."""
    seen = []

    def by_value(xk):
        seen.append(xk.copy())

    def by_result(intermediate_result):
        if intermediate_result.fun < 1.0:
            raise StopIteration

    method = GradientDescent(learning_rate=0.05)
    found = minimize(
        bowl,
        np.zeros(3),
        jac=bowl_gradient,
        method=method,
        callback=by_value,
        options={"maxiter": 7},
    )
    np.testing.assert_array_equal(seen, found.path[1:])
    stopped = minimize(bowl, np.zeros(3), jac=bowl_gradient, method=method, callback=by_result)
    assert stopped.status == 3
    assert stopped.path_fun[-1] < 1.0 <= stopped.path_fun[-2]


def test_user_functions_cannot_change_the_path():
    """What the function writes into its argument does not reach the descent."""

    def vandal(x):
        value = bowl(x)
        x[:] = 1e9
        return value

    assert descend(fun=vandal, learning_rate=0.05).fun == descend(learning_rate=0.05).fun


BAD = [
    ({"learning_rate": 0}, "learning_rate=0"),
    ({"learning_rate": [0.1, -1]}, "learning_rate=-1"),
    ({"learning_rate": []}, r"learning_rate=\[\]"),
    ({"learning_rate": "fast"}, "learning_rate='fast'.*'exact'"),
    ({"optimizer": "sdg"}, "optimizer='sdg'"),
    ({"schedule": "poly"}, "schedule='poly'"),
    ({"maxiter": -1}, "maxiter=-1"),
]


@pytest.mark.parametrize(("settings", "named"), BAD, ids=str)
def test_bad_settings_are_named(settings, named):
    """A bad setting is named with its value."""
    with pytest.raises(ValueError, match=named):
        descend(**settings)


def test_what_cannot_be_kept_is_refused():
    """Bounds, constraints and options of other methods are refused, not ignored."""
    method = GradientDescent()
    with pytest.raises(ValueError, match="bounds"):
        minimize(bowl, np.zeros(3), jac=bowl_gradient, method=method, bounds=Bounds(0, 1))
    with pytest.raises(ValueError, match="constraints"):
        minimize(bowl, np.zeros(3), method=method, constraints=[{"type": "eq", "fun": bowl}])
    with pytest.raises(ValueError, match=r"'xtol'.*maxiter, gtol"):
        minimize(bowl, np.zeros(3), method=method, options={"xtol": 1})


def test_it_is_a_component():
    """It clones and prints, and takes an optimizer of one's own."""

    class SignSGD(Optimizer):
        def step(self, params, gradient, state, rate):
            state["t"] += 1
            params -= rate * np.sign(gradient)
            return rate

    method = clone(GradientDescent(SignSGD(), learning_rate=[0.5, 0.1]))
    assert "SignSGD()" in repr(method)
    found = minimize(bowl, np.zeros(3), jac=bowl_gradient, method=method, options={"maxiter": 20})
    assert found.fun < 0.1
