"""The gradient check: the analytic gradient against differences, kinks told apart."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from sklinear_gd._validation import check_number
from sklinear_gd.inspection._problem import problem, random_params
from sklinear_gd.losses import Loss
from sklinear_gd.penalties import NoPenalty

# Where the values are taken, in units of h: the ends for the difference, the rest for the kinks.
OFFSETS = (-1.0, -0.5, 0.0, 0.5, 1.0)


@dataclass(frozen=True)
class GradientCheck:
    """What :func:`check_gradient` found, coordinate by coordinate.

    Attributes
    ----------
    analytic, numerical : ndarray of float64
        The gradient by the formula and by centered differences. For an estimator shaped
        (n_features + fit_intercept, n_scores), b in the last row; for a loss like the scores.
    relative_error : ndarray of float64
        ``|analytic - numerical| / max(|analytic|, |numerical|, 1e-3 * largest)``, where
        `largest` is the largest element of both: an element that is 0 but for rounding has no
        relative error of its own.
    at_kink : ndarray of bool
        Whether the function has a kink within h: there is no derivative then, and the error says
        nothing.
    checked : ndarray of bool
        Which coordinates were looked at; all, unless `n_coordinates` was given. The others are
        NaN in `numerical` and `relative_error`.
    """

    analytic: np.ndarray
    numerical: np.ndarray
    relative_error: np.ndarray
    at_kink: np.ndarray
    checked: np.ndarray

    @property
    def max_error(self) -> float:
        """The largest relative error away from kinks; 0.0 if every coordinate is at one."""
        errors = self.relative_error[self.checked & ~self.at_kink]
        return float(errors.max()) if errors.size else 0.0

    @property
    def worst(self) -> tuple[int, ...] | None:
        """The coordinate of the largest error away from kinks, or None: a tuple of ints."""
        smooth = self.checked & ~self.at_kink
        if not smooth.any():
            return None
        errors = np.where(smooth, self.relative_error, -1.0)
        return tuple(int(k) for k in np.unravel_index(errors.argmax(), errors.shape))

    def __str__(self) -> str:
        """One paragraph: how many coordinates, at how many kinks, the worst of the others."""
        kinks = int((self.checked & self.at_kink).sum())
        text = f"gradient check: {int(self.checked.sum())} coordinates, {kinks} at a kink"
        if self.worst is None:
            return f"{text}; there is nothing to compare"
        analytic, numerical = self.analytic[self.worst], self.numerical[self.worst]
        return (
            f"{text}; largest relative error {self.max_error:.1e} at {self.worst}: "
            f"analytic {analytic:.10g}, numerical {numerical:.10g}"
        )


def check_gradient(
    estimator_or_loss: Any,
    X: Any,
    y: Any,
    *,
    sample_weight: Any = None,
    h: float = 1e-5,
    n_coordinates: int | None = None,
    random_state: Any = 0,
) -> GradientCheck:
    """Compare an analytic gradient with centered differences of the values.

    For an estimator it is the gradient that its training follows, by the same code: that of the
    mean loss and the smooth part of the penalty, at ``coef_`` and ``intercept_``, or at random
    weights if it is not fitted. For a loss it is the derivatives by the scores.

    A relative error of 1e-7 and less is right; 1e-4 and more, away from kinks, is a mistake in the
    formula. Five values along each coordinate, at -h, -h/2, 0, h/2 and h, tell a kink from a smooth
    bend: their second differences agree, unless a kink lies among them.

    Parameters
    ----------
    estimator_or_loss : SVMGDClassifier, SoftmaxGDClassifier or Loss
        What has the gradient; not changed.
    X : array-like or sparse matrix of shape (n_samples, n_features)
        The data; for a loss the scores, (n_samples, n_scores). All is computed in float64.
    y : array-like of shape (n_samples,)
        The labels; for a loss the indices of the classes.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights >= 0, for an estimator.
    h : float, default=1e-5
        The distance of the differences, > 0.
    n_coordinates : int or None, default=None
        How many coordinates of an estimator to look at, drawn at random; None looks at all, four
        passes over the data for each.
    random_state : int, RandomState instance or None, default=0
        Draws the coordinates, and the weights of an estimator that is not fitted.

    Returns
    -------
    check : GradientCheck
        Errors and kinks for each coordinate; ``str(check)`` sums them up.

    Raises
    ------
    ValueError
        For data or settings out of range.
    TypeError
        If it is neither an estimator of this package nor a loss.

    References
    ----------
    A. Karpathy, "CS231n: Neural networks 3, gradient checks", 2016.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklinear_gd import SoftmaxGDClassifier
    >>> from sklinear_gd.inspection import check_gradient
    >>> X, y = load_iris(return_X_y=True)
    >>> check_gradient(SoftmaxGDClassifier(), X, y).max_error < 1e-7
    True
    """
    check_number("", "h", h, low=0, low_open=True, cure="the usual is 1e-5")
    if isinstance(estimator_or_loss, Loss):
        return _check_loss(estimator_or_loss, X, y, h)
    if n_coordinates is not None:
        check_number("", "n_coordinates", n_coordinates, low=1, integer=True, cure="or None")
    rng = check_random_state(random_state)
    objective, params = problem(estimator_or_loss, X, y, sample_weight)
    if params is None:
        params = random_params(objective, rng)
    if not (objective.penalty.smooth or objective.penalty.separable):
        objective.penalty = NoPenalty()  # which of its value is smooth is not known
    gradient = np.zeros_like(params)
    objective.value_and_gradient(params, gradient)
    shape = (len(params), objective.n_scores)
    checked = np.ones(shape, dtype=bool)
    if n_coordinates is not None and n_coordinates < checked.size:
        checked.flat[rng.permutation(checked.size)[n_coordinates:]] = False
    values = np.full((len(OFFSETS), *shape), np.nan)
    start = _smooth_value(objective, params)
    for place in zip(*np.nonzero(checked), strict=True):
        for k, offset in enumerate(OFFSETS):
            moved = params.copy()
            moved[place] += offset * h
            values[(k, *place)] = _smooth_value(objective, moved) if offset else start
    return _compare(gradient[:, : objective.n_scores].copy(), values, h, checked)


def _check_loss(loss: Any, scores: Any, y: Any, h: float) -> GradientCheck:
    """The check of `formula`: each score moves the loss of its own row only."""
    loss.check()
    scores, y = np.array(scores, dtype=np.float64), np.asarray(y)
    if scores.ndim != 2 or y.shape != scores.shape[:1]:
        raise ValueError(
            f"X has the shape {scores.shape} and y {y.shape}; for a loss give the scores "
            "(n_samples, n_scores) and the indices of the classes (n_samples,)."
        )
    values = np.empty((len(OFFSETS), *scores.shape))
    for k, offset in enumerate(OFFSETS):
        for column in range(scores.shape[1]):
            moved = scores.copy()
            moved[:, column] += offset * h
            values[k, :, column] = loss.formula(moved, y)[0]
    return _compare(loss.formula(scores, y)[1], values, h, np.ones(scores.shape, dtype=bool))


def _smooth_value(objective: Any, params: Any) -> float:
    """F without the penalty's part with kinks, which has a prox in place of a gradient."""
    penalty = objective.penalty
    value = objective.value(params) if penalty.smooth else objective.mean_loss(params)
    if not penalty.smooth and penalty.separable:
        W = objective.split(params)[0]
        value += objective.alpha * penalty.l2_strength * 0.5 * float(np.sum(W**2))
    return value


def _compare(analytic: Any, values: Any, h: float, checked: Any) -> GradientCheck:
    """Make a GradientCheck of the values at the offsets, shaped (5, *shape)."""
    numerical = (values[-1] - values[0]) / (2 * h)
    largest = max(np.abs(analytic).max(initial=0), np.nanmax(np.abs(numerical), initial=0))
    size = np.maximum(np.maximum(np.abs(analytic), np.abs(numerical)), 1e-3 * largest)
    error = np.abs(analytic - numerical) / np.where(size > 0, size, 1.0)
    bends = np.diff(values, n=2, axis=0) / (h / 2)
    spread = bends.max(axis=0) - bends.min(axis=0)
    rounding = 64 * np.finfo(np.float64).eps * np.abs(values).max(axis=0) / h
    at_kink = checked & (spread > rounding + 1e-6 * largest)
    return GradientCheck(analytic, numerical, error, at_kink, checked)
