"""The objective along a ray or over a plane of the weights."""

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from sklearn.utils import check_random_state

from sklinear_gd._validation import check_number
from sklinear_gd.inspection._problem import problem, random_params
from sklinear_gd.plotting._axes import one_axes
from sklinear_gd.plotting._weights_vector import Weights


class LossLandscapeDisplay:
    """A function of many weights along a ray, f(W + a W₁), or over a plane, f(W + a W₁ + b W₂).

    Use ``from_estimator`` for the objective of a classifier, ``from_function`` for any function.

    Parameters
    ----------
    a : ndarray of shape (n,)
        The multiples of the first direction.
    values : ndarray of shape (n,) or (m, n)
        f along the ray, or over the plane: a row for each b.
    b : ndarray of shape (m,), default=None
        The multiples of the second direction; None for a ray.
    path : ndarray of shape (k, 1) or (k, 2), default=None
        The path of a descent, projected on the ray or plane.
    path_values : ndarray of shape (k,), default=None
        f on the path itself, not on its projection.

    Attributes
    ----------
    ax_, figure_ : Axes, Figure
        Where it was drawn.
    line_ : Line2D
        Of a ray: the curve.
    contour_ : QuadContourSet
        Of a plane: the filled contours, blue for low, red for high.
    path_line_ : Line2D or None
        The path.

    References
    ----------
    H. Li et al., "Visualizing the loss landscape of neural nets", NeurIPS 2018, also for the
    directions of a path by its principal components.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklinear_gd import SVMGDClassifier
    >>> from sklinear_gd.plotting import LossLandscapeDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> display = LossLandscapeDisplay.from_estimator(SVMGDClassifier(), X, y, directions=1)
    >>> display.values.shape
    (41,)
    """

    def __init__(
        self, *, a: Any, values: Any, b: Any = None, path: Any = None, path_values: Any = None
    ) -> None:
        self.a, self.b, self.values = a, b, values
        self.path, self.path_values = path, path_values

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        rows: Any = None,
        sample_weight: Any = None,
        directions: Any = 2,
        extent: float | None = None,
        n_points: int = 41,
        path: Any = None,
        random_state: Any = 0,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the objective around an estimator's weights, or around random ones.

        Parameters
        ----------
        estimator : SVMGDClassifier or SoftmaxGDClassifier
            Its objective is drawn. W are its weights, or random ones if it is not fitted.
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The data.
        y : array-like of shape (n_samples,)
            Labels.
        rows : array-like of int, default=None
            The rows to average over: ``[0]`` shows the pieces of a single example. None takes all.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights >= 0.
        directions : 1, 2, "path" or list, default=2
            So many random directions, along which scores change by about 1 for a step of 1; the
            two principal directions of `path`; or one or two of your own, each a ``coef`` of shape
            (n_scores, n_features) or a tuple ``(coef, intercept)``.
        extent : float, default=None
            a and b go from -extent to extent; by default 5, or as far as the path goes.
        n_points : int, default=41
            Values along each direction.
        path : list, default=None
            The models of a descent in order: fitted estimators or tuples ``(coef, intercept)``.
        random_state : int, RandomState instance or None, default=0
            Draws random directions and weights.
        ax : Axes, default=None
            Where to draw; new axes by default.
        **kwargs : dict
            For :meth:`plot`.

        Returns
        -------
        display : LossLandscapeDisplay
            The display, drawn.
        """
        objective, params = problem(estimator, X, y, sample_weight)
        if rows is not None:
            objective = objective.on(np.atleast_1d(np.asarray(rows, dtype=np.intp)))
        weights, rng = Weights(objective), check_random_state(random_state)
        if params is None:
            params = random_params(objective, rng)
        if isinstance(directions, list | tuple):
            directions = [weights.vector(item) for item in directions]
        elif directions in (1, 2):
            directions = [
                weights.of_params(random_params(objective, rng)) for _ in range(directions)
            ]
        return cls.from_function(
            weights.value,
            weights.of_params(params),
            directions=directions,
            extent=5.0 if extent is None and path is None else extent,
            n_points=n_points,
            path=None if path is None else [weights.vector(item) for item in path],
            ax=ax,
            **kwargs,
        )

    @classmethod
    def from_function(
        cls,
        f: Callable[[Any], Any],
        center: Any,
        *,
        directions: Any = 2,
        extent: float | None = None,
        n_points: int = 41,
        path: Any = None,
        random_state: Any = 0,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw any function of a vector around a place.

        Parameters
        ----------
        f : callable
            Takes a vector of shape (p,) and returns a number.
        center : array-like of shape (p,)
            W, the place.
        directions : 1, 2, "path" or list, default=2
            So many random directions of length 1, the principal directions of `path`, or a list
            of one or two vectors.
        extent : float, default=None
            a and b go from -extent to extent; by default 1, or as far as the path goes.
        n_points : int, default=41
            Values along each direction.
        path : array-like of shape (k, p), default=None
            Iterates, for instance ``result.path`` of a
            :class:`~sklinear_gd.optimizers.GradientDescent`.
        random_state : int, RandomState instance or None, default=0
            Draws random directions.
        ax : Axes, default=None
            Where to draw; new axes by default.
        **kwargs : dict
            For :meth:`plot`.

        Returns
        -------
        display : LossLandscapeDisplay
            The display, drawn.
        """
        check_number(cls.__name__, "n_points", n_points, low=2, integer=True)
        center = np.asarray(center, dtype=np.float64)
        offsets = None if path is None else np.asarray(path, dtype=np.float64) - center
        axes = _directions(directions, center.size, offsets, random_state)
        coordinates = values = None
        reach = np.full(len(axes), 1.0)
        if offsets is not None:
            coordinates = np.linalg.lstsq(axes.T, offsets.T, rcond=None)[0].T
            values = np.array([f(center + offset) for offset in offsets])
            reach = 1.15 * np.abs(coordinates).max(axis=0)
            reach[reach == 0] = 1.0
        if extent is not None:
            check_number(cls.__name__, "extent", extent, low=0, low_open=True)
            reach[:] = extent
        grid = [np.linspace(-far, far, n_points) for far in reach]
        if len(axes) == 1:
            b, over = None, np.array([f(center + a * axes[0]) for a in grid[0]])
        else:
            b = grid[1]
            over = np.array([[f(center + a * axes[0] + c * axes[1]) for a in grid[0]] for c in b])
        display = cls(a=grid[0], b=b, values=over, path=coordinates, path_values=values)
        return display.plot(ax=ax, **kwargs)

    def plot(
        self,
        ax: Any = None,
        *,
        levels: Any = 30,
        cmap: Any = "RdYlBu_r",
        path_kw: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Self:
        """Draw it.

        Parameters
        ----------
        ax : Axes, default=None
            Where to draw; new axes by default.
        levels : int or array-like, default=30
            The contours of a plane.
        cmap : str or Colormap, default="RdYlBu_r"
            The colours of a plane.
        path_kw : dict, default=None
            For the line of the path.
        **kwargs : dict
            For ``Axes.plot`` of a ray or ``Axes.contourf`` of a plane.

        Returns
        -------
        self : LossLandscapeDisplay
            The display.
        """
        ax = one_axes(type(self).__name__, ax)
        path_kw = {"color": "black", "marker": ".", "linewidth": 1, "label": "path"} | (
            path_kw or {}
        )
        self.path_line_ = None
        if self.b is None:
            (self.line_,) = ax.plot(self.a, self.values, **kwargs)
            ax.set(xlabel="a", ylabel="objective at W + a W₁")
            ordinate = self.path_values
        else:
            self.contour_ = ax.contourf(
                self.a, self.b, self.values, **{"levels": levels, "cmap": cmap, **kwargs}
            )
            ax.figure.colorbar(self.contour_, ax=ax, label="objective at W + a W₁ + b W₂")
            ax.set(xlabel="a", ylabel="b")
            ordinate = None if self.path is None else self.path[:, 1]
        if self.path is not None:
            (self.path_line_,) = ax.plot(self.path[:, 0], ordinate, **path_kw)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _directions(given: Any, size: int, offsets: Any, random_state: Any) -> Any:
    """The directions as rows of an array of shape (1 or 2, size)."""
    if isinstance(given, str) and given == "path":
        if offsets is None:
            raise ValueError("directions='path' needs a path; give path=..., or directions=2.")
        return np.linalg.svd(offsets, full_matrices=False)[2][:2]
    if isinstance(given, int) and given in (1, 2):
        drawn = check_random_state(random_state).standard_normal((given, size))
        return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    if isinstance(given, list | tuple) and len(given) in (1, 2):
        axes = np.array(given, dtype=np.float64)
        if axes.shape[1:] == (size,):
            return axes
    raise ValueError(
        "directions must be 1, 2, 'path', or a list of one or two directions shaped like the "
        f"weights; {type(given).__name__} was given."
    )
