"""Turned axes, along which the features are uncorrelated."""

from collections import namedtuple

import numpy as np
from scipy import linalg
from sklearn.utils.extmath import randomized_svd

from sklinear_gd._namespaces import to_host
from sklinear_gd.conditioning.moments import finite_moments, weighted
from sklinear_gd.designs import as_design

# The "principal" axes: so many of them, found on at most so many rows and about so many numbers.
PRINCIPAL, PRINCIPAL_ROWS, PRINCIPAL_NUMBERS = 256, 4096, 1 << 25


class Basis(namedtuple("Basis", ["mean", "directions", "reflectors"], defaults=[None])):
    """Turned axes: Z = (X - mean) Q.

    Parameters
    ----------
    mean : ndarray of shape (n_features,), float64, or None
    directions : ndarray of shape (n_features, n_features) or (n_features, n_principal), float64
        The orthonormal columns of Q; or Y T, where there are reflectors.
    reflectors : ndarray of shape (n_features, n_principal), float64, or None
        Y of Q = I - Y T Yᵀ, Householder reflections one after another: turning a row then costs
        n_features * n_principal twice, not n_features².
    """

    __slots__ = ()

    def rotate(self, X):
        """``X Q``."""
        if self.reflectors is None:
            return X @ self.directions
        return X - (X @ self.directions) @ self.reflectors.T

    def along_axes(self, coef):
        """``Qᵀ W``: of one vector or several columns."""
        if self.reflectors is None:
            return self.directions.T @ coef
        return coef - self.reflectors @ (self.directions.T @ coef)

    def turn(self, coef, intercept):
        """W (n_features, n_scores) and b of X as those of Z; float64."""
        shift = 0.0 if self.mean is None else self.mean @ coef
        return self.along_axes(coef), intercept + shift

    def turn_back(self, coef, intercept):
        """W and b of Z as those of X; float64."""
        if self.reflectors is None:
            coef = self.directions @ coef
        else:
            coef = coef - self.directions @ (self.reflectors.T @ coef)
        return coef, intercept - (0.0 if self.mean is None else self.mean @ coef)


def basis(objective, metric):
    """The :class:`Basis` of a metric.

    Parameters
    ----------
    objective : Objective
    metric : {"full", "principal"}
        Axes along which the features are uncorrelated; or the first of these, those of the largest
        variance in a sample of the rows, and any others at right angles to them.
    """
    finite_moments(objective)  # refuses what overflows
    if metric == "principal" and objective.design.shape[1] > PRINCIPAL:
        return _principal(objective)
    # From dense blocks alone: any storage gives the same bits, and so the same axes.
    mean = sum(objective.map(_sum_of_rows)) if objective.fit_intercept else None
    covariance = sum(objective.map(_sum_of_products, mean))
    directions = np.linalg.eigh(to_host(covariance))[1]
    return Basis(mean, objective.design.place(directions))


def _principal(objective):
    enough = max(PRINCIPAL, PRINCIPAL_NUMBERS // objective.design.shape[1])
    rows, shares = dense_sample(objective, min(PRINCIPAL_ROWS, enough))
    mean = shares @ rows if objective.fit_intercept else None
    if mean is not None:
        rows -= mean
    rows *= np.sqrt(shares)[:, None]
    wanted = min(PRINCIPAL, len(rows))
    axes = randomized_svd(rows, wanted, n_iter=2, random_state=0)[2].T
    (packed, factors), _ = linalg.qr(axes, mode="raw")
    turns = factors != 0  # an axis that is one of X's already needs no reflection
    reflectors, factors = (np.tril(packed, -1) + np.eye(*packed.shape))[:, turns], factors[turns]
    # The product of the reflections I - f_i y_i y_iᵀ is I - Y T Yᵀ (Schreiber & Van Loan 1989).
    inverse = np.triu(reflectors.T @ reflectors, 1) + np.diag(1 / factors)
    directions = linalg.solve_triangular(inverse, reflectors.T, trans="T").T
    place = objective.design.place
    return Basis(None if mean is None else place(mean), place(directions), place(reflectors))


def dense_sample(objective, size):
    """Some rows, evenly spread, as one array of float64 on the host, and their weights."""
    sample = objective.sample(size)
    design, index = sample.design.sample(sample.rows)
    return np.concatenate([X for _, X in design.dense_blocks(index)]), weighted(sample)[1]


def in_basis(objective, basis, dtype=None):
    """The same objective in turned axes: its design is a new array, in this dtype or that of X."""
    design = objective.design
    if not design.in_memory:
        changes = {"mean_non_zeros": float(design.shape[1]), "is_sparse": False}
        return objective.with_design(design.transform(objective, in_basis, basis, **changes), basis)
    Z = design.zeros(design.shape) if dtype is None else np.empty(design.shape, dtype)
    for part, X in design.dense_blocks(np.arange(design.shape[0])):
        if basis.mean is not None:
            X -= basis.mean
        Z[part, ...] = design.cast(basis.rotate(X))
    return objective.with_design(as_design(Z), basis)


def _sum_of_rows(part):
    rows, shares = weighted(part)
    shares = part.design.place(shares)
    return sum(shares[own] @ X for own, X in part.design.dense_blocks(rows))


def _sum_of_products(part, center):
    """The weighted sum of the outer products of the rows, less a center, with themselves."""
    rows, shares = weighted(part)
    shares, products = part.design.place(shares), 0.0
    for own, X in part.design.dense_blocks(rows):
        if center is not None:
            X -= center
        products = products + (shares[own][:, None] * X).T @ X
    return products
