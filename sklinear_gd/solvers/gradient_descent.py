"""Gradient descent as a solver: what it refuses, what it derives, and the start of the loop."""

from dataclasses import replace

import numpy as np

from sklinear_gd._namespaces import copy_of
from sklinear_gd.conditioning import balanced, centred, diagonal
from sklinear_gd.solvers.automatic import (
    automatic_batch_size,
    is_left_to_lbfgs,
    rows_of_batch,
    with_optimizer,
    with_patience_of_lbfgs,
)
from sklinear_gd.solvers.base import Solver
from sklinear_gd.solvers.descent import Descent
from sklinear_gd.solvers.dual_ascent import dual_rate
from sklinear_gd.solvers.lbfgs import LBFGS
from sklinear_gd.solvers.lead import FIRST, with_lead
from sklinear_gd.solvers.line_search import refuse, refuse_batches
from sklinear_gd.solvers.remembering import takes_dual_steps, takes_single_rows
from sklinear_gd.solvers.step_size import automatic_rate

# Rows that are remembered need no company: each tells apart what it changes. But an update has
# costs of its own, which short rows share: up to so many, of about so many non-zeros.
COMPANY, NON_ZEROS = 4, 64

# A `tol` below which the rounding of float32 counts.
FINE = 1e-5

# A share of the objective at W = 0, below which it is no measure of what epochs bring: on data that
# a linear model separates it falls to nearly nothing.
NEARLY_NOTHING = 0.01


class GradientDescent(Solver):
    """Mini-batch (or full-batch) gradient descent with any optimizer and schedule.

    An epoch is a pass over the rows in batches B of ``batch_size``, in an order drawn anew. Every
    batch makes one update, number t::

        G = 1/|B| sum_{i in B} w_i dL_i/d(W, b) + alpha dR_smooth(W)
        (W, b) <- step of the optimizer along G with rate = learning_rate * schedule(t)
        W <- prox of alpha R_nonsmooth in the optimizer's metric
        W <- projection on the ball of ``max_norm``
        (W, b) <- where the optimizer extrapolates to, if it does

    It has no settings of its own; those of the estimator are meant for it. Where none of them is
    chosen, a smooth objective is left to L-BFGS.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklinear_gd import SoftmaxGDClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> SoftmaxGDClassifier(solver="gd", random_state=0).fit(X, y).score(X, y) > 0.9
    True
    """

    def check(self, plan, loss, penalty):
        """Refuse a line search where there is nothing to compare, and a memory without rows.

        Raises
        ------
        ValueError
        """
        if plan.schedule.searches:
            refuse(plan)
        if plan.streaming and plan.optimizer.row_arrays:
            raise ValueError(
                f"optimizer={plan.optimizer!r} remembers each row and needs all the data at once; "
                "use fit, or another optimizer for partial_fit, e.g. 'sgd'."
            )

    def decide(self, plan, objective, earlier=None):
        """An optimizer for "auto", or L-BFGS in place of all; see `Solver.decide`."""
        if not is_left_to_lbfgs(plan, objective, earlier):
            return self, with_optimizer(plan, objective, earlier)
        return LBFGS(), with_patience_of_lbfgs(plan, objective)

    def lead(self, plan, objective):
        """Passes along the gradients of all rows, before mini-batches."""
        return with_lead(plan, objective)

    def takes_all(self, plan, objective):
        """Whether a batch is all the rows."""
        return rows_of_batch(plan, objective) >= len(objective.rows) and not plan.dropout

    def may_condition(self, plan):
        """Not where a rate is given: it is one in the user's own variables."""
        return plan.learning_rate is None and plan.optimizer.conditioned

    def hides_rounding(self, plan, objective):
        """Where steps are those of mini-batches, and ``tol`` is not finer than their noise.

        Axes that the user asks for are in the user's dtype.
        """
        noisy = not (self.takes_all(plan, objective) or plan.optimizer.row_arrays)
        is_fine = plan.tol is not None and plan.tol < FINE
        return noisy and not is_fine and plan.precondition == "auto"

    def takes_dual_steps(self, plan, objective):
        """Whether the steps are those of dual coordinate ascent."""
        return takes_dual_steps(plan, objective)

    def takes_single_rows(self, plan, objective):
        """Whether compiled steps remember rows; not where a batch is all of them."""
        return takes_single_rows(plan, objective) and not self.takes_all(plan, objective)

    def minimize(self, objective, plan, state, monitor):
        """Run epochs until the monitor or ``max_iter`` ends them; ``state`` moves along."""
        if not plan.precondition:
            state.conditioning = None
        elif state.conditioning is None:
            metric = {"balanced": balanced, "dual": centred}.get(plan.precondition, diagonal)
            state.conditioning = metric(objective)
        given = plan.learning_rate is not None
        plan = _with_numbers(objective, plan, state)
        if plan.schedule.searches:
            refuse_batches(plan, len(objective.rows))
        _refuse_local_passes(objective, plan)
        objective.check_memory(_arrays(objective, plan, monitor))
        lost = plan.optimizer.averages and state.average is None
        if lost or not state.optimizer:
            state.optimizer = plan.optimizer.init(state.params)
        if not state.schedule:
            state.schedule = plan.schedule.init()
        if not plan.keeps_model:
            state.average = None
        elif state.average is None:
            state.average, state.averaged = copy_of(state.params), 0
        monitor.keeps_copies = not objective.is_wide
        if not monitor.validate:
            monitor.stall.least = NEARLY_NOTHING * objective.zero_value()
        monitor.stall.earliest = 0 if plan.then is None else FIRST
        run = Descent(objective, plan, state, given)
        # Overflow on the way is seen by the monitor, which says more than a RuntimeWarning.
        with np.errstate(over="ignore", invalid="ignore"):
            reason = run.epochs(monitor)
            return run.result(monitor, reason)


def _refuse_local_passes(objective, plan):
    """Refuse rules whose states cannot be averaged over passes in blocks of rows.

    A momentum that the gradients restart would be another one in every block, and the rows'
    derivatives would have to stay with the workers, where they could be lost.
    """
    local = not objective.design.in_memory and plan.batch_size < len(objective.rows)
    rule = plan.optimizer
    if local and (rule.row_arrays or (rule.extrapolates and not rule.averages)):
        raise ValueError(
            f"optimizer={rule!r} cannot make local passes over blocks of rows, whose results are "
            "averaged; set batch_size='full', or use another optimizer, e.g. 'adam'."
        )


def _arrays(objective, plan, monitor):
    """How many arrays like the parameters the training holds, at least.

    The parameters, what the optimizer keeps of them, the average, and the best epoch's; a gradient
    is not among them, since compiled epochs need none.
    """
    own = sum(np.ndim(value) > 0 for value in plan.optimizer.init(np.zeros((1, 1))).values())
    kept = 2 if not objective.is_wide else int(monitor.validate is not None)
    # Dual ascent has its momentum in the rows' memory.
    own += plan.optimizer.epoch_momentum and plan.precondition != "dual"
    return 1 + own + plan.keeps_model + kept


def _with_numbers(objective, plan, state):
    """The plan with numbers for what is automatic; the rate is kept for later fits."""
    n_rows, longest = len(objective.rows), objective.design.longest_pass(objective)
    size = rows_of_batch(plan, objective)
    if plan.batch_size == "auto":
        if plan.precondition == "balanced":
            size = int(np.clip(NON_ZEROS / (objective.design.mean_non_zeros + 1), 1, COMPANY))
        elif plan.precondition == "dual":
            size = 1
        if size < n_rows and not objective.design.in_memory:
            size = automatic_batch_size(longest, objective.loss.smooth)
    plan = replace(plan, batch_size=n_rows if size >= n_rows else min(size, longest))
    if plan.learning_rate is not None:
        return plan
    if plan.precondition == "dual":  # as the strength of the penalty may have changed
        square = state.conditioning.square
        state.learning_rate = dual_rate(objective, plan.batch_size, square)
    elif state.learning_rate is None:
        state.learning_rate = automatic_rate(
            objective, plan.optimizer, plan.batch_size, state.conditioning, plan.lowers_soon
        )
    return replace(plan, learning_rate=state.learning_rate)
