"""The group lasso over features."""

from types import ModuleType
from typing import Any

import numpy as np

from sklinear_gd._namespaces import namespace, widened
from sklinear_gd._typing import Array
from sklinear_gd.penalties.base import Penalty, total

# Newton's method has converged by then; to ask whether it has would be to wait for the device.
STEPS_ON_DEVICE = 12


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
        return total(_row_norms(W))

    def prox(self, W: Array, step: Any) -> None:
        """Shrink each row towards 0; see the class for the formula."""
        xp = namespace(W)
        same = not np.ndim(step) or step.shape[1] == 1  # for a whole row
        # To compare numbers on a device would be to wait for it.
        same = same or (xp is np and bool((step == step[:, :1]).all()))
        step = widened(step) if np.ndim(step) else step
        if same:
            step = step[:, :1] if np.ndim(step) else step
            norms = _row_norms(W)[:, None]
            shrunken = xp.clip(norms - step, 0, None)
        else:
            shrunken = _shrunken_norms(widened(W), step, xp)[:, None]
            norms = shrunken + step
        ratio = shrunken / xp.where(norms > 0, norms, 1.0)
        W *= ratio if xp is np else xp.astype(ratio, W.dtype, copy=False)

    def conjugate(self, V: Array, strength: float, radius: float = np.inf) -> float:
        """Return 0 if no row is longer than `strength`, else infinity; see `Penalty.conjugate`."""
        return 0.0 if np.max(_row_norms(V), initial=0.0) <= strength else np.inf


def _row_norms(W: Array) -> Array:
    """Return the norm of each row in float64."""
    xp = namespace(W)
    return xp.sqrt(xp.sum(widened(W) ** 2, axis=1))


def _shrunken_norms(W: Array, step: Array, xp: ModuleType) -> Array:
    """Return the norm r of each row of the prox: the root of sum (W / (r + step))^2 = 1, or 0."""
    size = abs(W)
    r = low = xp.max(xp.clip(size - step, 0, None), axis=1)
    high = _row_norms(W)
    filled = xp.where(size > 0, size, 1.0)
    for _ in range(100 if xp is np else STEPS_ON_DEVICE):
        share = size / xp.where(size > 0, r[:, None] + step, 1.0)
        sums = xp.sum(share**2, axis=1)
        if xp is np and (sums <= 1 + 1e-14).all():
            break
        # 1 / sqrt(sums) is concave in r, so Newton's method on it climbs from low to the root;
        # where low = 0 and sums <= 1 it stays at 0, which is then the answer.
        slope = xp.sum(share**3 / filled, axis=1)
        climb = sums * (xp.sqrt(sums) - 1) / xp.where(sums > 0, slope, 1.0)
        r = xp.clip(r + climb, low, high)
    return r
