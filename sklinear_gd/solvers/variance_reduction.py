"""SAGA's memory: each row's last derivative by its scores, and the mean gradient of all of them.

It is in the optimizer's state: ``table`` of shape (n_rows, n_scores), and, like the parameters,
``mean``, which stands still during an epoch, and ``news``, what the epoch will change in it. In a
shuffled pass a mean that follows the table at once is biased against the rows still to come; one
that stands still errs for single batches, but not over the epoch (Ying, Yuan, Sayed 2018).
"""

import numpy as np

from sklinear_gd.designs.base import slices


def prepare_table(objective, params, state):
    """Fill the table at these parameters, unless an earlier fit left one for as many rows.

    The mean is made of the table in any case: with rows that have changed, what is remembered is
    old, but not wrong.

    Parameters
    ----------
    objective : Objective
    params : ndarray
    state : dict
        The optimizer's; changed in place.
    """
    design, rows = objective.design, objective.rows
    shape = (design.shape[0], objective.n_scores)
    filled = "table" in state and state["table"].shape == shape
    if not filled:
        state["table"] = np.zeros(shape, dtype=design.dtype)
    table = state["table"]
    state["mean"], state["news"] = np.zeros_like(params), np.zeros_like(params)
    for part in slices(len(rows), design.mean_non_zeros + objective.n_scores):
        block = objective.design.rows(rows[part])
        if not filled:
            table[rows[part]] = objective.derivatives(block, params, rows[part])[1]
        objective.pull_back(block, table[rows[part]] / len(rows), state["mean"])


def reduced_gradient(objective, params, batch, state, gradient, dropout=None):
    """Write SAGA's gradient of the loss and remember the batch's derivatives, once in an epoch.

    Parameters
    ----------
    objective : Objective
    params : ndarray
    batch : ndarray of intp
    state : dict
        The optimizer's; changed in place.
    gradient : ndarray like params
    dropout : tuple (rate, key), optional

    Returns
    -------
    total : float
        The sum of the weighted losses.
    """
    table, news = state["table"], state["news"]
    block = objective.block(batch, dropout)
    values, d_scores = objective.derivatives(block, params, batch)
    change = d_scores - table[batch]
    gradient.fill(0)
    objective.pull_back(block, change / len(batch), gradient)
    if dropout is None:
        news += gradient * (len(batch) / len(objective.rows))
    else:
        objective.pull_back(objective.block(batch), change / len(objective.rows), news)
    gradient += state["mean"]
    table[batch] = d_scores
    return float(np.sum(values, dtype=np.float64))


def end_epoch(state):
    """Let the mean follow the table; in place."""
    state["mean"] += state["news"]
    state["news"].fill(0)
