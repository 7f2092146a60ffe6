"""A power of the number of updates."""

from typing import Any

import numpy as np

from sklinear_gd._validation import check_number
from sklinear_gd.schedules.base import Horizon, Schedule


class InverseScaling(Schedule):
    r"""The factor is :math:`(1 + t)^{-power}`, where t counts updates.

    Powers above 1/2 and up to 1 meet the conditions under which stochastic gradient descent
    converges to the optimum itself.

    Parameters
    ----------
    power : float, default=0.5
        The exponent; > 0.

    References
    ----------
    H. Robbins and S. Monro, "A stochastic approximation method", 1951; ``invscaling`` of
    scikit-learn's SGDClassifier.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd.schedules import Horizon, InverseScaling
    >>> InverseScaling(power=0.5).factor(np.array([0, 3, 15]), Horizon(100, 10), {})
    array([1.  , 0.5 , 0.25])
    """

    def __init__(self, power: float = 0.5) -> None:
        self.power = power

    def factor(self, t: Any, horizon: Horizon, state: dict[str, Any]) -> Any:
        """Return (1 + t)**-power; see `Schedule.factor`."""
        return (1.0 + np.asarray(t, dtype=np.float64)) ** -self.power

    def check(self) -> None:
        """Raise ValueError if a parameter is out of its range."""
        owner, cure = type(self).__name__, "choose e.g. 0.5"
        check_number(owner, "power", self.power, low=0, low_open=True, cure=cure)
