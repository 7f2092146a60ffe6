"""Three looks at an estimator and its data before any long training."""

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from sklinear_gd._validation import check_number
from sklinear_gd.inspection._problem import problem, random_params
from sklinear_gd.losses import (
    CrammerSinger,
    OneVsRest,
    SoftmaxCrossEntropy,
    SquaredError,
    WestonWatkins,
)


@dataclass(frozen=True)
class SanityReport:
    """What :func:`sanity_check` found.

    Attributes
    ----------
    zero_loss, expected_zero_loss : float
        The mean loss at W = 0, b = 0, and what it must be; NaN for a loss that this package does
        not know.
    overfitted_rows : int
        On how many rows the estimator was trained without a penalty.
    overfitted_accuracy, overfitted_loss : float
        How many of them it then got right, as a share, and its mean loss on them.
    penalty_rise : float
        By how much the penalty raises the objective at random weights; NaN without a penalty.
    zero_loss_is_right, overfits, penalty_raises : bool
        The three verdicts; true where there is nothing to judge.
    """

    zero_loss: float
    expected_zero_loss: float
    overfitted_rows: int
    overfitted_accuracy: float
    overfitted_loss: float
    penalty_rise: float

    @property
    def zero_loss_is_right(self) -> bool:
        """Whether the loss at zero weights is the expected one."""
        expected = self.expected_zero_loss
        return math.isnan(expected) or math.isclose(self.zero_loss, expected, rel_tol=1e-6)

    @property
    def overfits(self) -> bool:
        """Whether a handful of rows was learnt by heart, at a tenth of the loss or less."""
        return self.overfitted_accuracy == 1.0 and self.overfitted_loss <= 0.1 * self.zero_loss

    @property
    def penalty_raises(self) -> bool:
        """Whether the penalty makes the objective larger."""
        return math.isnan(self.penalty_rise) or self.penalty_rise > 0

    @property
    def passed(self) -> bool:
        """Whether all three are as they must be."""
        return self.zero_loss_is_right and self.overfits and self.penalty_raises

    def __str__(self) -> str:
        """A line for each of the three, with its numbers."""
        known = not math.isnan(self.expected_zero_loss)
        expected = f"expected {self.expected_zero_loss:.6g}" if known else "nothing to compare with"
        rise = (
            "no penalty" if math.isnan(self.penalty_rise) else f"raised by {self.penalty_rise:.6g}"
        )
        lines = [
            (self.zero_loss_is_right, f"loss at zero weights {self.zero_loss:.6g}, {expected}"),
            (
                self.overfits,
                f"{self.overfitted_rows} rows without a penalty: accuracy "
                f"{self.overfitted_accuracy:.3g}, loss {self.overfitted_loss:.6g}",
            ),
            (self.penalty_raises, f"objective with the penalty: {rise}"),
        ]
        return "\n".join(f"{'ok  ' if good else 'FAIL'}  {text}" for good, text in lines)


def sanity_check(
    estimator: Any, X: Any, y: Any, *, n_rows: int = 20, random_state: Any = 0
) -> SanityReport:
    """Look at what must hold before training is worth its time.

    1. The mean loss at W = 0, b = 0 is known beforehand: n_classes - 1 for Weston-Watkins with
       margin 1, 1 for Crammer-Singer, n_classes for one-vs-rest, log(n_classes) for softmax.
    2. A handful of rows can be learnt by heart: with the estimator's own solver, optimizer and
       rate, without penalty, dropout and ``max_norm``. If not, the rate is too small or too large,
       ``max_iter`` too low, or rows are equal but for their label.
    3. The penalty raises the objective at random weights.

    Parameters
    ----------
    estimator : SVMGDClassifier or SoftmaxGDClassifier
        Fitted or not; not changed.
    X : array-like or sparse matrix of shape (n_samples, n_features)
        The data, as the estimator would be trained on.
    y : array-like of shape (n_samples,)
        Labels.
    n_rows : int, default=20
        How many rows are learnt by heart, >= 2; fewer if there are fewer rows, and at most
        n_features + 1, which planes can separate whatever their labels.
    random_state : int, RandomState instance or None, default=0
        Draws the rows and the random weights.

    Returns
    -------
    report : SanityReport
        ``report.passed`` tells all in one; ``print(report)`` shows a line for each.

    Raises
    ------
    ValueError
        For data or settings out of range.

    References
    ----------
    A. Karpathy, "CS231n: Neural networks 3, before learning: sanity checks", 2016.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklinear_gd import SVMGDClassifier
    >>> from sklinear_gd.inspection import sanity_check
    >>> X, y = load_digits(return_X_y=True)
    >>> report = sanity_check(SVMGDClassifier(), X / 16, y)
    >>> report.passed, report.zero_loss
    (True, 9.0)
    """
    check_number("", "n_rows", n_rows, low=2, integer=True, cure="the usual is 20")
    rng = check_random_state(random_state)
    objective, _ = problem(estimator, X, y)
    zeros, params = objective.zeros(), random_params(objective, rng)
    rows = _handful(objective, n_rows, rng)
    learnt = _without_brakes(estimator)
    X_rows, y_rows = objective.design.rows(rows).matrix, objective.y[rows]
    with warnings.catch_warnings():
        # That the fit did not end as it should is what the report says.
        warnings.simplefilter("ignore", ConvergenceWarning)
        learnt.fit(X_rows, y_rows)
    has_penalty = objective.alpha > 0 and objective.penalty.value(objective.split(params)[0]) != 0
    return SanityReport(
        zero_loss=float(objective.mean_loss(zeros)),
        expected_zero_loss=_expected(objective.loss, objective.n_scores),
        overfitted_rows=len(rows),
        overfitted_accuracy=float(learnt.score(X_rows, y_rows)),
        overfitted_loss=float(learnt.objective_),
        penalty_rise=objective.penalty_value(params) if has_penalty else math.nan,
    )


def _expected(loss: Any, n_scores: int) -> float:
    """The loss where all scores are 0, from its definition; NaN for an unknown one."""
    n_classes = max(n_scores, 2)
    if isinstance(loss, SoftmaxCrossEntropy):
        return math.log(n_classes)
    if isinstance(loss, SquaredError):
        return float(n_scores)
    hinges = {WestonWatkins: n_classes - 1, OneVsRest: n_scores, CrammerSinger: 1}
    if type(loss) not in hinges or loss.smoothing > 0:
        return math.nan
    return hinges[type(loss)] * float(loss.margin) ** (2 if loss.squared else 1)


def _without_brakes(estimator: Any) -> Any:
    """The estimator with nothing that keeps it from learning by heart."""
    return clone(estimator).set_params(
        alpha=0.0,
        dropout=0.0,
        max_norm=None,
        early_stopping=False,
        warm_start=False,
        class_weight=None,
        verbose=0,
        random_state=0,
        max_iter=max(estimator.max_iter, 1000),
    )


def _handful(objective: Any, n_rows: int, rng: Any) -> Any:
    """Some rows at random, as many of each class as there are, classes in turn."""
    shuffled = objective.rows[rng.permutation(len(objective.rows))]
    y = objective.y[shuffled]
    # The place of each row among those of its own class; then all first ones, all second ones...
    order = np.argsort(y, kind="stable")
    counts = np.bincount(y)
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    place = np.empty(len(y), dtype=np.intp)
    place[order] = np.arange(len(y)) - starts
    first = np.lexsort((y, place))
    n_rows = min(n_rows, len(y), objective.design.shape[1] + 1)
    return np.sort(shuffled[first[: max(n_rows, 2)]])
