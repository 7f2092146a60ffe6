"""No penalty at all."""

from sklinear_gd._typing import Array
from sklinear_gd.penalties.base import Penalty


class NoPenalty(Penalty):
    """The penalty that is always 0.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd.penalties import NoPenalty
    >>> NoPenalty().value(np.ones((3, 2)))
    0.0
    """

    separable = True

    def value(self, W: Array) -> float:
        """Return 0."""
        return 0.0
