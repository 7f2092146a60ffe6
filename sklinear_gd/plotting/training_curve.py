"""The history of training: objective, score and rate over epochs or seconds."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sklinear_gd._validation import check_choice
from sklinear_gd.plotting._axes import several_axes

LABELS = {
    "objective": "objective F",
    "validation_score": "validation score",
    "learning_rate": "learning rate",
    "epoch": "epoch",
    "seconds": "seconds",
}


class TrainingCurveDisplay:
    """Columns of ``history_`` over epochs or seconds, of one estimator or of several together.

    Parameters
    ----------
    histories : dict of str to dict
        For each name a ``history_``: a dict of equally long arrays.
    columns : tuple of str, default=("objective",)
        What to draw, one axes each.
    x : {"epoch", "seconds"}, default="epoch"
        Over what.

    Attributes
    ----------
    axes_ : ndarray of Axes, shape (n_columns,)
        Where it was drawn.
    figure_ : Figure
        Its figure.
    lines_ : dict of (str, str) to Line2D
        The curve of each (column, name). A column that a history lacks has none.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklinear_gd import SoftmaxGDClassifier
    >>> from sklinear_gd.plotting import TrainingCurveDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> models = {
    ...     name: SoftmaxGDClassifier(optimizer=name, max_iter=30, tol=None).fit(X, y)
    ...     for name in ("sgd", "adam")
    ... }
    >>> display = TrainingCurveDisplay.from_estimators(models)
    >>> display.axes_[0].get_xlabel(), len(display.lines_)
    ('epoch', 2)
    """

    def __init__(
        self,
        *,
        histories: Mapping[str, Any],
        columns: Sequence[str] = ("objective",),
        x: str = "epoch",
    ) -> None:
        self.histories, self.columns, self.x = histories, columns, x

    @classmethod
    def from_estimator(cls, estimator: Any, *, name: str | None = None, **kwargs: Any) -> Self:
        """Draw the history of one fitted estimator.

        Parameters
        ----------
        estimator : SVMGDClassifier, SoftmaxGDClassifier or Pipeline
            Fitted; of a pipeline the last step.
        name : str, default=None
            Its name in the legend; the class's by default.
        **kwargs : dict
            ``columns``, ``x``, ``ax`` and what else :meth:`from_estimators` takes.

        Returns
        -------
        display : TrainingCurveDisplay
            The display, drawn.
        """
        name = type(_last_step(estimator)).__name__ if name is None else name
        return cls.from_estimators({name: estimator}, **kwargs)

    @classmethod
    def from_estimators(
        cls,
        estimators: Mapping[str, Any],
        *,
        columns: str | Sequence[str] = ("objective",),
        x: str = "epoch",
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the histories of several fitted estimators together.

        Parameters
        ----------
        estimators : dict of str to estimator
            The fitted estimators or pipelines by the name that the legend gives them.
        columns : str or sequence of str, default=("objective",)
            Columns of ``history_``, for instance ``("objective", "validation_score",
            "learning_rate")``; one axes each.
        x : {"epoch", "seconds"}, default="epoch"
            Over what.
        ax : Axes or array-like of Axes, default=None
            Where to draw, as many as there are columns; new axes by default.
        **kwargs : dict
            For :meth:`plot`.

        Returns
        -------
        display : TrainingCurveDisplay
            The display, drawn.
        """
        histories = {}
        for name, estimator in estimators.items():
            check_is_fitted(_last_step(estimator), "history_")
            histories[name] = dict(_last_step(estimator).history_)
        columns = (columns,) if isinstance(columns, str) else tuple(columns)
        return cls(histories=histories, columns=columns, x=x).plot(ax=ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw it.

        Parameters
        ----------
        ax : Axes or array-like of Axes, default=None
            Where to draw; new axes by default.
        **kwargs : dict
            For every ``Axes.plot``.

        Returns
        -------
        self : TrainingCurveDisplay
            The display.

        Raises
        ------
        ValueError
            If `x` is another than the two, or no history has one of the columns.
        """
        owner = type(self).__name__
        check_choice(owner, "x", self.x, ("epoch", "seconds"))
        known = {column for history in self.histories.values() for column in history}
        for column in self.columns:
            check_choice(owner, "columns", column, sorted(known - {"epoch", "seconds"}))
        axes = several_axes(owner, ax, len(self.columns), 1, (6.4, 3.2))
        self.lines_ = {}
        for column, one in zip(self.columns, axes, strict=True):
            for name, history in self.histories.items():
                if column in history:
                    (line,) = one.plot(history[self.x], history[column], label=name, **kwargs)
                    self.lines_[column, name] = line
            one.set(xlabel=LABELS[self.x], ylabel=LABELS.get(column, column))
            one.legend()
        self.axes_, self.figure_ = axes, axes[0].figure
        return self


def _last_step(estimator: Any) -> Any:
    """The classifier itself."""
    return estimator[-1] if isinstance(estimator, Pipeline) else estimator
