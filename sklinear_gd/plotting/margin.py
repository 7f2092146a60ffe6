"""Losses as functions of one number: the margin, or a single weight."""

from collections.abc import Mapping
from itertools import cycle
from typing import Any, Self

import numpy as np

from sklinear_gd._validation import check_number
from sklinear_gd.losses import SoftmaxCrossEntropy, SquaredError, WestonWatkins, resolve_loss
from sklinear_gd.plotting._axes import one_axes

USUAL = {
    "hinge": WestonWatkins(),
    "squared hinge": WestonWatkins(squared=True),
    "cross-entropy": SoftmaxCrossEntropy(),
    "squared error": SquaredError(),
}


class MarginDisplay:
    """Losses over the margin of a row, or over one weight of a tiny problem.

    Parameters
    ----------
    x : ndarray of shape (n,)
        The margins, or the values of the weight.
    curves : dict of str to ndarray of shape (n,)
        The losses by name.
    xlabel : str, default="margin"
        What `x` is.
    total : str, default=None
        The curve to draw thick, their mean.

    Attributes
    ----------
    ax_, figure_ : Axes, Figure
        Where it was drawn.
    lines_ : dict of str to Line2D
        The curves.

    Examples
    --------
    >>> from sklinear_gd.plotting import MarginDisplay
    >>> display = MarginDisplay.from_losses()
    >>> list(display.lines_)
    ['misclassified', 'hinge', 'squared hinge', 'cross-entropy', 'squared error']
    """

    def __init__(
        self, *, x: Any, curves: dict[str, Any], xlabel: str = "margin", total: str | None = None
    ) -> None:
        self.x, self.curves, self.xlabel, self.total = x, curves, xlabel, total

    @classmethod
    def from_losses(
        cls,
        losses: Mapping[str, Any] | None = None,
        *,
        margins: Any = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw losses over the margin t s of a row of a problem with two classes.

        Parameters
        ----------
        losses : dict of str to Loss, default=None
            The losses by the name that the legend gives them; the usual ones by default. The
            0-1 loss, which they stand in for, is drawn beside them.
        margins : array-like of float, default=None
            Where to compute them; from -2 to 3 by default.
        ax : Axes, default=None
            Where to draw; new axes by default.
        **kwargs : dict
            For :meth:`plot`.

        Returns
        -------
        display : MarginDisplay
            The display, drawn.
        """
        margins = np.linspace(-2, 3, 251) if margins is None else np.asarray(margins, float)
        y = np.ones(len(margins), dtype=np.int32)
        curves = {"misclassified": (margins < 0).astype(np.float64)}
        for name, loss in (USUAL if losses is None else losses).items():
            curves[name] = resolve_loss(loss).formula(margins[:, None], y)[0]
        return cls(x=margins, curves=curves).plot(ax=ax, **kwargs)

    @classmethod
    def from_points(
        cls,
        x: Any,
        y: Any,
        weights: Any,
        *,
        vary: int = 0,
        values: Any = None,
        loss: Any = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the loss of a few points on a line over one weight, with all others held.

        Points are numbers, and class k has one weight w_k and the score w_k x. With a hinge each
        point's loss is a chain of straight pieces, and so is their mean.

        Parameters
        ----------
        x : array-like of shape (n_points,)
            The points.
        y : array-like of int, shape (n_points,)
            The index of each one's class.
        weights : array-like of shape (n_classes,)
            The weights, at least three.
        vary : int, default=0
            Which weight the picture is over.
        values : array-like of float, default=None
            Where to compute; from -4 to 4 by default.
        loss : str or Loss, default=None
            The loss; the Weston-Watkins hinge by default.
        ax : Axes, default=None
            Where to draw; new axes by default.
        **kwargs : dict
            For :meth:`plot`.

        Returns
        -------
        display : MarginDisplay
            The display, drawn.
        """
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.int32)
        weights = np.array(weights, dtype=np.float64)
        check_number(cls.__name__, "vary", vary, low=0, high=len(weights) - 1, integer=True)
        loss = WestonWatkins() if loss is None else resolve_loss(loss)
        values = np.linspace(-4, 4, 321) if values is None else np.asarray(values, float)
        over = np.tile(weights, (len(values), 1))
        over[:, vary] = values
        curves = {
            f"L_{i}": _loss_of_point(loss, point, label, over)
            for i, (point, label) in enumerate(zip(x, y, strict=True))
        }
        curves["mean"] = np.mean(list(curves.values()), axis=0)
        display = cls(x=values, curves=curves, xlabel=f"w_{vary}", total="mean")
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw it.

        Parameters
        ----------
        ax : Axes, default=None
            Where to draw; new axes by default.
        **kwargs : dict
            For every ``Axes.plot``.

        Returns
        -------
        self : MarginDisplay
            The display.
        """
        ax = one_axes(type(self).__name__, ax)
        self.lines_ = {}
        for name, dashes in zip(self.curves, cycle(("-", "--", "-.")), strict=False):
            # Dashes show where curves coincide.
            style: dict[str, Any] = {"linestyle": dashes}
            if name == self.total:
                style = {"color": "black", "linewidth": 2.5}
            (self.lines_[name],) = ax.plot(
                self.x, self.curves[name], label=name, **{**style, **kwargs}
            )
        ax.set(xlabel=self.xlabel, ylabel="loss")
        ax.legend()
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _loss_of_point(loss: Any, point: float, label: Any, weights: Any) -> Any:
    """The loss of one point for each row of weights."""
    labels = np.full(len(weights), label, dtype=np.int32)
    return loss.formula(point * weights, labels)[0]
