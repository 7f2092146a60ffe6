"""The losses: one a file, and `LOSSES`, the registry of those known by name.

To add one, write a file with one class derived from `Loss` (or from `Hinge`) that defines
``formula(scores, y, xp)`` in array operations, and enter it in `LOSSES` below. The generic tests
run over the registry. It needs neither `kernel` nor an entry to be used as an object.
"""

from sklinear_gd._validation import resolve
from sklinear_gd.losses.base import Loss
from sklinear_gd.losses.crammer_singer import CrammerSinger
from sklinear_gd.losses.hinge import Hinge
from sklinear_gd.losses.one_vs_rest import OneVsRest
from sklinear_gd.losses.softmax import SoftmaxCrossEntropy
from sklinear_gd.losses.squared_error import SquaredError
from sklinear_gd.losses.weston_watkins import WestonWatkins

LOSSES = {
    "weston_watkins": WestonWatkins,
    "crammer_singer": CrammerSinger,
    "ovr": OneVsRest,
    "softmax": SoftmaxCrossEntropy,
    "squared_error": SquaredError,
}


def resolve_loss(value: object, name: str = "loss") -> Loss:
    """Return a loss of one's own for a key of `LOSSES` or a Loss object.

    Parameters
    ----------
    value : str or Loss
        A key of `LOSSES`, or an object, which is cloned.
    name : str, default="loss"
        What the parameter is called, for the message.

    Returns
    -------
    loss : Loss
        The object.
    """
    return resolve(name, value, LOSSES, Loss)


__all__ = [
    "LOSSES",
    "CrammerSinger",
    "Hinge",
    "Loss",
    "OneVsRest",
    "SoftmaxCrossEntropy",
    "SquaredError",
    "WestonWatkins",
    "resolve_loss",
]
