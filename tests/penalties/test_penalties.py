"""What holds for every penalty: value, gradient and prox against their definitions."""

import numpy as np
import pytest
from scipy.optimize import minimize

from sklinear_gd.penalties import L1, L2, ElasticNet, GroupLasso, NoPenalty

DEFINITIONS = {
    "none": (NoPenalty(), lambda W: 0.0),
    "l2": (L2(), lambda W: sum(w**2 for w in W.ravel()) / 2),
    "l1": (L1(), lambda W: sum(abs(w) for w in W.ravel())),
    "elasticnet": (
        ElasticNet(l1_ratio=0.3),
        lambda W: sum(0.3 * abs(w) + 0.7 * w**2 / 2 for w in W.ravel()),
    ),
    "group_lasso": (GroupLasso(), lambda W: sum(sum(w**2 for w in row) ** 0.5 for row in W)),
}
PENALTIES = {name: penalty for name, (penalty, _) in DEFINITIONS.items()}
every_penalty = pytest.mark.parametrize("name", PENALTIES)
SHAPES = [(5, 1), (6, 3), (1, 4)]


def _weights(shape=(6, 3), seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def _steps(shape):
    """Return step sizes as optimizers give them: one number, or one for each coordinate."""
    rng = np.random.default_rng(1)
    return [0.0, 0.4, np.full(shape, 0.4), rng.uniform(0.01, 2.0, size=shape)]


def _prox(penalty, W, step):
    V = W.copy()
    assert penalty.prox(V, step) is None
    return V


@every_penalty
def test_value_is_the_definition(name):
    """The value is the plain formula, summed element by element."""
    penalty, definition = DEFINITIONS[name]
    for shape in SHAPES:
        assert penalty.value(_weights(shape)) == pytest.approx(definition(_weights(shape)))
    assert type(penalty.value(_weights())) is float


@every_penalty
def test_values_are_summed_in_float64(name):
    """A million float32 weights lose no digits in the sum."""
    penalty, _ = DEFINITIONS[name]
    W = np.full((500_000, 2), 0.1, dtype=np.float32)
    assert penalty.value(W) == pytest.approx(penalty.value(W.astype(np.float64)), rel=1e-7)


@every_penalty
def test_gradient_is_that_of_the_smooth_part(name):
    """What is added is the strength times the difference quotient of the value less its kinks."""
    penalty, definition = DEFINITIONS[name]
    W, strength = _weights(), 0.7
    out = np.ones_like(W)
    penalty.add_gradient(W, out, strength)
    for j, k in np.ndindex(W.shape):
        shift = np.zeros_like(W)
        shift[j, k] = 1e-6

        def smooth_part(V):
            kinks = definition(V) if name == "group_lasso" else penalty.l1_strength * abs(V).sum()
            return definition(V) - kinks

        slope = (smooth_part(W + shift) - smooth_part(W - shift)) / 2e-6
        assert out[j, k] == pytest.approx(1 + strength * slope, abs=1e-7)


def _is_subgradient(penalty, name, V, g):
    """Return whether g is in the subdifferential of the part with kinks at V."""
    if name == "group_lasso":
        norms = np.linalg.norm(V, axis=1)
        moved = norms > 0
        unit = V[moved] / norms[moved, None]
        resting = np.linalg.norm(g[~moved], axis=1)
        return np.allclose(g[moved], unit, atol=1e-9) and (resting <= 1 + 1e-9).all()
    strength = penalty.l1_strength
    inside = (abs(g) <= strength + 1e-9).all()
    return inside and np.allclose(g[V != 0], strength * np.sign(V[V != 0]), atol=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
@every_penalty
def test_prox_meets_the_optimality_condition(name, shape):
    """At the result V, (W - V) / step is a subgradient of the part with kinks."""
    W = _weights(shape)
    for step in _steps(shape)[1:]:
        V = _prox(PENALTIES[name], W, step)
        assert _is_subgradient(PENALTIES[name], name, V, (W - V) / step)


@pytest.mark.parametrize("shape", SHAPES)
@every_penalty
def test_prox_agrees_with_a_general_minimizer(name, shape):
    """Nothing that a derivative-free search finds has a lower value than the prox."""
    penalty, definition = DEFINITIONS[name]
    W = _weights(shape)[:2]
    step = _steps(W.shape)[3]

    def kinks(V):
        return definition(V) if name == "group_lasso" else penalty.l1_strength * abs(V).sum()

    def cost(v):
        V = v.reshape(W.shape)
        return kinks(V) + np.sum((V - W) ** 2 / (2 * step))

    V = _prox(penalty, W, step)
    found = minimize(cost, W.ravel(), method="Powell", options={"xtol": 1e-9, "ftol": 1e-13})
    assert cost(V.ravel()) <= found.fun + 1e-12
    np.testing.assert_allclose(V.ravel(), found.x, atol=1e-3)


@every_penalty
def test_prox_of_step_zero_changes_nothing(name):
    """With no step there is no shrinking, also where single steps are 0."""
    W = _weights()
    np.testing.assert_array_equal(_prox(PENALTIES[name], W, 0.0), W)
    np.testing.assert_array_equal(_prox(PENALTIES[name], W, np.zeros_like(W)), W)
    step = np.zeros_like(W)
    step[:, 0] = 0.5
    mixed = _prox(PENALTIES[name], W, step)
    np.testing.assert_array_equal(mixed[:, 1:], W[:, 1:])


@pytest.mark.parametrize("name", ["l1", "elasticnet", "group_lasso"])
def test_prox_gives_exact_zeros(name):
    """Small weights become exactly 0, and zeros stay so, for every kind of step."""
    W = _weights()
    W[:3] *= 1e-3
    W[5] = 0
    for step in _steps(W.shape)[1:]:
        V = _prox(PENALTIES[name], W, 10 * np.maximum(step, 0.05))
        assert (V[:3] == 0).all()
        assert (V[5] == 0).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@every_penalty
def test_views_and_dtypes(name, dtype):
    """Everything works in place on part of a wider array, and leaves the rest of it alone."""
    penalty = PENALTIES[name]
    params = np.full((7, 8), 5.0, dtype=dtype)
    W = params[:6, :3]
    W[...] = _weights()
    expected = _prox(penalty, _weights(), 0.4)
    for step in (0.4, np.full((6, 3), 0.4, dtype=dtype)):
        W[...] = _weights()
        penalty.prox(W, step)
        np.testing.assert_allclose(W, expected, rtol=1e-5, atol=1e-6)
    penalty.add_gradient(W, params[:6, 3:6], 0.5)
    assert (params[6] == 5).all()
    assert (params[:, 6:] == 5).all()
    if penalty.smooth:
        np.testing.assert_array_equal(expected, _weights())


@every_penalty
def test_two_numbers_describe_a_separable_penalty(name):
    """A penalty that calls itself separable is l2_strength * L2 + l1_strength * L1."""
    penalty, definition = DEFINITIONS[name]
    assert penalty.separable == (name != "group_lasso")
    if penalty.separable:
        W = _weights()
        mixture = penalty.l2_strength * L2().value(W) + penalty.l1_strength * L1().value(W)
        assert mixture == pytest.approx(definition(W), abs=1e-15)
        out = np.zeros_like(W)
        penalty.add_gradient(W, out, 2.0)
        np.testing.assert_allclose(out, 2.0 * penalty.l2_strength * W, atol=1e-15)
        expected = _prox(L1(), W, penalty.l1_strength * 0.4)
        np.testing.assert_allclose(_prox(penalty, W, 0.4), expected)


@every_penalty
def test_smooth_means_that_the_prox_is_the_identity(name):
    """The flag agrees with what the prox does."""
    W = _weights()
    unchanged = (_prox(PENALTIES[name], W, 0.3) == W).all()
    assert PENALTIES[name].smooth == unchanged
    assert ElasticNet(l1_ratio=0).smooth


@pytest.mark.parametrize("spread", [1.0, 1e3, 1e8, 1e14])
@pytest.mark.parametrize("seed", range(5))
def test_group_lasso_prox_in_any_metric(seed, spread):
    """The norm equation is solved to rounding, however far apart the steps of a row lie."""
    rng = np.random.default_rng(seed)
    W = rng.normal(size=(200, 4)) * np.exp(rng.normal(size=(200, 1)) * 3)
    W[rng.random(W.shape) < 0.2] = 0
    step = spread ** rng.uniform(-1, 0.3, size=W.shape)
    V = _prox(GroupLasso(), W, step)
    r = np.linalg.norm(V, axis=1)
    moved = r > 0
    assert 0 < moved.sum()
    stay_at_zero = np.sum((W / step) ** 2, axis=1) <= 1
    np.testing.assert_array_equal(moved, ~stay_at_zero)
    solved = W[moved] * r[moved, None] / (r[moved, None] + step[moved])
    np.testing.assert_allclose(V[moved], solved, rtol=1e-9)


def test_group_lasso_prox_is_the_same_by_both_ways():
    """Steps that differ by rounding alone give what equal steps give in closed form."""
    W = _weights((50, 3))
    closed = _prox(GroupLasso(), W, 0.8)
    nearly = _prox(GroupLasso(), W, 0.8 * (1 + 1e-14 * _weights((50, 3), seed=2)))
    np.testing.assert_allclose(nearly, closed, atol=1e-12)
    assert (closed == 0).all(axis=1).any()


def test_group_lasso_of_one_column_is_l1():
    """A group of one weight is an absolute value."""
    W = _weights((20, 1))
    step = np.random.default_rng(3).uniform(0.1, 1, size=W.shape)
    assert GroupLasso().value(W) == pytest.approx(L1().value(W))
    np.testing.assert_allclose(_prox(GroupLasso(), W, step), _prox(L1(), W, step), atol=1e-15)


@pytest.mark.parametrize("value", [-0.1, 1.1, np.nan, None, "0.5", True])
def test_check_refuses(value):
    """A share outside [0, 1] is named with its value and a cure."""
    with pytest.raises(ValueError, match=r"ElasticNet: l1_ratio=.* in \[0, 1\]; choose e.g. 0.15"):
        ElasticNet(l1_ratio=value).check()


@every_penalty
def test_check_accepts(name):
    """The penalties of this file pass their check, and so do the ends of the range."""
    PENALTIES[name].check()
    ElasticNet(l1_ratio=0).check()
    ElasticNet(l1_ratio=1).check()
