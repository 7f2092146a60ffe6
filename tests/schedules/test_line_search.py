"""The line search: what it takes, what it refuses, and that the objective never rises."""

import numpy as np
import pytest
from sklearn.datasets import load_wine
from sklearn.exceptions import ConvergenceWarning

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.optimizers import OPTIMIZERS
from sklinear_gd.schedules import LineSearch, WarmUp

STRATEGIES = ("armijo", "try_several")
SEARCHED = [name for name, cls in OPTIMIZERS.items() if not cls().extrapolates]
FULL = {"schedule": "line_search", "batch_size": "full", "max_iter": 60, "tol": None}
every_strategy = pytest.mark.parametrize("strategy", STRATEGIES)


def bowl(start):
    """Trials of gradient steps down x² from ``start``: objective and promised change."""

    def trial(factor):
        moved = start - factor * 2 * start
        return moved**2, 2 * start * (moved - start)

    return trial


def test_armijo_takes_the_first_rate_that_falls_enough():
    """From factor 8 halving stops at 1/2, the largest power of 2 below 1; then it grows again."""
    search, state = LineSearch(slope=0.1), {"factor": 8.0}
    assert search.search(bowl(3.0), 9.0, state) == 0.5
    assert state["factor"] == 1.0


def test_several_rates_are_tried_and_the_best_is_kept():
    """Of the factors the one nearest to the exact rate, 1/2, wins."""
    search = LineSearch(strategy="try_several", factors=(0.01, 0.4, 3.0))
    assert search.search(bowl(3.0), 9.0, search.init()) == 0.4


def test_smaller_rates_are_tried_where_none_helps():
    """Rates that all overshoot are replaced by smaller ones."""
    search = LineSearch(strategy="try_several", factors=(5.0, 50.0))
    factor = search.search(bowl(3.0), 9.0, search.init())
    assert 0 < factor < 1


@every_strategy
def test_no_way_down_is_none(strategy):
    """At the lowest point, and along a way up, there is no factor."""
    search = LineSearch(strategy=strategy)
    assert search.search(bowl(0.0), 0.0, search.init()) is None
    assert search.search(lambda factor: (1 + factor, factor), 1.0, search.init()) is None


@every_strategy
@pytest.mark.parametrize("penalty", ["l2", "l1", "elasticnet", "group_lasso", None])
@pytest.mark.parametrize("optimizer", SEARCHED)
def test_the_objective_never_rises(optimizer, penalty, strategy, three_classes):
    """Whatever the step, the penalty and the first rate, no epoch ends above the one before."""
    clf = SoftmaxGDClassifier(optimizer=optimizer, penalty=penalty, alpha=0.02, **FULL)
    clf.set_params(schedule=LineSearch(strategy=strategy), learning_rate=300.0, max_iter=15)
    objective = clf.fit(*three_classes).history_["objective"]
    assert (np.diff(objective, prepend=np.log(3)) <= 0).all()
    assert objective[-1] < 0.9 * np.log(3)
    assert clf.objective_ == pytest.approx(clf.objective(*three_classes), rel=1e-12)


@every_strategy
def test_plain_descent_reaches_the_optimum(strategy, three_classes):
    """Gradient descent with a searched rate ends at the optimum of L-BFGS, with L1, too."""
    for penalty in ("l2", "l1"):
        clf = SoftmaxGDClassifier(optimizer="sgd", penalty=penalty, alpha=0.05, **FULL)
        clf.set_params(schedule=LineSearch(strategy=strategy), max_iter=500).fit(*three_classes)
        best = SoftmaxGDClassifier(solver="lbfgs", penalty=penalty, alpha=0.05, tol=1e-12)
        best.fit(*three_classes)
        assert clf.objective_ == pytest.approx(best.objective_, rel=1e-8)


def test_the_rate_is_in_the_history():
    """The history holds the rate of each step: a step along the gradient with it is the next."""
    X, y = load_wine(return_X_y=True)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    settings = {**FULL, "optimizer": "sgd", "precondition": False, "learning_rate": 5.0}
    clf = SoftmaxGDClassifier(**settings).fit(X, y)
    rates = clf.history_["learning_rate"]
    assert len(set(rates)) > 1
    planned = {**settings, "schedule": lambda t: rates[t] / 5.0}
    np.testing.assert_allclose(clf.coef_, SoftmaxGDClassifier(**planned).fit(X, y).coef_, rtol=1e-9)


def test_the_limit_of_precision_ends_the_fit(three_classes):
    """Where no step lowers the objective any more, training ends and says so."""
    clf = SoftmaxGDClassifier(optimizer="sgd", alpha=0.5, **FULL).set_params(max_iter=5000)
    clf.fit(*three_classes)
    assert clf.stop_reason_ == "line_search"
    assert clf.n_iter_ < 5000
    assert clf.history_["learning_rate"][-1] == 0
    assert clf.optimality(*three_classes).relative_gap < 1e-9


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_data_of_zeros_need_no_step():
    """A gradient of 0 at the start is an optimum."""
    clf = SoftmaxGDClassifier(**FULL).fit(np.zeros((4, 2)), [0, 1, 0, 1])
    assert (clf.stop_reason_, clf.n_iter_) == ("tol", 1)


@pytest.mark.filterwarnings(f"ignore::{ConvergenceWarning.__module__}.ConvergenceWarning")
def test_hinges_fall_until_a_kink(three_classes):
    """A plain hinge falls, too, if not to its optimum."""
    objective = SVMGDClassifier(optimizer="sgd", **FULL).fit(*three_classes).history_["objective"]
    assert (np.diff(objective) <= 0).all()
    assert objective[-1] < 1.0


def test_warm_starts_go_on(three_classes):
    """10 epochs and 10 more are 20."""
    settings = {**FULL, "optimizer": "nesterov", "random_state": 0}
    whole = SoftmaxGDClassifier(**settings).set_params(max_iter=20).fit(*three_classes)
    clf = SoftmaxGDClassifier(**settings, warm_start=True).set_params(max_iter=10)
    clf.fit(*three_classes).fit(*three_classes)
    np.testing.assert_allclose(clf.coef_, whole.coef_, rtol=1e-9)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"batch_size": 20}, "needs all 90 rows in each update.*set batch_size='full'"),
        ({"dropout": 0.2}, "dropout=0.2; set dropout=0.0"),
        ({"average": True}, "average=True; set average=False"),
        ({"optimizer": "accelerated"}, "moves on after its step; use another optimizer"),
        ({"schedule": WarmUp("line_search")}, "WarmUp: schedule='line_search' searches"),
    ],
)
def test_what_cannot_be_searched_is_refused(params, message, three_classes):
    """Noise and batches of some rows are refused, with the cure."""
    clf = SoftmaxGDClassifier(**{**FULL, **params})
    with pytest.raises(ValueError, match=message):
        clf.fit(*three_classes)
    assert not hasattr(clf, "coef_")


def test_rows_as_they_come_are_refused(three_classes):
    """partial_fit has no objective to compare."""
    with pytest.raises(ValueError, match="needs all the data at once; use fit"):
        SoftmaxGDClassifier(**FULL).partial_fit(*three_classes, classes=[0, 1, 2])


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"strategy": "wolfe"}, "strategy='wolfe' must be one of 'armijo', 'try_several'"),
        ({"slope": 1.0}, r"slope=1.0 must be a number in \(0, 1\)"),
        ({"shrink": 0}, r"shrink=0 must be a number in \(0, 1\)"),
        ({"growth": 0.5}, r"growth=0.5 must be a number in \[1, inf\)"),
        ({"factors": ()}, "factors=None must be a number"),
        ({"factors": (1.0, -1.0)}, "factors=-1.0 must be a number"),
    ],
)
def test_check_refuses(params, message):
    """A parameter out of range is named with its value."""
    with pytest.raises(ValueError, match=message):
        LineSearch(**params).check()
