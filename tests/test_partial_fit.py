"""partial_fit: one pass over the rows as they come, going on from where training stands."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.optimizers import OPTIMIZERS

CLASSES = [SVMGDClassifier, SoftmaxGDClassifier]
every_class = pytest.mark.parametrize("cls", CLASSES)
SETTINGS = {
    "defaults": {},
    "full batch": {"batch_size": "full"},
    "batches of 13": {"batch_size": 13},
    "single rows": {"batch_size": 1},
    "average": {"batch_size": 13, "average": True},
    "dropout": {"batch_size": 13, "dropout": 0.3},
    "max_norm": {"batch_size": 13, "max_norm": 0.5},
    "group lasso": {"batch_size": 13, "penalty": "group_lasso", "alpha": 0.05},
    "l1": {"batch_size": 13, "penalty": "l1", "alpha": 0.05},
    "fixed rate": {"batch_size": 13, "learning_rate": 0.02},
    "class weights": {"batch_size": 13, "class_weight": {0: 2.0, 1: 0.5}},
    "no intercept": {"batch_size": 13, "fit_intercept": False},
}
every_setting = pytest.mark.parametrize("params", SETTINGS.values(), ids=SETTINGS)
every_optimizer = pytest.mark.parametrize(
    "optimizer", [name for name, cls in OPTIMIZERS.items() if not cls.row_arrays]
)


def parity(optimizer, params):
    """Return 0 or 1 so that every optimizer and every setting meets both."""
    return (list(OPTIMIZERS).index(optimizer) + list(SETTINGS.values()).index(params)) % 2


def assert_same_model(one, other):
    """Compare coefficients and intercepts to rounding."""
    np.testing.assert_allclose(one.coef_, other.coef_, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(one.intercept_, other.intercept_, rtol=1e-10, atol=1e-13)


@every_setting
@every_optimizer
def test_one_pass_is_one_epoch(optimizer, params, three_classes):
    """partial_fit once over all the data is one epoch of fit with shuffle=False."""
    X, y = three_classes
    cls = CLASSES[parity(optimizer, params)]
    clf = cls(optimizer=optimizer, schedule="constant", random_state=0, **params)
    one = clone(clf).partial_fit(X, y, classes=[0, 1, 2])
    other = clone(clf).set_params(max_iter=1, shuffle=False, tol=None).fit(X, y)
    assert_same_model(one, other)
    assert (one.n_iter_, one.t_) == (other.n_iter_, other.t_)
    assert one.classes_.tolist() == [0, 1, 2]


@every_setting
@every_optimizer
def test_passes_carry_on(optimizer, params, three_classes):
    """Three calls are three epochs: the rate, the optimizer's state and the average carry on."""
    X, y = three_classes
    schedule = ["constant", "invscaling"][parity(optimizer, params)]
    clf = SoftmaxGDClassifier(optimizer=optimizer, schedule=schedule, random_state=0, **params)
    one = clone(clf)
    for _ in range(3):
        one.partial_fit(X, y, classes=[0, 1, 2])
    other = clone(clf).set_params(max_iter=3, shuffle=False, tol=None).fit(X, y)
    assert_same_model(one, other)
    np.testing.assert_allclose(one.history_["learning_rate"], other.history_["learning_rate"])
    assert one.history_["epoch"].tolist() == [1, 2, 3]


@every_class
@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array], ids=["dense", "csr"])
def test_weights_and_sparse_rows(cls, convert, three_classes):
    """Sample weights and CSR rows mean in partial_fit what they mean in fit."""
    X, y = three_classes
    weights = np.random.default_rng(0).integers(0, 4, size=len(y))
    clf = cls(batch_size=13, schedule="constant", random_state=0)
    one = clone(clf).partial_fit(convert(X), y, classes=[0, 1, 2], sample_weight=weights)
    other = clone(clf).set_params(max_iter=1, shuffle=False, tol=None)
    assert_same_model(one, other.fit(X, y, sample_weight=weights))


@every_optimizer
def test_chunks_of_whole_batches_are_one_pass(optimizer, three_classes):
    """Feeding the rows in chunks of whole batches is feeding them at once (fixed rate)."""
    X, y = three_classes
    clf = SoftmaxGDClassifier(
        optimizer=optimizer, batch_size=15, learning_rate=0.05, schedule="constant"
    )
    at_once = clone(clf).partial_fit(X, y, classes=[0, 1, 2])
    chunked = clone(clf)
    for start in range(0, 90, 30):
        rows = slice(start, start + 30)
        chunked.partial_fit(X[rows], y[rows], classes=[0, 1, 2])
    assert_same_model(at_once, chunked)
    assert chunked.t_ == at_once.t_
    assert chunked.n_iter_ == 3  # each call is a pass of its own


@every_class
def test_a_chunk_may_lack_classes(cls, three_classes):
    """Rows of one class, even of one row, are a valid chunk once classes are given."""
    X, y = three_classes
    clf = cls(random_state=0).partial_fit(X[y == 1], y[y == 1], classes=y)
    clf.partial_fit(X[y == 0][:1], [0])
    assert clf.classes_.tolist() == [0, 1, 2]
    assert clf.coef_.shape == (3, 4)
    assert set(clf.predict(X)) <= {0, 1, 2}


@every_class
def test_two_classes_have_one_row(cls, two_classes):
    """A stream of two classes trains one row of coefficients, whatever the first chunk holds."""
    X, y = two_classes
    clf = cls(random_state=0).partial_fit(X[:1], y[:1], classes=[1, 0]).partial_fit(X, y)
    assert clf.coef_.shape == (1, 4)
    assert clf.classes_.tolist() == [0, 1]


def test_it_learns(many_rows):
    """Passes lower the objective, and many small calls predict well."""
    X, y = many_rows
    clf = SoftmaxGDClassifier(random_state=0)
    values = []
    for _ in range(10):
        for start in range(0, 600, 50):
            rows = slice(start, start + 50)
            clf.partial_fit(X[rows], y[rows], classes=np.arange(4))
        values.append(clf.objective(X, y))
    assert values[-1] < values[0] < np.log(4)
    full = SoftmaxGDClassifier(alpha=1e-4, solver="lbfgs").fit(X, y)
    assert clf.score(X, y) > full.score(X, y) - 0.05


def test_partial_fit_after_fit_goes_on_and_fit_starts_anew(three_classes):
    """partial_fit continues a fit; fit (without warm_start) forgets earlier passes."""
    X, y = three_classes
    clf = SoftmaxGDClassifier(
        batch_size=13, max_iter=3, tol=None, shuffle=False, schedule="constant", random_state=0
    )
    longer = clone(clf).set_params(max_iter=4).fit(X, y)
    assert_same_model(clone(clf).fit(X, y).partial_fit(X, y), longer)
    fresh = clone(clf).fit(X, y)
    assert_same_model(clone(clf).partial_fit(X, y, classes=[0, 1, 2]).fit(X, y), fresh)


def test_horizons_count_from_the_first_update(three_classes):
    """A schedule with an end reaches it after max_iter passes, not anew in each of them."""
    X, y = three_classes
    clf = SoftmaxGDClassifier(schedule="linear", learning_rate=0.1, batch_size="full", max_iter=4)
    for _ in range(6):
        clf.partial_fit(X, y, classes=[0, 1, 2])
    np.testing.assert_allclose(
        clf.history_["learning_rate"], [0.1, 0.075, 0.05, 0.025, 0.0, 0.0], atol=1e-15
    )


# -- what it refuses ---------------------------------------------------------------------------


def _call(X, y, **arguments):
    return (X, y), arguments


def _refused():
    X, y = np.random.default_rng(0).normal(size=(30, 4)), np.arange(30) % 3
    return {
        "classes missing": (False, {}, _call(X, y), "classes must be passed"),
        "unknown label at first": (False, {}, _call(X, y, classes=[0, 1]), "index 2 .*classes"),
        "unknown label later": (True, {}, _call(X, y + 1), "index 2 .*not among the 3 classes"),
        "other classes later": (True, {}, _call(X, y, classes=[0, 1, 2, 3]), "classes differs"),
        "one class": (False, {}, _call(X, y * 0, classes=[0]), "one class"),
        "labels of another type": (True, {}, _call(X, y.astype(str)), "types|not among"),
        "other features": (True, {}, _call(X[:, :3], y), "3 features.*4 features"),
        "early stopping": (
            False,
            {"early_stopping": True},
            _call(X, y, classes=y),
            "early_stopping=True.*fit.*early_stopping=False",
        ),
        "balanced": (
            False,
            {"class_weight": "balanced"},
            _call(X, y, classes=y),
            "class_weight='balanced'.*dict",
        ),
        "weights all zero": (True, {}, _call(X, y, sample_weight=np.zeros(30)), "zero"),
        "NaN": (True, {}, _call(X * np.nan, y), "NaN"),
        "bad parameter": (True, {"alpha": -2}, _call(X, y), "alpha=-2"),
    }


@pytest.mark.parametrize(
    ("fitted", "params", "call", "message"), _refused().values(), ids=_refused()
)
@every_class
def test_refusals_leave_the_model_whole(cls, fitted, params, call, message):
    """What cannot be streamed is a ValueError that says why, and changes nothing."""
    clf = cls(**params, random_state=0)
    (X, y), arguments = call
    if fitted:
        good = np.random.default_rng(1).normal(size=(30, 4))
        clf.set_params(alpha=1e-4).partial_fit(good, np.arange(30) % 3, classes=[0, 1, 2])
        clf.set_params(**params)
    before = dict(vars(clf))
    with pytest.raises(ValueError, match=message):
        clf.partial_fit(X, y, **arguments)
    assert vars(clf).keys() == before.keys()
    assert all(vars(clf)[name] is value for name, value in before.items())


@every_class
def test_unfitted_until_the_first_good_call(cls, three_classes):
    """A refused first call leaves the estimator unfitted."""
    X, y = three_classes
    clf = cls()
    with pytest.raises(ValueError, match="classes"):
        clf.partial_fit(X, y)
    with pytest.raises(NotFittedError):
        clf.predict(X)
    assert not hasattr(clf, "n_features_in_")


@every_class
def test_solvers_without_passes_have_no_partial_fit(cls):
    """The method is there for gradient descent only, and hasattr says so."""
    assert hasattr(cls(), "partial_fit")
    assert not hasattr(cls(solver="lbfgs"), "partial_fit")
