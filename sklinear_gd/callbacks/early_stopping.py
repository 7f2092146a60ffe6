"""Stopping when a score no longer improves."""

from typing import Any

import numpy as np

from sklinear_gd._validation import check_flag, check_number
from sklinear_gd.callbacks.base import (
    Callback,
    Scores,
    check_validation_data,
    fitted_attributes,
)


class EarlyStopping(Callback):
    """Ends a fit when a score has not improved for ``patience`` epochs, and goes back to the best.

    The score is computed after every epoch, at the price of a prediction on the validation data.
    To go back means that the estimator is then what it was after its best epoch: weights, counts,
    ``history_``, and the state from which ``warm_start`` goes on.

    Parameters
    ----------
    X_val : array-like or sparse matrix of shape (n_val, n_features), default=None
        Data to score on, as this estimator sees them: within a pipeline, transformed. None scores
        on the training data.
    y_val : array-like of shape (n_val,), default=None
        Their labels.
    sample_weight_val : array-like of shape (n_val,), default=None
        Their weights, for the scorer.
    scoring : str, callable or None, default=None
        A scorer's name, or a function ``(estimator, X, y) -> float``; the higher the better. None
        is the estimator's own ``score``.
    patience : int, default=10
        Epochs without an improvement before the fit ends.
    min_delta : float, default=0.0
        By how much a score must exceed the best one to be an improvement; >= 0.
    restore_best : bool, default=True
        Whether to go back to the best epoch; otherwise the last one stays.

    Attributes
    ----------
    best_score_ : float
        The best score of the last fit; -inf if every score was NaN.
    best_epoch_ : int
        Its epoch, from 1, counted within this fit; 0 if every score was NaN.
    stopped_epoch_ : int or None
        The epoch after which the callback asked for the end; None if it did not.
    scores_ : ndarray of shape (n_epochs,)
        The score of every epoch.

    Notes
    -----
    scikit-learn's LogisticRegression (solver "lbfgs") offers its model after every iteration but
    does not honour the wish to stop: it runs to its end, and then the best iteration is restored.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklinear_gd import SoftmaxGDClassifier
    >>> from sklinear_gd.callbacks import EarlyStopping
    >>> X, y = load_digits(return_X_y=True)
    >>> stop = EarlyStopping(X[1200:], y[1200:], scoring="neg_log_loss", patience=5)
    >>> clf = SoftmaxGDClassifier(random_state=0).set_callbacks(stop).fit(X[:1200], y[:1200])
    >>> clf.n_iter_ == stop.best_epoch_ == stop.stopped_epoch_ - 5
    True
    """

    def __init__(
        self,
        X_val: Any = None,
        y_val: Any = None,
        *,
        sample_weight_val: Any = None,
        scoring: Any = None,
        patience: int = 10,
        min_delta: float = 0.0,
        restore_best: bool = True,
    ) -> None:
        self.X_val = X_val
        self.y_val = y_val
        self.sample_weight_val = sample_weight_val
        self.scoring = scoring
        self.patience = patience
        self.min_delta = min_delta
        self.restore_best = restore_best

    def start(self, estimator: Any) -> Any:
        """Check the parameters and begin a record."""
        check_validation_data("EarlyStopping", self.X_val, self.y_val)
        check_number("EarlyStopping", "patience", self.patience, low=1, integer=True)
        check_number("EarlyStopping", "min_delta", self.min_delta, low=0)
        check_flag("EarlyStopping", "restore_best", self.restore_best)
        return _Record(Scores(estimator, self.scoring))

    def epoch(
        self, record: Any, fitted_estimator: Any, X: Any, y: Any, metadata: dict[str, Any]
    ) -> bool:
        """Score the model; True when the patience is at its end."""
        if self.X_val is not None:
            X, y, metadata = self.X_val, self.y_val, {}
            if self.sample_weight_val is not None:
                metadata = {"sample_weight": self.sample_weight_val}
        scores = record.score(fitted_estimator, X, y, **metadata)
        if len(scores) != 1:
            raise ValueError(
                f"EarlyStopping: scoring gives the {len(scores)} scores {', '.join(scores)}; "
                "choose one to stop by."
            )
        record.scores += scores.values()
        if record.scores[-1] > record.best_score + self.min_delta:
            record.best_score, record.best_epoch = record.scores[-1], len(record.scores)
            record.best = fitted_attributes(fitted_estimator) if self.restore_best else None
        stops = len(record.scores) - record.best_epoch >= self.patience
        if stops and record.stopped_epoch is None:
            record.stopped_epoch = len(record.scores)
        return stops

    def end(self, record: Any, estimator: Any, completed: bool) -> None:
        """Go back to the best epoch, and publish the scores."""
        if completed and record.best is not None and record.best_epoch < len(record.scores):
            vars(estimator).update(record.best)
        self.best_score_, self.best_epoch_ = record.best_score, record.best_epoch
        self.stopped_epoch_, self.scores_ = record.stopped_epoch, np.array(record.scores)


class _Record:
    def __init__(self, score: Any) -> None:
        self.score = score
        self.scores: list[float] = []
        self.best_score, self.best_epoch, self.best = -np.inf, 0, None
        self.stopped_epoch = None
