"""SAGA for a hinge with a kink: dual coordinate ascent, steps to the optimum without a rate.

With an L2 penalty of strength a the weights at an optimum are those of the derivatives m_i that the
rows are remembered with, each times the row's weight,

    W = - 1 / (a n) sum_i (x_i - center) m_iᵀ

and here they always are. Then the mean gradient and that of the penalty add up to 0, and SAGA's
step is one along x_i (d_i - m_i) alone. At the rate 1 / (a n) it exchanges m_i for d_i, and d_i is
the derivative at the scores that the step leads to (`Loss.conjugate_prox`), as in Point-SAGA: an
exact maximum of the dual objective over one row's derivatives. No kink is in the way of that, and
no rate is to be found. The intercept has no penalty. It makes SAGA's step, whose gradient is the
mean of the m_i, and the derivative allows for that, too: so it is the method of multipliers for the
constraint that the m_i add up to 0. Under that constraint the center changes nothing; until then it
spares the rows what they share.
"""

import numpy as np

from sklinear_gd import kernels
from sklinear_gd.objective import in_slice, linear_scores
from sklinear_gd.solvers.variance_reduction import Memory

# Rows of zeros bend nothing; their scores count as falling by this share of the others' fall.
LEAST_WIDTH = 1e-9
# Weights to start from become derivatives of the loss smoothed over this part of its margin.
START_WIDTH = 0.1


def serves(plan, objective):
    """Whether SAGA's steps are those of dual coordinate ascent: for plain hinges and L2."""
    rule, loss, penalty = plan.optimizer, objective.loss, objective.penalty
    if not (rule.row_arrays and rule.kernel is not None) or getattr(rule, "momentum", 0):
        return False
    if plan.averages or plan.dropout or plan.max_norm is not None or plan.streaming:
        return False
    if not (penalty.separable and penalty.smooth and objective.alpha * penalty.l2_strength > 0):
        return False
    if objective.design.xp is not np or not objective.design.in_memory:
        return False
    return has_prox(loss, objective.n_scores)


def has_prox(loss, n_scores):
    """Whether a loss knows the derivatives that a step leads to."""
    zeros = np.zeros((1, n_scores))
    first = np.zeros(1, dtype=np.int32)
    return loss.conjugate_prox(zeros, zeros, first, np.ones(1)) is not None


class DualMemory(Memory):
    """What the rows are remembered with, the weights that belong to it, and the steps.

    Parameters
    ----------
    objective : Objective
    state : State
        Where training stands. Weights without a table are turned into one.
    batch_size : int
    """

    def __init__(self, objective, state, batch_size):
        is_new = "table" not in state.optimizer
        super().__init__(objective, state.optimizer)
        if is_new and objective.split(state.params)[0].any():
            smooth = objective.with_loss(objective.loss.smoothed(START_WIDTH * objective.loss.margin))
            smooth.loss_and_residuals(state.params, objective.rows, 1.0, self.table)
        self.batch_size, self.params = batch_size, state.params
        self.n_rows = len(objective.rows)
        self.l2 = objective.alpha * objective.penalty.l2_strength
        self.center, self.square = None, 1.0
        if state.conditioning is not None:
            scale, center = state.conditioning
            self.square = float(scale[0]) ** 2
            self.center = None if center is None else center.astype(np.float64)
        self.rate = 1 / (self.l2 * self.n_rows)
        self.intercept_rate = self.rate / self.square
        self.full_rate = dual_rate(objective, batch_size, self.square)
        self.inner, self.widths = self._of_rows(state.conditioning)
        self.mean_of_table = np.zeros(objective.n_scores)

    def _of_rows(self, conditioning):
        """The product of each row with the center, and by how much a step lowers its scores."""
        objective, design = self.objective, self.objective.design
        rows = np.arange(design.shape[0])
        squares, inner = design.norms(rows)[1].astype(np.float64), None
        if self.center is not None:
            column = np.ascontiguousarray(conditioning.center[:, None])
            inner = linear_scores(design, column, 1, False, rows)[:, 0].astype(np.float64)
            squares = squares - 2 * inner + np.einsum("j,j->", self.center, self.center)
        widths = self.rate * squares + self.intercept_rate * objective.fit_intercept
        widths = np.maximum(widths, LEAST_WIDTH * (widths.max() or 1.0)) * self.batch_size
        return inner, widths if objective.weights is None else widths * objective.weights

    def begin_epoch(self):
        """Make the weights of the table, which keeps them free of what rounding adds up to."""
        objective = self.objective
        objective.pull_back_table(self.table, self.mean, 1 / self.n_rows)
        W, gradient = objective.split(self.params)[0], objective.split(self.mean)[0]
        total = self.table[:, : objective.n_scores].sum(axis=0, dtype=np.float64)
        self.mean_of_table = total / self.n_rows
        if self.center is not None:
            gradient -= self.center[:, None] * self.mean_of_table
        np.divide(gradient, -self.l2, out=W)
        W += 0.0  # no negative zeros

    def compiles(self, rates, l2, conditioning):
        """Whether compiled code serves."""
        return True

    def reduced_gradient(self, params, batch, gradient, rate, dropout=None):
        """Write the direction of the step, exchange what is remembered, return the sum of losses.

        Parameters
        ----------
        params : ndarray
        batch : ndarray of intp
        gradient : ndarray like params
            The penalty has no part in it.
        rate : float
            Of the step; beyond `full_rate` the whole way is gone.
        dropout : None

        Returns
        -------
        total : float
        """
        objective, K = self.objective, self.objective.n_scores
        block = objective.gathered(batch)
        scores = objective.block_scores(block, params)
        y, weights = objective.labels_and_weights(batch)
        values = objective.loss.formula(scores, y)[0]
        before = self.table[batch, :K]
        known = before if weights is None else before / weights[:, None]
        found = objective.loss.conjugate_prox(known, scores, y, self.widths[batch])
        if weights is not None:
            values, found = values * weights, found * weights[:, None]
        share = min(1.0, rate / self.full_rate)
        of_step = min(1.0, self.full_rate / rate) / self.batch_size if rate else 0.0
        change = found - before
        gradient[...] = 0
        objective.pull_back(block, of_step * change, gradient)
        if objective.fit_intercept:
            objective.split(gradient)[1][...] += of_step * len(batch) * self.mean_of_table
        self.mean_of_table += share * change.sum(axis=0, dtype=np.float64) / self.n_rows
        self.table[batch, :K] = found if share == 1 else before + share * change
        return np.sum(values, dtype=np.float64)

    def compiled_batches(self, params, order, batch_size, rates, intercept_rates, l2):
        """The same along consecutive batches in compiled code; returns the sum of the losses.

        In slices short enough for Ctrl-C to get through.
        """
        objective, design = self.objective, self.objective.design
        b = objective.split(params)[1]
        vectors = np.zeros((3, objective.n_scores))
        vectors[0], vectors[1] = 0.0 if b is None else b, self.mean_of_table
        shares = np.minimum(1.0, intercept_rates / self.full_rate)
        work = batch_size * objective.row_work
        if not design.sparse_updates:
            work += 10 * params.size  # every update touches every weight
        step, total = in_slice(work), 0.0
        for first in range(0, len(shares), step):
            last = min(first + step, len(shares))
            total += kernels.dual_ascent(
                design.kernel_rows,
                objective.y,
                objective.weights,
                order[first * batch_size : last * batch_size],
                batch_size,
                params,
                self.table,
                self.widths,
                self.inner,
                self.center,
                vectors,
                objective.n_scores,
                objective.fit_intercept,
                objective.loss,
                shares[first:last],
                self.rate,
                self.intercept_rate,
                self.n_rows,
                settle=last == len(shares),
            )
        if b is not None:
            b[...] = vectors[0]
        return total


def dual_rate(objective, batch_size, square):
    """The rate at which a step exchanges what its rows are remembered with.

    Parameters
    ----------
    objective : Objective
    batch_size : int
    square : float
        Of the scale of all features.
    """
    l2 = objective.alpha * objective.penalty.l2_strength
    return batch_size / (l2 * square * len(objective.rows))
