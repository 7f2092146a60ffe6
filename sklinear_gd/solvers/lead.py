"""A lead before mini-batches: accelerated steps along the gradients of all rows, while they pay.

It is for losses with kinks: a smooth one of which nothing was chosen is left to L-BFGS. Where
classes overlap and features are not too much alike, the more so along axes in which they are
uncorrelated, the accelerated rule is at the optimum after a few passes; the noise of mini-batches
takes a hundred to die out. Of data that a linear model separates, or nearly, the sum of many rows
bends less and less on the way: passes are slow there, and mini-batches win. The passes themselves
tell which it is: where they lead to the end, what they gain falls soon and fast.
"""

from dataclasses import replace

from sklinear_gd.conditioning import is_spread_out
from sklinear_gd.optimizers import AcceleratedGradient
from sklinear_gd.schedules import Constant
from sklinear_gd.solvers.steps import Steps

# A lead goes on while SPAN passes from pass FIRST on have gained no more than this share of the
# objective, and a tenth of that for every TENTH passes more. Before, its momentum has still to
# grow, and no gain does not mean the end.
FIRST, SPAN, GAIN, TENTH = 10, 5, 0.3, 10
# It needs so many rows that their sum looks smooth.
LEAST_ROWS = 1_000
# Passes without gain that tell the end: they have no noise but that of kinks.
PATIENCE = 5
# An end so much above the best pass is none: kinks throw the passes to and fro.
SETTLED = 1.005
# How a lead that is not worth going on with ends.
SLOW = "slow"


def with_lead(plan, objective):
    """The plan of a lead, with the given one to follow it; or the given one where none would pay.

    Parameters
    ----------
    plan : Plan
        It ``may_lead`` where optimizer, batches and schedule are the library's choice.
    objective : Objective
        In the variables of the fit.
    """
    penalty, n_rows = objective.penalty, len(objective.rows)
    if not (plan.may_lead and plan.precondition and objective.design.in_memory):
        return plan
    bounded = objective.loss.kernel is not None and penalty.smooth and penalty.separable
    enough = n_rows >= LEAST_ROWS
    if objective.is_wide or not (bounded and enough and _has_even_curvature(objective)):
        return plan
    return replace(
        plan,
        optimizer=AcceleratedGradient(),
        schedule=Constant(),
        batch_size=n_rows,
        n_iter_no_change=plan.patience(PATIENCE),
        then=plan,
    )


def follow(plan, state, monitor, result):
    """The plan of what goes on from a lead's result, or None where the fit has ended.

    But for the parameters, those of the result, ``state`` begins anew; from the best pass on where
    the last ones came to no rest above it. The rate that follows is lowered while epochs end far
    above the lead.
    """
    unsettled = result.reason == "tol" and result.objective > SETTLED * monitor.best_value
    if plan.then is None or not (unsettled or result.reason in (SLOW, "diverged")):
        return None
    if unsettled:
        state.params[...] = monitor.best_params
    state.optimizer, state.schedule, state.learning_rate = {}, {}, None
    monitor.begin_anew()
    return replace(plan.then, led=monitor.epochs)


def _has_even_curvature(objective):
    """Whether it may be about the same along all axes: turned, or spread out as it is.

    Not where features were turned to a few axes alone.
    """
    basis = objective.basis
    return is_spread_out(objective) if basis is None else basis.reflectors is None


class LeadSteps(Steps):
    """The steps of a lead, which ends where their gains do not fall as they must."""

    def __init__(self, objective, plan, state):
        super().__init__(objective, plan, state)
        self.values = []

    def reason_to_stop(self, value, stall):
        """Whether to leave the rest to mini-batches; see `Steps.reason_to_stop`."""
        self.values.append(value)
        passes = len(self.values)
        if passes < FIRST:
            return None
        most = GAIN * 0.1 ** ((passes - FIRST) / TENTH)
        return SLOW if self.values[-1 - SPAN] - value > most * abs(value) else None
