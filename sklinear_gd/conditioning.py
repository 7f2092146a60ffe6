"""A change of variables for the solvers: features centred and scaled, or turned and scaled.

    diagonal:  V_j = W_j / scale_j,  c = b + center @ W,  scale_j = 1 / sqrt(var_j / 2 + alpha l2)
    full:      the same on Z = (X - mean) Q, with Q the eigenvectors of the covariance of X

The columns of Z are uncorrelated and turning leaves the length of W alone, so that the diagonal
metric of Z is the full metric cov / 2 + alpha of X, and the objective is the same function. In
these variables a softmax with an L2 penalty is bent about equally in all directions: 1/2 is the
largest curvature of its loss in a score. Objective, penalty and coefficients stay in the user's
units, and sparse rows stay sparse: the center is one more row, subtracted.

Rows of weight zero count in no statistic. Without an intercept nothing is centred, and second
moments take the place of variances.
"""

from collections import namedtuple
from dataclasses import replace

import numpy as np

from sklinear_gd._namespaces import copy_of, to_host
from sklinear_gd.designs import as_design

CURVATURE = 0.5
# precondition="auto" turns data of up to so many features and numbers, which is a copy of X, and
# only where there are this many rows a feature to know a covariance from.
FULL_FEATURES, FULL_NUMBERS, ROWS_A_FEATURE = 512, 1 << 23, 5
# ... and where so many of the numbers are not 0, however they are stored: sparse rows stay sparse.
FULL_SHARE = 0.4
# Fewer rows tell nothing of a spread.
LEAST_ROWS = 20
# Rows that are remembered one by one (SAGA): the mean squared norm that they are scaled to. The
# features share a scale if their largest entries in some rows exceed the median by no such factor.
BALANCE = 10.0
UNITS_ROWS, UNITS_SPREAD, UNITS_FEATURES = 256, 10.0, 8192
# One scale serves features that are bent up to so many times as much as their mean.
UNEVEN = 1000.0
# Near a kink rounding decides which way an iterate goes. Where all rows are taken at once, equal
# rows of data of up to this size are merged first, so that weights and repetitions make the same
# iterates to the last bit.
MERGED = 256


class Conditioning(namedtuple("Conditioning", ["scale", "center"])):
    """The diagonal metric.

    Parameters
    ----------
    scale : ndarray of shape (n_features,)
        In the dtype and the place of the data; > 0.
    center : ndarray of shape (n_features,), or None
    """

    __slots__ = ()

    @property
    def is_uniform(self):
        """Whether nothing is centred and all features have one scale."""
        return self.center is None and bool((self.scale == self.scale[0]).all())

    @property
    def square(self):
        """Of a scale that all features share: a step of V is so much larger a one of W."""
        return float(self.scale[0]) ** 2

    def enter(self, params):
        """The variables (V, c) of parameters (W, b), a new array."""
        variables, n_features = copy_of(params), self.scale.shape[0]
        V, c = variables[:n_features, :], variables[n_features:, :]
        V /= self.scale[:, None]
        if self.center is not None:
            c += self._shift(params)
        return variables

    def leave(self, variables, params):
        """Write the parameters (W, b) of variables (V, c); both may be one array."""
        self.scale_weights(variables, params)
        self.settle(params)

    def scale_weights(self, variables, params):
        """Write (W, c) of (V, c)."""
        n_features = self.scale.shape[0]
        if isinstance(params, np.ndarray):
            np.multiply(variables[:n_features], self.scale[:, None], out=params[:n_features])
        else:
            params[:n_features, :] = variables[:n_features, :] * self.scale[:, None]
        params[n_features:, :] = variables[n_features:, :]

    def settle(self, params):
        """Turn (W, c) into (W, b), in place."""
        if self.center is not None:
            n_features = self.scale.shape[0]
            b = params[n_features:, :]
            b -= self._shift(params)

    def _shift(self, params):
        """``center @ W``, not by BLAS: its threads would stay awake and keep a core from ours."""
        W = params[: self.scale.shape[0], :]
        if not isinstance(W, np.ndarray):
            return self.center @ W
        return np.einsum("j,jk->k", self.center, W)

    def pull(self, gradient):
        """Turn the gradient by (W, b) into that by (V, c), in place."""
        n_features = self.scale.shape[0]
        G = gradient[:n_features, :]
        if self.center is not None:
            G -= self.center[:, None] * gradient[n_features:, :]
        G *= self.scale[:, None]


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


def prepare(objective, plan, solver, earlier=None):
    """The objective and the plan that the solver gets: rows merged, axes turned.

    Parameters
    ----------
    objective : Objective
    plan : Plan
    solver : Solver
    earlier : Basis, tuple of its fields, or None
        The axes of an earlier fit that this one goes on from.

    Returns
    -------
    objective : Objective
    plan : Plan
        Its ``precondition`` is "diagonal", "uniform", "balanced", "dual" or False.
    """
    if len(objective.rows) <= MERGED and solver.takes_all(plan, objective):
        objective = objective.merged() if objective.design.in_memory else objective
    metric = choose(objective, plan, solver)
    if metric == "full":
        objective = in_basis(objective, _axes(objective, earlier))
    metric = "diagonal" if metric == "full" else metric
    return objective, replace(plan, precondition=metric)


def _axes(objective, earlier):
    if earlier is None:
        return basis(objective)
    place = objective.design.place
    return Basis(*(None if array is None else place(array) for array in earlier))


def choose(objective, plan, solver):
    """What ``precondition`` means for this fit: a metric by its name, or False.

    "auto" leaves plain SGD and rates of the user's own to the textbook, turns small data, and
    scales the rest, for SAGA by one number if that serves. Dual steps (SAGA of a plain hinge) are
    the same in any scale, but not with any center. Penalties with kinks allow the diagonal
    metric alone; dropped features and a ball, whose projection would need the metric too, none.
    """
    wanted, penalty = plan.precondition, objective.penalty
    if wanted is False or plan.dropout or plan.max_norm is not None:
        return False
    turnable = penalty.smooth and penalty.separable
    if wanted != "auto":
        return wanted if turnable else "diagonal"
    n_rows, n_features = len(objective.rows), objective.design.shape[1]
    if n_rows < LEAST_ROWS or not solver.may_condition(plan):
        return False
    small = n_features <= FULL_FEATURES and objective.design.shape[0] * n_features <= FULL_NUMBERS
    if solver.takes_dual_steps(plan, objective):
        return "dual"
    known = n_rows >= ROWS_A_FEATURE * n_features
    if not (turnable and small and known):
        return _scaled(objective, plan, solver)
    # Rows with many zeros stay as they are: turned, they would have none.
    full = sum(objective.map(_count_non_zeros)) >= FULL_SHARE * np.prod(objective.design.shape)
    return "full" if full else _scaled(objective, plan, solver)


def _scaled(objective, plan, solver):
    """Diagonal, or one scale: "balanced", where rows are remembered singly and units are alike.

    "uniform" leaves the choice to a solver for which one scale saves work.
    """
    if solver.prefers_one_scale(objective):
        return "uniform"
    single = solver.takes_single_rows(plan, objective)
    return "balanced" if single and _share_units(objective) else "diagonal"


def diagonal(objective):
    """The :class:`Conditioning` of an objective's rows."""
    mean, variance = _finite_moments(objective)
    if not objective.fit_intercept:
        mean, variance = np.zeros_like(mean), variance + mean**2
    # What rounding leaves of a constant feature is no spread.
    variance[variance <= (4 * np.finfo(objective.design.dtype).eps * mean) ** 2] = 0
    bend = CURVATURE * variance + objective.alpha * objective.penalty.l2_strength
    scale = 1 / np.sqrt(np.where(bend > 0, bend, 1.0))
    place, dtype = objective.design.place, objective.design.dtype
    center = place(mean, dtype) if mean.any() else None
    return Conditioning(place(scale, dtype), center)


def balanced(objective):
    """One scale for all features: the mean squared norm of a row is `BALANCE`, b's feature is 1.

    For steps that a single row may make: a scale of its own would make a rare feature's few rows
    longer than all others, and the longest row decides the rate. The intercept, which all rows
    share, then moves by a small part of each step.
    """
    mean, variance = _finite_moments(objective)
    return _one_scale(objective, np.sum(variance + mean**2), None)


def centred(objective):
    """The same for features less their means, if there is an intercept to take these up."""
    mean, variance = _finite_moments(objective)
    if not (objective.fit_intercept and mean.any()):
        return _one_scale(objective, np.sum(variance + mean**2), None)
    return _one_scale(objective, np.sum(variance), mean)


def _one_scale(objective, length, center):
    """The :class:`Conditioning` that makes a mean squared norm of `BALANCE` of this one."""
    place, dtype = objective.design.place, objective.design.dtype
    scale = np.full(objective.design.shape[1], np.sqrt(BALANCE / length) if length > 0 else 1.0)
    return Conditioning(place(scale, dtype), None if center is None else place(center, dtype))


def uniform(metric):
    """One scale for all features in place of those of a diagonal metric, if units are alike.

    Parameters
    ----------
    metric : Conditioning

    Returns
    -------
    metric : Conditioning or None
        Its scale is that of the mean curvature. None where a feature is bent so much more than
        the mean that it would have to move by far too small steps for all others.
    """
    bend = metric.scale.astype(np.float64) ** -2
    if bend.max() > UNEVEN * bend.mean():
        return None
    return metric._replace(scale=np.full_like(metric.scale, bend.mean() ** -0.5))


def _share_units(objective):
    """Whether the largest entries of most features, among some rows, are alike."""
    design, n_features = objective.design, objective.design.shape[1]
    if design.sparse_updates and n_features > UNITS_FEATURES:
        return True
    sample = objective.sample(UNITS_ROWS)
    largest = sample.design.largest(sample.rows)
    largest = largest[largest > 0]
    return not len(largest) or largest.max() <= UNITS_SPREAD * np.median(largest)


def basis(objective):
    """The :class:`Basis` in which an objective's features are uncorrelated."""
    _finite_moments(objective)  # refuses what overflows
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


def moments(objective):
    """Weighted mean and variance of each feature, float64; from the moments of the parts."""
    parts = objective.map(_moments_of_part)
    mean = sum(share * mean for share, mean, _ in parts)
    # Chan, Golub, LeVeque (1983): the spread within the parts, and that between them.
    return mean, sum(share * (variance + (own - mean) ** 2) for share, own, variance in parts)


def _finite_moments(objective):
    with np.errstate(over="ignore", invalid="ignore"):
        mean, variance = moments(objective)
        refuse_overflow(np.isfinite(variance + mean**2), objective.design.dtype)
    return mean, variance


def refuse_overflow(finite, dtype):
    """Refuse data whose squares overflow.

    Parameters
    ----------
    finite : ndarray of bool, shape (n_features,)
        Whether the mean of the squares of each feature is finite.
    dtype : dtype

    Raises
    ------
    ValueError
        It names the first such column.
    """
    if not finite.all():
        raise ValueError(
            f"X: column {int(np.argmin(finite))} holds numbers whose squares overflow {dtype}, so "
            "that no step size exists. Divide the column by its largest absolute value"
            + (", or pass X as float64." if dtype == np.float32 else ".")
        )


def _moments_of_part(part):
    rows, shares = _weighted(part)
    if part.whole is None:
        return 1.0, *part.design.moments(rows, shares)
    share = shares.sum()
    with np.errstate(over="ignore", invalid="ignore"):
        return share, *part.design.moments(rows, shares / share)


def _sum_of_rows(part):
    rows, shares = _weighted(part)
    shares = part.design.place(shares)
    return sum(shares[own] @ X for own, X in part.design.dense_blocks(rows))


def _sum_of_products(part, center):
    """The weighted sum of the outer products of the rows, less a center, with themselves."""
    rows, shares = _weighted(part)
    shares, products = part.design.place(shares), 0.0
    for own, X in part.design.dense_blocks(rows):
        if center is not None:
            X -= center
        products = products + (shares[own][:, None] * X).T @ X
    return products


def _count_non_zeros(part):
    return part.design.count_non_zeros()


def _weighted(part):
    """The rows of a part and their weights, which add up to 1 over all parts."""
    rows = part.rows
    if part.weights is None:
        return rows, np.full(len(rows), 1 / part.n_whole)
    weights = part.weights[rows]
    return rows, weights / (weights.sum() if part.whole is None else part.whole)
