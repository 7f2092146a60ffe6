"""Watching a fit: its history, when to stop, and the best weights so far."""

import time

import numpy as np

REASONS = {
    "tol": "the objective no longer improved by tol",
    "validation": "the validation score no longer improved",
    "max_iter": "all epochs were run",
    "diverged": "the objective ended above that of W = 0, or not finite; the best weights are kept",
    "trials": "all trials of a search were made, which says nothing about the optimum",
    "line_search": "no step along the search direction improved the objective",
}


class Stall:
    """Tells when ``patience`` epochs together brought less than ``tol``, relative to the best.

    Parameters
    ----------
    tol : float or None
        None never stalls.
    patience : int
        Epochs; smaller gains add up over them.
    """

    def __init__(self, tol, patience):
        self.tol, self.patience = tol, patience
        self.best, self.count = np.inf, 0

    def observe(self, value):
        """Take the value of an epoch (lower is better); True when it has stalled."""
        if self.tol is None:
            return False
        if not np.isfinite(self.best) or value < self.best - self.tol * abs(self.best):
            self.best, self.count = value, 0
        else:
            self.count += 1
        return self.count >= self.patience


class Monitor:
    """Takes the objective after every epoch and says when to stop.

    Parameters
    ----------
    plan : Plan
    validate : callable params -> float, optional
        The score on held-out rows; with it, the best epoch's weights are kept and returned.
    history : dict of arrays, optional
        Earlier epochs, to be continued.
    verbose : int
        Above 0, a line is printed every epoch.
    """

    def __init__(self, plan, validate=None, history=None, verbose=0):
        self.validate, self.verbose = validate, verbose
        names = ["epoch", "objective", "learning_rate", "seconds"]
        names += ["validation_score"] if validate else []
        earlier = history or {}
        missing = [np.nan] * len(earlier.get("epoch", []))
        names = dict.fromkeys([*earlier, *names])  # each once, in order
        self.columns = {name: list(earlier.get(name, missing)) for name in names}
        self.needs_objective = plan.tol is not None or verbose > 0
        self.stall = Stall(plan.tol, plan.n_iter_no_change)
        self.best_score, self.best_value, self.best_params = -np.inf, np.inf, None
        self.seconds_before = self.columns["seconds"][-1] if self.columns["seconds"] else 0.0
        self.start = time.perf_counter()

    def record(self, epoch, params, objective, learning_rate, judge=True):
        """Note an epoch and say whether it was the last one.

        Parameters
        ----------
        epoch : int
        params : ndarray
            The parameters to predict with after this epoch.
        objective : float
            F there.
        learning_rate : float
        judge : bool
            Whether ``tol`` applies; not while something else than F is being minimized.

        Returns
        -------
        reason : str or None
            A key of :data:`REASONS` for the last epoch.
        """
        entry = {
            "epoch": epoch,
            "objective": objective,
            "learning_rate": learning_rate,
            "seconds": self.seconds_before + time.perf_counter() - self.start,
        }
        score = None
        if self.validate:
            score = entry["validation_score"] = self.validate(params)
        for name, column in self.columns.items():
            column.append(entry.get(name, np.nan))
        if self.verbose:
            print(self._line(entry), flush=True)
        if not (np.isfinite(objective) and np.isfinite(params).all()):
            return "diverged"
        if score is not None:
            return self._watch_score(score, params)
        if objective < self.best_value:
            self.best_value, self.best_params = objective, params.copy()
        return "tol" if judge and self.stall.observe(objective) else None

    def _watch_score(self, score, params):
        if score > self.best_score:
            self.best_score, self.best_params = score, params.copy()
        return "validation" if self.stall.observe(-score) else None

    def _line(self, entry):
        line = f"epoch {entry['epoch']:4d}  objective {entry['objective']:.6g}  "
        line += f"rate {entry['learning_rate']:.3g}  {entry['seconds']:.2f} s"
        if "validation_score" in entry:
            line += f"  validation score {entry['validation_score']:.4f}"
        return line

    def history(self):
        """One array a column, all equally long."""
        return {name: np.array(column) for name, column in self.columns.items()}
