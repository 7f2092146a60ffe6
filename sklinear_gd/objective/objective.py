"""The objective F: the weighted mean of the losses, plus the penalty."""

import math
from copy import copy

import numpy as np

from sklinear_gd._namespaces import namespace, read, widest
from sklinear_gd.objective.scores import BLOCK_NUMBERS
from sklinear_gd.objective.weighted_losses import WeightedLosses, normalised


class Objective(WeightedLosses):
    """Weighted mean loss over some rows of a design, plus the penalty.

    Parameters
    ----------
    design, y, weights, loss, n_scores, fit_intercept, rows
        As for :class:`~sklinear_gd.objective.WeightedLosses`.
    penalty : Penalty
    alpha : float
        Strength of the penalty.
    """

    def __init__(
        self, design, y, weights, loss, penalty, alpha, *, n_scores, fit_intercept, rows=None
    ):
        super().__init__(
            design, y, weights, loss, n_scores=n_scores, fit_intercept=fit_intercept, rows=rows
        )
        self.penalty, self.alpha = penalty, float(alpha)
        # The axes that the design is turned to, or None for the user's own; and where turned rows
        # have less digits than X, the objective on X.
        self.basis, self.exact = None, None
        # Of one block of something larger: its number, and how many rows count in the whole.
        self.block, self.whole = 0, None
        # What is known of rows and weights: mean and variance of each feature, sums of classes, and
        # what conditioning has asked a sample.
        self.moments = self.sampled = self._class_sums = None

    def map(self, function, *args):
        """``[function(part, *args)]`` of every part of the rows: an objective in memory each.

        Their rows together are those of this objective, and so are their weights; one part for
        rows in memory. The functions stand at the top of a module.
        """
        return self.design.map(self, function, *args)

    @property
    def n_whole(self):
        """How many rows count, in all blocks."""
        return len(self.rows) if self.whole is None else self.whole

    @property
    def dtype(self):
        """The dtype of X, which turned rows need not have."""
        return self.design.dtype if self.exact is None else self.exact.design.dtype

    @property
    def l2(self):
        """The strength of the penalty's L2 part: alpha times its own."""
        return self.alpha * self.penalty.l2_strength

    # -- values and gradients --------------------------------------------------------------

    def value(self, params):
        """F at ``params``, a float."""
        return self.mean_loss(params) + self.penalty_value(params)

    def mean_loss(self, params):
        """The weighted mean of the losses, without the penalty."""
        return float(self.sum_loss(params, self.rows)) / len(self.rows)

    def penalty_value(self, params):
        """The term alpha * R(W)."""
        return self.alpha * float(self.penalty.value(self.split(params)[0]))

    def value_and_gradient(self, params, gradient):
        """F, and the gradient of its smooth part written to ``gradient``."""
        gradient[...] = 0
        loss = self.sum_loss(params, self.rows, 1 / len(self.rows), gradient)
        self.add_penalty_gradient(params, gradient)
        return float(loss) / len(self.rows) + self.penalty_value(params)

    def add_penalty_gradient(self, params, gradient):
        """Add the gradient of the smooth part of alpha * R(W)."""
        self.penalty.add_gradient(self.split(params)[0], self.split(gradient)[0], self.alpha)

    def gradient_norm(self, gradient):
        """Euclidean norm of a gradient by W and b of X itself, whatever the basis."""
        if self.basis is None or self.basis.mean is None:
            return norm(gradient)
        # Turning changes no length, but the axes are centred, too.
        G, g = self.split(gradient)
        center = self.basis.along_axes(self.basis.mean)
        return math.hypot(norm(G + center[:, None] * g[None, :]), norm(g))

    # -- models that look at no feature -----------------------------------------------------

    def zero_value(self):
        """F at W = 0, b = 0: known from the classes alone, without a look at X."""
        shares = self.class_shares()
        zero = self._loss_of_intercepts(np.zeros(len(shares)), shares)
        if self.design.xp is not np:
            return zero + self.penalty_value(self.zeros())
        # Nothing but a view: the parameters may be large.
        W = np.broadcast_to(self.design.zeros((1, 1)), (self.design.shape[1], self.n_scores))
        return zero + self.alpha * float(self.penalty.value(W))

    def frequency_value(self):
        """F of the best model that looks at no feature, among a few: class frequencies alone."""
        shares = self.class_shares()
        candidates = [np.zeros(len(shares))]
        if self.fit_intercept:
            best = getattr(self.loss, "margin", 1.0) * (shares == shares.max())
            candidates += [np.log(np.maximum(shares, np.finfo(np.float64).tiny)), best]
        return min(self._loss_of_intercepts(scores, shares) for scores in candidates)

    def _loss_of_intercepts(self, scores, shares):
        """The mean loss where every row has these scores, one for each class."""
        scores = scores if self.n_scores > 1 else scores[1:] - scores[:1]
        present, total = np.flatnonzero(shares).astype(np.int32), 0.0
        step = max(1, BLOCK_NUMBERS // self.n_scores)  # there may be very many classes
        for start in range(0, len(present), step):
            own = present[start : start + step]
            same = np.broadcast_to(scores, (len(own), self.n_scores))
            total += float(self.loss.formula(same, own)[0] @ shares[own])
        return total

    def class_shares(self):
        """The share of each class in the sum of the weights: (max(2, n_scores),)."""
        sums = self.class_sums()
        return sums / sums.sum()

    def class_sums(self):
        """The sum of the weights of each class, shape (n_classes,); made once."""
        if self._class_sums is None:
            self._class_sums = sum(self.map(_class_sums))
        return self._class_sums

    # -- the same objective on other rows, or in another form ------------------------------

    def with_loss(self, loss):
        """The same objective with another loss."""
        other = copy(self)
        other.loss = loss
        return other

    def with_design(self, design, basis=None):
        """The same objective on the same rows in another form, turned into ``basis``."""
        other = self.derived()
        other.design, other.basis = design, basis
        other._measure()
        return other

    def on(self, rows):
        """The same objective on some of its rows."""
        other = self.derived()
        other.rows, other.weights = rows, normalised(self.weights, rows)
        return other

    def derived(self):
        """A copy that is to get other rows, weights or features."""
        other = copy(self)
        other.moments = other.sampled = other._class_sums = None
        return other

    def sample(self, size):
        """The same objective in memory, on at most so many rows, evenly spread."""
        places = np.arange(len(self.rows))
        if len(places) > size:
            places = np.linspace(0, len(places) - 1, size).astype(np.intp)
        return self.design.take_in_memory(self, places)

    def merged(self):
        """The same objective with equal rows merged, in an order that only their content decides.

        For tiny data: it looks at every row's bytes.
        """
        groups = {}
        for row in self.rows:
            key = (int(self.y[row]), self.design.row_bytes(row))
            groups.setdefault(key, []).append(row)
        rows = np.array([groups[key][0] for key in sorted(groups)], dtype=np.intp)
        weights = np.zeros(len(self.y))
        for key in groups:
            members = groups[key]
            own = len(members) if self.weights is None else self.weights[members].sum()
            weights[members[0]] = own
        other = self.derived()
        other.rows, other.weights = rows, normalised(weights, rows)
        return other


def norm(values):
    """Euclidean norm of all entries of an array, a float."""
    return math.sqrt(read(sum_of_squares(values))[0])


def sum_of_squares(values):
    """Of all entries of an array; a device's scalar stays there."""
    if not isinstance(values, np.ndarray):
        return namespace(values).sum(values * values, dtype=widest(values))
    # Not by BLAS: its threads would stay awake and keep a core from the kernels.
    flat = values.ravel()
    return np.einsum("i,i->", flat, flat)


def _class_sums(part):
    weights = None if part.weights is None else part.weights[part.rows]
    return np.bincount(part.y[part.rows], weights=weights, minlength=max(2, part.n_scores))
