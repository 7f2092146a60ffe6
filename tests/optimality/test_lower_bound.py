"""The lower bound of the objective: below every F, near the least one."""

import tracemalloc

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.losses import CrammerSinger, Loss, OneVsRest, SquaredError, WestonWatkins
from sklinear_gd.optimality import passes
from sklinear_gd.penalties import Penalty

LOSSES = {
    "softmax": (SoftmaxGDClassifier, {}),
    "smoothed labels": (SoftmaxGDClassifier, {"label_smoothing": 0.2}),
}
for _name in ("weston_watkins", "crammer_singer", "ovr"):
    for _shape in ("hinge", "squared_hinge"):
        LOSSES[f"{_name} {_shape}"] = (
            SVMGDClassifier,
            {"multi_class": _name, "loss": _shape, "margin": 0.8},
        )
LOSSES["squared error"] = (SVMGDClassifier, {"loss": SquaredError()})
every_loss = pytest.mark.parametrize(("cls", "params"), LOSSES.values(), ids=LOSSES)
# With two classes all three hinges are the same.
LOSSES_OF_TWO = ["softmax", "smoothed labels", "ovr hinge", "weston_watkins squared_hinge"]
CASES = [pytest.param(2, *LOSSES[name], id=f"{name}-2") for name in LOSSES_OF_TWO]
CASES += [pytest.param(K, *LOSSES[name], id=f"{name}-{K}") for K in (3, 6) for name in LOSSES]
CONVERGED = {"solver": "lbfgs", "tol": 1e-8, "max_iter": 1000}


def _data(n_classes, seed=0, n_samples=70):
    """Return classes that overlap, and uneven weights."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(n_samples) % n_classes)
    X = rng.normal(size=(n_classes, 4))[y] + rng.normal(size=(n_samples, 4))
    return X, y, rng.exponential(size=n_samples) * rng.integers(0, 3, size=n_samples)


def _scaled(load):
    X, y = load(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def _with_weights(clf, coef, intercept):
    """Return the model with other weights."""
    clf.coef_, clf.intercept_ = coef, intercept
    return clf


@pytest.mark.filterwarnings("ignore:.*max_iter:sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore:.*no step:sklearn.exceptions.ConvergenceWarning")  # ties
@pytest.mark.parametrize(("n_classes", "cls", "params"), CASES)
def test_never_above_a_lower_objective(n_classes, cls, params):
    """At good, poor and random models the bound lies below the F of a long L-BFGS run."""
    X, y, weights = _data(n_classes, seed=n_classes)
    # Every loss meets both of each over the numbers of classes, and both meet both over the losses.
    fit_intercept = n_classes != 6
    weighted = list(LOSSES.values()).index((cls, params)) % 2 == (n_classes == 3)
    settings = {"alpha": 0.01, "fit_intercept": fit_intercept}
    if weighted:
        settings["class_weight"] = {0: 3.0}
    weights = weights if weighted else None
    clf = cls(**params, **settings, **CONVERGED).fit(X, y, weights)
    least, coef, intercept = clf.objective_, clf.coef_, clf.intercept_
    at_optimum = clf.optimality(X, y, weights)
    assert at_optimum.objective == pytest.approx(least, rel=1e-12)
    assert least * 0.99 < at_optimum.lower_bound <= least
    rng = np.random.default_rng(0)
    for noise in (1e-3, 0.1, 10.0):
        shift = noise * rng.normal(size=coef.shape)
        _with_weights(clf, coef + shift, intercept + fit_intercept * shift[:, 0])
        for max_iter in (0, 30):
            found = clf.optimality(X, y, weights, max_iter=max_iter)
            assert 0 <= found.lower_bound <= least * (1 + 1e-9)
            assert found.objective == pytest.approx(clf.objective(X, y, weights), rel=1e-12)
            assert found.gap == found.objective - found.lower_bound


SETS = {
    "digits": None,
    "iris": load_iris,
    "wine": load_wine,
    "breast_cancer": load_breast_cancer,
    "sparse": None,
}


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize(
    ("cls", "params"), [LOSSES[key] for key in LOSSES if "squared" in key or key == "softmax"]
)
def test_small_at_a_solution(cls, params, name, digits):
    """At what L-BFGS returns with its defaults the relative gap is below 1e-3."""
    if name == "digits":
        X, y = digits[0][:600], digits[1][:600]
    elif name == "sparse":
        rng = np.random.default_rng(0)
        X = sparse.random(300, 200, density=0.05, format="csr", random_state=rng)
        y = np.asarray(X[:, :4].sum(axis=1)).ravel() + np.asarray(X[:, 4:8].sum(axis=1)).ravel()
        y = np.digitize(y, [0.01, 0.6])
    else:
        X, y = _scaled(SETS[name])
    clf = cls(**{**params, "margin": 1.0} if "margin" in params else params, solver="lbfgs")
    found = clf.fit(X, y).optimality(X, y)
    assert 0 <= found.relative_gap < 1e-3
    assert found.relative_gap == pytest.approx(found.gap / found.objective)


@pytest.mark.parametrize("multi_class", ["weston_watkins", "crammer_singer", "ovr"])
def test_a_plain_hinge(multi_class):
    """With smoothed slopes for a dual point the gap of a plain hinge is small, too."""
    X, y = _scaled(load_iris)
    clf = SVMGDClassifier(multi_class=multi_class, solver="lbfgs", tol=1e-7).fit(X, y)
    assert 0 <= clf.optimality(X, y).relative_gap < 1e-3


@pytest.mark.parametrize("n_classes", [2, 3])
def test_against_logistic_regression(n_classes):
    """The bound and F enclose the optimum that scikit-learn's Newton method finds, closely."""
    X, y, weights = _data(n_classes)
    weights = weights + 0.1
    alpha = 0.01
    reference = LogisticRegression(
        C=1 / (alpha * weights.sum()), solver="newton-cholesky", tol=1e-12, max_iter=100
    ).fit(X, y, weights)
    clf = SoftmaxGDClassifier(alpha=alpha, solver="lbfgs").fit(X, y, weights)
    found = clf.optimality(X, y, weights)
    _with_weights(clf, reference.coef_, reference.intercept_)
    optimum = clf.objective(X, y, weights)
    assert found.lower_bound <= optimum <= found.objective * (1 + 1e-12)
    assert clf.optimality(X, y, weights).relative_gap < 1e-9


@pytest.mark.parametrize(
    ("multi_class", "loss"),
    [("ovr", "hinge"), ("ovr", "squared_hinge"), ("crammer_singer", "hinge")],
)
def test_against_linear_svc(multi_class, loss):
    """The bound encloses what LinearSVC's dual coordinate descent finds, without intercept."""
    X, y, _ = _data(3)
    reference = LinearSVC(
        C=1 / (0.01 * len(y)),
        multi_class=multi_class,
        loss=loss,
        fit_intercept=False,
        tol=1e-10,
        max_iter=100_000,
    ).fit(X, y)
    clf = SVMGDClassifier(
        multi_class=multi_class, loss=loss, alpha=0.01, fit_intercept=False, solver="lbfgs"
    ).fit(X, y)
    bound = clf.optimality(X, y).lower_bound
    _with_weights(clf, reference.coef_, np.zeros(3))
    optimum = clf.objective(X, y)
    assert optimum * (1 - 1e-3) < bound <= optimum * (1 + 1e-12)


@pytest.mark.parametrize("penalty", ["l1", "elasticnet", "group_lasso"])
@every_loss
def test_penalties_with_kinks(cls, params, penalty):
    """For L1, elastic net and group lasso the bound is true, and near F at a solution."""
    X, y, _ = _data(3)
    solver = CONVERGED
    if penalty == "group_lasso":
        solver = {"optimizer": "nesterov", "batch_size": "full", "max_iter": 1000, "tol": None}
        solver |= {"schedule": "constant"}
    clf = cls(**params, penalty=penalty, alpha=0.05, l1_ratio=0.5, **solver).fit(X, y)
    found = clf.optimality(X, y)
    kinked = params.get("loss") == "hinge" or params.get("multi_class") == "crammer_singer"
    if not (penalty == "group_lasso" and kinked):  # nothing but gradient descent minimizes that
        assert found.relative_gap < 2e-3
    assert found.lower_bound > 0
    zero = _with_weights(clf, 0 * clf.coef_, 0 * clf.intercept_)
    assert 0 <= zero.optimality(X, y).lower_bound <= found.objective * (1 + 1e-9)


def test_in_a_ball():
    """With max_norm the bound is on the optimum in the ball, and near F at a solution."""
    X, y, _ = _data(3)
    clf = SoftmaxGDClassifier(
        max_norm=0.4, optimizer="nesterov", batch_size="full", schedule="constant", tol=None,
        alpha=0.01, max_iter=3000, precondition=False,
    ).fit(X, y)  # fmt: skip
    found = clf.optimality(X, y)
    assert np.linalg.norm(clf.coef_, axis=1).max() > 0.39
    assert found.relative_gap < 1e-6
    assert found.residual < 1e-6
    free = clf.set_params(max_norm=None).optimality(X, y)
    assert free.lower_bound < found.lower_bound
    assert free.residual > 0.01


def test_where_no_bound_is_known(two_classes):
    """NaN for a loss or penalty of one's own without conjugate; the residual is there."""
    X, y = two_classes

    class Cubic(OneVsRest):
        smooth = True

        def phi(self, z, xp=np):
            violation = xp.where(z < 0, 0.0, z)
            return violation**3, 3 * violation**2

    class Twice(Penalty):
        def value(self, W):
            return float(np.sum(W**2))

        def add_gradient(self, W, out, strength):
            out += 2 * strength * W

    for params in ({"loss": Cubic()}, {"penalty": Twice()}):
        clf = SVMGDClassifier(alpha=0.1, max_iter=2, tol=None, **params).fit(X, y)
        found = clf.optimality(X, y)
        assert np.isnan([found.lower_bound, found.gap, found.relative_gap]).all()
        assert found.objective == pytest.approx(clf.objective_)
        assert found.residual > 0


@pytest.mark.parametrize("params", [{"penalty": None}, {"alpha": 0.0}], ids=str)
def test_without_penalty(params, two_classes):
    """Without a penalty the bound is the least value of the loss: that of smoothed labels, or 0."""
    X, y = two_classes
    clf = SoftmaxGDClassifier(solver="lbfgs", **params).fit(X, y)
    assert clf.optimality(X, y).lower_bound == pytest.approx(0, abs=1e-12)
    clf.set_params(label_smoothing=0.2)
    least = -0.9 * np.log(0.9) - 0.1 * np.log(0.1)
    assert clf.optimality(X, y).lower_bound == pytest.approx(least)


def test_a_loss_of_ones_own_with_a_conjugate(three_classes):
    """A user's loss has a bound as soon as it defines its conjugate."""
    X, y = three_classes

    class SquaredError(Loss):
        smooth = True

        def formula(self, scores, y, xp=np):
            residual = scores - (xp.arange(scores.shape[1])[None, :] == y[:, None])
            return xp.sum(residual**2, axis=1) / 2, residual

        def conjugate(self, d_scores, y, xp=np):
            own = xp.arange(d_scores.shape[1])[None, :] == y[:, None]
            return xp.sum(d_scores**2 / 2 + own * d_scores, axis=1)

    clf = SVMGDClassifier(
        loss=SquaredError(), alpha=0.1, fit_intercept=False, solver="lbfgs", tol=1e-12
    ).fit(X, y)
    found = clf.optimality(X, y)
    targets = np.eye(3)[y]
    W = np.linalg.solve(X.T @ X / len(y) + 0.1 * np.eye(X.shape[1]), X.T @ targets / len(y))
    optimum = ((X @ W - targets) ** 2).sum() / 2 / len(y) + 0.05 * (W**2).sum()
    assert found.lower_bound == pytest.approx(optimum, rel=1e-9)
    assert found.lower_bound <= optimum


@pytest.mark.parametrize(
    "loss",
    [
        WestonWatkins(smoothing=0.3),
        OneVsRest(smoothing=0.3),
        CrammerSinger(smoothing=0.3),
        CrammerSinger(smoothing=0.3, squared=True),
    ],
    ids=repr,
)
def test_smoothed_hinges(loss, three_classes):
    """Hinges that the user smooths have a bound of their own, which meets F at the optimum."""
    X, y = three_classes
    clf = SVMGDClassifier(loss=loss, alpha=0.01, solver="lbfgs", tol=1e-12).fit(X, y)
    found = clf.optimality(X, y)
    assert 0 <= found.relative_gap < 1e-6


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("missing", ["first", "last"])
@pytest.mark.parametrize(("n_classes", "cls", "params"), CASES[:12])
def test_a_class_without_rows(n_classes, cls, params, missing):
    """Rows of all classes but one have a true bound that is near F of a fit to them."""
    missing = 0 if missing == "first" else n_classes - 1
    X, y, _ = _data(n_classes)
    left = y != missing
    fitted_to_them = cls(**params, alpha=0.05, class_weight={missing: 0.0}, **CONVERGED).fit(X, y)
    least = fitted_to_them.objective_
    clf = cls(**params, alpha=0.05, **CONVERGED).fit(X, y)
    for model in (clf, fitted_to_them.set_params(class_weight=None)):
        bound = model.optimality(X[left], y[left]).lower_bound
        assert bound == pytest.approx(model.optimality(X, y, 2.0 * left).lower_bound, abs=1e-9)
        assert 0.99 * least - 1e-6 <= bound <= least * (1 + 1e-9)


def test_float32_data_has_a_true_bound():
    """On float32 data the bound is the float64 one of the same numbers, and below its optimum."""
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(400, 6)) + 30).astype(np.float32)
    y = (X.sum(axis=1) + rng.normal(size=400) > 180).astype(int)
    single = SoftmaxGDClassifier(solver="lbfgs", alpha=1e-3, max_iter=5000).fit(X, y)
    double = SoftmaxGDClassifier(alpha=1e-3, **CONVERGED).fit(X.astype(np.float64), y)
    least = double.optimality(X.astype(np.float64), y)
    found = single.optimality(X, y)
    assert found.lower_bound <= least.objective
    assert found.objective >= least.lower_bound
    assert found.relative_gap < 1e-2
    assert least.relative_gap < 1e-4


def test_blocks_and_formats_agree(monkeypatch, many_rows):
    """Many small blocks, scores that are not kept, and CSR rows give the same numbers."""
    X, y = many_rows
    clf = SVMGDClassifier(solver="lbfgs", alpha=0.01, loss="squared_hinge").fit(X, y)
    whole = clf.optimality(X, y, max_iter=0)
    as_csr = clf.optimality(sparse.csr_array(X), y, max_iter=0)
    monkeypatch.setattr(passes, "BLOCK_NUMBERS", 200)
    monkeypatch.setattr(passes, "KEPT_NUMBERS", 0)
    small = clf.optimality(X, y, max_iter=0)
    for other in (as_csr, small):
        assert other.objective == pytest.approx(whole.objective, rel=1e-12)
        assert other.lower_bound == pytest.approx(whole.lower_bound, rel=1e-7)
        assert other.residual == pytest.approx(whole.residual, rel=1e-9)


def test_sparse_data_stay_sparse():
    """On wide CSR data the memory is that of some arrays like coef_, far below a dense copy."""
    rng = np.random.default_rng(0)
    X = sparse.random(2000, 20_000, density=5e-4, format="csr", dtype=np.float32, random_state=rng)
    y = rng.integers(0, 2, size=2000)
    clf = SoftmaxGDClassifier(solver="lbfgs", max_iter=1, tol=None).fit(X, y)
    tracemalloc.start()
    clf.optimality(X, y, max_iter=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.05 * 8 * X.shape[0] * X.shape[1]
