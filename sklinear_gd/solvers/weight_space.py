"""L-BFGS on the parameters themselves, by SciPy or, where they are many, by our own recursion."""

import numpy as np

from sklinear_gd._namespaces import copy_of, to_host
from sklinear_gd.objective import norm
from sklinear_gd.solvers.limited_memory import minimize_many

# A smoothing is left when so many iterations bring next to nothing.
SLOW = 60


class WeightSpaceRun:
    """One call of L-BFGS on the parameters: the flat view of them, the best iterate, the watch.

    Parameters
    ----------
    solver : LBFGS
    objective : Objective
    plan : Plan
    state : State
    monitor : Monitor
    conditioning : Conditioning or None
        The variables.
    is_large : bool
        Whether the recursion on inner products replaces SciPy's, where there is no L1 part.
    """

    def __init__(self, solver, objective, plan, state, monitor, conditioning, is_large):
        self.solver, self.objective, self.plan = solver, objective, plan
        self.state, self.monitor = state, monitor
        # Start, iterate, gradient, the best, two that the monitor keeps; steps and differences.
        pairs = solver.settings(np.prod(state.params.shape), plan.max_iter)["memory"]
        objective.check_memory(6 + 2 * min(pairs, plan.max_iter))
        self.params, self.gradient = copy_of(state.params), objective.zeros()
        n_features = objective.design.shape[1]
        self.shape = (n_features + objective.fit_intercept, objective.n_scores)
        penalty = objective.penalty
        self.l1 = 0.0 if penalty.smooth else objective.alpha * penalty.l1_strength
        self.weight_entries = n_features * objective.n_scores
        # SciPy's side is on the host, whatever the objective's arrays are.
        self.host_params = self.params
        if objective.design.xp is not np:
            self.host_params = np.zeros(self.shape, dtype=objective.design.dtype)
        self.conditioning = conditioning
        self.is_large = is_large and not self.l1
        # SciPy works in float64.
        self.dtype = objective.design.dtype if self.is_large else np.dtype(np.float64)
        self.iterations_left, self.unpacked = plan.max_iter, None
        self.best, self.best_value, self.best_epoch = copy_of(self.params), np.inf, state.epochs
        self.target, self.smoothing = objective, None  # what is minimized
        self.is_at_start = False
        self.reason = None

    def _unpack(self, x):
        """Write (W, b) of x, the variables in a row, to ``params`` and return them."""
        if x is self.unpacked:
            return self.params
        self.unpacked = x if self.is_large else None  # SciPy writes to its arrays
        size = np.prod(self.shape)
        variables = x[:size].reshape(self.shape)
        if self.l1:
            variables = variables.copy()
            variables.ravel()[: self.weight_entries] -= x[size:]
        params = self.host_params[:, : self.shape[1]]
        if self.conditioning:
            self.conditioning.leave(variables, params)
        else:
            params[...] = variables
        if self.host_params is not self.params:
            self.params[...] = self.objective.design.place(self.host_params)
        return self.params

    def _pack(self, params):
        """x of (W, b) in the dtype of the run; with an L1 part the negative parts come last."""
        params = to_host(params)
        if self.conditioning:
            params = self.conditioning.enter(params)
        x = params[:, : self.shape[1]].astype(self.dtype).ravel()
        if not self.l1:
            return x
        weights = x[: self.weight_entries]
        negative = np.maximum(-weights, 0)
        x[: self.weight_entries] = np.maximum(weights, 0)
        return np.concatenate([x, negative])

    def _value_and_gradient(self, x):
        params = self._unpack(x)
        self.monitor.begin(params)
        value = self.target.value_and_gradient(params, self.gradient)
        if self.is_at_start:  # the first evaluation is the one there
            self.best_value, self.is_at_start = value, False
        self.gradient_norm = self.objective.gradient_norm(self.gradient)
        gradient = to_host(self.gradient)[:, : self.shape[1]].astype(self.dtype)
        if self.conditioning:
            self.conditioning.pull(gradient)
        gradient = gradient.ravel()
        if self.l1:
            # The slope of alpha |W| along each variable.
            l1 = np.full(self.shape[1], self.l1)
            scale = self.conditioning.scale if self.conditioning else np.ones(1)
            slope = np.broadcast_to(np.outer(scale, l1), (self.weight_entries // len(l1), len(l1)))
            slope = slope.ravel()
            W = gradient[: self.weight_entries]
            gradient = np.concatenate([gradient, slope - W])
            gradient[: self.weight_entries] += slope
        return value, gradient

    def _stop_scipy(self, intermediate_result):
        """SciPy calls it with the new iterate; raising StopIteration ends the run."""
        if self._after_iteration(intermediate_result.x, float(intermediate_result.fun)):
            raise StopIteration

    def _after_iteration(self, x, value):
        """Note an iterate and its objective; returns the reason to stop, if there is one."""
        params = self._unpack(x)
        if self.smoothing:
            if value != self.smoothing.smooth_value:  # the last evaluation was another point
                self.smoothing.value_and_gradient(params, self.gradient)
            self.smooth_values.append(value)
            value = self.smoothing.value
            unsolved = self.unsolved()
            if unsolved is not None:
                self.smoothing.note(unsolved)
        self.state.epochs += 1
        self.state.updates += 1
        self.iterations_left -= 1
        if value < self.best_value:
            self.best_value, self.best_epoch = value, self.state.epochs
            self.best[...] = params
        self.reason = self.monitor.record(
            self.state.epochs, params, value, np.nan, self.gradient_norm, judge=not self.smoothing
        )
        if not self.reason and self.smoothing and self._is_solved():
            self.reason = "tol"
        return self.reason

    def _is_solved(self):
        """Whether the smoothing itself costs more than further iterations would bring."""
        aim = 0.1 * max(self.smoothing.cost, self.monitor.stall.share(self.smoothing.value))
        unsolved, values = self.unsolved(), self.smooth_values
        if unsolved is not None and unsolved <= aim:
            return True
        return len(values) > SLOW and values[-1 - SLOW] - values[-1] <= 0.01 * aim

    def unsolved(self):
        """By how much the smoothed objective may still fall, but for b; None if that is unknown."""
        objective = self.objective
        if self.l1 or not objective.l2:
            return None
        return norm(objective.split(self.gradient)[0]) ** 2 / (2 * objective.l2)

    def descend(self, target):
        """Minimize F, or its smoothed neighbour; returns the reason for the end."""
        if self.iterations_left == 0:
            return "max_iter"
        self.target, self.reason, self.smooth_values = target, None, []
        x = self._pack(self.params)
        self.is_at_start = not np.isfinite(self.best_value)
        if self.is_at_start and (self.l1 or target is not self.objective):
            self.best_value, self.is_at_start = self.objective.value(self.best), False
        reason = self._many(x) if self.is_large else self._scipy(x)
        if self.reason:
            return self.reason
        return "max_iter" if self.iterations_left == 0 else reason

    def _many(self, x):
        settings = self.solver.settings(len(x), self.iterations_left)
        return minimize_many(self._value_and_gradient, x, self._after_iteration, **settings)

    def _scipy(self, x):
        # An import of 0.1 s.
        from scipy.optimize import Bounds, minimize

        bounds = None
        if self.l1:
            lower = np.full(len(x), -np.inf)
            lower[: self.weight_entries] = 0
            lower[np.prod(self.shape) :] = 0
            bounds = Bounds(lower, np.inf)
        settings = self.solver.settings(len(x), self.iterations_left)
        found = minimize(
            self._value_and_gradient,
            x,
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            callback=self._stop_scipy,
            options={
                "maxiter": settings["max_iter"],
                "maxfun": 100 * settings["max_iter"],
                "maxcor": settings["memory"],
                "maxls": settings["max_line_search"],
                "ftol": 0.0,  # stopping is the monitor's business
                "gtol": settings["tol"],
            },
        )
        return "tol" if found.success else "line_search"
