"""What every loss offers, and the two array helpers that the formulas share."""

import numpy as np
from sklearn.base import BaseEstimator

from sklinear_gd.kernels._twin import Twinned


class Loss(Twinned, BaseEstimator):
    """A loss of the scores of one sample and its class.

    A subclass needs `formula` alone. The other members tell the solvers what they may rely on;
    their defaults promise nothing.

    Attributes
    ----------
    kernel : Twin or None
        The compiled twin of `formula`. A subclass that redefines `formula` has none, unless it
        names its own.
    smooth : bool
        Whether the gradient is Lipschitz continuous, as L-BFGS needs it.

    Examples
    --------
    The exponential loss of boosting, as a loss of one's own:

    >>> import numpy as np
    >>> from sklinear_gd.losses import Loss
    >>> from sklinear_gd.losses.base import signs
    >>> class Exponential(Loss):
    ...     def formula(self, scores, y, xp=np):
    ...         t = signs(y, scores, xp)
    ...         powers = xp.exp(-t * scores)
    ...         return xp.sum(powers, axis=1), -t * powers
    >>> Exponential().formula(np.array([[0.0, 0.0, 0.0]]), np.array([0]))
    (array([3.]), array([[-1.,  1.,  1.]]))
    """

    smooth = False

    def formula(self, scores, y, xp=np):
        """Return the loss of each sample and its gradient with respect to the scores.

        Parameters
        ----------
        scores : array of shape (n_samples, n_scores), float32 or float64
            ``X W + b``. Two classes have one column: the score of class 1.
        y : integer array of shape (n_samples,)
            The index of each sample's class.
        xp : module, default=numpy
            The array namespace of `scores` and `y`.

        Returns
        -------
        values : array of shape (n_samples,)
            The losses, in the dtype of `scores`.
        d_scores : array of shape (n_samples, n_scores)
            The derivatives (a subgradient at a kink), in the dtype of `scores`.
        """
        raise NotImplementedError(f"{type(self).__name__} must define formula(scores, y, xp).")

    def smoothed(self, width):
        """Return a smooth loss that tends to this one as `width` tends to 0.

        Parameters
        ----------
        width : float
            How wide the rounding of the kink is, in units of a score; > 0.

        Returns
        -------
        loss : Loss
            This loss itself if it is smooth already.

        Raises
        ------
        ValueError
            If the loss has no smooth version.
        """
        if self.smooth:
            return self
        raise ValueError(
            f"{type(self).__name__} is not smooth and defines no smoothed(width); "
            "choose a solver that follows subgradients, e.g. solver='gd'."
        )

    def curvature(self, n_scores):
        """Return a bound on the largest eigenvalue of the second derivative by the scores.

        Automatic learning rates are derived from it. The default, 1, is a guess.

        Parameters
        ----------
        n_scores : int
            The number of columns of `scores`.

        Returns
        -------
        bound : float
            The bound; for a hinge with a kink, that of the hinge smoothed by its margin.
        """
        return 1.0

    def check(self, n_classes=None):
        """Raise ValueError if a parameter is out of its range.

        Parameters
        ----------
        n_classes : int or None, default=None
            The number of classes, for losses that do not serve every number.
        """


def one_hot(y, scores, xp):
    """Return, as booleans shaped like `scores`, which column is the sample's own class.

    A single column is the score of class 1.
    """
    if scores.shape[1] == 1:
        return y[:, None] == 1
    return xp.arange(scores.shape[1])[None, :] == y[:, None]


def signs(y, scores, xp):
    """Return +1 in the column of the sample's own class and -1 elsewhere, shaped like `scores`."""
    return xp.where(one_hot(y, scores, xp), 1.0, -xp.ones_like(scores))
