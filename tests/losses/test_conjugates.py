"""The convex conjugates of the losses, and the derivatives that an intercept asks for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from sklinear_gd.losses import LOSSES, CrammerSinger, Hinge, Loss, OneVsRest, SoftmaxCrossEntropy

HINGES = [{}, {"margin": 2.5}, {"squared": True}, {"smoothing": 0.5}]
OTHERS = {
    "softmax": [{}, {"label_smoothing": 0.1}, {"label_smoothing": 0.9}],
    "squared_error": [{}],
}


def _variants():
    for name, loss in LOSSES.items():
        for parameters in HINGES if issubclass(loss, Hinge) else OTHERS[name]:
            yield pytest.param(loss(**parameters), id=f"{name}-{parameters}")
    yield pytest.param(CrammerSinger(squared=True, smoothing=0.5), id="crammer_singer-both")


every_loss = pytest.mark.parametrize("loss", list(_variants()))
every_width = pytest.mark.parametrize("n_scores", [1, 2, 3, 6])


def _sample(n_scores, n_samples=60, scale=2.0, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, max(n_scores, 2), size=n_samples).astype(np.int32)
    return scale * rng.normal(size=(n_samples, n_scores)), y


def _derivatives(loss, n_scores, seed=0, smoothed=False):
    """Return derivatives at random scores, means of two, and their classes."""
    loss = loss.smoothed(0.7) if smoothed else loss
    (one, y), (two, _) = (_sample(n_scores, scale=1.5, seed=seed + k) for k in range(2))
    one, two = loss.formula(one, y)[1], loss.formula(two, y)[1]
    return np.vstack([one, 0.3 * one + 0.7 * two]), np.concatenate([y, y])


@every_width
@every_loss
def test_no_scores_beat_the_conjugate(loss, n_scores):
    """<d, s> - L(s) is at most L*(d), whatever the scores, and reaches it where d is L'(s)."""
    d_scores, y = _derivatives(loss, n_scores)
    conjugate = loss.conjugate(d_scores, y)
    for seed in range(5):
        scores = _sample(n_scores, n_samples=len(y), scale=4.0, seed=10 + seed)[0]
        reached = np.sum(d_scores * scores, axis=1) - loss.formula(scores, y)[0]
        assert (reached <= conjugate + 1e-10).all()
    scores, y = _sample(n_scores)
    values, d_scores = loss.formula(scores, y)
    reached = np.sum(d_scores * scores, axis=1) - values
    np.testing.assert_allclose(loss.conjugate(d_scores, y), reached, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("n_scores", [1, 3])
@every_loss
def test_the_conjugate_is_no_larger_than_it_must_be(loss, n_scores):
    """A numerical search over the scores comes near the conjugate of means of derivatives."""
    d_scores, y = _derivatives(loss, n_scores)
    conjugate = loss.conjugate(d_scores, y)
    for row in range(60, 120, 12):
        d, label = d_scores[row], y[row : row + 1]

        def cost(s, d=d, label=label):
            return loss.formula(s[None], label)[0][0] - d @ s

        starts = np.random.default_rng(row).normal(size=(4, n_scores))
        options = {"maxiter": 4000, "xatol": 1e-9, "fatol": 1e-12}
        found = min(
            minimize(cost, start, method="Nelder-Mead", options=options).fun for start in starts
        )
        assert -found == pytest.approx(conjugate[row], abs=2e-3)


@every_width
@every_loss
def test_smoothing_stays_in_the_domain(loss, n_scores):
    """The derivatives of the smoothed loss are in the domain of the loss's own conjugate."""
    d_scores, y = _derivatives(loss, n_scores, smoothed=True)
    assert np.isfinite(loss.conjugate(d_scores, y)).all()


PLAIN = [p for p in _variants() if isinstance(p.values[0], Hinge) and p.id.endswith(("{}", "2.5}"))]


@every_width
@pytest.mark.parametrize("loss", PLAIN)
def test_the_prox_of_the_conjugate_is_where_the_step_leads(loss, n_scores):
    """d is a derivative at the scores less q (d - m): Fenchel's inequality is tight there."""
    before, y = _derivatives(loss, n_scores, smoothed=True)
    scores = _sample(n_scores, n_samples=len(y), seed=5)[0]
    widths = np.exp(3 * np.random.default_rng(0).normal(size=len(y)))
    d_scores = loss.conjugate_prox(before, scores, y, widths)
    scores = scores - widths[:, None] * (d_scores - before)
    product = np.sum(d_scores * scores, axis=1)
    missing = loss.formula(scores, y)[0] + loss.conjugate(d_scores, y) - product
    np.testing.assert_allclose(missing, 0, atol=1e-9)


@every_loss
def test_only_plain_hinges_have_such_a_prox(loss):
    """The others say None, and so does a loss of one's own that inherits from a hinge."""
    arrays = np.zeros((1, 3)), np.zeros((1, 3)), np.zeros(1, dtype=np.int32), np.ones(1)
    is_plain = isinstance(loss, Hinge) and not (loss.squared or loss.smoothing)
    assert (loss.conjugate_prox(*arrays) is not None) == is_plain

    class Own(type(loss)):
        def formula(self, scores, y, xp=np):
            return super().formula(scores, y, xp)

    assert Own(**loss.get_params()).conjugate_prox(*arrays) is None


BOUNDED = [p for p in _variants() if "squared_error" not in p.id]  # its conjugate has no ends


@every_width
@pytest.mark.parametrize("loss", BOUNDED)
def test_feasible_is_in_the_domain_and_near(loss, n_scores):
    """What is outside is brought in, rounding of float32 moves by no more, and the rest stays."""
    d_scores, y = _derivatives(loss, n_scores)
    far = d_scores + np.random.default_rng(7).normal(size=d_scores.shape)
    assert np.isinf(loss.conjugate(far, y)).any()
    assert np.isfinite(loss.conjugate(loss.feasible(far, y), y)).all()
    np.testing.assert_allclose(loss.feasible(d_scores, y), d_scores, atol=1e-12)
    rounded = d_scores.astype(np.float32).astype(np.float64)
    inside = loss.feasible(rounded, y)
    np.testing.assert_allclose(inside, d_scores, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        loss.conjugate(inside, y), loss.conjugate(d_scores, y), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("loss", BOUNDED)
def test_infinite_out_of_the_domain(loss):
    """No derivative pulls a wrong class down; most sum to 0, or have a largest size."""
    y = np.zeros(1, dtype=np.int32)
    # Smoothed labels leave up to 0.9 / 3 for a pull on a wrong class.
    assert loss.conjugate(np.array([[0.4, -0.4, 0.0]]), y)[0] == np.inf
    assert loss.conjugate(np.array([[0.4]]), y + 1)[0] == (
        pytest.approx(loss.conjugate(np.array([[-0.4]]), y)[0])
    )
    if not getattr(loss, "squared", False):
        assert loss.conjugate(np.array([[-1.5, 1.5, 0.0]]), y)[0] == np.inf
        assert loss.conjugate(np.array([[1.5]]), y)[0] == np.inf
    if not isinstance(loss, OneVsRest):
        assert loss.conjugate(np.array([[-0.1, 0.2, 0.0]]), y)[0] == np.inf


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@every_width
@every_loss
def test_dtype_and_shape(loss, n_scores, dtype):
    """There is one value a sample, in the dtype of the derivatives."""
    d_scores, y = _derivatives(loss, n_scores)
    values = loss.conjugate(0.9 * d_scores, y)
    found = loss.conjugate((0.9 * d_scores).astype(dtype), y)
    assert found.dtype == dtype
    assert found.shape == y.shape
    if dtype == np.float64:
        np.testing.assert_array_equal(found, values)


@every_width
@every_loss
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), rows=st.integers(20, 60))
def test_balanced_derivatives(loss, n_scores, seed, rows):
    """Balanced rows have the mean 0 and are in the domain, for plain and smoothed derivatives."""
    d_scores, y = (part[:rows] for part in _derivatives(loss, n_scores, seed, smoothed=True))
    weights = np.random.default_rng(seed).exponential(size=rows)
    weights /= weights.sum()
    shares = np.bincount(y, weights=weights, minlength=max(2, n_scores))
    offsets, ratio = loss.balance(weights @ d_scores, shares)
    assert offsets.shape == (max(2, n_scores), n_scores)
    if np.isfinite(ratio):
        balanced = (d_scores + offsets[y]) / (1 + ratio)
        np.testing.assert_allclose(weights @ balanced, 0, atol=1e-14)
        assert np.isfinite(loss.conjugate(balanced, y)).all()
    else:
        assert (shares == 0).any()


@every_loss
def test_nothing_to_balance_changes_nothing(loss):
    """Derivatives of mean 0 stay what they are; nearly so if the mean is nearly 0."""
    for n_scores, shares in [(1, np.array([0.3, 0.7])), (3, np.array([0.2, 0.5, 0.3]))]:
        offsets, ratio = loss.balance(np.zeros(n_scores), shares)
        assert ratio == 0
        assert not offsets.any()
        small = 1e-9 * np.arange(n_scores) - 1e-9 * (n_scores - 1) / 2
        offsets, ratio = loss.balance(small if n_scores > 1 else np.array([1e-9]), shares)
        assert 0 <= ratio <= 1e-7
        assert 0 < abs(offsets).max() <= 1e-7


def test_a_class_without_rows_cannot_give():
    """An excess in the column of a class without rows cannot be balanced, and it is said."""
    excess, shares = np.array([-0.1, 0.1, 0.0]), np.array([0.5, 0.0, 0.5])
    for name in ("weston_watkins", "crammer_singer", "ovr", "softmax"):
        assert LOSSES[name]().balance(excess, shares)[1] == np.inf
    # With smoothed labels every class has a share of the targets; a squared error takes anything.
    assert LOSSES["squared_error"]().balance(excess, shares)[1] == 0
    assert np.isfinite(SoftmaxCrossEntropy(label_smoothing=0.1).balance(excess, shares)[1])


@every_loss
def test_another_formula_has_no_conjugate(loss):
    """A subclass that redefines the loss loses the conjugate, unless it defines its own."""

    class Doubled(type(loss)):
        def formula(self, scores, y, xp=np):
            values, d_scores = super().formula(scores, y, xp)
            return 2 * values, 2 * d_scores

    class Known(Doubled):
        def conjugate(self, d_scores, y, xp=np):
            return 2 * loss.conjugate(d_scores / 2, y, xp)

    d_scores, y = loss.formula(*_sample(3))[1], _sample(3)[1]
    assert np.isnan(Doubled(**loss.get_params()).conjugate(d_scores, y)).all()
    assert np.isfinite(Known(**loss.get_params()).conjugate(2 * d_scores, y)).all()


def test_no_conjugate_by_default():
    """A loss of one's own has the conjugate NaN and nothing to balance with."""

    class Absolute(Loss):
        def formula(self, scores, y, xp=np):
            return xp.sum(xp.abs(scores), axis=1), xp.sign(scores)

    assert np.isnan(Absolute().conjugate(np.zeros((2, 3)), np.zeros(2))).all()
    assert np.isnan(Absolute().balance(np.zeros(3), np.ones(3) / 3)[1])

    class Cubic(OneVsRest):
        def phi(self, z, xp=np):
            violation = xp.where(z < 0, 0.0, z)
            return violation**3, 3 * violation**2

    assert np.isnan(Cubic().conjugate(np.zeros((2, 3)), np.zeros(2))).all()


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("name", ["weston_watkins", "crammer_singer", "ovr"])
def test_a_smoothing_about_derivatives_keeps_them(name, n_classes):
    """Where a smoothed hinge has derivatives d at a kink, the one about d has them right there."""
    loss, width = LOSSES[name](), 0.2
    rng = np.random.default_rng(0)
    n_scores = 1 if n_classes == 2 else n_classes
    y = rng.integers(0, n_classes, size=200).astype(np.int32)
    scores = rng.normal(size=(200, n_scores))
    d_scores = loss.smoothed(width).formula(scores, y)[1]
    # The kinks: the violations whose slopes are neither 0 nor 1 are moved back to 0.
    for narrow in (width, 0.01 * width):
        shifts = loss.shifts(d_scores, y, narrow)
        smoothed = loss.smoothed(narrow)
        at_kink = loss.margin * (np.arange(n_scores) == y[:, None])
        if n_scores == 1 or name == "ovr":
            at_kink = loss.margin * np.where(np.arange(n_scores) == y[:, None], 1.0, -1.0)
        if n_scores == 1:
            at_kink = loss.margin * np.where(y == 1, 1.0, -1.0)[:, None]
        np.testing.assert_allclose(smoothed.formula(at_kink + shifts, y)[1], d_scores, atol=1e-9)


def test_no_shifts_where_there_is_no_rule():
    """A squared hinge and a subclass with another formula have no shifts."""

    class Other(OneVsRest):
        def formula(self, scores, y, xp=np):
            return super().formula(scores, y, xp)

    d_scores, y = np.zeros((2, 3)), np.zeros(2, dtype=np.int32)
    assert Other().shifts(d_scores, y, 0.1) is None
    for name in ("weston_watkins", "crammer_singer", "ovr"):
        assert LOSSES[name](squared=True).shifts(d_scores, y, 0.1) is None
