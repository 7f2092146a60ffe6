"""Figures of the tests are drawn without a screen and closed."""

import matplotlib.pyplot
import pytest

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def closed_figures():
    """Close every figure after its test."""
    yield
    matplotlib.pyplot.close("all")
