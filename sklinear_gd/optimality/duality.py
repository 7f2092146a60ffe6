"""A lower bound of the objective by Fenchel duality.

For any rows d_i in the domain of L*, with v_i = w_i / sum_j w_j and V = sum_i v_i x_iᵀ d_i,

    F(W, b) >= - sum_i v_i L*(d_i, y_i) - (alpha R)*(-V)    without b, or if sum_i v_i d_i = 0,

since L(s, y) >= <d, s> - L*(d, y). Here d_i are the derivatives of the loss, or of a smooth
neighbour, near a model. The mathematics page of the documentation has the whole of it.
"""

import numpy as np

from sklinear_gd.conditioning import TURNED, basis, choose, in_basis
from sklinear_gd.optimality.passes import Passes
from sklinear_gd.optimizers import SGD
from sklinear_gd.solvers import LBFGS, Monitor, Plan, State

# The search ends when the bound is so near to the least objective seen, relative to it.
TARGET = 1e-4
# Of the search.
TOL = 1e-6
# At a given model a hinge with a kink is smoothed over the margin times the first of these that
# changes the objective by no more than a tenth.
WIDTHS = tuple(10.0**-k for k in range(1, 8))
# What rounding may add to the two terms of a bound, relative to them.
ROUNDING = 1e-13
# As good as an infinite intercept.
FAR = 1e30


def lower_bound(passes, radius, max_iter, nearest=None):
    """Return a lower bound of F; NaN if loss or penalty have no conjugate.

    Parameters
    ----------
    passes : Passes
        The objective at the model.
    radius : float
        That of the ball of each class's weights; may be infinite.
    max_iter : int
        L-BFGS iterations from the model on that may be spent.
    nearest : Nearest or None
        What L-BFGS, where it led to the model, has left to make a dual point of.

    Returns
    -------
    bound : float
        The bound.
    """
    objective, least = passes.objective, passes.value()
    dual = _Dual(objective, passes.shares, radius)
    best = dual.bound(dual.at_zero, np.zeros_like(passes.W))
    if np.isnan(best):
        return best
    loss = _neighbour(passes, least)
    best = max(best, dual.bound_at(passes, loss))
    if nearest is not None and nearest.params is not None:
        best = max(best, dual.bound_at(*_at(objective, nearest)))
    near = least - best <= TARGET * abs(least)
    if near or max_iter <= 0 or not loss.smooth or not _can_descend(objective, radius):
        return best
    return max(best, dual.bound_at(*_descend(passes, max_iter)))


class _Dual:
    """The dual objective: what the loss and the penalty contribute to a bound."""

    def __init__(self, objective, shares, radius):
        self.objective, self.shares, self.radius = objective, shares, radius
        classes = np.arange(len(shares), dtype=np.int32)
        zeros = np.zeros((len(shares), objective.n_scores))
        # All d_i = 0: minus the conjugate is the least value of the loss.
        self.at_zero = 0.0 - float(shares @ objective.loss.conjugate(zeros, classes))

    def bound_at(self, passes, loss, shifts=None):
        """Return the bound from the derivatives of a smooth neighbour of the loss at a model.

        With ``shifts`` these are added to the scores.
        """
        offsets, ratio, b = np.zeros((len(self.shares), 1)), 0.0, passes.b
        if b is not None:
            b = _best_intercept(passes, loss, shifts, self.shares)
            excess = passes.mean_loss(loss, b, shifts)[1]
            offsets, ratio = self.objective.loss.balance(excess, self.shares)
        return self.bound(*passes.dual_point(loss, b, shifts, offsets, ratio))

    def bound(self, value, V):
        """Return the best bound on the way from d = 0 to the rows that gave `value` and V.

        L* is convex, so that between the two it is at most the straight line. A penalty with a
        ball for a domain, such as L1, ends the way early.
        """
        if not (np.isfinite(value) and np.isfinite(V).all()):
            return self.at_zero

        def at(t):
            of_loss = t * value + (1 - t) * self.at_zero
            penalty = self.objective.penalty
            of_penalty = penalty.conjugate(-t * V, self.objective.alpha, self.radius)
            return of_loss - of_penalty - ROUNDING * (abs(of_loss) + abs(of_penalty))

        # To the end of a domain every digit counts, to the top of a parabola half of them.
        steps = 20 if np.isfinite(at(1.0)) else 60
        return _highest(at, steps)


def _highest(function, steps):
    """Return the largest value found of a concave function on [0, 1] by the golden section."""
    ratio = (np.sqrt(5) - 1) / 2
    low, high = 0.0, 1.0
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = function(left), function(right)
    best = max(function(0.0), function(1.0))
    for _ in range(steps):
        best = max(best, at_left, at_right)
        if at_left >= at_right:
            high, right, at_right = right, left, at_left
            left = high - ratio * (high - low)
            at_left = function(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + ratio * (high - low)
            at_right = function(right)
    return max(best, at_left, at_right)


def _neighbour(passes, value):
    """Return the loss itself if it is smooth, else smoothed so that it is nearly the same here."""
    loss = passes.objective.loss
    if loss.smooth:
        return loss
    try:
        losses = [loss.smoothed(width * getattr(loss, "margin", 1.0)) for width in WIDTHS]
    except ValueError:  # a user's loss; then a subgradient must do
        return loss
    here = passes.mean_loss(loss, passes.b)[0]
    near = (
        loss
        for loss in losses
        if abs(passes.mean_loss(loss, passes.b)[0] - here) <= 0.1 * abs(value)
    )
    return next(near, losses[-1])


def _best_intercept(passes, loss, shifts, shares):
    """Return the intercept of the least mean loss for the model's W: excesses are then small."""
    from scipy.optimize import minimize  # 0.1 s, not at import

    b, missing = passes.b, shares == 0
    if missing.any():
        # No rows keep the score of such a class from falling for ever, but smoothed labels do.
        fall = FAR * missing
        far = b - fall if len(b) > 1 else b + fall[0] - fall[1]
        here, there = (passes.mean_loss(loss, either, shifts)[0] for either in (b, far))
        b = far if there - here <= 1e-9 * abs(here) else b
    found = minimize(
        lambda b: passes.mean_loss(loss, b, shifts),
        b,
        jac=True,
        method="L-BFGS-B",
        options={"maxfun": 100, "ftol": 0.0, "gtol": 1e-13},
    )
    return found.x


def _can_descend(objective, radius):
    """Return whether L-BFGS takes this penalty, and the penalty bounds the weights."""
    penalty = objective.penalty
    strength = objective.alpha * (penalty.l1_strength + penalty.l2_strength)
    return bool(penalty.separable and strength > 0 and not np.isfinite(radius))


def _descend(passes, max_iter):
    """Return passes at a model nearer to the optimum, a smooth neighbour of the loss, and shifts.

    At them the derivatives are a better dual point. L-BFGS works in the variables that a fit takes;
    the bound is made in those of the model, which holds whatever rounding has done to the others.
    """
    objective, plan = passes.objective, _plan(max_iter, "auto")
    turned, W, b = objective, passes.W, passes.b
    metric = choose(objective, plan, LBFGS()) if objective.basis is None else None
    if metric in TURNED:
        turned = in_basis(objective, basis(objective, metric))
        W, b = turned.basis.turn(W, 0.0 if b is None else b)
    params = turned.zeros()
    of_W, of_b = turned.split(params)
    of_W[...] = W
    if of_b is not None:
        of_b[...] = b
    plan, state = _plan(max_iter, "diagonal"), State(params=params, seed=None)
    found = LBFGS().minimize(turned, plan, state, Monitor(plan))
    axes = turned.basis if turned is not objective else None
    if found.nearest is not None and found.nearest.params is not None:
        return _at(objective, found.nearest, axes)
    return _passes(objective, found.params, axes), objective.loss, None


def _plan(max_iter, precondition):
    return Plan(SGD(), None, None, None, max_iter, TOL, 10, precondition=precondition)


def _at(objective, nearest, axes=None):
    """Return passes, loss and shifts of the best dual point that L-BFGS has met, along axes."""
    return _passes(objective, nearest.params, axes), nearest.loss, nearest.all_shifts()


def _passes(objective, params, axes=None):
    W, b = objective.split(params)
    W, b = W.astype(np.float64), None if b is None else b.astype(np.float64)
    if axes is not None:
        W, shifted = axes.turn_back(W, 0.0 if b is None else b)
        b = None if b is None else shifted
    return Passes(objective, W, b)
