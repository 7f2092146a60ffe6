"""Mini-batches over rows in blocks: a local pass in every block, and the average of the results.

    (W, b) <- sum_k v_k pass_k(W, b),    v_k = the share of block k in the weight of all rows

Every block starts from the same weights and the same state of the optimizer, makes its updates
with its own rows, and the averages of both are where the next round starts. That is parallel
stochastic gradient descent (Zinkevich, Weimer, Li, Smola 2010) with an average after each pass.
What a block draws is a function of the seed, the round and the number of the block.
"""

from dataclasses import replace

import numpy as np

from sklinear_gd.designs import block_seed


def average_of_passes(objective, plan, state, rates, local_pass):
    """One round, which moves ``state`` along.

    Parameters
    ----------
    objective : Objective
        On rows in blocks.
    plan : Plan
    state : State
    rates : ndarray of float64
        The rate of each update of the longest pass; shorter ones take the first of them.
    local_pass : callable (part, plan, state, rates) -> float
        Makes a block's pass; ``state`` moves along.

    Returns
    -------
    total : float
        The sum of the weighted losses of all rows, each as its batch met it.
    """
    names = sorted(name for name, value in state.optimizer.items() if np.ndim(value))
    copies = 1 + len(names) + (state.average is not None)
    total, params, *arrays = objective.design.add(
        objective, _weighted_pass, plan, state, rates, local_pass, size=copies * state.params.nbytes
    )
    state.params[...] = params
    if state.average is not None:
        state.average[...] = arrays.pop()
        state.averaged += len(rates)
    for name, array in zip(names, arrays, strict=True):
        state.optimizer[name][...] = array
    if "t" in state.optimizer:
        state.optimizer["t"] += len(rates)
    state.updates += len(rates)
    return total


def _weighted_pass(part, plan, state, rates, local_pass):
    """The loss of a block's pass, and its share of the averages of params and states."""
    own = replace(
        state,
        params=state.params.copy(),
        average=None if state.average is None else state.average.copy(),
        optimizer={
            name: np.copy(value) if np.ndim(value) else value
            for name, value in state.optimizer.items()
        },
        seed=block_seed(state.seed, part.block),
    )
    total = local_pass(part, plan, own, rates)
    weight = len(part.rows) if part.weights is None else part.weights[part.rows].sum()
    share = float(weight) / part.n_whole
    arrays = [
        own.params,
        *(own.optimizer[name] for name in sorted(own.optimizer) if np.ndim(own.optimizer[name])),
    ]
    if own.average is not None:
        arrays.append(own.average)
    return total, *(share * array for array in arrays)
