"""A slow start before another schedule."""

from typing import Any

import numpy as np

from sklinear_gd._validation import check_number
from sklinear_gd.schedules.base import Horizon, Schedule


class WarmUp(Schedule):
    r"""Another schedule times a factor that rises in a straight line to 1.

    .. math:: \min(1, (t + 1) / w)

    for update t, where w is the number of updates in the warm-up.

    Parameters
    ----------
    schedule : str, Schedule or callable, default="constant"
        The other schedule; it starts at update 0 too.
    epochs : float, default=1.0
        The length of the warm-up; >= 0.

    References
    ----------
    P. Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour", 2017, section
    2.2.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd.schedules import Horizon, WarmUp
    >>> WarmUp(epochs=0.4).factor(np.array([0, 1, 2, 3, 4]), Horizon(100, 10), {})
    array([0.25, 0.5 , 0.75, 1.  , 1.  ])
    """

    def __init__(self, schedule: object = "constant", epochs: float = 1.0) -> None:
        self.schedule = schedule
        self.epochs = epochs

    def init(self) -> dict[str, Any]:
        """Return the other schedule's state."""
        return self._inner().init()

    def factor(self, t: Any, horizon: Horizon, state: dict[str, Any]) -> Any:
        """Return the product of both factors; see `Schedule.factor`."""
        length = max(self.epochs * horizon.updates_per_epoch, 1.0)
        rise = np.minimum((np.asarray(t) + 1) / length, 1.0)
        return rise * self._inner().factor(t, horizon, state)

    def observe(self, objective: float, horizon: Horizon, state: dict[str, Any]) -> None:
        """Let the other schedule take note; see `Schedule.observe`."""
        self._inner().observe(objective, horizon, state)

    def n_iter_no_change(self, horizon: Horizon) -> int:
        """Return what the other schedule needs; see `Schedule.n_iter_no_change`."""
        return self._inner().n_iter_no_change(horizon)

    def check(self) -> None:
        """Raise ValueError if a parameter is out of its range."""
        owner, cure = type(self).__name__, "choose e.g. 1.0"
        check_number(owner, "epochs", self.epochs, low=0, cure=cure)
        inner = self._inner()
        inner.check()
        if inner.searches:
            raise ValueError(
                f"{owner}: schedule={self.schedule!r} searches for its factors, which a warm-up "
                "would undo; use it alone."
            )

    def _inner(self) -> Schedule:
        """Return the other schedule as an object."""
        # The registry imports this module, so it is looked up when it is needed.
        from sklinear_gd.schedules import resolve_schedule

        if isinstance(self.schedule, Schedule):
            return self.schedule
        return resolve_schedule(self.schedule)
