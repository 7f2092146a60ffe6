"""Derivatives by differences: against calculus, and what they cost."""

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der

from sklinear_gd.inspection import directional_derivative, numerical_gradient


def cubic(x):
    """The lectures' x₁³ + 5 x₁ x₂ - 3 x₂ x₃²."""
    return x[0] ** 3 + 5 * x[0] * x[1] - 3 * x[1] * x[2] ** 2


def cubic_gradient(x):
    """Its gradient by calculus."""
    return np.array([3 * x[0] ** 2 + 5 * x[1], 5 * x[0] - 3 * x[2] ** 2, -6 * x[1] * x[2]])


@pytest.mark.parametrize("scheme", ["centered", "forward"])
@pytest.mark.parametrize(("f", "gradient"), [(cubic, cubic_gradient), (rosen, rosen_der)])
def test_gradient_of_functions_with_known_gradients(f, gradient, scheme):
    """It is the gradient of calculus, centered to 1e-9 and forward to some h."""
    for x in np.random.default_rng(0).normal(size=(5, 3)):
        tolerance = 1e-7 if scheme == "centered" else 1e-2
        np.testing.assert_allclose(
            numerical_gradient(f, x, scheme=scheme), gradient(x), rtol=tolerance, atol=tolerance
        )


def test_errors_shrink_with_the_order_of_the_scheme():
    """A tenth of h has a tenth of the error forward and a hundredth centered."""
    x, exact = np.array([0.7, -1.2, 0.4]), None
    exact = cubic_gradient(x)

    def error(scheme, h):
        return np.abs(numerical_gradient(cubic, x, h, scheme) - exact).max()

    assert error("forward", 1e-3) / error("forward", 1e-4) == pytest.approx(10, rel=0.05)
    assert error("centered", 1e-2) / error("centered", 1e-3) == pytest.approx(100, rel=0.05)


@pytest.mark.parametrize(("scheme", "evaluations"), [("centered", 24), ("forward", 13)])
def test_the_number_of_evaluations(scheme, evaluations):
    """Centered takes two for each element, forward one and one more: 30,731 of 30,730 weights."""
    calls = []
    numerical_gradient(lambda x: calls.append(1) or x.sum(), np.zeros((3, 4)), scheme=scheme)
    assert len(calls) == evaluations


@pytest.mark.parametrize("shape", [(), (1,), (4,), (2, 3), (2, 1, 2), (0,)])
def test_any_shape(shape):
    """The gradient has the shape of x, float64, and x stays as it was."""
    x = np.arange(np.prod(shape, dtype=int)).reshape(shape)  # integers
    x.flags.writeable = False
    gradient = numerical_gradient(lambda v: np.sum(v**2), x)
    assert gradient.shape == shape
    assert gradient.dtype == np.float64
    np.testing.assert_allclose(gradient, 2 * x, atol=1e-8)


def test_a_function_that_writes_does_no_harm():
    """What f does to its argument does not reach the next evaluation."""

    def vandal(x):
        value = cubic(x)
        x[:] = np.nan
        return value

    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(numerical_gradient(vandal, x), cubic_gradient(x), rtol=1e-8)
    assert x.tolist() == [1.0, 2.0, 3.0]


def test_directional_derivative_is_u_times_the_gradient():
    """The slope along u is uᵀ∇f, whatever the length of the direction; steepest along ∇f."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=3)
    gradient = cubic_gradient(x)
    slopes = []
    for direction in rng.normal(size=(20, 3)):
        unit = direction / np.linalg.norm(direction)
        slope = directional_derivative(cubic, x, 7 * direction)
        assert slope == pytest.approx(unit @ gradient, rel=1e-7, abs=1e-8)
        slopes.append(slope)
    steepest = directional_derivative(cubic, x, gradient)
    assert steepest == pytest.approx(np.linalg.norm(gradient), rel=1e-8)
    assert steepest > max(slopes)


def test_directional_derivative_takes_two_evaluations():
    """However many elements x has."""
    calls = []
    directional_derivative(lambda x: calls.append(1) or x.sum(), np.zeros(50), np.ones(50))
    assert len(calls) == 2


BAD = [
    ({"h": 0}, "h=0 must be a number in"),
    ({"h": float("nan")}, "h=nan"),
    ({"scheme": "backward"}, "scheme='backward'.*'centered', 'forward'"),
]


@pytest.mark.parametrize(("settings", "named"), BAD, ids=str)
def test_bad_settings_are_named(settings, named):
    """A bad setting is named with its value, in both functions."""
    with pytest.raises(ValueError, match=named):
        numerical_gradient(cubic, np.ones(3), **settings)
    with pytest.raises(ValueError, match=named):
        directional_derivative(cubic, np.ones(3), np.ones(3), **settings)


def test_what_is_no_function_of_an_array_is_named():
    """A vector in place of a number, a direction of another shape or of length 0."""
    with pytest.raises(ValueError, match=r"f must return a number.*\(3,\)"):
        numerical_gradient(lambda x: x, np.ones(3))
    with pytest.raises(ValueError, match=r"direction has the shape \(2,\) and x \(3,\)"):
        directional_derivative(cubic, np.ones(3), np.ones(2))
    with pytest.raises(ValueError, match=r"length 0\.0"):
        directional_derivative(cubic, np.ones(3), np.zeros(3))
