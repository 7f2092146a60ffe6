"""What the three multi-class hinges share: their parameters and the hinge of one number."""

from types import ModuleType

import numpy as np
from sklearn.base import clone

from sklinear_gd._typing import Array
from sklinear_gd._validation import check_flag, check_number
from sklinear_gd.losses.base import ROUNDING, Loss, signs


class Hinge(Loss):
    """Base of the hinge losses.

    Parameters
    ----------
    margin : float, default=1.0
        By how much the score of the own class must lead before a sample costs nothing;
        from 1e-12 to 1e12.
    squared : bool, default=False
        Whether the hinge is squared, which makes it smooth and punishes outliers harder.
    smoothing : float, default=0.0
        The width over which the kink of the plain hinge is rounded off; 0 keeps the kink.
    """

    definition = ("formula", "phi")
    _square_is_smooth = True

    def __init__(self, margin: float = 1.0, squared: bool = False, smoothing: float = 0.0) -> None:
        self.margin = margin
        self.squared = squared
        self.smoothing = smoothing

    def phi(self, z: Array, xp: ModuleType = np) -> tuple[Array, Array]:
        """Return the hinge of each element of `z`, and its derivative.

        Parameters
        ----------
        z : array, float32 or float64
            The violations: by how much the margin is missed.
        xp : module, default=numpy
            The array namespace of `z`.

        Returns
        -------
        values, slopes : arrays shaped like z
            ``max(0, z)``; or its square; or, smoothed by g, 0 up to 0, ``z**2 / (2 g)`` up to g
            and ``z - g / 2`` from there on.
        """
        violation = xp.where(z < 0, 0.0, z)
        if self.squared:
            return violation**2, 2 * violation
        if self.smoothing > 0:
            width = float(self.smoothing)
            slope = xp.where(z < width, violation / width, 1.0)
            return slope * (violation - slope * (width / 2)), slope
        return violation, xp.where(z > 0, 1.0, xp.zeros_like(z))

    @property
    def smooth(self) -> bool:  # type: ignore[override] # a constant in the base
        """Whether the gradient is Lipschitz continuous."""
        return bool((self.squared and self._square_is_smooth) or self.smoothing > 0)

    def smoothed(self, width: float) -> Loss:
        """Return this loss with its kink rounded over `width`, itself if it is smooth already."""
        return self if self.smooth else clone(self).set_params(smoothing=width)

    def shifts(self, d_scores: Array, y: Array, width: float, xp: ModuleType = np) -> Array | None:
        """Return what to add to the scores; see `Loss.shifts`. Each moves by width * slope."""
        return None if self.squared else width * d_scores

    def check(self, n_classes: int | None = None) -> None:
        """Raise ValueError if a parameter is out of its range."""
        owner = type(self).__name__
        # The margin is the scale of the scores alone; squares of others leave float32's range.
        check_number(owner, "margin", self.margin, low=1e-12, high=1e12, cure="the usual is 1.0")
        check_flag(owner, "squared", self.squared)
        check_number(owner, "smoothing", self.smoothing, low=0, cure="0.0 keeps the kink")
        if self.squared and self.smoothing > 0 and self._square_is_smooth:
            raise ValueError(
                f"{owner}: smoothing={self.smoothing!r} must be 0.0 with squared=True: "
                "the squared hinge is smooth already."
            )

    def phi_conjugate(self, a: Array, xp: ModuleType = np) -> Array:
        """Return the convex conjugate of `phi`, ``sup_z a z - phi(z)``, of each element.

        Parameters
        ----------
        a : array, float32 or float64
            Slopes.
        xp : module, default=numpy
            The array namespace of `a`.

        Returns
        -------
        values : array shaped like a
            ``a**2 / 4`` of the square, for a >= 0; ``g a**2 / 2`` of the hinge smoothed by g and 0
            of the plain one, for 0 <= a <= 1; infinite for other a.
        """
        top = xp.inf if self.squared else 1 + ROUNDING
        factor = 0.25 if self.squared else float(self.smoothing) / 2
        return xp.where((a < -ROUNDING) | (a > top), xp.inf, factor * a**2)

    def _has_prox(self) -> bool:
        """Return whether `conjugate_prox` is known: for the plain hinge."""
        return not (self.squared or self.smoothing > 0)

    def _column_prox(
        self, d_scores: Array, scores: Array, y: Array, widths: Array, xp: ModuleType = np
    ) -> Array:
        """Return `conjugate_prox` where each column is a binary hinge for itself."""
        t = signs(y, scores, xp)
        slopes = -t * d_scores + (float(self.margin) - t * scores) / widths[:, None]
        return -t * self._cut(slopes, xp)

    def feasible(self, d_scores: Array, y: Array, xp: ModuleType = np) -> Array | None:
        """Return derivatives in the domain; see `Loss.feasible`. Slopes are cut."""
        t = signs(y, d_scores, xp)
        return -t * self._cut(-t * d_scores, xp)

    def _cut(self, slopes: Array, xp: ModuleType) -> Array:
        """Return slopes of `phi`: no less than 0, and no more than 1 but of a square."""
        slopes = xp.where(slopes < 0, 0.0, slopes)
        return slopes if self.squared else xp.where(slopes > 1, 1.0, slopes)

    def balance(self, excess: Array, shares: Array) -> tuple[Array, float]:
        """Return what takes the weighted mean out of derivatives; see `Loss.balance`.

        Rows of a class whose column has more than another's move the difference over, a share of
        1 / n_classes of it: such derivatives sum to 0, and all but the own class's are >= 0.
        """
        if len(excess) == 1:  # the second of two columns whose scores differ by the one
            offsets, ratio = self.balance(np.array([-excess[0], excess[0]]), shares)
            return offsets[:, 1:], ratio
        present = shares > 0
        if np.any(excess[~present]):
            return np.zeros((len(shares), len(excess))), np.inf
        moved = np.maximum(excess[:, None] - excess[None, :], 0) / present.sum()
        moved[~present] = moved[:, ~present] = 0
        np.fill_diagonal(moved, -moved.sum(axis=1))
        return self._spread(moved, shares[:, None])

    def _spread(self, moved: Array, shares: Array) -> tuple[Array, float]:
        """Return what sums over classes mean for each of their rows, and the ratio r."""
        offsets = np.divide(moved, shares, out=np.zeros_like(moved), where=shares > 0)
        if np.any(moved[np.broadcast_to(shares <= 0, moved.shape)]):
            return offsets, np.inf
        # The slopes of a plain hinge sum to at most 1, those of a square to anything.
        return offsets, 0.0 if self.squared else float(np.max(np.abs(offsets)))

    def _bend(self) -> float:
        """Return the largest second derivative of `phi`."""
        return 2.0 if self.squared else 1.0 / (self.smoothing or self.margin)

    def _binary(self, scores: Array, y: Array, xp: ModuleType) -> tuple[Array, Array]:
        """Return the formula for one column of scores, where all three hinges are the same."""
        t = signs(y, scores, xp)
        values, slopes = self.phi(float(self.margin) - t * scores, xp)
        return values[:, 0], -t * slopes

    def _violations(self, scores: Array, own: Array, xp: ModuleType) -> Array:
        """Return by how much each score misses the margin to that of the own class, `own`."""
        own_score = xp.sum(xp.where(own, scores, 0.0), axis=1)[:, None]
        return scores - own_score + float(self.margin)

    def _shifted_conjugate(self, a: Array, xp: ModuleType) -> Array:
        """Return the conjugate of the sum of `phi` of `margin` plus the violations."""
        return xp.sum(self.phi_conjugate(a, xp) - float(self.margin) * a, axis=1)


def with_own(slopes: Array, own: Array, xp: ModuleType) -> Array:
    """Return derivatives by the scores: slopes, and for the own class minus the sum of them."""
    return xp.where(own, -xp.sum(slopes, axis=1)[:, None], slopes)
