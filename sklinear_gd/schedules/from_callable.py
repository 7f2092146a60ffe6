"""A user's function as a schedule."""

from collections.abc import Callable
from typing import Any

import numpy as np

from sklinear_gd.schedules.base import Horizon, Schedule


class FromCallable(Schedule):
    """The factor is what a function returns for the number of the update.

    Parameters
    ----------
    function : callable
        ``function(t) -> factor``, called with one int: 0 for the first update.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd.schedules import FromCallable, Horizon
    >>> FromCallable(lambda t: 1 / (1 + t)).factor(np.array([0, 1, 3]), Horizon(100, 10), {})
    array([1.  , 0.5 , 0.25])
    """

    def __init__(self, function: Callable[[int], float]) -> None:
        self.function = function

    def factor(self, t: Any, horizon: Horizon, state: dict[str, Any]) -> Any:
        """Return what the function returns; see `Schedule.factor`."""
        factors = [self._call(int(update)) for update in np.ravel(t)]
        return np.reshape(np.array(factors, dtype=np.float64), np.shape(t))[()]

    def check(self) -> None:
        """Raise ValueError if the function is none, or returns no factor for the first update."""
        good = callable(self.function)
        if not good:
            raise ValueError(
                f"FromCallable: function={self.function!r} must be callable; "
                "give a function of the update's number."
            )
        self._call(0)

    def _call(self, t: Any) -> float:
        """Return the factor of one update, which must be a finite number >= 0."""
        factor = np.asarray(self.function(t))
        good = factor.size == 1 and factor.dtype.kind in "fiu"
        if not (good and 0 <= factor.item() < np.inf):
            raise ValueError(
                f"FromCallable: function({t})={factor.tolist()!r} must be a finite number >= 0; "
                "return the multiple of the learning rate for that update."
            )
        return factor.item()
