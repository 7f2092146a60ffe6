"""The examples in the docstrings of the inspection."""

import doctest
import importlib
import pkgutil

import pytest

from sklinear_gd import inspection

MODULES = [
    f"{inspection.__name__}.{module.name}" for module in pkgutil.iter_modules(inspection.__path__)
]


@pytest.mark.parametrize("module", MODULES)
def test_examples_run(module):
    """The examples give what they show."""
    assert doctest.testmod(importlib.import_module(module)).failed == 0
