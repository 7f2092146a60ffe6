"""A slice through the objective: a plane in the space of all weights that training moves in."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from sklinear_gd._model_state import to_params
from sklinear_gd._typing import Array
from sklinear_gd.demo.settings import estimator_parameters
from sklinear_gd.demo.trainer import Trainer, Weights
from sklinear_gd.losses import LOSSES

POINTS = 25
# The share of the way to the minimum over which kinks are rounded for the search.
SMOOTHING = 0.1
ACROSS = (-0.7, 1.7)
ASIDE = (-1.2, 1.2)


def flatten(coef: Array, intercept: Array) -> Array:
    """W and b in one vector."""
    return np.append(coef.ravel(), intercept)


def minimum(trainer: Trainer) -> Weights:
    """The weights of the least objective, by L-BFGS on the loss with rounded kinks.

    It gives the slice its direction, for which a few digits are enough.

    Returns
    -------
    coef, intercept : ndarrays of shape (n_scores, 2) and (n_scores,)
    """
    settings = trainer.settings
    cls, parameters = estimator_parameters(settings, trainer.racer)
    if settings.loss != "softmax":
        parameters["loss"] = LOSSES[settings.loss](smoothing=SMOOTHING)
    parameters |= {"solver": "lbfgs", "max_iter": 60, "tol": 1e-3, "n_iter_no_change": 5}
    # A class without points is made known to fit by a row of almost no weight.
    missing = np.setdiff1d(trainer.classes, trainer.y)
    X = np.vstack([trainer.X, np.zeros((len(missing), 2))])
    y = np.append(trainer.y, missing)
    weights = np.append(np.ones(len(trainer.y)), np.full(len(missing), 1e-6))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = cls(**parameters).fit(X, y, sample_weight=weights)
    return found.coef_, found.intercept_


class Slice:
    """The plane through a start, the way to the minimum, and the steepest way at the start.

    A place in it is start + u * direction + v * other, so that the start is (0, 0) and the
    minimum (1, 0). Both directions are equally long and at right angles.

    Parameters
    ----------
    trainer : Trainer
        Its points and settings make the objective.
    start : tuple (coef, intercept)
    """

    def __init__(self, trainer: Trainer, start: Weights) -> None:
        self.shape = start[0].shape
        self.origin = flatten(*start)
        self.direction = flatten(*minimum(trainer)) - self.origin
        length = float(np.linalg.norm(self.direction))
        if length < 1e-6:
            self.direction, length = np.eye(len(self.origin))[0], 1.0
        self.other = self._across(self._gradient(trainer, start), length)
        self.u, self.v = np.linspace(*ACROSS, POINTS), np.linspace(*ASIDE, POINTS)

    @staticmethod
    def _gradient(trainer: Trainer, start: Weights) -> Array:
        objective, _ = trainer.objective()
        params, gradient = to_params(objective, *start), objective.zeros()
        objective.value_and_gradient(params, gradient)
        W, b = objective.split(gradient)
        return flatten(W.T, b)

    def _across(self, gradient: Array, length: float) -> Array:
        """The part of the steepest descent that is at right angles to the direction."""
        unit = self.direction / np.linalg.norm(self.direction)
        for candidate in (-gradient, np.eye(len(unit))[-1], np.eye(len(unit))[0]):
            rest = candidate - (candidate @ unit) * unit
            norm = float(np.linalg.norm(rest))
            if norm > 1e-3 * max(float(np.linalg.norm(candidate)), 1e-9):
                return rest * (length / norm)
        raise AssertionError("two of the axes cannot both be parallel to the direction")

    def project(self, coef: Array, intercept: Array) -> tuple[float, float]:
        """The place (u, v) of the slice that is closest to these weights."""
        offset = flatten(coef, intercept) - self.origin
        squared = self.direction @ self.direction
        return float(offset @ self.direction / squared), float(offset @ self.other / squared)

    def place(self, u: float, v: float) -> Weights:
        """The weights at a place of the slice: coef and intercept."""
        flat = self.origin + u * self.direction + v * self.other
        size = self.shape[0] * self.shape[1]
        return flat[:size].reshape(self.shape), flat[size:]

    def values(self, trainer: Trainer) -> Array:
        """The trainer's objective over the slice, ndarray of shape (len(v), len(u))."""
        objective, _ = trainer.objective()
        return np.array(
            [
                [objective.value(to_params(objective, *self.place(u, v))) for u in self.u]
                for v in self.v
            ]
        )
