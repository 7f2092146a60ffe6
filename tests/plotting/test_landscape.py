"""Rays, planes and paths: what is drawn are values of the objective at the places it says."""

import numpy as np
import pytest
from scipy.optimize import minimize

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier
from sklinear_gd.optimizers import GradientDescent
from sklinear_gd.plotting import LossLandscapeDisplay


@pytest.fixture(scope="module")
def svm(three_classes):
    """Return a fitted SVM."""
    X, y = three_classes
    return SVMGDClassifier(alpha=0.1, max_iter=20, tol=None, random_state=0).fit(X, y)


@pytest.fixture(scope="module")
def path(three_classes):
    """Return the models of ten epochs, as (coef, intercept), and the last estimator."""
    X, y = three_classes
    clf = SoftmaxGDClassifier(
        warm_start=True, max_iter=1, tol=None, optimizer="sgd", learning_rate=0.5, random_state=0
    )
    models = []
    for _ in range(10):
        clf.fit(X, y)
        models.append((clf.coef_.copy(), clf.intercept_.copy()))
    return models, clf


def objective_at(clf, X, y, coef, intercept):
    """Return F of an estimator with other weights."""
    other = type(clf)(**clf.get_params()).set_params(max_iter=1, tol=None).fit(X, y)
    other.coef_, other.intercept_ = coef, intercept
    return other.objective(X, y)


def test_ray_of_a_given_direction(svm, three_classes):
    """The curve is F(W + a W₁), b moved only where the direction says so."""
    X, y = three_classes
    direction = np.random.default_rng(0).normal(size=(3, 4))
    display = LossLandscapeDisplay.from_estimator(
        svm, X, y, directions=[direction], extent=2.0, n_points=5
    )
    a, drawn = display.line_.get_data()
    np.testing.assert_array_equal(a, [-2, -1, 0, 1, 2])
    expected = [objective_at(svm, X, y, svm.coef_ + k * direction, svm.intercept_) for k in a]
    np.testing.assert_allclose(drawn, expected, rtol=1e-12)
    shift = np.array([1.0, 0.0, -1.0])
    display = LossLandscapeDisplay.from_estimator(
        svm, X, y, directions=[(direction, shift)], extent=2.0, n_points=2
    )
    expected = [
        objective_at(svm, X, y, svm.coef_ + k * direction, svm.intercept_ + k * shift)
        for k in (-2, 2)
    ]
    np.testing.assert_allclose(display.line_.get_ydata(), expected, rtol=1e-12)


def test_plane_of_given_directions(svm, three_classes):
    """The contours are of F(W + a W₁ + b W₂), a to the right and b upwards."""
    X, y = three_classes
    first, second = np.random.default_rng(0).normal(size=(2, 3, 4))
    display = LossLandscapeDisplay.from_estimator(
        svm, X, y, directions=[first, second], extent=1.0, n_points=3
    )
    for row, b in enumerate([-1, 0, 1]):
        for column, a in enumerate([-1, 0, 1]):
            coef = svm.coef_ + a * first + b * second
            expected = objective_at(svm, X, y, coef, svm.intercept_)
            assert display.values[row, column] == pytest.approx(expected, rel=1e-12)
    assert display.contour_.levels[0] <= display.values.min()
    assert display.contour_.levels[-1] >= display.values.max()
    assert display.contour_.get_cmap().name == "RdYlBu_r"  # blue is low
    assert display.ax_.get_xlim() == (-1, 1)
    assert len(display.figure_.axes) == 2  # the colour bar


def test_one_example_is_piecewise_linear_and_many_are_a_bowl(three_classes):
    """Along a ray one example's hinge bends in few places, ninety in many; both are convex."""
    X, y = three_classes
    settings = {"directions": 1, "extent": 3.0, "n_points": 301}
    bends = []
    for rows in ([4], None):
        clf = SVMGDClassifier(alpha=0)
        display = LossLandscapeDisplay.from_estimator(clf, X, y, rows=rows, **settings)
        second = np.diff(display.line_.get_ydata(), n=2)
        assert second.min() > -1e-9
        bends.append(int((second > 1e-9).sum()))
    assert bends[0] <= 2 * 2  # two hinges, each kink between two points
    assert bends[1] > 40


def test_random_directions_move_the_scores_by_about_one(three_classes):
    """Whatever the scale of the features, a = 1 means scores of size 1."""
    X, y = three_classes
    displays = [
        LossLandscapeDisplay.from_estimator(
            SVMGDClassifier(alpha=0, fit_intercept=False), factor * X, y, directions=1
        )
        for factor in (1.0, 1000.0)
    ]
    np.testing.assert_allclose(displays[0].values, displays[1].values, rtol=1e-9)
    assert 1 < displays[0].values.max() < 30


def test_the_path_is_projected(path, three_classes):
    """Its points are those of the plane that are nearest; it ends at the model, in the middle."""
    models, clf = path
    X, y = three_classes
    display = LossLandscapeDisplay.from_estimator(
        clf, X, y, path=models, directions="path", n_points=5
    )
    drawn = display.path_line_.get_xydata()
    np.testing.assert_array_equal(drawn, display.path)
    assert drawn.shape == (10, 2)
    np.testing.assert_allclose(drawn[-1], 0, atol=1e-9)
    flat = np.array([np.concatenate([coef.T.ravel(), b]) for coef, b in models])
    offsets = flat - flat[-1]
    lengths = np.linalg.norm(offsets, axis=1)
    assert (np.linalg.norm(drawn, axis=1) <= lengths + 1e-12).all()
    # The two directions hold as much of the path as any two can: its best approximation of rank 2.
    left = np.linalg.svd(offsets, compute_uv=False)[2:]
    missing = np.sum(lengths**2) - np.sum(drawn**2)
    assert missing == pytest.approx(np.sum(left**2), rel=1e-6, abs=1e-9)
    expected = [objective_at(clf, X, y, coef, b) for coef, b in models]
    np.testing.assert_allclose(display.path_values, expected, rtol=1e-12)
    assert abs(drawn).max(axis=0)[0] < display.ax_.get_xlim()[1]


def test_path_on_a_ray(path, three_classes):
    """On a ray the path is drawn at its true objective, above or on the curve."""
    models, clf = path
    display = LossLandscapeDisplay.from_estimator(
        clf, *three_classes, path=models, directions=[models[0]]
    )
    a, values = display.path_line_.get_data()
    assert len(a) == 10
    np.testing.assert_array_equal(values, display.path_values)


def test_estimators_serve_as_points_of_a_path(path, three_classes):
    """A path may be of fitted estimators in place of pairs."""
    _, clf = path
    display = LossLandscapeDisplay.from_estimator(
        clf, *three_classes, path=[clf, clf], directions=1, n_points=3
    )
    np.testing.assert_allclose(display.path, 0, atol=1e-9)


def test_any_function_with_its_descent():
    """from_function draws the function itself, and the path of a GradientDescent on it."""

    def saddle(x):
        return x[0] ** 2 - x[1] ** 2

    found = minimize(
        saddle,
        [1.0, 1e-3],
        jac=lambda x: np.array([2 * x[0], -2 * x[1]]),
        method=GradientDescent(learning_rate=0.1),
        options={"maxiter": 20},
    )
    display = LossLandscapeDisplay.from_function(
        saddle, [0, 0], directions=[[1, 0], [0, 1]], extent=2.0, n_points=9, path=found.path
    )
    a, b = np.meshgrid(display.a, display.b)
    np.testing.assert_allclose(display.values, a**2 - b**2, atol=1e-12)
    np.testing.assert_allclose(display.path_line_.get_xydata(), found.path, atol=1e-12)
    np.testing.assert_allclose(display.path_values, found.path_fun, atol=1e-12)
    drawn = LossLandscapeDisplay.from_function(saddle, [0, 0], directions=1, n_points=3)
    assert display.path_line_.get_label() == "path"
    assert drawn.path_line_ is None


BAD = [
    ({"directions": 3}, "directions must be 1, 2, 'path'"),
    ({"directions": "random"}, "directions must be"),
    ({"directions": []}, "directions must be"),
    ({"directions": "path"}, "directions='path' needs a path"),
    ({"directions": [np.ones((4, 3))]}, r"\(4, 3\) were given.*\(3, 4\)"),
    ({"n_points": 1}, "n_points=1"),
    ({"extent": -1.0}, r"extent=-1\.0"),
]


@pytest.mark.parametrize(("settings", "named"), BAD, ids=lambda value: str(value)[:30])
def test_bad_settings_are_named(settings, named, svm, three_classes):
    """A bad setting is named with what is allowed."""
    with pytest.raises(ValueError, match=named):
        LossLandscapeDisplay.from_estimator(svm, *three_classes, **settings)
