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
spares the rows what they share. The model is not W itself, but the best of segments between the
weights of the epochs (:mod:`sklinear_gd.solvers.segments`).
"""

import numpy as np

from sklinear_gd import kernels
from sklinear_gd.designs.base import slices
from sklinear_gd.objective import linear_scores
from sklinear_gd.solvers.monitor import Stall
from sklinear_gd.solvers.segments import BestOfSegments
from sklinear_gd.solvers.variance_reduction import Memory, momentum_after

# Rows of zeros bend nothing; their scores count as falling by this share of the others' fall.
LEAST_WIDTH = 1e-9
# Weights to start from become derivatives of the loss smoothed over this part of its margin.
START_WIDTH = 0.1
# `tol` is relative to F, or to this share of F at zero weights where that is more.
SMALL = 0.05
# A dual objective that stalls is the end, but no convergence where more than this share is missing.
MISSING = 0.1
# The bound lags behind the objective. Where that is more than a little it may say that so much more
# is missing: at the defaults one percent, which is certain.
LOOSE = 5.0


class DualMemory(Memory):
    """What the rows are remembered with, the weights that belong to it, and the steps.

    Parameters
    ----------
    objective : Objective
    plan : Plan
    state : State
        Where training stands. Weights without a table are turned into one. Its ``average`` is the
        best model so far.
    """

    # The dual objective is what ascends, and what tells the end.
    lowers_objective = False

    def __init__(self, objective, plan, state):
        is_new = "table" not in state.optimizer
        super().__init__(objective, plan, state)
        if is_new and objective.split(state.params)[0].any():
            smooth = objective.with_loss(
                objective.loss.smoothed(START_WIDTH * objective.loss.margin)
            )
            smooth.loss_and_residuals(state.params, objective.rows, 1.0, self.table)
        self.params = state.params
        self.n_rows = len(objective.rows)
        center = None if state.conditioning is None else state.conditioning.center
        self.center = None if center is None else center.astype(np.float64)
        self.rate = 1 / (self.l2 * self.n_rows)
        self.intercept_rate = self.rate / self._square()
        self.full_rate = dual_rate(objective, self.batch_size, self._square())
        self.inner, self.widths = self._of_rows(state.conditioning)
        self.mean_of_table = np.zeros(objective.n_scores)
        self.least, self.stall = SMALL * objective.zero_value(), None
        self.best = BestOfSegments(objective, state.average, self.kept.get("scores"))
        self.kept["scores"] = self.best.scores

    def _of_rows(self, conditioning):
        """The product of each row with the center, and by how much a step lowers its scores."""
        objective, design = self.objective, self.objective.design
        rows, inner = np.arange(design.shape[0]), None
        parts = slices(len(rows), design.mean_non_zeros)
        squares = np.concatenate([design.norms(rows[part])[1] for part in parts])
        squares = squares.astype(np.float64)
        if self.center is not None:
            column = np.ascontiguousarray(conditioning.center[:, None])
            inner = linear_scores(design, column, 1, False, rows)[:, 0].astype(np.float64)
            squares = squares - 2 * inner + np.einsum("j,j->", self.center, self.center)
        with np.errstate(over="ignore"):
            widths = self.rate * squares + self.intercept_rate * objective.fit_intercept
        if not np.isfinite(widths).all():
            raise ValueError(
                f"alpha={objective.alpha:g} is too small for X: the squares of row "
                f"{np.argmin(np.isfinite(widths))}, divided by it, overflow. Scale X "
                "(StandardScaler) or raise alpha."
            )
        widths = np.maximum(widths, LEAST_WIDTH * (widths.max() or 1.0)) * self.batch_size
        return inner, widths if objective.weights is None else widths * objective.weights

    def begin_epoch(self):
        """Extrapolate the table, and make the weights of it.

        They follow the table to rounding, which does not add up over epochs so.
        """
        objective, self.shift = self.objective, self._shift()
        self._extrapolate()
        objective.pull_back_table(self.table, self.mean, 1 / self.n_rows)
        (W, b), gradient = objective.split(self.params), objective.split(self.mean)[0]
        total = self.table[:, : objective.n_scores].sum(axis=0, dtype=np.float64)
        self.mean_of_table = total / self.n_rows
        if self.center is not None:
            gradient -= np.multiply.outer(self.center, self.mean_of_table).astype(W.dtype)
        np.divide(gradient, -self.l2, out=W)
        W += 0.0  # no negative zeros
        if b is not None:
            b[...] = self.shift - (
                0 if self.center is None else np.einsum("j,jk->k", self.center, W)
            )

    def _extrapolate(self):
        """Nesterov's momentum from epoch to epoch, begun anew where the dual objective has fallen.

        What leaves the domain of the conjugate is taken back into it. ``table_before`` has the
        intercept of the centred rows below the table.
        """
        objective, K = self.objective, self.objective.n_scores
        if not self.plan.optimizer.epoch_momentum:
            return
        before, table = self.kept.get("table_before"), self.table[:, :K]
        now = np.vstack([table, self._shift()[None, :]])
        self.kept["table_before"] = now
        if before is None or before.shape != now.shape or not self.kept["run"]:
            return
        share = momentum_after(self.kept["run"])
        for part in slices(len(table), K):
            moved, weights = now[part] + share * (now[part] - before[part]), 1.0
            if objective.weights is not None:
                weights = objective.weights[part, None]
                weights = np.where(weights > 0, weights, 1.0)
            moved = moved[: len(table[part])]
            table[part] = objective.loss.feasible(moved / weights, objective.y[part]) * weights
        self.shift = now[-1] + share * (now[-1] - before[-1])

    def _shift(self):
        """The intercept of the centred rows; zeros without one."""
        W, b = self.objective.split(self.params)
        if b is None:
            return np.zeros(self.objective.n_scores)
        return b if self.center is None else b + np.einsum("j,jk->k", self.center, W)

    def end_epoch(self):
        """Note the dual objective, whose rise the momentum goes on with, and the best model."""
        self.value = self.best.value if self.best.move(self.params) else np.nan
        value, kept = self.dual_value(), self.kept
        kept["run"] = kept["run"] + 1 if value >= kept.get("dual_value", -np.inf) else 1
        kept["dual_value"] = value

    def observe(self, value):
        """Nothing: F may rise on the way, and the dual objective says when to begin anew."""

    def dual_value(self):
        """The dual objective, which is below F where the table adds up to 0; else about there.

        With the intercept c of the centred rows, and d the table's mean, what the Lagrangian has
        beside it is <c, d>.
        """
        W = self.objective.split(self.params)[0]
        value = -self._mean_conjugate() - self.l2 / 2 * float(np.einsum("jk,jk->", W, W))
        return float(value + self._shift() @ self.mean_of_table)

    def reason_to_stop(self, value, stall):
        """Whether to stop after an epoch with this objective; see `Steps.reason_to_stop`.

        By `tol` where no more is missing to the optimum than ``n_iter_no_change`` epochs of `tol`
        each, relative to `LOOSE` times the objective or to what is little; or where the dual
        objective has risen by less than `tol` in as many epochs; but that is no convergence if much
        is missing then: rounding, or steps too short for X and alpha. What is missing is known but
        for the mean of the table, which counts as if an intercept could move by a margin along it.
        """
        if stall.tol is None:
            return None
        margin = getattr(self.objective.loss, "margin", 1.0)
        unbalanced = margin * float(np.abs(self.mean_of_table).sum())
        missing = value - self.kept["dual_value"] + unbalanced
        size = max(value, self.least)
        if self.stall is None:
            self.stall = Stall(stall.tol, stall.patience)
        if missing <= stall.tol * stall.patience * max(LOOSE * value, self.least):
            return "tol"
        if not self.stall.observe(-self.kept["dual_value"]):
            return None
        return "tol" if missing <= MISSING * size else "line_search"

    def safe_rate(self):
        """The rate from which on steps go the whole way; none is too large."""
        return self.full_rate

    def compiles(self, rates):
        """Whether compiled code serves: at any rate."""
        return self.has_kernel

    def gradient(self, batch, size, gradient, rate, dropout=None):
        """Write the direction of the step and exchange what is remembered; see `Steps.gradient`.

        The mean gradient and the penalty's add up to 0, so that neither is in it. A rate of
        `full_rate` or more goes the whole way.
        """
        objective, K = self.objective, self.objective.n_scores
        block = objective.gathered(batch)
        scores = objective.block_scores(block, self.params)
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
            drift = of_step * size * self.mean_of_table
            of_W, of_b = objective.split(gradient)
            of_b += drift.astype(of_b.dtype)
            if self.center is not None:  # no drift of the centred rows' weights
                of_W += np.multiply.outer(self.center, drift).astype(of_W.dtype)
        self.mean_of_table += share * change.sum(axis=0, dtype=np.float64) / self.n_rows
        self.table[batch, :K] = found if share == 1 else before + share * change
        return np.sum(values, dtype=np.float64)

    def compiled_batches(self, order, rates):
        """The same along consecutive batches; see `Steps.compiled_batches`."""
        objective, design, size = self.objective, self.objective.design, self.batch_size
        b = objective.split(self.params)[1]
        vectors = np.zeros((3, objective.n_scores))
        vectors[0], vectors[1] = 0.0 if b is None else b, self.mean_of_table
        shares = np.minimum(1.0, rates / self.full_rate)
        step, total = self._in_slice(), 0.0
        for first in range(0, len(shares), step):
            last = min(first + step, len(shares))
            total += kernels.dual_ascent(
                design.kernel_rows,
                objective.y,
                objective.weights,
                order[first * size : last * size],
                size,
                self.params,
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
            b[...], self.mean_of_table = vectors[0], vectors[1]
        self._count(len(rates))
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
    return batch_size / (objective.l2 * square * len(objective.rows))
