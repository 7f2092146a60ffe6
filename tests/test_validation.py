"""The messages of the parameter checks."""

import doctest
import math

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from sklinear_gd import _validation
from sklinear_gd._validation import check_choice, check_flag, check_number, resolve


def _message(check, *arguments, **keywords):
    with pytest.raises(ValueError, match="=") as info:
        check(*arguments, **keywords)
    return str(info.value)


@pytest.mark.parametrize(
    ("limits", "interval"),
    [
        ({"low": 0, "high": 1}, "a number in [0, 1]"),
        ({"low": 0, "high": 1, "low_open": True}, "a number in (0, 1]"),
        ({"low": 0, "high": 1, "high_open": True}, "a number in [0, 1)"),
        ({"low": 0.5}, "a number in [0.5, inf)"),
        ({"high": 2, "integer": True}, "an integer in (-inf, 2]"),
    ],
)
def test_message_names_owner_parameter_value_and_interval(limits, interval):
    """The sentence has everything that is needed to find and cure the mistake."""
    message = _message(check_number, "Adam", "beta1", "x", **limits, cure="choose e.g. 0.9")
    assert message == f"Adam: beta1='x' must be {interval}; choose e.g. 0.9."
    assert _message(check_number, "", "alpha", -9, low=0) == (
        "alpha=-9 must be a number in [0, inf)."
    )


@pytest.mark.parametrize("value", [0, 1, 0.5, np.float32(0.5), np.int64(1), np.float64(1)])
def test_numbers_in_the_interval_pass(value):
    """Python's and NumPy's numbers are accepted, the closed ends included."""
    check_number("A", "b", value, low=0, high=1)


@pytest.mark.parametrize(
    "value",
    [
        *(-1e-9, 1 + 1e-9, math.nan, np.float32("nan"), math.inf, -math.inf, 10**400, 1j),
        *(True, False, np.True_, None, "1", [1], np.ones(1), np.ones(2)),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_all_else_is_a_value_error(value):
    """What is outside, not finite or not a number is refused, and never with a TypeError."""
    with pytest.raises(ValueError, match="A: b="):
        check_number("A", "b", value, low=0, high=1)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_infinite_numbers_are_refused_without_limits(value):
    """No parameter may be infinite."""
    with pytest.raises(ValueError, match="must be a number in"):
        check_number("A", "b", value)


def test_open_ends_are_excluded():
    """The ends of an open interval are outside."""
    for value in (0, 1, 0.0, 1.0):
        with pytest.raises(ValueError, match=r"\(0, 1\)"):
            check_number("A", "b", value, low=0, high=1, low_open=True, high_open=True)


def test_integers():
    """Whole floats are not integers; NumPy's integers are."""
    check_number("A", "b", 3, low=1, integer=True)
    check_number("A", "b", np.int32(3), low=1, integer=True)
    for value in (3.0, True, 0):
        with pytest.raises(ValueError, match="must be an integer in"):
            check_number("A", "b", value, low=1, integer=True)


def test_flags():
    """Only booleans are flags."""
    check_flag("A", "b", True)
    check_flag("A", "b", np.False_)
    for value in (0, 1, "yes", None, []):
        assert _message(check_flag, "A", "b", value) == f"A: b={value!r} must be True or False."


def test_choices():
    """Only the strings of the list pass, and the message has them all."""
    check_choice("A", "b", "x", ("x", "y"))
    for value in ("z", None, ["x"], 1, np.array("x")):
        message = _message(check_choice, "A", "b", value, ("x", "y"))
        assert message == f"A: b={value!r} must be one of 'x', 'y'."


class Part(BaseEstimator):
    """A component with one parameter."""

    def __init__(self, size=1):
        self.size = size


def test_data_and_long_values_are_described():
    """A message says what kind of value it got, but prints neither data nor pages of text."""
    data = np.full((60, 4), 0.123456)
    for value in (data, data.tolist(), {k: 0.123456 for k in range(60)}, "0.123456 " * 60):
        message = _message(check_number, "A", "b", value)
        assert message.count("0.123456") < 30
        assert len(message) < 300
    assert _message(check_number, "A", "b", data).startswith("A: b=<ndarray of shape (60, 4)> must")
    assert "b=<list of length 60>" in _message(check_number, "A", "b", data.tolist())


def test_resolve():
    """Strings give new objects with the given parameters, objects are cloned, all else fails."""
    assert resolve("part", "p", {"p": Part}, Part, size=3).size == 3
    part = Part(5)
    copy = resolve("part", part, {"p": Part}, Part, size=3)
    assert copy is not part
    assert copy.size == 5
    assert _message(resolve, "part", "q", {"p": Part}, Part) == (
        "part='q' must be one of 'p' or an object derived from Part."
    )
    assert "give an object, Part(), not the class" in _message(
        resolve, "part", Part, {"p": Part}, Part
    )


def test_examples_run():
    """The examples in the docstrings give what they show."""
    assert doctest.testmod(_validation).failed == 0
