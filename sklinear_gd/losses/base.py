"""What every loss offers, and the array helpers that the formulas share."""

from collections.abc import Callable
from types import ModuleType

import numpy as np
from sklearn.base import BaseEstimator

from sklinear_gd._typing import Array
from sklinear_gd.kernels._twin import Twinned

# By so much rounding may carry a derivative out of the domain of a conjugate.
ROUNDING = 1e-10


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
    levels_off : bool
        Whether the second derivatives fall away from their bound, `curvature`, on both sides, so
        that single rows seldom meet it; a square has the same everywhere.

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

    derived = ("kernel", "conjugate", "shifts", "conjugate_prox", "feasible")
    smooth = False
    levels_off = False

    def formula(self, scores: Array, y: Array, xp: ModuleType = np) -> tuple[Array, Array]:
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

    def smoothed(self, width: float) -> "Loss":
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

    def shifts(self, d_scores: Array, y: Array, width: float, xp: ModuleType = np) -> Array | None:
        r"""Return what to add to the scores so that `smoothed` is smoothed about derivatives.

        With L* the conjugate of this loss and D the distance that belongs to the smoothing, the
        smoothed loss of the shifted scores is, up to a constant,
        :math:`\sup_d \; \langle d, s \rangle - L^*(d, y) - width \cdot D(d, d_0)`. About the
        derivatives d₀ of an optimum it has that optimum, too, however wide it is: L-BFGS and the
        certificate learn them (the method of multipliers). The default is None: there is no such
        rule, and the width alone must shrink.

        Parameters
        ----------
        d_scores : array of shape (n_samples, n_scores), float32 or float64
            d₀, derivatives by the scores such as a smoothed loss has.
        y : integer array of shape (n_samples,)
            The index of each sample's class.
        width : float
            The width of the smoothing to come.
        xp : module, default=numpy
            The array namespace of `d_scores` and `y`.

        Returns
        -------
        shifts : array shaped like d_scores, or None
            The shifts.

        References
        ----------
        D. P. Bertsekas, "Constrained Optimization and Lagrange Multiplier Methods", 1982, 5.3.
        """
        return None

    def curvature(self, n_scores: int) -> float:
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

    def conjugate(self, d_scores: Array, y: Array, xp: ModuleType = np) -> Array:
        r"""Return the convex conjugate of the loss, from which lower bounds of F are made.

        .. math:: L^*(d, y) = \sup_s \; \langle d, s \rangle - L(s, y)

        A subclass that redefines `formula` has none, unless it defines its own.

        Parameters
        ----------
        d_scores : array of shape (n_samples, n_scores), float32 or float64
            Derivatives by the scores, such as `formula` returns.
        y : integer array of shape (n_samples,)
            The index of each sample's class.
        xp : module, default=numpy
            The array namespace of `d_scores` and `y`.

        Returns
        -------
        values : array of shape (n_samples,)
            The conjugate; infinite out of its domain, NaN if none is known.
        """
        return xp.nan * xp.sum(d_scores, axis=1)

    def conjugate_prox(
        self, d_scores: Array, scores: Array, y: Array, widths: Array, xp: ModuleType = np
    ) -> Array | None:
        r"""Return the derivatives at the scores that a step along them leads to.

        .. math:: \arg\min_d \; L^*(d, y) - \langle d, s \rangle + \frac{q}{2} \lVert d - m \rVert^2

        with L* the `conjugate`: its proximal operator at m + s / q. The minimum d is a derivative
        of the loss at the scores s - q (d - m), to which an exchange of m for d leads in dual
        coordinate ascent. The default is None: no rule is known.

        Parameters
        ----------
        d_scores : array of shape (n_samples, n_scores), float32 or float64
            m, derivatives by the scores, in the domain of the conjugate.
        scores : array like d_scores
            s.
        y : integer array of shape (n_samples,)
            The index of each sample's class.
        widths : array of shape (n_samples,)
            q > 0, by how much the scores fall when the derivatives grow by 1.
        xp : module, default=numpy
            The array namespace of all of these.

        Returns
        -------
        d_scores : array shaped like d_scores, or None
            d.

        References
        ----------
        S. Shalev-Shwartz and T. Zhang, "Stochastic dual coordinate ascent methods for regularized
        loss minimization", JMLR 14, 2013.
        """
        return None

    def feasible(self, d_scores: Array, y: Array, xp: ModuleType = np) -> Array | None:
        """Return derivatives nearby that are in the domain of the conjugate.

        Parameters
        ----------
        d_scores : array of shape (n_samples, n_scores), float32 or float64
            Numbers that have left the domain by extrapolation, or not.
        y : integer array of shape (n_samples,)
            The index of each sample's class.
        xp : module, default=numpy
            The array namespace of `d_scores` and `y`.

        Returns
        -------
        d_scores : array shaped like d_scores, or None
            Those in the domain as they are. The default is None: no rule is known.
        """
        return None

    def balance(self, excess: Array, shares: Array) -> tuple[Array, float]:
        r"""Return what takes the weighted mean out of derivatives, as an intercept demands.

        If the rows :math:`d_i` are in the domain of `conjugate` and have the weighted mean
        `excess`, then the rows :math:`(d_i + c_{y_i}) / (1 + r)` are in it, too, and their mean
        is 0. For that :math:`c_k / r` must be in the domain of class k, and
        :math:`\sum_k \pi_k c_k` be minus the excess.

        Parameters
        ----------
        excess : ndarray of float64, shape (n_scores,)
            The weighted mean of the derivatives.
        shares : ndarray of float64, shape (n_classes,)
            π, the share of each class in the sum of the weights.

        Returns
        -------
        offsets : ndarray of float64, shape (n_classes, n_scores)
            c. NaN if nothing is known.
        ratio : float
            r >= 0; infinite if no offsets do it.

        Notes
        -----
        A wrong c or r makes a bound weak, never untrue: `conjugate` sees the rows that result.
        """
        return np.full((len(shares), len(excess)), np.nan), np.nan

    def check(self, n_classes: int | None = None) -> None:
        """Raise ValueError if a parameter is out of its range.

        Parameters
        ----------
        n_classes : int or None, default=None
            The number of classes, for losses that do not serve every number.
        """


def x_log_x(x: Array, xp: ModuleType) -> Array:
    """Return ``x log x``, 0 for 0 and for what rounding left below it."""
    return xp.where(x > 0, x * xp.log(xp.where(x > 0, x, 1.0)), xp.zeros_like(x))


def root(
    function: Callable[[Array], Array],
    low: Array,
    high: Array,
    points: tuple[Array, ...],
    xp: ModuleType = np,
) -> Array:
    """Return where decreasing, piecewise linear functions are 0, one function a row.

    Parameters
    ----------
    function : callable
        It takes an array of shape (n, m) and returns the values of function i at the numbers of
        row i.
    low, high : arrays of shape (n, 1)
        Where the functions are >= 0, and where they are <= 0.
    points : tuple of arrays of shape (n, m)
        Together all numbers where the slopes change.
    xp : module, default=numpy
        The array namespace of all of these.

    Returns
    -------
    roots : array of shape (n, 1)
        The roots.
    """
    for some in points:
        values = function(some)
        left = xp.max(xp.where(values >= 0, some, -xp.inf), axis=1)[:, None]
        right = xp.min(xp.where(values <= 0, some, xp.inf), axis=1)[:, None]
        low, high = xp.where(left > low, left, low), xp.where(right < high, right, high)
    at_low, at_high = function(low), function(high)
    fall = at_low - at_high
    share = xp.where(fall > 0, at_low / xp.where(fall > 0, fall, 1.0), 0.0)
    return low + share * (high - low)


def one_hot(y: Array, scores: Array, xp: ModuleType) -> Array:
    """Return, as booleans shaped like `scores`, which column is the sample's own class.

    A single column is the score of class 1.
    """
    if scores.shape[1] == 1:
        return y[:, None] == 1
    return columns(scores, xp) == y[:, None]


def columns(scores: Array, xp: ModuleType) -> Array:
    """Return the numbers of the columns of `scores`, as one row beside it."""
    if xp is np:
        return np.arange(scores.shape[1])[None, :]
    return xp.arange(scores.shape[1], device=scores.device)[None, :]


def signs(y: Array, scores: Array, xp: ModuleType) -> Array:
    """Return +1 in the column of the sample's own class and -1 elsewhere, shaped like `scores`."""
    return xp.where(one_hot(y, scores, xp), 1.0, -xp.ones_like(scores))
