"""The squared Euclidean norm."""

import numpy as np

from sklinear_gd._typing import Array
from sklinear_gd.penalties.base import Penalty, total


class L2(Penalty):
    r"""Half the sum of squares, as in ridge regression.

    .. math:: R(W) = \tfrac12 \sum_{jk} W_{jk}^2

    References
    ----------
    A. Hoerl and R. Kennard, "Ridge regression", Technometrics 12, 1970.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd.penalties import L2
    >>> L2().value(np.array([[3.0, -4.0]]))
    12.5
    """

    l2_strength = 1.0
    separable = True

    def value(self, W: Array) -> float:
        """Return half the sum of squares."""
        if isinstance(W, np.ndarray):
            return 0.5 * float(np.einsum("jk,jk->j", W, W).sum(dtype=np.float64))
        return 0.5 * total(W * W)

    def add_gradient(self, W: Array, out: Array, strength: float) -> None:
        """Add ``strength * W`` to `out`."""
        out += strength * W
