"""SAGA's memory: each row's last derivative by its scores, and the mean gradient of all of them.

The memory, ``table`` of shape (n_rows, n_scores or more), is in the optimizer's state. It begins
with zeros, so that the first epoch is one of plain steps. The mean gradient is made of the table
when an epoch begins, and stands still until the next. In a shuffled pass a mean that follows the
table at once is biased against the rows still to come; one that stands still errs for single
batches, but not over the epoch (Ying, Yuan, Sayed 2018).
"""

import numpy as np

from sklinear_gd import kernels
from sklinear_gd.objective import in_slice, linear_scores


class Memory:
    """What the rows are remembered with, and the steps that it makes.

    Parameters
    ----------
    objective : Objective
    state : dict
        The optimizer's; gets a ``table``, unless an earlier fit left one for as many rows.

    Raises
    ------
    ValueError
        If the arrays are of a library in which rows cannot be set by their numbers.
    """

    def __init__(self, objective, state):
        self.objective, design = objective, objective.design
        table = objective.zeros_of_rows()
        earlier, n_scores = state.get("table"), objective.n_scores
        if earlier is not None and len(earlier) == len(table) and earlier.shape[1] >= n_scores:
            # With rows that have changed, what is remembered is old, but not wrong.
            rows = design.index(objective.rows)
            table[rows, :n_scores] = design.take(earlier, rows)[:, :n_scores]
        else:
            _check_rows_can_be_set(table, design)
        self.table = state["table"] = table
        self.mean = objective.zeros()

    def begin_epoch(self):
        """Make the mean gradient of the table."""
        self.objective.pull_back_table(self.table, self.mean, 1 / len(self.objective.rows))

    def end_epoch(self):
        """Nothing is to be noted."""

    def compiles(self, rates, l2, conditioning):
        """Whether compiled code serves: one scale for all features, and no extreme shrinkage."""
        if conditioning is None:
            return kernels.longest_run(rates.max(), l2) > 0
        largest = rates.max() * float(conditioning.scale[0]) ** 2
        return conditioning.is_uniform and kernels.longest_run(largest, l2) > 0

    def reduced_gradient(self, params, batch, gradient, dropout=None, rate=None):
        """Write SAGA's gradient, remember the batch's derivatives, return the sum of losses.

        Parameters
        ----------
        params : ndarray
        batch : ndarray of intp
        gradient : ndarray like params
        dropout : tuple (rate, key), optional
        rate : float, optional
            Of the step to come.

        Returns
        -------
        total : float or array of no dimension
            The sum of the weighted losses, as of ``Objective.sum_loss``.
        """
        objective, design = self.objective, self.objective.design
        table = self.table[:, : objective.n_scores]
        block = objective.gathered(batch, dropout)
        values, d_scores = objective.derivatives(block, params, batch)
        change = d_scores - design.take(table, batch)
        gradient[...] = self.mean
        objective.pull_back(block, change / batch.shape[0], gradient)
        table[batch] = d_scores
        return design.xp.sum(values, dtype=design.wide)

    def compiled_batches(self, params, order, batch_size, rates, intercept_rates, l2):
        """Steps along consecutive batches in compiled code; returns the sum of the losses.

        In slices short enough for Ctrl-C to get through.
        """
        objective, design = self.objective, self.objective.design
        W = self.mean[: design.shape[1]]
        rows = np.arange(design.shape[0])
        drift = linear_scores(design, W, objective.n_scores, False, rows)
        work = batch_size * objective.row_work
        if not design.sparse_updates:
            work += 10 * params.size  # every update touches every weight
        step, longest = in_slice(work), kernels.longest_run(rates.max(), l2)
        total = 0.0
        for begin in range(0, len(rates), longest):
            end = min(begin + longest, len(rates))
            course = kernels.Course.of(rates[begin:end], l2)
            for first in range(begin, end, step):
                last = min(first + step, end)
                total += kernels.saga(
                    design.kernel_rows,
                    objective.y,
                    objective.weights,
                    order[first * batch_size : last * batch_size],
                    batch_size,
                    params,
                    self.mean,
                    self.table,
                    drift,
                    objective.n_scores,
                    objective.fit_intercept,
                    objective.loss,
                    course.part(first - begin, last - begin),
                    intercept_rates[first:last],
                    settle=last == end,
                )
        return total


def _check_rows_can_be_set(table, design):
    first = design.index(np.zeros(1, dtype=np.intp))
    try:
        table[first] = design.take(table, first)
    except IndexError:
        raise ValueError(
            "optimizer='saga' remembers rows by their numbers, which the arrays of "
            f"{design.xp.__name__} do not allow; use another optimizer, or NumPy's arrays."
        ) from None
