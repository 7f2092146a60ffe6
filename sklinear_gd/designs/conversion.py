"""Conversions of sparse matrices, a slice at a time, so that Ctrl-C gets through.

SciPy converts a matrix in one call, which takes more than a second for 30 million entries.
"""

from itertools import pairwise

import numpy as np
from scipy import sparse

# Entries that one call converts: some 50 ms.
SLICE_ENTRIES = 1 << 21


def as_csr(X):
    """The same matrix as CSR, with the same entries; its structure has been checked.

    Parameters
    ----------
    X : sparse matrix or array of shape (n_rows, n_columns)

    Returns
    -------
    X : CSR matrix or array
        The given object, if it is one already.
    """
    if X.format == "csc" and X.nnz > SLICE_ENTRIES:
        return transposed(X.T)
    if X.format == "coo" and X.nnz > SLICE_ENTRIES:
        entries = slices(X.nnz)
        rows = [sparse.coo_array((X.data[own], (X.row[own], X.col[own])), X.shape).tocsr()
                for own in entries]  # fmt: skip
        sizes = sum(np.diff(part.indptr) for part in rows)
        return _joined(((0, part) for part in rows), sizes, X, X.shape)
    return X.tocsr()


def transposed(X):
    """The transpose of a CSR matrix as CSR: a new matrix with the same entries."""
    if X.nnz <= SLICE_ENTRIES:
        return X.tocsc().T
    sizes = sum(np.bincount(X.indices[own], minlength=X.shape[1]) for own in slices(X.nnz))
    cuts = np.searchsorted(X.indptr, np.arange(0, X.nnz, SLICE_ENTRIES), side="left")
    cuts = np.unique(np.append(cuts, X.shape[0]))
    parts = ((first, X[first:last].tocsc().T) for first, last in pairwise(cuts))
    return _joined(parts, sizes, X, X.shape[::-1])


def slices(length):
    """Slices that cover so many entries."""
    starts = range(0, length, SLICE_ENTRIES)
    return [slice(start, min(start + SLICE_ENTRIES, length)) for start in starts]


def _joined(parts, sizes, like, shape):
    """The CSR matrix whose rows are those of the parts, one part's behind the other's.

    Parameters
    ----------
    parts : iterable of (int, CSR matrix)
        With what is to be added to each one's column numbers.
    sizes : ndarray of int, shape (n_rows,)
        The entries of each row in all parts.
    like : sparse matrix or array
        Its kind and dtype are the result's.
    shape : tuple of int
    """
    indptr = np.concatenate([[0], np.cumsum(sizes)])
    small = max(*shape, indptr[-1]) <= np.iinfo(np.int32).max
    index_dtype = np.int32 if small else np.int64
    data, indices = np.empty(indptr[-1], like.dtype), np.empty(indptr[-1], index_dtype)
    for array in (data, indices):
        for own in slices(len(array)):  # memory is handed out when it is first touched
            array[own] = 0
    free = indptr[:-1].copy()
    for first, part in parts:
        own = np.diff(part.indptr)
        places = np.repeat(free - part.indptr[:-1], own) + np.arange(part.nnz)
        data[places], indices[places] = part.data, part.indices + index_dtype(first)
        free += own
    make = sparse.csr_array if isinstance(like, sparse.sparray) else sparse.csr_matrix
    return make((data, indices, indptr.astype(index_dtype)), shape=shape)
