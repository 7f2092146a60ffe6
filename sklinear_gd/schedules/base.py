"""What every schedule offers, and the cosine that two of them share."""

from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

# Epochs, or iterations, without improvement that end a training, unless something else is known.
N_ITER_NO_CHANGE = 20


class Horizon(namedtuple("Horizon", ["updates", "updates_per_epoch"])):
    """How long the training is meant to be.

    Parameters
    ----------
    updates : int
        The number of updates in the whole training.
    updates_per_epoch : float
        The number of updates in one pass over the data.
    """

    __slots__ = ()


class Schedule(BaseEstimator):
    """The learning rate over time, as a multiple of the estimator's `learning_rate`.

    An object holds hyper-parameters only; what a schedule remembers is in a state that `init`
    makes. A subclass needs `factor` alone.

    Attributes
    ----------
    searches : bool
        Whether each update searches for its factor, by `search`, for which it takes all rows.

    Examples
    --------
    A sawtooth, as a schedule of one's own:

    >>> import numpy as np
    >>> from sklinear_gd.schedules import Horizon, Schedule
    >>> class Sawtooth(Schedule):
    ...     def factor(self, t, horizon, state):
    ...         return 1.0 - np.mod(t, horizon.updates_per_epoch) / horizon.updates_per_epoch
    >>> Sawtooth().factor(np.array([0, 1, 2, 3, 4]), Horizon(8, 4), {})
    array([1.  , 0.75, 0.5 , 0.25, 1.  ])
    """

    searches = False

    def init(self) -> dict[str, Any]:
        """Return the state before the first update.

        Returns
        -------
        state : dict
            What `observe` changes and `factor` reads; numbers and strings, so that it can be saved.
        """
        return {}

    def factor(self, t: Any, horizon: Horizon, state: dict[str, Any]) -> Any:
        """Return the multiple of the learning rate that update `t` is made with.

        Parameters
        ----------
        t : int or int array
            The number of updates made before this one: 0 for the first.
        horizon : Horizon
            The length of the training. Schedules that end with it keep their last value after it.
        state : dict
            What `init` returned; not changed.

        Returns
        -------
        factor : float or float64 array shaped like t
            The multiple, >= 0.
        """
        raise NotImplementedError(f"{type(self).__name__} must define factor(t, horizon, state).")

    def observe(self, objective: float, horizon: Horizon, state: dict[str, Any]) -> None:
        """Take note of the objective after an epoch: change `state` in place.

        Parameters
        ----------
        objective : float
            The objective of the training.
        horizon : Horizon
            The length of the training.
        state : dict
            What `init` returned.
        """

    def n_iter_no_change(self, horizon: Horizon) -> int:
        """Return what the estimator's `n_iter_no_change` is where that is "auto".

        Parameters
        ----------
        horizon : Horizon
            The length of the training.

        Returns
        -------
        epochs : int
            Epochs without improvement that end the training: 20, unless a schedule needs others.
        """
        return N_ITER_NO_CHANGE

    def search(
        self,
        trial: Callable[[float], tuple[float, float]],
        objective: float,
        state: dict[str, Any],
    ) -> float | None:
        """Return the factor of the next update, where `searches` says so.

        Parameters
        ----------
        trial : callable
            ``trial(factor)`` makes the update with this factor, for a pass over the data, and
            returns the objective after it and the change that the slopes at the start promised.
        objective : float
            The objective before the update.
        state : dict
            What `init` returned; changed in place.

        Returns
        -------
        factor : float or None
            One that was tried; None if no update lowers the objective.
        """
        raise NotImplementedError(f"{type(self).__name__} does not search for its factors.")

    def check(self) -> None:
        """Raise ValueError if a parameter is out of its range."""


def progress(t: Any, horizon: Horizon) -> Any:
    """Return how much of the training is done before update `t`, from 0 to 1."""
    return np.minimum(np.asarray(t, dtype=np.float64) / horizon.updates, 1.0)


def epochs(t: Any, horizon: Horizon) -> Any:
    """Return the number of epochs, with fractions, before update `t`."""
    return np.asarray(t, dtype=np.float64) / horizon.updates_per_epoch


def cosine(start: float, end: float, part: Any) -> Any:
    """Return half a wave of a cosine that leads from `start` to `end` as `part` goes 0 to 1."""
    return end + (start - end) * 0.5 * (1.0 + np.cos(np.pi * part))
