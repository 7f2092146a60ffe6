"""How schedules are found by name, derived from and documented."""

import doctest
import functools
import importlib
import pickle
import pkgutil

import numpy as np
import pytest
from sklearn.base import clone

from sklinear_gd import schedules
from sklinear_gd.schedules import (
    SCHEDULES,
    Cosine,
    FromCallable,
    Horizon,
    Schedule,
    Step,
    WarmUp,
    resolve_schedule,
)

MODULES = [
    f"{schedules.__name__}.{module.name}" for module in pkgutil.iter_modules(schedules.__path__)
]
HORIZON = Horizon(100, 10)


@pytest.mark.parametrize("name", SCHEDULES)
def test_strings_are_resolved(name):
    """Every name gives a new object of its class."""
    schedule = resolve_schedule(name)
    assert type(schedule) is SCHEDULES[name]
    assert schedule is not resolve_schedule(name)


@pytest.mark.parametrize("schedule", [Step(every=3, drop=0.5), WarmUp(Step(every=3), epochs=2)])
def test_objects_survive(schedule):
    """Clones, pickles and the resolved object are equal and separate."""
    loaded = pickle.loads(pickle.dumps(schedule))
    for copy in (clone(schedule), loaded, resolve_schedule(schedule)):
        assert copy is not schedule
        assert repr(copy) == repr(schedule)
    assert "every=3" in repr(schedule)


def test_nested_parameters():
    """A grid reaches the schedule inside the wrapper."""
    schedule = WarmUp(Step()).set_params(schedule__every=7)
    assert schedule.schedule.every == 7


def _half(t, factor=0.5):
    return factor


class _Doubling:
    def __call__(self, t):
        return 2.0**t


@pytest.mark.parametrize("function", [_half, functools.partial(_half, factor=0.25), _Doubling()])
def test_callables_are_schedules(function):
    """Functions and callable objects are wrapped, and the wrapper survives clone and pickle."""
    schedule = resolve_schedule(function)
    assert type(schedule) is FromCallable
    for copy in (schedule, clone(schedule), pickle.loads(pickle.dumps(schedule))):
        assert copy.factor(1, HORIZON, copy.init()) == function(1)


@pytest.mark.parametrize("value", ["slow", None, 3, ["cosine"], Schedule])
def test_unknown_values_are_named(value):
    """The message has the parameter, the value and all allowed strings."""
    with pytest.raises(ValueError, match="schedule=") as info:
        resolve_schedule(value)
    assert repr(value) in str(info.value)
    assert all(repr(name) in str(info.value) for name in SCHEDULES)
    assert "a function" in str(info.value)


def test_classes_are_refused_with_the_cure():
    """A class is callable, yet not meant: the message says what to write."""
    with pytest.raises(ValueError, match=r"give an object, Cosine\(\), not the class"):
        resolve_schedule(Cosine)


def test_own_subclass_works_unregistered():
    """A class with a factor alone is a schedule."""

    class Halved(Schedule):
        def factor(self, t, horizon, state):
            return np.full(np.shape(t), 0.5)

    schedule = resolve_schedule(Halved())
    assert isinstance(schedule, Halved)
    assert resolve_schedule(WarmUp(schedule)).factor(50, HORIZON, {}) == 0.5


@pytest.mark.parametrize("module", MODULES)
def test_examples_run(module):
    """The examples in the docstrings give what they show."""
    assert doctest.testmod(importlib.import_module(module)).failed == 0
