"""Accelerated (proximal) gradient descent."""

from typing import Any

from sklinear_gd._namespaces import namespace
from sklinear_gd._typing import Array
from sklinear_gd.optimizers.base import Optimizer, zeros_like


class AcceleratedGradient(Optimizer):
    r"""Gradient descent with a momentum that grows until it points uphill: FISTA with restarts.

    .. math:: x_{k+1} = \operatorname{prox}(y_k - \eta \, \nabla(y_k)), \qquad
        y_{k+1} = x_{k+1} + \frac{j}{j + 3} \, (x_{k+1} - x_k)

    with j the steps since the last restart. It restarts, j = 0, when momentum and gradient
    disagree: when :math:`\langle y_k - x_{k+1}, x_{k+1} - x_k \rangle > 0`. The parameters are y,
    where the gradients are taken; coordinates that the prox has set to 0 get no momentum, so that
    zeros are exact in y, too. The metric of the prox is η.

    It is made for full batches, where no rule here needs fewer steps on smooth losses. Noise makes
    it restart all the time.

    References
    ----------
    A. Beck and M. Teboulle, "A fast iterative shrinkage-thresholding algorithm for linear inverse
    problems", 2009; the restart: B. O'Donoghue and E. Candès, "Adaptive restart for accelerated
    gradient schemes", 2015, section 3.2; j / (j + 3): W. Su, S. Boyd and E. Candès, "A
    differential equation for modeling Nesterov's accelerated gradient method", 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd.optimizers import AcceleratedGradient
    >>> rule, params = AcceleratedGradient(), np.array([[1.0]])
    >>> state = rule.init(params)
    >>> for _ in range(3):
    ...     metric = rule.step(params, params.copy(), state, 0.25)  # the gradient of x²/2
    ...     rule.extrapolate(params, state)
    ...     print(params[0, 0])
    0.75
    0.515625
    0.31640625
    """

    def init(self, params: Array) -> dict[str, Any]:
        """Return the state before the first step; see `Optimizer.init`.

        Besides ``t``: ``steps`` since the last restart, ``point``, the last y, and ``shift``, how
        far y is from x.
        """
        return {"t": 0, "steps": 0, "point": zeros_like(params), "shift": zeros_like(params)}

    def step(self, params: Array, gradient: Array, state: dict[str, Any], rate: Any) -> Any:
        """Make one step in place, from y to x, and return its metric; see `Optimizer.step`."""
        state["t"] += 1
        state["point"][...] = params
        params -= rate * gradient
        return rate

    def extrapolate(self, params: Array, state: dict[str, Any]) -> None:
        """Move on from x to the next y in place; see `Optimizer.extrapolate`."""
        point, shift, xp = state["point"], state["shift"], namespace(params)
        change = params - (point - shift)
        if xp.sum((point - params) * change) > 0:
            state["steps"] = 0
        momentum = state["steps"] / (state["steps"] + 3)
        shift[...] = xp.where(params != 0, momentum * change, xp.zeros_like(change))
        params += shift
        state["steps"] += 1
