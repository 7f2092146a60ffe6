"""Adam with an average in place of a schedule."""

from typing import Any

from sklinear_gd._typing import Array
from sklinear_gd._validation import check_number
from sklinear_gd.optimizers.base import Optimizer, zeros_like


class ScheduleFree(Optimizer):
    r"""Schedule-free Adam: an average of the iterates takes the place of a rate that falls.

    .. math::
        z_t = z_{t-1} - \frac{\eta}{\sqrt{a_t / (1 - \beta_2^t)} + \epsilon} \, \nabla(y_{t-1}),
        \qquad a_t = \beta_2 a_{t-1} + (1 - \beta_2) \nabla(y_{t-1})^2

        x_t = x_{t-1} + \frac{\eta_t^2}{\sum_{s \le t} \eta_s^2} (z_t - x_{t-1}), \qquad
        y_t = (1 - \beta) z_t + \beta x_t

    The fraction is the metric, and the prox that follows it acts on z. Gradients are taken at y;
    the model is x, whether or not ``average=True`` asks for an average. Use it with
    ``schedule="constant"``, or a warm-up. As an average x has no exact zeros.

    Parameters
    ----------
    beta : float, default=0.9
        β, how near the average the gradients are taken; in [0, 1).
    beta2 : float, default=0.999
        β₂, the share of the averaged square that is kept from step to step; in [0, 1).
    epsilon : float, default=1e-8
        ε, which keeps the division defined; > 0.

    References
    ----------
    A. Defazio et al., "The road less scheduled", NeurIPS 2024.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd.optimizers import ScheduleFree
    >>> rule, params = ScheduleFree(beta=0.5), np.array([[1.0]])
    >>> state = rule.init(params)
    >>> for _ in range(2):
    ...     metric = rule.step(params, np.array([[2.0]]), state, 0.25)
    ...     rule.extrapolate(params, state)
    >>> params.round(6), state["average"].round(6)
    (array([[0.5625]]), array([[0.625]]))
    """

    scale_free = True
    averages = True

    def __init__(self, beta: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8) -> None:
        self.beta = beta
        self.beta2 = beta2
        self.epsilon = epsilon

    def init(self, params: Array) -> dict[str, Any]:
        """Return the state before the first step; see `Optimizer.init`.

        Besides ``t``: ``z``, ``average``, which is x, and ``square``, a; the last step's ``rate``
        and ``weight``, the sum of all squared rates.
        """
        arrays = {name: zeros_like(params) for name in ("z", "average", "square")}
        return {"t": 0, "rate": 0.0, "weight": 0.0, **arrays}

    def step(self, params: Array, gradient: Array, state: dict[str, Any], rate: Any) -> Any:
        """Make one step of z in place, from y, and return its metric; see `Optimizer.step`."""
        z, square = state["z"], state["square"]
        if state["t"] == 0:
            z[...] = params
            state["average"][...] = params
        state["t"] += 1
        state["rate"] = rate
        square *= self.beta2
        square += (1 - self.beta2) * gradient**2
        size = (square / (1 - self.beta2 ** state["t"])) ** 0.5
        metric = rate / (size + self.epsilon)
        z -= metric * gradient
        params[...] = z
        return metric

    def extrapolate(self, params: Array, state: dict[str, Any]) -> None:
        """Renew the average and go on to the next y in place; see `Optimizer.extrapolate`."""
        z, average = state["z"], state["average"]
        z[...] = params
        state["weight"] += state["rate"] ** 2
        if state["weight"] > 0:
            average += state["rate"] ** 2 / state["weight"] * (z - average)
        params[...] = (1 - self.beta) * z + self.beta * average

    def check(self) -> None:
        """Raise ValueError if a parameter is out of its range."""
        owner = type(self).__name__
        for name, cure in [("beta", "choose e.g. 0.9"), ("beta2", "choose e.g. 0.999")]:
            value = getattr(self, name)
            check_number(owner, name, value, low=0, high=1, high_open=True, cure=cure)
        cure = "choose e.g. 1e-8"
        check_number(owner, "epsilon", self.epsilon, low=0, low_open=True, cure=cure)
