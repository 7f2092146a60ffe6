"""The schedules: one a file, and `SCHEDULES`, the registry of those known by name.

To add one, write a file with one class derived from `Schedule` that defines
``factor(t, horizon, state)`` for an int or an array of ints t, and, if it watches the objective,
``init()`` and ``observe(objective, horizon, state)``; then enter it in `SCHEDULES` below. The
generic tests run over the registry. It needs no entry to be used as an object, and a function of t
alone serves as it is.
"""

from sklinear_gd._validation import resolve
from sklinear_gd.schedules.adaptive import Adaptive
from sklinear_gd.schedules.base import Horizon, Schedule
from sklinear_gd.schedules.constant import Constant
from sklinear_gd.schedules.cosine import Cosine
from sklinear_gd.schedules.exponential import Exponential
from sklinear_gd.schedules.from_callable import FromCallable
from sklinear_gd.schedules.inverse_scaling import InverseScaling
from sklinear_gd.schedules.line_search import LineSearch
from sklinear_gd.schedules.linear import Linear
from sklinear_gd.schedules.one_cycle import OneCycle
from sklinear_gd.schedules.step import Step
from sklinear_gd.schedules.warm_up import WarmUp

SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "invscaling": InverseScaling,
    "exponential": Exponential,
    "step": Step,
    "linear": Linear,
    "cosine": Cosine,
    "one_cycle": OneCycle,
    "adaptive": Adaptive,
    "line_search": LineSearch,
}


def resolve_schedule(value: object, name: str = "schedule") -> Schedule:
    """Return a schedule of one's own for a key of `SCHEDULES`, a Schedule object or a function.

    Parameters
    ----------
    value : str, Schedule or callable
        A key of `SCHEDULES`; or an object, which is cloned; or a function ``t -> factor`` of the
        number of updates made.
    name : str, default="schedule"
        What the parameter is called, for the message.

    Returns
    -------
    schedule : Schedule
        The object.
    """
    if callable(value) and not isinstance(value, type | Schedule):
        return FromCallable(value)
    return resolve(name, value, SCHEDULES, Schedule, also=", a function t -> factor")


__all__ = [
    "SCHEDULES",
    "Adaptive",
    "Constant",
    "Cosine",
    "Exponential",
    "FromCallable",
    "Horizon",
    "InverseScaling",
    "LineSearch",
    "Linear",
    "OneCycle",
    "Schedule",
    "Step",
    "WarmUp",
    "resolve_schedule",
]
