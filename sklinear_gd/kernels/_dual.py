"""The kernel of dual coordinate ascent: batches exchange what their rows are remembered with."""

import numpy as np

from sklinear_gd.kernels._arguments import (
    HINGES,
    call_for,
    check_batches,
    check_contiguous,
    check_params,
    check_table,
    check_targets,
    check_vector,
    loss_numbers,
    plain_steps,
)


def dual_ascent(
    rows_data,
    y,
    weights,
    order,
    batch_size,
    params,
    table,
    widths,
    inner,
    center,
    vectors,
    n_scores,
    fit_intercept,
    loss,
    shares,
    rate,
    intercept_rate,
    n_whole,
    settle=True,
):
    """Make a step of dual coordinate ascent for each of consecutive batches; return the losses.

    For each row of a batch ``d_i = w_i conjugate_prox(m_i / w_i)`` at the scores that the batch
    met, and ``e_i = d_i - m_i``. Then, in this order and with s the batch's share,
    ``W -= s rate sum_i (x_i - center) e_iᵀ``, the intercept moves by ``- s intercept_rate
    sum_i (e_i + mean)`` and by what the center means for it, ``mean += s sum_i e_i / n_whole``, and
    ``m_i += s e_i``.

    Parameters
    ----------
    rows_data, y, weights, order, batch_size, n_scores, fit_intercept
        As for `train`; no weight of a row in `order` is 0.
    params : ndarray of shape (n_features + fit_intercept, padded_width)
        W; changed in place. The last row is not looked at.
    table : ndarray of shape (n_rows, padded_width)
        ``m_i`` of each row; changed in place.
    widths : ndarray of float64, shape (n_rows,)
        q of each row, > 0.
    inner : ndarray of float64, shape (n_rows,), or None
        ``X @ center``.
    center : ndarray of float64, shape (n_features,), or None
        It needs the intercept.
    vectors : ndarray of float64, shape (3, n_scores)
        The intercept, the mean of the table, and what `center` is still to be taken off W with,
        0 at first; changed in place.
    loss : Loss
        A plain hinge with a `kernel`.
    shares : ndarray of float64, shape (n_batches,)
        How much of its way each step goes.
    rate, intercept_rate : float
        Of W and of the intercept.
    n_whole : int
        How many rows `mean` is the mean of.
    settle : bool, default=True
        Whether the center is taken off W at the end.

    Returns
    -------
    total : float
        The sum of ``w_i L_i``, each at the parameters that its batch met.

    Raises
    ------
    ValueError
        As for `train`.
    """
    call, matrix, n_rows, n_features = call_for(rows_data)
    check_params("params", params, matrix[0].dtype, n_features, n_scores, fit_intercept)
    check_table(table, params, n_rows, n_scores)
    check_targets(y, weights, n_rows)
    check_batches(order, batch_size, shares)
    lengths = [("widths", widths, n_rows)]
    if center is not None:
        lengths += [("inner", inner, n_rows), ("center", center, n_features)]
    for name, vector, length in lengths:
        if len(check_vector(name, vector, np.float64)) != length:
            raise ValueError(f"{name} has {len(vector)} entries where {length} are needed.")
    check_contiguous("vectors", vectors, (3, n_scores), np.float64, writes=True)
    kind = loss_numbers(loss)
    if loss.kernel.name not in HINGES or kind[2] or kind[3]:
        raise ValueError(f"loss={loss!r} must be a hinge, neither smoothed nor squared.")
    if center is not None and not fit_intercept:
        raise ValueError("center needs the intercept, which takes up the shift.")
    if not len(order):
        return 0.0
    square = 0.0 if center is None else float(np.einsum("j,j->", center, center))
    numbers = square, float(rate), float(intercept_rate), float(n_whole)
    inner = None if center is None else inner
    training = plain_steps(rows_data, n_features, batch_size, shares * rate)
    model = params[:n_features], n_scores, False, kind
    center = center if settle else None
    dual = table, widths, inner, shares, vectors, center, numbers, fit_intercept
    return call(*matrix, y, weights, order, *model, training=training, dual=dual)
