"""What every solver takes and gives: a plan, a state that can go on, a result."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator


@dataclass(frozen=True)
class Plan:
    """The choices of one fit, resolved: objects instead of strings, numbers checked.

    Attributes
    ----------
    optimizer : Optimizer or None
        None means that the data decide, and then that the solver has none.
    schedule : Schedule
    learning_rate : float or None
        None means that it is derived from the data.
    batch_size : int, "auto" or infinity
        Infinity is the full batch.
    max_iter : int
        Epochs, or iterations of a second-order solver.
    tol : float or None
    n_iter_no_change : int or "auto"
    shuffle : bool or "blocks"
    average : bool
    dropout : float
    max_norm : float or None
    streaming : bool
        One pass over the rows as they come, whose objective is that of the batches as they were
        met; the schedule's horizon then counts from update 0, not from where training stands.
    lowers_soon : bool
        Whether the schedule was chosen for rows one at a time; it lowers the rate soon.
    precondition : {"auto", "full", "principal", "diagonal"} or False
        The variables that the solver works in; see :mod:`sklinear_gd.conditioning`.
    early_stopping : bool
        Whether a part of the rows is held out to say when to stop.
    may_lead : bool
        Whether passes along the gradients of all rows may go before, as far as they pay.
    then : Plan or None
        Of such a lead: what follows it.
    led : int
        Epochs of ``max_iter`` that a lead has taken.
    after_lead : bool
        Whether mini-batches go on from an earlier fit that passes over all rows have led.
    """

    optimizer: Any
    schedule: Any
    learning_rate: float | None
    batch_size: Any
    max_iter: int
    tol: float | None
    n_iter_no_change: int | str
    shuffle: bool | str = True
    average: bool = False
    dropout: float = 0.0
    max_norm: float | None = None
    streaming: bool = False
    lowers_soon: bool = False
    precondition: Any = False
    early_stopping: bool = False
    may_lead: bool = False
    then: Any = None
    led: int = 0
    after_lead: bool = False

    @property
    def averages(self):
        """Whether the model is an average of the iterates, the user's or the optimizer's own."""
        return self.average or (self.optimizer is not None and self.optimizer.averages)

    def patience(self, automatic):
        """The user's ``n_iter_no_change``, or this number where it is "auto"."""
        return automatic if self.n_iter_no_change == "auto" else self.n_iter_no_change

    @property
    def keeps_model(self):
        """Whether the model stands beside the iterate: an average, or the best of dual steps."""
        return self.averages or self.precondition == "dual"


@dataclass
class State:
    """Where training stands: all that is needed to go on as if it had never stopped.

    Attributes
    ----------
    params : ndarray of shape (n_features + fit_intercept, width)
        The iterate.
    average : ndarray like params, or None
        The model, where it is not the iterate: the mean of the iterates of the last ``averaged``
        updates, or what dual steps keep.
    optimizer, schedule : dict
        Their own states; empty before the first update.
    updates, epochs, averaged : int
    seed : int or None
        Every random choice is a function of the seed and a count, so no generator is kept.
    learning_rate : float or None
        The rate that was derived from the data, kept for the epochs to come.
    conditioning : Conditioning or None
        The variables of the optimizer's state, likewise.
    """

    params: np.ndarray
    seed: int | None
    average: np.ndarray | None = None
    optimizer: dict = field(default_factory=dict)
    schedule: dict = field(default_factory=dict)
    updates: int = 0
    epochs: int = 0
    averaged: int = 0
    learning_rate: float | None = None
    conditioning: Any = None

    @property
    def solution(self):
        """The parameters to predict with."""
        return self.params if self.average is None else self.average


@dataclass(frozen=True)
class Result:
    """What a solver found.

    Attributes
    ----------
    params : ndarray
        The parameters to predict with.
    objective : float
        F there.
    reason : str
        Why it stopped; a key of :data:`~sklinear_gd.solvers.monitor.REASONS`.
    rise : float or None
        The objective that a rate too large led to, if one did.
    safe_rate : float or None
        With a rise, the largest rate that is safe for these data.
    epoch : int
        The epoch, counted as in ``State.epochs``, that ended at ``params``; 0 for the zero model.
    nearest : Nearest or None
        For a loss with a kink that L-BFGS smoothed, what a dual point is made of.
    """

    params: np.ndarray
    objective: float
    reason: str
    epoch: int
    rise: float | None = None
    safe_rate: float | None = None
    nearest: Any = None


class Solver(BaseEstimator):
    """Minimizes an :class:`~sklinear_gd.objective.Objective`."""

    def check(self, plan, loss, penalty):
        """Refuse, before any work, what this solver cannot do.

        Parameters
        ----------
        plan : Plan
            The choices of the fit.
        loss : Loss
            The loss to minimize.
        penalty : Penalty
            The penalty to minimize.

        Raises
        ------
        ValueError
            One sentence that names both sides.
        """

    def decide(self, plan, objective, earlier=None):
        """Let the data decide what is left to them.

        Parameters
        ----------
        plan : Plan
            The choices of the fit.
        objective : Objective
            F on the training rows, in the user's variables.
        earlier : dict or None
            The packed state of the fit that this one goes on from.

        Returns
        -------
        solver : Solver
            This one, or another to which it leaves the fit.
        plan : Plan
            With an optimizer, if the solver has any.
        """
        return self, plan

    def lead(self, plan, objective):
        """The plan of what goes before, with this one to follow it; this one where nothing does."""
        return plan

    def takes_all(self, plan, objective):
        """Whether each step looks at all rows of the objective."""
        return False

    def may_condition(self, plan):
        """Whether ``precondition="auto"`` may change the variables of this solver."""
        return False

    def takes_dual_steps(self, plan, objective):
        """Whether each step exchanges the derivatives that rows are remembered with."""
        return False

    def takes_single_rows(self, plan, objective):
        """Whether steps along single rows, which are remembered, are what serves best."""
        return False

    def hides_rounding(self, plan, objective):
        """Whether the noise of its steps is far above the rounding of float32."""
        return False

    def prefers_one_scale(self, objective):
        """Whether one scale for all features saves more work here than one for each would."""
        return False

    def minimize(self, objective, plan, state, monitor):
        """Train from ``state`` on, which is advanced in place.

        Parameters
        ----------
        objective : Objective
            F on the training rows.
        plan : Plan
            The choices of the fit.
        state : State
            Where training stands; changed in place.
        monitor : Monitor
            Takes the objective after every epoch, and says when to stop.

        Returns
        -------
        result : Result
            The parameters to predict with, F there, and why training ended.
        """
        raise NotImplementedError


def refuse_training_options(name, plan):
    """Refuse the choices that only a training along gradients can follow.

    Parameters
    ----------
    name : str
        The solver's name, for the message.
    plan : Plan

    Raises
    ------
    ValueError
    """
    cure = "use solver='gd'"
    if plan.max_norm is not None:
        raise ValueError(f"solver={name!r} cannot keep max_norm={plan.max_norm!r}; {cure}.")
    if plan.dropout:
        raise ValueError(f"solver={name!r} cannot train with dropout={plan.dropout!r}; {cure}.")
    if plan.average:
        raise ValueError(f"solver={name!r} has no iterates for average=True; {cure}.")
