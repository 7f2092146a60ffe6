"""How components name their compiled twins, and when they lose them."""

import numpy as np
import pytest

from sklinear_gd.kernels import Twin, Twinned
from sklinear_gd.losses import LOSSES
from sklinear_gd.optimizers import OPTIMIZERS


class Parent(Twinned):
    """A component with a twin of two methods."""

    definition = ("first", "second")
    kernel = Twin("parent")

    def first(self):
        """One half of the definition."""

    def second(self):
        """The other half."""

    def other(self):
        """Not part of the definition."""


@pytest.mark.parametrize("name", ["first", "second"])
def test_a_new_definition_loses_the_twin(name):
    """A subclass that redefines what the twin computes, and its subclasses, have none."""
    child = type("Child", (Parent,), {name: lambda self: None})
    assert child.kernel is None
    assert type("Grandchild", (child,), {}).kernel is None


def test_other_changes_keep_the_twin():
    """A subclass that leaves the definition alone keeps its parent's twin."""
    assert type("Child", (Parent,), {"other": lambda self: None}).kernel == Twin("parent")


def test_a_twin_of_ones_own():
    """A subclass may name the twin of its new definition."""
    own = Twin("own", ("margin",), ("velocity",))
    child = type("Child", (Parent,), {"first": lambda self: None, "kernel": own})
    assert child.kernel == own


def test_a_mixin_with_a_definition():
    """A definition that a mixin puts in front of the parent's counts as new."""
    mixin = type("Mixin", (), {"first": lambda self: None})
    assert type("Child", (mixin, Parent), {}).kernel is None


COMPILED = [cls for cls in [*LOSSES.values(), *OPTIMIZERS.values()] if cls.kernel]


@pytest.mark.parametrize("cls", COMPILED)
def test_twins_of_the_registries(cls):
    """Parameters are attributes that are numbers, states are arrays of the optimizer's state."""
    component = cls()
    assert all(float(getattr(component, name)) >= 0 for name in cls.kernel.parameters)
    state = component.init(np.zeros((2, 2))) if cls.kernel.state else {}
    assert all(state[name].shape == (2, 2) for name in cls.kernel.state)
