"""Passes over the rows in float64, a block at a time, whatever the dtype of X."""

import numpy as np

from sklinear_gd.designs import Block

# Entries of X and scores that a block holds, 2 MB.
BLOCK_NUMBERS = 1 << 18
# Numbers of scores that are kept between passes, 32 MB; of larger data they are computed anew.
KEPT_NUMBERS = 1 << 22


class Passes:
    """Sums over all rows of an objective at one model, added up over its parts.

    Parameters
    ----------
    objective : Objective
        Its rows, weights, loss and penalty.
    W : ndarray of float64, shape (n_features, n_scores)
        The weights.
    b : ndarray of float64, shape (n_scores,), or None
        The intercept.

    Attributes
    ----------
    shares : ndarray of float64, shape (n_classes,)
        The share of each class in the sum of the weights.
    """

    def __init__(self, objective, W, b):
        self.objective, self.W, self.b = objective, W, b
        kept = objective.design.in_memory and len(objective.rows) * W.shape[1] <= KEPT_NUMBERS
        self._kept = {} if kept else None
        counts = objective.class_sums()
        self.shares = counts / counts.sum()

    def value(self):
        """Return F at W and b."""
        objective = self.objective
        loss = self.mean_loss(objective.loss, self.b)[0]
        return loss + objective.alpha * float(objective.penalty.value(self.W))

    def mean_loss(self, loss, b, shifts=None):
        """Return the mean of a loss at W and an intercept, and its derivative by the intercept.

        ``shifts``, an array of shape (n, n_scores) over the rows that count, or None for zeros, is
        added to the scores. It goes with rows in memory.
        """
        return self._sums("mean_loss", loss, b, shifts)

    def gradient(self):
        """Return the derivatives of the mean loss by W and by b."""
        return self._sums("gradient", self.objective.loss, self.b)

    def dual_point(self, loss, b, shifts, offsets, ratio):
        """Return what the bound needs of the derivatives d_i of some loss at W and b.

        Parameters
        ----------
        loss : Loss
            The objective's loss, or a smooth neighbour.
        b : ndarray of shape (n_scores,), or None
            The intercept.
        shifts : ndarray of shape (n, n_scores), or None
            As in `mean_loss`.
        offsets, ratio : ndarray of shape (n_classes, n_scores), float
            From `Loss.balance`.

        Returns
        -------
        value : float
            Minus the weighted mean of the conjugates of the objective's loss.
        V : ndarray of shape (n_features, n_scores)
            The derivatives pulled back: the weighted mean of x_iᵀ d_i.
        """
        return self._sums("dual_point", loss, b, shifts, offsets, ratio)

    def _sums(self, name, *args):
        found = self.objective.map(_sums_of_part, self.W, self._kept, name, args)
        return tuple(sum(own) for own in zip(*found, strict=True))


def _sums_of_part(part, W, kept, name, args):
    return getattr(_PassesOfPart(part, W, kept), name)(*args)


class _PassesOfPart:
    """The same sums over the rows of one part, a block of them at a time."""

    def __init__(self, objective, W, kept):
        self.objective, self.W, self._kept = objective, W, kept
        rows, n_scores = objective.rows, W.shape[1]
        step = max(1, int(BLOCK_NUMBERS / (objective.design.mean_non_zeros + n_scores)))
        self._places = [slice(start, start + step) for start in range(0, len(rows), step)]

    def mean_loss(self, loss, b, shifts):
        total, mean = 0.0, np.zeros(self.W.shape[1])
        for rows, weights, scores in self._blocks(b, shifts):
            values, d_scores = loss.formula(scores, self.objective.y[rows])
            total += float(weights @ values)
            mean += weights @ d_scores
        return total, mean

    def gradient(self, loss, b):
        gradient, mean = np.zeros_like(self.W), np.zeros(self.W.shape[1])
        for rows, weights, scores in self._blocks(b):
            d_scores = weights[:, None] * loss.formula(scores, self.objective.y[rows])[1]
            gradient += self._block(rows).pull_back(d_scores)
            mean += d_scores.sum(axis=0)
        return gradient, mean

    def dual_point(self, loss, b, shifts, offsets, ratio):
        value, V = 0.0, np.zeros_like(self.W)
        for rows, weights, scores in self._blocks(b, shifts):
            y = self.objective.y[rows]
            d_scores = (loss.formula(scores, y)[1] + offsets[y]) / (1 + ratio)
            value -= float(weights @ self.objective.loss.conjugate(d_scores, y))
            V += self._block(rows).pull_back(weights[:, None] * d_scores)
        return value, V

    def _blocks(self, b, shifts=None):
        """Yield row numbers, their shares of the weights, and their scores with any shifts."""
        objective = self.objective
        for k, place in enumerate(self._places):
            rows = objective.rows[place]
            scores = None if self._kept is None else self._kept.get(k)
            if scores is None:
                scores = self._block(rows).scores(self.W)
                if self._kept is not None:
                    self._kept[k] = scores
            weights = np.ones(len(rows)) if objective.weights is None else objective.weights[rows]
            scores = scores if b is None else scores + b
            scores = scores if shifts is None else scores + shifts[place]
            yield rows, weights / objective.n_whole, scores

    def _block(self, rows):
        return Block(self.objective.design.rows(rows).matrix.astype(np.float64, copy=False))
