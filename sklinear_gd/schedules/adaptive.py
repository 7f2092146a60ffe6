"""A rate that is divided when the objective stalls."""

import math
from typing import Any

import numpy as np

from sklinear_gd._validation import check_number
from sklinear_gd.schedules.base import Horizon, Schedule

# patience="auto": after how many epochs of up to so many updates the rate is divided. Few updates
# tell little about a rate; where there are many, waiting is what training would spend its time on.
PATIENCE = {16: 50, 64: 20, 128: 10, 192: 5, 512: 3}
PATIENCE_OF_MANY = 2
# Training ends after so many divisions that brought nothing.
FRUITLESS = 3
# An epoch of one update, a full batch, has no noise to wait for.
PATIENCE_OF_ONE = 10


class Adaptive(Schedule):
    """The factor is divided when the objective has not improved for some epochs.

    An epoch improves if it lowers the best objective so far by more than `tol` times its size;
    smaller gains add up until they do.

    Parameters
    ----------
    divisor : float, default=3.0
        What the factor is divided by; > 1.
    patience : "auto" or int, default="auto"
        After how many epochs in a row without improvement; >= 1. "auto" waits for 50 epochs of up
        to 16 updates, for 20 of up to 64, for 10 of up to 128, for 5 of up to 192, for 3 of up to
        512, and for 2 where there are more; for 10 where an epoch is a single update.
    tol : float, default=1e-4
        The relative improvement that counts; >= 0.

    References
    ----------
    ``adaptive`` of scikit-learn's SGDClassifier; ``torch.optim.lr_scheduler.ReduceLROnPlateau``.

    Examples
    --------
    >>> from sklinear_gd.schedules import Adaptive, Horizon
    >>> schedule, horizon = Adaptive(divisor=2.0, patience=2), Horizon(100, 10)
    >>> state = schedule.init()
    >>> for objective in [1.0, 0.5, 0.5, 0.5]:
    ...     schedule.observe(objective, horizon, state)
    >>> float(schedule.factor(40, horizon, state))
    0.5
    """

    def __init__(
        self, divisor: float = 3.0, patience: int | str = "auto", tol: float = 1e-4
    ) -> None:
        self.divisor = divisor
        self.patience = patience
        self.tol = tol

    def init(self) -> dict[str, Any]:
        """Return the state before the first update: the factor, the best objective, the wait."""
        return {"factor": 1.0, "best": math.inf, "wait": 0}

    def factor(self, t: Any, horizon: Horizon, state: dict[str, Any]) -> Any:
        """Return the current factor; see `Schedule.factor`."""
        return np.full(np.shape(t), state["factor"])[()]

    def observe(self, objective: float, horizon: Horizon, state: dict[str, Any]) -> None:
        """Divide the factor if the objective has stalled; see `Schedule.observe`."""
        best = state["best"]
        if not math.isfinite(best) or objective < best - self.tol * abs(best):
            state["best"], state["wait"] = float(objective), 0
        else:
            state["wait"] += 1
        if state["wait"] >= self._patience(horizon):
            state["factor"], state["wait"] = state["factor"] / self.divisor, 0

    def n_iter_no_change(self, horizon: Horizon) -> int:
        """Return three times the patience: three divisions that brought nothing."""
        return FRUITLESS * self._patience(horizon)

    def check(self) -> None:
        """Raise ValueError if a parameter is out of its range."""
        owner = type(self).__name__
        cure = "choose e.g. 3.0"
        check_number(owner, "divisor", self.divisor, low=1, low_open=True, cure=cure)
        if not (isinstance(self.patience, str) and self.patience == "auto"):
            cure = "choose e.g. 5, or 'auto'"
            check_number(owner, "patience", self.patience, low=1, integer=True, cure=cure)
        check_number(owner, "tol", self.tol, low=0, cure="choose e.g. 1e-4")

    def _patience(self, horizon: Horizon) -> int:
        """Return the number of epochs to wait for."""
        if not isinstance(self.patience, str):
            return self.patience
        updates = horizon.updates_per_epoch
        if updates <= 1:
            return PATIENCE_OF_ONE
        return next((wait for most, wait in PATIENCE.items() if updates <= most), PATIENCE_OF_MANY)
