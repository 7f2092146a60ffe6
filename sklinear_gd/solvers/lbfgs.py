"""Limited-memory BFGS by SciPy, on the same objective as gradient descent."""

from functools import cache

import numpy as np

from sklinear_gd._namespaces import to_host
from sklinear_gd._validation import check_number
from sklinear_gd.conditioning import Conditioning, diagonal, uniform
from sklinear_gd.solvers.base import Result, Solver, refuse_training_options
from sklinear_gd.solvers.row_space import RowSpaceRun, is_smaller
from sklinear_gd.solvers.smoothing import Smoothing
from sklinear_gd.solvers.weight_space import WeightSpaceRun

# So many parameters without an L1 part are not left to SciPy, whose own work would be the most.
MANY = 100_000
GRADIENT_TOL = 1e-12
# The search for better smoothings ends when so many of them bring nothing.
PATIENCE = 3
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
        loss, epochs = objective.loss, state.epochs
        if loss.smooth and not monitor.validate:
            monitor.stall.chance = objective.frequency_value()
        run = self._run(objective, plan, state, monitor)
        # Overflow on the way is seen by the monitor, which says more than a RuntimeWarning. BLAS
        # threads would stay awake after the vector work and keep a core from the kernels; and
        # their number would change the last bits.
        with (
            np.errstate(over="ignore", invalid="ignore"),
            _blas_threads().limit(limits=1, user_api="blas"),
        ):
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
        """The run in the smaller space, that of the rows or of the weights."""
        metric = Conditioning(*map(to_host, diagonal(objective))) if plan.precondition else None
        if plan.precondition in (False, "uniform") and self.prefers_one_scale(objective):
            one = None if metric is None else uniform(metric)
            if metric is None or one is not None:
                return RowSpaceRun(self, objective, plan, state, monitor, one)
        return WeightSpaceRun(self, objective, plan, state, monitor, metric, _is_large(objective))

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


@cache
def _blas_threads():
    """The control of BLAS threads; made once, as it looks for the libraries on the disk."""
    # It comes with scikit-learn; loaded here, since only this solver needs it.
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _is_large(objective):
    """Whether SciPy would be busy with its own vectors."""
    return (objective.design.shape[1] + objective.fit_intercept) * objective.n_scores > MANY
