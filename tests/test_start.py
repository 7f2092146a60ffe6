"""coef_init and intercept_init: training from given weights."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_digits

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.optimizers import OPTIMIZERS

# Fits of an epoch or two, on purpose: that such a model knows little is no news.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
CLASSES = [SVMGDClassifier, SoftmaxGDClassifier]
every_class = pytest.mark.parametrize("cls", CLASSES)
SETTINGS = {"learning_rate": 0.05, "schedule": "constant", "tol": None, "random_state": 0}


def weights(n_scores, n_features, seed=0):
    """Return W transposed and b to start from."""
    rng = np.random.default_rng(seed)
    return {
        "coef_init": rng.normal(size=(n_scores, n_features)),
        "intercept_init": rng.normal(size=n_scores),
    }


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@every_class
def test_a_fit_can_be_cut_in_two_for_plain_sgd(cls, optimizer, three_classes):
    """SGD has no memory: three epochs from another fit's weights are the epochs that follow."""
    X, y = three_classes
    clf = cls(optimizer=optimizer, batch_size="full", **SETTINGS)
    whole = clone(clf).set_params(max_iter=7).fit(X, y)
    half = clone(clf).set_params(max_iter=4).fit(X, y)
    start = {"coef_init": half.coef_, "intercept_init": half.intercept_}
    rest = clone(clf).set_params(max_iter=3).fit(X, y, **start)
    same = np.allclose(rest.coef_, whole.coef_, rtol=1e-10, atol=1e-14)
    assert same == (optimizer == "sgd")


@every_class
def test_two_classes_start_from_one_row(cls, two_classes):
    """Two classes have one row of weights; a tiny rate hardly leaves the start."""
    X, y = two_classes
    start = weights(1, X.shape[1])
    clf = cls(optimizer="sgd", **{**SETTINGS, "learning_rate": 1e-9}, max_iter=1)
    clf.fit(X, y, **start)
    np.testing.assert_allclose(clf.coef_, start["coef_init"], atol=1e-7)
    np.testing.assert_allclose(clf.intercept_, start["intercept_init"], atol=1e-7)


@every_class
def test_the_first_call_of_partial_fit(cls, three_classes):
    """partial_fit from a start is fit from it, dense and sparse."""
    X, y = three_classes
    start = weights(3, X.shape[1])
    clf = cls(shuffle=False, batch_size=16, max_iter=1, **SETTINGS)
    one = clone(clf).fit(X, y, **start)
    other = clone(clf).partial_fit(sparse.csr_matrix(X), y, classes=[0, 1, 2], **start)
    np.testing.assert_allclose(one.coef_, other.coef_, rtol=1e-10)


@every_class
def test_a_later_start_keeps_the_counts(cls, three_classes):
    """Later, weights given replace those that stand; optimizer and counts go on."""
    X, y = three_classes
    clf = cls(average=True, batch_size=30, **SETTINGS).partial_fit(X, y, classes=[0, 1, 2])
    start = weights(3, X.shape[1])
    moved = clone(clf).set_params(learning_rate=1e-9)
    moved.partial_fit(X, y, classes=[0, 1, 2]).partial_fit(X, y, **start)
    np.testing.assert_allclose(moved.coef_, start["coef_init"], atol=1e-6)
    assert (moved.t_, moved.n_iter_) == (6, 2)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"alpha": 1e-5}, {"alpha": 1.0}),
        ({"alpha": 1.0}, {"alpha": 1e-5}),
        ({"rows": slice(300)}, {}),
        ({"weights": 5}, {}),
    ],
    ids=str,
)
@every_class
def test_a_warm_start_on_another_objective_arrives(cls, before, after):
    """After a change of penalty, rows or weights a fit ends where one from zeros does."""
    X, y = load_digits(return_X_y=True)
    X, y = X[:600], y[:600]

    def fit(clf, alpha=1e-4, rows=slice(None), weights=0):
        weights = np.exp(weights * np.random.default_rng(0).random(len(y)))
        return clf.set_params(alpha=alpha).fit(X[rows], y[rows], weights[rows])

    warm = fit(fit(cls(warm_start=True, random_state=0), **before), **after)
    cold = fit(cls(random_state=0), **after)
    assert warm.objective_ < 1.02 * cold.objective_ + 2e-3
    assert warm.n_iter_ > cold.n_iter_ / 2


@every_class
def test_the_same_objective_is_gone_on_with(cls):
    """A second fit of the same rows keeps the rates that have fallen, and what was reached."""
    X, y = load_digits(return_X_y=True)
    clf = cls(batch_size=32, warm_start=True, random_state=0).fit(X[:600], y[:600])
    first, rate, reached = clf.n_iter_, clf.history_["learning_rate"][-1], clf.objective_
    clf.fit(X[:600], y[:600])
    assert clf.history_["learning_rate"][first:].max() <= rate
    assert clf.objective_ < 1.02 * reached


@pytest.mark.parametrize("optimizer", ["adam", "nesterov", "saga"])
@every_class
def test_a_start_makes_the_optimizer_forget(cls, optimizer, three_classes):
    """A warm start at zeros is a fit from zeros: moments, momenta and memories begin anew."""
    X, y = three_classes
    settings = {"schedule": "constant", "tol": None, "random_state": 0, "shuffle": False}
    clf = cls(optimizer=optimizer, batch_size=16, max_iter=4, warm_start=True, **settings)
    first = clone(clf).fit(X, y)
    again = clone(clf).fit(X, y)
    zeros = {"coef_init": 0 * first.coef_, "intercept_init": 0 * first.intercept_}
    again.fit(X, y, **zeros)
    np.testing.assert_allclose(again.coef_, first.coef_, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(again.intercept_, first.intercept_, rtol=1e-9, atol=1e-12)


@every_class
def test_only_one_of_both(cls, three_classes):
    """The intercept alone can be given; the weights then start from zero."""
    X, y = three_classes
    clf = cls(**{**SETTINGS, "learning_rate": 1e-9}, max_iter=1)
    clf.fit(X, y, intercept_init=[1.0, 2.0, 3.0])
    np.testing.assert_allclose(clf.intercept_, [1, 2, 3], atol=1e-6)
    np.testing.assert_allclose(clf.coef_, 0, atol=1e-6)


@every_class
def test_lbfgs_starts_there_too(cls, three_classes):
    """From the optimum L-BFGS has little left to do."""
    X, y = three_classes
    clf = cls(solver="lbfgs", alpha=0.1, tol=1e-8, max_iter=2000)
    if cls is SVMGDClassifier:
        clf.set_params(loss="squared_hinge")
    first = clone(clf).fit(X, y)
    again = clone(clf).fit(X, y, coef_init=first.coef_, intercept_init=first.intercept_)
    assert again.n_iter_ < first.n_iter_ / 2
    assert again.objective_ <= first.objective_ + 1e-12


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ({"coef_init": np.zeros((4, 3))}, r"coef_init has the shape \(4, 3\).* \(3, 4\)"),
        ({"intercept_init": [0.0, 0.0]}, r"intercept_init has the shape \(2,\).* \(3,\)"),
        ({"coef_init": np.full((3, 4), np.nan)}, "coef_init holds NaN or infinity"),
        ({"intercept_init": ["a", "b", "c"]}, "intercept_init must hold numbers"),
    ],
)
def test_unusable_starts_are_refused(start, message, three_classes):
    """The message names the argument and the cure, and nothing changes."""
    X, y = three_classes
    clf = SVMGDClassifier(**SETTINGS, max_iter=1)
    with pytest.raises(ValueError, match=message):
        clf.fit(X, y, **start)
    assert not hasattr(clf, "coef_")


def test_no_intercept_no_start(three_classes):
    """Without an intercept there is none to start from."""
    X, y = three_classes
    clf = SVMGDClassifier(fit_intercept=False, max_iter=1, tol=None)
    with pytest.raises(ValueError, match="fit_intercept=False"):
        clf.fit(X, y, intercept_init=np.zeros(3))


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize(
    "params",
    [{"optimizer": name} for name in sorted(OPTIMIZERS)]
    + [{}, {"average": True}, {"precondition": "full"}, {"solver": "lbfgs"}],
    ids=str,
)
def test_an_intercept_may_come_and_go(params, before, three_classes):
    """A warm start or a stream with the other fit_intercept goes on from W, in variables anew."""
    X, y = three_classes
    X = X + 3.0  # so that the centre counts
    clf = SoftmaxGDClassifier(
        **params, alpha=0.1, max_iter=400, tol=1e-6, fit_intercept=before, random_state=0
    )
    reference = clone(clf).set_params(fit_intercept=not before, solver="lbfgs", average=False)
    optimum = reference.fit(X, y).objective_
    clf.set_params(warm_start=True).fit(X, y)
    n_iter = clf.n_iter_
    clf.set_params(fit_intercept=not before).fit(X, y)
    assert clf.n_iter_ > n_iter
    assert (clf.intercept_ != 0).any() != before
    assert clf.objective_ == pytest.approx(clf.objective(X, y), rel=1e-6)
    assert clf.objective_ < optimum + 0.06  # what plain SGD leaves after so many epochs
    if hasattr(clf, "partial_fit") and clf.optimizer != "saga":
        clf.set_params(fit_intercept=before).partial_fit(X, y)
        assert clf.coef_.shape == (3, 4)


GO_ON = {
    "partial_fit": lambda clf, X, y: clf.partial_fit(X, y),
    "warm start": lambda clf, X, y: clf.set_params(warm_start=True).fit(X, y),
}


@pytest.mark.parametrize("how", GO_ON)
@pytest.mark.parametrize("kept", [["t_", "n_iter_", "history_"], []], ids=["counts", "bare"])
@every_class
def test_weights_alone_are_a_start(cls, kept, how, three_classes):
    """A model without its training state goes on from its weights, the optimizer anew."""
    X, y = three_classes
    params = {"schedule": "constant", "max_iter": 2, "tol": None, "random_state": 0}
    fitted, bare = cls(**params).fit(X, y), cls(**params)
    for name in ["classes_", "coef_", "intercept_", *kept]:
        setattr(bare, name, getattr(fitted, name))
    GO_ON[how](bare, X, y)
    start = {"coef_init": fitted.coef_, "intercept_init": fitted.intercept_}
    new = cls(**params)
    if how == "partial_fit":
        new.partial_fit(X, y, classes=[0, 1, 2], **start)
    else:
        new.fit(X, y, **start)
    before = fitted.n_iter_ if kept else 0
    assert bare.n_iter_ == before + new.n_iter_
    assert bare.history_["epoch"].tolist() == list(range(1, bare.n_iter_ + 1))
    if kept:  # which rows come when is a function of the count, so that they differ from here on
        assert not np.array_equal(bare.coef_, fitted.coef_)
        return
    np.testing.assert_array_equal(bare.coef_, new.coef_)
    np.testing.assert_array_equal(bare.intercept_, new.intercept_)


@every_class
def test_classes_without_weights_are_no_start(cls, three_classes):
    """A model that has lost its weights asks for the classes, as in the first call."""
    X, y = three_classes
    clf = cls(random_state=0).partial_fit(X, y, classes=[0, 1, 2])
    del clf.coef_
    with pytest.raises(ValueError, match="classes must be passed"):
        clf.partial_fit(X, y)
