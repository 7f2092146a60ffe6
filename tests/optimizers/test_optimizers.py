"""What holds for every optimizer of the registry."""

import copy

import numpy as np
import pytest

from sklinear_gd.optimizers import OPTIMIZERS, SAGA, AdaGrad, Adam, Momentum, Nesterov, RMSprop

every_optimizer = pytest.mark.parametrize("name", OPTIMIZERS)


def _gradients(steps=20, shape=(3, 2), dtype=np.float64):
    return np.random.default_rng(0).normal(size=(steps, *shape)).astype(dtype)


@every_optimizer
def test_state_is_a_counter_and_arrays_like_params(name):
    """The state holds t, counts and zeros like the parameters: those that the kernel names."""
    rule, params = OPTIMIZERS[name](), np.full((3, 2), -1.0, dtype=np.float32)
    state = rule.init(params)
    assert state["t"] == 0
    arrays = {key: value for key, value in state.items() if isinstance(value, np.ndarray)}
    assert all(value == 0 for key, value in state.items() if key not in arrays)
    assert rule.kernel is None or tuple(arrays) == rule.kernel.state
    for array in arrays.values():
        assert array.shape == params.shape
        assert array.dtype == params.dtype
        assert array.flags.c_contiguous
        assert (array == 0).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@every_optimizer
def test_steps_are_in_place(name, dtype):
    """Parameters and state change in place, keep their dtype; the gradient is not written."""
    rule, params = OPTIMIZERS[name](), np.ones((3, 2), dtype=dtype)
    state = rule.init(params)
    arrays = {key: value for key, value in state.items() if isinstance(value, np.ndarray)}
    start = params.copy()
    for gradient in _gradients(dtype=dtype):
        gradient.flags.writeable = False
        metric = rule.step(params, gradient, state, 0.1)
        rule.extrapolate(params, state)
        if np.ndim(metric):
            assert metric.dtype == dtype
    assert state["t"] == 20
    assert (params != start).all()
    assert params.dtype == dtype
    assert all(state[key] is array and array.dtype == dtype for key, array in arrays.items())


@every_optimizer
def test_state_goes_on_where_it_stopped(name):
    """One object serves many trainings: ten steps and ten more from a copy are twenty."""
    rule, params = OPTIMIZERS[name](), np.ones((3, 2))
    state, other_params = rule.init(params), np.zeros((3, 2))
    other_state = rule.init(other_params)
    for t, gradient in enumerate(_gradients()):
        if t == 10:
            half_params, half_state = params.copy(), copy.deepcopy(state)
        rule.step(params, gradient, state, 0.1)
        rule.extrapolate(params, state)
        rule.step(other_params, -gradient, other_state, 0.3)
        rule.extrapolate(other_params, other_state)
    for gradient in _gradients()[10:]:
        rule.step(half_params, gradient, half_state, 0.1)
        rule.extrapolate(half_params, half_state)
    np.testing.assert_array_equal(half_params, params)


@every_optimizer
def test_padding_stays_zero(name):
    """Coordinates without gradient do not move, and nothing divides by 0."""
    rule, params = OPTIMIZERS[name](), np.zeros((3, 4))
    state = rule.init(params)
    for gradient in _gradients():
        metric = rule.step(params, np.pad(gradient, ((0, 0), (0, 2))), state, 0.1)
        rule.extrapolate(params, state)
        assert np.isfinite(metric).all()
    assert (params[:, 2:] == 0).all()
    assert (params[:, :2] != 0).all()


@every_optimizer
def test_metric_is_the_step_of_a_constant_gradient(name):
    """While the gradient has not changed, a step is exactly the metric times the gradient."""
    rule, params = OPTIMIZERS[name](), np.array([[1.0, -2.0, 0.5]])
    state, gradient = rule.init(params), np.array([[1.0, -3.0, 1e-3]])
    for _ in range(60):
        before = params.copy()
        metric = rule.step(params, gradient, state, 0.1)
        np.testing.assert_allclose(before - params, metric * gradient, rtol=1e-9)


@every_optimizer
def test_gain_is_the_limit_of_the_metric(name):
    """The declared gain is what the metric of a constant gradient of 1 tends to, in rates."""
    rule, params = OPTIMIZERS[name](), np.zeros((1, 1))
    state = rule.init(params)
    for _ in range(3000):
        metric = rule.step(params, np.ones((1, 1)), state, 1.0)
    if name != "adagrad":
        np.testing.assert_allclose(metric, rule.gain, rtol=1e-6)


@every_optimizer
def test_scale_free_rules_ignore_the_scale(name):
    """Gradients a thousand times larger change the steps, except for rules called scale-free."""
    rule = OPTIMIZERS[name]()
    ends = []
    for scale in (1.0, 1000.0):
        params = np.zeros((3, 2))
        state = rule.init(params)
        for gradient in _gradients():
            rule.step(params, scale * gradient, state, 0.1)
            rule.extrapolate(params, state)
        ends.append(params)
    assert np.allclose(*ends, rtol=1e-4) == rule.scale_free


@every_optimizer
def test_kernel_parameters_are_numbers(name):
    """What the compiled twin is told are attributes that convert to floats."""
    rule = OPTIMIZERS[name]()
    assert rule.kernel is None or all(
        np.isfinite(float(getattr(rule, key))) for key in rule.kernel.parameters
    )


@pytest.mark.parametrize(
    ("rule", "parameter", "allowed"),
    [
        (Momentum, "momentum", "[0, 1)"),
        (Nesterov, "momentum", "[0, 1)"),
        (AdaGrad, "epsilon", "(0, inf)"),
        (RMSprop, "decay", "[0, 1)"),
        (RMSprop, "epsilon", "(0, inf)"),
        (Adam, "beta1", "[0, 1)"),
        (Adam, "beta2", "[0, 1)"),
        (Adam, "epsilon", "(0, inf)"),
    ],
)
def test_check_refuses(rule, parameter, allowed):
    """A parameter out of range is named with its value, the range and a cure."""
    for value in (-0.5, np.nan, np.inf, None, "0.9", True, 1.0 if allowed == "[0, 1)" else 0):
        with pytest.raises(ValueError, match=f"{rule.__name__}: {parameter}=") as info:
            rule(**{parameter: value}).check()
        assert f"={value!r} must be a number in {allowed}; choose e.g. " in str(info.value)


@every_optimizer
def test_check_accepts(name):
    """The defaults pass, and so do the lowest values of the range."""
    OPTIMIZERS[name]().check()
    given = OPTIMIZERS[name]().get_params()
    lowest = {key: type(value)(0) for key, value in given.items() if key != "epsilon"}
    OPTIMIZERS[name](**lowest).check()


@pytest.mark.parametrize("parameter", ["epoch_momentum", "dual"])
def test_flags_are_true_or_false(parameter):
    """Anything else is refused, with the parameter and its value."""
    for value in (1, 0.5, None, "no"):
        with pytest.raises(ValueError, match=rf"^SAGA: {parameter}={value!r} must be True or F"):
            SAGA(**{parameter: value}).check()
