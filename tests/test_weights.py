"""Sample weights and class weights: k times the weight is the row k times, 0 is no row."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.utils.class_weight import compute_class_weight

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd._weights import check_sample_weight, class_weight_factors, combine
from sklinear_gd.optimizers import OPTIMIZERS

CLASSES = [SVMGDClassifier, SoftmaxGDClassifier]
every_class = pytest.mark.parametrize("cls", CLASSES)
every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS)
FULL = {"batch_size": "full", "max_iter": 60, "tol": None, "random_state": 0}
LBFGS = {"solver": "lbfgs", "alpha": 0.05, "random_state": 0}

EXACT = {  # settings where weights are exactly copies, up to rounding
    **{
        f"{cls.__name__} {optimizer}": (cls, {**FULL, "optimizer": optimizer})
        for cls in CLASSES
        for optimizer in OPTIMIZERS
    },
    **{
        f"{multi_class} {loss}": (
            SVMGDClassifier,
            {**FULL, "multi_class": multi_class, "loss": loss},
        )
        for multi_class in ("weston_watkins", "crammer_singer", "ovr")
        for loss in ("hinge", "squared_hinge")
    },
    "group lasso": (SoftmaxGDClassifier, {**FULL, "penalty": "group_lasso", "alpha": 0.05}),
    "l1": (SoftmaxGDClassifier, {**FULL, "penalty": "l1", "alpha": 0.05}),
    "max_norm": (SoftmaxGDClassifier, {**FULL, "max_norm": 0.3}),
    "average": (SoftmaxGDClassifier, {**FULL, "average": True}),
    "balanced": (
        # Adam would divide by its own size a gradient of b that is 0 but for rounding.
        SoftmaxGDClassifier,
        {**FULL, "class_weight": "balanced", "optimizer": "nesterov"},
    ),
    "class weights": (SVMGDClassifier, {**FULL, "class_weight": {0: 3.0, 2: 0.5}}),
    "tol": (SoftmaxGDClassifier, {"batch_size": "full", "alpha": 0.05, "max_iter": 3000}),
    "lbfgs": (SoftmaxGDClassifier, LBFGS),
    "lbfgs, balanced": (SoftmaxGDClassifier, {**LBFGS, "class_weight": "balanced"}),
    "lbfgs, l1": (SoftmaxGDClassifier, {**LBFGS, "penalty": "l1", "tol": 1e-14}),
    "lbfgs, squared hinge": (SVMGDClassifier, {**LBFGS, "loss": "squared_hinge"}),
    "lbfgs, hinge": (SVMGDClassifier, LBFGS),
}
every_exact_setting = pytest.mark.parametrize(("cls", "params"), EXACT.values(), ids=EXACT)
FORMATS = {"dense": np.asarray, "csr": sparse.csr_array}
every_format = pytest.mark.parametrize("convert", FORMATS.values(), ids=FORMATS)


def assert_same_model(one, other, rtol=1e-7, atol=1e-9):
    """Compare coefficients, intercepts and objective as scikit-learn's own check does."""
    np.testing.assert_allclose(one.coef_, other.coef_, rtol=rtol, atol=atol)
    np.testing.assert_allclose(one.intercept_, other.intercept_, rtol=rtol, atol=atol)
    assert one.objective_ == pytest.approx(other.objective_, rel=rtol)


@pytest.fixture
def weights(three_classes):
    """Weights 0, 1, 2 or 3 of the rows."""
    return np.random.default_rng(3).integers(0, 4, size=len(three_classes[1]))


@every_format
@every_exact_setting
def test_weight_k_is_k_copies(cls, params, convert, three_classes, weights):
    """Integer weights give the model of repeated rows, and 0 that of removed rows."""
    X, y = three_classes
    weighted = cls(**params).fit(convert(X), y, sample_weight=weights)
    repeated = cls(**params).fit(convert(X.repeat(weights, axis=0)), y.repeat(weights))
    assert_same_model(weighted, repeated)


@every_exact_setting
def test_the_scale_of_all_weights_is_nothing(cls, params, three_classes, weights):
    """Weights count relative to each other, however large or small they are."""
    X, y = three_classes
    one = cls(**params).fit(X, y, sample_weight=weights)
    # One of everyday size, one of the extremes; all four over the settings.
    turn = list(EXACT.values()).index((cls, params)) % 2
    for scale in [(3.7, 1e-200), (2.0**-10, 1e200)][turn]:
        assert_same_model(one, cls(**params).fit(X, y, sample_weight=scale * weights))


@pytest.mark.parametrize("constant", [1, 0.3, 5e-300])
@pytest.mark.parametrize("batch_size", [16, "full"])
@every_class
def test_equal_weights_are_no_weights(cls, batch_size, constant, three_classes):
    """The same weight for all rows, as an array or as one number, changes nothing."""
    X, y = three_classes
    clf = cls(batch_size=batch_size, max_iter=5, tol=None, random_state=0)
    none = clone(clf).fit(X, y)
    for weight in (np.full(len(y), constant), constant):
        assert_same_model(none, clone(clf).fit(X, y, sample_weight=weight), rtol=1e-9)


@pytest.mark.parametrize(
    "params",
    [
        {"batch_size": 16},
        {"batch_size": "auto"},
        {"batch_size": 16, "average": True},
        {"batch_size": 16, "shuffle": False, "class_weight": "balanced"},
        {"batch_size": 16, "early_stopping": True, "validation_fraction": 0.3},
        {"batch_size": "full", "early_stopping": True, "learning_rate": 0.05},
        {"solver": "lbfgs", "alpha": 0.1, "tol": 1e-3},
        {"solver": "lbfgs", "alpha": 0.1, "early_stopping": True, "tol": 1e-3},
    ],
    ids=str,
)
@every_optimizer
def test_a_row_of_weight_zero_does_not_exist(optimizer, params, three_classes):
    """Rows of weight 0 are in no batch, no split, no automatic rate: the bits are the same."""
    X, y = three_classes
    rng = np.random.default_rng(0)
    weights = rng.uniform(0.5, 2, size=len(y)) * (rng.random(len(y)) < 0.8)
    ghosts = weights == 0
    X = np.where(ghosts[:, None], 1e3 * X, X)
    params = {"optimizer": optimizer, "max_iter": 6, "random_state": 0, **params}
    params.setdefault("tol", None)
    if params.get("solver") == "lbfgs":
        params["max_iter"] = 200
    one = SoftmaxGDClassifier(**params).fit(X, y, sample_weight=weights)
    other = SoftmaxGDClassifier(**params)
    other.fit(X[~ghosts], y[~ghosts], sample_weight=weights[~ghosts])
    assert_same_model(one, other, rtol=1e-9, atol=1e-12)
    assert (one.n_iter_, one.t_) == (other.n_iter_, other.t_)


def test_classes_of_weight_zero_do_not_exist(three_classes):
    """A label that only rows of weight 0 bear is no class, whatever it is."""
    X, y = three_classes
    clf = SoftmaxGDClassifier(max_iter=3, tol=None).fit(X, y, sample_weight=(y != 1).astype(float))
    assert clf.classes_.tolist() == [0, 2]
    assert clf.coef_.shape == (1, 4)


def test_batches_are_of_rows_that_count(three_classes):
    """An epoch has as many updates as the rows with weight fill batches."""
    X, y = three_classes
    weights = np.zeros(len(y))
    weights[:40] = 1
    clf = SoftmaxGDClassifier(batch_size=20, max_iter=1, tol=None)
    assert clf.fit(X, y, sample_weight=weights).t_ == 2


@every_class
def test_class_weight_is_a_sample_weight(cls, three_classes, weights):
    """class_weight multiplies the sample weights of each class."""
    X, y = three_classes
    factors = {0: 2.0, 1: 0.0, 2: 0.25}
    by_class = cls(**FULL, class_weight=factors).fit(X, y, sample_weight=weights)
    product = weights * np.array([factors[label] for label in y])
    clf = cls(**FULL).fit(X[y != 1], y[y != 1], sample_weight=product[y != 1])
    assert by_class.classes_.tolist() == [0, 1, 2]
    kept = by_class.coef_[[0, 2]]
    assert np.isfinite(kept).all()
    assert clf.coef_.shape == (1, 4)
    other = cls(**FULL, class_weight={0: 2.0, 2: 0.25}).fit(X, y, sample_weight=weights)
    product = weights * np.array([2.0, 1.0, 0.25])[y]
    assert_same_model(other, cls(**FULL).fit(X, y, sample_weight=product))


def test_balanced_is_scikit_learns(three_classes):
    """class_weight="balanced" without sample weights is scikit-learn's formula and model."""
    X, y = three_classes
    factors = class_weight_factors("balanced", np.arange(3), y.astype(np.int32), None)
    expected = compute_class_weight("balanced", classes=np.arange(3), y=y)
    np.testing.assert_allclose(factors, expected)
    clf = SoftmaxGDClassifier(
        solver="lbfgs", alpha=0.1, class_weight="balanced", tol=1e-14, max_iter=500
    ).fit(X, y)
    # The balanced weights have the mean 1, so C is what it is without weights.
    reference = LogisticRegression(
        C=1 / (0.1 * len(y)), class_weight="balanced", tol=1e-10, max_iter=1000
    ).fit(X, y)
    np.testing.assert_allclose(clf.coef_, reference.coef_, atol=1e-6)


def test_balanced_makes_all_classes_weigh_the_same(three_classes, weights):
    """With sample weights, too, the classes' total weights become equal."""
    y = three_classes[1].astype(np.int32)
    factors = class_weight_factors("balanced", np.arange(3), y, weights.astype(float))
    totals = np.bincount(y, weights=combine(weights.astype(float), factors, y))
    np.testing.assert_allclose(totals, totals.sum() / 3)


def test_weighted_fit_is_weighted_logistic_regression(three_classes):
    """Real-valued weights give LogisticRegression's optimum at C = 1 / (alpha * sum of weights)."""
    X, y = three_classes
    weights = np.random.default_rng(0).uniform(0, 3, size=len(y))
    clf = SoftmaxGDClassifier(solver="lbfgs", alpha=0.05, tol=1e-14, max_iter=500)
    clf.fit(X, y, sample_weight=weights)
    reference = LogisticRegression(C=1 / (0.05 * weights.sum()), tol=1e-10, max_iter=1000)
    reference.fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(clf.coef_, reference.coef_, atol=1e-6)


def test_objective_is_a_weighted_mean(two_classes):
    """objective() weighs the losses as fit does, and the scale of the weights is nothing."""
    X, y = two_classes
    weights = np.random.default_rng(0).uniform(0, 3, size=len(y))
    clf = SoftmaxGDClassifier(max_iter=5, tol=None, class_weight={1: 4.0}).fit(X, y)
    losses = np.logaddexp(0, -(2 * y - 1) * (X @ clf.coef_[0] + clf.intercept_[0]))
    penalty = clf.alpha / 2 * (clf.coef_**2).sum()
    total = weights * np.array([1.0, 4.0])[y]
    expected = np.average(losses, weights=total) + penalty
    assert clf.objective(X, y, sample_weight=weights) == pytest.approx(expected, rel=1e-12)
    assert clf.objective(X, y, sample_weight=7 * weights) == pytest.approx(expected, rel=1e-12)
    expected = np.average(losses, weights=np.array([1.0, 4.0])[y]) + penalty
    assert clf.objective(X, y) == pytest.approx(expected, rel=1e-12)


def test_held_out_score_is_weighted(two_classes):
    """Early stopping judges by the weighted accuracy: wrong labels of little weight say little."""
    X, y = two_classes[0], (two_classes[0][:, 0] > 0).astype(int)
    wrong = np.arange(len(y)) % 2 == 0
    y[wrong] = 1 - y[wrong]
    weights = np.where(wrong, 1e-9, 1.0)
    clf = SoftmaxGDClassifier(
        early_stopping=True, validation_fraction=0.4, max_iter=30, tol=None, random_state=0
    ).fit(X, y, sample_weight=weights)
    assert clf.history_["validation_score"].max() > 0.9


def test_weights_are_not_written(three_classes):
    """Sample weights and the class-weight dict stay as they were given."""
    X, y = three_classes
    weights, factors = np.random.default_rng(0).uniform(size=len(y)), {0: 2.0}
    before = weights.copy()
    weights.flags.writeable = False
    for params in ({}, {"solver": "lbfgs"}, {"early_stopping": True}, {"batch_size": 16}):
        clf = SVMGDClassifier(**params, class_weight=factors, alpha=0.1, random_state=0)
        clf.fit(X, y, sample_weight=weights)
    np.testing.assert_array_equal(weights, before)
    assert factors == {0: 2.0}


REFUSED = {
    "negative": ([1.0, -0.5, 1.0], "sample_weight is negative at index 1"),
    "all zero": ([0.0, 0.0, 0.0], "sample_weight is zero for every row"),
    "NaN": ([1.0, 1.0, np.nan], "sample_weight is NaN or infinite at index 2"),
    "infinite": ([np.inf, 1.0, 1.0], "sample_weight is NaN or infinite at index 0"),
    "too short": ([1.0, 1.0], r"sample_weight.shape == \(2,\), expected \(3,\)"),
    "two-dimensional": ([[1.0], [1.0], [1.0]], "1D array or scalar"),
    "a negative number": (-1.0, "sample_weight is negative"),
    "text": (["a", "b", "c"], "sample_weight"),
}


@pytest.mark.parametrize(("weights", "message"), REFUSED.values(), ids=REFUSED)
def test_weights_that_are_none(weights, message):
    """What cannot be weights is a ValueError that says which and where."""
    with pytest.raises(ValueError, match=message):
        check_sample_weight(weights, 3)
    with pytest.raises(ValueError, match=message):
        SoftmaxGDClassifier().fit(np.eye(3), [0, 1, 2], sample_weight=weights)


REFUSED_CLASSES = {
    "unknown word": ("even", "class_weight='even'.*'balanced'"),
    "a list": ([1, 2, 3], r"class_weight=\[1, 2, 3\] must be a dict"),
    "unknown class": ({7: 1.0}, "class_weight names the class 7"),
    "negative": ({0: -1.0}, r"class_weight\[0\]=-1.0 must be a finite number >= 0"),
    "NaN": ({0: np.nan}, r"class_weight\[0\]=nan"),
    "text": ({0: "much"}, r"class_weight\[0\]='much'"),
    "all zero": ({0: 0, 1: 0, 2: 0}, "zero for every row"),
}


@pytest.mark.parametrize(("value", "message"), REFUSED_CLASSES.values(), ids=REFUSED_CLASSES)
@every_class
def test_class_weights_that_are_none(cls, value, message):
    """What cannot be class weights is a ValueError that names the class and its weight."""
    with pytest.raises(ValueError, match=message):
        cls(class_weight=value).fit(np.eye(3), [0, 1, 2])


@pytest.mark.parametrize("size", [1e-200, 1e200])
@pytest.mark.parametrize("class_weight", ["balanced", {0: 1.0, 1: 2.0, 2: 3.0}])
def test_products_of_weights_neither_overflow_nor_vanish(class_weight, size, three_classes):
    """Weights times class weights, each near the end of the floats, mean what ordinary ones do."""
    X, y = three_classes
    weights = np.random.default_rng(0).uniform(0.5, 1.0, len(y))
    factors, huge = class_weight, 1e307 if size > 1 else size
    if isinstance(class_weight, dict):
        factors = {label: size * factor for label, factor in class_weight.items()}
    clf = SoftmaxGDClassifier(max_iter=5, tol=None, random_state=0)
    expected = clone(clf).set_params(class_weight=class_weight).fit(X, y, weights)
    found = clone(clf).set_params(class_weight=factors).fit(X, y, huge * weights)
    np.testing.assert_allclose(found.coef_, expected.coef_, rtol=1e-9)


@pytest.mark.parametrize("unit", ["M8[D]", "m8[D]"])
def test_dates_are_no_weights(unit, three_classes):
    """A count of days since 1970 would be one."""
    X, y = three_classes
    with pytest.raises(ValueError, match="sample_weight must hold real numbers"):
        SoftmaxGDClassifier().fit(X, y, np.full(len(y), 5, dtype=unit))
