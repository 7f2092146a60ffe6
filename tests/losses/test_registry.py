"""How losses are found by name, derived from and documented."""

import doctest
import importlib
import pickle
import pkgutil

import numpy as np
import pytest
from sklearn.base import clone

from sklinear_gd import losses
from sklinear_gd.kernels._twin import Twin
from sklinear_gd.losses import LOSSES, Loss, WestonWatkins, resolve_loss

MODULES = [f"{losses.__name__}.{module.name}" for module in pkgutil.iter_modules(losses.__path__)]


@pytest.mark.parametrize("name", LOSSES)
def test_strings_are_resolved(name):
    """Every name gives a new object of its class, whose defaults pass its own check."""
    loss = resolve_loss(name)
    assert type(loss) is LOSSES[name]
    assert loss is not resolve_loss(name)
    loss.check(3)


@pytest.mark.parametrize("name", LOSSES)
def test_objects_survive(name):
    """Clones, pickles and reprs of a loss keep its parameters."""
    loss = LOSSES[name]()
    for parameter in loss.get_params():
        if parameter != "squared":
            loss.set_params(**{parameter: 0.25})
    for copy in (clone(loss), pickle.loads(pickle.dumps(loss)), resolve_loss(loss)):
        assert copy is not loss
        assert type(copy) is type(loss)
        assert copy.get_params() == loss.get_params()
        assert ("0.25" in repr(copy)) == bool(loss.get_params())


@pytest.mark.parametrize("value", ["hinge", None, 3, ["softmax"], Loss])
def test_unknown_values_are_named(value):
    """The message has the parameter, the value and all allowed strings."""
    with pytest.raises(ValueError, match="loss=") as info:
        resolve_loss(value)
    assert repr(value) in str(info.value)
    assert all(repr(name) in str(info.value) for name in LOSSES)


def test_classes_are_refused_with_the_cure():
    """A class in place of an object is a common slip: the message says what to write."""
    with pytest.raises(ValueError, match=r"give an object, WestonWatkins\(\), not the class"):
        resolve_loss(WestonWatkins)


class Quadratic(Loss):
    """The smallest loss that works: half the squared scores, whatever the class."""

    def formula(self, scores, y, xp=np):
        """Return the values and their derivatives."""
        return xp.sum(scores**2, axis=1) / 2, scores


def test_own_subclass_works_unregistered():
    """A class with a formula alone is a loss: without kernel, not smooth, curvature 1."""
    loss = resolve_loss(Quadratic())
    assert isinstance(loss, Quadratic)
    assert loss.kernel is None
    assert loss.curvature(3) == 1.0
    loss.check(3)
    with pytest.raises(ValueError, match="Quadratic is not smooth"):
        loss.smoothed(0.1)


def test_formula_must_be_defined():
    """A loss without a formula says so."""
    with pytest.raises(NotImplementedError, match="Loss must define formula"):
        Loss().formula(np.zeros((1, 2)), np.array([0]))


def test_kernel_is_inherited_only_with_the_formula():
    """A subclass keeps the kernel unless it, or a mixin, brings another formula or kernel."""

    class Renamed(WestonWatkins):
        pass

    class Mixin:
        def formula(self, scores, y, xp=np):
            return Quadratic().formula(scores, y, xp)

    class Mixed(Mixin, WestonWatkins):
        pass

    class Compiled(WestonWatkins):
        kernel = Twin("quadratic")
        formula = Quadratic.formula

    assert Renamed.kernel is WestonWatkins.kernel
    assert Mixed.kernel is None
    assert Compiled.kernel.name == "quadratic"


@pytest.mark.parametrize("module", MODULES)
def test_examples_run(module):
    """The examples in the docstrings give what they show."""
    assert doctest.testmod(importlib.import_module(module)).failed == 0
