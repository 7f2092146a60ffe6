"""Gradient descent with heavy-ball momentum."""

from typing import Any

from sklinear_gd._typing import Array
from sklinear_gd._validation import check_number
from sklinear_gd.kernels._twin import Twin
from sklinear_gd.optimizers.base import Optimizer, zeros_like


class Momentum(Optimizer):
    r"""Gradient descent with heavy-ball momentum.

    .. math:: v \leftarrow \mu v + g, \qquad \theta \leftarrow \theta - \eta \, v

    After t steps of a constant gradient the step is :math:`\eta (1 - \mu^t) / (1 - \mu)` times it:
    that is the metric.

    Parameters
    ----------
    momentum : float, default=0.9
        μ, the share of the velocity that is kept from step to step; in [0, 1).

    References
    ----------
    B. Polyak, "Some methods of speeding up the convergence of iteration methods", 1964;
    ``torch.optim.SGD`` with `momentum`, dampening 0.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd.optimizers import Momentum
    >>> params, gradient = np.array([[1.0]]), np.array([[2.0]])
    >>> rule = Momentum(momentum=0.5)
    >>> state = rule.init(params)
    >>> rule.step(params, gradient, state, 0.25), rule.step(params, gradient, state, 0.25)
    (0.25, 0.375)
    >>> params
    array([[-0.25]])
    """

    kernel = Twin("momentum", ("momentum",), ("velocity",))

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
        params -= rate * velocity
        return rate * (1 - self.momentum ** state["t"]) / (1 - self.momentum)

    def check(self) -> None:
        """Raise ValueError if a parameter is out of its range."""
        owner, cure = type(self).__name__, "choose e.g. 0.9"
        check_number(owner, "momentum", self.momentum, low=0, high=1, high_open=True, cure=cure)
