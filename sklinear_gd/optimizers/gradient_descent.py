"""Gradient descent on any function: the optimizers as a method of scipy.optimize.minimize."""

from collections.abc import Callable
from copy import deepcopy
from inspect import signature
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from sklinear_gd._validation import check_number
from sklinear_gd.optimizers.base import Optimizer
from sklinear_gd.schedules import Horizon, resolve_schedule

MESSAGES = {
    0: "The gradient vanished: a minimum, or a saddle, a plateau or a maximum.",
    1: "maxiter steps were made.",
    2: "The function or its gradient is no longer finite; lower learning_rate.",
    3: "The callback stopped the descent.",
}


class GradientDescent(BaseEstimator):
    r"""Gradient descent as a ``method`` of :func:`scipy.optimize.minimize`.

    .. math:: x^{(k+1)} = \text{the optimizer's step from } x^{(k)} \text{ along } \nabla f(x^{(k)})
        \text{ with the rate } \eta \cdot schedule(k)

    All coordinates move together: none sees another's new value.

    Parameters
    ----------
    optimizer : str or Optimizer, default="sgd"
        The rule that makes a step of a gradient: a key of ``OPTIMIZERS`` or an object.
    learning_rate : float, sequence of float or "exact", default=0.1
        η. Of a sequence each step tries all and keeps the one with the lowest f, the simplest line
        search. "exact" solves for the rate at which the directional derivative along the step
        vanishes; it needs an optimizer whose step is proportional to the rate, as all of this
        package but "accelerated" are.
    schedule : str, Schedule or callable, default="constant"
        The factor on the rate; ``lambda k: rates[k]`` with ``learning_rate=1.0`` takes a list of
        rates. A step counts as an epoch, and ``maxiter`` is the horizon. "exact" ignores it.

    Raises
    ------
    ValueError
        In ``minimize``, for a bad setting, for bounds, constraints and unknown options.

    Notes
    -----
    Options of ``minimize``: ``maxiter`` (default 1000) is the number of steps, ``gtol`` (default
    1e-8, also set by ``tol``) the largest element of a gradient that counts as zero. Without
    ``jac`` the gradient is that of forward differences. ``hess`` and ``hessp`` are not used.

    The result has, besides the usual ``x``, ``fun``, ``jac``, ``nit``, ``nfev``, ``njev``,
    ``success``, ``status`` and ``message``:

    - ``path``, ndarray of shape (nit + 1, n): the iterates, the start first;
    - ``path_fun``, ndarray of shape (nit + 1,): f there;
    - ``rates``, ndarray of shape (nit,): the rate of each step.

    :class:`sklinear_gd.solvers.GradientDescent` is another thing: it trains the estimators.

    References
    ----------
    A. Cauchy, "Méthode générale pour la résolution des systèmes d'équations simultanées", Comptes
    Rendus 25, 1847.

    Examples
    --------
    Ten steps down f = w² from 3:

    >>> from scipy.optimize import minimize
    >>> from sklinear_gd.optimizers import GradientDescent
    >>> method = GradientDescent(optimizer="sgd", learning_rate=0.1)
    >>> found = minimize(
    ...     lambda w: w[0] ** 2, [3.0], jac=lambda w: 2 * w, method=method, options={"maxiter": 10}
    ... )
    >>> round(found.fun**0.5, 6), round(3 * 0.8**10, 6), found.path.shape
    (0.322123, 0.322123, (11, 1))
    """

    def __init__(
        self,
        optimizer: str | Optimizer = "sgd",
        *,
        learning_rate: Any = 0.1,
        schedule: Any = "constant",
    ) -> None:
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule

    def __call__(
        self,
        fun: Callable[..., Any],
        x0: Any,
        args: Any = (),
        *,
        jac: Any = None,
        bounds: Any = None,
        constraints: Any = (),
        callback: Any = None,
        maxiter: int = 1000,
        gtol: float = 1e-8,
        tol: float | None = None,
        hess: Any = None,
        hessp: Any = None,
        **unknown: Any,
    ) -> Any:
        """Descend from x0; SciPy calls this. See :func:`scipy.optimize.minimize`.

        Returns
        -------
        result : scipy.optimize.OptimizeResult
            With ``path``, ``path_fun`` and ``rates``; see the notes of the class.
        """
        owner = type(self).__name__
        unknown = {name: value for name, value in unknown.items() if value is not None}
        if unknown:
            raise ValueError(
                f"{owner}: the options {sorted(unknown)} are unknown; there are maxiter, gtol, tol."
            )
        for name, value in [("bounds", bounds), ("constraints", constraints or None)]:
            if value is not None:
                raise ValueError(f"{owner}: {name} cannot be kept; use e.g. method='SLSQP'.")
        check_number(owner, "maxiter", maxiter, low=0, integer=True)
        gtol = gtol if tol is None else tol
        check_number(owner, "gtol", gtol, low=0, cure="0 makes all steps")
        descent = _Descent(self, _Function(fun, jac, args), x0, int(maxiter))
        # An overflow on the way ends the descent, with a message.
        with np.errstate(over="ignore", invalid="ignore"):
            return descent.run(gtol, _as_called(callback))


class _Function:
    """The function and its gradient, counted."""

    def __init__(self, fun: Callable[..., Any], jac: Any, args: Any) -> None:
        self.fun, self.jac = fun, jac
        self.args = args if isinstance(args, tuple) else (args,)
        self.nfev = self.njev = 0

    def value(self, x: Any) -> float:
        """The function at x, a float."""
        self.nfev += 1
        return float(np.asarray(self.fun(np.copy(x), *self.args)).item())

    def gradient(self, x: Any) -> Any:
        """The gradient at x, by differences where there is no function for it."""
        if callable(self.jac):
            self.njev += 1
            return np.array(self.jac(np.copy(x), *self.args), dtype=x.dtype).reshape(x.shape)
        from scipy.optimize import approx_fprime

        return approx_fprime(x, self.value)


class _Descent:
    """One descent: where it stands and where it was."""

    def __init__(self, method: Any, function: Any, x0: Any, maxiter: int) -> None:
        # Imported here, since the registry's module imports this one.
        from sklinear_gd.optimizers import resolve_optimizer

        self.function, self.maxiter = function, maxiter
        self.optimizer = resolve_optimizer(method.optimizer)
        self.schedule = resolve_schedule(method.schedule)
        self.optimizer.check()
        self.schedule.check()
        if self.schedule.searches:
            raise ValueError(
                f"{type(method).__name__}: schedule={method.schedule!r} is for the estimators; the "
                "searches here are learning_rate='exact' and a sequence of rates."
            )
        self.rates = _rates(type(method).__name__, method.learning_rate)
        if self.rates is None and self.optimizer.extrapolates:
            raise ValueError(
                f"{type(method).__name__}: learning_rate='exact' needs a step that is proportional "
                f"to the rate, and optimizer={method.optimizer!r} moves on after its step; choose "
                "e.g. optimizer='sgd', or a sequence of rates."
            )
        self.x = np.array(x0, dtype=np.float64)
        self.state, self.times = self.optimizer.init(self.x), self.schedule.init()
        self.path: list[Any] = []
        self.values: list[float] = []
        self.taken: list[float] = []
        self.horizon = Horizon(max(maxiter, 1), 1)
        self.gradient = function.gradient(self.x)
        self.note(function.value(self.x))

    def run(self, gtol: float, callback: Any) -> Any:
        """Descend until something ends it; return the result."""
        status = self.status(gtol)
        while status is None and len(self.taken) < self.maxiter:
            k = len(self.taken)
            factor = float(self.schedule.factor(k, self.horizon, self.times))
            value = self.step(factor)
            self.gradient = self.function.gradient(self.x)
            self.schedule.observe(value, self.horizon, self.times)
            self.note(value)
            status = self.status(gtol)
            if callback is not None and callback(self.x, value):
                status = 3
        return self.result(1 if status is None else status)

    def note(self, value: Any) -> None:
        """Take the iterate and f there down."""
        self.path.append(self.x.copy())
        self.values.append(value)

    def status(self, gtol: float) -> int | None:
        """2 where something is not finite, 0 where the gradient vanishes, else None."""
        if not (np.isfinite(self.values[-1]) and np.isfinite(self.gradient).all()):
            return 2
        return 0 if np.abs(self.gradient).max(initial=0.0) <= gtol else None

    def step(self, factor: float) -> float:
        """Make one step; return f there."""
        rates = [self.vanishing_slope()] if self.rates is None else factor * self.rates
        trials = []
        for rate in rates:
            x, state = self.x.copy(), deepcopy(self.state)
            self.optimizer.step(x, self.gradient, state, float(rate))
            self.optimizer.extrapolate(x, state)
            trials.append((self.function.value(x), float(rate), x, state))
        # NaN compares as larger than anything, here.
        best = min(trials, key=lambda trial: np.nan_to_num(trial[0], nan=np.inf))
        value, rate, self.x, self.state = best
        self.taken.append(rate)
        return value

    def vanishing_slope(self) -> float:
        """The rate at which the directional derivative along the optimizer's step is 0."""
        from scipy.optimize import brentq

        direction = np.zeros_like(self.x)
        self.optimizer.step(direction, self.gradient, deepcopy(self.state), 1.0)

        def slope(rate: float) -> float:
            return float(self.function.gradient(self.x + rate * direction) @ direction)

        if not slope(0.0) < 0:
            return 0.0
        end = 1.0
        while slope(end) < 0 and end < 2.0**60:  # a function without a minimum has no such rate
            end *= 2
        return brentq(slope, 0.0, end, xtol=1e-15, rtol=1e-15) if slope(end) > 0 else end

    def result(self, status: int) -> Any:
        """The result in SciPy's form."""
        from scipy.optimize import OptimizeResult

        return OptimizeResult(
            x=self.x,
            fun=self.values[-1],
            jac=self.gradient,
            nit=len(self.taken),
            nfev=self.function.nfev,
            njev=self.function.njev,
            success=status == 0,
            status=status,
            message=MESSAGES[status],
            path=np.array(self.path),
            path_fun=np.array(self.values),
            rates=np.array(self.taken),
        )


def _rates(owner: str, value: Any) -> Any:
    """The rates to try, float64 of shape (m,), or None for the exact one."""
    if isinstance(value, str) and value == "exact":
        return None
    cure = "or a sequence of rates to try, or 'exact'"
    several = isinstance(value, list | tuple | np.ndarray) and len(value) > 0
    for rate in value if several else [value]:
        check_number(owner, "learning_rate", rate, low=0, low_open=True, cure=cure)
    return np.array(value if several else [value], dtype=np.float64)


def _as_called(callback: Any) -> Callable[[Any, float], bool] | None:
    """The callback as a function of (x, f) that says whether to stop; in SciPy's two forms."""
    if callback is None:
        return None
    from scipy.optimize import OptimizeResult

    by_result = list(signature(callback).parameters) == ["intermediate_result"]

    def call(x: Any, value: Any) -> bool:
        try:
            if by_result:
                callback(intermediate_result=OptimizeResult(x=x.copy(), fun=value))
            else:
                callback(x.copy())
        except StopIteration:
            return True
        return False

    return call
