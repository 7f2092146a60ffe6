"""Limited-memory BFGS by SciPy, on the same objective as gradient descent."""

import numpy as np

from sklinear_gd._namespaces import copy_of, to_host
from sklinear_gd._validation import check_number
from sklinear_gd.conditioning import Conditioning, diagonal, uniform
from sklinear_gd.objective import norm
from sklinear_gd.solvers.base import Result, Solver, refuse_training_options
from sklinear_gd.solvers.limited_memory import minimize_many
from sklinear_gd.solvers.row_space import RowSpaceRun, is_smaller
from sklinear_gd.solvers.smoothing import Smoothing

# So many parameters without an L1 part are not left to SciPy, whose own work would be the most.
MANY = 100_000
GRADIENT_TOL = 1e-12
# A smoothing is left when so many iterations bring next to nothing, and the search for better ones
# ends when so many smoothings do.
SLOW, PATIENCE = 60, 3
# A step that was halved so often moves nothing; SciPy takes C's integers.
LONGEST_SEARCH = 10_000


class LBFGS(Solver):
    """L-BFGS-B of :func:`scipy.optimize.minimize`, the reference to compare with.

    Smooth objectives go in directly. An L1 part is split into W = P - N with P, N >= 0, which makes
    it linear and its zeros exact. A plain hinge is replaced by a smoothed one, first over
    ``margin / 10``, then over 0.3 times that, and so on, each about the derivatives that the last
    one ended with (the method of multipliers), until what the smoothing costs is less than ``tol``
    of the objective; each is left when it costs more than further iterations would bring. Beyond
    100,000 parameters, where SciPy would spend most of the time on its own vectors, the same
    recursion runs on their inner products. If there are at least twice as many features as rows,
    the loss is smooth and the penalty no more than L2, the vectors hold coefficients of the rows
    and scores in place of weights: the same steps for a part of the work. Scales of each
    feature's own would not allow that, so that ``precondition="auto"`` gives such data one scale,
    unless a feature varies far more than the others; ``"diagonal"`` insists.

    Parameters
    ----------
    memory : int or "auto", default="auto"
        Pairs of steps and gradient differences that approximate the Hessian. "auto" takes 30, and
        10 where a vector has more than 100,000 numbers, whose pairs would fill the memory.
    max_line_search : int, default=20
        Evaluations in one line search, at most.

    References
    ----------
    Byrd, Lu, Nocedal, Zhu (1995), "A limited memory algorithm for bound constrained optimization".
    Nesterov (2005), "Smooth minimization of non-smooth functions".
    Bertsekas (1982), "Constrained Optimization and Lagrange Multiplier Methods".

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklinear_gd import SoftmaxGDClassifier
    >>> from sklinear_gd.solvers import LBFGS
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = SoftmaxGDClassifier(solver=LBFGS(memory=20), max_iter=1000, tol=1e-9).fit(X, y)
    >>> clf.score(X, y) > 0.95
    True
    """

    # The first width, by what it shrinks, the last one, in margins; and how many smoothings there
    # are at most.
    WIDTH, SHRINK, LEAST_WIDTH, SMOOTHINGS = 0.1, 0.3, 1e-7, 60

    def __init__(self, *, memory="auto", max_line_search=20):
        self.memory = memory
        self.max_line_search = max_line_search

    def check(self, plan, loss, penalty):
        """Refuse constraints, noise and penalties that a quasi-Newton method cannot follow.

        Raises
        ------
        ValueError
        """
        if self.memory != "auto":
            check_number("LBFGS", "memory", self.memory, low=1, integer=True, cure="or 'auto'")
        check_number("LBFGS", "max_line_search", self.max_line_search, low=1, integer=True)
        if not loss.smooth:
            loss.smoothed(1.0)  # says so if the loss has no smooth version
        refuse_training_options("lbfgs", plan)
        if not penalty.smooth and not penalty.separable:
            name = type(penalty).__name__
            raise ValueError(
                f"solver='lbfgs' cannot minimize the non-smooth penalty {name}; "
                "use solver='gd', or penalty='l1', 'elasticnet' or 'l2'."
            )

    def takes_all(self, plan, objective):
        """Each evaluation looks at all rows."""
        return True

    def may_condition(self, plan):
        """Always: it has no rate that would mean something else then."""
        return True

    def prefers_one_scale(self, objective):
        """Where the span of the rows is the smaller space."""
        return _is_large(objective) and is_smaller(objective)

    def minimize(self, objective, plan, state, monitor):
        """Iterate from ``state.params`` on, which are replaced by the solution."""
        # It comes with scikit-learn; loaded here, since only this solver needs it.
        from threadpoolctl import threadpool_limits

        loss, epochs = objective.loss, state.epochs
        run = self._run(objective, plan, state, monitor)
        # Overflow on the way is seen by the monitor, which says more than a RuntimeWarning. BLAS
        # threads would stay awake after the vector work and keep a core from the kernels; and
        # their number would change the last bits.
        with np.errstate(over="ignore", invalid="ignore"), threadpool_limits(1, "blas"):
            reason = run.descend(objective) if loss.smooth else self._continuation(run)
        if not np.isfinite(run.best_value):  # nor at the start, from which nothing leads down
            raise ValueError(
                "The objective is not finite at the weights to start from; pass smaller ones as "
                "coef_init and intercept_init, or leave them out (and set warm_start=False)."
            )
        state.params[...] = run.best
        if state.epochs == epochs:  # the start was the optimum; that took a look, too
            state.epochs += 1
            monitor.record(state.epochs, state.params, run.best_value, np.nan)
        if reason != "diverged" and monitor.validate:
            best = monitor.best_params
            return Result(best, objective.value(best), reason, monitor.best_epoch)
        nearest = run.smoothing.nearest if run.smoothing else None
        return Result(state.params, run.best_value, reason, run.best_epoch, nearest=nearest)

    def _run(self, objective, plan, state, monitor):
        """The run in the smaller space, if its metric allows it."""
        metric = Conditioning(*map(to_host, diagonal(objective))) if plan.precondition else None
        if plan.precondition in (False, "uniform") and self.prefers_one_scale(objective):
            one = None if metric is None else uniform(metric)
            if metric is None or one is not None:
                return RowSpaceRun(self, objective, plan, state, monitor, one)
        return _Run(self, objective, plan, state, monitor, metric)

    def settings(self, length, max_iter):
        """The settings of :func:`minimize_many` for vectors of this length, and iterations."""
        memory = self.memory
        if memory == "auto":
            memory = 30 if length <= MANY else 10
        return {
            "memory": min(int(memory), max_iter),
            "max_iter": max_iter,
            "max_line_search": min(int(self.max_line_search), LONGEST_SEARCH),
            "tol": GRADIENT_TOL,
        }

    def _continuation(self, run):
        """Move the smoothing on, each time from the last solution, while it costs more than tol."""
        margin = getattr(run.objective.loss, "margin", 1.0)  # the scale of a hinge
        smoothing = run.smoothing = self._first_smoothing(run, margin)
        width, waits, before = smoothing.width, 0, None
        for _ in range(self.SMOOTHINGS):
            reason = run.descend(smoothing)
            if reason not in ("tol", "line_search"):
                return reason
            if run.unsolved() is None:
                smoothing.note(0.0)
            if smoothing.nearest.missing <= run.monitor.stall.share(run.best_value):
                return "tol"
            reached = run.best_value, smoothing.nearest.missing
            waits = waits + 1 if reached == before else 0
            if waits == PATIENCE:
                break
            before = reached
            width = max(self.SHRINK * width, self.LEAST_WIDTH * margin)
            smoothing.move(width)
        return "line_search"

    def _first_smoothing(self, run, margin):
        """The widest smoothing that changes the objective at the start by no more than a tenth."""
        width = self.WIDTH * margin
        smoothing = Smoothing(run.objective, width)
        while True:
            smoothing.value_and_gradient(run.params, run.gradient)
            change = abs(smoothing.value - smoothing.smooth_value)
            if change <= 0.1 * abs(smoothing.value) or width <= self.LEAST_WIDTH * margin:
                return smoothing
            width *= self.SHRINK
            smoothing = Smoothing(run.objective, width)


def _is_large(objective):
    """Whether SciPy would be busy with its own vectors."""
    return (objective.design.shape[1] + objective.fit_intercept) * objective.n_scores > MANY


class _Run:
    """One call of ``minimize``: the flat view of the parameters that SciPy wants, and the watch."""

    def __init__(self, solver, objective, plan, state, monitor, conditioning):
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
        self.is_large = not self.l1 and _is_large(objective)
        # SciPy works in float64.
        self.dtype = objective.design.dtype if self.is_large else np.dtype(np.float64)
        self.iterations_left, self.unpacked = plan.max_iter, None
        self.best, self.best_value, self.best_epoch = copy_of(self.params), np.inf, state.epochs
        self.target, self.smoothing = objective, None  # what is minimized
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
        l2 = objective.alpha * objective.penalty.l2_strength
        if self.l1 or not l2:
            return None
        return norm(objective.split(self.gradient)[0]) ** 2 / (2 * l2)

    def descend(self, target):
        """Minimize F, or its smoothed neighbour; returns the reason for the end."""
        if self.iterations_left == 0:
            return "max_iter"
        self.target, self.reason, self.smooth_values = target, None, []
        x = self._pack(self.params)
        if not np.isfinite(self.best_value):
            self.best_value = self.objective.value(self.best)
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
