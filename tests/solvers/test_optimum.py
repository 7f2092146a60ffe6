"""The optimum, judged by definitions written out here and by other people's solvers."""

from functools import cache

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC, LinearSVC

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.optimizers import OPTIMIZERS
from sklinear_gd.penalties import PENALTIES

ALPHA = 0.05


# -- the objective, sample by sample, as the papers write it -----------------------------------


def cross_entropy(s, y, smoothing=0.0):
    """Return the cross-entropy of one sample."""
    log_p = s - s.max() - np.log(np.exp(s - s.max()).sum())
    return -(1 - smoothing) * log_p[y] - smoothing * log_p.mean()


def hinge(multi_class, power=1, margin=1.0):
    """Return one of the three multi-class hinges, or its square, as a function of one sample."""

    def value(s, y):
        others = [k for k in range(len(s)) if k != y]
        if multi_class == "weston_watkins":
            violations = [margin + s[j] - s[y] for j in others]
        elif multi_class == "crammer_singer":
            violations = [margin + max(s[j] for j in others) - s[y]]
        else:
            violations = [margin - s[y]] + [margin + s[j] for j in others]
        return sum(max(0.0, z) ** power for z in violations)

    return value


def penalty_value(name, W, l1_ratio):
    """Return R(W) for W of shape (n_features, n_classes)."""
    return {
        "l2": 0.5 * (W**2).sum(),
        "l1": np.abs(W).sum(),
        "elasticnet": l1_ratio * np.abs(W).sum() + (1 - l1_ratio) * 0.5 * (W**2).sum(),
        "group_lasso": np.sqrt((W**2).sum(axis=1)).sum(),
        None: 0.0,
    }[name]


def mean_loss(loss, W, b, X, y):
    """Return the mean over the samples, one by one."""
    return np.mean([loss(x @ W + b, label) for x, label in zip(X, y, strict=True)])


def optimality_residual(loss, name, clf, X, y):
    """Return ‖V - prox(V - ∇)‖ over W and b, with ∇ of the loss by central differences."""
    V = np.vstack([clf.coef_.T, clf.intercept_])
    gradient = np.zeros_like(V)
    for place in np.ndindex(V.shape):
        shift = np.zeros_like(V)
        shift[place] = 1e-5
        up, down = V + shift, V - shift
        rise = mean_loss(loss, up[:-1], up[-1], X, y) - mean_loss(loss, down[:-1], down[-1], X, y)
        gradient[place] = rise / 2e-5
    l2 = {"l2": 1.0, "elasticnet": 1 - clf.l1_ratio}.get(name, 0.0)
    l1 = {"l1": 1.0, "elasticnet": clf.l1_ratio}.get(name, 0.0)
    gradient[:-1] += clf.alpha * l2 * V[:-1]
    moved = V - gradient
    W = moved[:-1]
    W[...] = np.sign(W) * np.maximum(np.abs(W) - clf.alpha * l1, 0)
    if name == "group_lasso":
        norms = np.sqrt((W**2).sum(axis=1, keepdims=True))
        W *= np.maximum(0, 1 - clf.alpha / norms)
    return np.linalg.norm(V - moved)


SMOOTH = {
    "softmax": (SoftmaxGDClassifier, {}, cross_entropy),
    "smoothed labels": (
        SoftmaxGDClassifier,
        {"label_smoothing": 0.2},
        lambda s, y: cross_entropy(s, y, 0.2),
    ),
}
# The square of Crammer and Singer's keeps the kink where two wrong classes tie.
for _name in ("weston_watkins", "ovr"):
    SMOOTH["squared " + _name] = (
        SVMGDClassifier,
        {"multi_class": _name, "loss": "squared_hinge", "margin": 0.7},
        hinge(_name, power=2, margin=0.7),
    )
every_smooth_loss = pytest.mark.parametrize(("cls", "params", "loss"), SMOOTH.values(), ids=SMOOTH)
KINKED = [
    ("weston_watkins", "hinge"),
    ("crammer_singer", "hinge"),
    ("ovr", "hinge"),
    ("crammer_singer", "squared_hinge"),
]
# L-BFGS refuses the group lasso, see test_lbfgs.py.
PAIRS = [
    (solver, penalty)
    for solver in ("gd", "lbfgs")
    for penalty in [*PENALTIES, None]
    if (solver, penalty) != ("lbfgs", "group_lasso")
]
every_pair = pytest.mark.parametrize(("solver", "penalty"), PAIRS)
SOLVERS = {
    "gd": {"optimizer": "nesterov", "batch_size": "full", "schedule": "constant"},
    "lbfgs": {"solver": "lbfgs"},
}


@every_pair
@every_smooth_loss
def test_optimality_residual(cls, params, loss, penalty, solver, three_classes):
    """A smooth loss with any penalty ends where a proximal gradient step stands still."""
    X, y = three_classes
    settings = {"tol": None if solver == "gd" else 1e-15, "max_iter": 600}
    clf = cls(**params, penalty=penalty, alpha=ALPHA, l1_ratio=0.4, **settings, **SOLVERS[solver])
    clf.fit(X, y)
    assert optimality_residual(loss, penalty, clf, X, y) < 1e-5
    expected = mean_loss(loss, clf.coef_.T, clf.intercept_, X, y)
    expected += ALPHA * penalty_value(penalty, clf.coef_.T, 0.4)
    np.testing.assert_allclose(clf.objective_, expected, rtol=1e-9)


# -- losses with kinks: the same problem as a quadratic program --------------------------------


FEW = slice(30), slice(3)  # rows and columns


@pytest.fixture(scope="module")
def least(three_classes):
    """Return a function of hinge, power and penalty: the least F on few rows, computed once."""
    X, y = three_classes[0][FEW], three_classes[1][FEW[0]]
    return cache(lambda *problem: quadratic_program(*problem, X, y, ALPHA, 0.4))


def quadratic_program(multi_class, power, penalty, X, y, alpha, l1_ratio):
    """Return the least F, by quadratic programming over W = P - N, b and a slack for each hinge."""
    (n, d), K = X.shape, y.max() + 1
    size = d * K
    constraints = []  # rows of coefficients of (W, b), each with a slack of its own or a shared one
    owners = []
    for i, (x, own) in enumerate(zip(X, y, strict=True)):
        for k in range(K):
            if k == own and multi_class != "ovr":
                continue
            c = np.zeros(K)
            c[k] = -1 if k == own else 1
            if multi_class != "ovr":
                c[own] -= 1
            constraints.append(np.concatenate([np.outer(x, c).ravel(), c]))
            owners.append(i if multi_class == "crammer_singer" else len(owners))
    coefficients = np.array(constraints)
    n_slacks = owners[-1] + 1
    # slack - (change of score) >= margin
    A = np.zeros((len(owners), 2 * size + K + n_slacks))
    A[:, :size], A[:, size : 2 * size] = -coefficients[:, :size], coefficients[:, :size]
    A[:, 2 * size : 2 * size + K] = -coefficients[:, size:]
    A[np.arange(len(owners)), 2 * size + K + np.array(owners)] = 1
    l2 = alpha * {"l2": 1.0, "elasticnet": 1 - l1_ratio}.get(penalty, 0.0)
    l1 = alpha * {"l1": 1.0, "elasticnet": l1_ratio}.get(penalty, 0.0)

    def value_and_gradient(v):
        P, N, slacks = v[:size], v[size : 2 * size], v[2 * size + K :]
        W = P - N
        value = (slacks**power).sum() / n + l2 * 0.5 * W @ W + l1 * (P + N).sum()
        gradient = np.zeros_like(v)
        gradient[2 * size + K :] = power * slacks ** (power - 1) / n
        by_W = l2 * W
        if penalty == "group_lasso":
            rows = W.reshape(d, K)
            norms = np.sqrt((rows**2).sum(axis=1) + 1e-14)
            value += alpha * norms.sum()
            by_W = by_W + alpha * (rows / norms[:, None]).ravel()
        gradient[:size], gradient[size : 2 * size] = by_W + l1, l1 - by_W
        return value, gradient

    start = np.zeros(A.shape[1])
    start[2 * size + K :] = 1.0
    found = minimize(
        value_and_gradient,
        start,
        jac=True,
        method="SLSQP",
        bounds=[(0, None)] * 2 * size + [(None, None)] * K + [(0, None)] * n_slacks,
        constraints=[{"type": "ineq", "fun": lambda v: A @ v - 1.0, "jac": lambda v: A}],
        options={"maxiter": 500, "ftol": 1e-13},
    )
    assert found.success
    return found.fun


@every_pair
@pytest.mark.parametrize(("multi_class", "loss"), KINKED)
def test_losses_with_kinks(multi_class, loss, penalty, solver, three_classes, least):
    """A loss with kinks and any penalty ends within 1e-3 of the quadratic program's optimum."""
    X, y = three_classes[0][FEW], three_classes[1][FEW[0]]
    settings = {
        "gd": {"learning_rate": 0.05, "schedule": "linear", "batch_size": "full", "tol": None},
        "lbfgs": {"solver": "lbfgs", "tol": 1e-6},
    }[solver]
    clf = SVMGDClassifier(
        multi_class=multi_class,
        loss=loss,
        penalty=penalty,
        alpha=ALPHA,
        l1_ratio=0.4,
        max_iter=1200,
        **settings,
    ).fit(X, y)
    power = 2 if loss == "squared_hinge" else 1
    expected = least(multi_class, power, penalty)
    assert expected * (1 - 1e-6) <= clf.objective_ <= expected * (1 + 1e-3)
    terms = mean_loss(hinge(multi_class, power), clf.coef_.T, clf.intercept_, X, y)
    terms += ALPHA * penalty_value(penalty, clf.coef_.T, 0.4)
    np.testing.assert_allclose(clf.objective_, terms, rtol=1e-9)


# -- other people's solvers --------------------------------------------------------------------

FITS = {
    "nesterov": {
        "optimizer": "nesterov",
        "batch_size": "full",
        "schedule": "constant",
        "tol": None,
        "max_iter": 1500,
    },
    "lbfgs": {"solver": "lbfgs", "tol": 1e-15, "max_iter": 1000},
}
every_fit = pytest.mark.parametrize("settings", FITS.values(), ids=FITS)


@every_fit
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("classes", ["two_classes", "three_classes"])
def test_l2_softmax_is_logistic_regression(classes, fit_intercept, settings, request):
    """Softmax regression with L2 has LogisticRegression's coefficients at C = 1/(n alpha)."""
    X, y = request.getfixturevalue(classes)
    clf = SoftmaxGDClassifier(alpha=ALPHA, fit_intercept=fit_intercept, **settings).fit(X, y)
    reference = LogisticRegression(
        C=1 / (len(y) * ALPHA), fit_intercept=fit_intercept, tol=1e-10, max_iter=1000
    ).fit(X, y)
    np.testing.assert_allclose(clf.coef_, reference.coef_, atol=1e-6)
    # Only differences of the intercepts of several classes count.
    shift = clf.intercept_.mean() if len(clf.classes_) > 2 else 0
    expected = reference.intercept_ - (reference.intercept_.mean() if shift else 0)
    np.testing.assert_allclose(clf.intercept_ - shift, expected, atol=1e-6)
    np.testing.assert_allclose(clf.predict_proba(X), reference.predict_proba(X), atol=1e-6)


@every_fit
@pytest.mark.parametrize(("penalty", "l1_ratio"), [("l1", 1.0), ("elasticnet", 0.6)])
@pytest.mark.parametrize("classes", ["two_classes", "three_classes"])
def test_sparse_softmax_is_logistic_regression(classes, penalty, l1_ratio, settings, request):
    """L1 and elastic net have saga's coefficients, and zeros where saga has them."""
    X, y = request.getfixturevalue(classes)
    alpha = 0.1
    clf = SoftmaxGDClassifier(penalty=penalty, alpha=alpha, l1_ratio=0.6, **settings).fit(X, y)
    reference = LogisticRegression(
        C=1 / (len(y) * alpha), l1_ratio=l1_ratio, solver="saga", tol=1e-10, max_iter=20_000
    ).fit(X, y)
    assert (reference.coef_ == 0).any()
    np.testing.assert_allclose(clf.coef_, reference.coef_, atol=1e-6)
    np.testing.assert_array_equal(clf.coef_ == 0, reference.coef_ == 0)


@every_fit
@pytest.mark.parametrize("classes", ["two_classes", "three_classes"])
def test_squared_hinge_is_linear_svc(classes, settings, request):
    """The one-vs-rest squared hinge has LinearSVC's coefficients at C = 1/(n alpha)."""
    X, y = request.getfixturevalue(classes)
    clf = SVMGDClassifier(
        multi_class="ovr", loss="squared_hinge", alpha=ALPHA, fit_intercept=False, **settings
    ).fit(X, y)
    reference = LinearSVC(C=1 / (len(y) * ALPHA), fit_intercept=False, tol=1e-10, max_iter=100_000)
    np.testing.assert_allclose(clf.coef_, reference.fit(X, y).coef_, atol=1e-6)


@pytest.mark.parametrize("multi_class", ["weston_watkins", "crammer_singer", "ovr"])
@pytest.mark.parametrize("solver", ["gd", "lbfgs"])
def test_two_classes_are_the_binary_svm(solver, multi_class, two_classes):
    """With two classes every hinge is that of SVC(kernel="linear") at C = 1/(n alpha)."""
    X, y = two_classes
    settings = {
        "gd": {"learning_rate": 0.02, "schedule": "linear", "batch_size": "full", "tol": None},
        "lbfgs": {"solver": "lbfgs", "tol": 1e-7},
    }[solver]
    clf = SVMGDClassifier(multi_class=multi_class, alpha=ALPHA, max_iter=2000, **settings)
    clf.fit(X, y)
    assert clf.coef_.shape == (1, X.shape[1])
    assert clf.intercept_.shape == (1,)
    reference = SVC(kernel="linear", C=1 / (len(y) * ALPHA), tol=1e-8).fit(X, y)
    margins = (2 * y - 1) * reference.decision_function(X)
    optimum = np.maximum(0, 1 - margins).mean() + ALPHA / 2 * (reference.coef_**2).sum()
    assert optimum * (1 - 1e-6) <= clf.objective_ <= optimum * (1 + 1e-3)
    np.testing.assert_allclose(clf.coef_, reference.coef_, atol=0.02)
    assert np.mean(clf.predict(X) == reference.predict(X)) > 0.97


SPARSE = {"alpha": 0.12, "l1_ratio": 0.6, "batch_size": "full", "tol": None}


@pytest.fixture(scope="module", params=["l1", "elasticnet", "group_lasso"])
def sparse_optimum(request, three_classes):
    """Return softmax regression at the optimum of a penalty that makes zeros."""
    clf = SoftmaxGDClassifier(
        penalty=request.param, optimizer="nesterov", schedule="constant", max_iter=1500, **SPARSE
    ).fit(*three_classes)
    assert optimality_residual(cross_entropy, request.param, clf, *three_classes) < 1e-6
    assert (clf.coef_ == 0).any()
    return clf


@pytest.mark.parametrize("optimizer", [k for k, cls in OPTIMIZERS.items() if not cls.averages])
def test_every_optimizer_reaches_a_sparse_optimum(optimizer, sparse_optimum, three_classes):
    """The prox in the optimizer's own metric leads each optimizer to the optimum, zeros and all."""
    rates = {"adagrad": 0.3, "rmsprop": 0.02, "adam": 0.02}
    clf = SoftmaxGDClassifier(
        penalty=sparse_optimum.penalty,
        optimizer=optimizer,
        learning_rate=rates.get(optimizer, "auto"),
        schedule="cosine",
        max_iter=600,
        **SPARSE,
    ).fit(*three_classes)
    np.testing.assert_allclose(clf.coef_, sparse_optimum.coef_, atol=1e-4)
    np.testing.assert_array_equal(clf.coef_ == 0, sparse_optimum.coef_ == 0)
    np.testing.assert_allclose(clf.objective_, sparse_optimum.objective_, rtol=1e-7)
