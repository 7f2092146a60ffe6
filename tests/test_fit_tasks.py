"""scikit-learn's callback API: a task for the fit and one for every epoch, on both estimators."""

import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.solvers import SOLVERS

every_class = pytest.mark.parametrize("cls", [SVMGDClassifier, SoftmaxGDClassifier])
every_solver = pytest.mark.parametrize("solver", SOLVERS)
SHORT = {"max_iter": 6, "tol": None, "random_state": 0}
# Some trials at random, or epochs of plain rates, learn next to nothing.
pytestmark = pytest.mark.filterwarnings("ignore:.*no better than class frequencies")


class Recorder:
    """Notes what scikit-learn calls; may fail in one hook, and ask for the end after an epoch."""

    def __init__(self, fail_in=None, stop_after=None):
        """Take the hook that fails and the epoch to end with."""
        self.fail_in, self.stop_after = fail_in, stop_after
        self.hooks, self.models, self.given = [], [], []

    def _note(self, hook, context):
        self.hooks.append((hook, context.task_name))
        if hook == self.fail_in and context.task_name in ("epoch", "fit"):
            raise RuntimeError(f"refused in {hook}")

    def setup(self, estimator, context):
        """A fit begins."""
        self._note("setup", context)

    def on_fit_task_begin(self, estimator, context):
        """A task begins."""
        self._note("begin", context)

    def on_fit_task_end(
        self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None
    ):
        """A task ends."""
        self._note("end", context)
        self.given.append((X, y, metadata))
        if context.task_name == "epoch":
            self.models.append(fitted_estimator)
        return context.task_id + 1 == self.stop_after

    def teardown(self, estimator, context):
        """A fit has ended."""
        self._note("teardown", context)


@every_solver
@every_class
def test_a_task_an_epoch(cls, solver, three_classes):
    """One task for the fit holds one for each epoch; all get the data as the user gave them."""
    X, y = three_classes
    weights, recorder = np.linspace(1, 2, len(y)).tolist(), Recorder()
    cls(solver=solver, **SHORT).set_callbacks(recorder).fit(X, y, sample_weight=weights)
    epochs = [("begin", "epoch"), ("end", "epoch")] * 6
    whole = [("begin", "fit"), *epochs, ("end", "fit")]
    assert recorder.hooks == [("setup", "fit"), *whole, ("teardown", "fit")]
    for given in recorder.given:
        assert given[0] is X
        assert given[1] is y
        assert given[2] == {"sample_weight": weights}


def test_an_iteration_that_comes_to_nothing_is_closed(three_classes):
    """L-BFGS begins an iteration and finds no step in float32: its task ends without a model."""
    X, y = three_classes
    clf = SoftmaxGDClassifier(solver="lbfgs", max_iter=2000, tol=None)
    for alpha in (0.02, 0.05, 0.1, 0.2, 0.5):  # whether a fit ends so is a matter of rounding
        recorder = Recorder()
        clf.set_params(alpha=alpha).set_callbacks(recorder).fit(X.astype(np.float32), y)
        if clf.stop_reason_ == "line_search":
            break
    assert clf.stop_reason_ == "line_search"
    epochs = [hook for hook, task in recorder.hooks if task == "epoch"]
    assert epochs == ["begin", "end"] * (clf.n_iter_ + 1)
    assert recorder.models[-1] is None
    assert None not in recorder.models[:-1]


@pytest.mark.parametrize("batch_size", [16, "full"])
@pytest.mark.parametrize("average", [False, True])
@every_class
def test_the_model_after_an_epoch(cls, average, batch_size, three_classes):
    """It is to the bit that of a fit of so many epochs, and ``warm_start`` goes on from it."""
    X, y = three_classes
    params = {**SHORT, "average": average, "batch_size": batch_size, "schedule": "constant"}
    recorder = Recorder()
    cls(**params).set_callbacks(recorder).fit(X, y)
    for epoch, model in enumerate(recorder.models, start=1):
        direct = cls(**{**params, "max_iter": epoch}).fit(X, y)
        for name in ("coef_", "intercept_", "classes_"):
            np.testing.assert_array_equal(getattr(model, name), getattr(direct, name))
        assert model.objective_ == direct.objective_
        assert (model.n_iter_, model.t_) == (direct.n_iter_, direct.t_)
        assert len(model.history_["epoch"]) == epoch
        assert model.n_features_in_ == X.shape[1]
    goes_on = recorder.models[1].set_callbacks().set_params(warm_start=True, max_iter=4)
    np.testing.assert_allclose(goes_on.fit(X, y).coef_, recorder.models[-1].coef_, rtol=1e-9)


@every_solver
@every_class
def test_the_model_can_all_that_a_fitted_one_can(cls, solver, three_classes):
    """Inside the callback it predicts, scores and tells its objective, for labels of any kind."""
    X, y = three_classes
    labels, seen = np.array(["a", "b", "c"])[y], []

    class Use(Recorder):
        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
            seen.append(fitted_estimator.score(X, labels))
            assert set(fitted_estimator.predict(X)) <= set("abc")
            if cls is SoftmaxGDClassifier:
                assert fitted_estimator.predict_proba(X).shape == (90, 3)
            value = fitted_estimator.objective(X, labels)
            assert fitted_estimator.objective_ == pytest.approx(value, rel=1e-6)

    clf = cls(solver=solver, batch_size=16, **SHORT).set_callbacks(Use()).fit(X, labels)
    assert len(seen) == 7
    assert seen[-1] == clf.score(X, labels)


@every_solver
@every_class
def test_a_stop_request_is_honoured(cls, solver, three_classes):
    """The fit ends after the epoch, without a warning, at the weights of that epoch."""
    recorder = Recorder(stop_after=3)
    clf = cls(solver=solver, random_state=0, batch_size=16, tol=1e-9).set_callbacks(recorder)
    clf.fit(*three_classes)
    assert clf.n_iter_ == 3
    np.testing.assert_array_equal(clf.coef_, recorder.models[-1].coef_)
    if cls is SVMGDClassifier and solver == "lbfgs":  # not the next width of the smoothing either
        assert recorder.hooks.count(("begin", "epoch")) == 3


@pytest.mark.parametrize("hook", ["setup", "begin", "end", "teardown"])
@pytest.mark.parametrize("fitted", [False, True])
@every_solver
def test_an_error_in_a_callback_changes_nothing(solver, fitted, hook, three_classes):
    """The error gets through, callbacks are torn down, the estimator is what it was."""
    X, y = three_classes
    clf = SoftmaxGDClassifier(solver=solver, **SHORT)
    if fitted:
        clf.fit(X, y)
    recorder = Recorder(fail_in=hook)
    clf.set_callbacks(recorder)
    before = dict(vars(clf))
    with pytest.raises(RuntimeError, match=f"refused in {hook}"):
        clf.set_params(alpha=1.0).fit(X, y)
    assert vars(clf) == {**before, "alpha": 1.0}
    assert recorder.hooks[-1] == ("teardown", "fit")


@every_class
def test_bad_parameters_and_data_reach_no_callback_task(cls, three_classes):
    """A refused parameter calls no hook; refused data end the fit's task by the teardown alone."""
    recorder = Recorder()
    with pytest.raises(ValueError, match="max_iter=0"):
        cls(max_iter=0).set_callbacks(recorder).fit(*three_classes)
    assert recorder.hooks == []
    with pytest.raises(ValueError, match="NaN"):
        cls().set_callbacks(recorder).fit(np.full((3, 1), np.nan), [0, 1, 0])
    assert recorder.hooks == [("setup", "fit"), ("begin", "fit"), ("teardown", "fit")]


def test_a_diverged_epoch_shows_no_model(three_classes):
    """There is no model to predict with, and the fit ends with its warning."""
    X, y = three_classes
    recorder = Recorder()
    clf = SVMGDClassifier(
        loss="squared_hinge", optimizer="sgd", learning_rate=1e300, schedule="constant",
        batch_size="full", tol=None,
    )  # fmt: skip
    with pytest.warns(ConvergenceWarning, match="diverged"):
        clf.set_callbacks(recorder).fit(X, y)
    assert recorder.models[-1] is None
    assert all(model is not None for model in recorder.models[:-1])


@every_class
def test_fits_leave_no_trace_of_the_callbacks(cls, three_classes):
    """Attributes are the same with and without callbacks, but for the list of them."""
    without = cls(**SHORT).fit(*three_classes)
    clf = cls(**SHORT).set_callbacks(Recorder()).fit(*three_classes)
    assert vars(clf.set_callbacks()).keys() == vars(without).keys()
    assert pickle.loads(pickle.dumps(clf)).n_iter_ == 6


@pytest.mark.parametrize("params", [{}, {"batch_size": 16}, {"solver": "lbfgs"}], ids=str)
@every_class
def test_watching_changes_nothing(cls, params, three_classes):
    """Models are the same bits with callbacks that look at everything, and with lines printed."""

    class All(Recorder):
        needs = frozenset({"objective", "gradient_norm"})

    settings = {**SHORT, "max_iter": 40, **params}
    plain = cls(**settings).fit(*three_classes)
    watched = cls(**settings, verbose=2).set_callbacks(All()).fit(*three_classes)
    np.testing.assert_array_equal(plain.coef_, watched.coef_)
    np.testing.assert_array_equal(
        plain.history_["learning_rate"], watched.history_["learning_rate"]
    )
    assert "gradient_norm" in watched.history_


@every_class
def test_partial_fit_has_no_tasks(cls, three_classes):
    """scikit-learn has no convention for callbacks in partial_fit, so none are called."""
    recorder = Recorder()
    cls().set_callbacks(recorder).partial_fit(*three_classes, classes=[0, 1, 2])
    assert recorder.hooks == []


@every_solver
@every_class
def test_scoring_monitor(cls, solver, three_classes):
    """scikit-learn's ScoringMonitor logs the scores that fits of so many epochs have."""
    X, y = three_classes
    weights = np.linspace(0.5, 2, len(y))
    monitor = ScoringMonitor(scoring=["accuracy", "balanced_accuracy"])
    params = {**SHORT, "solver": solver, "schedule": "constant"}
    cls(**params).set_callbacks(monitor).fit(X, y, sample_weight=weights)
    rows = [row for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    assert [row["task_id"] for row in rows] == list(range(6))
    for epoch in (1, 4):
        direct = cls(**{**params, "max_iter": epoch}).fit(X, y, sample_weight=weights)
        assert rows[epoch - 1]["accuracy"] == direct.score(X, y, sample_weight=weights)


@every_solver
@every_class
def test_progress_bar(cls, solver, three_classes, capsys):
    """scikit-learn's ProgressBar draws a bar for the fit, which reaches its end."""
    pytest.importorskip("rich")
    cls(solver=solver, **SHORT).set_callbacks(ProgressBar()).fit(*three_classes)
    printed = capsys.readouterr().out
    assert cls.__name__ in printed
    assert "100%" in printed


@every_solver
@every_class
def test_in_a_search_over_a_pipeline(cls, solver, three_classes):
    """Callbacks on the classifier see every fit of the search, those on the search reach it."""
    X, y = three_classes
    monitor, recorder = ScoringMonitor(scoring="accuracy"), Recorder()

    class Propagated(Recorder):
        max_propagation_depth = None

    propagated = Propagated()
    clf = cls(solver=solver, **SHORT).set_callbacks(monitor, recorder)
    pipeline = make_pipeline(StandardScaler(), clf)
    search = GridSearchCV(pipeline, {f"{cls.__name__.lower()}__alpha": [1e-3, 0.1]}, cv=2)
    search.set_callbacks(propagated).fit(X, y)
    fits = 2 * 2 + 1
    assert recorder.hooks.count(("setup", "fit")) == fits
    assert recorder.hooks.count(("end", "epoch")) == 6 * fits
    assert propagated.hooks.count(("end", "epoch")) == 6 * fits
    assert sum(row["task_name"] == "epoch" for row in monitor.get_logs().data) == 6 * fits
    assert not hasattr(search.best_estimator_[-1], "_parent_callback_ctx")


def test_only_callbacks_are_taken():
    """Something that is no callback is refused, as by scikit-learn's own estimators."""
    with pytest.raises(TypeError, match="FitCallback"):
        SVMGDClassifier().set_callbacks(print)


def test_without_the_callback_api():
    """With a scikit-learn that has no callbacks all works but set_callbacks, which says why."""
    code = """
import sys
import sklearn.linear_model, sklearn.model_selection, sklearn.pipeline, sklearn.preprocessing
sys.modules["sklearn.callback"] = None
import numpy as np
from sklinear_gd import SVMGDClassifier
from sklinear_gd.callbacks import History
X, y = np.arange(20.0)[:, None], np.arange(20) > 9
clf = SVMGDClassifier(max_iter=5, tol=None).fit(X, y)
print(clf.n_iter_, hasattr(clf, "set_callbacks"))
try:
    clf.set_callbacks(History())
except AttributeError as error:
    print(error, "|", error.__cause__)
"""
    printed = subprocess.run(
        [sys.executable, "-P", "-W", "error", "-c", code],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed.startswith("5 False\n")
    assert "scikit-learn 1.9" in printed
