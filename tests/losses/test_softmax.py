"""The cross-entropy against hand-computed values and SciPy."""

import numpy as np
import pytest
from scipy.special import expit, log_expit, log_softmax, softmax

from sklinear_gd.losses import SoftmaxCrossEntropy


def test_by_hand():
    """The lecture's cat: probabilities 0.13, 0.87 and 0.00, loss 2.04."""
    scores, y = np.array([[3.2, 5.1, -1.7]]), np.array([0])
    values, d_scores = SoftmaxCrossEntropy().formula(scores, y)
    np.testing.assert_allclose(values, [2.04], atol=0.005)
    np.testing.assert_allclose(d_scores[0], [0.13 - 1, 0.87, 0.00], atol=0.005)


def test_large_scores_by_hand():
    """Scores 123, 456 and 789 cost 666, 333 and 0."""
    scores = np.array([[123.0, 456.0, 789.0]] * 3)
    np.testing.assert_array_equal(
        SoftmaxCrossEntropy().formula(scores, np.arange(3))[0], [666, 333, 0]
    )


@pytest.mark.parametrize("label_smoothing", [0.0, 0.1, 0.7])
@pytest.mark.parametrize("n_scores", [2, 3, 10])
def test_agrees_with_scipy(n_scores, label_smoothing):
    """Values and derivatives are those made from SciPy's softmax and smoothed labels."""
    rng = np.random.default_rng(0)
    scores, y = 5 * rng.normal(size=(50, n_scores)), rng.integers(0, n_scores, size=50)
    target = (1 - label_smoothing) * np.eye(n_scores)[y] + label_smoothing / n_scores
    values, d_scores = SoftmaxCrossEntropy(label_smoothing).formula(scores, y)
    expected = -(target * log_softmax(scores, axis=1)).sum(axis=1)
    np.testing.assert_allclose(values, expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(d_scores, softmax(scores, axis=1) - target, rtol=0, atol=1e-14)


@pytest.mark.parametrize("label_smoothing", [0.0, 0.1, 0.7])
def test_one_column_is_logistic(label_smoothing):
    """With one column it is the logistic loss of the log-odds of class 1."""
    rng = np.random.default_rng(0)
    scores, y = 20 * rng.normal(size=(50, 1)), rng.integers(0, 2, size=50)
    target = (1 - label_smoothing) * y + label_smoothing / 2
    values, d_scores = SoftmaxCrossEntropy(label_smoothing).formula(scores, y)
    s = scores[:, 0]
    expected = -target * log_expit(s) - (1 - target) * log_expit(-s)
    np.testing.assert_allclose(values, expected, rtol=1e-12)
    np.testing.assert_allclose(d_scores[:, 0], expit(s) - target, rtol=0, atol=1e-14)


def test_label_smoothing_keeps_scores_finite():
    """With smoothed labels the best scores are finite: more confidence costs more."""
    loss, y = SoftmaxCrossEntropy(label_smoothing=0.1), np.array([0])
    sure, too_sure = np.array([[4.0, 0.0, 0.0]]), np.array([[40.0, 0.0, 0.0]])
    assert loss.formula(too_sure, y)[0] > loss.formula(sure, y)[0]
    best = np.log([[1 - 0.2 / 3, 0.1 / 3, 0.1 / 3]])
    np.testing.assert_allclose(loss.formula(best, y)[1], 0, atol=1e-15)


@pytest.mark.parametrize("value", [-0.1, 1, 1.0, 2.0, np.nan, None, "0.1", True])
def test_check_refuses(value):
    """A share outside [0, 1) is named with its value and a cure."""
    with pytest.raises(ValueError, match=r"label_smoothing=.* must be a number in \[0, 1\); ch"):
        SoftmaxCrossEntropy(label_smoothing=value).check()


def test_check_accepts():
    """The ends of the range that belong to it pass."""
    SoftmaxCrossEntropy().check()
    SoftmaxCrossEntropy(label_smoothing=0.999).check(3)
