"""``scores = X W + b`` of some rows, and how many rows are worked on at a time."""

from functools import partial

import numpy as np

from sklinear_gd import kernels
from sklinear_gd._namespaces import namespace

# Multiply-adds between two returns to Python: some 10 to 40 ms, so that Ctrl-C is answered at once.
SLICE_WORK = 200_000_000
# Numbers that the array formulas hold at a time, rows and scores: a bound on the memory.
BLOCK_NUMBERS = 1 << 20


def in_slice(work):
    """How many pieces of so many multiply-adds each are done between two returns to Python."""
    return max(1, int(SLICE_WORK / work))


def linear_scores(design, params, n_scores, fit_intercept, rows, out=None):
    """``X W + b`` of some rows of a design.

    Parameters
    ----------
    design : Design
    params : ndarray of shape (n_features + fit_intercept, width)
        In the dtype of the design.
    n_scores : int
    fit_intercept : bool
    rows : ndarray of intp, shape (m,)
    out : ndarray of shape (m, n_scores), optional
        C-contiguous, in the dtype of the design: where to write to.

    Returns
    -------
    scores : ndarray of shape (m, n_scores)
        ``out``, or a new array.
    """
    n_features, scores = design.shape[1], out
    W = params[:n_features, :n_scores]
    if scores is None:
        make = partial(np.empty, dtype=design.dtype) if design.xp is np else design.zeros
        scores = make((len(rows), n_scores))
    row_work = (design.mean_non_zeros + 1) * (n_scores + design.reach)
    step = in_slice(row_work)
    if design.kernel_rows is None:
        step = formula_rows(design, n_scores, step)
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        if design.kernel_rows is not None:
            own = scores[start : start + step]
            kernels.scores(design.kernel_rows, params, n_scores, fit_intercept, part, own)
            continue
        found = design.rows(part).scores(W)
        if fit_intercept:
            found = found + params[n_features, :n_scores]
        scores[start : start + len(part), ...] = found
    return scores


def model_scores(design, coef, intercept):
    """``X coef_ᵀ + intercept_`` of all rows.

    Parameters
    ----------
    design : Design
    coef : ndarray of shape (n_scores, n_features)
    intercept : ndarray of shape (n_scores,)
        Both in the dtype of the design.

    Returns
    -------
    scores : ndarray of shape (n_rows, n_scores)
    """
    n_scores, found = len(intercept), design.without_absent()
    W = coef.T
    if found is not None:
        columns, design = found
        W = W[columns]
    shape = params_shape(design.shape[1], True, n_scores, design.dtype)
    params = kernels.aligned_zeros(shape, design.dtype)
    params[:-1, :n_scores], params[-1, :n_scores] = W, intercept
    return linear_scores(design, params, n_scores, True, np.arange(design.shape[0]))


def class_index(scores):
    """The number of the class that each row's scores put it into, in the scores' namespace.

    Parameters
    ----------
    scores : array of shape (n,), (n, 1) or (n, n_classes)
        A single score is positive for class 1.
    """
    if scores.ndim == 2 and scores.shape[1] > 1:
        return namespace(scores).argmax(scores, axis=1)
    positive = (scores if scores.ndim == 1 else scores[:, 0]) > 0
    if isinstance(scores, np.ndarray):
        return positive.astype(int)
    return namespace(scores).astype(positive, namespace(scores).int64)


def params_shape(n_features, fit_intercept, n_scores, dtype):
    """Of W with b below, with the columns of padding that the kernels want."""
    width = kernels.padded_width(n_scores, dtype) if kernels.available else n_scores
    return n_features + fit_intercept, width


def formula_rows(design, n_scores, at_most):
    """How many rows the array formulas take at a time."""
    rows = int(design.enlarged * BLOCK_NUMBERS / (n_scores + design.mean_non_zeros))
    # A device is not waited for, so that Ctrl-C needs no slices.
    return max(1, min(rows, at_most) if design.xp is np else rows)
