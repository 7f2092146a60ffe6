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

    Raises
    ------
    ValueError
        If the arrays are of a library in which rows cannot be set by their numbers.
    """
    design, rows = objective.design, objective.rows
    shape = (design.shape[0], objective.n_scores)
    filled = "table" in state and state["table"].shape == shape
    if not filled:
        state["table"] = design.zeros(shape)
        _check_rows_can_be_set(state["table"], design)
    table = state["table"]
    state["mean"], state["news"] = design.zeros(params.shape), design.zeros(params.shape)
    for part in slices(len(rows), design.mean_non_zeros + objective.n_scores):
        batch = design.index(rows[part])
        block = design.rows(batch)
        if not filled:
            table[batch] = objective.derivatives(block, params, batch)[1]
        objective.pull_back(block, design.take(table, batch) / len(rows), state["mean"])


def _check_rows_can_be_set(table, design):
    first = design.index(np.zeros(1, dtype=np.intp))
    try:
        table[first] = design.take(table, first)
    except IndexError:
        raise ValueError(
            "optimizer='saga' remembers rows by their numbers, which the arrays of "
            f"{design.xp.__name__} do not allow; use another optimizer, or NumPy's arrays."
        ) from None


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
    total : float or array of no dimension
        The sum of the weighted losses, as of ``Objective.sum_loss``.
    """
    table, news, design = state["table"], state["news"], objective.design
    n_rows, size = len(objective.rows), batch.shape[0]
    block = objective.gathered(batch, dropout)
    values, d_scores = objective.derivatives(block, params, batch)
    change = d_scores - design.take(table, batch)
    gradient[...] = 0
    objective.pull_back(block, change / size, gradient)
    if dropout is None:
        news += gradient * (size / n_rows)
    else:
        objective.pull_back(objective.gathered(batch), change / n_rows, news)
    gradient += state["mean"]
    table[batch] = d_scores
    return design.xp.sum(values, dtype=design.wide)


def end_epoch(state):
    """Let the mean follow the table; in place."""
    state["mean"] += state["news"]
    state["news"][...] = 0
