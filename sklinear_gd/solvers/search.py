"""Search without a gradient: the two strategies to compare gradient descent with."""

import numpy as np

from sklinear_gd._validation import check_number
from sklinear_gd.solvers.base import Result, Solver, refuse_training_options


class _Search(Solver):
    """Random trials, each judged by one evaluation of the objective; the best one is kept.

    A subclass stores its scales in ``__init__`` and defines ``_trial``.
    """

    NAME = ""

    def check(self, plan, loss, penalty):
        """Refuse what only a training along gradients can do.

        Raises
        ------
        ValueError
        """
        usual = type(self)().get_params()
        for name, value in self.get_params().items():
            cure = f"choose e.g. {usual[name]:g}"
            check_number(type(self).__name__, name, value, low=0, low_open=True, cure=cure)
        refuse_training_options(self.NAME, plan)

    def minimize(self, objective, plan, state, monitor):
        """Make ``max_iter`` trials; ``state.params`` becomes the best of them."""
        # Trials that overflow are worse than any other, which is all that there is to say.
        with np.errstate(over="ignore", invalid="ignore"):
            best, best_epoch = np.inf, state.epochs
            if state.epochs:
                best = objective.value(state.params)
            else:
                self._start(objective, state)
            for _ in range(plan.max_iter):
                monitor.begin(state.params)
                rng = np.random.default_rng([state.seed, state.epochs])
                params = self._trial(objective, state.params, rng)
                value = objective.value(params)
                state.epochs += 1
                state.updates += 1
                if value < best:
                    best, best_epoch, state.params = value, state.epochs, params
                reason = monitor.record(state.epochs, state.params, best, np.nan, judge=False)
                if reason:
                    break
        found = Result(state.params, best, reason or "trials", best_epoch)
        return self._result(objective, state, monitor, found)

    def _result(self, objective, state, monitor, found):
        if found.reason == "diverged":
            state.params[...] = 0
            return Result(state.params, objective.value(state.params), "diverged", 0)
        if monitor.validate:
            params = monitor.best_params
            return Result(params, objective.value(params), found.reason, monitor.best_epoch)
        return found

    def _start(self, objective, state):
        """Set the parameters that the first trial begins from."""

    def _trial(self, objective, params, rng):
        """Return new parameters, which may depend on the best so far."""
        raise NotImplementedError


class RandomSearch(_Search):
    """Trial after trial of random weights, of which the best is kept.

    Each of the ``max_iter`` trials draws all of W and b from the normal distribution with mean 0
    and standard deviation ``scale`` and computes the objective F once. It is the yardstick that
    shows what a gradient is worth: what it finds by luck gets rarer with every parameter more.

    ``tol`` plays no part, since many trials in a row without success mean nothing.
    ``history_["objective"]`` is the lowest F so far, an entry for each trial.

    Parameters
    ----------
    scale : float, default=1e-4
        The standard deviation, > 0. The default suits features as large as pixels from 0 to 255;
        features of size 1 want scales near 1.

    Raises
    ------
    ValueError
        In ``fit``, for ``max_norm``, ``dropout`` and ``average=True``.

    References
    ----------
    J. Matyas, "Random optimization", Automation and Remote Control 26, 1965.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklinear_gd import SVMGDClassifier
    >>> from sklinear_gd.solvers import RandomSearch
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = SVMGDClassifier(solver=RandomSearch(scale=0.5), max_iter=500, random_state=0)
    >>> clf.fit(X, y).n_iter_
    500
    """

    NAME = "random_search"

    def __init__(self, *, scale=1e-4):
        self.scale = scale

    def _trial(self, objective, params, rng):
        return _random(objective, self.scale, rng)


class LocalSearch(_Search):
    """A step in a random direction, undone unless the objective falls.

    Training starts from random weights of size ``scale``. Each of the ``max_iter`` trials adds to
    all of W and b normal numbers with mean 0 and standard deviation ``step``, computes the
    objective F once, and keeps the new weights if F is lower than before.

    ``tol`` plays no part, since many trials in a row without success mean nothing.
    ``history_["objective"]`` is the lowest F so far, an entry for each trial.

    Parameters
    ----------
    scale : float, default=1e-3
        The standard deviation of the first weights, > 0.
    step : float, default=1e-4
        The standard deviation of a step, > 0. The default suits features as large as pixels from
        0 to 255.

    Raises
    ------
    ValueError
        In ``fit``, for ``max_norm``, ``dropout`` and ``average=True``.

    References
    ----------
    L. A. Rastrigin, "The convergence of the random search method in the extremal control of a
    many-parameter system", Automation and Remote Control 24, 1963.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklinear_gd import SVMGDClassifier
    >>> from sklinear_gd.solvers import LocalSearch
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = SVMGDClassifier(solver=LocalSearch(step=0.05), max_iter=500, random_state=0)
    >>> clf.fit(X, y).score(X, y) > 0.8
    True
    """

    NAME = "local_search"

    def __init__(self, *, scale=1e-3, step=1e-4):
        self.scale = scale
        self.step = step

    def _start(self, objective, state):
        rng = np.random.default_rng([state.seed, state.epochs, 1])  # a stream besides the trials'
        state.params = _random(objective, self.scale, rng)

    def _trial(self, objective, params, rng):
        return params + _random(objective, self.step, rng)


def _random(objective, scale, rng):
    """Normal numbers in the place of W and b, zeros in the padding."""
    params = objective.zeros()
    shape = (params.shape[0], objective.n_scores)
    # Drawn as float64, float32 data gets the same numbers, rounded.
    drawn = scale * rng.standard_normal(shape)
    params[:, : objective.n_scores] = objective.design.place(drawn, objective.design.dtype)
    return params
