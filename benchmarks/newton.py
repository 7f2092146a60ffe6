"""The optimum of a problem by a truncated Newton method, with a bound on its error.

Plain NumPy in float64, independent of the project and of every peer. A plain hinge is smoothed,
and the smoothing shrinks fourfold until the duality gap is small enough. That of Weston and
Watkins is smoothed about the derivatives that the last smoothing ended with (the method of
multipliers), so that a moderate one has the optimum.

References
----------
Nocedal, Wright (2006), "Numerical Optimization", algorithm 7.1 (line-search Newton-CG).
Bertsekas (1982), "Constrained Optimization and Lagrange Multiplier Methods".
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from benchmarks.problems import Model, objective, softmax

SMOOTHINGS = tuple(0.1 / 4.0**k for k in range(14))
# With multipliers no smoothing need be smaller than this.
LEAST_SMOOTHING, MULTIPLIERS = 1e-3, 60
MAX_NEWTON, MAX_CG = 60, 400


@dataclass(frozen=True)
class Optimum:
    """A model, its objective, and by how much at most (relative) that is above the minimum."""

    model: Model
    objective: float
    gap: float


def minimize(problem, data, tol=1e-8):
    """Minimize the problem's objective.

    Parameters
    ----------
    problem : Problem
        Softmax with or without intercept; a multi-class hinge without.
    data : Dataset
        In float64.
    tol : float
        The error of the objective to reach, relative.

    Returns
    -------
    optimum : Optimum
        For softmax the gap is half the squared Newton decrement; for a hinge it is the duality
        gap.
    """
    width = 1 if problem.loss == "softmax" and data.n_classes == 2 else data.n_classes
    params = np.zeros((data.X.shape[1] + problem.fit_intercept, width))
    if problem.loss == "softmax":
        curved = _Smooth(problem, data, _softmax_parts)
        params, gap = curved.descend(params, tol)
        return _optimum(problem, data, params, gap)
    if problem.loss == "crammer_singer":
        steps, parts = SMOOTHINGS, _softmax_hinge_parts
    else:
        steps, parts = np.maximum(0.1 / 4.0 ** np.arange(MULTIPLIERS), LEAST_SMOOTHING), None
    best, multipliers = None, 0.0
    for smoothing in steps:
        close = 0.01 * smoothing
        if parts is None:
            close = max(0.1 * tol, min(close, 0.1 * best.gap if best else 1.0))
        curved = _Smooth(
            problem, data, parts or partial(_weston_watkins_parts, shift=multipliers), smoothing
        )
        params, _ = curved.descend(params, close)
        found = _optimum(problem, data, params, 0.0)
        gap = 1 - curved.dual(params) / found.objective
        if best is None or gap < best.gap:
            best = Optimum(found.model, found.objective, gap)
        if best.gap <= tol:
            break
        multipliers = np.maximum(curved.derivative(params), 0)
    return best


def _optimum(problem, data, params, gap):
    n_features = data.X.shape[1]
    intercept = params[n_features] if problem.fit_intercept else np.zeros(params.shape[1])
    model = Model(params[:n_features].T, intercept)
    return Optimum(model, objective(problem, data, model), gap)


# -- losses: value, derivative and curvature in the scores ---------------------------------


def _softmax_parts(scores, y, smoothing=None):
    """Values, derivative and the product with the Hessian, of each row."""
    if scores.shape[1] == 1:
        p = 1 / (1 + np.exp(-scores))
        return softmax(scores, y), p - y[:, None], lambda U: p * (1 - p) * U, p * (1 - p)
    p = np.exp(scores - scores.max(axis=1)[:, None])
    p /= p.sum(axis=1)[:, None]
    derivative = p.copy()
    derivative[np.arange(len(y)), y] -= 1

    def curvature(U):
        return p * (U - (p * U).sum(axis=1)[:, None])

    return softmax(scores, y), derivative, curvature, p * (1 - p)


def _softmax_hinge_parts(scores, y, smoothing):
    """Crammer-Singer with a soft maximum: softmax of the scores with the margin, scaled."""
    scaled = scores + 1
    scaled[np.arange(len(y)), y] -= 1
    values, derivative, curvature, diagonal = _softmax_parts(scaled / smoothing, y)
    return (
        smoothing * values,
        derivative,
        lambda U: curvature(U) / smoothing,
        diagonal / smoothing,
    )


def _weston_watkins_parts(scores, y, smoothing, shift=0.0):
    """Each hinge z as the largest d z - smoothing / 2 (d - shift)^2 over 0 <= d <= 1."""
    rows = np.arange(len(y))
    z = 1 + scores - scores[rows, y][:, None]
    z[rows, y] = -1
    wanted = shift + z / smoothing
    derivative = np.clip(wanted, 0, 1)
    values = (derivative * z - smoothing / 2 * (derivative - shift) ** 2).sum(axis=1)
    derivative[rows, y] = -derivative.sum(axis=1)
    bend = ((wanted > 0) & (wanted < 1)) / smoothing

    def curvature(U):
        V = bend * (U - U[rows, y][:, None])
        V[rows, y] = -V.sum(axis=1)
        return V

    diagonal = bend.copy()
    diagonal[rows, y] = bend.sum(axis=1)
    return values, derivative, curvature, diagonal


# -- the method ----------------------------------------------------------------------------


class _Smooth:
    """The objective with a smooth loss: value, gradient, Hessian product."""

    def __init__(self, problem, data, parts, smoothing=None):
        self.problem, self.data, self.parts, self.smoothing = problem, data, parts, smoothing
        self.n_rows, self.n_features = data.X.shape
        self.X, self.XT, self.intercept = data.X, data.X.T, problem.fit_intercept
        self.squares = None

    def scores(self, params):
        scores = self.X @ params[: self.n_features]
        return scores + params[self.n_features] if self.intercept else scores

    def pull_back(self, d_scores):
        out = self.XT @ d_scores / self.n_rows
        return np.vstack([out, d_scores.mean(axis=0)]) if self.intercept else out

    def penalised(self, params):
        """alpha W, and 0 for the intercept."""
        out = self.problem.alpha * params
        out[self.n_features :] = 0
        return out

    def value(self, scores, params):
        values = self.parts(scores, self.data.y, self.smoothing)[0]
        norm = np.sum(params[: self.n_features] ** 2)
        return values.mean() + self.problem.alpha / 2 * norm

    def derivative(self, params):
        """The derivatives of the losses by the scores, a row for each."""
        return self.parts(self.scores(params), self.data.y, self.smoothing)[1]

    def dual(self, params):
        """The lower bound on F that the derivatives at these parameters give."""
        derivative = self.derivative(params)
        pulled = self.XT @ derivative / self.n_rows
        # Only wrong classes have a derivative above 0, and their margins are 1.
        margins = np.maximum(derivative, 0).sum(axis=1).mean()
        return margins - np.sum(pulled**2) / (2 * self.problem.alpha)

    def preconditioner(self, diagonal):
        """The inverse of the Hessian's diagonal."""
        if self.squares is None:
            X = self.X
            self.squares = X.multiply(X).tocsr().T if hasattr(X, "multiply") else (X**2).T
        out = np.full((self.n_features + self.intercept, diagonal.shape[1]), 0.0)
        out[: self.n_features] = self.squares @ diagonal / self.n_rows + self.problem.alpha
        out[self.n_features :] = diagonal.mean(axis=0) + 1e-12
        return 1 / out

    def descend(self, params, tol):
        """Newton steps until the error is below tol times F; returns the parameters and it."""
        decrement, error, alpha = np.inf, np.inf, self.problem.alpha
        for _ in range(MAX_NEWTON):
            scores = self.scores(params)
            values, derivative, curvature, diagonal = self.parts(
                scores, self.data.y, self.smoothing
            )
            here = values.mean() + self.problem.alpha / 2 * np.sum(params[: self.n_features] ** 2)
            gradient = self.pull_back(derivative) + self.penalised(params)
            # Loose while far away; the last solves are exact enough to trust the decrement.
            forcing = min(0.1, max(1e-3, np.sqrt(decrement))) if decrement < np.inf else 0.1
            step, moved = self.solve(gradient, curvature, diagonal, forcing)
            decrement = -float(np.vdot(gradient, step)) / 2
            # Without an intercept F is alpha-strongly convex: a bound, not an estimate.
            error = decrement if self.intercept else np.vdot(gradient, gradient) / (2 * alpha)
            if error <= tol * abs(here):
                break
            rate = 1.0
            while rate > 1e-10:
                new = params + rate * step
                if self.value(scores + rate * moved, new) <= here - 0.1 * rate * decrement:
                    break
                rate /= 2
            else:
                break
            params = new
        return params, error / abs(here)

    def solve(self, gradient, curvature, diagonal, forcing):
        """Preconditioned conjugate gradients for H step = -gradient; also the step in scores."""
        inverse = self.preconditioner(diagonal)
        step, residual = np.zeros_like(gradient), -gradient
        z = inverse * residual
        direction, rho = z.copy(), np.vdot(residual, z)
        stop = forcing**2 * rho
        curved = self.curved_rows(diagonal)
        for _ in range(MAX_CG):
            product = self.hessian(curved, curvature, direction)
            bend = np.vdot(direction, product)
            if bend <= 0:
                break
            rate = rho / bend
            step += rate * direction
            residual -= rate * product
            z = inverse * residual
            rho, before = np.vdot(residual, z), rho
            if rho <= stop:
                break
            direction = z + rho / before * direction
        return step, self.scores(step)

    def curved_rows(self, diagonal):
        """The rows whose loss is not straight here, and those rows of X; None for all of them.

        Of a hinge these are few, once the smoothing is small.
        """
        bends = diagonal.max(axis=1)
        rows = np.flatnonzero(bends > 1e-9 * bends.max())
        return (rows, self.X[rows]) if len(rows) < 0.7 * self.n_rows else None

    def hessian(self, curved, curvature, direction):
        """The Hessian's product with a direction."""
        if curved is None:
            return self.pull_back(curvature(self.scores(direction))) + self.penalised(direction)
        rows, X = curved
        along = np.zeros((self.n_rows, direction.shape[1]))
        along[rows] = X @ direction[: self.n_features]
        if self.intercept:
            along[rows] += direction[self.n_features]
        bent = curvature(along)[rows]
        out = self.penalised(direction)
        out[: self.n_features] += X.T @ bent / self.n_rows
        out[self.n_features :] += bent.sum(axis=0) / self.n_rows
        return out
