"""The kernel of plain hinges beside their smoothed versions, for the method of multipliers."""

import numpy as np

from sklinear_gd.kernels._arguments import (
    HINGES,
    check_like,
    check_matrix,
    check_params,
    check_vector,
    compiled,
    loss_numbers,
    told,
)


def smoothed_losses(scores, y, weights, shifts, index, loss, d_scores, table):
    """Return the sums of smoothed losses, losses, and what the smoothing costs, of some rows.

    The first are of ``scores + shifts``, the others of the scores; d are the derivatives of the
    first, and the cost of row i is ``w_i (L(s_i) + L*(d_i) - <d_i, s_i>)``.

    Parameters
    ----------
    scores : ndarray of shape (m, n_scores), float32 or float64
        C-contiguous.
    y : ndarray of int32, shape (m,)
        Class indices.
    weights : ndarray of float64, shape (m,), or None
        Sample weights, None for all 1.
    shifts : ndarray of float64, shape (m, n_scores), or None
        None for all 0.
    index : ndarray of intp, shape (m,)
        The row of `table` that belongs to each.
    loss : Loss
        A hinge with a `kernel` that is smoothed.
    d_scores : ndarray of float64, shape (m, n_scores)
        The derivatives are written to it.
    table : ndarray of shape (n_rows, padded_width), in the dtype of the scores
        The weighted derivatives are written to the first columns of these rows.

    Returns
    -------
    smooth, plain, cost : float
        The sums of the weighted rows.

    Raises
    ------
    ValueError
        If an array has another shape, dtype or layout than the kernel takes, the loss is no
        smoothed hinge, a label is none of the classes, or a row number is outside the table.
    """
    check_matrix("scores", scores)
    n_rows, n_scores = scores.shape
    kind = loss_numbers(loss)
    if loss.kernel.name not in HINGES or not kind[2] > 0 or kind[3]:
        raise ValueError(f"loss={loss!r} must be a hinge with smoothing > 0, not squared.")
    vectors = [("y", y, np.int32), ("index", index, np.intp)]
    vectors += [] if weights is None else [("weights", weights, np.float64)]
    for name, vector, dtype in vectors:
        if len(check_vector(name, vector, dtype)) != n_rows:
            raise ValueError(f"{name} has {len(vector)} entries for {n_rows} rows of scores.")
    given = [("d_scores", d_scores)] + ([] if shifts is None else [("shifts", shifts)])
    for name, array in given:
        check_matrix(name, array)
        if array.shape != scores.shape or array.dtype != np.float64:
            raise ValueError(f"{name} must be float64 of shape {scores.shape}: {told(array)}.")
    check_like("d_scores", d_scores, d_scores)
    check_params("table", table, scores.dtype, len(table), n_scores, False)
    check_like("table", table, table)
    if not n_rows:
        return 0.0, 0.0, 0.0
    call = compiled("smoothing", scores.dtype)
    return call(scores, y, weights, shifts, index, kind, d_scores, table)
