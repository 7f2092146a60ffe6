"""Conversions of sparse matrices, a slice at a time, so that Ctrl-C gets through.

SciPy converts a matrix in one call, which takes more than a second for 30 million entries.
"""

from itertools import pairwise

import numpy as np
from scipy import sparse

# Entries that one call converts, some 15 to 30 ms, and those that it transposes.
SLICE_ENTRIES, TRANSPOSED_ENTRIES = 1 << 19, 1 << 21


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
    if X.format == "csc":
        return transposed(X.T)
    if X.format == "coo" and X.nnz > SLICE_ENTRIES:
        parts = ((0, _rows_of(X, own)) for own in slices(X.nnz, _slice_of(X.shape[0])))
        return _joined(parts, counts_of(X.row, X.shape[0]), X, X.shape)
    return X.tocsr()


def transposed(X):
    """The transpose of a CSR matrix as CSR: a new matrix with the same entries."""
    if X.nnz <= TRANSPOSED_ENTRIES:
        return X.tocsc().T
    starts = np.arange(0, X.nnz, _slice_of(X.shape[1]))
    cuts = np.searchsorted(X.indptr, starts, side="left")
    cuts = np.unique(np.append(cuts, X.shape[0]))
    parts = ((first, X[first:last].tocsc().T) for first, last in pairwise(cuts))
    return _joined(parts, counts_of(X.indices[: X.nnz], X.shape[1]), X, X.shape[::-1])


def slices(length, size=None):
    """Slices that cover so many entries."""
    size = SLICE_ENTRIES if size is None else size
    return [slice(start, min(start + size, length)) for start in range(0, length, size)]


def _slice_of(n_rows):
    """How many entries are converted at a time: each slice costs a pass over all rows, too."""
    return max(SLICE_ENTRIES, n_rows // 4)


def _rows_of(X, own):
    """Some entries of a COO matrix as CSR, each as it stands."""
    part = sparse.coo_array((X.data[own], (X.row[own], X.col[own])), X.shape)
    part.has_canonical_format = True  # or duplicates would be added up, and all entries sorted
    return part.tocsr()


def counts_of(index, n_rows):
    """How often each row occurs."""
    counts = np.zeros(n_rows, dtype=np.intp)
    for own in slices(len(index), _slice_of(n_rows)):
        counts += np.bincount(index[own], minlength=n_rows)
    return counts


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
