"""Early stopping's held-out rows: the split, and the score on them."""

import numpy as np

from sklinear_gd.objective import class_index


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
    held_out : ndarray of intp, or None for rows in blocks

    Raises
    ------
    ValueError
        If a class has too few rows to be in both parts.
    """
    from sklearn.model_selection import train_test_split  # slow to import, and seldom needed

    rows = objective.rows
    if not objective.design.in_memory:
        return _split_of_blocks(objective, fraction, seed)
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


def _split_of_blocks(objective, fraction, seed):
    """The same in blocks, which know their own held-out rows."""
    n_classes = max(2, objective.n_scores)
    args = fraction, seed, n_classes
    counts = objective.map(_count_split, *args)
    training, held_out, weight = (sum(own) for own in zip(*counts, strict=True))
    if not (training.all() and held_out.all()):
        raise ValueError(
            f"early_stopping=True cannot hold out validation_fraction={fraction!r} of "
            f"{len(objective.rows)} rows with every class in both parts: a class has too few rows. "
            "Use early_stopping=False, another validation_fraction, or more data."
        )
    n_rows = int(training.sum())
    rows = [int(own.sum()) for own, _, _ in counts]
    design = objective.design.transform(
        objective, _without_held_out, *args, n_rows, weight / n_rows, rows=rows
    )
    training = objective.with_design(design)
    training.rows = range(n_rows)
    return training, None


def _drawn(part, fraction, seed, n_classes):
    """The rows of a part to train on, and those to hold out, drawn from each class."""
    rng = np.random.default_rng([seed, part.block])
    held_out = np.zeros(len(part.y), dtype=bool)
    for k in range(n_classes):
        rows = part.rows[part.y[part.rows] == k]
        # Rounded up or down by chance, so that many small blocks hold out the right share.
        size = int(fraction * len(rows) + rng.random())
        held_out[rng.permutation(rows)[:size]] = True
    chosen = held_out[part.rows]
    return part.rows[~chosen], part.rows[chosen]


def _count_split(part, *args):
    rows = _drawn(part, *args)
    n_classes = args[-1]
    training, held_out = (np.bincount(part.y[own], minlength=n_classes) for own in rows)
    weight = float(len(rows[0]) if part.weights is None else part.weights[rows[0]].sum())
    return training, held_out, weight


def _without_held_out(part, fraction, seed, n_classes, n_rows, mean):
    """The part on its training rows; it remembers the others and their weights."""
    training = part.derived()
    training.rows, training.held_out = _drawn(part, fraction, seed, n_classes)
    training.held_out_weights = part.weights
    if part.weights is not None:
        training.weights = part.weights / mean
    training.whole = n_rows
    return training


def _correct(part, params):
    """The weight of the held-out rows that are classified correctly, and of all of them."""
    own = part.held_out_weights
    weights = np.ones(len(part.held_out)) if own is None else own[part.held_out]
    hits = class_index(part.scores(params, part.held_out)) == part.y[part.held_out]
    return float(weights @ hits), float(weights.sum())


class HeldOutScore:
    """The weighted accuracy on some rows, as a function of the parameters.

    Parameters
    ----------
    objective : Objective
    rows : ndarray of intp, or None
        None where blocks have their own.
    weights : ndarray of float64, shape (n,), or None
        The weights of all rows.
    """

    def __init__(self, objective, rows, weights):
        self.objective, self.rows = objective, rows
        if rows is None:
            return
        place = objective.design.place
        self.y = place(objective.y[rows])
        weights = np.ones(len(rows)) if weights is None else weights[rows]
        self.weights, self.total = place(weights), float(weights.sum())

    def __call__(self, params):
        if self.rows is None:
            found = self.objective.map(_correct, params)
            correct, total = (sum(own) for own in zip(*found, strict=True))
            return correct / total
        xp = self.objective.design.xp
        hits = class_index(self.objective.scores(params, self.rows)) == self.y
        return float(xp.sum(xp.where(hits, self.weights, 0.0))) / self.total
