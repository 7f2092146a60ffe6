"""Early stopping's held-out rows: the split, and the score on them."""

import numpy as np


def split(objective, fraction, seed):
    """An objective on a stratified part of the rows, and the rows that it leaves out.

    No row is copied: both parts are row numbers of the same design.

    Parameters
    ----------
    objective : Objective
    fraction : float
        The share to hold out.
    seed : int

    Returns
    -------
    training : Objective
    held_out : ndarray of intp

    Raises
    ------
    ValueError
        If a class has too few rows to be in both parts.
    """
    from sklearn.model_selection import train_test_split  # slow to import, and seldom needed

    rows = objective.rows
    try:
        training_rows, held_out = train_test_split(
            rows, test_size=fraction, stratify=objective.y[rows], random_state=seed
        )
    except ValueError as error:
        raise ValueError(
            f"early_stopping=True cannot hold out validation_fraction={fraction!r} of {len(rows)} "
            f"rows with every class in both parts: {error} Use early_stopping=False, another "
            "validation_fraction, or more data."
        ) from error
    return objective.on(np.sort(training_rows)), np.sort(held_out)


class HeldOutScore:
    """The weighted accuracy on some rows, as a function of the parameters.

    Parameters
    ----------
    objective : Objective
    rows : ndarray of intp
    weights : ndarray of float64, shape (n,), or None
        The weights of all rows.
    """

    def __init__(self, objective, rows, weights):
        self.objective, self.rows = objective, rows
        place = objective.design.place
        self.y = place(objective.y[rows])
        weights = np.ones(len(rows)) if weights is None else weights[rows]
        self.weights, self.total = place(weights), float(weights.sum())

    def __call__(self, params):
        xp, scores = self.objective.design.xp, self.objective.scores(params, self.rows)
        # A single score is that of class 1.
        if scores.shape[1] == 1:
            hits = (scores[:, 0] > 0) == (self.y == 1)
        else:
            hits = xp.argmax(scores, axis=1) == self.y
        return float(xp.sum(xp.where(hits, self.weights, 0.0))) / self.total
