"""The multi-class hinge of Weston and Watkins."""

from types import ModuleType

import numpy as np

from sklinear_gd._typing import Array
from sklinear_gd.kernels._twin import Twin
from sklinear_gd.losses.base import ROUNDING, one_hot, root, signs
from sklinear_gd.losses.hinge import Hinge, with_own


class WestonWatkins(Hinge):
    r"""The hinge summed over the wrong classes.

    .. math:: L(s, y) = \sum_{j \ne y} \varphi(s_j - s_y + \Delta)

    where :math:`\varphi(z)` is :math:`\max(0, z)`, or its square if `squared`. Two classes have one
    column of scores s and :math:`L = \varphi(\Delta - t s)`, t = 1 for class 1, -1 for class 0.

    Parameters
    ----------
    margin : float, default=1.0
        Δ, by how much the score of the own class must lead each other score;
        from 1e-12 to 1e12.
    squared : bool, default=False
        Whether each hinge is squared (without a factor 1/2). Then the loss is smooth.
    smoothing : float, default=0.0
        With g = `smoothing` > 0 each hinge is replaced by :math:`z^2 / (2g)` for 0 < z < g and
        :math:`z - g/2` above, which is smooth and smaller by at most g/2. Not with `squared`.

    References
    ----------
    J. Weston and C. Watkins, "Support vector machines for multi-class pattern recognition",
    ESANN 1999.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd.losses import WestonWatkins
    >>> values, d_scores = WestonWatkins().formula(np.array([[3.0, 5.0, -2.0]]), np.array([0]))
    >>> values
    array([3.])
    >>> d_scores
    array([[-1.,  1.,  0.]])
    """

    kernel = Twin("weston_watkins", ("margin", "squared", "smoothing"))

    def formula(self, scores: Array, y: Array, xp: ModuleType = np) -> tuple[Array, Array]:
        """Return the loss of each sample and its gradient; see `Loss.formula`."""
        if scores.shape[1] == 1:
            return self._binary(scores, y, xp)
        own = one_hot(y, scores, xp)
        values, slopes = self.phi(xp.where(own, 0.0, self._violations(scores, own, xp)), xp)
        return xp.sum(values, axis=1), with_own(slopes, own, xp)

    def conjugate(self, d_scores: Array, y: Array, xp: ModuleType = np) -> Array:
        """Return the convex conjugate of the loss; see `Loss.conjugate`."""
        if d_scores.shape[1] == 1:
            return self._shifted_conjugate(-signs(y, d_scores, xp) * d_scores, xp)
        values = self._shifted_conjugate(xp.where(one_hot(y, d_scores, xp), 0.0, d_scores), xp)
        return xp.where(xp.abs(xp.sum(d_scores, axis=1)) > ROUNDING, xp.inf, values)

    def shifts(self, d_scores: Array, y: Array, width: float, xp: ModuleType = np) -> Array | None:
        """Return what to add to the scores; see `Loss.shifts`. The own score stays."""
        shifts = super().shifts(d_scores, y, width, xp)
        if shifts is None or d_scores.shape[1] == 1:
            return shifts
        return xp.where(one_hot(y, d_scores, xp), 0.0, shifts)

    def conjugate_prox(
        self, d_scores: Array, scores: Array, y: Array, widths: Array, xp: ModuleType = np
    ) -> Array | None:
        """Return the derivatives that a step leads to; see `Loss.conjugate_prox`.

        With slopes a for the wrong classes, so far m, ``a_j = clip(m_j + z_j / q - t, 0, 1)``,
        where t, the sum of all a - m, is what the own score gains, in units of q.
        """
        if not self._has_prox():
            return None
        if scores.shape[1] == 1:
            return self._column_prox(d_scores, scores, y, widths, xp)
        own = one_hot(y, scores, xp)
        total = xp.sum(xp.where(own, 0.0, d_scores), axis=1)[:, None]
        ends = d_scores + self._violations(scores, own, xp) / widths[:, None]

        def excess(t: Array) -> Array:
            slopes = ends[:, None, :] - t[:, :, None]
            slopes = xp.where(own[:, None, :] | (slopes < 0), 0.0, slopes)
            return xp.sum(xp.where(slopes > 1, 1.0, slopes), axis=2) - total - t

        low, high = -total, scores.shape[1] - 1 - total
        t = root(excess, low, high, (ends, ends - 1), xp)
        slopes = xp.where(own | (ends < t), 0.0, ends - t)
        slopes = xp.where(slopes > 1, 1.0, slopes)
        return with_own(slopes, own, xp)

    def feasible(self, d_scores: Array, y: Array, xp: ModuleType = np) -> Array | None:
        """Return derivatives in the domain; see `Loss.feasible`. Slopes are cut."""
        if d_scores.shape[1] == 1:
            return super().feasible(d_scores, y, xp)
        own = one_hot(y, d_scores, xp)
        return with_own(self._cut(xp.where(own, 0.0, d_scores), xp), own, xp)

    def curvature(self, n_scores: int) -> float:
        """Return the bound on the second derivative; see `Loss.curvature`."""
        # All violated: the Laplacian of a star with n_scores nodes.
        return self._bend() * n_scores
