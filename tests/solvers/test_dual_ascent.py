"""SAGA of a plain hinge: dual coordinate ascent, to the optimum of L-BFGS and its certificate."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from sklinear_gd import SVMGDClassifier, kernels
from sklinear_gd._parameters import resolve_plan
from sklinear_gd._rows import Rows
from sklinear_gd.conditioning import centred
from sklinear_gd.optimizers import SAGA
from sklinear_gd.schedules import Adaptive
from sklinear_gd.solvers import State
from sklinear_gd.solvers.dual_ascent import DualMemory

HINGES = ("weston_watkins", "crammer_singer", "ovr")
DUAL = {"optimizer": "saga", "schedule": "constant", "batch_size": 1, "alpha": 0.02,
        "tol": None, "random_state": 0}  # fmt: skip


def trained(X, y, sample_weight=None, **params):
    """A fit by dual steps."""
    return SVMGDClassifier(**{**DUAL, **params}).fit(X, y, sample_weight=sample_weight)


@pytest.fixture
def counts():
    """Counts of words whose frequencies fall as 1 / rank, in three classes."""
    rng = np.random.default_rng(0)
    shares = 1 / np.arange(1, 2001)
    words = rng.choice(2000, (300, 60), p=shares / shares.sum())
    X = np.zeros((300, 2000))
    np.add.at(X, (np.arange(300)[:, None], words), 1.0)
    scores = X @ rng.normal(size=(2000, 3))
    return sparse.csr_array(X), (scores + 2 * rng.gumbel(size=scores.shape)).argmax(axis=1)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize(("batch_size", "most"), [(1, 5e-3), (8, 0.1)])
@pytest.mark.parametrize(
    ("multi_class", "n_classes"), [("weston_watkins", 2), *((name, 3) for name in HINGES)]
)
def test_the_optimum_is_certain(
    multi_class, n_classes, batch_size, most, fit_intercept, three_classes
):
    """The lower bound is neared, with weights; by single rows in fewer epochs than by batches."""
    X, y = three_classes
    y, weights = y % n_classes, np.random.default_rng(0).uniform(0.2, 3.0, size=len(y))
    clf = trained(X, y, weights, multi_class=multi_class, batch_size=batch_size, max_iter=100,
                  fit_intercept=fit_intercept)  # fmt: skip
    assert clf.optimality(X, y, weights, max_iter=2000).relative_gap < most
    assert len(set(clf.history_["learning_rate"])) == 1


@pytest.mark.skipif(not kernels.available, reason="rows are remembered in compiled code alone")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # of the reference
@pytest.mark.parametrize("alpha", [1e-2, 1e-4])
def test_defaults_arrive_on_counts(alpha, counts):
    """Without a parameter set, raw counts of very different frequency end at the optimum."""
    X, y = counts
    clf = SVMGDClassifier(alpha=alpha, random_state=0).fit(X, y)
    assert clf._state["optimizer_name"] == "SAGA"
    best = SVMGDClassifier(alpha=alpha, solver="lbfgs", max_iter=1000, tol=1e-8).fit(X, y)
    assert clf.objective_ <= max(1.01 * best.objective_, best.objective_ + 2e-3)


def test_the_weights_are_those_of_the_table(three_classes):
    """After an epoch the iterate is what the remembered derivatives of all centred rows make it."""
    X, y = three_classes
    for fit_intercept in (True, False):
        clf = trained(X, y, max_iter=3, fit_intercept=fit_intercept)
        table = clf._state["optimizer"]["table"][:, :3]
        center = X.mean(axis=0) if fit_intercept else 0.0
        expected = -(X - center).T @ table / (0.02 * len(y))
        np.testing.assert_allclose(clf._state["params"][: X.shape[1]], expected, atol=1e-10)


@pytest.mark.skipif(not kernels.available, reason="no kernels here")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # noise for labels
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch_size", [1, 7])
@pytest.mark.parametrize("multi_class", HINGES)
def test_the_kernel_makes_the_steps_of_the_formula(
    multi_class, batch_size, dtype, assert_kernel_is_formula
):
    """Compiled epochs lead where array formulas lead, dense and sparse, at any schedule."""
    tol = 2e-3 if dtype == "float32" else 1e-8
    for params in ({}, {"schedule": "cosine"}, {"fit_intercept": False}):
        fit = partial(trained, max_iter=4, multi_class=multi_class, batch_size=batch_size, **params)
        assert_kernel_is_formula(fit, DualMemory, dtype, rtol=tol, atol=tol)


def test_the_same_bits_for_any_number_of_threads(counts):
    """Threads change nothing in the model."""
    X, y = counts
    models = []
    for threads in (1, 2, 3):
        with threadpool_limits(threads, user_api="openmp"):
            models.append(trained(X, y, max_iter=5))
    for clf in models[1:]:
        np.testing.assert_array_equal(clf.coef_, models[0].coef_)
        np.testing.assert_array_equal(clf.intercept_, models[0].intercept_)


def test_training_goes_on_as_if_it_had_never_stopped(counts):
    """Three epochs and three more are six, to the bit."""
    X, y = counts
    clf = trained(X, y, max_iter=3, warm_start=True)
    clf.fit(X, y)
    whole = trained(X, y, max_iter=6)
    np.testing.assert_array_equal(clf.coef_, whole.coef_)
    np.testing.assert_array_equal(clf.intercept_, whole.intercept_)


def test_an_end_by_tol_is_certain(counts, monkeypatch):
    """At the defaults no more than a percent is missing, by a bound that asks for few epochs."""
    X, y = counts
    clf = trained(X, y, tol=1e-4, alpha=0.1)
    assert clf.stop_reason_ == "tol"
    assert clf.optimality(X, y).relative_gap < 0.01
    monkeypatch.setattr("sklinear_gd.solvers.dual_ascent.LOOSE", 0.1)
    assert trained(X, y, tol=1e-4, alpha=0.1).n_iter_ > clf.n_iter_


def test_another_penalty_after_a_warm_start(three_classes):
    """What is remembered serves another alpha, whose optimum is reached."""
    X, y = three_classes
    clf = trained(X, y, alpha=0.5, max_iter=20, warm_start=True)
    clf.set_params(alpha=0.02, max_iter=80).fit(X, y)
    assert clf.optimality(X, y).relative_gap < 5e-3


def test_weights_to_start_from(three_classes):
    """The optimum does not depend on given weights, but the way there does."""
    X, y = three_classes
    for n_epochs, is_same in ((1, False), (80, True)):
        clf = SVMGDClassifier(**DUAL, max_iter=n_epochs)
        far = clf.fit(X, y, coef_init=5 * np.ones((3, X.shape[1]))).objective_
        near = trained(X, y, max_iter=n_epochs).objective_
        assert (far == pytest.approx(near, rel=1e-3)) == is_same


@pytest.mark.parametrize("size", [0.0, 5.0])
def test_the_objective_never_rises(size, three_classes):
    """Each epoch leaves a model at least as good, from the start on, and its history is of it."""
    X, y = three_classes
    W = size * np.resize(np.eye(3, 2), (3, X.shape[1]))
    scores = X @ W.T
    lead = 1 + scores - np.take_along_axis(scores, y[:, None], axis=1)
    start = (np.maximum(lead, 0).sum(axis=1) - 1).mean() + 0.01 * (W**2).sum()
    clf = SVMGDClassifier(**DUAL, max_iter=30).fit(X, y, coef_init=W)
    objectives = clf.history_["objective"]
    assert clf.stop_reason_ == "max_iter"
    assert (np.diff([start, *objectives]) <= 0).all()
    assert clf.objective_ == objectives[-1]
    assert clf.objective(X, y) == pytest.approx(clf.objective_, rel=1e-12)


def test_rows_that_have_changed(three_classes):
    """Scores of earlier rows are not taken for those of others."""
    X, y = three_classes
    clf = trained(X, y, max_iter=3, warm_start=True)
    clf.fit(X[::-1] * 1.5, y)
    assert clf.objective(X[::-1] * 1.5, y) == pytest.approx(clf.objective_, rel=1e-12)


def test_rows_of_zeros(three_classes):
    """Rows that move nothing, without an intercept, break nothing."""
    X, y = three_classes
    X = X.copy()
    X[:30] = 0
    clf = trained(X, y, max_iter=60, fit_intercept=False)
    assert clf.optimality(X, y).relative_gap < 5e-3


@pytest.mark.parametrize(
    "params",
    [
        {"loss": "squared_hinge"},
        {"penalty": "l1"},
        {"penalty": "elasticnet"},
        {"penalty": None},
        {"optimizer": SAGA(momentum=0.5)},
        {"dropout": 0.2},
        {"average": True},
        {"learning_rate": 0.01},
        {"precondition": "diagonal"},
        {"precondition": False},
        {"batch_size": 90},
    ],
    ids=str,
)
def test_where_the_steps_stay_sagas(params, three_classes):
    """Other losses, penalties and options leave the rule as it is for smooth losses."""
    X, y = three_classes
    solver = SVMGDClassifier(**{**DUAL, **params})
    clf = solver.set_params(max_iter=2).fit(X, y)
    dual = trained(X, y, max_iter=2)
    assert not np.allclose(clf.coef_, dual.coef_)


@pytest.mark.parametrize("matrix", [np.asarray, sparse.csr_array])
def test_how_far_a_step_lowers_the_scores(matrix):
    """By w_i (|x_i - center|^2 + beta^2) / (a n) a row, times the batch."""
    rng = np.random.default_rng(0)
    X, y, weights = rng.normal(2, 1, size=(40, 5)), np.arange(40) % 3, rng.uniform(0.2, 3, size=40)
    clf = SVMGDClassifier(optimizer="saga", alpha=0.05)
    objective = clf._objective(Rows(matrix(X), y, weights), np.unique(y))
    average, conditioning = objective.zeros(), centred(objective)
    state = State(objective.zeros(), seed=0, average=average, conditioning=conditioning)
    plan = replace(resolve_plan(clf), batch_size=3)
    weights = weights / weights.mean()
    squares = ((X - np.average(X, axis=0, weights=weights)) ** 2).sum(axis=1)
    beta = np.average(squares, weights=weights) / 10
    expected = 3 * weights * (squares + beta) / (0.05 * 40)
    np.testing.assert_allclose(DualMemory(objective, plan, state).widths, expected, rtol=1e-10)


def test_the_dual_objective_rises_with_every_step():
    """Without an intercept no row's exchange lowers the lower bound, whatever the batch."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 5)), rng.integers(0, 3, size=40)
    clf = SVMGDClassifier(optimizer="saga", alpha=0.05, fit_intercept=False)
    objective = clf._objective(Rows(X, y, None), np.unique(y))
    for size in (1, 6):
        state = State(params=objective.zeros(), average=objective.zeros(), seed=0)
        plan = replace(resolve_plan(clf), batch_size=size)
        memory, values = DualMemory(objective, plan, state), []
        gradient = objective.zeros()
        for start in range(0, 40, size):
            batch = np.arange(start, min(start + size, 40))
            memory.gradient(batch, len(batch), gradient, memory.full_rate)
            state.params -= memory.full_rate * gradient
            table = memory.table[:, :3]
            W = objective.split(state.params)[0]
            np.testing.assert_allclose(W, -X.T @ table / (0.05 * 40), atol=1e-12)
            values.append(
                -objective.loss.conjugate(table, objective.y).mean() - 0.025 * np.sum(W**2)
            )
        assert (np.diff(values) > -1e-12).all()
        assert values[-1] > values[0]


@pytest.mark.filterwarnings("ignore:.*no step:sklearn.exceptions.ConvergenceWarning")  # reference
@pytest.mark.parametrize("multi_class", HINGES)
@pytest.mark.parametrize("schedule", ["adaptive", Adaptive(divisor=2.0, patience=2)], ids=str)
def test_an_adaptive_schedule_does_not_stop_it_short(schedule, multi_class):
    """While F rises and falls the rate stays, so that "tol" means the optimum of L-BFGS."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 30)) * (rng.random((120, 30)) < 0.3)
    y = (X @ rng.normal(size=(30, 3)) + 0.3 * rng.normal(size=(120, 3))).argmax(axis=1)
    params = {"alpha": 1e-4, "multi_class": multi_class}
    best = SVMGDClassifier(**params, solver="lbfgs", max_iter=3000).fit(X, y)
    clf = SVMGDClassifier(**params, optimizer="saga", schedule=schedule, random_state=0).fit(X, y)
    assert clf.stop_reason_ == "tol"
    assert clf.objective_ == pytest.approx(best.objective_, rel=0.02, abs=2e-3)
    assert len(set(clf.history_["learning_rate"])) == 1


@pytest.mark.parametrize("multi_class", HINGES)
def test_at_the_optimum_the_dual_objective_is_the_primal_one(multi_class, three_classes):
    """Strong duality: the value that judges when to stop is the optimum's, never above it."""
    X, y = three_classes
    weights = np.random.default_rng(0).uniform(0.2, 3.0, size=len(y))
    clf = trained(X, y, weights, multi_class=multi_class, max_iter=200)
    dual = clf._state["optimizer"]["dual_value"]
    assert dual == pytest.approx(clf.objective_, rel=1e-2)
    assert dual <= clf.objective_ * (1 + 1e-9)


def test_a_stall_far_from_the_optimum_warns():
    """Where rounding leaves nothing to exchange the end is not by tol, and is complained of."""
    X = 1e15 * np.random.default_rng(0).normal(size=(60, 10))
    y = X[:, :3].argmax(axis=1)
    clf = SVMGDClassifier(multi_class="crammer_singer", alpha=1.0, optimizer="saga", random_state=0)
    with pytest.warns(ConvergenceWarning, match="scale (the features|them)"):
        clf.fit(X, y)
    assert clf.stop_reason_ == "line_search"
    assert not clf.converged_


def test_squares_that_alpha_makes_overflow_are_refused(three_classes):
    """Infinite widths would leave every row as it is: row, alpha and cure are named."""
    X, y = three_classes
    with pytest.raises(ValueError, match=r"alpha=1e-12 is too small for X: the squares of row 0"):
        trained(1e150 * X, y, alpha=1e-12)


@pytest.mark.parametrize("multi_class", HINGES)
def test_the_end_is_known_in_float32_too(multi_class, three_classes):
    """Derivatives that rounding takes out of the domain leave a lower bound."""
    X, y = three_classes
    params = {"multi_class": multi_class, "tol": 1e-4, "max_iter": 500}
    wide = trained(X, y, **params)
    narrow = trained(X.astype(np.float32), y, **params)
    assert narrow.stop_reason_ == wide.stop_reason_ == "tol"
    assert narrow.objective_ == pytest.approx(wide.objective_, rel=1e-2)


@pytest.mark.parametrize("batch_size", [1, 7])
@pytest.mark.parametrize(("dtype", "offset"), [(np.float32, 1e4), (np.float64, 1e8)])
def test_features_that_centring_leaves_nothing_of(dtype, offset, batch_size):
    """Where the squares of centred rows are rounding the steps are SAGA's, not wrong dual ones."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(120, 30)) * (rng.random((120, 30)) < 0.3)
    y = (X @ rng.normal(size=(30, 3)) + 0.3 * rng.normal(size=(120, 3))).argmax(axis=1)
    params = {"alpha": 1.0, "schedule": "adaptive", "tol": 1e-4, "max_iter": 1000}
    clf = trained((X + offset).astype(dtype), y, **params, batch_size=batch_size)
    assert "dual_value" not in clf._state["optimizer"]
    assert clf.objective_ == pytest.approx(trained(X, y, **params).objective_, rel=1e-2)
