"""SAGA: linear convergence at a constant rate, to the optimum of other solvers."""

import numpy as np
import pytest
from scipy import sparse

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd._rows import Rows
from sklinear_gd.solvers.variance_reduction import end_epoch, prepare_table, reduced_gradient

SAGA = {"optimizer": "saga", "schedule": "constant", "batch_size": 16, "alpha": 0.02,
        "tol": None, "random_state": 0}  # fmt: skip
LOSSES = {
    "softmax": SoftmaxGDClassifier(),
    "smoothed labels": SoftmaxGDClassifier(label_smoothing=0.1),
    "one-vs-rest": SVMGDClassifier(multi_class="ovr", loss="squared_hinge"),
    "Weston-Watkins": SVMGDClassifier(multi_class="weston_watkins", loss="squared_hinge"),
}


def trained(estimator, X, y, sample_weight=None, **params):
    """A fit of SAGA with this estimator's loss."""
    return estimator.__class__(**{**estimator.get_params(), **SAGA, **params}).fit(
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
    objective = SoftmaxGDClassifier()._objective(Rows(X, y, None), np.unique(y))
    params, state = objective.zeros(), {}
    params[...] = 0.1
    prepare_table(objective, params, state)
    exact = np.zeros_like(params)
    objective.sum_loss(params, objective.rows, 1 / len(y), exact)
    for batch in (np.array([3, 7, 1]), np.arange(90)):
        gradient = np.zeros_like(params)
        reduced_gradient(objective, params, batch, state, gradient)
        np.testing.assert_allclose(gradient, exact, atol=1e-14)


def test_the_mean_follows_the_table(three_classes):
    """After an epoch elsewhere the mean gradient is that of what the table remembers."""
    X, y = three_classes
    objective = SoftmaxGDClassifier()._objective(Rows(X, y, None), np.unique(y))
    params, state = objective.zeros(), {}
    prepare_table(objective, params, state)
    for k in range(7):
        params += 0.1
        reduced_gradient(objective, params, np.arange(k, 90, 7), state, np.zeros_like(params))
    end_epoch(state)
    W, b = objective.split(state["mean"])
    np.testing.assert_allclose(W, X.T @ state["table"] / 90, atol=1e-14)
    np.testing.assert_allclose(b, state["table"].mean(axis=0), atol=1e-14)


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
