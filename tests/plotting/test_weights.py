"""Class templates: every weight where its pixel is."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.plotting import WeightsDisplay


def fitted(n_features, n_classes, **parameters):
    """Return a classifier fitted on random rows of so many features."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, n_features)), np.arange(40) % n_classes
    return SoftmaxGDClassifier(max_iter=3, tol=None, **parameters).fit(X, y)


@pytest.mark.parametrize("shape", [(3, 4), (4, 3), (1, 12), (12, 1)])
def test_grey_images_of_any_shape(shape):
    """Row k of coef_ becomes image k, on one scale with 0 in the middle."""
    clf = fitted(12, 4)
    display = WeightsDisplay.from_estimator(clf, shape)
    largest = np.abs(clf.coef_).max()
    for k, image in enumerate(display.images_):
        np.testing.assert_array_equal(image.get_array(), clf.coef_[k].reshape(shape))
        assert image.get_clim() == (-largest, largest)
        assert display.axes_[k].get_title() == str(k)
    assert len(display.images_) == len(display.axes_) == 4


def test_colours_last_and_first():
    """Both orders of colours put each weight at its pixel; 0 is mid-grey."""
    clf = fitted(2 * 5 * 3, 3)
    largest = np.abs(clf.coef_).max()
    last = WeightsDisplay.from_estimator(clf, (2, 5, 3))
    first = WeightsDisplay.from_estimator(clf, (3, 2, 5))
    for k in range(3):
        expected = 0.5 + clf.coef_[k].reshape(2, 5, 3) / (2 * largest)
        np.testing.assert_allclose(last.images_[k].get_array(), expected)
        planes = clf.coef_[k].reshape(3, 2, 5)
        for colour in range(3):
            drawn = first.images_[k].get_array()[:, :, colour]
            np.testing.assert_allclose(drawn, 0.5 + planes[colour] / (2 * largest))
        assert 0 <= first.images_[k].get_array().min() <= first.images_[k].get_array().max() <= 1


def test_two_classes_have_one_template():
    """It is that of the second class."""
    display = WeightsDisplay.from_estimator(fitted(4, 2), (2, 2), class_names=["no", "yes"])
    assert [ax.get_title() for ax in display.axes_] == ["yes"]


def test_pipelines_sparse_weights_and_other_classifiers(three_classes):
    """Of a pipeline the last step is drawn; sparse coef_ and scikit-learn's classifiers serve."""
    X, y = three_classes
    pipeline = make_pipeline(StandardScaler(), SVMGDClassifier(max_iter=3, tol=None)).fit(X, y)
    display = WeightsDisplay.from_estimator(pipeline, (2, 2))
    np.testing.assert_array_equal(display.templates, pipeline[-1].coef_.reshape(3, 2, 2))
    pipeline[-1].sparsify()
    again = WeightsDisplay.from_estimator(pipeline, (2, 2))
    np.testing.assert_array_equal(again.templates, display.templates)
    other = WeightsDisplay.from_estimator(LogisticRegression().fit(X, y), (2, 2))
    assert other.templates.shape == (3, 2, 2)


def test_weights_of_zero_are_drawn():
    """A model of zeros is an even picture, not a division by zero."""
    clf = fitted(12, 3)
    clf.coef_ = np.zeros_like(clf.coef_)
    for shape in ((3, 4), (2, 2, 3)):
        display = WeightsDisplay.from_estimator(clf, shape)
        display.figure_.canvas.draw()
        assert np.ptp(display.images_[0].get_array()) == 0


def test_new_axes_stand_in_rows():
    """Seven classes stand in two rows of five and two, without an empty frame."""
    display = WeightsDisplay.from_estimator(fitted(4, 7), (2, 2))
    assert len(display.figure_.axes) == 7
    _, axes = plt.subplots(2, 4)
    display.plot(ax=axes)
    assert list(display.axes_) == list(axes.ravel()[:7])


def test_shapes_that_do_not_fit_are_named():
    """Another number of pixels or names than there are weights or classes."""
    clf = fitted(12, 3)
    for shape in [(3, 3), (12,), (2, 2, 4), (2, 6, 1), (3, 4, 3)]:
        with pytest.raises(ValueError, match=r"image_shape=.*12 values"):
            WeightsDisplay.from_estimator(clf, shape)
    with pytest.raises(ValueError, match="class_names has 2 names and the estimator 3"):
        WeightsDisplay.from_estimator(clf, (3, 4), class_names=["a", "b"])
