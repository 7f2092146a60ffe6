"""The hinge of one binary problem for each class."""

from types import ModuleType

import numpy as np

from sklinear_gd._typing import Array
from sklinear_gd.kernels._twin import Twin
from sklinear_gd.losses.base import signs
from sklinear_gd.losses.hinge import Hinge


class OneVsRest(Hinge):
    r"""The sum of the binary hinges, each class against all others.

    .. math:: L(s, y) = \sum_k \varphi(\Delta - t_k s_k), \qquad t_y = 1, \; t_k = -1 \; (k \ne y)

    where :math:`\varphi(z)` is :math:`\max(0, z)`, or its square if `squared`. Two classes have one
    column of scores, that of class 1.

    Parameters
    ----------
    margin : float, default=1.0
        Δ, by how much each score must be on its right side of 0; from 1e-12 to 1e12.
    squared : bool, default=False
        Whether each hinge is squared (without a factor 1/2). Then the loss is smooth.
    smoothing : float, default=0.0
        With g = `smoothing` > 0 each hinge is replaced by :math:`z^2 / (2g)` for 0 < z < g and
        :math:`z - g/2` above, which is smooth and smaller by at most g/2. Not with `squared`.

    References
    ----------
    R. Rifkin and A. Klautau, "In defense of one-vs-all classification", JMLR 5, 2004.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd.losses import OneVsRest
    >>> values, d_scores = OneVsRest().formula(np.array([[3.0, 5.0, -2.0]]), np.array([0]))
    >>> values
    array([6.])
    >>> d_scores
    array([[-0.,  1.,  0.]])
    """

    kernel = Twin("one_vs_rest", ("margin", "squared", "smoothing"))

    def formula(self, scores: Array, y: Array, xp: ModuleType = np) -> tuple[Array, Array]:
        """Return the loss of each sample and its gradient; see `Loss.formula`."""
        t = signs(y, scores, xp)
        values, slopes = self.phi(float(self.margin) - t * scores, xp)
        return xp.sum(values, axis=1), -t * slopes

    def conjugate(self, d_scores: Array, y: Array, xp: ModuleType = np) -> Array:
        """Return the convex conjugate of the loss; see `Loss.conjugate`."""
        return self._shifted_conjugate(-signs(y, d_scores, xp) * d_scores, xp)

    # Stated anew: a new formula loses what its parent derives from the old one.

    def shifts(self, d_scores: Array, y: Array, width: float, xp: ModuleType = np) -> Array | None:
        """Return what to add to the scores; see `Loss.shifts`."""
        return super().shifts(d_scores, y, width, xp)

    def conjugate_prox(
        self, d_scores: Array, scores: Array, y: Array, widths: Array, xp: ModuleType = np
    ) -> Array | None:
        """Return the derivatives that a step leads to; see `Loss.conjugate_prox`."""
        return self._column_prox(d_scores, scores, y, widths, xp) if self._has_prox() else None

    def feasible(self, d_scores: Array, y: Array, xp: ModuleType = np) -> Array | None:
        """Return derivatives in the domain; see `Loss.feasible`."""
        return super().feasible(d_scores, y, xp)

    def balance(self, excess: Array, shares: Array) -> tuple[Array, float]:
        """Return what takes the weighted mean out of derivatives; see `Loss.balance`.

        Each column for itself: the class's own rows lower it, the other rows raise it.
        """
        own = np.eye(len(shares), dtype=bool)[:, -len(excess) :]
        own_shares = shares[-len(excess) :]
        moves = own == (excess > 0)
        return self._spread(
            np.where(moves, -excess, 0.0), np.where(own, own_shares, 1 - own_shares)
        )

    def curvature(self, n_scores: int) -> float:
        """Return the bound on the second derivative; see `Loss.curvature`."""
        return self._bend()
