"""The weights of each class as an image."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sklinear_gd.plotting._axes import several_axes


class WeightsDisplay:
    """The weights of each class, shaped like the images that it was trained on.

    A linear classifier compares an image with one template a class: these are the templates. All
    share one scale, with 0 in the middle: blue against and red for the class, or, of colour images,
    mid-grey for 0.

    Parameters
    ----------
    templates : ndarray of shape (n_scores, height, width) or (n_scores, height, width, 3)
        The weights.
    names : sequence of str
        A title for each.

    Attributes
    ----------
    axes_ : ndarray of Axes, shape (n_scores,)
        Where it was drawn.
    figure_ : Figure
        Its figure.
    images_ : list of AxesImage
        The images.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklinear_gd import SoftmaxGDClassifier
    >>> from sklinear_gd.plotting import WeightsDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = SoftmaxGDClassifier(max_iter=20, tol=None, random_state=0).fit(X / 16, y)
    >>> display = WeightsDisplay.from_estimator(clf, (8, 8))
    >>> display.templates.shape
    (10, 8, 8)
    """

    def __init__(self, *, templates: Any, names: Sequence[str]) -> None:
        self.templates, self.names = templates, names

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        image_shape: Sequence[int],
        *,
        class_names: Sequence[str] | None = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the weights of a fitted classifier.

        Parameters
        ----------
        estimator : classifier with ``coef_``, or Pipeline
            Fitted; of a pipeline the last step, whose weights are those of the features as the
            steps before it scaled them.
        image_shape : tuple of int
            What a row of X is when it is no row: (height, width), (height, width, 3), or
            (3, height, width) where the red values come first, then green, then blue.
        class_names : sequence of str, default=None
            Names in the order of ``classes_``; its labels by default. Two classes have one
            template, that of the second.
        ax : array-like of Axes, default=None
            Where to draw, one for each template; new axes by default.
        **kwargs : dict
            For :meth:`plot`.

        Returns
        -------
        display : WeightsDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If `image_shape` has another number of pixels than the estimator has features, or
            `class_names` another length than ``classes_``.
        """
        classifier = estimator[-1] if isinstance(estimator, Pipeline) else estimator
        check_is_fitted(classifier, "coef_")
        coef = classifier.coef_
        coef = np.asarray(coef.toarray() if hasattr(coef, "toarray") else coef)
        names = classifier.classes_ if class_names is None else class_names
        if len(names) != len(classifier.classes_):
            raise ValueError(
                f"{cls.__name__}: class_names has {len(names)} names and the estimator "
                f"{len(classifier.classes_)} classes; give a name for each."
            )
        names = [str(name) for name in names][-len(coef) :]
        return cls(templates=_images(cls.__name__, coef, image_shape), names=names).plot(
            ax=ax, **kwargs
        )

    def plot(self, ax: Any = None, *, columns: int = 5, **kwargs: Any) -> Self:
        """Draw it.

        Parameters
        ----------
        ax : array-like of Axes, default=None
            Where to draw; new axes by default.
        columns : int, default=5
            How many new axes stand side by side.
        **kwargs : dict
            For every ``Axes.imshow``.

        Returns
        -------
        self : WeightsDisplay
            The display.
        """
        axes = several_axes(type(self).__name__, ax, len(self.templates), columns, (1.6, 1.8))
        far = float(np.abs(self.templates).max()) or 1.0
        settings = {"cmap": "RdBu_r", "vmin": -far, "vmax": far, "interpolation": "nearest"}
        self.images_ = []
        for one, template, name in zip(axes, self.templates, self.names, strict=True):
            colours = 0.5 + template / (2 * far) if template.ndim == 3 else template
            self.images_.append(one.imshow(colours, **{**settings, **kwargs}))
            one.set_title(name)
            one.set_axis_off()
        self.axes_, self.figure_ = axes, axes[0].figure
        return self


def _images(owner: str, coef: Any, image_shape: Sequence[int]) -> Any:
    """The rows of coef as images, the colours last."""
    shape = tuple(int(size) for size in image_shape)
    good = len(shape) == 2 or (len(shape) == 3 and 3 in (shape[0], shape[2]))
    if not good or np.prod(shape) != coef.shape[1]:
        raise ValueError(
            f"{owner}: image_shape={shape} must be (height, width), (height, width, 3) or "
            f"(3, height, width) with {coef.shape[1]} values, one for each feature."
        )
    images = coef.reshape(-1, *shape)
    return np.moveaxis(images, 1, 3) if len(shape) == 3 and shape[2] != 3 else images
