"""Why a fit ended, which epoch's weights it returned, and the one meaning of tol."""

import re
from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd._complaints import complaint
from sklinear_gd.schedules import Adaptive
from sklinear_gd.solvers import REASONS
from sklinear_gd.solvers.monitor import Stall

WRECK = {"optimizer": "sgd", "schedule": "constant", "learning_rate": 1e8, "random_state": 0}
ENDS = [
    ("tol", SoftmaxGDClassifier, {"alpha": 0.1}),
    ("tol", SoftmaxGDClassifier, {"alpha": 0.1, "solver": "lbfgs"}),
    ("tol", SVMGDClassifier, {"alpha": 0.1, "solver": "lbfgs"}),
    ("validation", SoftmaxGDClassifier, {"early_stopping": True, "random_state": 0}),
    ("validation", SVMGDClassifier, {"early_stopping": True, "solver": "lbfgs", "random_state": 0}),
    ("max_iter", SoftmaxGDClassifier, {"max_iter": 3, "tol": None}),
    ("max_iter", SVMGDClassifier, {"max_iter": 3, "tol": None, "solver": "lbfgs"}),
    ("diverged", SVMGDClassifier, {**WRECK, "max_iter": 5}),
    ("line_search", SVMGDClassifier, {"alpha": 0.1, "solver": "lbfgs", "tol": 1e-14}),
    ("trials", SVMGDClassifier, {"solver": "random_search", "max_iter": 20, "random_state": 0}),
]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("reason", "cls", "params"), ENDS)
def test_every_end_has_a_word(reason, cls, params, three_classes):
    """The reason is the word for it, and only the end by tol is called converged."""
    clf = cls(**params).fit(*three_classes)
    assert clf.stop_reason_ == reason
    assert clf.converged_ is (reason == "tol")
    assert type(clf.best_iter_) is int
    assert 0 <= clf.best_iter_ <= clf.n_iter_


@pytest.mark.parametrize("cls", [SoftmaxGDClassifier, SVMGDClassifier])
def test_a_line_search_that_ends_early_says_how_near_it_is(cls, three_classes):
    """An end by the line search is complained of with the gap, unless that is within tol."""
    for max_iter, tol, is_early in ((4, 1e-4, True), (2000, 1e-4, False), (4, None, False)):
        clf = cls(alpha=0.1, solver="lbfgs", max_iter=max_iter, tol=tol)
        result, plan, objective = clf._fit(*three_classes, None, (None, None), ExitStack())
        result = replace(result, reason="line_search")
        text = complaint("Name", result, plan, objective, clf.history_)
        assert bool(text) is is_early
        if text:
            gap = float(re.search("at most ([0-9.e-]+) above", text)[1])
            clf.set_params(max_iter=2000).fit(*three_classes)
            assert gap >= result.objective - clf.objective_
            assert "scale the features" in text


def test_the_words_are_documented():
    """Each reason occurs here or with the callbacks, and both docstrings list them all."""
    assert {reason for reason, _, _ in ENDS} | {"callback"} == set(REASONS)
    listed = "{" + ", ".join(f'"{reason}"' for reason in REASONS) + "}"
    for cls in (SoftmaxGDClassifier, SVMGDClassifier):
        assert listed in cls.__doc__


@pytest.mark.parametrize("early_stopping", [False, True])
def test_best_iter_is_the_epoch_of_the_weights(early_stopping, many_rows):
    """A second fit of best_iter_ epochs ends at the same weights."""
    settings = {"random_state": 0, "early_stopping": early_stopping, "schedule": "constant"}
    clf = SoftmaxGDClassifier(alpha=0.01, n_iter_no_change=5, **settings).fit(*many_rows)
    if early_stopping:
        assert clf.best_iter_ == 1 + np.argmax(clf.history_["validation_score"]) < clf.n_iter_
    else:
        assert clf.best_iter_ == clf.n_iter_
    settings |= {"tol": None, "max_iter": clf.best_iter_}
    again = SoftmaxGDClassifier(alpha=0.01, **settings).fit(*many_rows)
    np.testing.assert_array_equal(again.coef_, clf.coef_)


def test_best_iter_of_lbfgs(three_classes):
    """L-BFGS returns its lowest iterate, also of a hinge whose smoothing shrinks."""
    clf = SVMGDClassifier(solver="lbfgs", alpha=0.02).fit(*three_classes)
    assert clf.best_iter_ == 1 + np.argmin(clf.history_["objective"])
    assert clf.objective_ == pytest.approx(clf.history_["objective"].min(), rel=1e-9)


def test_best_iter_after_divergence(three_classes):
    """What is kept of a wreck is the best epoch's weights, or those of the start, epoch 0."""
    clf = SVMGDClassifier(**WRECK, max_iter=5)
    with pytest.warns(ConvergenceWarning, match="diverged"):
        clf.fit(*three_classes)
    assert clf.best_iter_ == 0
    assert not clf.coef_.any()


def test_best_iter_counts_on(three_classes):
    """Warm-started fits and partial fits count all epochs from the first on."""
    clf = SoftmaxGDClassifier(max_iter=3, tol=None, warm_start=True).fit(*three_classes)
    assert clf.fit(*three_classes).best_iter_ == 6
    assert clf.partial_fit(*three_classes).best_iter_ == 7
    assert (clf.stop_reason_, clf.converged_) == ("max_iter", False)


@pytest.mark.parametrize("penalty", ["l2", "l1"])
@pytest.mark.parametrize(
    "params",
    [
        {"batch_size": 20, "random_state": 0},
        {"batch_size": 20, "average": True, "random_state": 0},
        {"batch_size": "full"},
        {"solver": "lbfgs"},
    ],
    ids=["mini-batches", "average", "full batches", "lbfgs"],
)
def test_tol_is_judged_on_the_objective(params, penalty, three_classes):
    """Whatever the solver, F at each epoch's end, weights and penalty included, decides."""
    X, y = three_classes
    weights = np.random.default_rng(0).exponential(size=len(y))
    settings = {"alpha": 0.02, "tol": 1e-3, "n_iter_no_change": 4, "schedule": "constant"}
    settings |= {"penalty": penalty, **params}
    clf = SoftmaxGDClassifier(**settings).fit(X, y, weights)
    history = clf.history_["objective"]
    assert clf.stop_reason_ == "tol"
    assert history[-1] == pytest.approx(clf.objective(X, y, weights), rel=1e-6)
    stall = Stall(1e-3, 4)
    assert [stall.observe(value) for value in history] == [False] * (len(history) - 1) + [True]
    shorter = SoftmaxGDClassifier(**{**settings, "tol": None, "max_iter": clf.n_iter_ - 1})
    shorter.fit(X, y, weights)
    assert history[-2] == pytest.approx(shorter.objective(X, y, weights), rel=1e-6)


@pytest.mark.parametrize(
    ("params", "epochs"),
    [
        ({"schedule": "constant"}, 20),
        ({"schedule": "adaptive"}, 3 * 50),
        ({"schedule": "adaptive", "batch_size": "full"}, 3 * 10),
        ({"schedule": Adaptive(patience=3)}, 9),
        ({"n_iter_no_change": 7}, 7),
    ],
)
def test_how_many_epochs_without_a_gain_end_the_training(params, epochs, three_classes):
    """n_iter_no_change="auto" is 20, or what the schedule needs for its updates in an epoch."""
    settings = {"batch_size": 20, "tol": 1.0, "random_state": 0, **params}
    clf = SoftmaxGDClassifier(**settings).fit(*three_classes)
    assert (clf.stop_reason_, clf.n_iter_) == ("tol", 1 + epochs)


def test_gains_of_nearly_nothing_do_not_count():
    """tol is a share of the least size where the values are smaller than that."""
    stall = Stall(0.1, 2, least=1.0)
    assert [stall.observe(value) for value in (0.5, 0.41, 0.39, 0.31, 0.3)] == [
        *(False, False, False, False, True),
    ]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("solver", ["random_search", "local_search"])
def test_best_iter_of_a_search(solver, three_classes):
    """A search returns the trial that lowered the objective last."""
    clf = SVMGDClassifier(solver=solver, max_iter=30, random_state=0).fit(*three_classes)
    lowest = clf.history_["objective"]
    assert clf.best_iter_ == 1 + np.argmin(lowest)
    assert clf.objective_ == pytest.approx(lowest.min())
