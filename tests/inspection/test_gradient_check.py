"""The gradient check: right gradients pass, wrong ones do not, kinks are told apart."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.pipeline import make_pipeline

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.inspection import check_gradient
from sklinear_gd.losses import LOSSES, SoftmaxCrossEntropy, WestonWatkins
from sklinear_gd.penalties import PENALTIES, Penalty

# Short fits end above what the class frequencies alone would give, and say so.
pytestmark = pytest.mark.filterwarnings("ignore:.*no better than class frequencies")
ESTIMATORS = {
    "softmax": SoftmaxGDClassifier(label_smoothing=0.1),
    "weston_watkins": SVMGDClassifier(),
    "crammer_singer": SVMGDClassifier(multi_class="crammer_singer"),
    "ovr": SVMGDClassifier(multi_class="ovr", loss="squared_hinge", margin=0.7),
    "squared_error": SVMGDClassifier(loss=LOSSES["squared_error"]()),
}
every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)


@pytest.mark.parametrize("data", ["two_classes", "three_classes"])
@every_estimator
def test_right_gradients_pass(estimator, data, request):
    """Every loss passes at random weights and at those of a short fit."""
    X, y = request.getfixturevalue(data)
    check = check_gradient(estimator.set_params(alpha=0.1), X, y)
    n_scores = 1 if data == "two_classes" else 3
    assert check.analytic.shape == check.at_kink.shape == (5, n_scores)
    assert check.checked.all()
    assert check.max_error < 1e-6
    fitted = estimator.__class__(**estimator.get_params(deep=False))
    fitted.set_params(solver="lbfgs", max_iter=3, tol=None).fit(X, y)
    assert check_gradient(fitted, X, y).max_error < 1e-6


@pytest.mark.parametrize("penalty", [*PENALTIES, None])
def test_every_penalty(penalty, three_classes):
    """The smooth part of a penalty is checked; the part with kinks has a prox instead."""
    X, y = three_classes
    clf = SoftmaxGDClassifier(penalty=penalty, alpha=0.5, l1_ratio=0.4)
    check = check_gradient(clf, X, y)
    assert check.max_error < 1e-6
    assert not check.at_kink.any()
    plain = check_gradient(SoftmaxGDClassifier(penalty=None), X, y)
    has_smooth_part = penalty in ("l2", "elasticnet")
    assert np.allclose(check.analytic, plain.analytic) != has_smooth_part


@every_estimator
def test_it_is_the_gradient_by_the_definition(estimator, three_classes):
    """The analytic side is that of the mean of the formula over the rows, by hand."""
    X, y = three_classes
    clf = estimator.set_params(alpha=0.0)
    clf = clf.__class__(**clf.get_params(deep=False)).set_params(max_iter=3, tol=None).fit(X, y)
    _, d_scores = clf._loss(3).formula(clf.decision_function(X), y)
    by_hand = np.vstack([X.T @ d_scores, d_scores.sum(axis=0)]) / len(y)
    np.testing.assert_allclose(check_gradient(clf, X, y).analytic, by_hand, atol=1e-12)


def test_weights_sparse_rows_and_float32(three_classes):
    """Sample weights count, sparse rows serve as they are, float32 is checked in float64."""
    X, y = three_classes
    weights = np.random.default_rng(0).uniform(0, 2, size=len(y))
    clf = SoftmaxGDClassifier()
    dense = check_gradient(clf, X, y, sample_weight=weights)
    assert dense.max_error < 1e-7
    assert not np.allclose(dense.analytic, check_gradient(clf, X, y).analytic)
    by_rows = check_gradient(clf, sparse.csr_matrix(X), y, sample_weight=weights)
    np.testing.assert_allclose(by_rows.analytic, dense.analytic, atol=1e-12)
    single = check_gradient(clf, X.astype(np.float32), y)
    assert single.analytic.dtype == np.float64
    assert single.max_error < 1e-7


class WrongSign(SoftmaxCrossEntropy):
    """A cross-entropy that pushes the own class down."""

    def formula(self, scores, y, xp=np):
        """Return the values and wrong derivatives."""
        values, d_scores = super().formula(scores, y, xp)
        return values, -d_scores


class Forgotten(WestonWatkins):
    """A hinge whose gradient forgets the own class's pull."""

    def formula(self, scores, y, xp=np):
        """Return the values and wrong derivatives."""
        values, d_scores = super().formula(scores, y, xp)
        return values, xp.where(d_scores < 0, 0.0, d_scores)


@pytest.mark.parametrize("loss", [WrongSign(), Forgotten()], ids=["sign", "own class"])
def test_wrong_gradients_fail(loss, three_classes):
    """A wrong formula has errors of the order of 1, away from kinks, and its place is named."""
    X, y = three_classes
    for check in (
        check_gradient(SVMGDClassifier(loss=loss), X, y),
        check_gradient(loss, np.random.default_rng(0).normal(size=(50, 3)), y[:50]),
    ):
        assert check.max_error > 0.1
        assert not check.at_kink[check.worst]
        assert check.relative_error[check.worst] == check.max_error
        assert str(check.worst) in str(check)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("n_scores", [1, 2, 4])
def test_losses_by_their_scores(loss, n_scores):
    """Every loss of the registry passes, score by score."""
    rng = np.random.default_rng(0)
    scores = 2 * rng.normal(size=(60, n_scores))
    check = check_gradient(loss(), scores, rng.integers(max(2, n_scores), size=60))
    assert check.analytic.shape == scores.shape
    assert check.max_error < 1e-6


@pytest.mark.parametrize("distance", [0.0, 0.2, 1 / 3, 0.6, 0.95, -0.2, -0.4, -0.95])
def test_kinks_are_told_apart(distance):
    """A score within h of the kink of its hinge is marked, wherever it lies, and no other is."""
    h = 1e-5
    scores = np.array([[0.0, -1.0 + distance * h, -5.0], [0.3, -0.2, 0.1]])
    check = check_gradient(WestonWatkins(), scores, np.array([0, 0]), h=h)
    # Own and wrong class of the first row share the kink; the third score is far from its own.
    np.testing.assert_array_equal(check.at_kink, [[True, True, False], [False] * 3])
    assert check.max_error < 1e-6


def test_smooth_losses_have_no_kinks():
    """Strong bends, large values and tiny ones are not taken for kinks."""
    rng = np.random.default_rng(0)
    y = rng.integers(3, size=40)
    for scale in (1e-3, 1.0, 30.0, 1e3):
        for loss in (LOSSES["softmax"](), LOSSES["squared_error"]()):
            check = check_gradient(loss, scale * rng.normal(size=(40, 3)), y)
            assert not check.at_kink.any()


def test_zero_weights_of_an_svm_are_no_kink(three_classes):
    """At W = 0 all hinges are away from their kinks; at a kink the rest is still compared."""
    X, y = three_classes
    clf = SVMGDClassifier(alpha=0, max_iter=1, tol=None).fit(X, y)
    clf.coef_, clf.intercept_ = np.zeros_like(clf.coef_), np.zeros_like(clf.intercept_)
    check = check_gradient(clf, X, y)
    assert not check.at_kink.any()
    assert check.max_error < 1e-7
    clf.intercept_ = np.array([1.0, 0.0, 0.0])  # now the rows of class 0 are at both kinks
    check = check_gradient(clf, X, y)
    assert check.at_kink.any()
    assert str(int(check.at_kink.sum())) + " at a kink" in str(check)


def test_some_coordinates(digits):
    """n_coordinates draws that many; the others are not computed."""
    X, y = digits
    check = check_gradient(SVMGDClassifier(), X, y, n_coordinates=12, random_state=3)
    assert check.checked.sum() == 12
    assert np.isfinite(check.relative_error[check.checked]).all()
    assert np.isnan(check.numerical[~check.checked]).all()
    assert check.max_error < 1e-6
    again = check_gradient(SVMGDClassifier(), X, y, n_coordinates=12, random_state=3)
    np.testing.assert_array_equal(check.checked, again.checked)


def test_a_penalty_of_ones_own_with_kinks(three_classes):
    """Of a penalty with kinks that says nothing of its parts, the loss alone is checked."""

    class Mixed(Penalty):
        def value(self, W):
            return float(np.abs(W).sum() + (W**4).sum())

        def add_gradient(self, W, out, strength):
            out += strength * 4 * W**3

        def prox(self, W, step):
            W -= np.clip(W, -step, step)

    check = check_gradient(SoftmaxGDClassifier(penalty=Mixed(), alpha=1.0), *three_classes)
    assert check.max_error < 1e-6


def test_nothing_is_changed(three_classes):
    """Neither a fitted estimator nor one that is not gets or loses an attribute."""
    X, y = three_classes
    fresh, fitted = SVMGDClassifier(), SVMGDClassifier(max_iter=3, tol=None).fit(X, y)
    before = {name: value for name, value in vars(fitted).items()}
    check_gradient(fresh, X, y)
    check_gradient(fitted, X, y)
    assert not hasattr(fresh, "n_features_in_")
    assert vars(fitted).keys() == before.keys()
    assert all(vars(fitted)[name] is value for name, value in before.items())


def test_bad_arguments_are_named(three_classes):
    """What is no estimator of the package, scores of a wrong shape, and settings out of range."""
    X, y = three_classes
    with pytest.raises(TypeError, match=r"Pipeline is neither.*last step"):
        check_gradient(make_pipeline(SVMGDClassifier()), X, y)
    with pytest.raises(ValueError, match=r"X has the shape \(90,\)"):
        check_gradient(WestonWatkins(), X[:, 0], y)
    with pytest.raises(ValueError, match="n_coordinates=0"):
        check_gradient(SVMGDClassifier(), X, y, n_coordinates=0)
    with pytest.raises(ValueError, match=r"h=-1\.0"):
        check_gradient(SVMGDClassifier(), X, y, h=-1.0)
    with pytest.raises(ValueError, match="alpha=-1"):
        check_gradient(SVMGDClassifier(alpha=-1), X, y)
