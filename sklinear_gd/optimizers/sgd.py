"""Plain gradient descent."""

from typing import Any

from sklinear_gd._typing import Array
from sklinear_gd.kernels._twin import Twin
from sklinear_gd.optimizers.base import Optimizer


class SGD(Optimizer):
    r"""Plain (stochastic) gradient descent.

    .. math:: \theta \leftarrow \theta - \eta \, g

    with the rate :math:`\eta`, which is the metric too.

    References
    ----------
    H. Robbins and S. Monro, "A stochastic approximation method", 1951; ``torch.optim.SGD``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd.optimizers import SGD
    >>> params, gradient = np.array([[1.0]]), np.array([[2.0]])
    >>> rule = SGD()
    >>> rule.step(params, gradient, rule.init(params), 0.25)
    0.25
    >>> params
    array([[0.5]])
    """

    kernel = Twin("sgd")
    conditioned = False  # the textbook's own, and its updates of sparse rows stay sparse

    def step(self, params: Array, gradient: Array, state: dict[str, Any], rate: Any) -> Any:
        """Make one step in place and return its metric; see `Optimizer.step`."""
        state["t"] += 1
        params -= rate * gradient
        return rate
