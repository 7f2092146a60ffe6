"""Prediction block by block: a Dask collection of rows gives a Dask array of results."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeVar

import numpy as np
from sklearn.utils.validation import check_is_fitted, validate_data

from sklinear_gd.distributed import apply, is_collection
from sklinear_gd.distributed.collections import header_of, rows_of

Method = TypeVar("Method", bound=Callable[..., Any])


def over_blocks(method: Method) -> Method:
    """Make a method of rows in memory take Dask collections, too, whose results are lazy."""

    @wraps(method)
    def either(self: Any, X: Any) -> Any:
        if not is_collection(X):
            return method(self, X)
        check_is_fitted(self, "coef_")
        validate_data(self, header_of(rows_of(X)), reset=False, skip_check_array=True)
        model = for_blocks(self)
        dtype = np.float32 if getattr(X, "dtype", None) == np.float32 else np.float64
        example = method(model, np.zeros((1, self.n_features_in_), dtype=dtype))
        return apply(X, partial(method, model), example)

    return either  # type: ignore[return-value]


def for_blocks(estimator: Any) -> Any:
    """What predictions need of a fitted estimator: no names, no history, no training state.

    Names of columns are checked once, for all blocks.
    """
    model = object.__new__(type(estimator))
    names = ("classes_", "coef_", "intercept_", "n_features_in_", "n_iter_", "t_")
    model.__dict__ = {"history_": {}, **{name: vars(estimator)[name] for name in names}}
    return model
