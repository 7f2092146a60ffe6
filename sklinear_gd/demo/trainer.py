"""One model in training: an estimator, and the run that it is in."""

from collections.abc import Iterator
from itertools import count
from typing import TypeAlias

import numpy as np
from sklearn.base import clone

from sklinear_gd._base import LinearGDClassifier
from sklinear_gd._model_state import to_params
from sklinear_gd._rows import Rows
from sklinear_gd._typing import Array
from sklinear_gd.demo.settings import Racer, Settings, estimator_parameters
from sklinear_gd.objective import Objective

SEED = 0
# coef of shape (n_scores, 2) and intercept of shape (n_scores,).
Weights: TypeAlias = tuple[Array, Array]


def batches(n_rows: int, batch_size: int, seed: int) -> "Iterator[np.ndarray]":
    """Yield the rows of each update; each pass takes the rows in a new order."""
    for epoch in count():
        order = np.random.default_rng([seed, epoch]).permutation(n_rows)
        for start in range(0, n_rows, batch_size):
            yield order[start : start + batch_size]


class Trainer:
    """An estimator that is trained update by update, each a call of ``partial_fit``.

    A run begins with new weights, points or settings; the optimizer's memory and the schedule then
    start anew, so that the run can be repeated from its start and its number of updates alone.

    Parameters
    ----------
    settings : Settings
    racer : Racer
    X, y : ndarrays of shape (n_points, 2) and (n_points,)
    coef : ndarray of shape (n_scores, 2)
    intercept : ndarray of shape (n_scores,)

    Attributes
    ----------
    estimator : SVMGDClassifier or SoftmaxGDClassifier
    updates : int
        How many this run has made.
    exact : bool
        False while points move under the run, which cannot be repeated then.
    """

    def __init__(
        self, settings: Settings, racer: Racer, X: Array, y: Array, coef: Array, intercept: Array
    ) -> None:
        self.settings, self.racer = settings, racer
        self.X, self.y = X, y
        self.coef_init, self.intercept_init = np.array(coef), np.array(intercept)
        cls, parameters = estimator_parameters(settings, racer)
        self.estimator = cls(**parameters)
        self.classes = np.arange(settings.classes)
        self.updates, self.exact = 0, True
        self.batch_size = len(X) if settings.batch == "full" else int(settings.batch)
        self.batches = batches(len(X), self.batch_size, SEED)

    @property
    def coef(self) -> Array:
        """W transposed, ndarray of shape (n_scores, 2)."""
        return self.estimator.coef_ if self.updates else self.coef_init

    @property
    def intercept(self) -> Array:
        """The intercept b, ndarray of shape (n_scores,)."""
        return self.estimator.intercept_ if self.updates else self.intercept_init

    @property
    def rate(self) -> float:
        """The step size of the last update; before the first, that of the settings."""
        if not self.updates:
            return self.racer.rate
        return float(self.estimator.history_["learning_rate"][-1])

    def move_points(self, X: Array) -> None:
        """Let the run go on with points in other places."""
        self.X, self.exact = X, False

    def update(self) -> None:
        """Make one update of the weights."""
        rows = slice(None) if self.batch_size >= len(self.X) else next(self.batches)
        X, y = self.X[rows], self.y[rows]
        if self.updates:
            # The page keeps its own curve; a growing history would slow down each call.
            last = {name: column[-1:] for name, column in self.estimator.history_.items()}
            self.estimator.history_ = last
            self.estimator.partial_fit(X, y)
        else:
            start = {"coef_init": self.coef_init, "intercept_init": self.intercept_init}
            self.estimator.partial_fit(X, y, classes=self.classes, **start)
        self.updates += 1

    def fitted(self) -> LinearGDClassifier:
        """A fitted estimator with the current weights, also before the first update."""
        if self.updates:
            return self.estimator
        model = clone(self.estimator)
        model.classes_, model.n_features_in_ = self.classes, self.X.shape[1]
        model.coef_, model.intercept_ = self.coef_init, self.intercept_init
        return model

    def objective(self) -> tuple[Objective, Array]:
        """The estimator's objective on all points, and the current weights in its layout."""
        objective = self.estimator._objective(Rows(self.X, self.y, None), self.classes)
        return objective, to_params(objective, self.coef, self.intercept)

    def evaluate(self) -> "Evaluation":
        """All the numbers that the page shows of this model."""
        return Evaluation(*self.objective())


class Evaluation:
    """Losses and gradients at one place.

    Attributes
    ----------
    scores : ndarray of shape (n_points, n_scores)
    losses : ndarray of shape (n_points,)
    data_loss, penalty, total : float
        The mean loss, ``alpha R(W)`` and their sum.
    coef_gradient : ndarray of shape (n_scores, 2)
        Of the smooth part of the total.
    intercept_gradient : ndarray of shape (n_scores,)
    accuracy : float
        The share of the points that the model classifies right.
    """

    def __init__(self, objective: Objective, params: Array) -> None:
        gradient = np.zeros_like(params)
        self.total = objective.value_and_gradient(params, gradient)
        W, b = objective.split(gradient)
        self.coef_gradient, self.intercept_gradient = W.T, b
        self.penalty = objective.penalty_value(params)
        self.data_loss = objective.mean_loss(params)
        self.scores = objective.scores(params, objective.rows)
        self.losses = objective.loss.formula(self.scores, objective.y)[0]
        binary = self.scores.shape[1] == 1
        found = self.scores[:, 0] > 0 if binary else self.scores.argmax(axis=1)
        self.accuracy = float(np.mean(found == objective.y))
