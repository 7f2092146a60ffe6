"""How the kernels take a matrix, and how wide they want the parameters."""

import math
from collections import namedtuple

import numpy as np

CACHE_LINE = 64


class DenseRows(namedtuple("DenseRows", ["X"])):
    """A dense matrix.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_features), float32 or float64, C-contiguous
        May be read-only.
    """

    __slots__ = ()


class CsrRows(namedtuple("CsrRows", ["data", "indices", "indptr", "n_features"])):
    """A CSR matrix. Duplicate entries add up; indices need no order.

    The kernels follow `indices` and `indptr` unchecked.

    Parameters
    ----------
    data : ndarray of shape (n_stored,), float32 or float64
        The stored values.
    indices, indptr : ndarray of shape (n_stored,) and (n_rows + 1,), both int32 or both int64
        The column of each value; where each row begins.
    n_features : int
        The number of columns.
    """

    __slots__ = ()


def padded_width(n_scores, dtype):
    """Return the number of columns that the kernels want in the parameters.

    One column stays one. More fill a vector of 16 or 32 bytes or whole cache lines of 64, so that
    the weights of a feature are whole vectors at every SIMD level.

    Parameters
    ----------
    n_scores : int
        Columns of scores, at least 1.
    dtype : dtype
        float32 or float64.

    Returns
    -------
    width : int
        At least `n_scores`.
    """
    if n_scores == 1:
        return 1
    size = np.dtype(dtype).itemsize
    needed = n_scores * size
    for unit in (16, 32):
        if needed <= unit:
            return unit // size
    return -(-needed // 64) * 64 // size


def aligned_zeros(shape, dtype):
    """Return zeros that begin where a cache line does.

    NumPy's begin anywhere on 16 bytes. There the weights of a feature, a whole number of lines,
    would touch one line more, and that is what reading them costs.

    Parameters
    ----------
    shape : tuple of int
    dtype : dtype

    Returns
    -------
    array : ndarray of this shape
        C-contiguous.
    """
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    memory = np.zeros(size + CACHE_LINE, dtype=np.uint8)
    start = -memory.ctypes.data % CACHE_LINE
    return memory[start : start + size].view(dtype).reshape(shape)
