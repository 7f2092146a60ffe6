"""What is automatic beside the rate: ``optimizer="auto"`` and ``batch_size="auto"``.

And whether a fit of which nothing is chosen is gradient descent at all.
"""

from dataclasses import replace

import numpy as np

from sklinear_gd.conditioning import share_of_a_row, share_units
from sklinear_gd.optimizers import SAGA, SGD, AcceleratedGradient, Adam
from sklinear_gd.schedules import Adaptive, Constant
from sklinear_gd.solvers.remembering import is_worth_while
from sklinear_gd.solvers.step_size import SAMPLE

# batch_size="auto": up to so many rows, batches of this size. Tiny data are taken whole, but of a
# loss with kinks, whose subgradients lead nowhere near the optimum, only the tiniest; few rows need
# small batches for enough updates in an epoch; many rows pass faster in larger ones.
WHOLE, WHOLE_WITH_KINKS = 256, 50
BATCHES = {256: 8, 1_000: 32, 10_000: 64}
BATCH_OF_MANY = 128
# Steps along rows that are remembered serve sparse rows with one non-zero in more than so many
# features.
SHARE = 8
# Dual steps go to and fro where a row's squared length is more than so many alpha n, unless rows
# are fewer than so many a feature, which leave the weights their freedom. Steps along subgradients
# that are remembered serve sooner, but need many rows.
LONG_ROWS, ROWS_A_FEATURE = 10.0, 4
LONG_ROWS_OF_MANY, MANY_ROWS_A_FEATURE, MANY_ROWS = 1.0, 10, 10_000
# SAGA of a smooth loss converges at a constant rate: so few epochs without gain tell its end. The
# noise of subgradients dies out but for rows at a kink, and a rate that falls soon does the rest.
PATIENCE_OF_SAGA = 3
BRISK_OF_SAGA = Adaptive(divisor=3.0, patience=1, tol=1e-3)
# Iterations of L-BFGS have no noise.
PATIENCE_OF_LBFGS = 2
# Shares of a single row in the spread of all; a hinge needs rows enough to look smooth.
MUCH, MOST, LEAST_ROWS = 0.25, 0.9, 1_000
# Passes over all rows need room: for their number, or for what may come behind them.
LEAST_EPOCHS = 100
# The adaptive schedule for single rows of plain SGD.
BRISK = Adaptive(divisor=4.0, patience=3, tol=2e-3)
# What "auto" may have chosen; a fit goes on from any other with Adam.
OPTIMIZERS = {rule.__name__: rule for rule in (AcceleratedGradient, Adam, SAGA, SGD)}
# What the packed state of a solver without an optimizer names.
WITHOUT = type(None).__name__


def is_left_to_lbfgs(plan, objective, earlier=None):
    """Whether L-BFGS takes the place of gradient descent, of which nothing was chosen.

    Of a smooth objective in conditioned variables it needs fewer passes over the rows than
    mini-batches at an automatic rate, be the classes separable or not. Only where sparse rows are
    fewer than their features its vectors would be the most of the work and of the memory. A hinge
    with kinks it takes where a single row dominates: a rate that it bears is none for the others.
    """
    loss, penalty, design = objective.loss, objective.penalty, objective.design
    suits = (loss.smooth or loss.kernel is not None) and penalty.smooth and penalty.separable
    before = _name_before(earlier)
    goes_on = before == WITHOUT or (before is None and plan.max_iter >= LEAST_EPOCHS)
    if plan.optimizer is not None or plan.precondition is False or not (suits and goes_on):
        return False
    if not (_is_free(plan) and design.in_memory):
        return False
    if not loss.smooth:
        return len(objective.rows) >= LEAST_ROWS and share_of_a_row(objective) > MUCH
    return design.shape[1] <= len(objective.rows) or not isinstance(_suited(plan, objective), SAGA)


def with_patience_of_lbfgs(plan, objective):
    """The plan of a fit that is left to L-BFGS: with little patience.

    But where most is that of one row, gains may pause long before the end.
    """
    if plan.n_iter_no_change != "auto" or share_of_a_row(objective) > MOST:
        return plan
    return replace(plan, n_iter_no_change=PATIENCE_OF_LBFGS)


def with_optimizer(plan, objective, earlier=None):
    """The plan with an optimizer for ``optimizer="auto"``: accelerated, SAGA, plain SGD or Adam.

    It is for what is not left to L-BFGS: kinks, and fits of which something was chosen. Where a
    batch is all the rows of a smooth loss of known curvature, no rule needs fewer steps than the
    accelerated one. A step of Adam touches every weight, one of plain SGD only those of the
    features that its rows have: where a whole batch has fewer non-zeros than there are features,
    rows one at a time cost less than the steps alone would. Of a smooth loss SAGA remembers them,
    which leads to the optimum in few epochs at a constant rate, so that it does so on all sparse
    rows of some more features than non-zeros; and of a plain hinge with L2, where SAGA is dual
    coordinate ascent, unless the penalty is weak and the rows are many: then it goes along
    subgradients, or leaves them to Adam. Of another loss or penalty the noise of plain SGD is a
    matter of the rate alone, and thousands of updates make an epoch. Everything else is Adam's, and
    so are rates of the user's own, averages, dropout and constraints. A schedule that was left at
    its defaults becomes one that suits the optimizer. ``earlier`` is the packed state of the fit
    that this one goes on from, with the same optimizer.
    """
    if plan.optimizer is not None:
        return plan
    if _name_before(earlier) in (None, WITHOUT):
        rule = _suited(plan, objective)
    else:
        rule = _as_before(plan, objective, earlier)
    plan = replace(plan, optimizer=rule, after_lead=_is_after_lead(plan, rule, earlier))
    if isinstance(rule, SGD) and plan.batch_size == "auto":
        plan = replace(plan, batch_size=1)
    if isinstance(rule, Adam):
        return replace(plan, may_lead=_may_lead(plan, earlier))
    return _with_schedule(plan, objective) if _is_default(plan.schedule) else plan


def _name_before(earlier):
    """Of the optimizer that an earlier fit had; None where there is none to go on from."""
    return earlier["optimizer_name"] if earlier else None


def _is_after_lead(plan, rule, earlier):
    """Whether batches go on from passes over all rows, whose end they would throw back."""
    before = _name_before(earlier)
    led = before == AcceleratedGradient.__name__ or (plan.streaming and before == WITHOUT)
    return led and type(rule).__name__ != before and plan.learning_rate is None


def _may_lead(plan, earlier):
    """Whether passes over all rows may go before Adam's batches: where all is left to the library.

    Not where an earlier fit has come to the batches.
    """
    is_new = _name_before(earlier) is None and plan.max_iter >= LEAST_EPOCHS
    return _is_free(plan) and (is_new or plan.after_lead)


def _is_free(plan):
    """Whether batches, rate, schedule and end are the library's."""
    free = plan.batch_size == "auto" and plan.tol is not None and not plan.early_stopping
    return free and not plan.streaming and _is_plain(plan) and _is_default(plan.schedule)


def _is_default(schedule):
    """Whether a schedule was left at its defaults, to become one that suits the optimizer."""
    return type(schedule) is Adaptive and schedule.get_params() == Adaptive().get_params()


def _with_schedule(plan, objective):
    """The plan with a schedule that suits the optimizer, for one that was left at its defaults."""
    rule = plan.optimizer
    if rule.row_arrays and objective.loss.smooth:
        patience = plan.patience(PATIENCE_OF_SAGA)
        return replace(plan, schedule=Constant(), n_iter_no_change=patience)
    if rule.row_arrays and not rule.dual:
        return replace(plan, schedule=BRISK_OF_SAGA)
    if isinstance(rule, SGD) and plan.batch_size == 1:
        return replace(plan, schedule=BRISK, lowers_soon=True)
    return plan


def _as_before(plan, objective, earlier):
    """The optimizer of an earlier fit; what remembers rows only where that still pays."""
    name, known = earlier["optimizer_name"], earlier["optimizer"]
    if name == AcceleratedGradient.__name__ and not _takes_all(plan, objective):
        return Adam()  # what follows a lead
    if name != "SAGA":
        return OPTIMIZERS.get(name, Adam)()
    if not is_worth_while(plan, objective):
        return SGD()
    if objective.loss.smooth or not known:
        return _remembering(objective, is_wide=True)
    return SAGA(dual="scores" in known)


def _suited(plan, objective):
    """The optimizer that suits loss, data and plan."""
    if not _is_plain(plan):
        return Adam()
    design = objective.design
    lazy = design.sparse_updates and design.kernel_rows is not None
    lazy = lazy and objective.uses_kernels and objective.penalty.separable
    rule = _for_sparse_rows(plan, objective) if lazy else None
    if rule is not None:
        return rule
    # The rate of the accelerated rule needs a bound on the curvature; one's own parts have none.
    loss, penalty = objective.loss, objective.penalty
    bounded = loss.smooth and loss.kernel is not None and penalty.separable
    return AcceleratedGradient() if _takes_all(plan, objective) and bounded else Adam()


def _is_plain(plan):
    """Whether neither rates nor averages, dropout or a ball are asked for."""
    asked = plan.average or plan.dropout or plan.max_norm is not None
    return plan.learning_rate is None and not asked


def _takes_all(plan, objective):
    """Whether a batch is all the rows, along whose gradient a step goes as it is."""
    whole = rows_of_batch(plan, objective) >= len(objective.rows)
    return whole and not (plan.streaming or plan.schedule.searches)


def _for_sparse_rows(plan, objective):
    """An optimizer that touches the features of its rows alone, if that pays, else None."""
    design, rule = objective.design, None
    is_wide = design.shape[1] > BATCH_OF_MANY * design.mean_non_zeros
    if design.shape[1] > SHARE * design.mean_non_zeros and is_worth_while(plan, objective):
        rule = _remembering(objective, is_wide)
    return SGD() if rule is None and is_wide else rule


def _remembering(objective, is_wide):
    """SAGA for a smooth loss; for a plain hinge the one that needs few epochs, or None.

    Those of dual ascent grow with mean |x - center|^2 / (alpha n). What is wide is left to none
    but SAGA.
    """
    n_rows, n_features = len(objective.rows), objective.design.shape[1]
    if objective.loss.smooth or n_rows <= ROWS_A_FEATURE * n_features:
        return SAGA()
    sample = objective.sample(SAMPLE)
    rows = sample.rows
    spread = sample.design.moments(rows, np.full(len(rows), 1 / len(rows)))[1].sum()
    unit = objective.l2 * n_rows
    are_many = n_rows >= MANY_ROWS and n_rows > MANY_ROWS_A_FEATURE * n_features
    if are_many and spread > LONG_ROWS_OF_MANY * unit and share_units(objective):
        return SAGA(dual=False)
    return SAGA() if is_wide or spread <= LONG_ROWS * unit else None


def rows_of_batch(plan, objective):
    """The plan's batch size, or the one for this objective's rows and loss."""
    if plan.batch_size != "auto":
        return plan.batch_size
    return automatic_batch_size(len(objective.rows), objective.loss.smooth)


def automatic_batch_size(n_rows, is_smooth):
    """The batch size for so many rows of a loss, smooth or with kinks."""
    if n_rows <= (WHOLE if is_smooth else WHOLE_WITH_KINKS):
        return n_rows
    return next((size for most, size in BATCHES.items() if n_rows <= most), BATCH_OF_MANY)
