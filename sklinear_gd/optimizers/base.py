"""What every optimizer offers."""

from typing import Any

from sklearn.base import BaseEstimator

from sklinear_gd._typing import Array
from sklinear_gd.kernels._twin import Twinned


class Optimizer(Twinned, BaseEstimator):
    """A rule that turns gradients into steps.

    An object holds hyper-parameters only. What the rule remembers from step to step is in a state
    that `init` makes and `step` changes, so that one object may serve many trainings.

    Attributes
    ----------
    kernel : Twin or None
        The compiled twin of `init`, `step` and `extrapolate`. A subclass that redefines one of
        them has none, unless it names its own.
    scale_free : bool
        Whether the rule divides the gradient by its own size, so that a step has the size of the
        rate whatever the gradient's. Automatic learning rates ask for it.
    conditioned : bool
        Whether ``precondition="auto"`` may change the variables for it.
    gain : float
        The total step, in rates, that a unit of gradient leads to: more than 1 with momentum.
    noise : float
        The share of the noise of the longest row that automatic rates allow for, of losses whose
        curvature levels off; 1.5 times it of others, and twice it of a mean row, at most all.
    first_step : float
        The length of the first step in rates, for scale-free rules.
    row_arrays : tuple of str
        Arrays of the state with a row for each row of the data, which the solver keeps. Empty for
        rules that know gradients alone; the others cannot train on rows as they come.
    epoch_momentum : bool
        Whether rules that remember rows begin an epoch beyond where the last one ended.
    averages : bool
        Whether the rule keeps an average of its own, ``average`` in its state, which is the model.
    extrapolates : bool
        Whether the rule moves on after the prox: whether it defines `extrapolate`.

    Examples
    --------
    Signed gradients, as a rule of one's own:

    >>> import numpy as np
    >>> from sklinear_gd.optimizers import Optimizer
    >>> class SignSGD(Optimizer):
    ...     def step(self, params, gradient, state, rate):
    ...         state["t"] += 1
    ...         params -= rate * np.sign(gradient)
    ...         return rate
    >>> rule, params = SignSGD(), np.array([[1.0, 2.0]])
    >>> rule.step(params, np.array([[3.0, -3.0]]), rule.init(params), 0.5)
    0.5
    >>> params
    array([[0.5, 2.5]])
    """

    definition = ("init", "step", "extrapolate")
    scale_free = False
    gain = 1.0
    noise = 1.0
    first_step = 1.0
    conditioned = True
    row_arrays: tuple[str, ...] = ()
    epoch_momentum: bool = False
    averages = False

    @property
    def extrapolates(self) -> bool:
        """Whether the rule moves on after the prox."""
        return type(self).extrapolate is not Optimizer.extrapolate

    def init(self, params: Array) -> dict[str, Any]:
        """Return the state before the first step.

        Parameters
        ----------
        params : array
            The parameters; float32 or float64.

        Returns
        -------
        state : dict
            ``t``, the number of steps made, and arrays shaped like `params`.
        """
        return {"t": 0}

    def step(self, params: Array, gradient: Array, state: dict[str, Any], rate: Any) -> Any:
        """Make one step: change `params` and `state` in place.

        Parameters
        ----------
        params, gradient : arrays of one shape and dtype
            The parameters and the gradient of the smooth part of the objective.
        state : dict
            What `init` returned.
        rate : float
            The learning rate of this step.

        Returns
        -------
        metric : float or array shaped like params
            The step size that this step gave to a lasting gradient, for the prox of the penalty:
            with any other the training settles beside the optimum.
        """
        raise NotImplementedError(
            f"{type(self).__name__} must define step(params, gradient, state, rate)."
        )

    def extrapolate(self, params: Array, state: dict[str, Any]) -> None:
        """Move on from where step, prox and projection led: change `params` and `state` in place.

        Called after each `step` and the prox that follows it. Most rules stay there.

        Parameters
        ----------
        params : array
            The parameters after the prox.
        state : dict
            What `init` returned.
        """

    def check(self) -> None:
        """Raise ValueError if a parameter is out of its range."""


def zeros_like(params: Array) -> Array:
    """Return zeros like `params`, for any array type."""
    return 0 * params
