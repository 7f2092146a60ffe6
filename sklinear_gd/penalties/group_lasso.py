"""The group lasso over features."""

from typing import Any

import numpy as np

from sklinear_gd._typing import Array
from sklinear_gd.penalties.base import Penalty

# Keeps 0 / 0 from happening.
TINY = np.finfo(np.float64).tiny


class GroupLasso(Penalty):
    r"""The sum of the norms of each feature's weights: features leave for all classes at once.

    .. math:: R(W) = \sum_j \lVert W_{j,:} \rVert_2

    With one step m for a whole row the prox is
    :math:`W_{j,:} \max(0, 1 - m / \lVert W_{j,:} \rVert)`. With a step of its own for each
    coordinate, :math:`V_{jk} = W_{jk} \, r / (r + m_{jk})`, where the norm r of the result solves
    :math:`\sum_k (W_{jk} / (r + m_{jk}))^2 = 1`; the row is 0 if that sum is at most 1 for r = 0.

    References
    ----------
    M. Yuan and Y. Lin, "Model selection and estimation in regression with grouped variables",
    JRSS B 68, 2006.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd.penalties import GroupLasso
    >>> W = np.array([[3.0, 4.0], [0.3, 0.4]])
    >>> GroupLasso().prox(W, 1.0)
    >>> W
    array([[2.4, 3.2],
           [0. , 0. ]])
    """

    def value(self, W: Array) -> float:
        """Return the sum of the norms of the rows."""
        return float(np.sum(_row_norms(W)))

    def prox(self, W: Array, step: Any) -> None:
        """Shrink each row towards 0; see the class for the formula."""
        step = np.broadcast_to(np.asarray(step, dtype=np.float64), W.shape)
        if (step == step[:, :1]).all():
            norms = _row_norms(W)[:, None]
            W *= np.maximum(norms - step, 0) / np.maximum(norms, TINY)
        else:
            norms = _shrunken_norms(W.astype(np.float64), step)[:, None]
            W *= norms / np.maximum(norms + step, TINY)

    def conjugate(self, V: Array, strength: float, radius: float = np.inf) -> float:
        """Return 0 if no row is longer than `strength`, else infinity; see `Penalty.conjugate`."""
        return 0.0 if np.max(_row_norms(V), initial=0.0) <= strength else np.inf


def _row_norms(W: Array) -> Array:
    """Return the norm of each row in float64."""
    return np.sqrt(np.sum(np.square(W, dtype=np.float64), axis=1))


def _shrunken_norms(W: Array, step: Array, max_iter: int = 100) -> Array:
    """Return the norm r of each row of the prox: the root of sum (W / (r + step))^2 = 1, or 0."""
    size = np.abs(W)
    r = low = np.maximum(size - step, 0).max(axis=1)
    high = _row_norms(W)
    for _ in range(max_iter):
        share = np.divide(size, r[:, None] + step, out=np.zeros_like(W), where=size > 0)
        total = np.sum(share**2, axis=1)
        if (total <= 1 + 1e-14).all():
            break
        # 1 / sqrt(total) is concave in r, so Newton's method on it climbs from low to the root;
        # where low = 0 and total <= 1 it stays at 0, which is then the answer.
        slope = np.sum(np.divide(share**3, size, out=np.zeros_like(W), where=size > 0), axis=1)
        climb = np.divide(
            total * (np.sqrt(total) - 1), slope, out=np.zeros_like(r), where=total > 0
        )
        r = np.clip(r + climb, low, high)
    return r
