"""How far a model is from the optimum of its objective: a lower bound and a residual."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sklinear_gd.optimality.duality import lower_bound
from sklinear_gd.optimality.passes import Passes


@dataclass(frozen=True)
class Optimality:
    """What is known of the distance of a model from the optimum of its objective.

    Attributes
    ----------
    objective : float
        F at the model, computed in float64.
    lower_bound : float
        No W and b (with ``max_norm``: none in the ball) have a lower F. NaN where the loss or the
        penalty defines no conjugate.
    gap : float
        ``objective - lower_bound`` >= 0: by how much, at most, F is above its optimum.
    relative_gap : float
        The gap as a share of the objective.
    residual : float
        The norm over W and b of the proximal-gradient map with step 1,
        ``(W, b) - prox((W, b) - gradient)``. It is 0 at an optimum and nowhere else, but for a
        loss with a kink, of which it takes one of the subgradients.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklinear_gd import SoftmaxGDClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = SoftmaxGDClassifier(solver="lbfgs", alpha=0.01, tol=1e-9).fit(X, y)
    >>> found = clf.optimality(X, y)
    >>> found.relative_gap < 1e-4
    True
    """

    objective: float
    lower_bound: float
    gap: float
    relative_gap: float
    residual: float


def measure(
    objective: Any,
    W: Any,
    b: Any,
    max_norm: float | None = None,
    max_iter: int = 500,
    nearest: Any = None,
) -> Optimality:
    """Measure how far W and b are from the optimum.

    Parameters
    ----------
    objective : Objective
        F on some rows.
    W : ndarray of float64, shape (n_features, n_scores)
        The weights.
    b : ndarray of float64, shape (n_scores,), or None
        The intercept.
    max_norm : float or None, default=None
        The radius of the ball of each class's weights.
    max_iter : int, default=500
        L-BFGS iterations that the search for a high bound may take.
    nearest : Nearest or None, default=None
        For a loss with a kink, what the fit by L-BFGS that led here has learnt of its derivatives.

    Returns
    -------
    optimality : Optimality
        The distance in numbers.
    """
    radius = np.inf if max_norm is None else float(max_norm)
    with np.errstate(over="ignore", invalid="ignore"):  # a wreck may have any weights
        passes = Passes(objective, W, b)
        value = passes.value()
        residual = _residual(passes, radius)
        # Rounding may lift the bound above the objective, where the two meet.
        bound = float(np.minimum(lower_bound(passes, radius, max_iter, nearest), value))
        gap = value - bound
        relative = gap / np.float64(abs(value)) if gap != 0 else 0.0
    return Optimality(value, bound, gap, float(relative), residual)


def _residual(passes: Passes, radius: float) -> float:
    """Return the norm of (W, b) less what a proximal gradient step with step 1 makes of it."""
    objective, W = passes.objective, passes.W
    gradient, mean = passes.gradient()
    objective.penalty.add_gradient(W, gradient, objective.alpha)
    moved = W - gradient
    objective.penalty.prox(moved, objective.alpha)
    if np.isfinite(radius):
        moved *= radius / np.maximum(np.linalg.norm(moved, axis=0), radius)
    of_b = 0.0 if passes.b is None else np.linalg.norm(mean)
    return float(np.hypot(np.linalg.norm(W - moved), of_b))


__all__ = ["Optimality", "measure"]
