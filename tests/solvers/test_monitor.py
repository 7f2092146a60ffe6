"""When training stops, and what the history holds."""

import numpy as np
import pytest

from sklinear_gd.optimizers import SGD
from sklinear_gd.schedules import Constant
from sklinear_gd.solvers import REASONS, Monitor, Plan
from sklinear_gd.solvers.monitor import Stall


def plan(tol=1e-2, patience=3):
    """Return a plan of which only the stopping rule matters."""
    return Plan(SGD(), Constant(), 0.1, 10, 100, tol, patience)


def reasons(monitor, objectives, params=None):
    """Return what the monitor says to each of these objectives."""
    params = np.zeros((2, 2)) if params is None else params
    return [monitor.record(k + 1, params, value, 0.1) for k, value in enumerate(objectives)]


STALLS = {
    "no improvement": ([1.0, 1.0, 1.0, 1.0], 3),
    "rising": ([1.0, 1.1, 1.2, 1.3, 1.4], 3),
    "an improvement starts the count anew": ([1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5], 6),
    "improving": ([0.9**k for k in range(20)], None),
    "too slowly": ([1.0, 0.9999, 0.9998, 0.9997, 0.9996], 3),
    "negative values": ([-1.0, -1.1, -1.1, -1.1, -1.1], 4),
    "around zero": ([0.0, 0.0, 0.0, 0.0], 3),
}


@pytest.mark.parametrize(("values", "stop"), STALLS.values(), ids=STALLS)
def test_stall(values, stop):
    """Patience epochs without an improvement by tol, relative to the best, are a stall."""
    stall = Stall(tol=1e-2, patience=3)
    said = [stall.observe(value) for value in values]
    assert (said.index(True) if any(said) else None) == stop


def test_no_tol_never_stalls():
    """tol=None never ends a training."""
    stall = Stall(tol=None, patience=1)
    assert not any(stall.observe(1.0) for _ in range(50))


def test_reasons_to_stop():
    """A stall is reason "tol", values or weights out of the finite are "diverged"."""
    assert reasons(Monitor(plan()), [1.0] * 4) == [None, None, None, "tol"]
    assert reasons(Monitor(plan()), [1.0, np.inf])[-1] == "diverged"
    assert reasons(Monitor(plan()), [1.0, np.nan])[-1] == "diverged"
    assert reasons(Monitor(plan()), [1.0], np.array([[np.nan]])) == ["diverged"]
    assert {"tol", "validation", "max_iter", "diverged"} <= set(REASONS)


def test_values_that_are_not_judged_stop_nothing():
    """While a solver minimizes something else, values are noted and do not count as a stall."""
    monitor = Monitor(plan(patience=1))
    for epoch in range(1, 4):
        assert monitor.record(epoch, np.zeros(2), 5.0, 0.1, judge=False) is None
    assert monitor.history()["objective"].tolist() == [5.0, 5.0, 5.0]
    assert monitor.record(4, np.zeros(2), np.nan, 0.1, judge=False) == "diverged"


def test_the_best_parameters_are_kept_as_a_copy():
    """With a validation score the parameters of its first maximum are kept, not a view."""
    scores = iter([0.5, 0.9, 0.9, 0.7, 0.8])
    monitor = Monitor(plan(tol=1e-3, patience=3), validate=lambda params: next(scores))
    params, said = np.zeros(3), []
    for epoch in range(1, 6):
        params[:] = epoch
        said.append(monitor.record(epoch, params, 1.0, 0.1))
    assert said == [None, None, None, None, "validation"]
    assert monitor.best_params.tolist() == [2.0, 2.0, 2.0]
    assert monitor.history()["validation_score"].tolist() == [0.5, 0.9, 0.9, 0.7, 0.8]


def test_history_goes_on():
    """An earlier history is continued: columns stay equally long and time goes on."""
    first = Monitor(plan())
    reasons(first, [3.0, 2.0])
    earlier = first.history()
    second = Monitor(plan(), history=earlier)
    second.record(3, np.zeros(2), 1.0, 0.2)
    history = second.history()
    assert {name: len(column) for name, column in history.items()} == dict.fromkeys(history, 3)
    assert history["objective"].tolist() == [3.0, 2.0, 1.0]
    assert (np.diff(history["seconds"]) >= 0).all()
    assert len(earlier["epoch"]) == 2


def test_verbose_lines(capsys):
    """A line tells the epoch, the objective, the rate and, if there is one, the score."""
    Monitor(plan(), verbose=1).record(7, np.zeros(2), 0.25, 0.5)
    line = capsys.readouterr().out
    assert "7" in line
    assert "0.25" in line
    assert "0.5" in line
    Monitor(plan(), validate=lambda params: 0.875, verbose=1).record(1, np.zeros(2), 1.0, 0.5)
    assert "0.875" in capsys.readouterr().out
