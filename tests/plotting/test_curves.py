"""Training curves, step sizes and losses over the margin: the drawn data."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.inspection import learning_rate_range, numerical_gradient
from sklinear_gd.losses import LOSSES, WestonWatkins
from sklinear_gd.plotting import MarginDisplay, StepSizeDisplay, TrainingCurveDisplay


@pytest.fixture(scope="module")
def models(three_classes):
    """Return a fitted SVM with early stopping in a pipeline, and a softmax without."""
    X, y = three_classes
    svm = SVMGDClassifier(early_stopping=True, max_iter=8, tol=None, random_state=0)
    return {
        "SVM": make_pipeline(StandardScaler(), svm).fit(X, y),
        "softmax": SoftmaxGDClassifier(max_iter=6, tol=None).fit(X, y),
    }


def test_training_curves_are_the_histories(models):
    """Each line is a column of an estimator's history over its epochs, named in the legend."""
    display = TrainingCurveDisplay.from_estimators(models)
    for name, clf in [("SVM", models["SVM"][-1]), ("softmax", models["softmax"])]:
        x, drawn = display.lines_["objective", name].get_data()
        np.testing.assert_array_equal(x, clf.history_["epoch"])
        np.testing.assert_array_equal(drawn, clf.history_["objective"])
    texts = [text.get_text() for text in display.axes_[0].get_legend().get_texts()]
    assert texts == ["SVM", "softmax"]


def test_several_columns_over_seconds(models):
    """One axes a column; a history without the column has no line there."""
    columns = ("objective", "validation_score", "learning_rate")
    display = TrainingCurveDisplay.from_estimators(models, columns=columns, x="seconds")
    assert len(display.axes_) == 3
    assert [ax.get_ylabel() for ax in display.axes_] == [
        "objective F",
        "validation score",
        "learning rate",
    ]
    assert ("validation_score", "softmax") not in display.lines_
    history = models["SVM"][-1].history_
    x, drawn = display.lines_["validation_score", "SVM"].get_data()
    np.testing.assert_array_equal(x, history["seconds"])
    np.testing.assert_array_equal(drawn, history["validation_score"])
    assert len(display.lines_) == 5


def test_given_axes_for_several_columns(models):
    """As many axes as columns are taken, in order."""
    _, axes = plt.subplots(1, 2)
    display = TrainingCurveDisplay.from_estimator(
        models["softmax"], name="mine", columns=("objective", "learning_rate"), ax=axes
    )
    assert list(display.axes_) == list(axes)
    assert display.lines_["learning_rate", "mine"].axes is axes[1]


def test_bad_columns_are_named(models):
    """A column that no history has, another abscissa, an estimator that is not fitted."""
    with pytest.raises(ValueError, match="columns='validation_score' must be one of"):
        TrainingCurveDisplay.from_estimator(models["softmax"], columns="validation_score")
    with pytest.raises(ValueError, match="x='minutes' must be one of 'epoch', 'seconds'"):
        TrainingCurveDisplay.from_estimator(models["softmax"], x="minutes")
    with pytest.raises(NotFittedError):
        TrainingCurveDisplay.from_estimator(SVMGDClassifier())


@pytest.mark.parametrize("fit", [True, False], ids=["fitted", "not fitted"])
def test_one_step_of_each_size(fit, three_classes):
    """The objective after W - rate ∇F for 1e-10 ... 1e-1: first level, then lower, then higher."""
    X, y = three_classes
    clf = SVMGDClassifier(alpha=0.01, max_iter=1, tol=None, random_state=0)
    clf = clf.fit(100 * X, y) if fit else clf
    display = StepSizeDisplay.from_estimator(clf, 100 * X, y)
    rates, drawn = display.line_.get_data()
    np.testing.assert_allclose(rates, 10.0 ** np.arange(-10, 0))
    start = display.start_line_.get_ydata()[0]
    assert start == display.start_value
    assert drawn[0] == pytest.approx(start, rel=1e-4)
    assert drawn.min() < 0.95 * start
    assert drawn[-1] > 1.5 * start
    assert display.best_rate == rates[drawn.argmin()]
    assert display.ax_.get_xscale() == "log"
    if fit:
        assert start == pytest.approx(clf.objective(100 * X, y), rel=1e-12)
        slope = (drawn[0] - start) / 1e-10  # minus the squared length of the gradient
        fewer = StepSizeDisplay.from_estimator(clf, 100 * X, y, rates=[1e-8])
        assert slope == pytest.approx((fewer.values[0] - start) / 1e-8, rel=1e-2)


def test_the_step_follows_the_numerical_gradient(two_classes):
    """The drawn value is F at the weights moved along a gradient by differences."""
    X, y = two_classes
    clf = SoftmaxGDClassifier(max_iter=2, tol=None, alpha=0.3).fit(X, y)
    start = np.append(clf.coef_, clf.intercept_)

    def objective(w):
        clf.coef_, clf.intercept_ = w[None, :-1], w[-1:]
        return clf.objective(X, y)

    expected = objective(start - 0.2 * numerical_gradient(objective, start))
    objective(start)
    display = StepSizeDisplay.from_estimator(clf, X, y, rates=[0.2])
    assert display.values[0] == pytest.approx(expected, rel=1e-8)


@pytest.mark.filterwarnings("ignore:.*no better than class frequencies")
def test_l1_steps_end_with_the_prox(three_classes):
    """With a strong L1 penalty a large step leads to W = 0, not past it."""
    X, y = three_classes
    clf = SoftmaxGDClassifier(
        penalty="l1", alpha=50.0, fit_intercept=False, solver="random_search", max_iter=1
    ).fit(X, y)
    display = StepSizeDisplay.from_estimator(clf, X, y, rates=[1e-4, 1.0])
    assert display.values[1] == pytest.approx(np.log(3))


def test_step_sizes_of_any_function():
    """A function with its gradient serves in place of an estimator."""
    display = StepSizeDisplay.from_function(
        lambda x: float(x @ x), lambda x: 2 * x, [3.0, 4.0], rates=[0.1, 0.5, 1.0, 2.0]
    )
    np.testing.assert_allclose(display.line_.get_ydata(), [16.0, 0.0, 25.0, 225.0])
    assert (display.start_value, display.best_rate) == (25.0, 0.5)
    with pytest.raises(ValueError, match="rates=0 must be"):
        StepSizeDisplay.from_function(lambda x: 0.0, lambda x: x, [1.0], rates=[0])


def test_the_range_test(digits):
    """The smoothed objective over the rates of a range test, with its suggestion marked."""
    found = learning_rate_range(SoftmaxGDClassifier(optimizer="sgd"), *digits, n_updates=60)
    display = StepSizeDisplay.from_range_test(found)
    np.testing.assert_array_equal(display.line_.get_data(), [found.rates, found.smoothed])
    assert display.suggestion_line_.get_xdata()[0] == found.suggestion
    assert display.start_line_ is None


def test_losses_over_the_margin():
    """Each curve is the loss by its textbook formula; all but two bound the 0-1 loss."""
    display = MarginDisplay.from_losses()
    m = display.lines_["hinge"].get_xdata()
    expected = {
        "misclassified": m < 0,
        "hinge": np.maximum(0, 1 - m),
        "squared hinge": np.maximum(0, 1 - m) ** 2,
        "cross-entropy": np.log1p(np.exp(-m)),
        "squared error": (1 - m) ** 2,
    }
    assert list(display.lines_) == list(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(display.lines_[name].get_ydata(), values, atol=1e-12)
    own = MarginDisplay.from_losses({"wide": WestonWatkins(margin=3.0)}, margins=[0.0, 1.0])
    np.testing.assert_array_equal(own.lines_["wide"].get_ydata(), [3.0, 2.0])


@pytest.mark.parametrize("vary", [0, 1, 2])
def test_three_points_on_a_line(vary):
    """L₀, L₁, L₂ of the lectures over one weight, term by term, and their mean."""
    x, w = [1.0, -0.6, 0.4], [0.5, -0.5, 1.0]
    display = MarginDisplay.from_points(x, [0, 1, 2], w, vary=vary)
    for k, value in enumerate(display.lines_["mean"].get_xdata()):
        v = list(w)
        v[vary] = value
        terms = [
            sum(max(0.0, v[j] * x[i] - v[i] * x[i] + 1) for j in range(3) if j != i)
            for i in range(3)
        ]
        drawn = [display.lines_[f"L_{i}"].get_ydata()[k] for i in range(3)]
        np.testing.assert_allclose(drawn, terms, atol=1e-12)
        assert display.lines_["mean"].get_ydata()[k] == pytest.approx(sum(terms) / 3)
    assert display.ax_.get_xlabel() == f"w_{vary}"


def test_the_mean_of_three_points_is_piecewise_linear_and_convex():
    """It bends where a term reaches 0, which is in at most six places, and only upwards."""
    display = MarginDisplay.from_points([1.0, -0.6, 0.4], [0, 1, 2], [0.5, -0.5, 1.0])
    bends = np.diff(display.lines_["mean"].get_ydata(), n=2)
    assert bends.min() > -1e-12
    assert 0 < (bends > 1e-12).sum() <= 2 * 6
    smooth = MarginDisplay.from_points([1.0, -0.6], [0, 1], [0.5, -0.5, 1.0], loss="softmax")
    bends = np.diff(smooth.lines_["mean"].get_ydata(), n=2)
    assert (bends > 1e-12).all()
    with pytest.raises(ValueError, match="vary=3"):
        MarginDisplay.from_points([1.0], [0], [0.0, 0.0, 0.0], vary=3)


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_can_be_drawn(name):
    """A name of the registry serves in place of an object."""
    display = MarginDisplay.from_losses({name: name})
    assert np.isfinite(display.lines_[name].get_ydata()).all()
