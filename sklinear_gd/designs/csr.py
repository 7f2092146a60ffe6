"""Rows of a CSR matrix; they are never made dense."""

from functools import partial

import numpy as np
from scipy import sparse

from sklinear_gd import kernels
from sklinear_gd.designs.base import Block, Design, consecutive, dropout_mask, slices
from sklinear_gd.designs.conversion import counts_of, transposed
from sklinear_gd.designs.mapped import MappedFile, ReadAhead
from sklinear_gd.designs.structure import check_structure

# Rows with entries for less than one in so many features are worth a look at which ones occur.
ABSENT_SHARE = 4


class CsrDesign(Design):
    """A CSR matrix or array with 32- or 64-bit indices; never written to.

    Duplicate entries add up and indices need no order, as in SciPy.
    """

    sparse_updates = True
    reach = 240  # a line or two that no cache holds

    def __init__(self, X):
        check_structure(X)
        self.X = X
        self.shape = X.shape
        self.dtype = X.dtype
        self.mean_non_zeros = X.nnz / max(1, X.shape[0])
        self._columns = self._canonical = None
        self.entry_bytes = X.data.itemsize + X.indices.itemsize
        self.files = MappedFile(X.data), MappedFile(X.indices)
        # No method: the design would live on in a cycle.
        read = partial(_read, self.files, X.indptr)
        self.ahead = ReadAhead(read, self.mean_non_zeros * self.entry_bytes)
        if kernels.available:
            dtype = np.promote_types(X.indices.dtype, X.indptr.dtype)
            data = np.ascontiguousarray(X.data)
            indices, indptr = (np.ascontiguousarray(a, dtype) for a in (X.indices, X.indptr))
            self.kernel_rows = kernels.CsrRows(data, indices, indptr, X.shape[1])

    @property
    def is_mapped(self):
        return self.files[0].mapping is not None

    def expect(self, order, start, stop):
        if self.is_mapped:
            self.ahead.expect(order, start, stop)

    def rows(self, index):
        return Block(self.X[consecutive(index)])

    def dropped(self, index, rate, key):
        block = self.X[index]
        row = np.repeat(index, np.diff(block.indptr))
        keep = dropout_mask(row, block.indices, rate, key)
        # Zeros are stored where entries are dropped, so that the caller's pattern stays shared.
        data = block.data * keep.astype(self.dtype) * self.dtype.type(1 / (1 - rate))
        return Block(sparse.csr_array((data, block.indices, block.indptr), shape=block.shape))

    def row_bytes(self, row):
        entries = slice(self.X.indptr[row], self.X.indptr[row + 1])
        order = np.argsort(self.X.indices[entries], kind="stable")
        indices = self.X.indices[entries][order].astype(np.int64)
        return indices.tobytes() + self.X.data[entries][order].tobytes()

    def columns(self):
        # Each weight's gradient is then written once, not once for each of its non-zeros. The copy
        # of X, made once, costs as much as a gradient; of a mapped file there is to be none.
        if self.is_mapped:
            return None
        if self._columns is None and kernels.available:
            self._columns = CsrDesign(transposed(self.X))
        return self._columns

    def without_absent(self):
        entries = int(self.X.indptr[-1])
        if entries * ABSENT_SHARE > self.shape[1]:
            return None
        columns, indices = np.unique(self.X.indices[:entries], return_inverse=True)
        parts = self.X.data[:entries], indices.astype(self.X.indptr.dtype), self.X.indptr
        narrow = sparse.csr_array(parts, shape=(self.shape[0], len(columns)))
        return columns, CsrDesign(narrow)

    def by_frequency(self):
        # The weights of frequent features then lie together, and a row meets them first: what is
        # in the caches is used again before it leaves them.
        if not kernels.available or self.is_mapped:
            return None
        frequency = counts_of(self.X.indices[: int(self.X.indptr[-1])], self.shape[1])
        order = np.argsort(-frequency, kind="stable")
        rank = np.empty(len(order), dtype=self.X.indices.dtype)
        rank[order] = np.arange(len(order))
        parts = self.X.data, rank[self.X.indices], self.X.indptr
        columns = transposed(sparse.csr_array(parts, shape=self.shape))
        design = CsrDesign(transposed(columns))
        design._columns = CsrDesign(columns)
        return order, design

    def norms(self, index):
        _, values, sizes = self._entries(index)
        return _sums(np.abs(values), sizes), _sums(values * values, sizes)

    def moments(self, index, weights):
        n_features = self.shape[1]
        mean, second, share = np.zeros(n_features), np.zeros(n_features), np.zeros(n_features)
        blocks = slices(len(index), self.mean_non_zeros)
        for part in blocks:
            columns, values, sizes = self._entries(index[part])
            mean += np.bincount(columns, np.repeat(weights[part], sizes) * values, n_features)
        # The squared distances of the stored entries, then of all the zeros at once.
        for part in blocks:
            columns, values, sizes = self._entries(index[part])
            own, distances = np.repeat(weights[part], sizes), values - mean.take(columns)
            second += np.bincount(columns, own * distances**2, n_features)
            share += np.bincount(columns, own, n_features)
        return mean, second + np.maximum(1 - share, 0) * mean**2

    def _entries(self, index):
        """Column and value (float64) of each entry of some rows, duplicates added up; row sizes."""
        rows = consecutive(index)
        if isinstance(rows, slice) and self._is_canonical():  # no copy
            indptr = self.X.indptr[rows.start : rows.stop + 1]
            own = slice(indptr[0], indptr[-1])
            indices, data = self.X.indices[own], self.X.data[own]
        else:
            block = self.X[rows]
            if not self._is_canonical():
                block = block.copy()
                block.sum_duplicates()
            indptr, indices, data = block.indptr, block.indices, block.data
        return indices, data.astype(np.float64, copy=False), np.diff(indptr)

    def _is_canonical(self):
        """Whether indices are in order, none twice; not asked of X, which would note it."""
        if self._canonical is None:
            parts = self.X.data, self.X.indices, self.X.indptr
            self._canonical = sparse.csr_array(parts, shape=self.shape).has_canonical_format
        return self._canonical

    def largest(self, index):
        found = np.zeros(self.shape[1])
        columns, values, _ = self._entries(index)
        np.maximum.at(found, columns, np.abs(values))
        return found

    def count_non_zeros(self):
        # SciPy's count adds duplicates up in place, in the caller's matrix.
        summed = self.X.copy()
        summed.sum_duplicates()
        return int(np.count_nonzero(summed.data))

    def dense_blocks(self, index):
        for part in slices(len(index), self.shape[1]):
            yield part, self.X[index[part]].toarray().astype(np.float64)


def _read(files, indptr, runs):
    """Read the values and the indices of runs of rows."""
    entries = [(indptr[first], indptr[last]) for first, last in runs]
    for file in files:
        file.read(entries)


def _sums(values, sizes):
    """The sum of each row's values, which lie one row after another."""
    sums, filled = np.zeros(len(sizes)), sizes > 0
    if len(values):
        starts = np.cumsum(sizes) - sizes
        sums[filled] = np.add.reduceat(values, starts[filled])
    return sums
