"""SAGA: linear convergence at a constant rate, to the optimum of other solvers."""

from functools import partial

import numpy as np
import pytest
from scipy import sparse

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier, kernels
from sklinear_gd._parameters import resolve_plan
from sklinear_gd._rows import Rows
from sklinear_gd.optimizers import SAGA
from sklinear_gd.schedules import Adaptive
from sklinear_gd.solvers import State
from sklinear_gd.solvers.variance_reduction import Memory

SETTINGS = {"optimizer": "saga", "schedule": "constant", "batch_size": 16, "alpha": 0.02,
            "tol": None, "random_state": 0}  # fmt: skip
LOSSES = {
    "softmax": SoftmaxGDClassifier(),
    "smoothed labels": SoftmaxGDClassifier(label_smoothing=0.1),
    "one-vs-rest": SVMGDClassifier(multi_class="ovr", loss="squared_hinge"),
    "Weston-Watkins": SVMGDClassifier(multi_class="weston_watkins", loss="squared_hinge"),
}


def trained(estimator, X, y, sample_weight=None, **params):
    """A fit of SAGA with this estimator's loss."""
    return estimator.__class__(**{**estimator.get_params(), **SETTINGS, **params}).fit(
        X, y, sample_weight=sample_weight
    )


@pytest.mark.parametrize(
    ("loss", "penalty"), [*((loss, "l2") for loss in LOSSES), ("softmax", "l1"), ("softmax", None)]
)
def test_the_optimum_is_that_of_lbfgs(loss, penalty, three_classes):
    """At a constant rate the objective is L-BFGS's to 1e-6, or less, with weights, too."""
    X, y = three_classes
    weights = np.random.default_rng(0).uniform(0.2, 3.0, size=len(y))
    clf = trained(LOSSES[loss], X, y, weights, penalty=penalty, max_iter=400)
    best = LOSSES[loss].__class__(**LOSSES[loss].get_params())
    best.set_params(solver="lbfgs", penalty=penalty, alpha=0.02, tol=1e-13, max_iter=3000)
    best.fit(X, y, sample_weight=weights)
    # L-BFGS itself may stop early beside the kinks of a penalty.
    assert clf.objective_ <= best.objective_ * (1 + 1e-6)
    assert clf.optimality(X, y, weights).residual < 1e-5
    assert len(set(clf.history_["learning_rate"])) == 1


def test_convergence_is_linear(three_classes):
    """The distance from the optimum falls by a factor in every ten epochs, to rounding."""
    X, y = three_classes
    best = SoftmaxGDClassifier(solver="lbfgs", alpha=0.02, tol=1e-13).fit(X, y).objective_
    clf = trained(SoftmaxGDClassifier(), X, y, max_iter=10, warm_start=True)
    gaps = [clf.objective_ - best]
    while gaps[-1] > 1e-10 and len(gaps) < 50:
        gaps.append(clf.fit(X, y).objective_ - best)
    assert len(gaps) >= 4
    assert (np.divide(gaps[1:], gaps[:-1]) < 0.7).all()
    # The same steps without memory settle at some distance.
    rate = clf.history_["learning_rate"][0]
    plain = trained(SoftmaxGDClassifier(), X, y, optimizer="sgd", max_iter=300,
                    precondition="full", learning_rate=rate)  # fmt: skip
    assert plain.objective_ - best > 1e-6


@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array])
def test_momentum_saves_epochs(convert, three_classes):
    """Epochs that begin beyond where the last one ended come nearer the optimum."""
    X, y = three_classes
    params = {"alpha": 1e-3, "max_iter": 40, "precondition": False, "batch_size": 4}
    best = SoftmaxGDClassifier(solver="lbfgs", alpha=1e-3, tol=1e-13).fit(X, y).objective_
    gaps = [
        trained(SoftmaxGDClassifier(), convert(X), y, optimizer=optimizer, **params).objective_
        - best
        for optimizer in (SAGA(), SAGA(epoch_momentum=False))
    ]
    assert 0 <= gaps[0] < 0.3 * gaps[1]


def test_momentum_begins_anew_where_the_objective_rises(three_classes):
    """The epochs that count are those since a rise; the first has no memory, and does not."""
    X, y = three_classes
    clf = SoftmaxGDClassifier(optimizer="saga", batch_size=3)
    objective = clf._objective(Rows(X, y, None), np.unique(y))
    memory = Memory(objective, resolve_plan(clf), State(objective.zeros(), seed=0))
    runs = []
    for value in (5.0, 4.0, 3.0, 3.5, 3.2):
        memory.begin_epoch()
        memory.observe(value)
        runs.append(memory.kept["run"])
    assert runs == [0, 1, 2, 1, 2]


BOUNDS = [
    *((name, {}) for name in LOSSES),
    ("softmax", {"penalty": "elasticnet"}),
    ("softmax", {"max_norm": 0.5}),
    ("softmax", {"fit_intercept": False}),
    ("plain", {"optimizer": SAGA(dual=False), "schedule": "adaptive"}),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "params"), BOUNDS)
def test_the_memory_bounds_the_optimum(name, params, dtype, three_classes, monkeypatch):
    """The table's dual objective is no more than the optimum, and nears it from epoch to epoch."""
    X, y = three_classes[0].astype(dtype), three_classes[1]
    weights = np.random.default_rng(0).uniform(0.2, 3.0, size=len(y))
    bounds, real = [], Memory.reason_to_stop

    def reason_to_stop(memory, value, stall):
        bounds.append((value, memory.dual_value()))
        return real(memory, value, stall)

    monkeypatch.setattr(Memory, "reason_to_stop", reason_to_stop)
    estimator = {**LOSSES, "plain": SVMGDClassifier()}[name]
    params = {"max_iter": 150, **params}
    clf = trained(estimator, X, y, weights, **params)
    found = clf.optimality(X, y, weights)
    values, duals = np.array(bounds).T
    # Half a millionth is rounding.
    assert (duals <= found.objective + 5e-7).all()
    assert duals[-1] > duals[0]
    if name != "plain":  # whose derivatives jump, and their mean with them
        assert duals[-1] >= found.lower_bound - 1e-3 * values[-1]


def test_the_bound_is_its_formula(three_classes):
    """Of any table and intercept: conjugates, the penalty's, and what an intercept may change."""
    X, y = three_classes
    clf = SoftmaxGDClassifier(optimizer="saga", batch_size=3, alpha=0.3)
    objective = clf._objective(Rows(X, y, None), np.unique(y))
    rng = np.random.default_rng(0)
    state = State(objective.zeros(), seed=0)
    W, b = objective.split(state.params)
    W[...], b[...] = rng.normal(size=W.shape), 5 * rng.normal(size=3)
    memory = Memory(objective, resolve_plan(clf), state)
    p = rng.dirichlet(np.ones(3), size=len(y))
    memory.table[:, :3] = derivatives = p - np.eye(3)[y]
    gradient, mean = X.T @ derivatives / len(y), derivatives.mean(axis=0)
    value = -np.sum(p * np.log(p)) / len(y) - np.sum(gradient**2) / (2 * 0.3)
    assert memory.dual_value() == pytest.approx(value + b @ mean - np.abs(mean).sum())


@pytest.mark.parametrize("tol", [1e-2, 1e-4])
def test_ends_where_little_is_missing(tol, many_rows, monkeypatch):
    """No more than tol is missing then; patience alone takes longer, and tol=None runs on."""
    X, y = many_rows
    params = {"tol": tol, "max_iter": 100, "alpha": 0.1, "n_iter_no_change": 5, "batch_size": 4}
    clf = trained(SoftmaxGDClassifier(), X, y, **params)
    best = SoftmaxGDClassifier(solver="lbfgs", alpha=0.1, tol=1e-13).fit(X, y).objective_
    assert clf.stop_reason_ == "tol"
    assert clf.objective_ - best <= tol * clf.objective_
    with monkeypatch.context() as patch:
        patch.setattr(Memory, "reason_to_stop", lambda *arguments: None)
        assert trained(SoftmaxGDClassifier(), X, y, **params).n_iter_ > clf.n_iter_
    assert trained(SoftmaxGDClassifier(), X, y, **{**params, "tol": None}).n_iter_ == 100


def test_parameters_stay_in_the_ball(three_classes):
    """An epoch that begins beyond the last one's end begins within max_norm, and ends there."""
    X, y = three_classes
    free = trained(SoftmaxGDClassifier(), X, y, alpha=1e-4, max_iter=200)
    radius = 0.5 * np.linalg.norm(free.coef_, axis=1).max()
    params = {"alpha": 1e-4, "max_iter": 200, "max_norm": radius}
    clf = trained(SoftmaxGDClassifier(), X, y, **params)
    assert np.linalg.norm(clf.coef_, axis=1).max() <= radius * (1 + 1e-9)
    still = trained(SoftmaxGDClassifier(), X, y, optimizer=SAGA(epoch_momentum=False), **params)
    assert clf.objective_ == pytest.approx(still.objective_, rel=1e-4)


def test_subgradients_of_a_hinge(three_classes):
    """SAGA(dual=False) goes along subgradients, at a rate that falls near to the optimum."""
    X, y = three_classes
    best = SVMGDClassifier(solver="lbfgs", alpha=0.02, tol=1e-9).fit(X, y).objective_
    clf = trained(SVMGDClassifier(), X, y, optimizer=SAGA(dual=False), max_iter=1000, tol=1e-6,
                  n_iter_no_change=30, schedule=Adaptive(divisor=2.0, patience=10))  # fmt: skip
    assert "table_before" not in clf._state["optimizer"]
    assert clf.objective_ == pytest.approx(best, rel=2e-2)


def test_dense_and_sparse_are_equal(three_classes):
    """Dense rows and CSR rows make the same iterates, to rounding."""
    X, y = three_classes
    X = X * (np.random.default_rng(0).random(X.shape) < 0.5)
    for params in ({}, {"penalty": "l1"}, {"dropout": 0.2}):
        dense, csr = (
            trained(SoftmaxGDClassifier(), matrix, y, max_iter=10, **params)
            for matrix in (X, sparse.csr_array(X))
        )
        np.testing.assert_allclose(dense.coef_, csr.coef_, rtol=1e-8, atol=1e-10)


def test_the_gradient_is_exact_where_the_memory_is_fresh(three_classes):
    """At the point of the table every batch's gradient is that of all rows, and stays so."""
    X, y = three_classes
    clf = SoftmaxGDClassifier(optimizer="saga", batch_size=3)
    objective = clf._objective(Rows(X, y, None), np.unique(y))
    params = objective.zeros()
    params[:, : objective.n_scores] = 0.1
    memory = Memory(objective, resolve_plan(clf), State(params, seed=0))
    memory.gradient(np.arange(90), 90, np.zeros_like(params), rate=0.1)
    memory.begin_epoch()
    exact = np.zeros_like(params)
    objective.value_and_gradient(params, exact)
    for batch in (np.array([3, 7, 1]), np.arange(90)):
        gradient = np.zeros_like(params)
        memory.gradient(batch, len(batch), gradient, rate=0.1)
        np.testing.assert_allclose(gradient, exact, atol=1e-14)


def test_the_mean_follows_the_table(three_classes):
    """An epoch begins with the mean gradient of what the table remembers, on rows of any kind."""
    X, y = three_classes
    for matrix in (X, sparse.csr_array(X)):
        clf = SoftmaxGDClassifier(optimizer="saga", batch_size=3)
        objective = clf._objective(Rows(matrix, y, None), np.unique(y)).on(np.arange(80))
        table, drawn = objective.zeros_of_rows(), np.random.default_rng(0).normal(size=(90, 3))
        table[:, :3] = drawn
        state = State(objective.zeros(), seed=0, optimizer={"table": table})
        memory = Memory(objective, resolve_plan(clf), state)
        memory.begin_epoch()
        W, b = objective.split(memory.mean)
        np.testing.assert_allclose(W, X[:80].T @ drawn[:80] / 80, atol=1e-14)
        np.testing.assert_allclose(b, drawn[:80].mean(axis=0), atol=1e-14)


@pytest.mark.skipif(not kernels.available, reason="no kernels here")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch_size", [1, 7])
@pytest.mark.parametrize("loss", LOSSES)
def test_the_kernel_makes_the_steps_of_the_formula(
    loss, batch_size, dtype, assert_kernel_is_formula
):
    """Compiled epochs lead where array formulas lead, dense and sparse, whatever the variables."""
    close = {"rtol": 2e-4, "atol": 2e-5} if dtype == "float32" else {"rtol": 1e-10, "atol": 1e-12}
    for params in ({"learning_rate": 0.03, "schedule": "cosine"}, {"fit_intercept": False}):
        fit = partial(trained, LOSSES[loss], max_iter=4, batch_size=batch_size, **params)
        assert_kernel_is_formula(fit, Memory, dtype, **close)


@pytest.mark.skipif(not kernels.available, reason="no kernels here")
def test_a_strong_penalty_is_kept(three_classes):
    """Weights that shrink fast are settled in time; formulas serve where they change sign."""
    X, y = three_classes
    best = SoftmaxGDClassifier(solver="lbfgs", alpha=20.0, tol=1e-13).fit(X, y).objective_
    for rate in (0.001, 0.02, 0.04):
        clf = trained(SoftmaxGDClassifier(), X, y, alpha=20.0, learning_rate=rate, batch_size=1,
                      max_iter=300)  # fmt: skip
        assert clf.objective_ == pytest.approx(best, rel=1e-6)


@pytest.mark.skipif(not kernels.available, reason="no kernels here")
def test_the_kernel_refuses_what_it_cannot_do(three_classes):
    """Arrays of another kind are named."""
    X, y = three_classes
    X = np.ascontiguousarray(X)
    objective = SoftmaxGDClassifier()._objective(Rows(X, y, None), np.unique(y))
    params, mean, table = objective.zeros(), objective.zeros(), objective.zeros_of_rows()
    drift, order, ones = np.zeros((90, 3)), np.arange(90), np.ones(90)
    design = objective.design
    last = 3, True, objective.loss

    def call(drift=drift, table=table, rates=ones):
        course = kernels.Course.of(rates, 0.0)
        kernels.saga(design.kernel_rows, objective.y, None, order, 1, params, mean, table, drift,
                     *last, course, ones)  # fmt: skip

    with pytest.raises(ValueError, match="drift must be"):
        call(drift=drift[:, :2])
    with pytest.raises(ValueError, match="table must be"):
        call(table=table[:50])
    with pytest.raises(ValueError, match="updates do not fit 90 rows"):
        call(rates=ones[:2])


@pytest.mark.skipif(not kernels.available, reason="no kernels here")
def test_features_of_one_unit_share_a_scale(three_classes):
    """precondition="auto" scales rows as they are where the features are alike, else each."""
    X, y = three_classes
    X = X * (np.random.default_rng(0).random(X.shape) < 0.2)
    for factor, alike in ((1.0, True), (1000.0, False)):
        raw = X.copy()
        raw[:, 0] *= factor
        clf = trained(SoftmaxGDClassifier(), sparse.csr_array(raw), y, max_iter=2, warm_start=True)
        scale, center = clf._state["conditioning"]
        assert (len(np.unique(scale)) == 1) == alike
        assert (center is None) == alike


def test_other_rows_after_a_warm_start(three_classes):
    """A warm start on other data, of as many rows or fewer, still ends at their optimum."""
    X, y = three_classes
    for rows in (np.arange(90)[::-1], np.arange(60)):
        clf = trained(SoftmaxGDClassifier(), X, y, warm_start=True, max_iter=20)
        clf.set_params(max_iter=400).fit(X[rows], y[rows])
        best = SoftmaxGDClassifier(solver="lbfgs", alpha=0.02, tol=1e-13).fit(X[rows], y[rows])
        assert clf.objective_ == pytest.approx(best.objective_, rel=1e-6)


def test_rows_as_they_come_are_refused(three_classes):
    """partial_fit has no rows to remember, and says what has none either."""
    clf = SoftmaxGDClassifier(optimizer="saga")
    with pytest.raises(ValueError, match="remembers each row and needs all the data at once"):
        clf.partial_fit(*three_classes, classes=[0, 1, 2])
