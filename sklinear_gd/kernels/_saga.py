"""The kernels of SAGA: batches with a memory, and what the memory pulls back."""

from collections import namedtuple

import numpy as np

from sklinear_gd.kernels._arguments import (
    call_for,
    check_batches,
    check_contiguous,
    check_like,
    check_params,
    check_table,
    check_targets,
    check_vector,
    loss_numbers,
    plain_steps,
)

# Below, what is divided by the shrinkage would outgrow float32.
LEAST_SCALE = 1e-6


class Course(namedtuple("Course", ["scales", "shifts", "steps"])):
    """The numbers of consecutive updates of ``W = scale U + shift mean``; float64.

    Parameters
    ----------
    scales, shifts : ndarray of shape (n_updates + 1,)
        Before each update, and behind the last.
    steps : ndarray of shape (n_updates,)
        The rate of U.
    """

    __slots__ = ()

    @classmethod
    def of(cls, rates, l2):
        """For these rates of W, at most `longest_run` of them, and this strength of L2."""
        scales = np.append(1.0, np.cumprod(1 - rates * l2))
        steps = rates / scales[1:]
        return cls(scales, -scales * np.append(0.0, np.cumsum(steps)), steps)

    def part(self, first, last):
        """The updates ``first`` to ``last``."""
        behind = slice(first, last + 1)
        return Course(self.scales[behind], self.shifts[behind], self.steps[first:last])


def longest_run(rate, l2):
    """How many updates at this rate a `Course` may have; 0 where L2 shrinks too much in one.

    Parameters
    ----------
    rate : float
        The largest of the rates of W.
    l2 : float
        The strength of the penalty, >= 0.
    """
    shrinkage = rate * l2
    if not shrinkage < 0.5:
        return 0
    with np.errstate(divide="ignore", over="ignore"):
        steps = np.log(LEAST_SCALE) / np.log1p(-np.float64(shrinkage))
    most = np.iinfo(np.intp).max
    return int(steps) if steps < most else most


def saga(
    rows_data,
    y,
    weights,
    order,
    batch_size,
    params,
    mean,
    table,
    drift,
    n_scores,
    fit_intercept,
    loss,
    course,
    intercept_rates,
    settle=True,
):
    """Make a step of SAGA for each of consecutive batches; return the sum of the losses.

    A batch B moves W and b along ``1 / |B| sum_{i in B} x_i (d_i - m_i)ᵀ + mean``, W also along
    ``l2 W``, where ``d_i = w_i dL_i / d scores``; then ``m_i`` becomes ``d_i``.

    Parameters
    ----------
    rows_data, y, weights, order, batch_size, n_scores, fit_intercept, loss
        As for `train`.
    params : ndarray of shape (n_features + fit_intercept, padded_width)
        U, which is W when a course begins, and b below; changed in place.
    mean : ndarray shaped like params
        The mean gradient by what is remembered; it stands still.
    table : ndarray of shape (n_rows, padded_width)
        ``m_i`` of each row; changed in place.
    drift : ndarray of shape (n_rows, n_scores)
        ``X @ mean`` without the intercept's row, C-contiguous.
    course : Course
        Of an update for each batch, or a part of one.
    intercept_rates : ndarray of float64, shape (n_batches,)
        The rates of b.
    settle : bool, default=True
        Whether U becomes W again. The next part of a course goes on with U.

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
    dtype = matrix[0].dtype
    check_params("params", params, dtype, n_features, n_scores, fit_intercept)
    check_table(table, params, n_rows, n_scores)
    check_like("mean", mean, params)
    check_targets(y, weights, n_rows)
    for behind in (course.scales, course.shifts):  # they have one number more
        check_vector("course", behind, np.float64)
    before = course.scales[:-1], course.shifts[:-1]
    check_batches(order, batch_size, course.steps, intercept_rates, *before)
    check_contiguous("drift", drift, (n_rows, n_scores), dtype)
    if not len(order):
        return 0.0
    own, intercept = mean[:n_features], None
    mean_intercept = None
    if fit_intercept:
        mean_intercept, intercept = mean[n_features], params[n_features]
    training = plain_steps(rows_data, n_features, batch_size, course.steps)
    model = params[:n_features], n_scores, False, loss_numbers(loss)
    memory = table, drift, own if settle else None, mean_intercept, intercept
    memory += course.scales, course.shifts, intercept_rates
    return call(*matrix, y, weights, order, *model, training=training, memory=memory)


def pull_back(rows_data, y, index, table, n_scores, fit_intercept, loss, scale, gradient):
    """Add ``scale * sum_i x_i table_iᵀ`` over some rows to `gradient`.

    Parameters
    ----------
    rows_data, y, index, n_scores, fit_intercept, loss, scale, gradient
        As for `loss_gradient`.
    table : ndarray of shape (n_rows, padded_width)
        A row for each row of the matrix.

    Raises
    ------
    ValueError
        As for `loss_gradient`.
    """
    call, matrix, n_rows, n_features = call_for(rows_data)
    dtype = matrix[0].dtype
    check_params("gradient", gradient, dtype, n_features, n_scores, fit_intercept)
    check_like("gradient", gradient, gradient)
    check_params("table", table, dtype, n_rows, n_scores, False)
    check_targets(y, None, n_rows)
    check_vector("index", index, np.intp)
    if len(index):
        model = gradient, n_scores, fit_intercept, loss_numbers(loss)
        memory = table, None, None, None, None, None, None, None
        call(*matrix, y, None, index, *model, gradient=gradient, scale=scale, memory=memory)
