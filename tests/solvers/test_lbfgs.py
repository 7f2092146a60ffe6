"""L-BFGS: what it refuses, exact zeros, and plain hinges on digits against their duals."""

import warnings

import numpy as np
import pytest
from scipy.optimize import Bounds, minimize
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.losses import Loss
from sklinear_gd.penalties import ElasticNet, GroupLasso, Penalty
from sklinear_gd.solvers import LBFGS

REFUSED = {
    "max_norm": ({"max_norm": 2.0}, r"max_norm=2\.0"),
    "dropout": ({"dropout": 0.5}, r"dropout=0\.5"),
    "average": ({"average": True}, "average=True"),
    "group_lasso": ({"penalty": "group_lasso"}, "GroupLasso"),
    "GroupLasso()": ({"penalty": GroupLasso()}, "GroupLasso"),
}
BAD_SETTINGS = [
    ("memory", 0),
    ("memory", 2.5),
    ("memory", True),
    ("max_line_search", -1),
    ("max_line_search", "20"),
]


@pytest.mark.parametrize("cls", [SVMGDClassifier, SoftmaxGDClassifier])
@pytest.mark.parametrize("solver", ["lbfgs", LBFGS()], ids=["by name", "object"])
@pytest.mark.parametrize(("params", "named"), REFUSED.values(), ids=REFUSED)
def test_refusals_come_before_any_work(params, named, solver, cls, three_classes, monkeypatch):
    """What L-BFGS cannot do is one sentence naming both sides, before the loss is ever computed."""
    monkeypatch.setattr("sklinear_gd.objective.Objective.sum_loss", None)
    clf = cls(solver=solver, **params)
    with pytest.raises(ValueError, match=named) as error:
        clf.fit(*three_classes)
    message = str(error.value)
    assert "solver='lbfgs'" in message
    assert "solver='gd'" in message
    assert message.count(". ") == 0  # one sentence


@pytest.mark.parametrize(("name", "value"), BAD_SETTINGS)
def test_bad_settings_are_named(name, value, two_classes):
    """Settings of the solver object out of range are named, with their value."""
    with pytest.raises(ValueError, match=f"LBFGS: {name}={value!r} must be an integer"):
        SoftmaxGDClassifier(solver=LBFGS(**{name: value})).fit(*two_classes)


def test_a_penalty_of_ones_own_with_a_prox_is_refused(two_classes):
    """A user's non-smooth penalty is refused by its class's name."""

    class NonNegative(Penalty):
        def value(self, W):
            return 0.0

        def prox(self, W, step):
            np.maximum(W, 0, out=W)

    with pytest.raises(ValueError, match="NonNegative"):
        SoftmaxGDClassifier(solver="lbfgs", penalty=NonNegative()).fit(*two_classes)


def test_a_loss_of_ones_own_without_a_smooth_version_is_refused(two_classes):
    """A user's loss that is not smooth and has no smoothed version is refused by name."""

    class Absolute(Loss):
        def formula(self, scores, y, xp=np):
            residual = scores - (2.0 * y[:, None] - 1)
            return xp.sum(xp.abs(residual), axis=1), xp.sign(residual)

    class Classifier(SoftmaxGDClassifier):
        def _loss(self, n_classes):
            return Absolute()

    with pytest.raises(ValueError, match="Absolute is not smooth"):
        Classifier(solver="lbfgs").fit(*two_classes)


@pytest.mark.parametrize("penalty", ["l1", "elasticnet", ElasticNet(l1_ratio=0.9)], ids=str)
@pytest.mark.parametrize(
    ("cls", "params"),
    [
        (SoftmaxGDClassifier, {"alpha": 0.15}),
        (SVMGDClassifier, {"alpha": 0.2}),
        (SVMGDClassifier, {"multi_class": "crammer_singer", "alpha": 0.15}),
        (SVMGDClassifier, {"multi_class": "ovr", "loss": "squared_hinge", "alpha": 0.4}),
    ],
    ids=["softmax", "weston_watkins", "crammer_singer", "squared ovr"],
)
def test_zeros_are_exact(cls, params, penalty, three_classes):
    """Features of noise get weights of exactly 0 under an L1 part, without any threshold."""
    X, y = three_classes
    X = np.hstack([X, np.random.default_rng(0).normal(size=(len(y), 4))])
    clf = cls(**params, penalty=penalty, l1_ratio=0.9, solver="lbfgs", tol=1e-7)
    clf.fit(X, y)
    zeros = clf.coef_ == 0
    assert zeros[:, 4:].sum() >= 8
    assert not zeros[:, :4].all()
    assert np.abs(clf.coef_[~zeros]).min() > 1e-6


def test_memory_is_a_setting_of_the_object(digits):
    """LBFGS(memory=...) changes the path, not the optimum."""
    X, y = digits[0][:300], digits[1][:300]
    fits = [
        SoftmaxGDClassifier(solver=LBFGS(memory=memory), alpha=0.01, tol=1e-13, max_iter=1000)
        for memory in (3, 30)
    ]
    few, many = (fit.fit(X, y) for fit in fits)
    assert few.n_iter_ > many.n_iter_
    np.testing.assert_allclose(few.objective_, many.objective_, rtol=1e-9)
    np.testing.assert_allclose(few.coef_, many.coef_, atol=1e-4)


def test_history_is_one_entry_an_iteration(three_classes):
    """Iterations are epochs of the history; there is no learning rate, and F never rises."""
    clf = SoftmaxGDClassifier(solver="lbfgs", alpha=0.01).fit(*three_classes)
    assert clf.n_iter_ == len(clf.history_["epoch"]) >= 1
    assert np.isnan(clf.history_["learning_rate"]).all()
    assert (np.diff(clf.history_["objective"]) <= 1e-12).all()
    assert clf.objective_ == pytest.approx(clf.history_["objective"][-1])


def test_max_iter_ends_it_with_a_warning(digits):
    """Iterations end at max_iter, and the warning names it."""
    clf = SoftmaxGDClassifier(solver="lbfgs", max_iter=4)
    with pytest.warns(ConvergenceWarning, match="max_iter=4"):
        clf.fit(*digits)
    assert clf.n_iter_ == 4
    with pytest.warns(ConvergenceWarning, match="max_iter=3"):
        SVMGDClassifier(solver="lbfgs", max_iter=3).fit(*digits)


@pytest.mark.parametrize("penalty", ["l2", "l1"])
def test_a_start_at_the_optimum_stays_there(penalty, two_classes):
    """A warm start from the optimum counts at least one look and moves no further."""
    clf = SoftmaxGDClassifier(
        solver="lbfgs", alpha=0.1, penalty=penalty, tol=1e-15, warm_start=True
    ).fit(*two_classes)
    coef, n_iter, value = clf.coef_.copy(), clf.n_iter_, clf.objective_
    assert (coef < 0).any()
    clf.fit(*two_classes)
    np.testing.assert_allclose(clf.history_["objective"][n_iter:], value, rtol=1e-9)
    assert clf.n_iter_ > n_iter
    assert len(clf.history_["epoch"]) == clf.n_iter_
    np.testing.assert_allclose(clf.coef_, coef, atol=1e-7)


def test_early_stopping_returns_the_best_iterate(digits):
    """With early stopping the returned weights are those with the best held-out score."""
    clf = SoftmaxGDClassifier(
        solver="lbfgs", early_stopping=True, n_iter_no_change=5, random_state=0
    ).fit(*digits)
    scores = clf.history_["validation_score"]
    best = np.argmax(scores)
    assert len(scores) == clf.n_iter_ > best + 1
    assert clf.objective_ == pytest.approx(clf.history_["objective"][best], rel=1e-6)


def test_partial_fit_is_not_there(two_classes):
    """partial_fit belongs to gradient descent: with L-BFGS the attribute is missing."""
    clf = SoftmaxGDClassifier(solver="lbfgs")
    assert not hasattr(clf, "partial_fit")
    with pytest.raises(AttributeError):
        clf.partial_fit(*two_classes)


SETS = {"iris": load_iris, "wine": load_wine, "breast_cancer": load_breast_cancer}
PLAIN = [
    ("iris", multi_class, scaled)
    for multi_class in ("weston_watkins", "crammer_singer", "ovr")
    for scaled in (False, True)
]
PLAIN += [("wine", "weston_watkins", False), ("wine", "crammer_singer", True)]
PLAIN += [("wine", "ovr", False), ("wine", "ovr", True)]
# With two classes all three are the same.
PLAIN += [("breast_cancer", "weston_watkins", scaled) for scaled in (False, True)]


@pytest.mark.parametrize(("name", "multi_class", "scaled"), PLAIN)
def test_plain_hinges_reach_their_optimum(name, multi_class, scaled):
    """Objective and lower bound of a plain hinge meet, raw data included, in 3000 iterations."""
    X, y = SETS[name](return_X_y=True)
    if scaled:
        X = StandardScaler().fit_transform(X)
    clf = SVMGDClassifier(multi_class=multi_class, solver="lbfgs", tol=1e-5, max_iter=3000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = clf.fit(X, y).optimality(X, y, max_iter=3000)
    hard = (name, multi_class, scaled) == ("wine", "crammer_singer", False)
    assert found.relative_gap < (5e-3 if hard else 1e-3)


# -- plain hinges on digits, without intercept, against the dual problems ----------------------


def weston_watkins_dual(X, y, alpha, W, max_iter):
    """Return the best value found of the dual problem, a lower bound of F whatever the start.

    It is to maximize Σ a / n - alpha ‖V‖² / 2 over 0 <= a <= 1, with one a_ij for each row and
    wrong class, and V = -Σ_ij a_ij x_i ⊗ (e_j - e_y) / (n alpha).
    """
    n, K = len(X), y.max() + 1
    own = np.arange(K) == y[:, None]

    def violations(W):
        scores = X @ W
        return np.where(own, 0, 1 + scores - scores[own][:, None])

    def negative_dual(flat):
        a = flat.reshape(n, K)
        V = -X.T @ (a - own * a.sum(axis=1, keepdims=True)) / (n * alpha)
        return alpha / 2 * (V**2).sum() - a.sum() / n, -violations(V).ravel() / n

    upper = 1.0 - own
    found = minimize(
        negative_dual,
        np.clip(violations(W) / 1e-3, 0, upper).ravel(),
        jac=True,
        method="L-BFGS-B",
        bounds=Bounds(np.zeros(n * K), upper.ravel()),
        options={"maxiter": max_iter, "maxfun": 2 * max_iter, "ftol": 0, "gtol": 0, "maxcor": 20},
    )
    return -found.fun


def objective_of_linear_svc(multi_class, X, y, alpha):
    """Return F at the weights of LinearSVC, an upper bound that is tight to its tolerance."""
    reference = LinearSVC(
        C=1 / (len(y) * alpha),
        multi_class=multi_class,
        loss="hinge",
        fit_intercept=False,
        tol=1e-5,
        max_iter=1_000_000,
        random_state=0,
    ).fit(X, y)
    scores = X @ reference.coef_.T
    own = np.arange(scores.shape[1]) == y[:, None]
    if multi_class == "ovr":
        losses = np.maximum(0, 1 + np.where(own, -scores, scores)).sum(axis=1)
    else:
        losses = np.maximum(0, 1 + np.where(own, -np.inf, scores).max(axis=1) - scores[own])
    return losses.mean() + alpha / 2 * (reference.coef_**2).sum()


@pytest.mark.parametrize(
    ("multi_class", "alpha"),
    [("weston_watkins", 1e-3), ("weston_watkins", 1e-4), ("crammer_singer", 1e-3), ("ovr", 1e-4)],
)
def test_plain_hinges_on_digits(multi_class, alpha, digits):
    """The smoothed hinges end within 1e-3 of the true optimum on digits."""
    X, y = digits
    clf = SVMGDClassifier(
        multi_class=multi_class, alpha=alpha, solver="lbfgs", fit_intercept=False, max_iter=5000
    ).fit(X, y)
    if multi_class != "weston_watkins":
        optimum = objective_of_linear_svc(multi_class, X, y, alpha)
    elif alpha == 1e-3:
        optimum = weston_watkins_dual(X, y, alpha, clf.coef_.T, max_iter=800)
    else:
        optimum = 0.0220816  # the same after 5000 iterations, which take some seconds
    assert optimum * (1 - 1e-4) <= clf.objective_ <= optimum * (1 + 1e-3)
