"""The data sets: files in the folder SKLINEAR_GD_DATA, or scikit-learn's fetchers.

Every set is made at its source in float64 and handed out in the dtype asked for, so that all
solvers see equal numbers. The files are NumPy archives with ``X_train, y_train, X_test, y_test``; a
sparse matrix ``M`` is stored in CSR form as ``M_data, M_indices, M_indptr, M_shape``.
"""

import os
import pickle
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.datasets import load_iris
from sklearn.feature_extraction.text import TfidfTransformer

PARTS = ("X_train", "y_train", "X_test", "y_test")


@dataclass(frozen=True)
class Dataset:
    """Training and test rows; ``y`` holds class numbers 0, 1, 2, ..."""

    name: str
    X: np.ndarray | sparse.csr_matrix
    y: np.ndarray
    X_test: np.ndarray | sparse.csr_matrix
    y_test: np.ndarray

    @property
    def n_classes(self):
        """How many classes there are."""
        return int(self.y.max()) + 1

    @property
    def stored(self):
        """Stored entries of X."""
        return self.X.nnz if sparse.issparse(self.X) else self.X.size

    @property
    def shape_text(self):
        """The size in words, for tables."""
        n_rows, n_features = self.X.shape
        kind = f"{self.stored / n_rows:.0f} non-zeros a row" if sparse.issparse(self.X) else "dense"
        return f"{n_rows:,} × {n_features:,}, {self.n_classes} classes, {kind}"


@lru_cache(maxsize=3)
def load(name, dtype="float32", tiny=False):
    """A data set by name.

    Parameters
    ----------
    name : str
        A key of :data:`SETS`.
    dtype : str
        "float32" or "float64".
    tiny : bool
        A made-up set of the same kind with a few hundred rows, for tests.

    Returns
    -------
    data : Dataset
    """
    made = (TINY if tiny else SETS)[name]()
    X, y, X_test, y_test = made
    y, y_test = (np.asarray(part).astype(np.int64) for part in (y, y_test))
    return Dataset(name, _cast(X, dtype), y, _cast(X_test, dtype), y_test)


def _cast(X, dtype):
    if sparse.issparse(X):
        return X.astype(dtype)
    return np.ascontiguousarray(X, dtype=dtype)


def few_rows(data, a_class=9):
    """Some training rows of each class, for fits that fill the caches."""
    index = np.concatenate([np.flatnonzero(data.y == k)[:a_class] for k in range(data.n_classes)])
    return data.X[index], data.y[index]


@contextmanager
def handed_over(data):
    """A file from which a child process reads the same data in no time; gone afterwards."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "data.pickle"
        with path.open("wb") as file:
            pickle.dump(data, file, protocol=5)
        yield str(path)


def taken_over(path):
    """The data that another process handed over."""
    with open(path, "rb") as file:
        return pickle.load(file)


def folder():
    """The folder of the files, or None for the fetchers."""
    name = os.environ.get("SKLINEAR_GD_DATA")
    return Path(name) if name else None


def read(path):
    """The arrays and the CSR matrices of an archive, by name."""
    with np.load(path) as archive:
        arrays = dict(archive)
    for name in [key[:-6] for key in arrays if key.endswith("_shape")]:
        parts = [arrays.pop(f"{name}_{part}") for part in ("data", "indices", "indptr")]
        arrays[name] = sparse.csr_matrix(tuple(parts), shape=tuple(arrays.pop(f"{name}_shape")))
    return arrays


def _mnist():
    """MNIST: 60,000 + 10,000 images of 784 pixels in [0, 1]."""
    if folder():
        archive = read(folder() / "mnist.npz")
        X, y, X_test, y_test = (archive[part] for part in PARTS)
    else:
        from sklearn.datasets import fetch_openml

        X, y = fetch_openml("mnist_784", version=1, as_frame=False, return_X_y=True)
        X, y, X_test, y_test = X[:60000], y[:60000], X[60000:], y[60000:]
    return X / 255.0, y, X_test / 255.0, y_test


def _cifar10():
    """CIFAR-10: 20,000 images of 3,072 pixels in [0, 1] minus their mean."""
    if folder():
        archive = read(folder() / "cifar10_20k.npz")
        X, y, X_test, y_test = (archive[part] for part in PARTS)
    else:
        from sklearn.datasets import fetch_openml

        X, y = fetch_openml("CIFAR_10", version=1, as_frame=False, return_X_y=True)
        X, y, X_test, y_test = X[:20000], y[:20000], X[50000:], y[50000:]
    mean = X.mean(axis=0) / 255.0
    return X / 255.0 - mean, y, X_test / 255.0 - mean, y_test


def _newsgroups():
    """20 newsgroups, split by date, as sublinear tf-idf of unit rows."""
    if folder():
        archive = read(folder() / "news20_bydate_counts.npz")
        X, y, X_test, y_test = (archive[part] for part in PARTS)
    else:
        from sklearn.datasets import fetch_20newsgroups_vectorized as fetch

        X, y = fetch(subset="train", normalize=False, return_X_y=True)
        X_test, y_test = fetch(subset="test", normalize=False, return_X_y=True)
    tfidf = TfidfTransformer(sublinear_tf=True).fit(X.astype(np.float64))
    return tfidf.transform(X.astype(np.float64)), y, tfidf.transform(X_test), y_test


def _mnist_high():
    """MNIST as two classes: digits from 5 on against the smaller ones."""
    X, y, X_test, y_test = _mnist()
    return X, np.asarray(y).astype(int) >= 5, X_test, np.asarray(y_test).astype(int) >= 5


def _iris():
    """Iris, all of it; the test rows are the training rows."""
    X, y = load_iris(return_X_y=True)
    return X, y, X, y


def made_up(n_rows, n_features, n_classes, density=1.0, seed=0):
    """Rows around random class centres: dense, or CSR where ``density`` is below 1.

    Returns
    -------
    X : ndarray or csr_matrix of shape (n_rows, n_features), float32
    y : ndarray of int64, shape (n_rows,)
        Every class occurs.
    """
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(n_rows) % n_classes)
    if density == 1:
        centres = rng.standard_normal((n_classes, n_features), dtype=np.float32)
        X = rng.standard_normal((n_rows, n_features), dtype=np.float32)
        return (0.5 * centres[y] + X) / np.float32(n_features**0.5), y
    per_row = max(1, round(density * n_features))
    columns = rng.integers(0, n_features, size=(n_rows, per_row), dtype=np.int32)
    # The class shows in the first of the columns, as a telling word does in a text.
    columns[:, 0] = (y * (n_features // n_classes) + columns[:, 0] % 5) % n_features
    values = rng.random((n_rows, per_row), dtype=np.float32) + np.float32(0.5)
    values /= np.sqrt((values**2).sum(axis=1, keepdims=True))
    X = sparse.csr_matrix(
        (values.ravel(), columns.ravel(), np.arange(n_rows + 1, dtype=np.int32) * per_row),
        shape=(n_rows, n_features),
    )
    X.sum_duplicates()
    return X, y


def _tiny(n_features, n_classes, density=1.0):
    X, y = made_up(240, n_features, n_classes, density)
    return X[:180], y[:180], X[180:], y[180:]


SETS = {
    "mnist": _mnist,
    "cifar10": _cifar10,
    "newsgroups": _newsgroups,
    "mnist_high": _mnist_high,
    "iris": _iris,
}
TINY = {
    "mnist": lambda: _tiny(12, 4),
    "cifar10": lambda: _tiny(16, 4),
    "newsgroups": lambda: _tiny(60, 5, density=0.1),
    "mnist_high": lambda: _tiny(12, 2),
    "iris": _iris,
}
