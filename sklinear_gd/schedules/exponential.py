"""Exponential decay."""

from typing import Any

from sklinear_gd._validation import check_number
from sklinear_gd.schedules.base import Horizon, Schedule, epochs


class Exponential(Schedule):
    r"""The factor is :math:`decay^e`, where e counts epochs, with fractions.

    Parameters
    ----------
    decay : float, default=0.95
        What one epoch multiplies the rate by; in (0, 1].

    References
    ----------
    ``torch.optim.lr_scheduler.ExponentialLR``, but falling with each update.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd.schedules import Exponential, Horizon
    >>> Exponential(decay=0.25).factor(np.array([0, 5, 10]), Horizon(100, 10), {})
    array([1.  , 0.5 , 0.25])
    """

    def __init__(self, decay: float = 0.95) -> None:
        self.decay = decay

    def factor(self, t: Any, horizon: Horizon, state: dict[str, Any]) -> Any:
        """Return decay**epochs; see `Schedule.factor`."""
        return self.decay ** epochs(t, horizon)

    def check(self) -> None:
        """Raise ValueError if a parameter is out of its range."""
        owner, cure = type(self).__name__, "choose e.g. 0.95"
        check_number(owner, "decay", self.decay, low=0, high=1, low_open=True, cure=cure)
