"""AdaGrad."""

from typing import Any

from sklinear_gd._typing import Array
from sklinear_gd._validation import check_number
from sklinear_gd.kernels._twin import Twin
from sklinear_gd.optimizers.base import Optimizer, zeros_like


class AdaGrad(Optimizer):
    r"""A rate for each coordinate that falls with the sum of its squared gradients.

    .. math:: a \leftarrow a + g^2, \qquad
        \theta \leftarrow \theta - \frac{\eta}{\sqrt{a} + \epsilon} \, g

    The factor of g is the metric. Rare features keep large steps.

    Parameters
    ----------
    epsilon : float, default=1e-10
        ε, which keeps the division defined; > 0.

    References
    ----------
    J. Duchi, E. Hazan and Y. Singer, "Adaptive subgradient methods for online learning and
    stochastic optimization", JMLR 12, 2011; ``torch.optim.Adagrad``.

    Examples
    --------
    The first step has the length of the rate, whatever the gradient:

    >>> import numpy as np
    >>> from sklinear_gd.optimizers import AdaGrad
    >>> params, gradient = np.array([[1.0, 1.0]]), np.array([[2.0, -300.0]])
    >>> rule = AdaGrad()
    >>> metric = rule.step(params, gradient, rule.init(params), 0.5)
    >>> params.round(6)
    array([[0.5, 1.5]])
    """

    kernel = Twin("adagrad", ("epsilon",), ("sum",))
    scale_free = True

    def __init__(self, epsilon: float = 1e-10) -> None:
        self.epsilon = epsilon

    def init(self, params: Array) -> dict[str, Any]:
        """Return the state before the first step; see `Optimizer.init`."""
        return {"t": 0, "sum": zeros_like(params)}

    def step(self, params: Array, gradient: Array, state: dict[str, Any], rate: Any) -> Any:
        """Make one step in place and return its metric; see `Optimizer.step`."""
        state["t"] += 1
        state["sum"] += gradient**2
        metric = rate / (state["sum"] ** 0.5 + self.epsilon)
        params -= metric * gradient
        return metric

    def check(self) -> None:
        """Raise ValueError if a parameter is out of its range."""
        owner, cure = type(self).__name__, "choose e.g. 1e-10"
        check_number(owner, "epsilon", self.epsilon, low=0, low_open=True, cure=cure)
