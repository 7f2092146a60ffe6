"""The objective that all solvers of a benchmark share, written once more in plain NumPy.

    F(W, b) = (1 / n) sum_i L(x_i W + b, y_i) + alpha / 2 ||W||²

The suite judges every solver, the project's own too, by these lines and in float64; ``alpha`` is
``1 / (n C)`` of LogisticRegression and LinearSVC. The intercept is never penalised.
"""

from dataclasses import dataclass

import numpy as np

BLOCK_ROWS = 4096


@dataclass(frozen=True)
class Problem:
    """A data set, a loss and a strength; what a solver has to minimize.

    Attributes
    ----------
    dataset : str
    loss : {"softmax", "weston_watkins", "crammer_singer", "ovr"}
        The hinges are plain, with margin 1.
    alpha : float
    fit_intercept : bool
    """

    dataset: str
    loss: str
    alpha: float
    fit_intercept: bool = True

    @property
    def key(self):
        """One word for caches."""
        intercept = "intercept" if self.fit_intercept else "no-intercept"
        return f"{self.dataset}/{self.loss}/{self.alpha:g}/{intercept}"

    def C(self, n_rows):
        """The strength as scikit-learn's C."""
        return 1.0 / (n_rows * self.alpha)


def softmax(scores, y):
    """Cross-entropy of each row; one column is the logistic loss of class 1 against 0."""
    if scores.shape[1] == 1:
        scores = np.column_stack([np.zeros(len(y)), scores[:, 0]])
    top = scores.max(axis=1)
    own = scores[np.arange(len(y)), y]
    return np.log(np.exp(scores - top[:, None]).sum(axis=1)) + top - own


def _violations(scores, y):
    """1 + s_j - s_y, and 0 for the own class."""
    rows = np.arange(len(y))
    violations = 1 + scores - scores[rows, y][:, None]
    violations[rows, y] = 0
    return violations


def weston_watkins(scores, y):
    """Sum of the hinges against all wrong classes."""
    return np.maximum(_violations(scores, y), 0).sum(axis=1)


def crammer_singer(scores, y):
    """The worst hinge."""
    return np.maximum(_violations(scores, y).max(axis=1), 0)


def ovr(scores, y):
    """Sum of the hinges of each class against the rest."""
    signs = np.where(np.arange(scores.shape[1]) == y[:, None], 1, -1)
    return np.maximum(1 - signs * scores, 0).sum(axis=1)


LOSSES = {f.__name__: f for f in (softmax, weston_watkins, crammer_singer, ovr)}


@dataclass(frozen=True)
class Model:
    """What a solver found: ``coef`` of shape (n_scores, n_features), ``intercept`` (n_scores,)."""

    coef: np.ndarray
    intercept: np.ndarray


def scores_of(model, X):
    """``X Wᵀ + b`` in float64, in blocks that bound the memory."""
    W, b = model.coef.T.astype(np.float64), model.intercept.astype(np.float64)
    blocks = (X[i : i + BLOCK_ROWS].astype(np.float64) for i in range(0, X.shape[0], BLOCK_ROWS))
    return np.concatenate([block @ W + b for block in blocks])


def objective(problem, data, model):
    """F of the model on the training rows, a float."""
    losses = LOSSES[problem.loss](scores_of(model, data.X), data.y)
    norm = np.sum(model.coef.astype(np.float64) ** 2)
    return float(losses.mean() + problem.alpha / 2 * norm)


def accuracy(data, model):
    """Share of the test rows that the model gets right."""
    scores = scores_of(model, data.X_test)
    found = scores[:, 0] > 0 if scores.shape[1] == 1 else scores.argmax(axis=1)
    return float(np.mean(found == data.y_test))
