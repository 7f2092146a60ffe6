"""Turned axes, along which the features are uncorrelated."""

from collections import namedtuple

import numpy as np

from sklinear_gd._namespaces import to_host
from sklinear_gd.conditioning.moments import finite_moments, weighted
from sklinear_gd.designs import as_design


class Basis(namedtuple("Basis", ["mean", "directions"])):
    """Turned axes: Z = (X - mean) @ directions.

    Parameters
    ----------
    mean : ndarray of shape (n_features,), float64, or None
    directions : ndarray of shape (n_features, n_features), float64
        Orthonormal columns.
    """

    __slots__ = ()

    def turn(self, coef, intercept):
        """W (n_features, n_scores) and b of X as those of Z; float64."""
        shift = 0.0 if self.mean is None else self.mean @ coef
        return self.directions.T @ coef, intercept + shift

    def turn_back(self, coef, intercept):
        """W and b of Z as those of X; float64."""
        coef = self.directions @ coef
        return coef, intercept - (0.0 if self.mean is None else self.mean @ coef)


def basis(objective):
    """The :class:`Basis` in which an objective's features are uncorrelated."""
    finite_moments(objective)  # refuses what overflows
    # From dense blocks alone: any storage gives the same bits, and so the same axes.
    mean = sum(objective.map(_sum_of_rows)) if objective.fit_intercept else None
    covariance = sum(objective.map(_sum_of_products, mean))
    directions = np.linalg.eigh(to_host(covariance))[1]
    return Basis(mean, objective.design.place(directions))


def in_basis(objective, basis):
    """The same objective in turned axes: its design is a new array."""
    design = objective.design
    if not design.in_memory:
        changes = {"mean_non_zeros": float(design.shape[1]), "is_sparse": False}
        return objective.with_design(design.transform(objective, in_basis, basis, **changes), basis)
    Z = design.zeros(design.shape)
    for part, X in design.dense_blocks(np.arange(design.shape[0])):
        if basis.mean is not None:
            X -= basis.mean
        Z[part, ...] = design.cast(X @ basis.directions)
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
