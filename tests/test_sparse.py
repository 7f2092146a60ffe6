"""Sparse matrices: the same model as dense, whatever the format, and never made dense."""

import tracemalloc

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.optimizers import OPTIMIZERS
from sklinear_gd.penalties import PENALTIES
from sklinear_gd.solvers import LBFGS

CLASSES = [SVMGDClassifier, SoftmaxGDClassifier]
every_class = pytest.mark.parametrize("cls", CLASSES)
every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS)
every_penalty = pytest.mark.parametrize("penalty", [*PENALTIES, None], ids=str)


def _with_index_dtype(matrix, dtype):
    if matrix.format == "coo":
        matrix.coords = tuple(axis.astype(dtype) for axis in matrix.coords)
        return matrix
    matrix.indices, matrix.indptr = matrix.indices.astype(dtype), matrix.indptr.astype(dtype)
    return matrix


def _unsorted_with_duplicates(X):
    """Return X as CSR with every row backwards and its first entry in two halves."""
    X = sparse.csr_array(X)
    data, indices, indptr = [], [], [0]
    for i in range(X.shape[0]):
        row = slice(X.indptr[i], X.indptr[i + 1])
        values, columns = X.data[row][::-1], X.indices[row][::-1]
        if len(values):
            values = np.concatenate([[values[0] / 2], values[1:], [values[0] / 2]])
            columns = np.concatenate([columns, columns[:1]])
        data.append(values)
        indices.append(columns)
        indptr.append(indptr[-1] + len(columns))
    parts = (np.concatenate(data), np.concatenate(indices), np.array(indptr))
    return sparse.csr_array(parts, shape=X.shape)


FORMATS = {
    f"{make.__name__} int{8 * np.dtype(index).itemsize}": (
        lambda X, make=make, index=index: _with_index_dtype(make(X), index)
    )
    for make in (sparse.csr_array, sparse.csr_matrix, sparse.csc_array, sparse.csc_matrix)
    for index in (np.int32, np.int64)
}
FORMATS["coo_array"] = sparse.coo_array
FORMATS["lil_matrix"] = sparse.lil_matrix
FORMATS["unsorted, duplicates"] = _unsorted_with_duplicates


@pytest.fixture(scope="module")
def thin():
    """Return a matrix (100, 12) with many zeros, an empty row and column, and 3 classes."""
    rng = np.random.default_rng(0)
    y = rng.choice(3, size=100, p=[0.5, 0.3, 0.2])
    X = (rng.normal(size=(3, 12))[y] + rng.normal(size=(100, 12))) * (rng.random((100, 12)) < 0.3)
    X[7], X[:, 5] = 0, 0
    X.flags.writeable = y.flags.writeable = False
    return X, y


def arrays_of(X):
    """Return the arrays that a matrix is made of."""
    if isinstance(X, np.ndarray):
        return [X]
    names = ("data", "indices", "indptr", "row", "col")
    return [getattr(X, name) for name in names if isinstance(getattr(X, name, None), np.ndarray)]


def assert_same_model(one, other, **tolerance):
    """Compare coefficients and intercepts."""
    np.testing.assert_allclose(one.coef_, other.coef_, **tolerance)
    np.testing.assert_allclose(one.intercept_, other.intercept_, **tolerance)


@every_optimizer
@pytest.mark.parametrize("convert", FORMATS.values(), ids=FORMATS)
def test_every_format_and_optimizer(convert, optimizer, thin):
    """CSR, CSC and others, arrays and matrices, 32 and 64 bits: dense's model to rounding."""
    X, y = thin
    clf = SoftmaxGDClassifier(
        optimizer=optimizer, batch_size=16, max_iter=4, tol=None, random_state=0
    )
    dense, other = clone(clf).fit(X, y), clone(clf).fit(convert(X), y)
    assert_same_model(dense, other, rtol=1e-8, atol=1e-11)
    np.testing.assert_allclose(
        dense.predict_proba(X), other.predict_proba(convert(X)), rtol=1e-8, atol=1e-11
    )
    assert dense.objective_ == pytest.approx(other.objective_, rel=1e-10)


@pytest.mark.parametrize("batch_size", [1, 16, "full"])
@every_penalty
@every_optimizer
def test_every_penalty_and_batch_size(optimizer, penalty, batch_size, thin):
    """Penalties and batches of any size, lazily applied or not, give dense's model."""
    X, y = thin
    # Each pair of the others meets both.
    places = list(OPTIMIZERS).index(optimizer), [*PENALTIES, None].index(penalty)
    fit_intercept = sum(places, [1, 16, "full"].index(batch_size)) % 2 == 0
    clf = SVMGDClassifier(
        optimizer=optimizer,
        penalty=penalty,
        alpha=0.02,
        l1_ratio=0.4,
        batch_size=batch_size,
        fit_intercept=fit_intercept,
        max_iter=3,
        tol=None,
        random_state=0,
    )
    dense, csr = clone(clf).fit(X, y), clone(clf).fit(sparse.csr_array(X), y)
    assert_same_model(dense, csr, rtol=1e-8, atol=1e-10)
    if penalty not in ("l2", None):
        assert not csr.coef_[:, 5].any()


@pytest.mark.parametrize(
    "params",
    [
        {"average": True},
        {"dropout": 0.3},
        {"max_norm": 0.2},
        {"early_stopping": True},
        {"class_weight": "balanced"},
        {"multi_class": "crammer_singer"},
        {"multi_class": "ovr", "loss": "squared_hinge"},
        {"schedule": "one_cycle"},
        {"learning_rate": 0.3, "alpha": 1.0},
    ],
    ids=str,
)
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_other_settings(optimizer, params, thin):
    """Averages, dropout, the ball and the rest know no difference either."""
    X, y = thin
    clf = SVMGDClassifier(optimizer=optimizer, batch_size=16, max_iter=4, tol=None, random_state=0)
    clf.set_params(**params)
    weights = np.random.default_rng(1).integers(0, 3, size=len(y))
    dense = clone(clf).fit(X, y, sample_weight=weights)
    csr = clone(clf).fit(sparse.csr_array(X), y, sample_weight=weights)
    assert_same_model(dense, csr, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("penalty", ["l2", "l1"])
@every_class
def test_lbfgs(cls, penalty, thin):
    """L-BFGS ends at the same optimum on CSR and dense rows."""
    X, y = thin
    clf = cls(solver="lbfgs", penalty=penalty, alpha=0.1, tol=1e-9, max_iter=2000)
    dense, csr = clone(clf).fit(X, y), clone(clf).fit(sparse.csr_matrix(X), y)
    assert dense.objective_ == pytest.approx(csr.objective_, rel=1e-4)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("index", [np.int32, np.int64])
@every_class
def test_float32_rows(cls, index, n_classes, thin):
    """float32 CSR rows give float32 weights, equal to dense's to float32's rounding."""
    X, y = thin[0].astype(np.float32), thin[1] % n_classes
    clf = cls(optimizer="sgd", batch_size=16, max_iter=4, tol=None, random_state=0)
    csr = _with_index_dtype(sparse.csr_array(X), index)
    dense, thin_one = clone(clf).fit(X, y), clone(clf).fit(csr, y)
    assert thin_one.coef_.dtype == np.float32
    assert_same_model(dense, thin_one, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "convert",
    [FORMATS["csr_array int32"], FORMATS["csc_matrix int64"], _unsorted_with_duplicates],
    ids=["csr", "csc", "unsorted, duplicates"],
)
@pytest.mark.parametrize("params", [{"optimizer": "sgd"}, {"dropout": 0.2}, {"solver": "lbfgs"}],
                         ids=str)  # fmt: skip
def test_the_matrix_is_not_written(params, convert, thin):
    """Data, indices and pointers stay as they are, and may be read-only."""
    X, y = convert(thin[0]), thin[1]
    before = [array.copy() for array in arrays_of(X)]
    for array in arrays_of(X):
        array.flags.writeable = False
    clf = SoftmaxGDClassifier(**params, alpha=0.1, random_state=0).fit(X, y)
    clf.predict(X)
    clf.objective(X, y)
    for array, copy in zip(arrays_of(X), before, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize(
    "params",
    [
        *({"optimizer": name} for name in OPTIMIZERS),
        {"batch_size": "full"},
        {"dropout": 0.2},
        {"average": True, "optimizer": "sgd"},
        {"early_stopping": True},
        {"penalty": "group_lasso"},
        {"penalty": "l1", "optimizer": "sgd"},
        {"max_norm": 1.0},
        {"solver": "lbfgs", "alpha": 0.1},
        {"solver": "lbfgs", "alpha": 0.1, "penalty": "l1"},
    ],
    ids=str,
)
@every_class
def test_rows_never_become_dense(cls, params, thin, monkeypatch):
    """No method of training or prediction asks SciPy for a dense array."""
    X, y = sparse.csr_array(thin[0]), thin[1]
    max_iter = 500 if "solver" in params else 3

    def refuse(*args, **kwargs):
        raise AssertionError("the matrix was made dense")

    for owner in (sparse.csr_array, sparse.csr_matrix, sparse.csc_array, sparse.csc_matrix,
                  sparse.coo_array, sparse.coo_matrix):  # fmt: skip
        for name in ("toarray", "todense"):
            monkeypatch.setattr(owner, name, refuse)
    clf = cls(**{"batch_size": 16, **params}, max_iter=max_iter, random_state=0)
    clf.set_params(tol=1e-2 if "solver" in params else None)
    clf.fit(X, y, sample_weight=np.linspace(1, 2, len(y)))
    clf.score(X, y)
    clf.objective(X, y)
    if cls is SoftmaxGDClassifier:
        clf.predict_log_proba(X)
    if hasattr(clf, "partial_fit") and not clf.early_stopping and clf.optimizer != "saga":
        clf.partial_fit(X, y)


WIDE = 1_000_000


@pytest.fixture(scope="module")
def wide():
    """Return a matrix (200, 1,000,000), 20 entries a row, 1.6 GB if dense, and 2 classes."""
    rng = np.random.default_rng(0)
    y = np.arange(200) % 2
    columns = rng.integers(0, WIDE, size=(200, 19))
    columns = np.hstack([columns, y[:, None]])  # columns 0 and 1 tell the class
    X = sparse.csr_array(
        (np.ones(4000), columns.ravel(), np.arange(0, 4001, 20)), shape=(200, WIDE)
    )
    X.sum_duplicates()
    return X, y


@pytest.mark.parametrize(
    "params",
    [
        {"optimizer": "sgd"},
        {"optimizer": "sgd", "penalty": "l1", "alpha": 1e-3},
        {"optimizer": "adam"},
        {"optimizer": "sgd", "early_stopping": True},
        {"solver": LBFGS(memory=5), "tol": 1e-2, "max_iter": 30, "n_iter_no_change": 1},
    ],
    ids=str,
)
def test_memory_of_a_wide_matrix(params, wide):
    """200 rows of a million features take memory for some weight vectors, not for dense rows."""
    X, y = wide
    clf = SoftmaxGDClassifier(**{"batch_size": 100, "max_iter": 2, "tol": None, **params})
    vector = 8 * WIDE
    vectors = 40 if "solver" in params else 15  # L-BFGS keeps 2 * 5 of them, SciPy as many more
    tracemalloc.start()
    try:
        clf.fit(X, y).predict(X)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert clf.coef_.shape == (1, WIDE)
    assert peak < vectors * vector  # dense rows would be 200


def test_arrays_with_gaps_are_rows_too(three_classes):
    """A CSR matrix of every second entry of longer arrays gives the model of the plain one."""
    X, y = three_classes
    plain = sparse.csr_array(X)
    gaps = plain.copy()
    for name in ("data", "indices", "indptr"):
        setattr(gaps, name, np.repeat(getattr(plain, name), 2)[::2])
    for params in ({}, {"solver": "lbfgs"}):
        clf = SoftmaxGDClassifier(**params, max_iter=5, tol=None, random_state=0)
        expected = clf.fit(plain, y).decision_function(plain)
        np.testing.assert_array_equal(clf.fit(gaps, y).decision_function(gaps), expected)
