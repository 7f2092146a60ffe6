"""The convex conjugates of the penalties, with and without a ball for each class's weights."""

import numpy as np
import pytest

from sklinear_gd.penalties import L1, L2, ElasticNet, GroupLasso, NoPenalty, Penalty

PENALTIES = {
    "none": NoPenalty(),
    "l2": L2(),
    "l1": L1(),
    "elasticnet": ElasticNet(l1_ratio=0.3),
    "elasticnet, l1 only": ElasticNet(l1_ratio=1.0),
    "group_lasso": GroupLasso(),
}
every_penalty = pytest.mark.parametrize("penalty", PENALTIES.values(), ids=PENALTIES)
STRENGTH = 0.7


def _pull(seed=0, size=1.0):
    return size * np.random.default_rng(seed).normal(size=(5, 3))


def _in_ball(W, radius):
    return W / np.maximum(1, np.linalg.norm(W, axis=0) / radius)


def _ascend(penalty, V, radius, steps=4000):
    """Return the largest <V, W> - alpha R(W) that proximal ascent in the ball finds."""
    W = np.zeros_like(V)
    for _ in range(steps):
        slope = V.copy()
        penalty.add_gradient(W, slope, -STRENGTH)
        W = W + 0.2 * slope
        penalty.prox(W, 0.2 * STRENGTH)
        W = _in_ball(W, radius)
    return np.vdot(V, W) - STRENGTH * penalty.value(W)


@pytest.mark.parametrize("radius", [np.inf, 1.3])
@every_penalty
def test_no_weights_beat_the_conjugate(penalty, radius):
    """<V, W> - alpha R(W) is at most the conjugate of V, whatever W in the ball."""
    for size in (0.1, 1.0, 3.0):
        conjugate = penalty.conjugate(_pull(size=size), STRENGTH, radius)
        for seed in range(20):
            W = _in_ball(_pull(seed, size=0.1 + seed), radius)
            reached = np.vdot(_pull(size=size), W) - STRENGTH * penalty.value(W)
            assert reached <= conjugate + 1e-12


@pytest.mark.parametrize("radius", [np.inf, 1.3])
@every_penalty
def test_the_conjugate_is_reached(penalty, radius):
    """Where the conjugate is finite a search over W comes as near to it as one likes."""
    for size in (0.1, 1.0):
        V = _pull(size=size)
        conjugate = penalty.conjugate(V, STRENGTH, radius)
        if np.isfinite(conjugate):
            assert _ascend(penalty, V, radius) == pytest.approx(conjugate, rel=1e-6, abs=1e-9)


def test_infinite_out_of_the_domain():
    """L1 bounds the largest element, the group lasso the longest row, no penalty everything."""
    V = np.array([[3.0, 4.0], [0.0, 0.0]])
    for penalty, norm in [(L1(), 4.0), (GroupLasso(), 5.0)]:
        assert penalty.conjugate(V, norm) == 0
        assert penalty.conjugate(V, 0.999 * norm) == np.inf
    assert NoPenalty().conjugate(V, 1.0) == np.inf
    assert L2().conjugate(V, 0.0) == np.inf
    for penalty in PENALTIES.values():
        assert penalty.conjugate(np.zeros((2, 2)), 0.0) == 0


@every_penalty
def test_the_argument_is_not_written(penalty):
    """V is left as it was."""
    V = _pull()
    V.flags.writeable = False
    penalty.conjugate(V, STRENGTH)


@every_penalty
def test_another_definition_has_no_conjugate(penalty):
    """A subclass that redefines the penalty loses the conjugate, unless it defines its own."""

    class Doubled(type(penalty)):
        def value(self, W):
            return 2 * super().value(W)

    class Known(Doubled):
        def conjugate(self, V, strength, radius=np.inf):
            return penalty.conjugate(V, 2 * strength, radius)

    zeros = np.zeros((2, 2))
    assert np.isnan(Doubled().conjugate(zeros, 1.0))
    assert Known().conjugate(zeros, 1.0) == 0


def test_no_conjugate_by_default():
    """A penalty of one's own has the conjugate NaN."""

    class NonNegative(Penalty):
        def value(self, W):
            return 0.0

        def prox(self, W, step):
            np.maximum(W, 0, out=W)

    assert np.isnan(NonNegative().conjugate(np.zeros((2, 2)), 1.0))
