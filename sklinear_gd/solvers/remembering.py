"""When rows are remembered one by one, and by which steps: SAGA's, or those of dual ascent.

An optimizer with ``row_arrays`` remembers rows wherever a batch is not all of them. What else a fit
makes of that is decided here: whether the steps are dual coordinate ascent, whether compiled code
makes single rows worth while, and whether ``optimizer="auto"`` takes SAGA at all.
"""

import numpy as np

from sklinear_gd.conditioning import share_units

# Up to so many rows a memory of them is not worth while.
FEW_ROWS = 256


def is_plain(optimizer):
    """Whether an optimizer's steps are SAGA's own, without momentum: the one with other forms."""
    twin = optimizer.kernel
    plain = twin is not None and twin.name == "nesterov" and optimizer.momentum == 0
    return plain and bool(optimizer.row_arrays)


def takes_dual_steps(plan, objective):
    """Whether the steps are those of dual coordinate ascent: for plain hinges and L2.

    Not where a batch of the user's is all the rows.
    """
    fills = plan.batch_size != "auto" and plan.batch_size >= len(objective.rows)
    if not is_plain(plan.optimizer) or not plan.optimizer.dual or fills:
        return False
    if plan.averages or plan.dropout or plan.max_norm is not None or plan.streaming:
        return False
    if objective.design.xp is not np or not objective.design.in_memory:
        return False
    return _has_dual(objective)


def takes_single_rows(plan, objective):
    """Whether SAGA's steps are compiled, so that rows that are remembered need no company."""
    penalty = objective.penalty
    compiled = is_plain(plan.optimizer) and objective.uses_kernels and not plan.averages
    return compiled and penalty.smooth and penalty.separable


def is_worth_while(plan, objective):
    """Whether ``optimizer="auto"`` may take SAGA: compiled, with room for what is remembered.

    Of a smooth loss only where the features share a scale; of a loss with kinks only where the
    steps may be dual.
    """
    design, loss, penalty = objective.design, objective.loss, objective.penalty
    if plan.precondition != "auto" or plan.batch_size != "auto" or plan.streaming:
        return False
    if len(objective.rows) <= FEW_ROWS or objective.is_wide or design.is_mapped:
        return False
    if loss.kernel is None or not (penalty.smooth and penalty.separable):
        return False
    return share_units(objective) if loss.smooth else _has_dual(objective)


def _has_dual(objective):
    """Whether a step along one row has an exact maximum of the dual objective to go to."""
    loss, penalty = objective.loss, objective.penalty
    if not (penalty.separable and penalty.smooth and objective.l2 > 0):
        return False
    zeros, first = np.zeros((1, objective.n_scores)), np.zeros(1, dtype=np.int32)
    known = loss.conjugate_prox(zeros, zeros, first, np.ones(1)), loss.feasible(zeros, first)
    return all(found is not None for found in known)
