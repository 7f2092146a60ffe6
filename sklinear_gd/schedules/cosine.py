"""Half a wave of a cosine."""

from typing import Any

from sklinear_gd._validation import check_number
from sklinear_gd.schedules.base import Horizon, Schedule, cosine, progress


class Cosine(Schedule):
    r"""The factor falls along a cosine from 1 to `final` over the training, and stays there.

    .. math:: final + (1 - final) \, \tfrac12 \bigl(1 + \cos(\pi \min(t / T, 1))\bigr)

    for update t of T.

    Parameters
    ----------
    final : float, default=0.0
        The factor after the last update; in [0, 1].

    References
    ----------
    I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017;
    ``torch.optim.lr_scheduler.CosineAnnealingLR``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd.schedules import Cosine, Horizon
    >>> Cosine(final=0.5).factor(np.array([0, 50, 100, 200]), Horizon(100, 10), {})
    array([1.  , 0.75, 0.5 , 0.5 ])
    """

    def __init__(self, final: float = 0.0) -> None:
        self.final = final

    def factor(self, t: Any, horizon: Horizon, state: dict[str, Any]) -> Any:
        """Return the height of the cosine; see `Schedule.factor`."""
        return cosine(1.0, self.final, progress(t, horizon))

    def check(self) -> None:
        """Raise ValueError if a parameter is out of its range."""
        owner, cure = type(self).__name__, "choose e.g. 0.0"
        check_number(owner, "final", self.final, low=0, high=1, cure=cure)
