"""A rate that is searched for in each step."""

from collections.abc import Callable
from typing import Any

import numpy as np

from sklinear_gd._validation import check_choice, check_number
from sklinear_gd.schedules.base import Horizon, Schedule

# Rates that are tried, or rounds of them, before a search gives up: 2⁻⁴⁰ is below all rounding.
TRIALS = 40


class LineSearch(Schedule):
    r"""The factor is searched for in each update, which takes the whole data: F never rises.

    ``strategy="armijo"`` starts from the last factor times `growth` and multiplies it by `shrink`
    until the objective has fallen enough,

    .. math:: F(\theta_{new}) \le F(\theta) + slope \cdot \Delta, \qquad
        \Delta = \langle \nabla F, \theta_{new} - \theta \rangle,

    where a penalty with kinks enters Δ by its own change and its smooth part by none.
    ``strategy="try_several"`` tries all `factors` and keeps the one with the lowest objective; if
    none lowers it, smaller ones are tried. A trial costs a pass over the data.

    Where the optimizer's step does not lead downhill, as momentum may not, the optimizer starts
    anew, so that its step is one along the gradient; where not even that helps, training ends with
    ``stop_reason_="line_search"``.

    Parameters
    ----------
    strategy : {"armijo", "try_several"}, default="armijo"
        How to search.
    slope : float, default=1e-4
        The share of the fall that the gradient promises that is asked for; in (0, 1).
    shrink : float, default=0.5
        What a factor that was too large is multiplied by; in (0, 1).
    growth : float, default=2.0
        What the last factor is multiplied by for the next search; >= 1.
    factors : sequence of float, default=(0.1, 0.3, 1.0, 3.0, 10.0)
        What "try_several" tries; > 0.

    References
    ----------
    L. Armijo, "Minimization of functions having Lipschitz continuous first partial derivatives",
    1966; with a prox: P. Tseng and S. Yun, "A coordinate gradient descent method for nonsmooth
    separable minimization", 2009, equation (9).

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklinear_gd import SoftmaxGDClassifier
    >>> from sklinear_gd.schedules import LineSearch
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = SoftmaxGDClassifier(
    ...     optimizer="sgd", batch_size="full", schedule=LineSearch(growth=3.0), max_iter=50
    ... ).set_params(tol=None).fit(X, y)
    >>> bool((clf.history_["objective"][1:] <= clf.history_["objective"][:-1]).all())
    True
    """

    searches = True

    def __init__(
        self,
        strategy: str = "armijo",
        slope: float = 1e-4,
        shrink: float = 0.5,
        growth: float = 2.0,
        factors: Any = (0.1, 0.3, 1.0, 3.0, 10.0),
    ) -> None:
        self.strategy = strategy
        self.slope = slope
        self.shrink = shrink
        self.growth = growth
        self.factors = factors

    def init(self) -> dict[str, Any]:
        """Return the state before the first update: the factor that the next search starts from."""
        return {"factor": 1.0}

    def factor(self, t: Any, horizon: Horizon, state: dict[str, Any]) -> Any:
        """Return the factor that the next search starts from; see `Schedule.factor`."""
        return np.full(np.shape(t), state["factor"])[()]

    def search(
        self,
        trial: Callable[[float], tuple[float, float]],
        objective: float,
        state: dict[str, Any],
    ) -> float | None:
        """Return the factor to take, None if none lowers the objective; see `Schedule.search`."""
        if self.strategy == "armijo":
            return self._backtrack(trial, objective, state)
        return self._best(trial, objective, state)

    def _backtrack(self, trial: Any, objective: float, state: dict[str, Any]) -> float | None:
        factor = state["factor"]
        for _ in range(TRIALS):
            value, change = trial(factor)
            if change >= 0:  # uphill, however small the step
                return None
            if value <= objective + self.slope * change:
                state["factor"] = factor * self.growth
                return float(factor)
            factor *= self.shrink
        return None

    def _best(self, trial: Any, objective: float, state: dict[str, Any]) -> float | None:
        scale, lowest, highest = state["factor"], min(self.factors), max(self.factors)
        for _ in range(TRIALS):
            values = [trial(scale * factor)[0] for factor in self.factors]
            best = int(np.argmin(np.nan_to_num(values, nan=np.inf)))
            if values[best] < objective:
                state["factor"] = min(1.0, scale * self.growth)
                return float(scale * self.factors[best])
            scale *= self.shrink * lowest / highest
        return None

    def check(self) -> None:
        """Raise ValueError if a parameter is out of its range."""
        owner = type(self).__name__
        check_choice(owner, "strategy", self.strategy, ("armijo", "try_several"))
        inside: dict[str, Any] = {"low": 0, "high": 1, "low_open": True, "high_open": True}
        check_number(owner, "slope", self.slope, **inside, cure="choose e.g. 1e-4")
        check_number(owner, "shrink", self.shrink, **inside, cure="choose e.g. 0.5")
        check_number(owner, "growth", self.growth, low=1, cure="choose e.g. 2.0")
        several = isinstance(self.factors, list | tuple | np.ndarray) and len(self.factors) > 0
        for factor in self.factors if several else [self.factors]:
            cure = "give a sequence such as (0.1, 1.0, 10.0)"
            check_number(owner, "factors", factor if several else None, low=0, low_open=True,
                         cure=cure)  # fmt: skip
