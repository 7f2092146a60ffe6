"""L-BFGS in the span of the rows: against the same method on all weights, and the optimum."""

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import minimize
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.callbacks import History
from sklinear_gd.conditioning import metrics
from sklinear_gd.solvers import lbfgs, row_space
from sklinear_gd.solvers.row_space import RowSpaceRun

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

CASES = {
    "softmax": SoftmaxGDClassifier(),
    "label smoothing": SoftmaxGDClassifier(label_smoothing=0.1),
    "no intercept": SoftmaxGDClassifier(fit_intercept=False),
    "no penalty": SoftmaxGDClassifier(penalty=None),
    "weston_watkins": SVMGDClassifier(loss="squared_hinge"),
    "ovr": SVMGDClassifier(loss="squared_hinge", multi_class="ovr"),
}
every_case = pytest.mark.parametrize("name", CASES)
# The path over all weights is the definition: of both, the same variables.
METRICS = {"plain": False, "one scale": "auto"}


@pytest.fixture(autouse=True)
def no_size_is_small(monkeypatch):
    """Data of any size count as large."""
    monkeypatch.setattr(lbfgs, "MANY", 0)


@pytest.fixture
def wide():
    """Sparse rows with some features in most of them; weights, some of them 0."""
    rng = np.random.default_rng(0)
    X = sparse.random_array((90, 300), density=0.08, rng=rng).toarray()
    X[:, :10] = rng.uniform(0.5, 1.5, (90, 10))
    weights = rng.uniform(0.1, 2.0, 90)
    weights[::9] = 0
    return sparse.csr_array(X), rng.integers(0, 4, 90), weights


@pytest.fixture
def runs(monkeypatch):
    """Count the runs in the span of the rows."""
    made, init = [], RowSpaceRun.__init__

    def note(self, *args):
        made.append(self)
        init(self, *args)

    monkeypatch.setattr(RowSpaceRun, "__init__", note)
    return made


def both_ways(clf, *data, **start):
    """Two fits: in the span of the rows, and in the same variables on a vector of all weights."""
    found = clone(clf).fit(*data, **start)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lbfgs, "is_smaller", lambda objective: False)
        if clf.precondition == "auto":
            clf, diagonal = clone(clf).set_params(precondition="diagonal"), lbfgs.diagonal
            patch.setattr(lbfgs, "diagonal", lambda objective: lbfgs.uniform(diagonal(objective)))
        return found, clone(clf).fit(*data, **start)


def assert_same(one, other, rtol, atol):
    """Compare two models and their histories, but for times."""
    np.testing.assert_allclose(one.coef_, other.coef_, rtol=0, atol=atol)
    np.testing.assert_allclose(one.intercept_, other.intercept_, rtol=0, atol=atol)
    assert list(one.history_) == list(other.history_)
    for name in set(one.history_) - {"seconds"}:
        np.testing.assert_allclose(one.history_[name], other.history_[name], rtol=rtol, atol=1e-12)


@pytest.mark.parametrize("metric", METRICS)
@every_case
@pytest.mark.parametrize("kind", ["csr", "dense"])
@pytest.mark.parametrize("classes", [2, 4])
def test_the_iterations_are_those_on_all_weights(name, metric, kind, classes, wide, runs):
    """Twelve steps and their history are, to rounding, those of the usual vectors."""
    X, y, weights = wide
    X = X.toarray() if kind == "dense" else X
    settings = {"solver": "lbfgs", "alpha": 1e-3, "max_iter": 12, "tol": None}
    clf = clone(CASES[name]).set_params(**settings, precondition=METRICS[metric])
    found, expected = both_ways(clf, X, y % classes, weights)
    assert len(runs) == 1
    assert_same(found, expected, rtol=1e-7, atol=1e-9)


@every_case
def test_float32_ends_where_float64_does(name, wide, runs):
    """A hundred steps in float32 end at the objective of float64, which the weights have, too."""
    X, y, weights = wide
    settings = {"solver": "lbfgs", "alpha": 1e-2, "max_iter": 100, "tol": 1e-7}
    clf = clone(CASES[name]).set_params(**settings)
    double = clone(clf).fit(X, y, weights)
    single = clone(clf).fit(X.astype(np.float32), y, weights)
    assert len(runs) == 2
    assert single.coef_.dtype == np.float32
    if name != "no penalty":  # whose optimum may be infinitely far
        np.testing.assert_allclose(single.coef_, double.coef_, atol=2e-3)
    assert single.objective_ == pytest.approx(double.objective_, rel=1e-5, abs=1e-5)
    assert single.objective_ == pytest.approx(single.objective(X, y, weights), rel=1e-5, abs=1e-6)
    assert single.history_["objective"][-1] == pytest.approx(single.objective_, rel=1e-5, abs=1e-6)


def test_the_optimum_is_that_of_the_dual_problem(wide, runs):
    """The squared hinge of two classes ends where its dual does, which knows no weights."""
    X, y, weights = wide
    sign, shares = 2.0 * (y > 1) - 1, weights / weights.sum()
    Z = sign[:, None] * X.toarray()

    def negative_dual(a):  # of 0 <= a: a_i the derivative of row i's share by its margin
        V = Z.T @ a / 0.01
        rows = weights > 0
        value = a.sum() - np.sum(a[rows] ** 2 / (4 * shares[rows])) - 0.005 * V @ V
        slope = 1 - Z @ V
        slope[rows] -= a[rows] / (2 * shares[rows])
        return -value, -np.where(rows, slope, 0)

    bounds = [(0, None if share else 0) for share in shares]
    dual = minimize(negative_dual, shares, jac=True, bounds=bounds, options={"ftol": 1e-14})
    clf = SVMGDClassifier(
        loss="squared_hinge", fit_intercept=False, solver="lbfgs", alpha=0.01, tol=1e-12
    ).fit(X, y > 1, weights)
    assert runs
    assert clf.objective_ == pytest.approx(-dual.fun, rel=1e-8)
    np.testing.assert_allclose(clf.coef_[0], Z.T @ dual.x / 0.01, atol=1e-3)


@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("metric", METRICS)
def test_a_start_that_no_row_spans_is_a_vector_of_its_own(metric, fit_intercept, wide, runs):
    """From any weights the steps are the usual ones; a warm start goes on from them."""
    X, y, weights = wide
    settings = {"solver": "lbfgs", "alpha": 1e-3, "max_iter": 6, "tol": None, "warm_start": True}
    settings |= {"fit_intercept": fit_intercept, "precondition": METRICS[metric]}
    rng = np.random.default_rng(1)
    start = {"coef_init": rng.normal(size=(4, 300))}
    if fit_intercept:
        start["intercept_init"] = rng.normal(size=4)
    found, expected = both_ways(SoftmaxGDClassifier(**settings), X, y, weights, **start)
    assert len(runs) == 1
    assert_same(found, expected, rtol=1e-7, atol=1e-9)
    again = found.set_params(max_iter=3).fit(X, y, weights)
    assert len(runs) == 2
    assert again.n_iter_ == 9
    assert (np.diff(again.history_["objective"]) < 0).all()


@pytest.mark.parametrize("refresh", [5, 1000])
def test_errors_of_scores_do_not_stay(refresh, wide, runs, monkeypatch):
    """Scores are made anew from the weights now and then; else an error in them would stay."""
    X, y, weights = wide
    clf = SoftmaxGDClassifier(solver="lbfgs", alpha=1e-2, max_iter=60, tol=None)
    optimum = clone(clf).fit(X, y, weights).objective_
    renewed, calls = row_space.RowSpace.renewed, []

    def renewed_with_error(self, x, value, gradient):
        calls.append(1)
        if len(calls) == 3:
            self.parts(x[self.right])[0][...] *= 1.1
        return renewed(self, x, value, gradient)

    monkeypatch.setattr(row_space.RowSpace, "renewed", renewed_with_error)
    monkeypatch.setattr(row_space, "RENEW", refresh)
    found = clone(clf).fit(X, y, weights)
    assert found.objective_ == pytest.approx(found.objective(X, y, weights), rel=1e-12)
    assert (found.objective_ <= optimum * (1 + 1e-6)) == (refresh == 5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_threads_change_no_bit(dtype, runs):
    """One, two and three threads make the same model of data that occupy them all."""
    rng = np.random.default_rng(0)
    X = sparse.random_array((1200, 4000), density=0.02, rng=rng, format="csr", dtype=dtype)
    y = np.arange(1200) % 7
    models = []
    for threads in (1, 2, 3):
        with threadpool_limits(threads, user_api="openmp"):
            models.append(SoftmaxGDClassifier(solver="lbfgs", max_iter=5, tol=None).fit(X, y))
    assert len(runs) == 3
    for model in models[1:]:
        np.testing.assert_array_equal(model.coef_, models[0].coef_)
        np.testing.assert_array_equal(model.intercept_, models[0].intercept_)


STAYS = {
    "diagonal": {"precondition": "diagonal"},
    "l1": {"penalty": "l1"},
    "elasticnet": {"penalty": "elasticnet"},
    "plain hinge": {"loss": "hinge"},
    "a maximum": {"multi_class": "crammer_singer"},
}


@pytest.mark.parametrize("name", STAYS)
def test_what_leaves_the_span_is_done_on_all_weights(name, wide, runs):
    """A diagonal metric that was asked for, kinks, and other data go the usual way."""
    X, y, weights = wide
    settings = {"loss": "squared_hinge", "solver": "lbfgs", "max_iter": 3} | STAYS[name]
    SVMGDClassifier(**settings).fit(X, y, weights)
    assert not runs


@pytest.mark.parametrize(("factor", "n_features"), [(1, 300), (1, 150), (300, 300)])
def test_wide_data_of_like_units_go_by_rows(factor, n_features, wide, runs, monkeypatch):
    """As many rows as features, or a feature in far smaller units, have a diagonal metric."""
    monkeypatch.setattr(metrics, "UNEVEN", 100)
    X, y, _ = wide
    X = sparse.csr_array(X[:, -n_features:].multiply(np.where(np.arange(n_features), 1, factor)))
    SoftmaxGDClassifier(solver="lbfgs", max_iter=3).fit(X, y)
    assert len(runs) == (factor == 1 and n_features == 300)


def test_weights_are_written_down_for_who_looks_at_them(wide, runs, monkeypatch):
    """An observer of the weights sees each iterate's; without one they are made once."""
    X, y, weights = wide
    made, write = [], row_space.RowSpace.write_params
    monkeypatch.setattr(
        row_space.RowSpace, "write_params", lambda *args: made.append(1) or write(*args)
    )
    clf = SoftmaxGDClassifier(solver="lbfgs", max_iter=5, tol=None, verbose=2)
    clf.fit(X, y, weights)
    assert len(made) == 1
    history = History(scoring="neg_log_loss")
    clf.set_callbacks(history).fit(X, y, sample_weight=weights)
    assert len(made) == 1 + 5 + 1
    losses = clf.history_["loss"]  # the metric is given the weights, too
    np.testing.assert_allclose(-history.history_["train_neg_log_loss"], losses, rtol=1e-9)
    assert len(runs) == 2


def test_early_stopping_keeps_the_best_iterate(wide, runs):
    """Held-out rows have no part in the span; the weights are those of the best score."""
    X, y, weights = wide
    clf = SoftmaxGDClassifier(solver="lbfgs", early_stopping=True, random_state=0, alpha=1e-4)
    clf.fit(X, y, weights)
    assert runs
    best = np.argmax(clf.history_["validation_score"])
    assert clf.best_iter_ == best + 1
    assert clf.objective_ == pytest.approx(clf.history_["objective"][best], rel=1e-9)
