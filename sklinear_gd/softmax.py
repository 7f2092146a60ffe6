"""Softmax regression: parameters and docstring; `_base` holds the algorithm."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit, log_softmax, softmax

from sklinear_gd._base import LinearGDClassifier
from sklinear_gd._block_predictions import over_blocks
from sklinear_gd._docs import document
from sklinear_gd._model_state import check_place
from sklinear_gd._namespaces import is_dispatched, namespace
from sklinear_gd._typing import Array
from sklinear_gd._validation import plain
from sklinear_gd.losses import SoftmaxCrossEntropy
from sklinear_gd.losses.base import Loss
from sklinear_gd.optimizers import Optimizer
from sklinear_gd.penalties import Penalty
from sklinear_gd.schedules import Schedule
from sklinear_gd.solvers import Solver


@document
class SoftmaxGDClassifier(LinearGDClassifier):
    """Softmax (multinomial logistic) regression by gradient descent or L-BFGS.

    It minimizes, over W (n_features, n_classes) and b (n_classes,),

        F(W, b) = (1 / Σ wᵢ) Σ wᵢ L(xᵢ W + b, yᵢ) + alpha R(W)

    with the cross-entropy L(s, y) = -log(exp(s_y) / Σ_j exp(s_j)). Two classes have one score s
    for ``classes_[1]``, and L is the logistic loss: the model is then that of LogisticRegression
    at ``C = 1 / (n_samples * alpha)``.

    Parameters
    ----------
    label_smoothing : float, default=0.0
        Share of the target probability that is spread evenly over all classes, in [0, 1).
    {shared parameters}

    Attributes
    ----------
    {shared attributes}

    See Also
    --------
    SVMGDClassifier : The same with multi-class hinge losses.
    sklearn.linear_model.LogisticRegression : The same model by second-order and SAGA solvers.

    References
    ----------
    C. M. Bishop (2006), "Pattern Recognition and Machine Learning", section 4.3.4.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import MinMaxScaler
    >>> from sklinear_gd import SoftmaxGDClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = make_pipeline(MinMaxScaler(), SoftmaxGDClassifier(random_state=0))
    >>> clf.fit(X[:1200], y[:1200]).score(X[1200:], y[1200:]) > 0.9
    True
    >>> clf.predict_proba(X[:2]).sum(axis=1)
    array([1., 1.])
    """

    def __init__(
        self,
        *,
        label_smoothing: float = 0.0,
        penalty: str | Penalty | None = "l2",
        alpha: float = 1e-4,
        l1_ratio: float = 0.15,
        max_norm: float | None = None,
        dropout: float = 0.0,
        fit_intercept: bool = True,
        solver: str | Solver = "gd",
        optimizer: str | Optimizer = "auto",
        learning_rate: str | float = "auto",
        schedule: str | Schedule | Callable[[int], float] = "adaptive",
        precondition: str | bool = "auto",
        batch_size: str | int = "auto",
        max_iter: int = 2000,
        tol: float | None = 1e-4,
        n_iter_no_change: int | str = "auto",
        shuffle: bool | str = True,
        average: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        class_weight: Mapping[Any, float] | str | None = None,
        warm_start: bool = False,
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        self.label_smoothing = label_smoothing
        self.penalty = penalty
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.max_norm = max_norm
        self.dropout = dropout
        self.fit_intercept = fit_intercept
        self.solver = solver
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.precondition = precondition
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.shuffle = shuffle
        self.average = average
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    def _loss(self, n_classes: int) -> Loss:
        return SoftmaxCrossEntropy(label_smoothing=plain(self.label_smoothing))

    @over_blocks
    def predict_proba(self, X: Any) -> Any:
        """Probability of each class: the softmax of the scores.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Rows sum to 1; columns are in the order of ``classes_``.
        """
        check_place(self, X, "predict_proba")
        scores = self.decision_function(X)
        if is_dispatched(scores):
            return namespace(scores).exp(_log_probabilities(scores))
        if scores.ndim == 1:
            return expit(_both_signs(scores))
        return softmax(scores, axis=1)

    @over_blocks
    def predict_log_proba(self, X: Any) -> Any:
        """Logarithm of the probability of each class, without underflow.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            Columns are in the order of ``classes_``.
        """
        check_place(self, X, "predict_log_proba")
        scores = self.decision_function(X)
        if is_dispatched(scores):
            return _log_probabilities(scores)
        if scores.ndim == 1:
            return log_expit(_both_signs(scores))
        return log_softmax(scores, axis=1)


def _both_signs(scores: NDArray[Any]) -> NDArray[Any]:
    """Columns -s and s for the two classes of a single score."""
    return np.stack([-scores, scores], axis=1)


def _log_probabilities(scores: Array) -> Array:
    """Logarithm of the softmax, in the namespace of the scores."""
    xp = namespace(scores)
    if scores.ndim == 1:
        scores = xp.stack([xp.zeros_like(scores), scores], axis=1)
    shifted = scores - xp.max(scores, axis=1, keepdims=True)
    return shifted - xp.log(xp.sum(xp.exp(shifted), axis=1, keepdims=True))
