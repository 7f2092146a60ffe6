"""What every penalty offers."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from sklinear_gd._namespaces import namespace, widest
from sklinear_gd._typing import Array
from sklinear_gd.kernels._twin import Twinned

# Numbers of W that a value looks at together.
PART = 1 << 16


class Penalty(Twinned, BaseEstimator):
    """A penalty R of the weights, the sum of a smooth part and a part with kinks.

    Gradient steps serve the smooth part, the prox serves the other. A subclass defines `value`,
    and `add_gradient` or `prox` or both. The intercept is never penalised: it is not in `W`.

    Attributes
    ----------
    l2_strength, l1_strength : float
        The factors of ``1/2 ||W||^2`` and of ``||W||_1`` in R.
    separable : bool
        Whether R consists of those two alone, so that a solver may use the two numbers in place
        of the methods. False in a subclass that redefines one of the methods.
    smooth : bool
        Whether there is no part with kinks: the prox changes nothing.

    Examples
    --------
    A penalty of one's own, which keeps all weights non-negative:

    >>> import numpy as np
    >>> from sklinear_gd.penalties import Penalty
    >>> class NonNegative(Penalty):
    ...     def value(self, W):
    ...         return 0.0 if (W >= 0).all() else np.inf
    ...
    ...     def prox(self, W, step):
    ...         np.maximum(W, 0, out=W)
    >>> W = np.array([[1.0, -2.0]])
    >>> NonNegative().prox(W, 0.1)
    >>> W
    array([[1., 0.]])
    """

    definition = ("value", "add_gradient", "prox")
    derived = ("kernel", "conjugate")
    l2_strength = 0.0
    l1_strength = 0.0
    separable = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Take `separable` from a child whose methods its parent's numbers do not describe."""
        super().__init_subclass__(**kwargs)
        order = [owner.__dict__ for owner in cls.__mro__]
        claim = next(depth for depth, names in enumerate(order) if "separable" in names)
        if any(name in names for names in order[:claim] for name in cls.definition):
            cls.separable = False

    @property
    def smooth(self) -> bool:
        """Whether the prox changes nothing."""
        return type(self).prox is Penalty.prox

    def value(self, W: Array) -> float:
        """Return R(W), summed in float64.

        Its array, like that of the other methods, may be one of another library's namespace.

        Parameters
        ----------
        W : ndarray of shape (n_features, n_scores), float32 or float64
            The weights.

        Returns
        -------
        value : float
            The penalty, without its strength alpha.
        """
        raise NotImplementedError(f"{type(self).__name__} must define value(W).")

    def add_gradient(self, W: Array, out: Array, strength: float) -> None:
        """Add `strength` times the gradient of the smooth part to `out`, in place.

        Parameters
        ----------
        W : ndarray of shape (n_features, n_scores)
            The weights.
        out : ndarray of shape (n_features, n_scores)
            What the gradient is added to.
        strength : float
            The penalty's strength, alpha.
        """

    def prox(self, W: Array, step: Any) -> None:
        r"""Move `W` in place to the minimum of the part with kinks plus the squared distance.

        .. math:: \arg\min_V \; R_{kinks}(V) + \sum_{jk} \frac{(V_{jk} - W_{jk})^2}{2 \, step_{jk}}

        Parameters
        ----------
        W : ndarray of shape (n_features, n_scores)
            The weights.
        step : float or ndarray of shape (n_features, n_scores)
            The step size that the optimizer really used, times alpha; >= 0. An array must be
            that of an optimizer with a rate for each coordinate, else the fixed point of the
            training is not the optimum.
        """

    def conjugate(self, V: Array, strength: float, radius: float = np.inf) -> float:
        r"""Return the convex conjugate of `strength` times R, for lower bounds of F.

        .. math:: \sup_W \; \langle V, W \rangle - \alpha R(W), \qquad
            \lVert W_{:,k} \rVert_2 \le radius \text{ for each class } k

        A subclass that redefines one of the methods above has none, unless it defines its own.

        Parameters
        ----------
        V : ndarray of float64, shape (n_features, n_scores)
            Minus the gradient of the loss by W, or the like.
        strength : float
            The penalty's strength, alpha.
        radius : float, default=inf
            That of the ball of ``max_norm``. What ignores it is too large, and the bound of F
            lower than it could be, but true.

        Returns
        -------
        value : float
            The conjugate; infinite out of its domain, NaN if none is known.
        """
        if not self.separable:
            return np.nan
        left = V
        if self.l1_strength:
            left = np.array(V)
            soft_threshold(left, strength * self.l1_strength)
        norms = np.sqrt(np.einsum("jk,jk->k", left, left))
        bend = strength * self.l2_strength
        # The best column of W points along that of V; its length is free, or ends at the ball.
        if bend > 0:
            length = np.minimum(norms / bend, radius)
            return float(np.sum(length * (norms - bend * length / 2)))
        return float(np.sum(norms) * radius) if norms.any() else 0.0

    def check(self) -> None:
        """Raise ValueError if a parameter is out of its range."""


def soft_threshold(W: Array, threshold: Any) -> None:
    """Move each element of `W` in place towards 0 by `threshold`, and no further than 0."""
    W -= namespace(W).clip(W, -threshold, threshold)


def parts(W: Array) -> Iterator[Array]:
    """Yield W in slices of some rows, so that what is made of each stays small."""
    rows = max(1, PART // max(1, W.shape[1]))
    if not isinstance(W, np.ndarray) or rows >= W.shape[0]:
        yield W
        return
    for start in range(0, W.shape[0], rows):
        yield W[start : start + rows]


def total(values: Array) -> float:
    """Return the sum of all elements, added up in float64 where the device has it."""
    return float(namespace(values).sum(values, dtype=widest(values)))
