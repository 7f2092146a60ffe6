"""The range test of the learning rate."""

import doctest
import importlib

import numpy as np
import pytest
from scipy import sparse
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.inspection import learning_rate_range

every_class = pytest.mark.parametrize("cls", [SVMGDClassifier, SoftmaxGDClassifier])


@every_class
def test_the_run_is_that_of_partial_fit(cls, three_classes):
    """Rates rise geometrically; losses are those of one partial_fit over the batches in order."""
    X, y = three_classes
    clf = cls(optimizer="sgd", batch_size=10, schedule="cosine", random_state=0)
    found = learning_rate_range(clf, X, y, low=1e-4, high=1e-2, n_updates=18, random_state=3)
    np.testing.assert_allclose(found.rates, np.geomspace(1e-4, 1e-2, 18), rtol=1e-12)
    rng = np.random.RandomState(3)
    rng.randint(2)  # the estimator's own seed comes first
    order = np.concatenate([rng.permutation(90) for _ in range(2)])
    direct = cls(optimizer="sgd", learning_rate=1.0, schedule=lambda t: found.rates[t])
    for loss, rows in zip(found.losses, order.reshape(18, 10), strict=True):
        direct.partial_fit(X[rows], y[rows], classes=[0, 1, 2])
        assert loss == direct.objective_
    assert not hasattr(clf, "coef_")


@every_class
def test_the_smoothed_loss(cls, three_classes):
    """Each entry is a mean with weights that fall by a tenth a step; 98 % of its fall suggest."""
    found = learning_rate_range(cls(), *three_classes, n_updates=150)
    place = np.arange(len(found.losses))
    weights = 0.9 ** np.abs(place[:, None] - place)
    expected = weights @ found.losses / weights.sum(axis=1)
    np.testing.assert_allclose(found.smoothed, expected, rtol=1e-3)
    fallen = (found.smoothed[0] - found.smoothed) / np.ptp(
        found.smoothed[: np.argmin(expected) + 1]
    )
    place = found.rates.tolist().index(found.suggestion)
    assert fallen[place] >= 0.98 > fallen[:place].max()


@pytest.mark.filterwarnings("ignore:.*no better than class frequencies")
@pytest.mark.parametrize("optimizer", ["sgd", "nesterov", "adam"])
@every_class
def test_the_suggestion_is_near_the_best_rate(cls, optimizer, many_rows):
    """After a few epochs its objective is near the lowest that powers of 10 around it reach."""
    X, y = many_rows
    clf = cls(optimizer=optimizer, schedule="cosine", max_iter=5, tol=None, random_state=0)
    rate = learning_rate_range(clf, X, y).suggestion
    reached = {
        factor: clf.set_params(learning_rate=factor * rate).fit(X, y).objective_
        for factor in (0.01, 0.1, 1, 10)
    }
    assert reached[1] < 1.3 * min(reached.values())
    assert reached[0.01] > 1.7 * reached[1]


def test_the_test_ends_when_the_loss_explodes(many_rows):
    """Rates go on until the running mean is four times its lowest, not to the end of the range."""
    clf = SVMGDClassifier(loss="squared_hinge", optimizer="sgd")
    found = learning_rate_range(clf, *many_rows)
    assert len(found.rates) == len(found.losses) == len(found.smoothed) < 200
    assert np.isfinite(found.losses).all()
    mean, running = 0.0, []
    for t, loss in enumerate(found.losses, start=1):
        mean = 0.9 * mean + 0.1 * loss
        running.append(mean / (1 - 0.9**t))
    assert (np.array(running) <= 4 * np.minimum.accumulate(running)).all()


def test_the_default_range_lies_around_auto(three_classes):
    """Its first rate is a thousandth of the automatic one, in the user's own variables."""
    X, y = three_classes
    clf = SoftmaxGDClassifier(batch_size=20, max_iter=1, tol=None, schedule="constant")
    found = learning_rate_range(clf, X, y, n_updates=20)
    automatic = clf.set_params(precondition=False).fit(X, y).history_["learning_rate"][0]
    assert found.rates[0] == pytest.approx(1e-3 * automatic, rel=1e-9)


@pytest.mark.parametrize(
    "params",
    [
        {"class_weight": "balanced"},
        {"early_stopping": True, "average": True, "verbose": 2},
        {"batch_size": "full", "dropout": 0.2, "max_norm": 2.0},
    ],
    ids=str,
)
@every_class
def test_settings_that_partial_fit_refuses(cls, params, three_classes, capsys):
    """All settings of fit work, string labels and sparse rows, too; nothing is printed."""
    X, y = three_classes
    labels = np.array(["a", "b", "c"])[y]
    clf = cls(**params)
    dense = learning_rate_range(clf, X, labels, n_updates=20)
    found = learning_rate_range(clf, sparse.csr_array(X), labels, n_updates=20)
    np.testing.assert_allclose(found.losses, dense.losses, rtol=1e-6)
    assert capsys.readouterr().out == ""
    assert repr(clf) == repr(cls(**params))


def test_rows_of_weight_zero_do_not_exist(three_classes):
    """The run is the same without them, even where they would fill whole batches."""
    X, y = three_classes
    weights = np.r_[np.zeros(45), np.ones(45)]
    clf = SVMGDClassifier(batch_size=4)
    found = learning_rate_range(clf, X, y, sample_weight=weights)
    without = learning_rate_range(clf, X[45:], y[45:], sample_weight=np.ones(45))
    np.testing.assert_array_equal(found.losses, without.losses)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"low": 0.1}, "low=0.1 and high=None: pass both or neither"),
        ({"low": 0.1, "high": 0.1}, "high=0.1 must be a number in .*exceed low"),
        ({"low": -1.0, "high": 0.1}, "low=-1.0"),
        ({"n_updates": 5}, "n_updates=5"),
        ({"sample_weight": [1.0]}, "sample_weight"),
    ],
    ids=str,
)
def test_bad_settings(settings, message, three_classes):
    """Each is refused by name."""
    with pytest.raises(ValueError, match=message):
        learning_rate_range(SVMGDClassifier(), *three_classes, **settings)


def test_bad_estimators(three_classes):
    """A pipeline and a solver without a rate are refused, with the cure."""
    with pytest.raises(TypeError, match="pass the last step"):
        learning_rate_range(make_pipeline(StandardScaler(), SVMGDClassifier()), *three_classes)
    with pytest.raises(ValueError, match="needs solver='gd', not solver='lbfgs'"):
        learning_rate_range(SVMGDClassifier(solver="lbfgs"), *three_classes)


def test_docstring():
    """The example does what it says."""
    found = doctest.testmod(importlib.import_module("sklinear_gd.inspection.learning_rate"))
    assert found.attempted > 0
    assert found.failed == 0
