"""When training stops, and what the history holds."""

import numpy as np
import pytest

from sklinear_gd.designs import as_design
from sklinear_gd.losses import SoftmaxCrossEntropy
from sklinear_gd.objective import Objective
from sklinear_gd.optimizers import SGD
from sklinear_gd.penalties import ElasticNet
from sklinear_gd.schedules import Constant
from sklinear_gd.solvers import REASONS, Monitor, Observer, Plan
from sklinear_gd.solvers.monitor import Measured, Stall


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


@pytest.mark.parametrize(
    ("value", "share"), [(0.2, 0.2), (0.6, 0.4), (0.9, 0.1), (0.9999, 9.999e-4), (3.0, 3e-3)]
)
def test_a_change_is_a_share_of_the_gain_over_chance(value, share):
    """tol is relative to the value or to the gain, what is less, but to a thousandth at least."""
    stall = Stall(tol=1e-2, patience=3, chance=1.0)
    assert stall.share(value) == pytest.approx(1e-2 * share)
    assert Stall(tol=1e-2, patience=3).share(value) == pytest.approx(1e-2 * value)


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


@pytest.fixture
def objective(three_classes):
    """Return the cross-entropy with an elastic-net penalty, on 4 features and 3 classes."""
    X, y = three_classes
    penalty = ElasticNet(l1_ratio=0.3)
    return Objective(
        as_design(X), y.astype(np.int32), None, SoftmaxCrossEntropy(), penalty, 0.1,
        n_scores=3, fit_intercept=True,
    )  # fmt: skip


def test_columns_of_an_objective(objective):
    """Loss and penalty add up to the objective; the ratio is that of W's change to W, not b's."""
    rng = np.random.default_rng(0)
    monitor, params = Monitor(plan(), objective), objective.zeros()
    weights = [np.zeros((4, 3))]
    monitor.begin(params)
    for epoch in range(1, 4):
        W, b = objective.split(params)
        W += rng.normal(size=W.shape)
        b += 100.0
        weights.append(W.copy())
        monitor.record(epoch, params, objective.value(params), 0.1)
    history = monitor.history()
    np.testing.assert_allclose(history["loss"] + history["penalty"], history["objective"])
    assert history["loss"][-1] == pytest.approx(objective.mean_loss(params))
    norms = np.array([np.linalg.norm(W) for W in weights[1:]])
    np.testing.assert_allclose(
        history["update_ratio"], np.linalg.norm(np.diff(weights, axis=0), axis=(1, 2)) / norms
    )
    assert history["update_ratio"][0] == pytest.approx(1.0)


def test_no_weights_no_ratio(objective):
    """Weights that are and stay 0 have not moved: the ratio is 0, not NaN."""
    monitor = Monitor(plan(), objective)
    monitor.record(1, objective.zeros(), 1.0, 0.1)
    assert monitor.history()["update_ratio"].tolist() == [0.0]


def test_huge_finite_weights_have_not_diverged():
    """Weights whose squares overflow are finite all the same."""
    assert reasons(Monitor(plan()), [1.0], np.full((2, 2), 1e300)) == [None]


def test_a_column_may_come_late():
    """A column that earlier epochs lack is filled up with NaN, and one that ends goes on so."""
    monitor = Monitor(plan(), history={"epoch": np.array([1]), "seconds": np.array([0.5])})
    monitor.record(2, np.zeros(2), 3.0, 0.1, 7.0)
    monitor.record(3, np.zeros(2), 3.0, 0.1)
    history = monitor.history()
    assert history["epoch"].tolist() == [1, 2, 3]
    np.testing.assert_array_equal(history["gradient_norm"], [np.nan, 7.0, np.nan])
    np.testing.assert_array_equal(history["objective"], [np.nan, 3.0, 3.0])
    assert (history["seconds"] >= 0.5).all()


class Recorder(Observer):
    """Writes down what it is told, and asks for the end at one epoch."""

    def __init__(self, needs=(), stop_at=None):
        """Take what it needs and the epoch to end with."""
        self.needs, self.stop_at, self.told = frozenset(needs), stop_at, []

    def begin(self):
        """Note a beginning."""
        self.told.append("begin")

    def end(self, entry, params):
        """Note the end of an epoch."""
        self.told.append((entry["epoch"], None if params is None else params.copy()))
        return entry["epoch"] == self.stop_at


def test_observers_are_told_of_every_epoch():
    """Beginnings and ends come in pairs, however often a beginning is said; a wish is a reason."""
    first, second = Recorder(), Recorder(stop_at=2)
    monitor = Monitor(plan(), observers=[first, second])
    monitor.begin(np.zeros(2))
    monitor.begin(np.ones(2))
    assert monitor.record(1, np.zeros(2), 1.0, 0.1) is None
    assert monitor.record(2, np.ones(2), 0.5, 0.1) == "callback"
    for observer in (first, second):
        assert [told == "begin" for told in observer.told] == [True, False, True, False]
        assert observer.told[3][1].tolist() == [1.0, 1.0]
    assert "callback" in REASONS


def test_a_divergence_hides_its_weights():
    """Observers are told of a diverged epoch without parameters, and cannot overrule the reason."""
    recorder = Recorder(stop_at=1)
    assert reasons(Monitor(plan(), observers=[recorder]), [np.inf]) == ["diverged"]
    assert recorder.told[-1] == (1, None)


def test_what_observers_need():
    """A pass for objective or gradient is asked for by tol or by an observer that needs it."""
    assert Monitor(plan()).needs_objective
    assert not Monitor(plan(tol=None)).needs_objective
    assert not Monitor(plan()).needs_gradient
    monitor = Monitor(plan(tol=None), observers=[Recorder({"objective"}), Recorder()])
    assert monitor.needs_objective
    assert not monitor.needs_gradient
    assert Monitor(plan(), observers=[Recorder({"gradient_norm"})]).needs_gradient


class Blind(Observer):
    """Notes what it is given."""

    takes_params = False

    def __init__(self):
        """Nothing has been given yet."""
        self.given = []

    def end(self, entry, params):
        """Note whether there are parameters."""
        self.given.append(params)


class Sighted(Blind):
    """The same, of one that looks at them."""

    takes_params = True


@pytest.mark.parametrize("observer", [Blind, Sighted])
def test_parameters_are_made_for_who_looks_at_them(observer):
    """A solver that knows their numbers gives a function, called for observers that look."""
    made, watch = [], observer()
    monitor = Monitor(plan(), observers=[watch])
    monitor.keeps_copies = False

    def make():
        made.append(np.ones((2, 2)))
        return made[-1]

    measured = Measured(size=2.0, penalty=0.25, change=1.0)
    assert monitor.record(1, make, 1.0, np.nan, measured=measured) is None
    assert len(made) == observer.takes_params
    assert watch.given == (made or [None])
    history = monitor.history()
    assert history["penalty"] == [0.25]
    assert history["loss"] == [0.75]
    assert history["update_ratio"] == [0.5]
    assert monitor.best_params is None
    # What is not finite may have overflowed alone: the parameters decide.
    overflow = measured._replace(size=np.inf)
    assert monitor.record(2, make, 1.0, np.nan, measured=overflow) is None
    assert monitor.record(3, lambda: np.full((2, 2), np.nan), 1.0, np.nan, measured=overflow) == (
        "diverged"
    )
