"""Rows of a C-contiguous array."""

import numpy as np

from sklinear_gd import kernels
from sklinear_gd.designs.base import (
    BLOCK_ENTRIES,
    Block,
    Design,
    consecutive,
    dropout_mask,
    slices,
)
from sklinear_gd.designs.mapped import MappedFile, ReadAhead


class DenseDesign(Design):
    """A C-contiguous float32 or float64 array of shape (n_rows, n_features); never written to."""

    def __init__(self, X):
        self.X = X
        self.shape = X.shape
        self.dtype = X.dtype
        self.mean_non_zeros = float(X.shape[1])
        self.entry_bytes = X.dtype.itemsize
        self.file = MappedFile(X)
        self.ahead = ReadAhead(self.file.read, self.file.row_bytes)
        self.kernel_rows = kernels.DenseRows(X) if kernels.available else None

    @property
    def is_mapped(self):
        return self.file.mapping is not None

    def expect(self, order, start, stop):
        if self.is_mapped:
            self.ahead.expect(order, start, stop)

    def rows(self, index):
        return Block(self.X[consecutive(index)])

    def dropped(self, index, rate, key):
        keep = dropout_mask(index[:, None], np.arange(self.shape[1]), rate, key)
        return Block(self.X[index] * keep.astype(self.dtype) * self.dtype.type(1 / (1 - rate)))

    def row_bytes(self, row):
        return self.X[row].tobytes()

    def norms(self, index):
        absolute, squared = np.empty(len(index)), np.empty(len(index))
        for part, X in self.dense_blocks(index):
            absolute[part] = np.abs(X).sum(axis=1)
            squared[part] = np.einsum("ij,ij->i", X, X)
        return absolute, squared

    def moments(self, index, weights):
        # Around a value near the mean, so that a large offset costs no digits.
        shift = self.X[index[: BLOCK_ENTRIES // self.shape[1] + 1]].mean(axis=0)
        first, second = np.zeros(self.shape[1]), np.zeros(self.shape[1])
        for part in slices(len(index), self.shape[1]):
            X = self.X[consecutive(index[part])] - shift
            own = weights[part].astype(self.dtype)
            first += own @ X
            second += own @ np.square(X, out=X)
        return shift + first, np.maximum(second - first**2, 0)

    def largest(self, index):
        return np.abs(self.X[index]).max(axis=0, initial=0).astype(np.float64)

    def count_non_zeros(self):
        return int(np.count_nonzero(self.X))

    def dense_blocks(self, index):
        for part in slices(len(index), self.shape[1]):
            yield part, self.X[index[part]].astype(np.float64)
