"""What is automatic beside the rate: ``optimizer="auto"`` and ``batch_size="auto"``."""

from dataclasses import replace

import numpy as np

from sklinear_gd.conditioning import share_units
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
BRISK_OF_SAGA = Adaptive(divisor=2.0, patience=1)
OPTIMIZERS = {rule.__name__: rule for rule in (AcceleratedGradient, Adam, SAGA, SGD)}
# The adaptive schedule for single rows of plain SGD.
BRISK = Adaptive(divisor=4.0, patience=3, tol=2e-3)


def with_optimizer(plan, objective, earlier=None):
    """The plan with an optimizer for ``optimizer="auto"``: accelerated, SAGA, plain SGD or Adam.

    Where a batch is all the rows of a smooth loss of known curvature, no rule needs fewer steps
    than the accelerated one. A step of Adam touches every weight, one of plain SGD only those of
    the features that its rows have: where a whole batch has fewer non-zeros than there are
    features, rows one at a time cost less than the steps alone would. Of a smooth loss SAGA
    remembers them, which leads to the optimum in few epochs at a constant rate, so that it does so
    on all sparse rows of some more features than non-zeros; and of a plain hinge with L2, where
    SAGA is dual coordinate ascent, unless the penalty is weak and the rows are many: then it goes
    along subgradients, or leaves them to Adam. Of another loss or penalty the noise of plain SGD is
    a matter of the rate alone, and thousands of updates make an epoch. Everything else is Adam's,
    and so are rates of the user's own, averages, dropout and constraints. A schedule that was left
    at its defaults becomes one that suits the optimizer. ``earlier`` is the packed state of the fit
    that this one goes on from, with the same optimizer.
    """
    if plan.optimizer is not None:
        return plan
    before = earlier and earlier["optimizer_name"]
    name = before or _suited(plan, objective)
    if before == "SAGA" and not is_worth_while(plan, objective):
        name = "SGD"
    rule = OPTIMIZERS.get(name, Adam)()
    if name == "SAGA" and not objective.loss.smooth:
        known = earlier and earlier["optimizer"]
        rule.dual = "scores" in known if known else not _serve_subgradients(objective)
    plan = replace(plan, optimizer=rule)
    if name == "SGD" and plan.batch_size == "auto":
        plan = replace(plan, batch_size=1)
    schedule = plan.schedule
    is_default = type(schedule) is Adaptive and schedule.get_params() == Adaptive().get_params()
    return _with_schedule(plan, objective) if is_default else plan


def _with_schedule(plan, objective):
    """The plan with a schedule that suits the optimizer, for one that was left at its defaults."""
    rule = plan.optimizer
    if rule.row_arrays and objective.loss.smooth:
        wait = PATIENCE_OF_SAGA if plan.n_iter_no_change == "auto" else plan.n_iter_no_change
        return replace(plan, schedule=Constant(), n_iter_no_change=wait)
    if rule.row_arrays and not rule.dual:
        return replace(plan, schedule=BRISK_OF_SAGA)
    if isinstance(rule, SGD) and plan.batch_size == 1:
        return replace(plan, schedule=BRISK, lowers_soon=True)
    return plan


def _suited(plan, objective):
    """The name of the optimizer that suits loss, data and plan."""
    plain = plan.learning_rate is None and plan.max_norm is None
    if not plain or plan.average or plan.dropout:
        return "Adam"
    design = objective.design
    lazy = design.sparse_updates and design.kernel_rows is not None
    lazy = lazy and objective.uses_kernels and objective.penalty.separable
    name = _for_sparse_rows(plan, objective) if lazy else None
    if name is not None:
        return name
    whole = rows_of_batch(plan, objective) >= len(objective.rows) and not (
        plan.streaming or plan.schedule.searches
    )
    # The rate of the accelerated rule needs a bound on the curvature; one's own parts have none.
    loss, penalty = objective.loss, objective.penalty
    bounded = loss.smooth and loss.kernel is not None and penalty.separable
    return "AcceleratedGradient" if whole and bounded else "Adam"


def _for_sparse_rows(plan, objective):
    """The name of an optimizer that touches the features of its rows alone, if that pays."""
    design, smooth = objective.design, objective.loss.smooth
    is_wide = design.shape[1] > BATCH_OF_MANY * design.mean_non_zeros
    if design.shape[1] > SHARE * design.mean_non_zeros and is_worth_while(plan, objective):
        serves = smooth or is_wide or _serve_subgradients(objective)
        if serves or not _is_stiff(objective, LONG_ROWS, ROWS_A_FEATURE):
            return "SAGA"
    return "SGD" if is_wide else None


def _serve_subgradients(objective):
    """Whether SAGA of a plain hinge goes along subgradients, where dual steps would be many."""
    if len(objective.rows) < MANY_ROWS or not share_units(objective):
        return False
    return _is_stiff(objective, LONG_ROWS_OF_MANY, MANY_ROWS_A_FEATURE)


def _is_stiff(objective, longest, rows_a_feature):
    """Whether dual ascent needs many epochs: they grow with mean |x - center|^2 / (alpha n)."""
    n_rows = len(objective.rows)
    if n_rows <= rows_a_feature * objective.design.shape[1]:
        return False
    sample = objective.sample(SAMPLE)
    rows = sample.rows
    spread = sample.design.moments(rows, np.full(len(rows), 1 / len(rows)))[1].sum()
    return spread > longest * objective.alpha * objective.penalty.l2_strength * n_rows


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
