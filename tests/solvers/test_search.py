"""Random search and local search: trials, judged by the objective alone."""

import doctest

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.solvers import LocalSearch, RandomSearch, search

# Few trials end above what the class frequencies alone would give, and say so.
pytestmark = pytest.mark.filterwarnings("ignore:.*no better than class frequencies")
CLASSES = [SVMGDClassifier, SoftmaxGDClassifier]
SEARCHES = {"random_search": RandomSearch(scale=1.0), "local_search": LocalSearch(step=0.05)}
every_search = pytest.mark.parametrize("name", SEARCHES)
every_class = pytest.mark.parametrize("cls", CLASSES)


@every_search
@every_class
def test_history_is_the_best_so_far(cls, name, three_classes):
    """All trials are made; the objective never rises and ends at that of the model."""
    X, y = three_classes
    clf = cls(solver=SEARCHES[name], max_iter=200, alpha=0.01, random_state=0)
    clf.fit(X, y)
    assert clf.n_iter_ == clf.t_ == len(clf.history_["objective"]) == 200
    assert (np.diff(clf.history_["objective"]) <= 0).all()
    assert clf.objective_ == clf.history_["objective"][-1]
    assert clf.objective_ == pytest.approx(clf.objective(X, y), rel=1e-12)
    assert (
        clf.objective_ < cls(solver=SEARCHES[name], max_iter=1, random_state=0).fit(X, y).objective_
    )


@every_class
def test_random_search_is_its_definition(cls, three_classes):
    """The model is the best of max_iter draws of W and b from the normal distribution."""
    X, y = three_classes
    clf = cls(solver=RandomSearch(scale=0.5), max_iter=2000, alpha=0, random_state=0).fit(X, y)
    drawn = np.concatenate([clf.coef_.ravel(), clf.intercept_])
    assert 0.1 < np.sqrt(np.mean(drawn**2)) < 1.0
    one = cls(solver=RandomSearch(scale=0.5), max_iter=1, alpha=0)
    others = [one.set_params(random_state=k).fit(X, y).objective_ for k in range(200)]
    assert clf.objective_ < np.min(others) + 1e-12
    assert np.std(others) > 0.05


@every_class
def test_local_search_moves_by_steps(cls, three_classes):
    """Training starts near 0 at random, and one trial moves every weight by about the step."""
    X, y = three_classes
    solver = LocalSearch(scale=1e-3, step=0.1)
    clf = cls(solver=solver, max_iter=1, warm_start=True, random_state=0).fit(X, y)
    assert 0.02 < np.std(clf.coef_) < 0.3  # the first trial is taken as it comes
    moves = []
    for _ in range(60):
        before = clf.coef_.copy()
        clf.fit(X, y)
        moves.append(np.sqrt(np.mean((clf.coef_ - before) ** 2)))
    taken = [move for move in moves if move]
    assert 5 < len(taken) < 55
    assert 0.05 < np.mean(taken) < 0.15


@every_search
def test_equal_seeds_equal_models(name, three_classes):
    """The same random_state gives the same bits; another one another model."""
    X, y = three_classes
    fits = [
        SVMGDClassifier(solver=name, max_iter=30, random_state=seed).fit(X, y) for seed in (3, 3, 4)
    ]
    np.testing.assert_array_equal(fits[0].coef_, fits[1].coef_)
    assert (fits[0].coef_ != fits[2].coef_).any()


@every_search
def test_warm_start_goes_on(name, three_classes):
    """Five trials and five more are ten."""
    X, y = three_classes
    ten = SoftmaxGDClassifier(solver=SEARCHES[name], max_iter=10, random_state=1).fit(X, y)
    five = SoftmaxGDClassifier(solver=SEARCHES[name], max_iter=5, random_state=1, warm_start=True)
    five.fit(X, y).fit(X, y)
    np.testing.assert_array_equal(five.coef_, ten.coef_)
    np.testing.assert_array_equal(five.history_["objective"], ten.history_["objective"])


@every_search
def test_float32_draws_the_same_numbers(name, three_classes):
    """float32 data gets float32 weights, those of float64 rounded."""
    X, y = three_classes
    double = SVMGDClassifier(solver=SEARCHES[name], max_iter=3, random_state=0).fit(X, y)
    single = SVMGDClassifier(solver=SEARCHES[name], max_iter=3, random_state=0)
    single.fit(X.astype(np.float32), y)
    assert single.coef_.dtype == np.float32
    np.testing.assert_allclose(single.coef_, double.coef_, rtol=1e-5, atol=1e-6)


@every_search
def test_early_stopping_returns_the_best_score(name, three_classes):
    """With early_stopping the held-out accuracy decides, and fewer trials are made."""
    X, y = three_classes
    clf = SVMGDClassifier(
        solver=SEARCHES[name], max_iter=500, early_stopping=True, random_state=0
    ).fit(X, y)
    assert clf.n_iter_ < 500
    assert len(clf.history_["validation_score"]) == clf.n_iter_


@every_search
def test_no_penalty_or_loss_is_refused(name, three_classes):
    """Values are all a search needs: kinks, group lasso and the rest are no matter."""
    X, y = three_classes
    for penalty in ("l1", "elasticnet", "group_lasso", None):
        clf = SVMGDClassifier(
            solver=SEARCHES[name], penalty=penalty, multi_class="crammer_singer", max_iter=100
        ).fit(X, y)
        assert clf.objective_ == pytest.approx(clf.objective(X, y), rel=1e-12)


REFUSED = {"max_norm": 2.0, "dropout": 0.5, "average": True}


@pytest.mark.parametrize("option", REFUSED)
@every_search
def test_what_follows_gradients_is_refused(name, option, three_classes):
    """Options of training along gradients are one sentence that names both sides."""
    clf = SVMGDClassifier(solver=name, **{option: REFUSED[option]})
    with pytest.raises(ValueError, match=f"solver='{name}'.*{option}={REFUSED[option]}.*'gd'"):
        clf.fit(*three_classes)


@pytest.mark.parametrize(
    ("solver", "named"),
    [
        (RandomSearch(scale=0), "RandomSearch: scale=0"),
        (LocalSearch(scale=-1.0), r"LocalSearch: scale=-1\.0"),
        (LocalSearch(step="small"), "LocalSearch: step='small'"),
    ],
    ids=str,
)
def test_bad_scales_are_named(solver, named, three_classes):
    """A scale out of range is named with its value, and the estimator stays unfitted."""
    clf = SVMGDClassifier(solver=solver)
    with pytest.raises(ValueError, match=named):
        clf.fit(*three_classes)
    assert not hasattr(clf, "coef_")


@every_search
def test_partial_fit_is_of_gradient_descent_only(name):
    """A search has no passes, so there is no partial_fit."""
    assert not hasattr(SVMGDClassifier(solver=name), "partial_fit")


@every_search
def test_overflow_ends_at_zero(name, three_classes):
    """Features so large that every trial overflows leave the zero model, with a warning."""
    X, y = three_classes
    clf = SVMGDClassifier(solver=SEARCHES[name], max_iter=20, loss="squared_hinge", random_state=0)
    with pytest.warns(ConvergenceWarning, match="diverged"):
        clf.fit(X * 1e200, y)
    assert not clf.coef_.any()
    assert clf.objective_ == 2.0


def test_examples_run():
    """The examples in the docstrings give what they show."""
    assert doctest.testmod(search).failed == 0
