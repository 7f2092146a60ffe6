"""Rows, labels and weights, checked: in memory, or in blocks elsewhere."""

import numpy as np

from sklinear_gd._data import check_data
from sklinear_gd._labels import encode, find_classes
from sklinear_gd._weights import check_sample_weight, class_weight_factors, combine
from sklinear_gd.designs import as_design
from sklinear_gd.distributed import is_collection
from sklinear_gd.objective import Objective


def check_rows_and_labels(estimator, X, y, sample_weight, held, *, reset):
    """Check and convert what ``fit`` gets.

    Parameters
    ----------
    estimator : LinearGDClassifier
        Gets ``n_features_in_`` and ``feature_names_in_``, or is asked for them.
    X, y, sample_weight
        As ``fit`` takes them.
    held : contextlib.ExitStack
        At its end rows that lie in blocks elsewhere are let go.
    reset : bool
        Whether the features are those of a first fit; otherwise they must be the known ones.

    Returns
    -------
    rows : Rows or BlockRows

    Raises
    ------
    ValueError, TypeError
        For what cannot be used; the message names the argument, the place and the cure.
    """
    if is_collection(X, y, sample_weight):
        from sklinear_gd._block_rows import BlockRows  # no other fit needs it

        return BlockRows(estimator, X, y, sample_weight, held, reset=reset)
    X, y = check_data(estimator, X, y, reset=reset)
    return Rows(X, y, check_sample_weight(sample_weight, len(y)))


class Rows:
    """Rows in memory.

    Parameters
    ----------
    X : C-contiguous ndarray or CSR matrix, float32 or float64
    y : ndarray of shape (n,)
    sample_weight : ndarray of float64, shape (n,), or None
    """

    def __init__(self, X, y, sample_weight):
        self.X, self.y, self.sample_weight = X, y, sample_weight
        self.n_features = X.shape[1]
        self.counts = None if sample_weight is None else sample_weight > 0

    def classes(self):
        """The sorted labels of the rows that count."""
        return find_classes(self.y, self.counts)

    def objective(self, classes, class_weight, loss, penalty, alpha, **layout):
        """The objective F on these rows.

        Parameters
        ----------
        classes : ndarray of shape (n_classes,)
        class_weight : dict, "balanced" or None
        loss, penalty, alpha, **layout
            As :class:`~sklinear_gd.objective.Objective` takes them.
        """
        y = encode(self.y, classes, self.counts)
        factors = class_weight_factors(class_weight, classes, y, self.sample_weight)
        weights = combine(self.sample_weight, factors, y)
        rows = np.arange(len(y), dtype=np.intp)
        if weights is not None:
            rows = np.flatnonzero(weights)
        design = as_design(self.X)
        return Objective(design, y, weights, loss, penalty, alpha, rows=rows, **layout)
