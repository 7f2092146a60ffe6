"""SAGA's memory: each row's last derivative by its scores, and the mean gradient of all of them.

The memory, ``table`` of shape (n_rows, n_scores or more), is in the optimizer's state. It begins
with zeros, so that the first epoch is one of plain steps. The mean gradient is made of the table
when an epoch begins, and stands still until the next. In a shuffled pass a mean that follows the
table at once is biased against the rows still to come; one that stands still errs for single
batches, but not over the epoch (Ying, Yuan, Sayed 2018).

An epoch is then a step of a method that converges linearly with next to no noise, and Nesterov's
momentum serves it as any other: the next one begins beyond where it has ended.

What the rows are remembered with is a point of the dual problem, too, which tells how much is
missing to the optimum (see :mod:`sklinear_gd.optimality.duality`).
"""

import numpy as np

from sklinear_gd import kernels
from sklinear_gd._namespaces import copy_of, to_host
from sklinear_gd.designs.base import slices
from sklinear_gd.objective import linear_scores
from sklinear_gd.solvers.remembering import is_plain
from sklinear_gd.solvers.steps import Steps
from sklinear_gd.solvers.update import into_domain


class Memory(Steps):
    """What the rows are remembered with, and the steps that it makes.

    Parameters
    ----------
    objective : Objective
    plan : Plan
    state : State
        The optimizer's gets a ``table``, unless an earlier fit left one for as many rows.

    Raises
    ------
    ValueError
        If the arrays are of a library in which rows cannot be set by their numbers.
    """

    writes_gradients = True  # the rates of an epoch may be too large for compiled code

    def __init__(self, objective, plan, state):
        super().__init__(objective, plan, state)
        own = is_plain(plan.optimizer) and not (self.l1 or plan.averages)
        self.has_kernel = self.has_kernel and own
        design, table = objective.design, objective.zeros_of_rows()
        self.kept = state.optimizer
        earlier, n_scores = self.kept.get("table"), objective.n_scores
        self.is_blank = earlier is None or len(earlier) != len(table) or earlier.shape[1] < n_scores
        if not self.is_blank:
            # With rows that have changed, what is remembered is old, but not wrong.
            rows = design.index(objective.rows)
            table[rows, :n_scores] = design.take(earlier, rows)[:, :n_scores]
        else:
            _check_rows_can_be_set(table, design)
        self.table = self.kept["table"] = table
        self.mean, self.has_mean, self.is_current = objective.zeros(), False, False
        self.kept.setdefault("run", 0)

    def begin_epoch(self):
        """Make the mean gradient of the table, which is nothing while the table is."""
        if self.plan.optimizer.epoch_momentum and not self.is_blank:
            self._extrapolate()
        self.has_mean, self.is_blank = not self.is_blank, False
        if self.has_mean:
            self._make_mean()
        self.is_current = False

    def _make_mean(self):
        """The mean gradient of the table, unless it is there already."""
        if not self.is_current:
            self.objective.pull_back_table(self.table, self.mean, 1 / len(self.objective.rows))
            self.is_current = True

    def _extrapolate(self):
        """Nesterov's momentum from epoch to epoch, in slices that stay in the cache."""
        params, before = self.state.params, self.kept.get("before")
        if before is None:
            self.kept["before"] = copy_of(params)
            return
        share = momentum_after(self.kept["run"])
        for part in slices(*params.shape):
            now = copy_of(params[part, ...])
            params[part, ...] += share * (now - before[part, ...])
            before[part, ...] = now
        into_domain(self.objective, self.plan.max_norm, params)

    def observe(self, value):
        """Begin the momentum anew where the objective has risen; see `Steps.observe`."""
        rises = value > self.kept.get("value", np.inf)
        self.kept["run"] = 1 if rises else self.kept["run"] + self.has_mean
        self.kept["value"] = value

    def reason_to_stop(self, value, stall):
        """Whether to stop after an epoch with this objective; see `Steps.reason_to_stop`.

        By `tol` where no more than that is missing to the optimum. Of a loss with kinks it is not
        worth a look: derivatives that jump leave the dual objective far off.
        """
        if stall.tol is None or not self.objective.loss.smooth:
            return None
        missing = value - self.dual_value()
        return "tol" if missing <= stall.share(value) else None

    def dual_value(self):
        """A bound below the optimum, if no intercept is more than a margin off where it is; or NaN.

        What the Lagrangian has beside the dual objective is the intercept times the table's mean.
        """
        self._make_mean()
        objective, plan = self.objective, self.plan
        gradient, unbalanced = objective.split(self.mean)
        radius = np.inf if plan.max_norm is None else plan.max_norm
        V = np.negative(to_host(gradient), dtype=np.float64)
        value = -self._mean_conjugate() - objective.penalty.conjugate(V, objective.alpha, radius)
        if unbalanced is None:
            return value
        b, unbalanced = to_host(objective.split(self.state.params)[1]), to_host(unbalanced)
        margin = getattr(objective.loss, "margin", 1.0)
        return value + float(b @ unbalanced - margin * np.abs(unbalanced).sum())

    def _mean_conjugate(self):
        """The weighted mean of the conjugates of all rows."""
        rows = self.objective.rows
        parts = slices(len(rows), self.objective.n_scores)
        return sum(self._sum_of_conjugates(rows[part]) for part in parts) / len(rows)

    def _sum_of_conjugates(self, rows):
        """The sum of the weighted conjugates of some rows, less the rounding of the table."""
        objective, loss, design = self.objective, self.objective.loss, self.objective.design
        table, xp = self.table[:, : objective.n_scores], design.xp
        known = xp.asarray(design.take(table, design.index(rows)), dtype=design.wide)
        y, weights = objective.labels_and_weights(rows)
        if weights is not None:
            known = known / weights[:, None]
        inside = loss.feasible(known, y, xp)
        values = loss.conjugate(known if inside is None else inside, y, xp)
        return float(xp.sum(values if weights is None else values * weights))

    def compiles(self, rates):
        """Whether compiled code serves: one scale for all features, and no extreme shrinkage."""
        conditioning = self.state.conditioning
        if not self.has_kernel or not (conditioning is None or conditioning.is_uniform):
            return False
        return kernels.longest_run(rates.max() * self._square(), self.l2) > 0

    def _square(self):
        """Of the features' scale: the rate of W for a rate of 1."""
        return 1.0 if self.state.conditioning is None else self.state.conditioning.square

    def gradient(self, batch, size, gradient, rate, dropout=None):
        """Write SAGA's gradient and remember the batch's derivatives; see `Steps.gradient`."""
        objective, design, params = self.objective, self.objective.design, self.state.params
        table = self.table[:, : objective.n_scores]
        block = objective.gathered(batch, dropout)
        values, d_scores = objective.derivatives(block, params, batch)
        change = d_scores - design.take(table, batch)
        gradient[...] = self.mean
        self.is_blank = False
        objective.pull_back(block, change / size, gradient)
        objective.add_penalty_gradient(params, gradient)
        table[batch] = d_scores
        return design.xp.sum(values, dtype=design.wide)

    def compiled_batches(self, order, rates):
        """The same along consecutive batches; see `Steps.compiled_batches`.

        In the user's own variables, where a step of W is longer by the square of the scale.
        """
        objective, design = self.objective, self.objective.design
        size, of_W, total = self.batch_size, rates * self._square(), 0.0
        drift = self._scores_of_mean()
        step, longest = self._in_slice(), kernels.longest_run(of_W.max(), self.l2)
        for begin in range(0, len(rates), longest):
            end = min(begin + longest, len(rates))
            course = kernels.Course.of(of_W[begin:end], self.l2)
            for first in range(begin, end, step):
                last = min(first + step, end)
                total += kernels.saga(
                    design.kernel_rows,
                    objective.y,
                    objective.weights,
                    order[first * size : last * size],
                    size,
                    self.state.params,
                    self.mean,
                    self.table,
                    drift,
                    objective.n_scores,
                    objective.fit_intercept,
                    objective.loss,
                    course.part(first - begin, last - begin),
                    rates[first:last],
                    settle=last == end,
                )
        self._count(len(rates))
        return total

    def _scores_of_mean(self):
        """What the mean gradient, taken for weights, gives each row."""
        objective, design = self.objective, self.objective.design
        rows, W = np.arange(design.shape[0]), self.mean[: design.shape[1]]
        if not self.has_mean:
            return np.zeros((len(rows), objective.n_scores), dtype=design.dtype)
        return linear_scores(design, W, objective.n_scores, False, rows)

    def _in_slice(self):
        """Batches between two returns to Python; those of sparse rows touch their weights alone."""
        return self._batches_in_slice(is_lazy=self.objective.design.sparse_updates)

    def _count(self, n_updates):
        """Count updates that compiled code has made without the optimizer."""
        self.state.updates += n_updates
        self.kept["t"] += n_updates


def momentum_after(run):
    """The share of the last epoch's move that the next one begins with, after so many epochs."""
    return run / (run + 3)


def _check_rows_can_be_set(table, design):
    first = design.index(np.zeros(1, dtype=np.intp))
    try:
        table[first] = design.take(table, first)
    except IndexError:
        raise ValueError(
            "optimizer='saga' remembers rows by their numbers, which the arrays of "
            f"{design.xp.__name__} do not allow; use another optimizer, or NumPy's arrays."
        ) from None
