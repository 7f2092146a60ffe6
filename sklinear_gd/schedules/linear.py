"""A straight line."""

from typing import Any

from sklinear_gd._validation import check_number
from sklinear_gd.schedules.base import Horizon, Schedule, progress


class Linear(Schedule):
    r"""The factor falls in a straight line from 1 to `final` over the training, and stays there.

    .. math:: 1 + (final - 1) \min(t / T, 1)

    for update t of T.

    Parameters
    ----------
    final : float, default=0.0
        The factor after the last update; in [0, 1].

    References
    ----------
    ``torch.optim.lr_scheduler.LinearLR``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd.schedules import Horizon, Linear
    >>> Linear(final=0.5).factor(np.array([0, 50, 100, 200]), Horizon(100, 10), {})
    array([1.  , 0.75, 0.5 , 0.5 ])
    """

    def __init__(self, final: float = 0.0) -> None:
        self.final = final

    def factor(self, t: Any, horizon: Horizon, state: dict[str, Any]) -> Any:
        """Return the height of the line; see `Schedule.factor`."""
        return 1.0 + (self.final - 1.0) * progress(t, horizon)

    def check(self) -> None:
        """Raise ValueError if a parameter is out of its range."""
        owner, cure = type(self).__name__, "choose e.g. 0.0"
        check_number(owner, "final", self.final, low=0, high=1, cure=cure)
