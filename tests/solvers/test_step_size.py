"""learning_rate="auto"."""

from functools import cache
from itertools import product

import numpy as np
import pytest
from scipy import sparse
from sklearn.preprocessing import StandardScaler

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.designs import as_design
from sklinear_gd.losses import SoftmaxCrossEntropy
from sklinear_gd.objective import Objective
from sklinear_gd.optimizers import OPTIMIZERS
from sklinear_gd.penalties import L2
from sklinear_gd.solvers import step_size

CLASSES = [SVMGDClassifier, SoftmaxGDClassifier]
every_class = pytest.mark.parametrize("cls", CLASSES)
every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS)
PROPORTIONAL = [name for name, cls in OPTIMIZERS.items() if not cls.scale_free]


def rate(X, y, sample_weight=None, cls=SoftmaxGDClassifier, **params):
    """Return the rate that is found for this data: that of the first update."""
    settings = {"precondition": False, "schedule": "constant", "max_iter": 1, "tol": None} | params
    clf = cls(random_state=0, **settings)
    return clf.fit(X, y, sample_weight=sample_weight).history_["learning_rate"][0]


@every_optimizer
@every_class
def test_dense_and_sparse_have_the_same_rate(cls, optimizer, many_rows):
    """The rate is derived from the numbers, not from how they are stored."""
    X, y = many_rows
    dense = rate(X, y, cls=cls, optimizer=optimizer)
    csr = rate(sparse.csr_array(X), y, cls=cls, optimizer=optimizer)
    assert dense == pytest.approx(csr, rel=1e-12)
    assert np.isfinite(dense)
    assert dense > 0


@pytest.mark.parametrize("optimizer", PROPORTIONAL)
@pytest.mark.parametrize("scale", [1e-3, 10.0, 1e4])
def test_units_of_the_features(optimizer, scale, three_classes):
    """For steps along the gradient the rate falls with the square of the features' scale."""
    X, y = three_classes
    params = {"optimizer": optimizer, "fit_intercept": False, "penalty": None}
    one, other = rate(X, y, **params), rate(scale * X, y, **params)
    assert other == pytest.approx(one / scale**2, rel=1e-6)


@pytest.mark.parametrize("optimizer", [name for name in OPTIMIZERS if name not in PROPORTIONAL])
def test_units_of_the_features_for_scale_free_steps(optimizer, three_classes):
    """For steps of the size of the rate, the rate falls with the features' scale."""
    X, y = three_classes
    params = {"optimizer": optimizer, "fit_intercept": False, "penalty": None}
    assert rate(10 * X, y, **params) == pytest.approx(rate(X, y, **params) / 10, rel=1e-6)


@pytest.mark.parametrize("loss", ["softmax", "squared_hinge"])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_full_batch_gradient_descent_never_rises(fit_intercept, loss, three_classes):
    """At the automatic rate, plain full-batch descent of a smooth loss is monotone."""
    X, y = three_classes
    clf = (
        SoftmaxGDClassifier()
        if loss == "softmax"
        else SVMGDClassifier(multi_class="ovr", loss="squared_hinge")
    )
    clf.set_params(
        optimizer="sgd", schedule="constant", batch_size="full", fit_intercept=fit_intercept,
        max_iter=100, tol=None,
    )  # fmt: skip
    for matrix in (X, 1e3 * X + 50, X * np.logspace(-3, 3, 4)):
        objective = clf.fit(matrix, y).history_["objective"]
        assert (np.diff(objective) <= 1e-12 * objective[:-1]).all()


@pytest.fixture(scope="module")
def scaled_rows(many_rows):
    """Half of the rows, scaled, and a function of a class: the least objective on them."""
    X, y = StandardScaler().fit_transform(many_rows[0])[:300], many_rows[1][:300]
    return X, y, cache(lambda cls: cls(solver="lbfgs", max_iter=500).fit(X, y).objective_)


@pytest.mark.parametrize("batch_size", [1, 16, "auto"])
@every_optimizer
@every_class
def test_the_automatic_rate_trains(cls, optimizer, batch_size, scaled_rows):
    """Every optimizer with the automatic rate ends well below the zero model in a few epochs."""
    X, y, least = scaled_rows
    max_iter = 5 if batch_size == 1 else 30
    clf = cls(optimizer=optimizer, batch_size=batch_size, max_iter=max_iter, random_state=0)
    clf.set_params(tol=None)
    clf.fit(X, y)
    zero = np.log(4) if cls is SoftmaxGDClassifier else 3.0
    assert clf.objective_ < least(cls) + 0.5 * (zero - least(cls))


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_scale_of_weights_is_nothing(optimizer, many_rows):
    """Sample weights on another scale leave the rate as it is."""
    X, y = many_rows
    weights = np.random.default_rng(0).uniform(0.1, 1, size=len(y))
    params = {"optimizer": optimizer, "batch_size": 50}
    one = rate(X, y, sample_weight=weights, **params)
    assert rate(X, y, sample_weight=1e6 * weights, **params) == pytest.approx(one, rel=1e-9)


@pytest.mark.filterwarnings("ignore:.*class frequencies:sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_matrix_of_zeros_has_a_finite_rate(optimizer):
    """Features without any scale still give a finite rate and finite weights."""
    y = np.arange(20) % 3 > 0
    for fit_intercept in (True, False):
        clf = SoftmaxGDClassifier(
            optimizer=optimizer, fit_intercept=fit_intercept, max_iter=3, tol=None, penalty=None
        ).fit(np.zeros((20, 2)), y)
        assert np.isfinite(clf.coef_).all()
        assert np.isfinite(clf.history_["learning_rate"]).all()


@pytest.mark.parametrize(("scale", "dtype"), [(1e150, np.float64), (1e-200, np.float64),
                                              (1e18, np.float32), (1e-30, np.float32)])  # fmt: skip
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_extreme_features_raise_no_warning(optimizer, scale, dtype, three_classes):
    """The search for a rate ends in a number for features of any size, without overflow noise."""
    X, y = (three_classes[0] * scale).astype(dtype), three_classes[1]
    found = rate(X, y, optimizer=optimizer, batch_size=16)
    assert np.isfinite(found)
    assert found > 0


def test_the_rate_is_kept_for_later_fits(many_rows):
    """A warm start and partial_fit go on with the rate that the first fit derived.

    Not a fit of other data, whose rate is another.
    """
    X, y = many_rows
    clf = SoftmaxGDClassifier(
        warm_start=True, schedule="constant", max_iter=1, tol=None, random_state=0
    )
    clf.fit(X, y).fit(X, y)
    clf.partial_fit(1e-3 * X[:50], y[:50])
    assert len(set(clf.history_["learning_rate"])) == 1
    rng = np.random.default_rng(0)
    clf.set_params(precondition=False).fit(X, y).fit(10 * X, rng.permutation(y))
    assert clf.history_["learning_rate"][-1] < 0.5 * clf.history_["learning_rate"][-2]


def _sample(X, y, **layout):
    """The rows as the rate sees them, in the user's own variables."""
    settings = {"n_scores": 3, "fit_intercept": True} | layout
    y = y.astype(np.int32)
    objective = Objective(as_design(X), y, None, SoftmaxCrossEntropy(), L2(), 0.1, **settings)
    return step_size._Sample(objective, None)


@pytest.mark.parametrize("together", [0, 1, 10])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_the_reach_of_signs_is_that_of_the_worst(fit_intercept, together, many_rows):
    """The signs that are found do nearly as much to the scores as any, and never more."""
    X = many_rows[0][:400] + together * np.random.default_rng(0).normal(size=(400, 1))
    z = np.hstack([X, np.ones((400, 1))]) if fit_intercept else X
    every = np.array(list(product([-1, 1], repeat=z.shape[1])))
    most = np.mean((z @ every.T) ** 2, axis=0).max()
    found = _sample(X, many_rows[1][:400], fit_intercept=fit_intercept)._reach_of_signs()
    assert 0.8 * most <= found <= most * (1 + 1e-12)


def test_the_reach_of_signs_in_many_rows_is_that_of_other_rows():
    """Signs that fit their rows by chance count little; n rows of m features agree by m / n."""
    rng = np.random.default_rng(0)
    y, n_features = rng.integers(0, 3, size=8000), 200
    X = rng.normal(size=(8000, n_features))
    found = {n: _sample(X[:n], y[:n])._reach_of_signs() / n_features for n in (100, 8000)}
    assert found[100] > 1.8
    assert found[8000] == pytest.approx(1, rel=0.15)
