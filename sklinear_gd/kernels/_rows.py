"""How the kernels take a matrix, and how wide they want the parameters."""

import math
from collections import namedtuple

import numpy as np

CACHE_LINE = 64
# Batches of plain SGD that may be lazy whatever the number of features; those of AdaGrad may have
# entries for one in so many features.
FEW_ROWS, ADAGRAD_SHARE = 512, 8


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


class Lag(namedtuple("Lag", ["shared", "features"])):
    """How far lazy updates are ahead of the features that they did not touch.

    Parameters
    ----------
    shared : ndarray of float64, shape (2,)
        The factor of all weights, and the sum of the thresholds so far.
    features : ndarray of float64, shape (n_features,), or None
        That sum when each feature was last touched; None without an L1 penalty.
    """

    __slots__ = ()

    @classmethod
    def start(cls, n_features, l1):
        """No feature lags behind."""
        return cls(np.array([1.0, 0.0]), np.zeros(n_features) if l1 > 0 else None)


def lag_of(rows, optimizer, batch_size, l2, l1, scale=None, average=None):
    """The lag to train with, where updates that touch the features of their rows alone serve.

    Plain SGD multiplies all weights by one number for L2 and subtracts one for L1. AdaGrad's metric
    stands still where there is no gradient, but not under L2; it also gathers a batch's gradient,
    for which it is to have much fewer entries than there are features.

    Parameters
    ----------
    rows : DenseRows or CsrRows
    optimizer : Optimizer
        One that has a `kernel`.
    batch_size : int
    l2, l1 : float
    scale, average : ndarray or None
        As for `train`; either changes every weight in every step.

    Returns
    -------
    lag : Lag or None
        None where every update touches every weight.
    """
    if not isinstance(rows, CsrRows) or scale is not None or average is not None:
        return None
    starts, n_features = rows.indptr, rows.n_features
    entries = batch_size * float(starts[-1] - starts[0]) / max(1, len(starts) - 1)
    lazy = {
        "sgd": batch_size <= FEW_ROWS or entries < n_features,
        "adagrad": l2 == 0 and ADAGRAD_SHARE * entries < n_features,
    }
    return Lag.start(n_features, l1) if lazy.get(optimizer.kernel.name) else None
