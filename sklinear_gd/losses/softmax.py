"""The cross-entropy of the softmax."""

from types import ModuleType

import numpy as np

from sklinear_gd._typing import Array
from sklinear_gd._validation import check_number
from sklinear_gd.kernels._twin import Twin
from sklinear_gd.losses.base import ROUNDING, Loss, one_hot, x_log_x


class SoftmaxCrossEntropy(Loss):
    r"""The cross-entropy between the softmax of the scores and the class.

    .. math:: L(s, y) = -\sum_k q_k \log p_k, \qquad p_k = \frac{e^{s_k}}{\sum_j e^{s_j}}

    with :math:`q_k = (1 - \varepsilon)\,[k = y] + \varepsilon / K` for K classes. Two classes have
    one column of scores s, the log-odds of class 1: the loss is then the logistic one, that of the
    two scores (0, s).

    Parameters
    ----------
    label_smoothing : float, default=0.0
        ε, the share of the target that is spread evenly over all classes; in [0, 1).

    References
    ----------
    C. M. Bishop, "Pattern Recognition and Machine Learning", section 4.3.4, 2006. Label smoothing:
    C. Szegedy et al., "Rethinking the Inception architecture for computer vision", CVPR 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd.losses import SoftmaxCrossEntropy
    >>> scores, y = np.array([[3.2, 5.1, -1.7]]), np.array([0])
    >>> values, d_scores = SoftmaxCrossEntropy().formula(scores, y)
    >>> values.round(2)
    array([2.04])
    >>> d_scores.round(2)
    array([[-0.87,  0.87,  0.  ]])
    """

    kernel = Twin("softmax", ("label_smoothing",))
    smooth = True
    levels_off = True

    def __init__(self, label_smoothing: float = 0.0) -> None:
        self.label_smoothing = label_smoothing

    def formula(self, scores: Array, y: Array, xp: ModuleType = np) -> tuple[Array, Array]:
        """Return the loss of each sample and its gradient; see `Loss.formula`."""
        target = self._target(scores, y, xp)
        if scores.shape[1] == 1:
            return self._binary(scores, target, xp)
        shifted = scores - xp.max(scores, axis=1)[:, None]
        powers = xp.exp(shifted)
        total = xp.sum(powers, axis=1)[:, None]
        values = xp.sum(target * (xp.log(total) - shifted), axis=1)
        return values, powers / total - target

    def _binary(self, scores: Array, target: Array, xp: ModuleType) -> tuple[Array, Array]:
        """Return the formula for one column: log(1 + exp(s)) - q s, which never overflows."""
        power = xp.exp(-xp.abs(scores))
        values = xp.where(scores < 0, 0.0, scores) - target * scores + xp.log1p(power)
        return values[:, 0], xp.where(scores < 0, power, 1.0) / (1 + power) - target

    def _target(self, scores: Array, y: Array, xp: ModuleType) -> Array:
        """Return q: one-hot labels, smoothed."""
        share = float(self.label_smoothing)
        target = xp.where(one_hot(y, scores, xp), 1.0, xp.zeros_like(scores))
        if share == 0:
            return target
        return (1 - share) * target + share / max(scores.shape[1], 2)

    def conjugate(self, d_scores: Array, y: Array, xp: ModuleType = np) -> Array:
        """Return the convex conjugate, sum p log p with p = d + q; see `Loss.conjugate`."""
        p = d_scores + self._target(d_scores, y, xp)
        if p.shape[1] == 1:
            p = p[:, 0]
            outside = (p < -ROUNDING) | (p > 1 + ROUNDING)
            return xp.where(outside, xp.inf, x_log_x(p, xp) + x_log_x(1 - p, xp))
        outside = xp.abs(xp.sum(p, axis=1) - 1) > ROUNDING
        outside = outside | (xp.min(p, axis=1) < -ROUNDING)
        return xp.where(outside, xp.inf, xp.sum(x_log_x(p, xp), axis=1))

    def feasible(self, d_scores: Array, y: Array, xp: ModuleType = np) -> Array | None:
        """Return derivatives in the domain, where p is a distribution; see `Loss.feasible`."""
        target = self._target(d_scores, y, xp)
        p = d_scores + target
        p = xp.where(p < 0, 0.0, p)
        if p.shape[1] == 1:
            return xp.where(p > 1, 1.0, p) - target
        total = xp.sum(p, axis=1)[:, None]
        return xp.where(total > 0, p / xp.where(total > 0, total, 1.0), 1 / p.shape[1]) - target

    def balance(self, excess: Array, shares: Array) -> tuple[Array, float]:
        """Return what takes the weighted mean out of derivatives; see `Loss.balance`.

        All p are mixed with one distribution, so that their mean becomes that of the targets q.
        """
        n_classes = len(shares)
        target = self._target(np.zeros((n_classes, len(excess))), np.arange(n_classes), np)
        mean = shares @ target
        over, room = excess, mean
        if len(excess) == 1:
            over, room = np.append(-excess, excess), np.append(1 - mean, mean)
        if np.any((over > 0) & (room <= 0)):
            return np.zeros_like(target), np.inf
        ratio = np.max(np.divide(over, room, out=np.zeros_like(over), where=over > 0))
        return ratio * (mean - target) - excess, float(ratio)

    def curvature(self, n_scores: int) -> float:
        """Return the bound on the second derivative; see `Loss.curvature`."""
        return 0.25 if n_scores == 1 else 0.5

    def check(self, n_classes: int | None = None) -> None:
        """Raise ValueError if a parameter is out of its range."""
        check_number(
            type(self).__name__,
            "label_smoothing",
            self.label_smoothing,
            low=0,
            high=1,
            high_open=True,
            cure="choose e.g. 0.1",
        )
