"""What all displays have in common: axes in, axes out, examples, and a clear error without them."""

import doctest
import importlib
import inspect
import pkgutil
import sys

import numpy as np
import pytest
from matplotlib import pyplot as plt

from sklinear_gd import SoftmaxGDClassifier, plotting
from sklinear_gd.plotting import (
    LossLandscapeDisplay,
    MarginDisplay,
    StepSizeDisplay,
    TrainingCurveDisplay,
    WeightsDisplay,
)

MODULES = [
    f"{plotting.__name__}.{module.name}" for module in pkgutil.iter_modules(plotting.__path__)
]


@pytest.fixture(scope="module")
def fitted(two_classes):
    """Return a fitted classifier of two classes and its data."""
    X, y = two_classes
    return SoftmaxGDClassifier(max_iter=5, tol=None, random_state=0).fit(X, y), X, y


MAKERS = {
    "landscape": lambda clf, X, y, ax=None: LossLandscapeDisplay.from_estimator(
        clf, X, y, n_points=5, ax=ax
    ),
    "ray": lambda clf, X, y, ax=None: LossLandscapeDisplay.from_estimator(
        clf, X, y, directions=1, ax=ax
    ),
    "training": lambda clf, X, y, ax=None: TrainingCurveDisplay.from_estimator(clf, ax=ax),
    "step size": lambda clf, X, y, ax=None: StepSizeDisplay.from_estimator(clf, X, y, ax=ax),
    "weights": lambda clf, X, y, ax=None: WeightsDisplay.from_estimator(clf, (2, 2), ax=ax),
    "margin": lambda clf, X, y, ax=None: MarginDisplay.from_losses(ax=ax),
}
every_display = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


def axes_of(display):
    """Return the axes that a display has drawn on."""
    return display.ax_ if hasattr(display, "ax_") else display.axes_[0]


@every_display
def test_given_axes_are_used(make, fitted):
    """On given axes no new figure is made, and the display says where it is."""
    figure, ax = plt.subplots()
    display = make(*fitted, ax=ax)
    assert axes_of(display) is ax
    assert display.figure_ is figure
    assert plt.get_fignums() == [figure.number]
    figure.canvas.draw()


@every_display
def test_new_axes_are_made(make, fitted):
    """Without axes a new figure is made; plot draws the same numbers again."""
    display = make(*fitted)
    assert plt.get_fignums() == [display.figure_.number]
    first = axes_of(display)
    assert display.plot() is display
    assert axes_of(display) is not first
    drawn = [line.get_xydata().tolist() for line in axes_of(display).lines]
    assert drawn == [line.get_xydata().tolist() for line in first.lines]


@pytest.mark.parametrize("name", plotting.__all__)
def test_a_display_holds_what_it_is_given(name):
    """As scikit-learn's displays do: the constructor stores its arguments and draws nothing."""
    cls = getattr(plotting, name)
    names = list(inspect.signature(cls).parameters)
    values = {key: object() for key in names}
    display = cls(**values)
    assert {key: getattr(display, key) for key in names} == values
    assert plt.get_fignums() == []


@every_display
def test_without_matplotlib_the_extra_is_named(make, fitted, monkeypatch):
    """Where matplotlib is missing, the ImportError says what to install."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"Display needs matplotlib.*sklinear-gd\[plot\]"):
        make(*fitted)


def test_the_package_is_imported_without_matplotlib(monkeypatch):
    """Importing the displays does not import matplotlib."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for module in MODULES:
        monkeypatch.delitem(sys.modules, module)
        importlib.import_module(module)


@pytest.mark.parametrize("module", MODULES)
def test_examples_run(module):
    """The examples in the docstrings give what they show."""
    assert doctest.testmod(importlib.import_module(module)).failed == 0


def test_too_few_axes_are_refused(fitted):
    """A display of several parts names how many axes it needs."""
    _, axes = plt.subplots(1, 2)
    _, X, y = fitted
    three = SoftmaxGDClassifier(max_iter=2, tol=None).fit(X, np.arange(len(y)) % 3)
    with pytest.raises(ValueError, match="ax has 2 axes and 3 are needed"):
        WeightsDisplay.from_estimator(three, (2, 2), ax=axes)
