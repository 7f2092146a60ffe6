"""L-BFGS in the span of the rows: for many more features than rows.

With a smooth loss and no penalty but L2, the gradient by W is ``Xᵀ R + alpha W``, R the derivatives
by the scores. So whatever L-BFGS makes of gradients and steps is ``Xᵀ A + c W_0``, W_0 the start,
and A has a row for each row of X. A vector is kept in two halves,

    left:   A, c, b                  its coordinates
    right:  X (Xᵀ A + c W_0), the product with W_0, b

of which inner products are those of a left half with a right one. Everything else is linear, so
that the recursion is the usual one. A point's objective and gradient are made of its scores, which
are in its right half: a line search takes no pass over X, and a step two, for the scores of the new
gradient. W is written down only where somebody looks at it.

A metric of one number a feature would lead out of that space. One number for all features, and a
center, do not: the above holds for V = W / scale and the rows scale * (x_i - center), where the
center is ``Xᵀ w``, w the shares of the rows in the weight.

References
----------
Shalev-Shwartz, Ben-David (2014), "Understanding Machine Learning", theorem 16.1: the representer
theorem.
"""

import math

import numpy as np
from scipy import sparse

from sklinear_gd.designs import as_design
from sklinear_gd.objective import linear_scores
from sklinear_gd.solvers.limited_memory import ENTRIES, Entries, dot, minimize_many
from sklinear_gd.solvers.monitor import Measured

# Steps after which the scores of the iterate are made anew, which rounding moves away from it.
RENEW = 100


def is_smaller(objective):
    """Whether the span of the rows is the smaller space, and no vector leaves it."""
    design, penalty = objective.design, objective.penalty
    if not (design.in_memory and design.xp is np and objective.loss.smooth):
        return False
    plain = penalty.smooth and penalty.separable
    return plain and 2 * len(objective.rows) <= design.shape[1]


class RowSpace(Entries):
    """The vectors of one objective.

    Parameters
    ----------
    objective : Objective
        One for which this space ``is_smaller``.
    start : ndarray of shape (n_features + fit_intercept, width)
        W_0 and the b that goes with it; not changed, and kept.
    metric : Conditioning or None
        A uniform one.

    Attributes
    ----------
    x : ndarray
        The start as a vector: c is 1.
    gradient : ndarray
        The newest one that is complete.
    """

    def __init__(self, objective, start, metric=None):
        self.objective, self.start, self.steps = objective, start, 0
        self.shape = len(objective.rows), objective.n_scores
        self.size = math.prod(self.shape)  # of A, and of the scores
        half = self.size + 1 + objective.n_scores * objective.fit_intercept
        self.left, self.right = slice(half), slice(half, 2 * half)
        self.scale, self.center = 1.0, None
        if metric is not None:
            self.scale, self.center = float(metric.scale[0]), metric.center
            weights = objective.weights
            shares = np.ones(self.shape[0]) if weights is None else weights[objective.rows]
            self.shares = (shares / self.shape[0]).astype(objective.design.dtype)
        self.bend = objective.l2 * self.scale**2
        # The loss by the scores and b is that of data whose rows are the unit vectors.
        n_rows, dtype = objective.design.shape[0], objective.design.dtype
        unit = sparse.eye_array(n_rows, dtype=dtype, format="csr")
        self.by_scores = objective.with_design(as_design(unit))
        self.scores, self.table = self.by_scores.zeros(), objective.zeros_of_rows()
        self.params = objective.zeros()
        W, b = objective.split(start)
        self.square = float(np.vdot(W, W)) / self.scale**2
        self.x = np.zeros(2 * half, dtype)
        self.start_scores = None
        if self.square:
            self.start_scores = self._scores(start)
            self.x[self.size] = 1
            scores, _, _ = self.parts(self.x[self.right])
            scores[...] = self.start_scores
            self.x[self.right][self.size] = self.square
        if self.center is not None:
            self.params[: len(self.center), 0] = self.center
            self.center_scores = self._scores(self.params)[:, 0]
            self.center_square = float(self.center @ self.center)
        if b is not None:
            for part in (self.x[self.left], self.x[self.right]):
                part[self.size + 1 :] = b + self._shift(W)

    def parts(self, half):
        """The entries of a half: a table of rows, a number in an array, b or nothing."""
        return half[: self.size].reshape(self.shape), half[self.size], half[self.size + 1 :]

    def norms(self, vector):
        """Euclidean norms of V and of b."""
        own = self.size + 1  # all but b
        square = dot(vector[self.left][:own], vector[self.right][:own], ENTRIES)
        b = vector[self.left][own:]
        return math.sqrt(max(square, 0.0)), math.sqrt(float(b @ b))

    def gradient_norm(self):
        """Euclidean norm of the newest gradient, by W and b of X itself."""
        slope, slope_b = self.norms(self.gradient)
        square = (slope / self.scale) ** 2 + slope_b**2
        if self.center is not None:
            A, c, b = self.parts(self.gradient[self.left])
            along = np.einsum("i,ik->k", self.center_scores, A)
            if self.square:
                along += c / self.scale**2 * self._shift(self.objective.split(self.start)[0])
            square += float((2 * along + self.center_square * b) @ b)
        return math.sqrt(max(square, 0.0))

    def value_and_gradient(self, x):
        """F at x, and its gradient but for what ``complete`` writes."""
        scores, _, b = self.parts(x[self.right])
        self._write(scores, self.scores)
        if len(b):
            self.scores[-1, : len(b)] = b
        n, rows = self.shape[0], self.objective.rows
        total = self.by_scores.loss_and_residuals(self.scores, rows, 1 / n, self.table)
        gradient = np.empty_like(x)
        A, c, b = self.parts(x[self.left])
        by_rows, _, by_b = self.parts(gradient[self.left])
        R = self._read(self.table)
        np.multiply(A, x.dtype.type(self.bend), out=by_rows)
        by_rows += R
        gradient[self.size] = self.bend * c
        by_b[...] = R.sum(axis=0, dtype=np.float64)[: len(b)]
        gradient[self.right][self.size + 1 :] = by_b
        return float(total) / n + self.penalty(x), gradient

    def penalty(self, x):
        """The term alpha * R(W)."""
        return self.bend / 2 * self.norms(x)[0] ** 2 if self.bend else 0.0

    def complete(self, gradient):
        """Write the products of the gradient, the newest one from now on: two passes over X."""
        self.refresh(gradient)
        self.gradient = gradient

    def renewed(self, x, value, gradient):
        """Make the scores of the iterate anew, now and then."""
        self.steps += 1
        if self.steps % RENEW == 0:
            self.refresh(x)
            value, gradient = self.value_and_gradient(x)
            self.complete(gradient)
        return value, gradient

    def refresh(self, vector):
        """Write what is right of a vector anew from what is left of it."""
        A, c, _ = self.parts(vector[self.left])
        scores, _, _ = self.parts(vector[self.right])
        along = float(np.vdot(self.start_scores, A)) if self.square else 0.0
        scores[...] = self._scores(self._write_weights(A, c, self.params))
        vector[self.right][self.size] = along + c * self.square

    def write_params(self, x, params):
        """Write the W and b of a point to an array like those of the objective."""
        A, c, own = self.parts(x[self.left])
        W, b = self.objective.split(self._write_weights(A, c, params))
        if b is not None:
            b[...] = own - self._shift(W)
        return params

    def _write_weights(self, A, c, params):
        """Write W alone."""
        A = A * A.dtype.type(self.scale**2)
        if self.center is not None:
            A -= self.shares[:, None] * A.sum(axis=0, dtype=np.float64).astype(A.dtype)
        self._write(A, self.table)
        self.objective.pull_back_table(self.table, params)
        if self.square:
            W, start = self.objective.split(params)[0], self.objective.split(self.start)[0]
            W += c * start
        return params

    def _shift(self, W):
        """``center @ W``."""
        return 0.0 if self.center is None else np.einsum("j,jk->k", self.center, W)

    def _scores(self, params):
        """``(X - center) W`` of the rows that count, (n, n_scores)."""
        objective = self.objective
        W = params[: objective.design.shape[1]]
        scores = linear_scores(objective.design, W, self.shape[1], False, objective.rows)
        if self.center is not None:
            scores -= np.einsum("i,ik->k", self.shares, scores)
        return scores

    def _write(self, values, table):
        """Write the numbers of the rows that count into a table of all of them."""
        if len(values) < self.objective.design.shape[0]:
            table[self.objective.rows, : self.shape[1]] = values
        else:
            table[: len(values), : self.shape[1]] = values

    def _read(self, table):
        """The same rows of such a table."""
        if self.shape[0] < self.objective.design.shape[0]:
            return table[self.objective.rows, : self.shape[1]]
        return table[: self.shape[0], : self.shape[1]]


class RowSpaceRun:
    """One call of L-BFGS in the span of the rows: the best iterate, and the watch.

    Parameters
    ----------
    solver : LBFGS
    objective : Objective
    plan : Plan
    state : State
    monitor : Monitor
    metric : Conditioning or None
        A uniform one.
    """

    smoothing = None

    def __init__(self, solver, objective, plan, state, monitor, metric):
        self.solver, self.objective, self.plan = solver, objective, plan
        self.state, self.monitor = state, monitor
        self.order, self.packed, start = slice(None), objective, state.params
        found = objective.design.by_frequency()
        if found is not None:
            # Vectors of rows know nothing of the order of the features.
            self.order = np.append(found[0], np.arange(len(found[0]), len(start)))
            self.packed, start = objective.with_design(found[1]), start[self.order]
            if metric is not None and metric.center is not None:
                metric = metric._replace(center=metric.center[found[0]])
        self.space = RowSpace(self.packed, start, metric)
        self.x, self.best_epoch, self.reason = self.space.x, state.epochs, None
        monitor.keeps_copies = False

    def descend(self, target):
        """Minimize F, which is ``target``; returns the reason for the end."""
        reason = minimize_many(
            self._value_and_gradient,
            self.x,
            self._after_iteration,
            space=self.space,
            **self.solver.settings(len(self.x), self.plan.max_iter),
        )
        # Each step was down, so that the last iterate is the best one.
        self.best = self._params(self.x)
        self.best_value = target.value(self.best)
        return self.reason or reason

    def _params(self, x):
        """W and b of a point, a new array."""
        params = self.objective.zeros()
        params[self.order] = self.space.write_params(x, self.space.params)
        return params

    def _value_and_gradient(self, x):
        self.monitor.begin(x)
        return self.space.value_and_gradient(x)

    def _after_iteration(self, x, value):
        """Note an iterate and its objective; returns the reason to stop, if there is one."""
        self.state.epochs += 1
        self.state.updates += 1
        space = self.space
        size, change = (space.norms(v)[0] for v in (x, x - self.x))
        penalty = space.bend / 2 * size**2
        measured = Measured(space.scale * size, penalty, space.scale * change)
        self.reason = self.monitor.record(
            self.state.epochs,
            lambda: self._params(x),
            value,
            np.nan,
            space.gradient_norm(),
            measured=measured,
        )
        if self.reason != "diverged":
            self.x, self.best_epoch = x, self.state.epochs
        return self.reason
