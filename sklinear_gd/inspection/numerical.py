"""Derivatives by differences of function values."""

from collections.abc import Callable
from typing import Any

import numpy as np

from sklinear_gd._validation import check_choice, check_number

SCHEMES = ("centered", "forward")


def numerical_gradient(
    f: Callable[[Any], Any], x: Any, h: float = 1e-5, scheme: str = "centered"
) -> Any:
    r"""Return the gradient of any function of an array, by finite differences.

    For each element alone, with the others held,

    .. math:: \frac{f(x + h) - f(x - h)}{2h} \quad \text{(centered)}, \qquad
        \frac{f(x + h) - f(x)}{h} \quad \text{(forward)}

    whose errors are of the order h² and h. It is slow and approximate, and hard to get wrong:
    the check of an analytic gradient, not a replacement. For D elements f is evaluated 2 D times,
    or D + 1 times forward.

    Parameters
    ----------
    f : callable
        Takes an array shaped like `x` and returns a number.
    x : array-like of any shape
        The place, converted to float64; not changed.
    h : float, default=1e-5
        The distance, > 0. Errors of rounding grow as h shrinks: with values of size 1, about
        1e-16 / h.
    scheme : {"centered", "forward"}, default="centered"
        Which of the two differences.

    Returns
    -------
    gradient : ndarray of float64, shaped like x
        The partial derivatives.

    Raises
    ------
    ValueError
        If `h` or `scheme` is out of range, or f does not return a number.

    References
    ----------
    W. Press et al., "Numerical Recipes", section 5.7, 3rd edition, 2007.

    Examples
    --------
    >>> from sklinear_gd.inspection import numerical_gradient
    >>> def f(x):
    ...     return x[0] ** 3 + 5 * x[0] * x[1] - 3 * x[1] * x[2] ** 2
    >>> numerical_gradient(f, [1.0, 2.0, 3.0]).round(6)
    array([ 13., -22., -36.])
    """
    check_number("", "h", h, low=0, low_open=True, cure="the usual is 1e-5")
    check_choice("", "scheme", scheme, SCHEMES)
    x = np.array(x, dtype=np.float64)
    gradient = np.empty_like(x)
    start = _number(f(x.copy())) if scheme == "forward" else np.nan
    for place in np.ndindex(x.shape):
        above = _shifted_value(f, x, place, h)
        if scheme == "forward":
            gradient[place] = (above - start) / h
        else:
            gradient[place] = (above - _shifted_value(f, x, place, -h)) / (2 * h)
    return gradient


def directional_derivative(
    f: Callable[[Any], Any], x: Any, direction: Any, h: float = 1e-5, scheme: str = "centered"
) -> float:
    r"""Return the slope of a function along a direction, by finite differences.

    .. math:: \frac{d}{da} f(x + a u) = u \cdot \nabla f(x) \quad \text{at } a = 0, \qquad
        u = direction / \lVert direction \rVert

    It takes two evaluations, however many elements `x` has, so that it checks a gradient cheaply.

    Parameters
    ----------
    f : callable
        Takes an array shaped like `x` and returns a number.
    x : array-like of any shape
        The place, converted to float64; not changed.
    direction : array-like shaped like x
        Where to go; its length does not matter.
    h : float, default=1e-5
        The distance along the unit vector u, > 0.
    scheme : {"centered", "forward"}, default="centered"
        As in :func:`numerical_gradient`.

    Returns
    -------
    slope : float
        The derivative.

    Raises
    ------
    ValueError
        If `direction` has another shape than `x` or no finite length above 0, and as
        :func:`numerical_gradient`.

    Examples
    --------
    >>> from sklinear_gd.inspection import directional_derivative
    >>> round(directional_derivative(lambda x: x[0] ** 2 + x[1], [1.0, 0.0], [3.0, 4.0]), 6)
    2.0
    """
    x = np.array(x, dtype=np.float64)
    direction = np.array(direction, dtype=np.float64)
    if direction.shape != x.shape:
        raise ValueError(
            f"direction has the shape {direction.shape} and x {x.shape}; give both the same."
        )
    length = np.linalg.norm(direction)
    if not 0 < length < np.inf:
        raise ValueError(f"direction has the length {length}; give one that leads somewhere.")
    unit = direction / length
    return float(numerical_gradient(lambda a: f(x + a * unit), 0.0, h, scheme))


def _shifted_value(f: Callable[[Any], Any], x: Any, place: Any, shift: float) -> float:
    """f where one element of x is moved."""
    moved = x.copy()
    moved[place] += shift
    return _number(f(moved))


def _number(value: Any) -> float:
    """The value of a function as a float."""
    value = np.asarray(value)
    if value.size != 1:
        raise ValueError(f"f must return a number; it returned an array of shape {value.shape}.")
    return float(value.item())
