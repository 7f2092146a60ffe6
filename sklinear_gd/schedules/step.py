"""A drop every few epochs."""

from typing import Any

import numpy as np

from sklinear_gd._validation import check_number
from sklinear_gd.schedules.base import Horizon, Schedule, epochs


class Step(Schedule):
    r"""The factor is :math:`drop^{\lfloor e / every \rfloor}`, where e counts epochs.

    Parameters
    ----------
    every : int, default=10
        The number of epochs between two drops; >= 1.
    drop : float, default=0.1
        What a drop multiplies the rate by; in (0, 1].

    References
    ----------
    ``torch.optim.lr_scheduler.StepLR``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd.schedules import Horizon, Step
    >>> Step(every=2, drop=0.5).factor(np.array([0, 19, 20, 40]), Horizon(100, 10), {})
    array([1.  , 1.  , 0.5 , 0.25])
    """

    def __init__(self, every: int = 10, drop: float = 0.1) -> None:
        self.every = every
        self.drop = drop

    def factor(self, t: Any, horizon: Horizon, state: dict[str, Any]) -> Any:
        """Return drop**(whole steps so far); see `Schedule.factor`."""
        return self.drop ** np.floor(epochs(t, horizon) / self.every)

    def check(self) -> None:
        """Raise ValueError if a parameter is out of its range."""
        owner = type(self).__name__
        check_number(owner, "every", self.every, low=1, integer=True, cure="choose e.g. 10")
        cure = "choose e.g. 0.1"
        check_number(owner, "drop", self.drop, low=0, high=1, low_open=True, cure=cure)
