"""The elastic net."""

from typing import Any

from sklinear_gd._namespaces import widened
from sklinear_gd._typing import Array
from sklinear_gd._validation import check_number
from sklinear_gd.penalties.base import Penalty, parts, soft_threshold, total


class ElasticNet(Penalty):
    r"""A mixture of L1 and L2: sparse, yet it keeps correlated features together.

    .. math:: R(W) = r \sum_{jk} |W_{jk}| + (1 - r) \, \tfrac12 \sum_{jk} W_{jk}^2

    Parameters
    ----------
    l1_ratio : float, default=0.15
        r, the share of L1; in [0, 1].

    References
    ----------
    H. Zou and T. Hastie, "Regularization and variable selection via the elastic net", JRSS B 67,
    2005.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd.penalties import ElasticNet
    >>> ElasticNet(l1_ratio=0.5).value(np.array([[2.0, -1.0]]))
    2.75
    """

    separable = True

    def __init__(self, l1_ratio: float = 0.15) -> None:
        self.l1_ratio = l1_ratio

    @property
    def l1_strength(self) -> float:  # type: ignore[override] # a constant in the base
        """The factor of ``||W||_1``."""
        return float(self.l1_ratio)

    @property
    def l2_strength(self) -> float:  # type: ignore[override] # a constant in the base
        """The factor of ``1/2 ||W||^2``."""
        return 1.0 - float(self.l1_ratio)

    @property
    def smooth(self) -> bool:
        """Whether the prox changes nothing."""
        return self.l1_ratio == 0

    def value(self, W: Array) -> float:
        """Return the mixture of both sums."""
        absolute, squares = 0.0, 0.0
        for part in parts(W):
            absolute += total(abs(part))
            squares += total(widened(part) ** 2)
        return self.l1_strength * absolute + self.l2_strength * 0.5 * squares

    def add_gradient(self, W: Array, out: Array, strength: float) -> None:
        """Add the gradient of the L2 part to `out`."""
        out += (strength * self.l2_strength) * W

    def prox(self, W: Array, step: Any) -> None:
        """Move each weight towards 0 by ``l1_ratio * step``, and no further than 0."""
        soft_threshold(W, self.l1_strength * step)

    def check(self) -> None:
        """Raise ValueError if a parameter is out of its range."""
        owner = type(self).__name__
        check_number(owner, "l1_ratio", self.l1_ratio, low=0, high=1, cure="choose e.g. 0.15")
