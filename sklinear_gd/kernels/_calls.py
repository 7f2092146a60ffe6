"""The kernels' functions: they check what compiled code would take on trust, then call it."""

import numpy as np

from sklinear_gd.kernels._arguments import (
    call_for,
    check_batches,
    check_conditions,
    check_lag,
    check_like,
    check_matrix,
    check_params,
    check_targets,
    check_vector,
    compiled,
    loss_numbers,
    optimizer_numbers,
    told,
)
from sklinear_gd.kernels._rows import lag_of


def scores(rows_data, params, n_scores, fit_intercept, index=None, out=None):
    """Return ``X W + b`` of some rows.

    Parameters
    ----------
    rows_data : DenseRows or CsrRows
        The matrix X.
    params : ndarray of shape (n_features + fit_intercept, padded_width)
        The parameters, C-contiguous, in the dtype of X.
    n_scores : int
        The columns of `params` that count.
    fit_intercept : bool
        Whether the last row of `params` is b.
    index : ndarray of intp, shape (m,), default=None
        Row numbers; all rows by default.
    out : ndarray of shape (m, n_scores), default=None
        C-contiguous, in the dtype of X: where to write to.

    Returns
    -------
    scores : ndarray of shape (m, n_scores)
        `out`, or a new array like it.

    Raises
    ------
    ValueError
        If an array has another shape, dtype or layout than the kernels take.
    """
    call, matrix, n_rows, n_features = call_for(rows_data)
    check_params("params", params, matrix[0].dtype, n_features, n_scores, fit_intercept)
    index = np.arange(n_rows) if index is None else check_vector("index", index, np.intp)
    shape, dtype = (len(index), n_scores), matrix[0].dtype
    if out is None:
        out = np.empty(shape, dtype)
    elif out.shape != shape or out.dtype != dtype or not out.flags.carray:
        raise ValueError(
            f"out must be C-contiguous, writeable and {dtype} of shape {shape}; it is {told(out)}."
        )
    if out.size:
        call(*matrix, None, None, index, params, n_scores, fit_intercept, out=out)
    return out


def loss_gradient(
    rows_data,
    y,
    weights,
    index,
    params,
    n_scores,
    fit_intercept,
    loss,
    scale,
    gradient=None,
    residuals=None,
):
    """Return the sum of the weighted losses, and add its gradient to `gradient`.

    Parameters
    ----------
    rows_data : DenseRows or CsrRows
        The matrix X.
    y : ndarray of int32, shape (n_rows,)
        Class indices.
    weights : ndarray of float64, shape (n_rows,), or None
        Sample weights, None for all 1.
    index : ndarray of intp, shape (m,), or None
        Row numbers; None for all rows.
    params : ndarray of shape (n_features + fit_intercept, padded_width)
        The parameters, C-contiguous, in the dtype of X.
    n_scores : int
        The columns of `params` that count.
    fit_intercept : bool
        Whether the last row of `params` is b.
    loss : Loss
        One that has a `kernel`.
    scale : float
        The factor of the gradient.
    gradient : ndarray shaped like params, default=None
        ``scale * sum_i w_i dL_i / d params`` is added to it. None where only the loss is wanted.
    residuals : ndarray of shape (n_rows, padded_width), default=None
        ``scale * w_i dL_i / d scores`` is written to the first columns of the given rows.

    Returns
    -------
    total : float
        The sum over the rows of ``w_i L_i``, added up in float64.

    Raises
    ------
    ValueError
        If an array has another shape, dtype or layout than the kernels take, a label is none of
        the classes, or a row number is outside the matrix.
    """
    call, matrix, n_rows, n_features = call_for(rows_data)
    check_params("params", params, matrix[0].dtype, n_features, n_scores, fit_intercept)
    check_targets(y, weights, n_rows)
    index = np.arange(n_rows) if index is None else check_vector("index", index, np.intp)
    if gradient is not None:
        check_like("gradient", gradient, params)
    if residuals is not None:
        check_params("residuals", residuals, params.dtype, n_rows, n_scores, False)
    if not len(index):
        return 0.0
    model = params, n_scores, fit_intercept, loss_numbers(loss)
    return call(*matrix, y, weights, index, *model, gradient=gradient, scale=scale, out=residuals)


def train(
    rows_data,
    y,
    weights,
    order,
    batch_size,
    params,
    n_scores,
    fit_intercept,
    loss,
    optimizer,
    state,
    rates,
    l2,
    l1,
    average=None,
    average_count=0,
    scale=None,
    center=None,
    lag=None,
    settle=True,
):
    """Update the parameters once for each of consecutive batches; return the sum of the losses.

    A batch B makes one step along ``1 / |B| sum_{i in B} w_i dL_i / d params + l2 W``, then the
    soft threshold of W by l1 times the optimizer's metric.

    With `scale`, and perhaps `center`, the parameters, the state and the average stand in
    conditioned variables (V, c): scores are ``c + ((X - center) * scale) V``, and W in the
    penalties is ``scale * V``.

    Parameters
    ----------
    rows_data, y, weights, params, n_scores, fit_intercept, loss
        As for `loss_gradient`; `params` is changed in place.
    order : ndarray of intp, shape (m,)
        Row numbers; the batches are ``order[:batch_size]`` and so on, the last may be short.
    batch_size : int
        Rows a batch, at least 1.
    optimizer : Optimizer
        One that has a `kernel`.
    state : dict
        What ``optimizer.init`` returned; its arrays and ``t`` are changed in place.
    rates : ndarray of float64, shape (n_batches,)
        The rate of each update.
    l2, l1 : float
        The strengths of the penalties on W, >= 0.
    average : ndarray shaped like params, default=None
        The mean of the iterates, updated after each of them.
    average_count : int, default=0
        The number of iterates in it so far.
    scale, center : ndarray of shape (n_features,), default=None
        In the dtype of X. A center needs a scale and the intercept.
    lag : Lag, default=None
        Makes the updates lazy, and carries what lags behind from call to call; changed in place.
        None means a new one of `lag_of`, if it gives one.
    settle : bool, default=True
        Whether no feature lags behind after the call. Until then `params` are not the true ones.

    Returns
    -------
    total : float
        The sum of ``w_i L_i``, each at the parameters that its batch met.

    Raises
    ------
    ValueError
        As for `loss_gradient`.
    """
    call, matrix, n_rows, n_features = call_for(rows_data)
    check_params("params", params, matrix[0].dtype, n_features, n_scores, fit_intercept)
    check_targets(y, weights, n_rows)
    check_batches(order, batch_size, rates)
    if not (l1 >= 0 and l2 >= 0):
        raise ValueError(f"l1={l1!r} and l2={l2!r} must not be negative.")
    if average is not None:
        check_like("average", average, params)
    check_conditions(scale, center, params.dtype, n_features, fit_intercept)
    if lag is None:
        lag = lag_of(rows_data, optimizer, batch_size, l2, l1, scale, average)
    else:
        check_lag(lag, rows_data, optimizer, l2, l1, scale, average)
    if not params.flags.writeable:
        raise ValueError("params is read-only, but training changes it in place; pass a copy.")
    if not len(order):
        return 0.0
    steps = optimizer_numbers(optimizer, state, params)
    training = batch_size, steps, rates, l2, l1, average, average_count, scale, center, lag, settle
    model = params, n_scores, fit_intercept, loss_numbers(loss)
    total = call(*matrix, y, weights, order, *model, training=training)
    state["t"] += len(rates)
    return total


def update(params, gradient, optimizer, state, rate, l1, fit_intercept):
    """Make one step of the optimizer in place, then the soft threshold of W.

    Parameters
    ----------
    params, gradient : ndarray of shape (n_features + fit_intercept, width)
        The parameters, and the gradient of the smooth part of the objective.
    optimizer : Optimizer
        One that has a `kernel`.
    state : dict
        What ``optimizer.init`` returned; its arrays and ``t`` are changed in place.
    rate : float
        The learning rate.
    l1 : float
        W is thresholded by this times the optimizer's metric.
    fit_intercept : bool
        Whether the last row is the intercept, which is not thresholded.

    Raises
    ------
    ValueError
        If an array has another shape, dtype or layout than the kernels take.
    """
    check_matrix("params", params)
    check_like("gradient", gradient, params)
    steps = optimizer_numbers(optimizer, state, params)
    compiled("update", params.dtype)(params, gradient, fit_intercept, steps, rate, l1)
    state["t"] += 1
