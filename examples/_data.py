"""Data of the examples: scikit-learn's fetchers, or files in the folder SKLINEAR_GD_DATA.

The fetchers download once and then use scikit-learn's cache. The files are NumPy archives with the
arrays ``X_train, y_train, X_test, y_test``; a sparse matrix ``M`` is stored in CSR form as
``M_data, M_indices, M_indptr, M_shape``.
"""

import os
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfTransformer


def load_mnist():
    """Return X_train (60000, 784), y_train, X_test (10000, 784), y_test; float32 in [0, 1]."""
    if folder():
        archive = read(folder() / "mnist.npz")
        X_train, y_train, X_test, y_test = (archive[name] for name in PARTS)
    else:
        from sklearn.datasets import fetch_openml

        X, y = fetch_openml("mnist_784", version=1, as_frame=False, return_X_y=True)
        X_train, y_train, X_test, y_test = X[:60000], y[:60000], X[60000:], y[60000:]
    return scaled(X_train), y_train, scaled(X_test), y_test


def load_newsgroups():
    """Return the same parts as sublinear tf-idf with rows of norm 1: CSR matrices of float32."""
    if folder():
        archive = read(folder() / "news20_bydate_counts.npz")
        X_train, y_train, X_test, y_test = (archive[name] for name in PARTS)
    else:
        from sklearn.datasets import fetch_20newsgroups_vectorized

        X_train, y_train = fetch_20newsgroups_vectorized(
            subset="train", normalize=False, return_X_y=True
        )
        X_test, y_test = fetch_20newsgroups_vectorized(
            subset="test", normalize=False, return_X_y=True
        )
    tfidf = TfidfTransformer(sublinear_tf=True).fit(X_train.astype(np.float32))
    X_train, X_test = (tfidf.transform(X.astype(np.float32)) for X in (X_train, X_test))
    return X_train, y_train, X_test, y_test


def load_cifar10():
    """Return 20,000 images of CIFAR-10 from the folder, and 1,017 test images; float32.

    A row holds 1024 red values, then green, then blue, minus the mean image of training.
    """
    archive = read(folder() / "cifar10_20k.npz")
    X_train, y_train, X_test, y_test = (archive[name] for name in PARTS)
    X_train, X_test = X_train.astype(np.float32), X_test.astype(np.float32)
    mean = X_train.mean(axis=0)
    X_train -= mean
    X_test -= mean
    return X_train, y_train, X_test, y_test


PARTS = ("X_train", "y_train", "X_test", "y_test")


def folder():
    """Return the folder of the files, or None for the fetchers."""
    name = os.environ.get("SKLINEAR_GD_DATA")
    return Path(name) if name else None


def read(path):
    """Return the arrays and the CSR matrices of an archive, by name."""
    with np.load(path) as archive:
        arrays = dict(archive)
    for name in [key[:-6] for key in arrays if key.endswith("_shape")]:
        parts = [arrays.pop(f"{name}_{part}") for part in ("data", "indices", "indptr")]
        arrays[name] = sparse.csr_matrix(tuple(parts), shape=tuple(arrays.pop(f"{name}_shape")))
    return arrays


def scaled(X):
    """Return pixels from 0 to 255 as float32 from 0 to 1."""
    return np.asarray(X, dtype=np.float32) / 255
