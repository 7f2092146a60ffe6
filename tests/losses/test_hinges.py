"""The hinge losses against hand-computed values and definitions written out."""

import numpy as np
import pytest
from sklearn.metrics import hinge_loss

from sklinear_gd.losses import CrammerSinger, Hinge, OneVsRest, WestonWatkins

# Scores of a cat, a car and a frog in a lecture on linear classifiers.
SCORES = np.array([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]])
Y = np.array([0, 1, 2], dtype=np.int32)
HINGES = [WestonWatkins, CrammerSinger, OneVsRest]
every_hinge = pytest.mark.parametrize("hinge", HINGES)


def test_weston_watkins_by_hand():
    """The lecture's values: 2.9, 0 and 12.9."""
    values, d_scores = WestonWatkins().formula(SCORES, Y)
    np.testing.assert_allclose(values, [2.9, 0.0, 12.9], atol=1e-12)
    np.testing.assert_array_equal(d_scores, [[-1, 1, 0], [0, 0, 0], [1, 1, -2]])
    squared = WestonWatkins(squared=True).formula(SCORES, Y)[0]
    np.testing.assert_allclose(squared, [2.9**2, 0.0, 6.3**2 + 6.6**2])


def test_crammer_singer_by_hand():
    """The worst wrong class alone counts: 2.9, 0 and 6.6."""
    values, d_scores = CrammerSinger().formula(SCORES, Y)
    np.testing.assert_allclose(values, [2.9, 0.0, 6.6], atol=1e-12)
    np.testing.assert_array_equal(d_scores, [[-1, 1, 0], [0, 0, 0], [0, 1, -1]])


def test_one_vs_rest_by_hand():
    """Every score is measured against 0: 6.1, 2.3 + 3 and 3.2 + 3.5 + 4.1."""
    values, d_scores = OneVsRest().formula(SCORES, Y)
    np.testing.assert_allclose(values, [6.1, 5.3, 10.8], atol=1e-12)
    np.testing.assert_array_equal(d_scores, [[0, 1, 0], [1, 0, 1], [1, 1, -1]])


def test_smoothed_hinge_by_hand():
    """A hinge smoothed by 2 is 0, z^2 / 4 and z - 1 in its three pieces."""
    values, slopes = Hinge(smoothing=2.0).phi(np.array([-1.0, 1.0, 5.0]))
    np.testing.assert_allclose(values, [0.0, 0.25, 4.0])
    np.testing.assert_allclose(slopes, [0.0, 0.5, 1.0])


def test_crammer_singer_agrees_with_sklearn():
    """It is the multi-class hinge loss of sklearn.metrics."""
    rng = np.random.default_rng(0)
    scores, y = rng.normal(size=(50, 4)), rng.integers(0, 4, size=50)
    expected = hinge_loss(y, scores, labels=range(4))
    assert CrammerSinger().formula(scores, y)[0].mean() == pytest.approx(expected, abs=1e-12)


def _written_out(hinge, margin, squared, scores, y):
    """Return the loss of one sample, as the definitions say it, without arrays."""

    def phi(z):
        return max(0.0, z) ** (2 if squared else 1)

    wrong = [j for j in range(len(scores)) if j != y]
    if len(scores) == 1:
        return phi(margin - scores[0] if y == 1 else margin + scores[0])
    if hinge is WestonWatkins:
        return sum(phi(scores[j] - scores[y] + margin) for j in wrong)
    if hinge is CrammerSinger:
        return phi(max(scores[j] for j in wrong) - scores[y] + margin)
    return phi(margin - scores[y]) + sum(phi(margin + scores[j]) for j in wrong)


@pytest.mark.parametrize("n_scores", [1, 2, 5])
@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize("margin", [1.0, 0.3])
@every_hinge
def test_definitions_written_out(hinge, margin, squared, n_scores):
    """The array formulas are the definitions, sample by sample."""
    rng = np.random.default_rng(0)
    scores, y = rng.normal(size=(30, n_scores)), rng.integers(0, max(n_scores, 2), size=30)
    expected = [
        _written_out(hinge, margin, squared, row, label)
        for row, label in zip(scores, y, strict=True)
    ]
    loss = hinge(margin=margin, squared=squared)
    np.testing.assert_allclose(loss.formula(scores, y)[0], expected, rtol=1e-12, atol=1e-14)


def test_first_of_equal_maxima_counts():
    """Of wrong classes that tie, the first takes the subgradient."""
    d_scores = CrammerSinger().formula(np.array([[5.0, 0.0, 5.0, 5.0]]), np.array([1]))[1]
    np.testing.assert_array_equal(d_scores, [[1, -1, 0, 0]])


@pytest.mark.parametrize("n_scores", [1, 2, 5])
@pytest.mark.parametrize("width", [1.0, 0.1, 1e-3, 1e-8])
@every_hinge
def test_smoothing_tends_to_the_hinge(hinge, width, n_scores):
    """The smoothed loss is within its stated error of the plain one, on the stated side."""
    rng = np.random.default_rng(0)
    scores, y = 2 * rng.normal(size=(200, n_scores)), rng.integers(0, max(n_scores, 2), size=200)
    plain = hinge()
    difference = plain.smoothed(width).formula(scores, y)[0] - plain.formula(scores, y)[0]
    if hinge is CrammerSinger:
        assert (difference >= -1e-14).all()
        assert (difference <= width * np.log(max(n_scores, 2)) + 1e-14).all()
    else:
        n_hinges = {WestonWatkins: max(n_scores - 1, 1), OneVsRest: n_scores}[hinge]
        assert (difference <= 1e-14).all()
        assert (difference >= -n_hinges * width / 2 - 1e-14).all()


def test_squared_crammer_singer_is_not_smooth():
    """Squaring leaves the kink where wrong classes tie: the gradient jumps there."""
    loss, y = CrammerSinger(squared=True), np.array([0])
    left = loss.formula(np.array([[0.0, 1.0 + 1e-9, 1.0]]), y)[1]
    right = loss.formula(np.array([[0.0, 1.0, 1.0 + 1e-9]]), y)[1]
    assert np.abs(left - right).max() > 3.9
    assert not loss.smooth
    smooth = loss.smoothed(0.1)
    assert smooth.smooth
    assert smooth.squared
    assert smooth.smoothing == 0.1


@pytest.mark.parametrize("hinge", [WestonWatkins, OneVsRest])
def test_other_squared_hinges_are_smooth(hinge):
    """The squared hinge of each class is smooth, and it is its own smoothed version."""
    loss = hinge(squared=True)
    assert loss.smooth
    assert loss.smoothed(0.1) is loss


@every_hinge
def test_smoothed_keeps_the_margin(hinge):
    """Smoothing returns a new object with the other parameters unchanged."""
    loss = hinge(margin=2.0)
    smooth = loss.smoothed(0.25)
    assert smooth.get_params() == {"margin": 2.0, "squared": False, "smoothing": 0.25}
    assert loss.smoothing == 0.0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("margin", 0),
        ("margin", -1.0),
        ("margin", np.nan),
        ("margin", np.inf),
        ("margin", "1"),
        ("margin", True),
        ("squared", 1),
        ("squared", None),
        ("smoothing", -0.1),
        ("smoothing", None),
    ],
)
@every_hinge
def test_check_refuses(hinge, name, value):
    """A parameter out of range is named with its value."""
    with pytest.raises(ValueError, match=rf"{hinge.__name__}: {name}={value!r} must be"):
        hinge(**{name: value}).check(3)


@pytest.mark.parametrize("hinge", [WestonWatkins, OneVsRest])
def test_check_refuses_squared_with_smoothing(hinge):
    """The squared hinge is smooth already, so that smoothing it is a mistake."""
    with pytest.raises(ValueError, match=r"smoothing=0.5 must be 0.0 with squared=True"):
        hinge(squared=True, smoothing=0.5).check()


@every_hinge
def test_check_accepts(hinge):
    """The defaults and numbers of any kind pass."""
    hinge().check()
    hinge(margin=np.float32(2), squared=np.True_).check(2)
    hinge(margin=3, smoothing=np.float64(0.5)).check(10)


@every_hinge
def test_own_phi_loses_the_kernel(hinge):
    """A hinge of another shape is not served by the kernel, and its formula uses the shape."""

    class Cubed(hinge):
        def phi(self, z, xp=np):
            positive = xp.where(z < 0, 0.0, z)
            return positive**3, 3 * positive**2

    assert Cubed.kernel is None
    np.testing.assert_allclose(Cubed().formula(np.array([[-1.0]]), np.array([1]))[0], [8.0])
