"""What one step does, over the step size."""

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from sklearn.utils import check_random_state

from sklinear_gd._validation import check_number
from sklinear_gd.inspection._problem import problem, random_params
from sklinear_gd.plotting._axes import one_axes

RATES = tuple(10.0**k for k in range(-10, 0))


class StepSizeDisplay:
    """The objective after one step along the gradient, for step sizes of many magnitudes.

    Too small a step changes nothing, a larger one helps more, one too large overshoots.

    Parameters
    ----------
    rates : ndarray of shape (n,)
        The step sizes.
    values : ndarray of shape (n,)
        The objective after a step of each size.
    start_value : float, default=None
        The objective before, drawn as a level line.
    suggestion : float, default=None
        A rate to mark.

    Attributes
    ----------
    ax_, figure_ : Axes, Figure
        Where it was drawn.
    line_ : Line2D
        The objective over the step size.
    start_line_, suggestion_line_ : Line2D or None
        The level before the step, and the mark.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklinear_gd import SVMGDClassifier
    >>> from sklinear_gd.plotting import StepSizeDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> display = StepSizeDisplay.from_estimator(SVMGDClassifier(), X, y)
    >>> display.best_rate
    0.001
    """

    def __init__(
        self,
        *,
        rates: Any,
        values: Any,
        start_value: float | None = None,
        suggestion: float | None = None,
    ) -> None:
        self.rates, self.values = rates, values
        self.start_value, self.suggestion = start_value, suggestion

    @property
    def best_rate(self) -> float:
        """The step size with the lowest objective."""
        return float(self.rates[int(np.nanargmin(self.values))])

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        rates: Any = RATES,
        sample_weight: Any = None,
        random_state: Any = 0,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw one full-batch step from an estimator's weights, or from random ones.

        Parameters
        ----------
        estimator : SVMGDClassifier or SoftmaxGDClassifier
            Its objective is stepped down, from its weights if it is fitted. The optimizer is
            plain gradient descent, whatever the estimator's.
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The data.
        y : array-like of shape (n_samples,)
            Labels.
        rates : array-like of float, default=1e-10, 1e-9, ..., 1e-1
            The step sizes, > 0.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights >= 0.
        random_state : int, RandomState instance or None, default=0
            Draws the weights of an estimator that is not fitted.
        ax : Axes, default=None
            Where to draw; new axes by default.
        **kwargs : dict
            For :meth:`plot`.

        Returns
        -------
        display : StepSizeDisplay
            The display, drawn.
        """
        objective, params = problem(estimator, X, y, sample_weight)
        if params is None:
            params = random_params(objective, check_random_state(random_state))
        gradient = np.zeros_like(params)
        start = objective.value_and_gradient(params, gradient)

        def value(moved: Any, rate: float) -> float:
            objective.penalty.prox(objective.split(moved)[0], objective.alpha * rate)
            return objective.value(moved)

        rates = _checked(cls.__name__, rates)
        values = np.array([value(params - rate * gradient, rate) for rate in rates])
        return cls(rates=rates, values=values, start_value=start).plot(ax=ax, **kwargs)

    @classmethod
    def from_function(
        cls,
        f: Callable[[Any], Any],
        gradient: Callable[[Any], Any],
        x: Any,
        *,
        rates: Any = RATES,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw one step down any function.

        Parameters
        ----------
        f : callable
            Takes an array and returns a number.
        gradient : callable
            Takes an array and returns the gradient of f there, of its shape.
        x : array-like
            Where the step begins.
        rates : array-like of float, default=1e-10, 1e-9, ..., 1e-1
            The step sizes, > 0.
        ax : Axes, default=None
            Where to draw; new axes by default.
        **kwargs : dict
            For :meth:`plot`.

        Returns
        -------
        display : StepSizeDisplay
            The display, drawn.
        """
        x = np.asarray(x, dtype=np.float64)
        downhill, rates = np.asarray(gradient(x)), _checked(cls.__name__, rates)
        values = np.array([float(f(x - rate * downhill)) for rate in rates])
        return cls(rates=rates, values=values, start_value=float(f(x))).plot(ax=ax, **kwargs)

    @classmethod
    def from_range_test(cls, found: Any, *, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the result of a range test, in which the rate rises from update to update.

        Parameters
        ----------
        found : LearningRateRange
            What :func:`~sklinear_gd.inspection.learning_rate_range` returned: its smoothed
            objective is drawn, and its suggestion marked.
        ax : Axes, default=None
            Where to draw; new axes by default.
        **kwargs : dict
            For :meth:`plot`.

        Returns
        -------
        display : StepSizeDisplay
            The display, drawn.
        """
        display = cls(rates=found.rates, values=found.smoothed, suggestion=found.suggestion)
        return display.plot(ax=ax, **{"marker": "", **kwargs})

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw it, with a logarithmic ordinate where the objective spans a decade and more.

        Parameters
        ----------
        ax : Axes, default=None
            Where to draw; new axes by default.
        **kwargs : dict
            For ``Axes.plot``.

        Returns
        -------
        self : StepSizeDisplay
            The display.
        """
        ax = one_axes(type(self).__name__, ax)
        (self.line_,) = ax.plot(
            self.rates, self.values, **{"marker": "o", "markersize": 4, **kwargs}
        )
        self.start_line_ = self.suggestion_line_ = None
        if self.start_value is not None:
            self.start_line_ = ax.axhline(
                self.start_value, color="grey", linestyle="--", label="before the step"
            )
        if self.suggestion is not None:
            self.suggestion_line_ = ax.axvline(
                self.suggestion,
                color="grey",
                linestyle=":",
                label=f"suggested: {self.suggestion:.2g}",
            )
        if self.start_line_ or self.suggestion_line_:
            ax.legend()
        ax.set(xscale="log", xlabel="learning rate", ylabel="objective")
        if 0 < np.nanmin(self.values) < 0.1 * np.nanmax(self.values):
            ax.set_yscale("log")
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _checked(owner: str, rates: Any) -> Any:
    """The rates as an array of numbers > 0."""
    for rate in rates:
        check_number(owner, "rates", rate, low=0, low_open=True)
    return np.asarray(rates, dtype=np.float64)
