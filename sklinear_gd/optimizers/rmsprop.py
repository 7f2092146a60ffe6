"""RMSprop."""

from typing import Any

from sklinear_gd._typing import Array
from sklinear_gd._validation import check_number
from sklinear_gd.kernels._twin import Twin
from sklinear_gd.optimizers.base import Optimizer, zeros_like


class RMSprop(Optimizer):
    r"""A rate for each coordinate: gradients are divided by a moving average of their size.

    .. math:: a \leftarrow \beta a + (1 - \beta) g^2, \qquad
        \theta \leftarrow \theta - \frac{\eta}{\sqrt{a} + \epsilon} \, g

    The factor of g is the metric. The average is not centred.

    Parameters
    ----------
    decay : float, default=0.99
        β, the share of the average that is kept from step to step; in [0, 1).
    epsilon : float, default=1e-8
        ε, which keeps the division defined; > 0.

    References
    ----------
    T. Tieleman and G. Hinton, "Lecture 6.5 - rmsprop", 2012; ``torch.optim.RMSprop``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd.optimizers import RMSprop
    >>> params, gradient = np.array([[1.0, 1.0]]), np.array([[2.0, -300.0]])
    >>> rule = RMSprop(decay=0.75)
    >>> metric = rule.step(params, gradient, rule.init(params), 0.25)
    >>> params.round(6)
    array([[0.5, 1.5]])
    """

    kernel = Twin("rmsprop", ("decay", "epsilon"), ("square",))
    scale_free = True

    def __init__(self, decay: float = 0.99, epsilon: float = 1e-8) -> None:
        self.decay = decay
        self.epsilon = epsilon

    @property
    def first_step(self) -> float:  # type: ignore[override]
        """1 / sqrt(1 - decay), since the average begins at 0; see `Optimizer`."""
        return float((1 - self.decay) ** -0.5)

    def init(self, params: Array) -> dict[str, Any]:
        """Return the state before the first step; see `Optimizer.init`."""
        return {"t": 0, "square": zeros_like(params)}

    def step(self, params: Array, gradient: Array, state: dict[str, Any], rate: Any) -> Any:
        """Make one step in place and return its metric; see `Optimizer.step`."""
        state["t"] += 1
        square = state["square"]
        square *= self.decay
        square += (1 - self.decay) * gradient**2
        metric = rate / (square**0.5 + self.epsilon)
        params -= metric * gradient
        return metric

    def check(self) -> None:
        """Raise ValueError if a parameter is out of its range."""
        owner, cure = type(self).__name__, "choose e.g. 0.99"
        check_number(owner, "decay", self.decay, low=0, high=1, high_open=True, cure=cure)
        cure = "choose e.g. 1e-8"
        check_number(owner, "epsilon", self.epsilon, low=0, low_open=True, cure=cure)
