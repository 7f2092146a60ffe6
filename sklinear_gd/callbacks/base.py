"""What the callbacks share: the protocol, and a record for every fit that is going on."""

import warnings
from typing import Any

from sklearn.base import BaseEstimator

from sklinear_gd._fit_tasks import belongs_to_fit


class Callback(BaseEstimator):
    """Base of the callbacks: it turns scikit-learn's tasks into epochs.

    A subclass defines ``start``, ``epoch`` and ``end``, and keeps what it remembers of a fit in the
    record that ``start`` returns, since several estimators may be fitted at a time.

    Attributes
    ----------
    needs : set of str
        Columns of ``history_`` that an estimator of this package computes only when asked:
        "gradient_norm", and "objective" (exactly, although ``tol=None``).
    """

    needs: frozenset[str] = frozenset()

    def start(self, estimator: Any) -> Any:
        """A fit begins; returns an object to which ``epoch`` and ``end`` write.

        Raises
        ------
        ValueError
            For parameters that are out of range. The estimator then stays as it was.
        """
        raise NotImplementedError

    def epoch(
        self, record: Any, fitted_estimator: Any, X: Any, y: Any, metadata: dict[str, Any]
    ) -> bool:
        """An epoch has ended, and this is the model; returns True to ask for the end of the fit."""
        raise NotImplementedError

    def end(self, record: Any, estimator: Any, completed: bool) -> None:
        """The fit has ended; completed is False if an error ended it."""

    # -- the protocol ----------------------------------------------------------------------

    def setup(self, estimator: Any, context: Any) -> None:
        """Take note of a fit that begins; scikit-learn calls it."""
        runs = self.__dict__.setdefault("_runs", {})
        runs[id(estimator)] = _Run(self.start(estimator), context)

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Nothing; scikit-learn calls it."""

    def on_fit_task_end(
        self,
        estimator: Any,
        context: Any,
        *,
        X: Any = None,
        y: Any = None,
        metadata: dict[str, Any] | None = None,
        fitted_estimator: Any = None,
    ) -> bool:
        """Hand an epoch on to ``epoch``; scikit-learn calls it."""
        run = vars(self).get("_runs", {}).get(id(estimator))
        if run is None:  # a copy of the callback in another process than that of its estimator
            return False
        if context is run.root:
            run.completed = True
        elif fitted_estimator is not None:
            run.epochs += 1
            return bool(self.epoch(run.record, fitted_estimator, X, y, metadata or {}))
        return False

    def teardown(self, estimator: Any, context: Any) -> None:
        """Close the record of a fit; scikit-learn calls it."""
        run = self._runs.pop(id(estimator), None)
        if run is None:  # ``start`` refused
            return
        self.end(run.record, estimator, run.completed)
        if run.completed and not run.epochs:
            warnings.warn(
                f"{type(self).__name__} was shown no model while {type(estimator).__name__} was "
                "fitted. Set it on an estimator that is trained in iterations, in a pipeline on "
                "that step: pipeline[-1].set_callbacks(...).",
                UserWarning,
                stacklevel=2,
            )

    def __getstate__(self) -> dict[str, Any]:
        """Without the fits that are going on in this process."""
        return {name: value for name, value in super().__getstate__().items() if name != "_runs"}


class _Run:
    def __init__(self, record: Any, root: Any) -> None:
        self.record, self.root = record, root
        self.epochs, self.completed = 0, False


class Scores:
    """Scores of a model on some rows, by names.

    Parameters
    ----------
    estimator : estimator
        For its own ``score``, where ``scoring`` is None.
    scoring : str, callable, list, tuple, dict or None
        As in :func:`sklearn.metrics.check_scoring`.
    """

    def __init__(self, estimator: Any, scoring: Any) -> None:
        from sklearn.metrics import check_scoring  # slow to import, and seldom needed

        self.scorer = check_scoring(estimator, scoring)
        self.name = scoring if isinstance(scoring, str) else "score"

    def __call__(self, estimator: Any, X: Any, y: Any, **metadata: Any) -> dict[str, float]:
        """A dict of floats."""
        found = self.scorer(estimator, X, y, **metadata)
        return found if isinstance(found, dict) else {self.name: float(found)}


def check_validation_data(owner: str, X_val: Any, y_val: Any) -> None:
    """Raise ValueError unless both or neither of them are given."""
    if (X_val is None) != (y_val is None):
        missing, given = ("X_val", "y_val") if X_val is None else ("y_val", "X_val")
        raise ValueError(f"{owner}: {given} is given and {missing} is not; pass both or neither.")


def fitted_attributes(estimator: Any) -> dict[str, Any]:
    """What fit has left on an estimator: neither parameters nor scikit-learn's notes of a fit."""
    params = estimator.get_params(deep=False)
    return {
        name: value
        for name, value in vars(estimator).items()
        if name not in params and not belongs_to_fit(value)
    }
