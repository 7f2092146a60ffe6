"""With the metric that it returns, every optimizer settles at the true optimum."""

import numpy as np
import pytest

from sklinear_gd.losses import SoftmaxCrossEntropy
from sklinear_gd.optimizers import OPTIMIZERS
from sklinear_gd.penalties import L1, L2, ElasticNet, GroupLasso

ALPHA = 0.03
PENALTIES = {"l1": L1(), "elasticnet": ElasticNet(l1_ratio=0.5), "group_lasso": GroupLasso()}
# Rates and schedules with which each rule settles: steps divided by the gradient's size must
# shrink for that, the others need not.
SETTINGS = {
    "sgd": (1.0, lambda share: 1.0),
    "momentum": (0.3, lambda share: 1.0),
    "nesterov": (0.3, lambda share: 1.0),
    "accelerated": (0.3, lambda share: 1.0),
    "schedule_free": (0.3, lambda share: 1.0),
    "saga": (0.3, lambda share: 1.0),
    "adagrad": (1.0, lambda share: 1.0),
    "rmsprop": (0.3, lambda share: 1e-6**share),
    "adam": (0.3, lambda share: (1 + np.cos(np.pi * share)) / 2),
}

# The rules whose metric is the rate itself.
SCALAR = ("sgd", "accelerated", "saga")
# An average is near the optimum, not at it.
INEXACT = (*SCALAR, "schedule_free")


class Problem:
    """A small softmax regression with an unpenalised intercept: the loss at W = params[:-1]."""

    def __init__(self, penalty):
        rng = np.random.default_rng(0)
        self.penalty = penalty
        X = rng.normal(size=(60, 6)) * [1, 2, 0.5, 1, 1, 1]
        W = np.zeros((6, 3))
        W[:3] = rng.normal(size=(3, 3))
        self.y = (X @ W + rng.normal(size=(60, 3))).argmax(axis=1)
        self.X = np.c_[X, np.ones(60)]
        self.start = np.zeros((7, 3))

    def value(self, params):
        """Return the objective."""
        loss = SoftmaxCrossEntropy().formula(self.X @ params, self.y)[0].mean()
        return loss + ALPHA * self.penalty.value(params[:-1])

    def gradient(self, params):
        """Return the gradient of the smooth part of the objective."""
        d_scores = SoftmaxCrossEntropy().formula(self.X @ params, self.y)[1]
        gradient = self.X.T @ d_scores / 60
        self.penalty.add_gradient(params[:-1], gradient[:-1], ALPHA)
        return gradient

    def residual(self, params):
        """Return by how much a proximal gradient step of length 1 would move the parameters."""
        moved = params - self.gradient(params)
        self.penalty.prox(moved[:-1], ALPHA)
        return np.abs(params - moved).max()

    def fista(self, n_iter=1500):
        """Return the optimum by FISTA with restarts: an algorithm of its own."""
        step = 1 / (0.5 * np.linalg.eigvalsh(self.X.T @ self.X / 60).max() + ALPHA)
        params, point, t = self.start, self.start, 1.0
        for _ in range(n_iter):
            new = point - step * self.gradient(point)
            self.penalty.prox(new[:-1], ALPHA * step)
            restart = np.sum((point - new) * (new - params)) > 0
            t, t_new = (1.0, 1.0) if restart else (t, (1 + np.sqrt(1 + 4 * t**2)) / 2)
            point, params, t = new + (t - 1) / t_new * (new - params), new, t_new
        return params

    def train(self, rule, rate, schedule, n_steps, scalar_metric=False):
        """Return the parameters after full-batch steps, each followed by the prox."""
        params = self.start.copy()
        state = rule.init(params)
        for t in range(n_steps):
            now = rate * schedule(t / n_steps)
            metric = rule.step(params, self.gradient(params), state, now)
            step = np.broadcast_to(now if scalar_metric else metric, params.shape)[:-1]
            self.penalty.prox(params[:-1], ALPHA * step)
            rule.extrapolate(params, state)
        return params


@pytest.fixture(scope="module", params=PENALTIES)
def problem(request):
    """Return a problem for each penalty with kinks, and its optimum."""
    problem = Problem(PENALTIES[request.param])
    problem.optimum = problem.fista()
    assert problem.residual(problem.optimum) < 1e-12
    return problem


@pytest.mark.parametrize("name", [key for key, cls in OPTIMIZERS.items() if not cls.averages])
def test_settles_at_the_optimum(problem, name):
    """Full-batch training ends at FISTA's optimum, with the same exact zeros."""
    params = problem.train(OPTIMIZERS[name](), *SETTINGS[name], n_steps=3000)
    assert problem.residual(params) < 1e-7
    assert problem.value(params) - problem.value(problem.optimum) < 1e-11
    params[-1] -= params[-1].mean()  # one number added to all intercepts changes nothing
    np.testing.assert_allclose(params, problem.optimum, atol=1e-5)
    zeros = problem.optimum[:-1] == 0
    assert 0 < zeros.sum() < zeros.size
    np.testing.assert_array_equal(params[:-1] == 0, zeros)


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name not in INEXACT])
def test_scalar_metric_settles_elsewhere(problem, name):
    """With the learning rate as the step of the prox, rules of another metric miss the optimum."""
    params = problem.train(OPTIMIZERS[name](), *SETTINGS[name], 500, scalar_metric=True)
    assert problem.value(params) - problem.value(problem.optimum) > 1e-3


@pytest.mark.parametrize("name", [key for key, cls in OPTIMIZERS.items() if not cls.averages])
def test_smooth_problem(name):
    """With the smooth penalty alone the gradient vanishes in the end."""
    problem = Problem(L2())
    params = problem.train(OPTIMIZERS[name](), *SETTINGS[name], n_steps=3000)
    assert np.abs(problem.gradient(params)).max() < 1e-7
