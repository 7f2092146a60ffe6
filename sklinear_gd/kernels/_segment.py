"""The kernel of losses along a segment of scores."""

import numpy as np

from sklinear_gd.kernels._arguments import (
    check_contiguous,
    check_matrix,
    check_targets,
    check_vector,
    compiled,
    loss_numbers,
)


def losses_on_segment(scores, y, weights, index, loss, change=None, share=0.0):
    """Return the sum of the weighted losses at ``scores + share * change``, and its slope.

    Parameters
    ----------
    scores : ndarray of shape (n_rows, n_scores), float32 or float64
        C-contiguous.
    y : ndarray of int32, shape (n_rows,)
        Class indices.
    weights : ndarray of float64, shape (n_rows,), or None
        Sample weights, None for all 1.
    index : ndarray of intp, shape (m,)
        The rows that count.
    loss : Loss
        One that has a `kernel`.
    change : ndarray like scores, default=None
        Where the segment leads to; None for all 0.
    share : float, default=0.0
        The place on it.

    Returns
    -------
    total, slope : float
        ``sum_i w_i L_i``, and its derivative by the share; added up in float64.

    Raises
    ------
    ValueError
        If an array has another shape, dtype or layout than the kernel takes, a label is none of
        the classes, or a row number is outside the scores.
    """
    check_matrix("scores", scores)
    check_targets(y, weights, len(scores))
    check_vector("index", index, np.intp)
    if change is not None:
        check_contiguous("change", change, scores.shape, scores.dtype)
    if not len(index):
        return 0.0, 0.0
    call = compiled("segment", scores.dtype)
    return call(scores, y, weights, index, loss_numbers(loss), change, share)
