"""One cycle: up and down again."""

from typing import Any

import numpy as np

from sklinear_gd._validation import check_number
from sklinear_gd.schedules.base import Horizon, Schedule, cosine, progress


class OneCycle(Schedule):
    """The factor rises along a cosine from `start` to 1, then falls along one to `final`.

    `learning_rate` is the peak. After the training the factor stays at `final`.

    Parameters
    ----------
    warmup : float, default=0.3
        The share of the training in which the rate rises; in (0, 1).
    start : float, default=0.04
        The factor at the first update; in [0, 1].
    final : float, default=4e-6
        The factor after the last update; in [0, 1].

    References
    ----------
    L. Smith and N. Topin, "Super-convergence: very fast training of neural networks using large
    learning rates", 2018; ``torch.optim.lr_scheduler.OneCycleLR``, the defaults of which these are.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd.schedules import Horizon, OneCycle
    >>> OneCycle().factor(np.array([0, 15, 30, 100]), Horizon(100, 10), {})
    array([4.0e-02, 5.2e-01, 1.0e+00, 4.0e-06])
    """

    def __init__(self, warmup: float = 0.3, start: float = 0.04, final: float = 4e-6) -> None:
        self.warmup = warmup
        self.start = start
        self.final = final

    def factor(self, t: Any, horizon: Horizon, state: dict[str, Any]) -> Any:
        """Return the height of the cycle; see `Schedule.factor`."""
        done = progress(t, horizon)
        rise = cosine(self.start, 1.0, done / self.warmup)
        fall = cosine(1.0, self.final, (done - self.warmup) / (1.0 - self.warmup))
        return np.where(done < self.warmup, rise, fall)[()]

    def check(self) -> None:
        """Raise ValueError if a parameter is out of its range."""
        owner, cure = type(self).__name__, "choose e.g. 0.3"
        limits: dict[str, Any] = {"low": 0, "high": 1}
        check_number(
            owner, "warmup", self.warmup, **limits, low_open=True, high_open=True, cure=cure
        )
        check_number(owner, "start", self.start, **limits, cure="choose e.g. 0.04")
        check_number(owner, "final", self.final, **limits, cure="choose e.g. 4e-6")
