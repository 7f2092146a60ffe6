"""Gradient descent with Nesterov's momentum."""

from typing import Any

from sklinear_gd._typing import Array
from sklinear_gd._validation import check_number
from sklinear_gd.kernels._twin import Twin
from sklinear_gd.optimizers.base import Optimizer, zeros_like


class Nesterov(Optimizer):
    r"""Gradient descent with Nesterov's momentum.

    .. math:: v \leftarrow \mu v + g, \qquad \theta \leftarrow \theta - \eta \, (g + \mu v)

    After t steps of a constant gradient the step is :math:`\eta (1 - \mu^{t+1}) / (1 - \mu)` times
    it: that is the metric.

    Parameters
    ----------
    momentum : float, default=0.9
        μ, the share of the velocity that is kept from step to step; in [0, 1).

    References
    ----------
    Y. Nesterov, "A method for solving the convex programming problem with convergence rate
    O(1/k²)", 1983, in the form of I. Sutskever et al., "On the importance of initialization and
    momentum in deep learning", ICML 2013; ``torch.optim.SGD`` with ``nesterov=True``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd.optimizers import Nesterov
    >>> params, gradient = np.array([[1.0]]), np.array([[2.0]])
    >>> rule = Nesterov(momentum=0.5)
    >>> rule.step(params, gradient, rule.init(params), 0.25)
    0.375
    >>> params
    array([[0.25]])
    """

    kernel = Twin("nesterov", ("momentum",), ("velocity",))

    def __init__(self, momentum: float = 0.9) -> None:
        self.momentum = momentum

    @property
    def gain(self) -> float:  # type: ignore[override] # a constant in the base
        """1 / (1 - momentum); see `Optimizer`."""
        return 1 / (1 - self.momentum)

    def init(self, params: Array) -> dict[str, Any]:
        """Return the state before the first step; see `Optimizer.init`."""
        return {"t": 0, "velocity": zeros_like(params)}

    def step(self, params: Array, gradient: Array, state: dict[str, Any], rate: Any) -> Any:
        """Make one step in place and return its metric; see `Optimizer.step`."""
        state["t"] += 1
        velocity = state["velocity"]
        velocity *= self.momentum
        velocity += gradient
        params -= rate * (gradient + self.momentum * velocity)
        return rate * (1 - self.momentum ** (state["t"] + 1)) / (1 - self.momentum)

    def check(self) -> None:
        """Raise ValueError if a parameter is out of its range."""
        owner, cure = type(self).__name__, "choose e.g. 0.9"
        check_number(owner, "momentum", self.momentum, low=0, high=1, high_open=True, cure=cure)
