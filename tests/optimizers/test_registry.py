"""How optimizers are found by name, derived from and documented."""

import doctest
import importlib
import pickle
import pkgutil

import numpy as np
import pytest
from sklearn.base import clone

from sklinear_gd import optimizers
from sklinear_gd.optimizers import OPTIMIZERS, Adam, Optimizer, resolve_optimizer

MODULES = [
    f"{optimizers.__name__}.{module.name}" for module in pkgutil.iter_modules(optimizers.__path__)
]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_strings_are_resolved(name):
    """Every name gives a new object of its class."""
    rule = resolve_optimizer(name)
    assert type(rule) is OPTIMIZERS[name]
    assert rule is not resolve_optimizer(name)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_objects_survive(name):
    """Clones, pickles and reprs of an optimizer keep its parameters."""
    rule = OPTIMIZERS[name]()
    rule.set_params(**{key: 0.25 for key in rule.get_params()})
    for copy in (clone(rule), pickle.loads(pickle.dumps(rule)), resolve_optimizer(rule)):
        assert copy is not rule
        assert type(copy) is type(rule)
        assert copy.get_params() == rule.get_params()
    assert repr(rule).count("0.25") == len(rule.get_params())


@pytest.mark.parametrize("value", ["adamw", None, 3, ["adam"], Optimizer])
def test_unknown_values_are_named(value):
    """The message has the parameter, the value and all allowed strings."""
    with pytest.raises(ValueError, match="optimizer=") as info:
        resolve_optimizer(value)
    assert repr(value) in str(info.value)
    assert all(repr(name) in str(info.value) for name in OPTIMIZERS)


def test_classes_are_refused_with_the_cure():
    """A class in place of an object is a common slip: the message says what to write."""
    with pytest.raises(ValueError, match=r"give an object, Adam\(\), not the class"):
        resolve_optimizer(Adam)


def test_own_subclass_works_unregistered():
    """A class with a step alone is an optimizer: without kernel, without memory."""

    class Halving(Optimizer):
        def step(self, params, gradient, state, rate):
            params *= 0.5
            return rate

    rule = resolve_optimizer(Halving())
    assert rule.init(np.ones((1, 1))) == {"t": 0}
    assert rule.kernel is None
    assert rule.gain == 1
    assert not rule.scale_free
    rule.check()


def test_step_must_be_defined():
    """An optimizer without a step says so."""
    with pytest.raises(NotImplementedError, match="Optimizer must define step"):
        Optimizer().step(np.zeros((1, 1)), np.zeros((1, 1)), {"t": 0}, 0.1)


@pytest.mark.parametrize("method", ["init", "step", "extrapolate"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_own_rule_loses_the_kernel(name, method):
    """A subclass that redefines the rule is not served by the kernel of its parent."""
    parent = OPTIMIZERS[name]
    assert type("Mine", (parent,), {method: getattr(parent, method)}).kernel is None
    assert type("Renamed", (parent,), {}).kernel is parent.kernel


@pytest.mark.parametrize("module", MODULES)
def test_examples_run(module):
    """The examples in the docstrings give what they show."""
    assert doctest.testmod(importlib.import_module(module)).failed == 0
