"""An estimator and data as the objective that its training minimizes, in float64."""

from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state

from sklinear_gd._base import LinearGDClassifier
from sklinear_gd._data import check_data
from sklinear_gd._model_state import to_params
from sklinear_gd._parameters import resolve_plan
from sklinear_gd._rows import Rows
from sklinear_gd._weights import check_sample_weight


def problem(estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> tuple[Any, Any]:
    """Return the objective of an estimator on these data, and its parameters or None.

    Parameters
    ----------
    estimator : SVMGDClassifier or SoftmaxGDClassifier
        Fitted or not; not changed.
    X : array-like or sparse matrix of shape (n_samples, n_features)
        Converted to float64, since differences of float32 values are mostly rounding.
    y : array-like of shape (n_samples,)
    sample_weight : array-like of shape (n_samples,), default=None

    Returns
    -------
    objective : Objective
    params : ndarray of shape (n_features + fit_intercept, width), or None
        ``coef_`` and ``intercept_``, if the estimator is fitted.
    """
    check_is_own(estimator)
    resolve_plan(estimator)
    fitted = hasattr(estimator, "coef_")
    keeper = estimator if fitted else clone(estimator)  # which notes the number of features
    X, y = check_data(keeper, X, y, reset=not fitted)
    X = X.astype(np.float64, copy=False)
    rows = Rows(X, y, check_sample_weight(sample_weight, len(y)))
    objective = estimator._objective(rows, estimator.classes_ if fitted else rows.classes())
    params = to_params(objective, estimator.coef_, estimator.intercept_) if fitted else None
    return objective, params


def check_is_own(estimator: Any) -> None:
    """Raise TypeError for anything but an estimator of this package."""
    if not isinstance(estimator, LinearGDClassifier):
        raise TypeError(
            f"{type(estimator).__name__} is neither SVMGDClassifier nor SoftmaxGDClassifier; of a "
            "pipeline give the last step, and X as the steps before it transform it."
        )


def random_params(objective: Any, random_state: Any, size: float = 1.0) -> Any:
    """Return random parameters under which the scores have about this size.

    Parameters
    ----------
    objective : Objective
    random_state : int, RandomState instance or None
    size : float, default=1.0
        The root of the mean square of the scores, if it were not for chance.

    Returns
    -------
    params : ndarray of shape (n_features + fit_intercept, width)
    """
    params = objective.zeros()
    shape = (len(params), objective.n_scores)
    _, squares = objective.design.norms(objective.rows)
    scale = np.sqrt(np.mean(squares) + objective.fit_intercept) or 1.0
    drawn = check_random_state(random_state).standard_normal(shape)
    params[:, : objective.n_scores] = size / scale * drawn
    return params
