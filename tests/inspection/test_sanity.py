"""The sanity check: what must hold before training, and a report of what does not."""

import math

import numpy as np
import pytest
from scipy import sparse

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.inspection import sanity_check
from sklinear_gd.losses import SquaredError, WestonWatkins

# estimator, the loss at zero weights for K classes
ZERO_LOSSES = {
    "softmax": (SoftmaxGDClassifier(), lambda K: math.log(K)),
    "smoothed labels": (SoftmaxGDClassifier(label_smoothing=0.1), lambda K: math.log(K)),
    "weston_watkins": (SVMGDClassifier(), lambda K: K - 1),
    "margin 2": (SVMGDClassifier(margin=2.0), lambda K: 2 * (K - 1)),
    "squared, margin 2": (SVMGDClassifier(margin=2.0, loss="squared_hinge"), lambda K: 4 * (K - 1)),
    "crammer_singer": (SVMGDClassifier(multi_class="crammer_singer"), lambda K: 1),
    "ovr": (SVMGDClassifier(multi_class="ovr"), lambda K: K if K > 2 else 1),
    "squared error": (SVMGDClassifier(loss=SquaredError()), lambda K: K if K > 2 else 1),
}


@pytest.mark.parametrize("data", ["two_classes", "three_classes", "many_rows"])
@pytest.mark.parametrize(("estimator", "expected"), ZERO_LOSSES.values(), ids=ZERO_LOSSES)
def test_loss_at_zero_weights(estimator, expected, data, request):
    """n_classes - 1 for Weston-Watkins with margin 1, log(n_classes) for softmax, and so on."""
    X, y = request.getfixturevalue(data)
    report = sanity_check(estimator, X, y)
    assert report.zero_loss == pytest.approx(expected(y.max() + 1), rel=1e-12)
    assert report.expected_zero_loss == pytest.approx(report.zero_loss, rel=1e-12)
    assert report.zero_loss_is_right


@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_matrix], ids=["dense", "csr"])
@pytest.mark.parametrize("cls", [SVMGDClassifier, SoftmaxGDClassifier])
def test_sound_settings_pass(cls, convert, digits):
    """With the defaults all three hold on digits, dense or sparse, and the report says so."""
    X, y = digits
    report = sanity_check(cls(), convert(X), y)
    assert report.passed
    assert report.overfitted_rows == 20
    assert report.overfitted_accuracy == 1.0
    lines = str(report).splitlines()
    assert len(lines) == 3
    assert all(line.startswith("ok") for line in lines)


def test_a_rate_that_moves_nothing_fails(digits):
    """With a rate of 1e-9 not even 20 rows are learnt: the report says which look failed."""
    X, y = digits
    report = sanity_check(SoftmaxGDClassifier(optimizer="sgd", learning_rate=1e-9), X, y)
    assert not report.passed
    assert not report.overfits
    assert report.zero_loss_is_right
    assert report.penalty_raises
    assert str(report).splitlines()[1].startswith("FAIL")


def test_equal_rows_of_different_classes_fail():
    """Rows that are equal but for their label cannot be learnt by heart."""
    X, y = np.ones((30, 25)), np.arange(30) % 2
    report = sanity_check(SVMGDClassifier(), X, y)
    assert report.overfitted_accuracy == 0.5
    assert not report.overfits


def test_the_penalty_raises_the_objective(three_classes):
    """By alpha R(W), in proportion to alpha; without a penalty there is nothing to judge."""
    X, y = three_classes
    rises = [sanity_check(SVMGDClassifier(alpha=a), X, y).penalty_rise for a in (0.1, 0.3)]
    assert 0 < rises[0] == pytest.approx(rises[1] / 3)
    for parameters in ({"penalty": None}, {"alpha": 0}):
        report = sanity_check(SVMGDClassifier(**parameters), X, y)
        assert math.isnan(report.penalty_rise)
        assert report.penalty_raises
        assert "no penalty" in str(report)


def test_a_loss_of_ones_own_has_no_expectation(three_classes):
    """A loss that is not the package's has a value to report and none to compare with."""

    class Halved(WestonWatkins):
        def formula(self, scores, y, xp=np):
            values, d_scores = super().formula(scores, y, xp)
            return values / 2, d_scores / 2

    report = sanity_check(SVMGDClassifier(loss=Halved()), *three_classes)
    assert report.zero_loss == 1.0
    assert math.isnan(report.expected_zero_loss)
    assert report.zero_loss_is_right


def test_few_rows_and_features(three_classes):
    """No more rows are learnt than planes can separate, and every class is among them."""
    X, y = three_classes
    report = sanity_check(SVMGDClassifier(), X, y)
    assert report.overfitted_rows == 5
    assert report.passed
    assert sanity_check(SVMGDClassifier(), X, y, n_rows=3).overfitted_rows == 3
    assert sanity_check(SVMGDClassifier(), X[:, :1], y > 0).overfitted_rows == 2


def test_nothing_is_changed(three_classes):
    """The estimator is neither fitted nor altered; strings serve as labels."""
    X, y = three_classes
    clf = SoftmaxGDClassifier(alpha=0.1, dropout=0.2, early_stopping=True)
    before = clf.get_params()
    assert sanity_check(clf, X, np.array(["a", "b", "c"])[y]).passed
    assert clf.get_params() == before
    assert not hasattr(clf, "classes_")


def test_bad_arguments_are_named(three_classes):
    """n_rows below 2 is named; anything but the two classes is refused."""
    with pytest.raises(ValueError, match="n_rows=1"):
        sanity_check(SVMGDClassifier(), *three_classes, n_rows=1)
    with pytest.raises(TypeError, match="WestonWatkins is neither"):
        sanity_check(WestonWatkins(), *three_classes)
