"""Models too large for copies: the same answers, with no more memory than they need."""

import pickle
import tracemalloc
import warnings

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier, kernels

FIXED = {"learning_rate": 0.3, "schedule": "constant", "max_iter": 3, "tol": None}
SETTINGS = [
    {"optimizer": "sgd", "penalty": "l2", "batch_size": 1},
    {"optimizer": "sgd", "penalty": "l1", "batch_size": 4},
    {"optimizer": "adagrad", "penalty": "l1", "batch_size": 2},
    {"optimizer": "adam", "penalty": "elasticnet", "batch_size": 16},
    {"optimizer": "sgd", "penalty": "l2", "batch_size": 8, "average": True},
]


def rows(n_rows=120, n_features=400, n_classes=5, dtype=np.float32):
    """Sparse rows around the features of their class."""
    rng = np.random.default_rng(0)
    y = np.arange(n_rows) % n_classes
    columns = rng.integers(n_features // n_classes, size=(n_rows, 6)) * n_classes + y[:, None]
    columns[:, :2] = rng.integers(n_features, size=(n_rows, 2))
    entries = np.ones(columns.size, dtype), (np.repeat(np.arange(n_rows), 6), columns.ravel())
    return sparse.csr_array(entries, shape=(n_rows, n_features)), y


@pytest.fixture
def wide(monkeypatch):
    """From here on every model counts as wide."""
    monkeypatch.setattr("sklinear_gd.objective.layout.WIDE", 0)


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
@pytest.mark.parametrize("cls", [SoftmaxGDClassifier, SVMGDClassifier])
def test_same_model(cls, setting, monkeypatch):
    """A wide model is the same to the bit; only the size of the updates is not noted."""
    X, y = rows()
    clf = cls(alpha=1e-4, random_state=0, **FIXED, **setting)
    usual = clone(clf).fit(X, y)
    monkeypatch.setattr("sklinear_gd.objective.layout.WIDE", 0)
    clf.fit(X, y)
    assert np.array_equal(clf.coef_, usual.coef_)
    assert np.array_equal(clf.intercept_, usual.intercept_)
    assert np.array_equal(clf.history_["objective"], usual.history_["objective"])
    assert set(usual.history_) - set(clf.history_) == {"update_ratio"}
    assert clf.objective_ == usual.objective_


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_all_methods_follow(wide, setting):
    """A pickle, more training, a sparse ``coef_`` and back: as for any other model."""
    X, y = rows()
    clf = SoftmaxGDClassifier(alpha=1e-3, random_state=0, warm_start=True, **FIXED, **setting)
    scores = clf.fit(X, y).decision_function(X)
    value, coef = clf.objective(X, y), clf.coef_.copy()
    again = pickle.loads(pickle.dumps(clf))
    assert np.array_equal(again.decision_function(X), scores)
    for step in (
        lambda one: one.partial_fit(X, y),
        lambda one: one.fit(X, y),
        lambda one: one.fit(X, y, coef_init=coef),
    ):
        results = []
        for one in (pickle.loads(pickle.dumps(clf)), pickle.loads(pickle.dumps(again)).sparsify()):
            before = one.coef_.copy()
            model = step(one)
            assert not np.array_equal(model.coef_, coef)
            assert abs(before - coef).max() == 0
            results.append(model.coef_)
        assert np.array_equal(*results)
    assert np.array_equal(clf.coef_, coef)
    again.sparsify()
    assert sparse.issparse(again.coef_)
    assert again.coef_.format == "csr"
    assert (again.coef_ != sparse.csr_matrix(coef)).nnz == 0
    np.testing.assert_allclose(again.decision_function(X), scores, rtol=1e-4, atol=1e-5)
    assert np.array_equal(again.predict(X), clf.predict(X))
    assert again.score(X, y) == clf.score(X, y)
    assert again.objective(X, y) == pytest.approx(value)
    assert np.array_equal(again.densify().coef_, coef)


def test_divergence_ends_at_zero(wide):
    """Without a copy of better weights, a fit that diverges ends at the zero model and says so."""
    X, y = rows()
    X.data *= 1e30
    clf = SoftmaxGDClassifier(optimizer="sgd", batch_size=1, learning_rate=1e9, penalty="l2")
    with pytest.warns(ConvergenceWarning, match="zero model"):
        clf.set_params(alpha=1e-4, schedule="constant", max_iter=4).fit(X, y)
    assert not clf.coef_.any()
    assert clf.best_iter_ == 0


def test_early_stopping_keeps_the_best(wide):
    """``early_stopping`` pays for a copy and returns the best epoch's weights."""
    X, y = rows()
    clf = SoftmaxGDClassifier(optimizer="sgd", early_stopping=True, random_state=0, max_iter=6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        clf.fit(X, y)
    assert clf.history_["validation_score"].argmax() + 1 == clf.best_iter_


@pytest.mark.skipif(not kernels.available, reason="the array formulas make dense gradients")
@pytest.mark.parametrize(
    ("optimizer", "penalty", "states"), [("sgd", "l2", 0), ("sgd", "l1", 0), ("adagrad", "l1", 1)]
)
def test_memory(wide, optimizer, penalty, states):
    """Parameters and the optimizer's state, and a quarter of one copy for everything else."""
    X, y = rows(n_rows=400, n_features=40_000, n_classes=40)
    clf = SoftmaxGDClassifier(
        optimizer=optimizer, penalty=penalty, batch_size=1, random_state=0, **FIXED
    )
    clf.fit(*rows())
    width = kernels.padded_width(40, np.float32)
    size = 40_001 * width * 4
    tracemalloc.start()
    try:
        clf.fit(X, y)
        peak = tracemalloc.get_traced_memory()[1]
        clf.predict(X[:5])
        predicting = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < (1 + states + 0.25) * size
    assert predicting == peak


def test_prediction_reads_what_occurs(dtype=np.float64):
    """Rows with few entries score the same alone as among many."""
    X, y = rows(dtype=dtype)
    clf = SoftmaxGDClassifier(max_iter=2, tol=None, random_state=0).fit(X, y)
    scores = X.toarray() @ clf.coef_.T + clf.intercept_
    for part in (X[:1], X[7:9], X[:0:-40], sparse.csr_array((3, 400), dtype=dtype)):
        expected = part.toarray() @ clf.coef_.T + clf.intercept_
        np.testing.assert_allclose(clf.decision_function(part), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(clf.decision_function(X), scores, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("setting", "n_arrays"),
    [
        ({"optimizer": "sgd", "penalty": "l2", "batch_size": 1}, 1),
        ({"optimizer": "adagrad", "penalty": "l1", "batch_size": 2}, 2),
        ({"optimizer": "adam", "batch_size": 16}, 3),
        ({"optimizer": "sgd", "batch_size": 8, "average": True}, 2),
    ],
    ids=str,
)
def test_memory_is_asked_for_what_the_fit_holds(wide, monkeypatch, setting, n_arrays):
    """Weights, what the optimizer keeps, an average: a machine with as much memory will do."""
    X, y = rows()
    width = kernels.padded_width(5, np.float32) if kernels.available else 5
    n_arrays += not kernels.available  # the formulas hold a gradient, too
    size = n_arrays * (X.shape[1] + 1) * width * 4
    monkeypatch.setattr("sklinear_gd.objective.layout._physical_memory", lambda: size)
    clf = SoftmaxGDClassifier(random_state=0, **FIXED, **setting).fit(X, y)
    assert np.isfinite(clf.objective_)
    monkeypatch.setattr("sklinear_gd.objective.layout._physical_memory", lambda: size - 1)
    with pytest.raises(ValueError, match=r"400 columns.*more than this machine has"):
        clone(clf).fit(X, y)


def test_the_pairs_of_lbfgs_count(monkeypatch):
    """L-BFGS is refused where weights fit many times, but not its steps and differences."""
    X, y = rows()
    width = kernels.padded_width(5, np.float32) if kernels.available else 5
    size = (X.shape[1] + 1) * width * 4
    clf = SoftmaxGDClassifier(solver="lbfgs", max_iter=50, tol=None)
    monkeypatch.setattr("sklinear_gd.objective.layout._physical_memory", lambda: 65 * size)
    with pytest.raises(ValueError, match=r"66 arrays of this size"):
        clf.fit(X, y)
