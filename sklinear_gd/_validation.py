"""Checks of parameter values: every message names the parameter, its value and the cure."""

import math
from collections.abc import Collection, Mapping
from numbers import Integral, Real
from typing import Any, TypeVar

from sklearn.base import clone

T = TypeVar("T")

# Characters of a value that a message shows.
MOST_SHOWN = 200


def check_number(
    owner: str,
    name: str,
    value: Any,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    low_open: bool = False,
    high_open: bool = False,
    integer: bool = False,
    cure: str = "",
) -> None:
    """Raise ValueError unless `value` is a finite number in the interval from `low` to `high`.

    Parameters
    ----------
    owner : str
        Whose parameter it is: a class name, or ``""`` to leave it out.
    name : str
        The parameter's name.
    value : object
        What the user gave. Booleans, NaN and infinities are refused.
    low, high : float, default=-inf, inf
        The ends of the interval.
    low_open, high_open : bool, default=False
        Whether the end itself is excluded.
    integer : bool, default=False
        Whether the number must be an integer.
    cure : str, default=""
        What to do about it, put at the end of the message.

    Examples
    --------
    >>> from sklinear_gd._validation import check_number
    >>> check_number("Adam", "beta1", 0.9, low=0, high=1, high_open=True)
    >>> check_number("Adam", "beta1", 1.5, low=0, high=1, high_open=True, cure="choose e.g. 0.9")
    Traceback (most recent call last):
        ...
    ValueError: Adam: beta1=1.5 must be a number in [0, 1); choose e.g. 0.9.
    """
    kind = Integral if integer else Real
    good = isinstance(value, kind) and not isinstance(value, bool)
    if good and (integer or _is_finite(value)):
        above = value > low if low_open else value >= low
        below = value < high if high_open else value <= high
        good = above and below
    else:
        good = False
    if not good:
        noun = "an integer" if integer else "a number"
        left = "(" if low_open or math.isinf(low) else "["
        right = ")" if high_open or math.isinf(high) else "]"
        problem = f"must be {noun} in {left}{low:g}, {high:g}{right}"
        raise ValueError(_message(owner, name, value, problem, cure))


def _is_finite(number: Any) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # an integer beyond the range of float64
        return False


def plain(value: Any) -> Any:
    """Return a number as Python's int or float; anything else as it is.

    Numbers of a narrow type would spread it: half a float16 is a float16, and a million times one
    is infinite.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd._validation import plain
    >>> plain(np.int8(3)), plain(np.float16(0.5)), plain("auto")
    (3, 0.5, 'auto')
    """
    if isinstance(value, bool | int | float) or not isinstance(value, Real):
        return value
    if isinstance(value, Integral):
        return int(value)
    return float(value) if _is_finite(value) else value


def check_flag(owner: str, name: str, value: object, *, cure: str = "") -> None:
    """Raise ValueError unless `value` is True or False."""
    if type(value).__name__ not in ("bool", "bool_"):
        raise ValueError(_message(owner, name, value, "must be True or False", cure))


def check_choice(owner: str, name: str, value: object, choices: Collection[str]) -> None:
    """Raise ValueError unless `value` is one of the strings `choices`."""
    if not isinstance(value, str) or value not in choices:
        allowed = ", ".join(repr(choice) for choice in choices)
        raise ValueError(_message(owner, name, value, f"must be one of {allowed}", ""))


def resolve(
    name: str,
    value: object,
    registry: Mapping[str, type[T]],
    base: type[T],
    *,
    also: str = "",
    **parameters: Any,
) -> T:
    """Turn what a user gave for a component into an object of its own.

    Parameters
    ----------
    name : str
        The parameter's name, for the message.
    value : str or object
        A key of `registry`, or an object of the class `base`.
    registry : dict of str to class
        The components known by name.
    base : class
        The base class of the components.
    also : str, default=""
        What else the caller accepts, for the message.
    **parameters : dict
        What a component known by name is made with.

    Returns
    -------
    component : object
        A new object for a string, a clone for an object.
    """
    if isinstance(value, base):
        component = clone(value)
        for parameter, given in vars(component).items():
            setattr(component, parameter, plain(given))
        return component
    if isinstance(value, str) and value in registry:
        return registry[value](**parameters)
    allowed = ", ".join(repr(key) for key in registry)
    problem = f"must be one of {allowed}{also} or an object derived from {base.__name__}"
    cure = ""
    if isinstance(value, type) and issubclass(value, base):
        cure = f"give an object, {value.__name__}(), not the class"
    raise ValueError(_message("", name, value, problem, cure))


def _message(owner: str, name: str, value: object, problem: str, cure: str) -> str:
    prefix = f"{owner}: " if owner else ""
    suffix = f"; {cure}" if cure else ""
    return f"{prefix}{name}={shown(value)} {problem}{suffix}."


def shown(value: object) -> str:
    """Return a parameter's value for a message: its repr, unless that is long or of data.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinear_gd._validation import shown
    >>> shown("ridge"), shown(np.ones((60, 4)))
    ("'ridge'", '<ndarray of shape (60, 4)>')
    """
    name, shape = type(value).__name__, getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape:
        return f"<{name} of shape {shape}>"
    if isinstance(value, int) and abs(value) > 10**MOST_SHOWN:
        return f"<{name} of {value.bit_length()} bits>"
    text = repr(value)
    if len(text) <= MOST_SHOWN:
        return text
    if isinstance(value, list | tuple | set | frozenset | dict):
        return f"<{name} of length {len(value)}>"
    return f"{text[:MOST_SHOWN]}..."
