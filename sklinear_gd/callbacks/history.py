"""A table of scores, a row for each epoch."""

from typing import Any

import numpy as np

from sklinear_gd._validation import check_flag
from sklinear_gd.callbacks.base import Callback, Scores, check_validation_data


class History(Callback):
    """Notes any scores after every epoch, on training and validation data.

    It costs a prediction on each of the data per epoch, and ``gradient_norm`` one pass over the
    training data for loss and gradient.

    Parameters
    ----------
    X_val : array-like or sparse matrix of shape (n_val, n_features), default=None
        Validation data, as this estimator sees them: within a pipeline, transformed.
    y_val : array-like of shape (n_val,), default=None
        Their labels.
    sample_weight_val : array-like of shape (n_val,), default=None
        Their weights, for the scorers.
    scoring : str, callable, list, tuple, dict or None, default=None
        A scorer's name, a function ``(estimator, X, y) -> float`` (or a dict of floats), a list of
        names, or a dict of names and functions. None is the estimator's own ``score``.
    train : bool, default=True
        Whether to score on the training data, too.
    gradient_norm : bool, default=False
        Whether estimators of this package are to compute the column ``gradient_norm`` where it is
        not at hand: for mini-batches.

    Attributes
    ----------
    history_ : dict of ndarrays of shape (n_epochs,)
        ``epoch``, from 1, counted within this fit; the columns of the estimator's own ``history_``,
        if it has one, whose ``epoch`` goes on in a warm start; ``train_NAME`` and
        ``validation_NAME`` for each score, with the name "score" for a function and for None. Of
        the last fit; ``pandas.DataFrame(history.history_)`` makes a table of it.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklinear_gd import SoftmaxGDClassifier
    >>> from sklinear_gd.callbacks import History
    >>> X, y = load_iris(return_X_y=True)
    >>> history = History(X[::2], y[::2], scoring=["accuracy", "neg_log_loss"])
    >>> clf = SoftmaxGDClassifier(max_iter=20, tol=None).set_callbacks(history)
    >>> clf = clf.fit(X[1::2], y[1::2])
    >>> sorted(history.history_)[-3:]
    ['update_ratio', 'validation_accuracy', 'validation_neg_log_loss']
    >>> len(history.history_["train_accuracy"])
    20
    """

    def __init__(
        self,
        X_val: Any = None,
        y_val: Any = None,
        *,
        sample_weight_val: Any = None,
        scoring: Any = None,
        train: bool = True,
        gradient_norm: bool = False,
    ) -> None:
        self.X_val = X_val
        self.y_val = y_val
        self.sample_weight_val = sample_weight_val
        self.scoring = scoring
        self.train = train
        self.gradient_norm = gradient_norm

    @property
    def needs(self) -> frozenset[str]:  # type: ignore[override]
        """Columns that the estimator computes only when asked."""
        return frozenset({"gradient_norm"} if self.gradient_norm else ())

    def start(self, estimator: Any) -> Any:
        """Check the parameters and begin a record."""
        check_validation_data("History", self.X_val, self.y_val)
        check_flag("History", "train", self.train)
        check_flag("History", "gradient_norm", self.gradient_norm)
        return _Record(Scores(estimator, self.scoring))

    def epoch(
        self, record: Any, fitted_estimator: Any, X: Any, y: Any, metadata: dict[str, Any]
    ) -> bool:
        """Add a row to the table."""
        row = {"epoch": len(record.rows) + 1}
        own = getattr(fitted_estimator, "history_", None)
        if isinstance(own, dict):
            row |= {name: column[-1] for name, column in own.items()}
        if self.train:
            scores = record.score(fitted_estimator, X, y, **metadata)
            row |= {f"train_{name}": value for name, value in scores.items()}
        if self.X_val is not None:
            weights = self.sample_weight_val
            metadata = {} if weights is None else {"sample_weight": weights}
            scores = record.score(fitted_estimator, self.X_val, self.y_val, **metadata)
            row |= {f"validation_{name}": value for name, value in scores.items()}
        record.rows.append(row)
        return False

    def end(self, record: Any, estimator: Any, completed: bool) -> None:
        """Publish the table."""
        names = dict.fromkeys(name for row in record.rows for name in row)
        self.history_ = {
            name: np.array([row.get(name, np.nan) for row in record.rows]) for name in names
        }


class _Record:
    def __init__(self, score: Any) -> None:
        self.score = score
        self.rows: list[dict[str, Any]] = []
