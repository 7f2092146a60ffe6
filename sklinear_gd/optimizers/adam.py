"""Adam."""

from typing import Any

from sklinear_gd._typing import Array
from sklinear_gd._validation import check_number
from sklinear_gd.kernels._twin import Twin
from sklinear_gd.optimizers.base import Optimizer, zeros_like


class Adam(Optimizer):
    r"""Moving averages of the gradient and of its square, both corrected for their start at 0.

    .. math::
        m \leftarrow \beta_1 m + (1 - \beta_1) g, \qquad
        a \leftarrow \beta_2 a + (1 - \beta_2) g^2

        \theta \leftarrow \theta
            - \frac{\eta}{\sqrt{a / (1 - \beta_2^t)} + \epsilon} \; \frac{m}{1 - \beta_1^t}

    The first fraction is the metric.

    Parameters
    ----------
    beta1 : float, default=0.9
        β₁, the share of the averaged gradient that is kept from step to step; in [0, 1).
    beta2 : float, default=0.999
        β₂, the same for the averaged square; in [0, 1).
    epsilon : float, default=1e-8
        ε, which keeps the division defined; > 0.

    References
    ----------
    D. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015;
    ``torch.optim.Adam``.

    Examples
    --------
    The first step has the length of the rate, whatever the gradient:

    >>> import numpy as np
    >>> from sklinear_gd.optimizers import Adam
    >>> params, gradient = np.array([[1.0, 1.0]]), np.array([[2.0, -300.0]])
    >>> rule = Adam(beta1=0.8)
    >>> metric = rule.step(params, gradient, rule.init(params), 0.5)
    >>> params.round(6)
    array([[0.5, 1.5]])
    """

    kernel = Twin("adam", ("beta1", "beta2", "epsilon"), ("mean", "square"))
    scale_free = True

    def __init__(self, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8) -> None:
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon

    def init(self, params: Array) -> dict[str, Any]:
        """Return the state before the first step; see `Optimizer.init`."""
        return {"t": 0, "mean": zeros_like(params), "square": zeros_like(params)}

    def step(self, params: Array, gradient: Array, state: dict[str, Any], rate: Any) -> Any:
        """Make one step in place and return its metric; see `Optimizer.step`."""
        state["t"] += 1
        mean, square = state["mean"], state["square"]
        mean *= self.beta1
        mean += (1 - self.beta1) * gradient
        square *= self.beta2
        square += (1 - self.beta2) * gradient**2
        size = (square / (1 - self.beta2 ** state["t"])) ** 0.5
        metric = rate / (size + self.epsilon)
        params -= metric * (mean / (1 - self.beta1 ** state["t"]))
        return metric

    def check(self) -> None:
        """Raise ValueError if a parameter is out of its range."""
        owner = type(self).__name__
        for name, cure in [("beta1", "choose e.g. 0.9"), ("beta2", "choose e.g. 0.999")]:
            value = getattr(self, name)
            check_number(owner, name, value, low=0, high=1, high_open=True, cure=cure)
        cure = "choose e.g. 1e-8"
        check_number(owner, "epsilon", self.epsilon, low=0, low_open=True, cure=cure)
