"""The multi-class hinge of Crammer and Singer."""

from types import ModuleType

import numpy as np

from sklinear_gd._typing import Array
from sklinear_gd.kernels._twin import Twin
from sklinear_gd.losses.base import ROUNDING, columns, one_hot, root, signs, x_log_x
from sklinear_gd.losses.hinge import Hinge, with_own

# Slopes count as no smaller when the smoothing is shifted by their logarithms.
LEAST = 1e-17


class CrammerSinger(Hinge):
    r"""The hinge of the worst wrong class.

    .. math:: L(s, y) = \varphi\bigl(\max_{j \ne y} s_j - s_y + \Delta\bigr)

    where :math:`\varphi(z)` is :math:`\max(0, z)`, or its square if `squared`. Of equal maxima the
    first counts. Two classes have one column of scores s and :math:`L = \varphi(\Delta - t s)`,
    t = 1 for class 1, -1 for class 0.

    Parameters
    ----------
    margin : float, default=1.0
        Δ, by how much the score of the own class must lead the best other score;
        from 1e-12 to 1e12.
    squared : bool, default=False
        Whether the hinge is squared (without a factor 1/2). The kink where two wrong classes tie
        stays: unlike the other hinges this one is not smooth when squared.
    smoothing : float, default=0.0
        With g = `smoothing` > 0 the maximum and the hinge together are replaced by
        :math:`g \log(1 + \sum_{j \ne y} e^{z_j / g})`, :math:`z_j = s_j - s_y + \Delta`, which is
        smooth and larger by at most g log(n_classes). With `squared` that is squared.

    References
    ----------
    K. Crammer and Y. Singer, "On the algorithmic implementation of multiclass kernel-based vector
    machines", JMLR 2, 2001.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd.losses import CrammerSinger
    >>> values, d_scores = CrammerSinger().formula(np.array([[3.0, 5.0, 4.0]]), np.array([0]))
    >>> values
    array([3.])
    >>> d_scores
    array([[-1.,  1.,  0.]])
    """

    kernel = Twin("crammer_singer", ("margin", "squared", "smoothing"))
    _square_is_smooth = False  # it keeps the kink where two wrong classes tie

    def formula(self, scores: Array, y: Array, xp: ModuleType = np) -> tuple[Array, Array]:
        """Return the loss of each sample and its gradient; see `Loss.formula`."""
        if scores.shape[1] == 1:
            t = signs(y, scores, xp)
            values, slopes = self._worst(float(self.margin) - t * scores, xp)
            return values, -t * slopes
        own = one_hot(y, scores, xp)
        violations = xp.where(own, -xp.inf, self._violations(scores, own, xp))
        values, slopes = self._worst(violations, xp)
        return values, with_own(slopes, own, xp)

    def _worst(self, z: Array, xp: ModuleType) -> tuple[Array, Array]:
        """Return the hinge of the largest of each row of `z`, and its gradient."""
        top = xp.max(z, axis=1)[:, None]
        if self.smoothing == 0:
            values, slope = self.phi(top, xp)
            first = columns(z, xp) == xp.argmax(z, axis=1)[:, None]
            return values[:, 0], xp.where(first, slope, 0.0)
        # log-sum-exp of (0, z / g) with the largest of them taken out
        width, top = float(self.smoothing), xp.where(top < 0, 0.0, top)
        shares = xp.exp((z - top) / width)
        total = xp.exp(-top / width) + xp.sum(shares, axis=1)[:, None]
        values, slopes = top + width * xp.log(total), shares / total
        if self.squared:
            values, slopes = values**2, 2 * values * slopes
        return values[:, 0], slopes

    def conjugate(self, d_scores: Array, y: Array, xp: ModuleType = np) -> Array:
        """Return the convex conjugate of the loss; see `Loss.conjugate`."""
        if d_scores.shape[1] == 1:
            return self._worst_conjugate(-signs(y, d_scores, xp) * d_scores, xp)
        slopes = xp.where(one_hot(y, d_scores, xp), 0.0, d_scores)
        values = self._worst_conjugate(slopes, xp)
        return xp.where(xp.abs(xp.sum(d_scores, axis=1)) > ROUNDING, xp.inf, values)

    def shifts(self, d_scores: Array, y: Array, width: float, xp: ModuleType = np) -> Array | None:
        """Return what to add to the scores; see `Loss.shifts`. The distance is the entropy."""
        if self.squared:
            return None
        sides = signs(y, d_scores, xp) if d_scores.shape[1] == 1 else -xp.ones_like(d_scores)
        slopes = -sides * d_scores
        if d_scores.shape[1] > 1:
            slopes = xp.where(one_hot(y, d_scores, xp), 0.0, slopes)
        rest = 1 - xp.sum(slopes, axis=1)[:, None]
        slopes, rest = (xp.where(part > LEAST, part, LEAST) for part in (slopes, rest))
        shifts = -sides * (width * xp.log(slopes / rest))
        if d_scores.shape[1] == 1:
            return shifts
        return xp.where(one_hot(y, d_scores, xp), 0.0, shifts)

    def conjugate_prox(
        self, d_scores: Array, scores: Array, y: Array, widths: Array, xp: ModuleType = np
    ) -> Array | None:
        """Return the derivatives that a step leads to; see `Loss.conjugate_prox`.

        With 1 added for the own class they are a projection on the simplex.
        """
        if not self._has_prox():
            return None
        if scores.shape[1] == 1:
            return self._column_prox(d_scores, scores, y, widths, xp)
        own = one_hot(y, scores, xp)
        gain = xp.where(own, scores, scores + float(self.margin)) / widths[:, None]
        point = d_scores + gain + xp.where(own, 1.0, xp.zeros_like(scores))
        top = xp.max(point, axis=1)[:, None]

        def excess(t: Array) -> Array:
            parts = point[:, None, :] - t[:, :, None]
            return xp.sum(xp.where(parts > 0, parts, 0.0), axis=2) - 1

        t = root(excess, top - 1, top, (point,), xp)
        slopes = xp.where(own | (point < t), 0.0, point - t)
        return with_own(slopes, own, xp)

    def _worst_conjugate(self, a: Array, xp: ModuleType) -> Array:
        """Return the conjugate of the hinge of the largest of `margin` plus the violations."""
        total = xp.sum(a, axis=1)
        width = float(self.smoothing)
        if width == 0:
            values = self.phi_conjugate(total, xp)
        elif not self.squared:
            values = width * (xp.sum(x_log_x(a, xp), axis=1) + x_log_x(1 - total, xp))
            values = xp.where(total > 1 + ROUNDING, xp.inf, values)
        else:
            values = self._square_conjugate(a, total, xp)
        inside = xp.min(a, axis=1) >= -ROUNDING
        return xp.where(inside, values - float(self.margin) * total, xp.inf)

    def _square_conjugate(self, a: Array, total: Array, xp: ModuleType) -> Array:
        """Return the conjugate of the squared soft maximum h: the least of m²/4 + m h*(a / m).

        With m = A / (1 - exp(-u)), A the sum of a, the least is where u (1 - exp(-u)) = A / 2g.
        """
        width = float(self.smoothing)
        A = xp.where(total > 0, total, 1.0)
        low = A / (2 * width)
        high = low + 1
        for _ in range(60):
            u = (low + high) / 2
            below = u * -xp.expm1(-u) < A / (2 * width)
            low, high = xp.where(below, u, low), xp.where(below, high, u)
        m = A / -xp.expm1(-high)
        entropy = xp.sum(x_log_x(a, xp), axis=1) - A * xp.log(m) - high * m * xp.exp(-high)
        return xp.where(total > 0, m**2 / 4 + width * entropy, 0.0)

    def feasible(self, d_scores: Array, y: Array, xp: ModuleType = np) -> Array | None:
        """Return derivatives in the domain; see `Loss.feasible`.

        Slopes are cut, and add up to at most 1 but of a square.
        """
        if d_scores.shape[1] == 1:
            return super().feasible(d_scores, y, xp)
        own = one_hot(y, d_scores, xp)
        slopes = xp.where(own | (d_scores < 0), 0.0, d_scores)
        if not self.squared:
            total = xp.sum(slopes, axis=1)[:, None]
            slopes = slopes / xp.where(total > 1, total, 1.0)
        return with_own(slopes, own, xp)

    def curvature(self, n_scores: int) -> float:
        """Return the bound on the second derivative; see `Loss.curvature`.

        There is none for the squared hinge, where wrong classes tie; this is the bound for samples
        that violate the margin by no more than `margin`.
        """
        # g log-sum-exp(z / g) has second derivatives up to bend / g, and a gradient of norm 1 or
        # sqrt(2); a square of h adds 2 |gradient|^2 and multiplies the former by 2 h.
        bend, squared_norm = (0.25, 1.0) if n_scores == 1 else (0.5, 2.0)
        width = self.smoothing or self.margin
        if not self.squared:
            return bend / width
        return 2 * squared_norm + 2 * self.margin * bend / width
