"""The sum of absolute values."""

from typing import Any

from sklinear_gd._typing import Array
from sklinear_gd.penalties.base import Penalty, parts, soft_threshold, total


class L1(Penalty):
    r"""The sum of absolute values, as in the lasso: single weights become exactly 0.

    .. math:: R(W) = \sum_{jk} |W_{jk}|, \qquad
        prox(W) = \mathrm{sign}(W) \max(0, |W| - step)

    References
    ----------
    R. Tibshirani, "Regression shrinkage and selection via the lasso", JRSS B 58, 1996.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd.penalties import L1
    >>> W = np.array([[3.0, -0.5]])
    >>> L1().prox(W, 1.0)
    >>> W
    array([[2., 0.]])
    """

    l1_strength = 1.0
    separable = True

    def value(self, W: Array) -> float:
        """Return the sum of absolute values."""
        return sum(total(abs(part)) for part in parts(W))

    def prox(self, W: Array, step: Any) -> None:
        """Move each weight towards 0 by `step`, and no further than 0."""
        soft_threshold(W, step)
