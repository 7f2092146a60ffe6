"""The squared error of least squares."""

from types import ModuleType

import numpy as np

from sklinear_gd._typing import Array
from sklinear_gd.kernels._twin import Twin
from sklinear_gd.losses.base import Loss, signs


class SquaredError(Loss):
    r"""The squared distance of the scores from their targets.

    .. math:: L(s, y) = \sum_k (s_k - t_k)^2, \qquad t_y = 1, \; t_k = -1 \; (k \ne y)

    without a factor 1/2. Two classes have one column of scores, with t = 1 for class 1 and -1 for
    class 0. Scores beyond their target cost as much as scores that fall short of it: that is why
    classifiers rather use a hinge. `formula` also takes real targets in place of classes, for
    fitting a line.

    References
    ----------
    C. M. Bishop, "Pattern Recognition and Machine Learning", section 4.1.3, 2006;
    ``sklearn.linear_model.RidgeClassifier``, which minimizes it with an L2 penalty.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd.losses import SquaredError
    >>> values, d_scores = SquaredError().formula(np.array([[3.0, -1.0, 0.0]]), np.array([0]))
    >>> values
    array([5.])
    >>> d_scores
    array([[4., 0., 2.]])

    A score of 3 for a real target of 2.5:

    >>> SquaredError().formula(np.array([[3.0]]), np.array([2.5]))
    (array([0.25]), array([[1.]]))
    """

    kernel = Twin("squared_error")
    smooth = True

    def formula(self, scores: Array, y: Array, xp: ModuleType = np) -> tuple[Array, Array]:
        """Return the loss of each sample and its gradient; see `Loss.formula`.

        Parameters
        ----------
        scores : array of shape (n_samples, n_scores), float32 or float64
            ``X W + b``.
        y : array of shape (n_samples,)
            Integers are the indices of the classes; floats are the targets themselves, for one
            column of scores.
        xp : module, default=numpy
            The array namespace of `scores` and `y`.

        Returns
        -------
        values : array of shape (n_samples,)
            The losses, in the dtype of `scores`.
        d_scores : array of shape (n_samples, n_scores)
            The derivatives, in the dtype of `scores`.
        """
        residual = scores - _target(y, scores, xp)
        return xp.sum(residual**2, axis=1), 2 * residual

    def conjugate(self, d_scores: Array, y: Array, xp: ModuleType = np) -> Array:
        """Return the convex conjugate, ``sum d²/4 + t d``; see `Loss.conjugate`."""
        return xp.sum(d_scores**2 / 4 + _target(y, d_scores, xp) * d_scores, axis=1)

    def balance(self, excess: Array, shares: Array) -> tuple[Array, float]:
        """Return minus the mean for every class: any derivatives do; see `Loss.balance`."""
        return np.tile(-excess, (len(shares), 1)), 0.0

    def curvature(self, n_scores: int) -> float:
        """Return the second derivative; see `Loss.curvature`."""
        return 2.0


def _target(y: Array, scores: Array, xp: ModuleType) -> Array:
    """Return t: +-1 for the indices of classes, real targets as they are."""
    return y[:, None] if y.dtype in (xp.float32, xp.float64) else signs(y, scores, xp)
