"""How penalties are found by name, derived from and documented."""

import doctest
import importlib
import pickle
import pkgutil

import numpy as np
import pytest
from sklearn.base import clone

from sklinear_gd import penalties
from sklinear_gd.penalties import L1, L2, PENALTIES, ElasticNet, NoPenalty, Penalty, resolve_penalty

MODULES = [
    f"{penalties.__name__}.{module.name}" for module in pkgutil.iter_modules(penalties.__path__)
]


@pytest.mark.parametrize("name", PENALTIES)
def test_strings_are_resolved(name):
    """Every name gives a new object of its class, which passes its own check."""
    penalty = resolve_penalty(name, 0.3)
    assert type(penalty) is PENALTIES[name]
    assert penalty is not resolve_penalty(name, 0.3)
    penalty.check()
    assert "Penalty" not in repr(penalty)


def test_none_and_l1_ratio():
    """None is no penalty; l1_ratio is for the string "elasticnet" and not for objects."""
    assert isinstance(resolve_penalty(None), NoPenalty)
    assert resolve_penalty("elasticnet", l1_ratio=0.7).l1_ratio == 0.7
    assert resolve_penalty("elasticnet").l1_ratio == ElasticNet().l1_ratio
    assert resolve_penalty(ElasticNet(l1_ratio=0.2), l1_ratio=0.7).l1_ratio == 0.2


def test_objects_survive():
    """Clones, pickles and the resolved object are equal and separate."""
    penalty = ElasticNet(l1_ratio=0.25)
    for copy in (clone(penalty), pickle.loads(pickle.dumps(penalty)), resolve_penalty(penalty)):
        assert copy is not penalty
        assert copy.get_params() == {"l1_ratio": 0.25}


@pytest.mark.parametrize("value", ["lasso", "none", 3, ["l1"], object])
def test_unknown_values_are_named(value):
    """The message has the parameter, the value and all allowed strings."""
    with pytest.raises(ValueError, match="penalty=") as info:
        resolve_penalty(value)
    assert repr(value) in str(info.value)
    assert all(repr(name) in str(info.value) for name in PENALTIES)


def test_classes_are_refused_with_the_cure():
    """A class in place of an object is a common slip: the message says what to write."""
    with pytest.raises(ValueError, match=r"give an object, L1\(\), not the class"):
        resolve_penalty(L1)


def test_own_subclass_works_unregistered():
    """A class with a value alone is a penalty, smooth and not described by the two numbers."""

    class Constant(Penalty):
        def value(self, W):
            return 7.0

    penalty, W = resolve_penalty(Constant()), np.ones((2, 2))
    penalty.add_gradient(W, W, 5.0)
    penalty.prox(W, 5.0)
    assert (W == 1).all()
    assert penalty.smooth
    assert not penalty.separable
    penalty.check()


def test_value_must_be_defined():
    """A penalty without a value says so."""
    with pytest.raises(NotImplementedError, match="Penalty must define value"):
        Penalty().value(np.zeros((1, 1)))


@pytest.mark.parametrize("method", ["value", "add_gradient", "prox"])
@pytest.mark.parametrize("name", PENALTIES)
def test_redefined_methods_end_separability(name, method):
    """A subclass that redefines a method is no longer described by its parent's two numbers."""
    parent = PENALTIES[name]
    assert not type("Mine", (parent,), {method: getattr(parent, method)}).separable
    mixin = type("Mixin", (), {method: getattr(parent, method)})
    assert not type("Mixed", (mixin, parent), {}).separable
    assert type("Renamed", (parent,), {}).separable == parent.separable


def test_own_prox_ends_smoothness():
    """A subclass of a smooth penalty with a prox of its own has kinks."""

    class NonNegativeL2(L2):
        def prox(self, W, step):
            np.maximum(W, 0, out=W)

    assert L2().smooth
    assert not NonNegativeL2().smooth


@pytest.mark.parametrize("module", MODULES)
def test_examples_run(module):
    """The examples in the docstrings give what they show."""
    assert doctest.testmod(importlib.import_module(module)).failed == 0
