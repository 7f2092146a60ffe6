"""Watching a fit: its history, when to stop, and the best weights so far."""

import math
import time
from array import array
from typing import NamedTuple

import numpy as np

from sklinear_gd._namespaces import copy_of, namespace, read
from sklinear_gd.objective import sum_of_squares
from sklinear_gd.schedules.base import N_ITER_NO_CHANGE

REASONS = {
    "tol": "the objective no longer improved by tol, or not at all",
    "validation": "the validation score no longer improved",
    "max_iter": "all epochs were run",
    "diverged": "the objective ended above that of W = 0, or not finite; the best weights are kept",
    "callback": "a callback asked for the end",
    "line_search": "no step lowered the objective, or raised the dual one, further, short of tol",
    "trials": "all trials of a search were made, which says nothing about the optimum",
}


# The gain over chance, as a share of the objective, below which it is no measure of further gains.
LEAST_GAIN = 1e-3


class Stall:
    """Tells when ``patience`` epochs together brought less than ``tol``, relative to the best.

    Parameters
    ----------
    tol : float or None
        None never stalls.
    patience : int
        Epochs; smaller gains add up over them.
    least : float, default=0.0
        ``tol`` is relative to this where the best value is smaller.
    earliest : int, default=0
        Epochs before which nothing stalls.
    chance : float, default=inf
        The value of a model that knows nothing: ``tol`` is relative to what lies between, where
        that is less.
    """

    def __init__(self, tol, patience, least=0.0, earliest=0, chance=np.inf):
        self.tol, self.patience, self.least, self.earliest = tol, patience, least, earliest
        self.chance = chance
        self.best, self.count, self.seen = np.inf, 0, 0

    def share(self, value):
        """What counts as a change of this value; 0 without ``tol``."""
        size = max(abs(value), self.least)
        return (self.tol or 0.0) * min(size, max(self.chance - value, LEAST_GAIN * size))

    def observe(self, value):
        """Take the value of an epoch (lower is better); True when it has stalled."""
        if self.tol is None:
            return False
        self.seen += 1
        if not np.isfinite(self.best) or value < self.best - self.share(self.best):
            self.best, self.count = value, 0
        else:
            self.count += 1
        return self.count >= self.patience and self.seen >= self.earliest


class Observer:
    """Is told of every epoch; a base whose methods do nothing.

    Attributes
    ----------
    needs : set of str
        What it wants to find in the entries although it may take a pass over X: "objective" (at
        the epoch's last weights, exactly) and "gradient_norm".
    takes_params : bool
        Whether it looks at the parameters; they may take a pass over X, too.
    """

    needs = frozenset()
    takes_params = True

    def begin(self):
        """An epoch begins."""

    def end(self, entry, params):
        """An epoch has ended; returns True to ask for the end of training.

        Parameters
        ----------
        entry : dict
            The epoch's entry in the history.
        params : ndarray or None
            The parameters to predict with, to be copied; None after a divergence.
        """
        return False


class Measured(NamedTuple):
    """What is known of the parameters after an epoch; a solver may know it without them.

    Attributes
    ----------
    size : float
        The norm of W.
    penalty : float or None
        The term alpha * R(W).
    change : float or None
        The norm of what W has changed by since the last epoch.
    is_finite : bool
        Whether all parameters are.
    """

    size: float
    penalty: float | None
    change: float | None
    is_finite: bool = True


class Monitor:
    """Takes the objective after every epoch and says when to stop.

    Parameters
    ----------
    plan : Plan
    objective : Objective, optional
        With it, ``loss``, ``penalty`` and ``update_ratio`` are noted, too.
    validate : callable params -> float, optional
        The score on held-out rows; with it, the best epoch's weights are kept and returned.
    history : dict of arrays, optional
        Earlier epochs, to be continued.
    observers : sequence of Observer
        They are told of every epoch, in this order.
    """

    def __init__(self, plan, objective=None, validate=None, history=None, observers=()):
        self.objective, self.validate, self.observers = objective, validate, observers
        self.columns = {name: _column(name, values) for name, values in (history or {}).items()}
        self.length = self.length_before = len(self.columns.get("epoch", []))
        needs = frozenset().union(*(observer.needs for observer in observers))
        self.needs_objective = plan.tol is not None or "objective" in needs
        self.needs_gradient = "gradient_norm" in needs
        self.stall = Stall(plan.tol, plan.patience(N_ITER_NO_CHANGE))
        self.is_open, self.before = False, None
        self.seconds_before = self.columns["seconds"][-1] if self.length else 0.0
        self.best_score, self.best_value = -np.inf, np.inf
        self.best_params, self.best_epoch = None, 0
        # Whether parameters are kept: of the epoch before, for update_ratio, and of the best one.
        self.keeps_copies = True
        self.start = time.perf_counter()

    @property
    def epochs(self):
        """Epochs of this fit that were noted."""
        return self.length - self.length_before

    def begin_anew(self):
        """Let gains count from the next epoch on; the best so far stays."""
        self.stall = Stall(self.stall.tol, self.stall.patience)

    def begin(self, params):
        """An epoch begins, the first one at these parameters; nothing if one has begun already."""
        if self.is_open:
            return
        self.is_open = True
        if self.before is None and self.keeps_copies:
            self.before = copy_of(params)
        for observer in self.observers:
            observer.begin()

    def record(
        self,
        epoch,
        params,
        objective,
        learning_rate,
        gradient_norm=None,
        judge=True,
        measured=None,
        penalty=None,
    ):
        """Note an epoch and say whether it was the last one.

        Parameters
        ----------
        epoch : int
        params : ndarray, or callable () -> ndarray
            The parameters to predict with after this epoch. A function is called only if somebody
            looks at them; it comes with ``measured``, and without copies kept.
        objective : float
            F there.
        learning_rate : float
        gradient_norm : float, optional
            Norm of the gradient of F's smooth part, where the solver has it.
        judge : bool
            Whether ``tol`` applies; not while something else than F is being minimized.
        measured : Measured, optional
            What would else be computed from the parameters.
        penalty : float, optional
            The penalty's term of F there, where the solver has it.

        Returns
        -------
        reason : str or None
            A key of :data:`REASONS` for the last epoch.
        """
        self.begin(params)
        if measured is None or not math.isfinite(measured.size):
            params = params() if callable(params) else params
            measured = self._measure(params, penalty)
        entry = {"epoch": epoch, "objective": objective}
        if measured.penalty is not None:
            entry |= {"loss": objective - measured.penalty, "penalty": measured.penalty}
        if gradient_norm is not None:
            entry["gradient_norm"] = gradient_norm
        if measured.change is not None:
            entry["update_ratio"] = measured.change / measured.size if measured.size else 0.0
        entry["learning_rate"] = learning_rate
        entry["seconds"] = self.seconds_before + time.perf_counter() - self.start
        looks = any(observer.takes_params for observer in self.observers)
        if callable(params) and (looks or self.validate):
            params = params()
        if self.validate:
            entry["validation_score"] = self.validate(params)
        self._note(entry)
        if measured.is_finite and math.isfinite(objective):
            reason = self._judge(entry, params, judge)
        else:
            reason = "diverged"
        self.is_open = False
        seen = params if looks and reason != "diverged" else None
        wishes = [observer.end(entry, seen) for observer in self.observers]
        return reason or ("callback" if any(wishes) else None)

    def _measure(self, params, penalty):
        """What there is to know of an array of parameters."""
        n_features = params.shape[0] if self.objective is None else self.objective.design.shape[1]
        if self.objective is not None and penalty is None:
            penalty = self.objective.penalty_value(params)
        xp, b = namespace(params), params[n_features:, ...]
        wanted = [sum_of_squares(params[:n_features, ...]), xp.all(xp.isfinite(b))]
        compares = self.objective is not None and self.keeps_copies
        if compares:
            self.before -= params
            wanted.append(sum_of_squares(self.before[:n_features, ...]))
        square, is_finite, *change = read(*wanted)  # on a device one wait for all of them
        if not math.isfinite(square):
            self.before = None  # the next epoch's beginning takes its place
            # The sum of squares of finite numbers may overflow; then each of them is looked at.
            is_finite = bool(xp.all(xp.isfinite(params)))
            return Measured(math.sqrt(abs(square)), penalty, None, is_finite)
        if compares:
            self.before[...] = params
        change = math.sqrt(change[0]) if compares else None
        return Measured(math.sqrt(square), penalty, change, bool(is_finite))

    def _note(self, entry):
        """Append to the columns; a column that is new, or has no entry, gets NaN."""
        for name in entry:
            if name not in self.columns:
                self.columns[name] = _column(name, [np.nan] * self.length)
        for name, column in self.columns.items():
            column.append(entry.get(name, np.nan))
        self.length += 1

    def _judge(self, entry, params, judge):
        """Keep the best parameters; the reason to stop, if there is one."""
        objective, score = entry["objective"], entry.get("validation_score")
        better = objective < self.best_value if score is None else score > self.best_score
        if better:
            if self.keeps_copies or self.validate:
                if self.best_params is None:
                    self.best_params = copy_of(params)
                else:
                    self.best_params[...] = params
            self.best_epoch = entry["epoch"]
            self.best_value, self.best_score = objective, score
        if score is not None:
            return "validation" if self.stall.observe(-score) else None
        return "tol" if judge and self.stall.observe(objective) else None

    def history(self):
        """One array a column, all equally long; at any time."""
        return {name: np.array(column) for name, column in self.columns.items()}


def _column(name, values):
    """An array that grows, of integers for the epoch and of floats for everything else."""
    return array("q" if name == "epoch" else "d", values)
