"""W and b in one array: its shape, whether it fits the memory, and the views of both."""

import os

import numpy as np

from sklinear_gd.objective.scores import params_shape

# Parameters of more bytes are wide: no copy is kept of them that can be done without.
WIDE = 1 << 28


class Layout:
    """The array of the parameters W and b of scores ``X W + b``.

    Parameters
    ----------
    design : Design
        The matrix X of shape (n, n_features).
    n_scores : int
        Columns of W: 1 for two classes, else the number of classes.
    fit_intercept : bool
        Whether the array has a last row for b.
    """

    def __init__(self, design, n_scores, fit_intercept):
        self.design, self.n_scores, self.fit_intercept = design, n_scores, fit_intercept

    def zeros(self):
        """Parameters W = 0, b = 0: shape (n_features + fit_intercept, width).

        Raises
        ------
        ValueError
            If they alone would not fit into the machine's memory.
        """
        if self.design.xp is not np:
            n_features = self.design.shape[1]
            return self.design.zeros((n_features + self.fit_intercept, self.n_scores))
        self.check_memory(1)
        return self.design.zeros(self._shape())

    def check_memory(self, n_arrays):
        """Refuse a training that holds so many arrays like the parameters, if they do not fit.

        Raises
        ------
        ValueError
        """
        rows, columns = self._shape()
        size = n_arrays * rows * columns * self.design.dtype.itemsize
        if self.design.xp is np and size > _physical_memory():
            several = f", {n_arrays} arrays of this size," if n_arrays > 1 else ""
            raise ValueError(
                f"X has {self.design.shape[1]} columns: training weights for {self.n_scores} "
                f"scores of each{several} takes {size / 1e9:.3g} GB, more than this machine has. "
                "Hash the features to fewer columns, e.g. with "
                "sklearn.feature_extraction.FeatureHasher; optimizer='sgd' on sparse rows holds "
                "the weights alone."
            )

    def _shape(self):
        """The shape of the parameters on the host."""
        n_features, dtype = self.design.shape[1], self.design.dtype
        return params_shape(n_features, self.fit_intercept, self.n_scores, dtype)

    def zeros_of_rows(self):
        """Zeros with a number for each row and score, laid out like the parameters."""
        n_rows = self.design.shape[0]
        if self.design.xp is not np:
            return self.design.zeros((n_rows, self.n_scores))
        return self.design.zeros(params_shape(n_rows, False, self.n_scores, self.design.dtype))

    @property
    def is_wide(self):
        """Whether the parameters are so large that copies of them are kept for no convenience."""
        shape = self.design.shape[1] + self.fit_intercept, self.n_scores
        return self.design.xp is np and shape[0] * shape[1] * self.design.dtype.itemsize > WIDE

    def split(self, params):
        """Views of W, (n_features, n_scores), and of b, (n_scores,) or None."""
        n_features = self.design.shape[1]
        W = params[:n_features, : self.n_scores]
        return W, params[n_features, : self.n_scores] if self.fit_intercept else None


def _physical_memory():
    """In bytes; infinity where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return float("inf")
