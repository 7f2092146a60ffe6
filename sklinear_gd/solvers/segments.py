"""The best weights on the way, for steps that do not lower F themselves.

In dual coordinate ascent F rises and falls until the end, while the weights of the epochs scatter
around the optimum. F is convex, and scores are linear in the weights: on the segment from the best
weights so far to those of an epoch F is known without a pass over X,

    W <- W + s (W_epoch - W),    b alike,    s one of GRID, where F is least

so that F never rises. That is an average of the epochs, weighted by what each of them brings.
"""

import numpy as np

# A few places on a segment, closer together where epochs have little left to bring: such a choice
# does not hang on the last digits of F.
GRID = (np.arange(33) / 32) ** 2
# Rows that tell the place: so many scores of them.
SEARCHED = 1 << 15


class BestOfSegments:
    """The best weights so far, and F there.

    Parameters
    ----------
    objective : Objective
        In memory, with an L2 penalty.
    best : ndarray of shape (n_features + fit_intercept, width)
        Where the first segment begins; changed in place.
    scores : ndarray of shape (n_rows, n_scores), optional
        Those that an earlier fit left; they serve unless the rows or the weights are others.

    Attributes
    ----------
    value : float
        F at ``best``, exactly.
    """

    def __init__(self, objective, best, scores=None):
        self.objective, self.best = objective, best
        self.scores = self._scores_of(best)
        if scores is not None and scores.shape == self.scores.shape:
            rounding = 1e3 * np.finfo(scores.dtype).eps * np.abs(self.scores).max()
            if np.abs(scores - self.scores).max() <= rounding:
                self.scores = scores
        self.value = self._value(best)

    def move(self, params):
        """Go along the segment to the weights of an epoch, as far as it lowers F.

        Returns whether these give finite scores; else nothing is changed.
        """
        scores, way = self._scores_of(params), params - self.best
        scores -= self.scores
        if not np.isfinite(scores).all():
            return False
        share = self._search(scores, way)
        way *= share
        way += self.best
        value = self._value(way, scores, share)
        if value < self.value:
            self.best[...], self.value = way, value
            scores *= share
            self.scores += scores
        return True

    def _value(self, params, change=None, share=0.0):
        """F at parameters whose scores are the best ones and a share of a change."""
        objective = self.objective
        total = objective.losses_on_segment(self.scores, objective.rows, change, share)[0]
        return total / len(objective.rows) + objective.penalty_value(params)

    def _scores_of(self, params):
        return self.objective.scores(params, np.arange(self.objective.design.shape[0]))

    def _search(self, change, way):
        """The place in GRID where F is least by some of the rows: where its slope turns upward.

        Parameters
        ----------
        change, way : ndarray
            Of the scores, and of the parameters, along the whole segment.
        """
        objective = self.objective
        step = max(1, len(objective.rows) * objective.n_scores // SEARCHED)
        rows = np.ascontiguousarray(objective.rows[::step])
        W, V = objective.split(self.best)[0], objective.split(way)[0]
        # The penalty's slope is that at the start, and more by this for each part of the way.
        slope, bend = (objective.l2 * float(np.einsum("jk,jk->", V, other)) for other in (W, V))
        low, high = 0, len(GRID) - 1
        while low < high:
            middle = (low + high + 1) // 2
            # The slope between two neighbours tells which is lower, unless they are about equal.
            share = (GRID[middle - 1] + GRID[middle]) / 2
            losses = objective.losses_on_segment(self.scores, rows, change, share)[1] / len(rows)
            if losses + slope + share * bend < 0:
                low = middle
            else:
                high = middle - 1
        return GRID[low]
