"""The kernels' functions: they check what compiled code would take on trust, then call it."""

import numpy as np

from sklinear_gd.kernels._module import module
from sklinear_gd.kernels._rows import CsrRows, Lag, lag_of, padded_width

# Numbers of the enumerations in losses.hpp and optimizers.hpp.
LOSSES = {"weston_watkins": 0, "crammer_singer": 1, "one_vs_rest": 2, "softmax": 3}
LOSSES |= {"squared_error": 4}
OPTIMIZERS = {"sgd": 0, "momentum": 1, "nesterov": 2, "adagrad": 3, "rmsprop": 4, "adam": 5}
LAZY = ("sgd", "adagrad")
C_NAMES = {np.dtype(np.float32): "float", np.dtype(np.float64): "double"}
C_NAMES |= {np.dtype(np.int32): "int32_t", np.dtype(np.int64): "int64_t"}


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
    call, matrix, n_rows, n_features = _matrix(rows_data)
    _check_params("params", params, matrix[0].dtype, n_features, n_scores, fit_intercept)
    index = np.arange(n_rows) if index is None else _vector("index", index, np.intp)
    shape, dtype = (len(index), n_scores), matrix[0].dtype
    if out is None:
        out = np.empty(shape, dtype)
    elif out.shape != shape or out.dtype != dtype or not out.flags.carray:
        raise ValueError(
            f"out must be C-contiguous, writeable and {dtype} of shape {shape}; it is {_told(out)}."
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
    call, matrix, n_rows, n_features = _matrix(rows_data)
    _check_params("params", params, matrix[0].dtype, n_features, n_scores, fit_intercept)
    _check_targets(y, weights, n_rows)
    index = np.arange(n_rows) if index is None else _vector("index", index, np.intp)
    if gradient is not None:
        _check_like("gradient", gradient, params)
    if residuals is not None:
        _check_params("residuals", residuals, params.dtype, n_rows, n_scores, False)
    if not len(index):
        return 0.0
    model = params, n_scores, fit_intercept, _loss(loss)
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
    call, matrix, n_rows, n_features = _matrix(rows_data)
    _check_params("params", params, matrix[0].dtype, n_features, n_scores, fit_intercept)
    _check_targets(y, weights, n_rows)
    _check_batches(order, batch_size, rates)
    if not (l1 >= 0 and l2 >= 0):
        raise ValueError(f"l1={l1!r} and l2={l2!r} must not be negative.")
    if average is not None:
        _check_like("average", average, params)
    _check_conditions(scale, center, params.dtype, n_features, fit_intercept)
    if lag is None:
        lag = lag_of(rows_data, optimizer, batch_size, l2, l1, scale, average)
    else:
        _check_lag(lag, rows_data, optimizer, l2, l1, scale, average)
    if not params.flags.writeable:
        raise ValueError("params is read-only, but training changes it in place; pass a copy.")
    if not len(order):
        return 0.0
    steps = _optimizer(optimizer, state, params)
    training = batch_size, steps, rates, l2, l1, average, average_count, scale, center, lag, settle
    model = params, n_scores, fit_intercept, _loss(loss)
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
    _check_matrix("params", params)
    _check_like("gradient", gradient, params)
    steps = _optimizer(optimizer, state, params)
    _compiled("update", params.dtype)(params, gradient, fit_intercept, steps, rate, l1)
    state["t"] += 1


def _matrix(rows):
    """The compiled function for these rows, their arrays, n_rows and n_features."""
    if isinstance(rows, CsrRows):
        data, indices, indptr, n_features = rows
        if data.ndim != 1 or data.dtype not in C_NAMES or not data.flags.c_contiguous:
            raise ValueError(f"data must be contiguous float32 or float64, it is {_told(data)}.")
        if indices.dtype != indptr.dtype or indices.dtype.name not in ("int32", "int64"):
            raise ValueError(
                f"indices and indptr must both be int32 or both int64, they are {_told(indices)} "
                f"and {_told(indptr)}."
            )
        _vector("indices", indices, indices.dtype)
        _vector("indptr", indptr, indices.dtype)
        if len(indptr) < 1 or indptr[-1] > min(len(indices), len(data)):
            raise ValueError("indptr counts more entries than data and indices have.")
        call = _compiled("csr", data.dtype, indices.dtype)
        return call, (data, indices, indptr), len(indptr) - 1, n_features
    _check_matrix("X", rows.X)
    return _compiled("dense", rows.X.dtype), (rows.X,), *rows.X.shape


_compiled_functions = {}


def _compiled(name, *dtypes):
    """The compiled function for these dtypes; kept, since the search takes microseconds."""
    function = _compiled_functions.get((name, dtypes))
    if function is None:
        if module is None:
            raise RuntimeError(
                "The compiled kernels are not available; sklinear_gd.kernels.available says so."
            )
        function = getattr(module, name)["|".join(C_NAMES[dtype] for dtype in dtypes)]
        _compiled_functions[name, dtypes] = function
    return function


def _loss(loss):
    """The loss as numbers: kind, margin, smoothing, squared."""
    twin = loss.kernel
    values = {name: float(getattr(loss, name)) for name in twin.parameters}
    smoothing = values.get("smoothing", values.get("label_smoothing", 0.0))
    return LOSSES[twin.name], values.get("margin", 0.0), smoothing, bool(values.get("squared"))


def _optimizer(optimizer, state, params):
    """The optimizer as numbers and arrays: kind, parameters, t, the arrays of its state."""
    twin = optimizer.kernel
    parameters = [float(getattr(optimizer, name)) for name in twin.parameters]
    arrays = [state[name] for name in twin.state]
    for name, array in zip(twin.state, arrays, strict=True):
        _check_like(name, array, params)
    parameters += [0.0] * (3 - len(parameters))
    arrays += [None] * (2 - len(arrays))
    return OPTIMIZERS[twin.name], tuple(parameters), state["t"], *arrays


def _check_params(name, params, dtype, n_features, n_scores, fit_intercept):
    _check_matrix(name, params)
    shape = n_features + bool(fit_intercept), padded_width(n_scores, dtype)
    if params.shape != shape or params.dtype != dtype:
        raise ValueError(f"{name} must be {dtype} of shape {shape}, it is {_told(params)}.")


def _check_targets(y, weights, n_rows):
    _vector("y", y, np.int32)
    if len(y) != n_rows:
        raise ValueError(f"y has {len(y)} labels, the matrix has {n_rows} rows.")
    if weights is not None:
        _vector("weights", weights, np.float64)
        if len(weights) != n_rows:
            raise ValueError(f"weights has {len(weights)} entries, the matrix has {n_rows} rows.")


def _check_batches(order, batch_size, *rates):
    """Each of `rates` must have a number for each batch of the rows in `order`."""
    _vector("order", order, np.intp)
    for vector in rates:
        _vector("rates", vector, np.float64)
        if batch_size < 1 or len(vector) != -(-len(order) // batch_size):
            raise ValueError(
                f"Rates for {len(vector)} updates do not fit {len(order)} rows in batches of "
                f"{batch_size}: one is needed for each batch."
            )


def _check_conditions(scale, center, dtype, n_features, fit_intercept):
    for name, vector in (("scale", scale), ("center", center)):
        if vector is not None and len(_vector(name, vector, dtype)) != n_features:
            raise ValueError(f"{name} has {len(vector)} entries, X has {n_features} features.")
    if center is not None and (scale is None or not fit_intercept):
        raise ValueError("center needs a scale and the intercept, which takes up the shift.")


def _check_lag(lag, rows, optimizer, l2, l1, scale, average):
    name = optimizer.kernel.name
    eager = name not in LAZY or (name == "adagrad" and l2) or scale is not None
    if eager or average is not None or not isinstance(rows, CsrRows):
        raise ValueError(
            "lag is given, but every update changes every weight with dense rows, a scale, an "
            f"average, or optimizer={optimizer!r} and l2={l2!r}; leave lag out."
        )
    sizes = [len(_vector("lag", array, np.dtype(float))) for array in lag if array is not None]
    if sizes != [2] + [rows.n_features] * (l1 > 0):
        raise ValueError(f"lag has arrays of {sizes} numbers, which do not fit l1={l1!r}.")


def _check_matrix(name, array):
    if array.ndim != 2 or array.dtype not in C_NAMES or not array.flags.c_contiguous:
        raise ValueError(
            f"{name} must be C-contiguous, 2-D, float32 or float64; it is {_told(array)}."
        )


def _check_like(name, array, params):
    same = array.shape == params.shape and array.dtype == params.dtype
    if not same or not array.flags.c_contiguous or not array.flags.writeable:
        raise ValueError(
            f"{name} must be C-contiguous, writeable and like params ({_told(params)}); "
            f"it is {_told(array)}."
        )


def _vector(name, array, dtype):
    if array.ndim != 1 or array.dtype != dtype or not array.flags.c_contiguous:
        raise ValueError(
            f"{name} must be a contiguous vector of {np.dtype(dtype)}; it is {_told(array)}."
        )
    return array


def _check_contiguous(name, array, shape, dtype, writes=False):
    """Refuse an array of another shape, dtype or layout, or one that must not be written."""
    fits = array.flags.carray if writes else array.flags.c_contiguous
    if array.shape != shape or array.dtype != dtype or not fits:
        raise ValueError(
            f"{name} must be C-contiguous {np.dtype(dtype)} of shape {shape}; it is {_told(array)}."
        )


def _plain_steps(rows_data, n_features, batch_size, rates):
    """The training of steps along residuals alone: plain SGD without penalty, on CSR lazily."""
    plain = OPTIMIZERS["sgd"], (0.0, 0.0, 0.0), 0, None, None
    lag = Lag.start(n_features, 0.0) if isinstance(rows_data, CsrRows) else None
    return batch_size, plain, rates, 0.0, 0.0, None, 0, None, None, lag, False


def _told(array):
    return f"{array.dtype} of shape {array.shape}"
