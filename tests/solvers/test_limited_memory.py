"""The recursion on inner products: against the plain one, SciPy, and a closed form."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import minimize, rosen, rosen_der

from sklinear_gd import SoftmaxGDClassifier
from sklinear_gd.solvers import lbfgs
from sklinear_gd.solvers.limited_memory import CHUNK, Pairs, minimize_many

SETTINGS = {"memory": 6, "max_iter": 500, "max_line_search": 30, "tol": 1e-8}


def two_loop(gradient, steps, changes):
    """Nocedal, Wright (2006), algorithm 7.4, on vectors."""
    q, pairs, alphas = gradient.copy(), list(zip(steps, changes, strict=True)), []
    for s, y in reversed(pairs):
        alphas.append(s @ q / (s @ y))
        q -= alphas[-1] * y
    if pairs:
        s, y = pairs[-1]
        q *= (s @ y) / (y @ y)
    for (s, y), alpha in zip(pairs, reversed(alphas), strict=True):
        q += (alpha - y @ q / (s @ y)) * s
    return -q


def never(x, value):
    """Go on."""
    return False


@pytest.mark.parametrize("memory", [1, 3, 20])
@pytest.mark.parametrize("n", [5, 2 * CHUNK + 3])
def test_the_direction_is_that_of_the_two_loops(n, memory):
    """Whatever pairs have made room for others, direction and slope are the textbook's."""
    rng = np.random.default_rng(0)
    bend = rng.uniform(1, 10, n)
    pairs, xs, gradients = Pairs(memory, n, np.float64), [rng.normal(size=n)], []
    gradients.append(bend * xs[0])
    for _ in range(8):
        direction = np.empty(n)
        slope = pairs.direction(gradients[-1], direction)
        steps, changes = np.diff(xs, axis=0)[-memory:], np.diff(gradients, axis=0)[-memory:]
        expected = two_loop(gradients[-1], steps, changes)
        np.testing.assert_allclose(direction, expected, rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(slope, direction @ gradients[-1], rtol=1e-10)
        xs.append(xs[-1] + 0.5 * direction + 0.01 * rng.normal(size=n))
        gradients.append(bend * xs[-1])
        pairs.add(xs[-2], xs[-1], gradients[-2], gradients[-1])


def test_rosenbrocks_valley_is_followed_to_its_end():
    """The minimum of Rosenbrock's function of 10 variables is found, as SciPy finds it."""
    values, start = [], np.full(10, -1.0)

    def note(x, value):
        values.append((value, x))
        return False

    reason = minimize_many(lambda x: (rosen(x), rosen_der(x)), start, note, **SETTINGS)
    assert reason == "tol"
    np.testing.assert_allclose(values[-1][1], 1, atol=1e-6)
    assert all(now <= before for (before, _), (now, _) in pairwise(values))
    found = minimize(rosen, start, jac=rosen_der, method="L-BFGS-B", options={"maxcor": 6})
    assert len(values) < 2 * found.nit
    assert (start == -1).all()


def test_it_ends_where_asked():
    """A callback that says True, the iterations, and a step that leads nowhere end the run."""
    function, start = (lambda x: (rosen(x), rosen_der(x))), np.full(4, -1.0)
    assert minimize_many(function, start, lambda x, value: True, **SETTINGS) == "callback"
    assert minimize_many(function, start, never, **SETTINGS | {"max_iter": 2}) == "max_iter"
    uphill = minimize_many(lambda x: (rosen(x), -rosen_der(x)), start, never, **SETTINGS)
    assert uphill == "line_search"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_many_parameters_end_where_scipy_ends(dtype, digits, monkeypatch):
    """Both ways to the optimum of a softmax, with all conditioning, give the same model."""
    X, y = digits[0][:400].astype(dtype), digits[1][:400]
    clf = SoftmaxGDClassifier(solver="lbfgs", alpha=0.01, tol=1e-9, max_iter=500)
    scipys = clf.fit(X, y).coef_
    monkeypatch.setattr(lbfgs, "MANY", 0)
    clf.fit(X, y)
    assert clf.converged_
    np.testing.assert_allclose(clf.coef_, scipys, atol=2e-3 if dtype == np.float32 else 1e-4)
