"""Rows of a C-contiguous array."""

import numpy as np

from sklinear_gd import kernels
from sklinear_gd.designs.base import BLOCK_ENTRIES, Block, Design, consecutive, dropout_mask


class DenseDesign(Design):
    """A C-contiguous float32 or float64 array of shape (n_rows, n_features); never written to."""

    def __init__(self, X):
        self.X = X
        self.shape = X.shape
        self.dtype = X.dtype
        self.mean_non_zeros = float(X.shape[1])
        self.kernel_rows = kernels.DenseRows(X) if kernels.available else None

    def rows(self, index):
        return Block(self.X[consecutive(index)])

    def dropped(self, index, rate, key):
        keep = dropout_mask(index[:, None], np.arange(self.shape[1]), rate, key)
        return Block(self.X[index] * keep.astype(self.dtype) * self.dtype.type(1 / (1 - rate)))

    def row_bytes(self, row):
        return self.X[row].tobytes()

    def norms(self, index):
        absolute, squared = np.empty(len(index)), np.empty(len(index))
        step = max(1, BLOCK_ENTRIES // max(1, self.shape[1]))
        for start in range(0, len(index), step):
            part = slice(start, start + step)
            X = self.X[index[part]].astype(np.float64, copy=False)
            absolute[part] = np.abs(X).sum(axis=1)
            squared[part] = np.einsum("ij,ij->i", X, X)
        return absolute, squared
