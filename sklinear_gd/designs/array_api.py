"""Rows of an array of any namespace of the Array API standard, on its device."""

import numpy as np

from sklinear_gd import _namespaces
from sklinear_gd.designs.base import Block, Design, consecutive, dropout_mask, slices
from sklinear_gd.designs.dense import DenseDesign


class ArrayApiDesign(Design):
    """An array of shape (n_rows, n_features) of another library than NumPy; never written to.

    Everything that is made from it stays on its device, but for a few numbers a feature that are
    asked for before the first epoch, and the rows of ``sample``. No kernel takes it.
    """

    enlarged = 64  # a device is the busier, the larger the blocks

    def __init__(self, X):
        self.X = X
        self.xp = _namespaces.namespace(X)
        self.shape = tuple(X.shape)
        self.dtype = np.dtype("float32" if X.dtype == self.xp.float32 else "float64")
        self.wide = _namespaces.widest(X)
        self.device = _namespaces.device(X)
        self.mean_non_zeros = float(self.shape[1])

    def place(self, array, dtype=None):
        if dtype is not None:
            dtype = getattr(self.xp, np.dtype(dtype).name)
        elif isinstance(array, np.ndarray) and array.dtype == np.float64:
            dtype = self.wide
        return _namespaces.beside(array, self.X, dtype)

    def zeros(self, shape):
        return self.xp.zeros(shape, dtype=self.X.dtype, device=self.device)

    def cast(self, array):
        return self.xp.astype(array, self.X.dtype, copy=False)

    def widen(self, array):
        return self.xp.astype(array, self.wide, copy=False)

    def index(self, rows):
        rows = consecutive(rows) if isinstance(rows, np.ndarray) else rows
        return self.place(rows) if isinstance(rows, np.ndarray) else rows

    def take(self, array, index):
        index = self.index(index)
        return (
            array[index, ...] if isinstance(index, slice) else _namespaces.take_rows(array, index)
        )

    def sample(self, index):
        rows = _namespaces.to_host(self.take(self.X, index))
        return DenseDesign(np.ascontiguousarray(rows)), np.arange(len(rows))

    def rows(self, index):
        return Block(self.take(self.X, index))

    def dropped(self, index, rate, key):
        column = self.xp.arange(self.shape[1], dtype=self.xp.int64, device=self.device)
        index = self.index(index)
        if isinstance(index, slice):
            index = self.place(np.arange(index.start, index.stop))
        row = self.xp.astype(index, self.xp.int64, copy=False)[:, None]
        keep = dropout_mask(row, column[None, :], rate, key, self.xp)
        return Block(self.take(self.X, index) * self.cast(keep) * (1 / (1 - rate)))

    def row_bytes(self, row):
        return _namespaces.to_host(self.X[int(row), :]).tobytes()

    def norms(self, index):
        design, index = self.sample(index)
        return design.norms(index)

    def moments(self, index, weights):
        # Around a value near the mean, so that a large offset costs no digits.
        xp, parts = self.xp, self._parts(index)
        shift = xp.mean(self.take(self.X, index[parts[0]]), axis=0)
        first = second = xp.zeros(self.shape[1], dtype=self.wide, device=self.device)
        for part in parts:
            X = self.take(self.X, index[part]) - shift
            own = self.place(weights[part], self.dtype)
            first = first + xp.astype(own @ X, self.wide)
            second = second + xp.astype(own @ X**2, self.wide)
        mean = xp.astype(shift, self.wide) + first
        variance = second - first**2
        mean, variance = (_namespaces.to_host(a).astype(np.float64) for a in (mean, variance))
        return mean, np.maximum(variance, 0)

    def count_non_zeros(self):
        parts = self._parts(np.arange(self.shape[0]))
        return sum(int(self.xp.count_nonzero(self.X[part, :])) for part in parts)

    def dense_blocks(self, index):
        for part in self._parts(index):
            X = self.take(self.X, index[part])
            yield part, self.xp.astype(X, self.wide, copy=True)

    def _parts(self, index):
        return slices(len(index), self.shape[1] / self.enlarged)
