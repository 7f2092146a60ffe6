"""The suite's own objective, data and optimum."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.svm import LinearSVC

from benchmarks import newton, optimum, problems
from benchmarks.data import TINY, load, made_up
from benchmarks.problems import Model, Problem, objective


def naive(loss, scores, y):
    """The loss of one row, by loops over the classes."""
    wrong = [j for j in range(len(scores)) if j != y]
    if loss == "weston_watkins":
        return sum(max(0, 1 + scores[j] - scores[y]) for j in wrong)
    if loss == "crammer_singer":
        return max(0, max(1 + scores[j] - scores[y] for j in wrong))
    if loss == "ovr":
        return max(0, 1 - scores[y]) + sum(max(0, 1 + scores[j]) for j in wrong)
    return np.log(sum(np.exp(scores[j] - scores[y]) for j in range(len(scores))))


@pytest.mark.parametrize("loss", problems.LOSSES)
def test_objective_is_its_definition(loss):
    """The objective is the mean loss plus alpha / 2 times the squared norm of the weights."""
    data = load("mnist", "float64", tiny=True)
    rng = np.random.default_rng(0)
    model = Model(rng.standard_normal((4, data.X.shape[1])), rng.standard_normal(4))
    scores = data.X @ model.coef.T + model.intercept
    expected = np.mean([naive(loss, row, y) for row, y in zip(scores, data.y, strict=True)])
    expected += 0.3 / 2 * np.sum(model.coef**2)
    assert objective(Problem("mnist", loss, 0.3), data, model) == pytest.approx(expected)


def test_two_classes_have_one_score():
    """One column of scores is logistic regression."""
    data = load("mnist_high", "float64", tiny=True)
    model = Model(np.random.default_rng(0).standard_normal((1, data.X.shape[1])), np.zeros(1))
    p = 1 / (1 + np.exp(-data.X @ model.coef[0]))
    found = objective(Problem("mnist_high", "softmax", 0.0), data, model)
    assert found == pytest.approx(log_loss(data.y, p))


@pytest.mark.parametrize("name", ["mnist", "newsgroups", "mnist_high"])
def test_newton_finds_the_optimum_of_softmax(name):
    """The Newton method and LogisticRegression's own agree on the minimum."""
    data, problem = load(name, "float64", tiny=True), Problem(name, "softmax", 1e-2)
    found = newton.minimize(problem, data)
    peer = LogisticRegression(C=problem.C(len(data.y)), solver="newton-cg", tol=1e-10)
    peer.fit(data.X, data.y)
    expected = objective(problem, data, Model(peer.coef_, peer.intercept_))
    assert found.objective == pytest.approx(expected, rel=1e-7)
    assert found.gap <= 1e-8


@pytest.mark.parametrize("loss", ["weston_watkins", "crammer_singer"])
def test_newton_bounds_its_error_on_hinges(loss):
    """The duality gap of a hinge's optimum is small, so no model can be better by more."""
    data = load("mnist", "float64", tiny=True)
    problem = Problem("mnist", loss, 1e-2, fit_intercept=False)
    found = newton.minimize(problem, data, tol=1e-6)
    assert 0 <= found.gap <= 1e-6
    if loss == "crammer_singer":
        C = problem.C(len(data.y))
        peer = LinearSVC(multi_class=loss, C=C, fit_intercept=False, tol=1e-9, max_iter=100_000)
        coef = peer.fit(data.X, data.y).coef_
        expected = objective(problem, data, Model(coef, np.zeros(len(coef))))
        assert found.objective == pytest.approx(expected, rel=1e-5)


def test_optima_are_kept(tmp_path, monkeypatch):
    """An optimum is computed once for its data and read from the file from then on."""
    monkeypatch.setattr(optimum, "load", lambda *_: load("mnist", "float64", tiny=True))
    problem, path = Problem("mnist", "softmax", 1e-2), tmp_path / "optima.json"
    first = optimum.optimum(problem, path=path)
    monkeypatch.setattr(newton, "minimize", None)
    assert optimum.optimum(problem, path=path) == first


@pytest.mark.parametrize("name", TINY)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_data_have_the_dtype_asked_for(name, dtype):
    """Rows, labels and test rows fit together, dense or CSR, in the dtype asked for."""
    data = load(name, dtype, tiny=True)
    assert data.X.dtype == data.X_test.dtype == dtype
    assert data.X.shape[0] == len(data.y) and data.X_test.shape[0] == len(data.y_test)
    assert set(data.y) == set(range(data.n_classes))


def test_made_up_rows_have_the_density():
    """A made-up CSR matrix has about as many entries as it should, and every class."""
    X, y = made_up(500, 200, 5, density=0.05)
    assert sparse.issparse(X) and 8 <= X.nnz / 500 <= 10
    assert set(y) == set(range(5))
