"""The diagonal metrics: features centred and scaled, each by itself or all alike."""

from collections import namedtuple

import numpy as np

from sklinear_gd._namespaces import copy_of
from sklinear_gd.conditioning.moments import finite_moments

CURVATURE = 0.5
# Rows that are remembered one by one (SAGA): the mean squared norm that they are scaled to.
BALANCE = 10.0
# One scale serves features that are bent up to so many times as much as their mean.
UNEVEN = 1000.0
# Centring leaves nothing where this share of the variance is less than the rounding of the means.
LOST = 0.1


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


def diagonal(objective):
    """The :class:`Conditioning` of an objective's rows."""
    mean, variance = finite_moments(objective)
    if not objective.fit_intercept:
        mean, variance = np.zeros_like(mean), variance + mean**2
    variance = np.where(variance > rounding_of(mean, objective.design.dtype), variance, 0.0)
    bend = CURVATURE * variance + objective.l2
    scale = 1 / np.sqrt(np.where(bend > 0, bend, 1.0))
    place, dtype = objective.design.place, objective.design.dtype
    center = place(mean, dtype) if mean.any() else None
    return Conditioning(place(scale, dtype), center)


def rounding_of(mean, dtype):
    """What rounding leaves of the variance of a constant feature: no spread."""
    return (4 * np.finfo(dtype).eps * mean) ** 2


def balanced(objective):
    """One scale for all features: the mean squared norm of a row is `BALANCE`, b's feature is 1.

    For steps that a single row may make: a scale of its own would make a rare feature's few rows
    longer than all others, and the longest row decides the rate. The intercept, which all rows
    share, then moves by a small part of each step.
    """
    mean, variance = finite_moments(objective)
    return _one_scale(objective, np.sum(variance + mean**2), None)


def centred(objective):
    """The same for features less their means, if there is an intercept to take these up."""
    mean, variance = finite_moments(objective)
    if not (objective.fit_intercept and mean.any()):
        return _one_scale(objective, np.sum(variance + mean**2), None)
    return _one_scale(objective, np.sum(variance), mean)


def survives_centring(objective):
    """Whether the squares of centred rows, made of differences, are more than their rounding."""
    if not objective.fit_intercept:
        return True
    mean, variance = finite_moments(objective)
    rounding = np.finfo(objective.design.dtype).eps * np.sum(mean**2)
    return bool(rounding <= LOST * np.sum(variance))


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
