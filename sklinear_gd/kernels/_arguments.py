"""What the kernels take: arrays that are checked, and losses and optimizers as numbers.

Compiled code follows all of it unchecked.
"""

import numpy as np

from sklinear_gd.kernels._module import module
from sklinear_gd.kernels._rows import CsrRows, Lag, padded_width

# Numbers of the enumerations in losses.hpp and optimizers.hpp.
LOSSES = {"weston_watkins": 0, "crammer_singer": 1, "one_vs_rest": 2, "softmax": 3}
LOSSES |= {"squared_error": 4}
HINGES = ("weston_watkins", "crammer_singer", "one_vs_rest")
OPTIMIZERS = {"sgd": 0, "momentum": 1, "nesterov": 2, "adagrad": 3, "rmsprop": 4, "adam": 5}
LAZY = ("sgd", "adagrad")
C_NAMES = {np.dtype(np.float32): "float", np.dtype(np.float64): "double"}
C_NAMES |= {np.dtype(np.int32): "int32_t", np.dtype(np.int64): "int64_t"}


def call_for(rows):
    """Return the compiled function for these rows, their arrays, n_rows and n_features."""
    if isinstance(rows, CsrRows):
        data, indices, indptr, n_features = rows
        if data.ndim != 1 or data.dtype not in C_NAMES or not data.flags.c_contiguous:
            raise ValueError(f"data must be contiguous float32 or float64, it is {told(data)}.")
        if indices.dtype != indptr.dtype or indices.dtype.name not in ("int32", "int64"):
            raise ValueError(
                f"indices and indptr must both be int32 or both int64, they are {told(indices)} "
                f"and {told(indptr)}."
            )
        check_vector("indices", indices, indices.dtype)
        check_vector("indptr", indptr, indices.dtype)
        if len(indptr) < 1 or indptr[-1] > min(len(indices), len(data)):
            raise ValueError("indptr counts more entries than data and indices have.")
        call = compiled("csr", data.dtype, indices.dtype)
        return call, (data, indices, indptr), len(indptr) - 1, n_features
    check_matrix("X", rows.X)
    return compiled("dense", rows.X.dtype), (rows.X,), *rows.X.shape


_compiled_functions = {}


def compiled(name, *dtypes):
    """Return the compiled function for these dtypes; kept, since the search takes microseconds."""
    function = _compiled_functions.get((name, dtypes))
    if function is None:
        if module is None:
            raise RuntimeError(
                "The compiled kernels are not available; sklinear_gd.kernels.available says so."
            )
        function = getattr(module, name)["|".join(C_NAMES[dtype] for dtype in dtypes)]
        _compiled_functions[name, dtypes] = function
    return function


def loss_numbers(loss):
    """Return the loss as numbers: kind, margin, smoothing, squared."""
    twin = loss.kernel
    values = {name: float(getattr(loss, name)) for name in twin.parameters}
    smoothing = values.get("smoothing", values.get("label_smoothing", 0.0))
    return LOSSES[twin.name], values.get("margin", 0.0), smoothing, bool(values.get("squared"))


def optimizer_numbers(optimizer, state, params):
    """Return the optimizer as numbers and arrays: kind, parameters, t, the arrays of its state."""
    twin = optimizer.kernel
    parameters = [float(getattr(optimizer, name)) for name in twin.parameters]
    arrays = [state[name] for name in twin.state]
    for name, array in zip(twin.state, arrays, strict=True):
        check_like(name, array, params)
    parameters += [0.0] * (3 - len(parameters))
    arrays += [None] * (2 - len(arrays))
    return OPTIMIZERS[twin.name], tuple(parameters), state["t"], *arrays


def check_params(name, params, dtype, n_features, n_scores, fit_intercept):
    """Refuse parameters of another shape, dtype or layout than the matrix needs."""
    check_matrix(name, params)
    shape = n_features + bool(fit_intercept), padded_width(n_scores, dtype)
    if params.shape != shape or params.dtype != dtype:
        raise ValueError(f"{name} must be {dtype} of shape {shape}, it is {told(params)}.")


def check_table(table, params, n_rows, n_scores):
    """Refuse a table of what rows are remembered with that does not fit, or cannot be written."""
    check_params("table", table, params.dtype, n_rows, n_scores, False)
    check_like("table", table, table)
    check_like("params", params, params)


def check_targets(y, weights, n_rows):
    """Refuse labels and weights that do not fit the matrix."""
    check_vector("y", y, np.int32)
    if len(y) != n_rows:
        raise ValueError(f"y has {len(y)} labels, the matrix has {n_rows} rows.")
    if weights is not None:
        check_vector("weights", weights, np.float64)
        if len(weights) != n_rows:
            raise ValueError(f"weights has {len(weights)} entries, the matrix has {n_rows} rows.")


def check_batches(order, batch_size, *rates):
    """Refuse rates without a number for each batch of the rows in `order`."""
    check_vector("order", order, np.intp)
    for vector in rates:
        check_vector("rates", vector, np.float64)
        if batch_size < 1 or len(vector) != -(-len(order) // batch_size):
            raise ValueError(
                f"Rates for {len(vector)} updates do not fit {len(order)} rows in batches of "
                f"{batch_size}: one is needed for each batch."
            )


def check_conditions(scale, center, dtype, n_features, fit_intercept):
    """Refuse a scale and a center that do not fit the features or each other."""
    for name, vector in (("scale", scale), ("center", center)):
        if vector is not None and len(check_vector(name, vector, dtype)) != n_features:
            raise ValueError(f"{name} has {len(vector)} entries, X has {n_features} features.")
    if center is not None and (scale is None or not fit_intercept):
        raise ValueError("center needs a scale and the intercept, which takes up the shift.")


def check_lag(lag, rows, optimizer, l2, l1, scale, average):
    """Refuse what lags behind where nothing may, or of another size."""
    name = optimizer.kernel.name
    eager = name not in LAZY or (name == "adagrad" and l2) or scale is not None
    if eager or average is not None or not isinstance(rows, CsrRows):
        raise ValueError(
            "lag is given, but every update changes every weight with dense rows, a scale, an "
            f"average, or optimizer={optimizer!r} and l2={l2!r}; leave lag out."
        )
    sizes = [len(check_vector("lag", array, np.dtype(float))) for array in lag if array is not None]
    if sizes != [2] + [rows.n_features] * (l1 > 0):
        raise ValueError(f"lag has arrays of {sizes} numbers, which do not fit l1={l1!r}.")


def check_matrix(name, array):
    """Refuse all but C-contiguous matrices of floating-point numbers."""
    if array.ndim != 2 or array.dtype not in C_NAMES or not array.flags.c_contiguous:
        raise ValueError(
            f"{name} must be C-contiguous, 2-D, float32 or float64; it is {told(array)}."
        )


def check_like(name, array, params):
    """Refuse what is not laid out like the parameters, or must not be written to."""
    same = array.shape == params.shape and array.dtype == params.dtype
    if not same or not array.flags.c_contiguous or not array.flags.writeable:
        raise ValueError(
            f"{name} must be C-contiguous, writeable and like params ({told(params)}); "
            f"it is {told(array)}."
        )


def check_vector(name, array, dtype):
    """Return a vector that is contiguous and of this dtype; refuse others."""
    if array.ndim != 1 or array.dtype != dtype or not array.flags.c_contiguous:
        raise ValueError(
            f"{name} must be a contiguous vector of {np.dtype(dtype)}; it is {told(array)}."
        )
    return array


def check_contiguous(name, array, shape, dtype, writes=False):
    """Refuse an array of another shape, dtype or layout, or one that must not be written."""
    fits = array.flags.carray if writes else array.flags.c_contiguous
    if array.shape != shape or array.dtype != dtype or not fits:
        raise ValueError(
            f"{name} must be C-contiguous {np.dtype(dtype)} of shape {shape}; it is {told(array)}."
        )


def plain_steps(rows_data, n_features, batch_size, rates):
    """Return the training of plain SGD without penalty, along residuals; lazy on CSR."""
    plain = OPTIMIZERS["sgd"], (0.0, 0.0, 0.0), 0, None, None
    lag = Lag.start(n_features, 0.0) if isinstance(rows_data, CsrRows) else None
    return batch_size, plain, rates, 0.0, 0.0, None, 0, None, None, lag, False


def told(array):
    """Return how messages describe an array: never by its numbers."""
    return f"{array.dtype} of shape {array.shape}"
