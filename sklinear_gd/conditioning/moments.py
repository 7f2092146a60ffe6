"""Means and variances of the features over the rows that count, refused where they overflow."""

import numpy as np


def moments(objective):
    """Weighted mean and variance of each feature, float64; made once, and read-only."""
    if objective.moments is None:
        objective.moments = _moments(objective)
        for array in objective.moments:
            array.flags.writeable = False
    return objective.moments


def _moments(objective):
    """The same from the moments of the parts."""
    parts = objective.map(_moments_of_part)
    mean = sum(share * mean for share, mean, _ in parts)
    # Chan, Golub, LeVeque (1983): the spread within the parts, and that between them.
    return mean, sum(share * (variance + (own - mean) ** 2) for share, own, variance in parts)


def finite_moments(objective):
    """The same; data whose squares overflow are refused."""
    with np.errstate(over="ignore", invalid="ignore"):
        mean, variance = moments(objective)
        refuse_overflow(np.isfinite(variance + mean**2), objective.design.dtype)
    return mean, variance


def refuse_overflow(finite, dtype):
    """Refuse data whose squares overflow.

    Parameters
    ----------
    finite : ndarray of bool, shape (n_features,)
        Whether the mean of the squares of each feature is finite.
    dtype : dtype

    Raises
    ------
    ValueError
        It names the first such column.
    """
    if not finite.all():
        raise ValueError(
            f"X: column {int(np.argmin(finite))} holds numbers whose squares overflow {dtype}, so "
            "that no step size exists. Divide the column by its largest absolute value"
            + (", or pass X as float64." if dtype == np.float32 else ".")
        )


def _moments_of_part(part):
    rows, shares = weighted(part)
    if part.whole is None:
        return 1.0, *part.design.moments(rows, shares)
    share = shares.sum()
    with np.errstate(over="ignore", invalid="ignore"):
        return share, *part.design.moments(rows, shares / share)


def weighted(part):
    """The rows of a part and their weights, which add up to 1 over all parts."""
    rows = part.rows
    if part.weights is None:
        return rows, np.full(len(rows), 1 / part.n_whole)
    weights = part.weights[rows]
    return rows, weights / (weights.sum() if part.whole is None else part.whole)
