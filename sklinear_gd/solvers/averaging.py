"""Mini-batches over rows in blocks: local updates in every block, and the average of the results.

    (W, b) <- sum_k v_k updates_k(W, b),    v_k = the share of block k in the weight of all rows

Every block starts from the same weights and the same state of the optimizer, makes some updates
with its own rows, and the averages of both are where the next round starts. That is parallel
stochastic gradient descent (Zinkevich, Weimer, Li, Smola 2010), averaged a few times in a pass, as
local SGD is (Stich 2019; Lin, Stich, Patel, Jaggi 2020): in a whole pass the blocks would drift
apart, each towards the optimum of its own few rows, at a rate that serves all of them together.
What a block draws is a function of the seed, the epoch and the number of the block.
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np

from sklinear_gd.designs import block_seed

# Averages in a pass. One and two leave MNIST in 16 blocks 5 % and 3 % above the fit in memory.
ROUNDS = 4


def average_of_passes(objective, plan, state, rates, local_updates):
    """One pass in a few rounds, which moves ``state`` along.

    Parameters
    ----------
    objective : Objective
        On rows in blocks.
    plan : Plan
    state : State
    rates : ndarray of float64
        The rate of each update of the longest pass; shorter ones take the first of them.
    local_updates : callable (part, plan, state, rates, first) -> float
        Makes updates number ``first`` and so on of a block's pass; ``state`` moves along.

    Returns
    -------
    total : float
        The sum of the weighted losses of all rows, each as its batch met it.
    """
    cuts = np.linspace(0, len(rates), min(ROUNDS, len(rates)) + 1).astype(int).tolist()
    return sum(
        _round(objective, plan, state, rates[first:last], first, local_updates)
        for first, last in pairwise(cuts)
    )


def _round(objective, plan, state, rates, first, local_updates):
    """Some updates in every block, and their average; returns the sum of the losses."""
    names = sorted(name for name, value in state.optimizer.items() if np.ndim(value))
    copies = 1 + len(names) + (state.average is not None)
    total, params, *arrays = objective.design.add(
        objective,
        _weighted_updates,
        plan,
        state,
        rates,
        first,
        local_updates,
        size=copies * state.params.nbytes,
    )
    state.params[...] = params
    if state.average is not None:
        state.average[...] = arrays.pop()
        state.averaged += len(rates)
    for name, array in zip(names, arrays, strict=True):
        state.optimizer[name][...] = array
    state.optimizer |= _numbers_after(plan.optimizer, state.optimizer, rates)
    state.updates += len(rates)
    return total


def _numbers_after(optimizer, state, rates):
    """The numbers in an optimizer's state after a whole pass: they follow from the rates alone."""
    params = np.zeros((1, 1))
    numbers = {name: value for name, value in state.items() if not np.ndim(value)}
    own = optimizer.init(params) | numbers
    for rate in rates.tolist():
        optimizer.step(params, np.zeros((1, 1)), own, rate)
        optimizer.extrapolate(params, own)
    return {name: own[name] for name in numbers}


def _weighted_updates(part, plan, state, rates, first, local_updates):
    """The loss of a block's updates, and its share of the averages of params and states."""
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
    total = local_updates(part, plan, own, rates, first)
    weight = len(part.rows) if part.weights is None else part.weights[part.rows].sum()
    share = float(weight) / part.n_whole
    arrays = [
        own.params,
        *(own.optimizer[name] for name in sorted(own.optimizer) if np.ndim(own.optimizer[name])),
    ]
    if own.average is not None:
        arrays.append(own.average)
    return total, *(share * array for array in arrays)
