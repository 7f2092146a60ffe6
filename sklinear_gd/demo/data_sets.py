"""The ready data sets: points in the plane and their classes."""

import numpy as np
from sklearn.datasets import load_iris, make_blobs, make_circles

from sklinear_gd._typing import Array
from sklinear_gd.demo.settings import PLANE

# The nine points of the linear classification demo of Stanford's course CS231n.
STANFORD = np.array(
    [
        [0.5, 0.4, 0],
        [0.8, 0.3, 0],
        [0.3, 0.8, 0],
        [-0.4, 0.3, 1],
        [-0.3, 0.7, 1],
        [-0.7, 0.2, 1],
        [0.7, -0.4, 2],
        [0.5, -0.6, 2],
        [-0.4, -0.5, 2],
    ]
)


def stanford() -> tuple[Array, Array]:
    """Nine points in three classes."""
    return STANFORD[:, :2] * 1.8, STANFORD[:, 2].astype(int)


def blobs() -> tuple[Array, Array]:
    """Three round clouds that overlap a little."""
    centers = [(-1.0, -0.7), (1.0, -0.6), (0.0, 1.0)]
    return make_blobs(n_samples=45, centers=centers, cluster_std=0.38, random_state=3)


def many_blobs() -> tuple[Array, Array]:
    """Five round clouds."""
    angles = np.pi / 2 + 2 * np.pi * np.arange(5) / 5
    centers = 1.25 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return make_blobs(n_samples=60, centers=centers, cluster_std=0.25, random_state=0)


def rings() -> tuple[Array, Array]:
    """A ring around a disc: no line separates them."""
    X, y = make_circles(n_samples=48, noise=0.06, factor=0.4, random_state=0)
    return 1.6 * X, y


def iris() -> tuple[Array, Array]:
    """Petal length and width of 54 irises, in units of their standard deviation."""
    X, y = load_iris(return_X_y=True)
    X = X[:, 2:]
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    rows = np.concatenate([np.flatnonzero(y == k)[:18] for k in range(3)])
    return X[rows], y[rows]


DATA_SETS = {
    "stanford": ("Nine points (Stanford)", stanford),
    "blobs": ("Three blobs", blobs),
    "many_blobs": ("Five blobs", many_blobs),
    "rings": ("Ring around a disc", rings),
    "iris": ("Iris, two features", iris),
}


def load(name: str) -> tuple[Array, Array]:
    """The points of a ready data set.

    Parameters
    ----------
    name : str
        A key of `DATA_SETS`.

    Returns
    -------
    X : ndarray of shape (n_points, 2), float64
        In the plane's square, rounded to two decimals.
    y : ndarray of shape (n_points,), int
        Classes from 0 on.
    """
    X, y = DATA_SETS[name][1]()
    return np.clip(X, -PLANE, PLANE).round(2), y.astype(int)
