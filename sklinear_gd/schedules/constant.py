"""The constant rate."""

from typing import Any

import numpy as np

from sklinear_gd.schedules.base import Horizon, Schedule


class Constant(Schedule):
    """The factor is 1 throughout.

    Examples
    --------
    >>> from sklinear_gd.schedules import Constant, Horizon
    >>> float(Constant().factor(7, Horizon(100, 10), {}))
    1.0
    """

    def factor(self, t: Any, horizon: Horizon, state: dict[str, Any]) -> Any:
        """Return 1; see `Schedule.factor`."""
        return np.ones(np.shape(t))[()]
