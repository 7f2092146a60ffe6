"""What holds for every loss of the registry, with every kind of parameters."""

import numpy as np
import pytest
from sklearn.base import clone

from sklinear_gd.losses import LOSSES, CrammerSinger, Hinge

HINGE_PARAMETERS = [{}, {"margin": 2.5}, {"squared": True}, {"smoothing": 0.5}, {"smoothing": 2.0}]
OTHER_PARAMETERS = {
    "softmax": [{}, {"label_smoothing": 0.1}, {"label_smoothing": 0.9}],
    "squared_error": [{}],
}


def _variants():
    for name, loss in LOSSES.items():
        for parameters in HINGE_PARAMETERS if issubclass(loss, Hinge) else OTHER_PARAMETERS[name]:
            yield pytest.param(loss(**parameters), id=f"{name}-{parameters}")
    yield pytest.param(LOSSES["crammer_singer"](squared=True, smoothing=0.5), id="cs-both")


every_loss = pytest.mark.parametrize("loss", list(_variants()))
every_width = pytest.mark.parametrize("n_scores", [1, 2, 3, 7])


def _sample(n_scores, n_samples=40, scale=2.0, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, max(n_scores, 2), size=n_samples).astype(np.int32)
    return scale * rng.normal(size=(n_samples, n_scores)), y


def _is_shift_invariant(loss):
    return not isinstance(loss, LOSSES["ovr"] | LOSSES["squared_error"])


@every_width
@every_loss
def test_gradient_is_that_of_the_values(loss, n_scores):
    """The derivatives agree with central differences of the values."""
    scores, y = _sample(n_scores)
    d_scores = loss.formula(scores, y)[1]
    for k in range(n_scores):
        shift = np.zeros(n_scores)
        shift[k] = 1e-6
        slope = (loss.formula(scores + shift, y)[0] - loss.formula(scores - shift, y)[0]) / 2e-6
        np.testing.assert_allclose(d_scores[:, k], slope, rtol=1e-6, atol=1e-7)


@every_width
@every_loss
def test_convex_with_a_subgradient_at_kinks(loss, n_scores):
    """No value lies below a tangent, not even one taken at a kink or a tie."""
    scores, y = _sample(n_scores, n_samples=300)
    # Whole numbers hit the kinks of a hinge with margin 1 and the ties of wrong classes.
    tangent_points = np.round(_sample(n_scores, n_samples=300, seed=1)[0])
    values, d_scores = loss.formula(tangent_points, y)
    tangents = values + np.sum(d_scores * (scores - tangent_points), axis=1)
    assert (loss.formula(scores, y)[0] >= tangents - 1e-12 * (1 + abs(tangents))).all()


@every_width
@every_loss
def test_convex_along_segments(loss, n_scores):
    """The value in the middle of a segment is at most the mean of those at its ends."""
    (a, y), b = _sample(n_scores, 300), _sample(n_scores, 300, scale=5.0, seed=2)[0]
    ends = (loss.formula(a, y)[0] + loss.formula(b, y)[0]) / 2
    assert (loss.formula((a + b) / 2, y)[0] <= ends + 1e-12).all()


@every_width
@every_loss
def test_values_are_not_negative(loss, n_scores):
    """No loss is below 0."""
    scores, y = _sample(n_scores, scale=10.0)
    assert (loss.formula(scores, y)[0] >= 0).all()


@pytest.mark.parametrize("n_scores", [2, 3, 7])
@every_loss
def test_shift_invariance(loss, n_scores):
    """Adding one number to all scores changes nothing where a loss compares scores alone."""
    scores, y = _sample(n_scores)
    values, d_scores = loss.formula(scores, y)
    shifted_values = loss.formula(scores + 3.0, y)[0]
    if _is_shift_invariant(loss):
        np.testing.assert_allclose(shifted_values, values, rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(d_scores.sum(axis=1), 0, atol=1e-12)
    else:
        assert np.abs(shifted_values - values).max() > 1


@pytest.mark.parametrize("loss", [p for p in _variants() if _is_shift_invariant(p.values[0])])
def test_one_column_is_the_difference_of_two(loss):
    """Where only differences of scores count, one column s is the two columns (s0, s0 + s)."""
    two, y = _sample(2)
    values, d_scores = loss.formula(two[:, 1:] - two[:, :1], y)
    two_values, two_d_scores = loss.formula(two, y)
    np.testing.assert_allclose(values, two_values, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(d_scores[:, 0], two_d_scores[:, 1], rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(d_scores[:, 0], -two_d_scores[:, 0], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@every_loss
def test_large_scores_are_safe(loss, dtype):
    """Scores such as (123, 456, 789) and +-1e4 give finite values and derivatives."""
    rows = [[123, 456, 789], [1e4, -1e4, 0], [-1e4, 1e4, 1e4], [-1e4, -1e4, -1e4]]
    for y in range(3):
        for scores in (np.array(rows, dtype), np.array(rows, dtype)[:, :1]):
            labels = np.full(4, min(y, 1) if scores.shape[1] == 1 else y, dtype=np.int32)
            values, d_scores = loss.formula(scores, labels)
            assert np.isfinite(values).all()
            assert np.isfinite(d_scores).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@every_width
@every_loss
def test_dtype_and_shapes(loss, n_scores, dtype):
    """Values and derivatives have the dtype of the scores, whatever that of the parameters."""
    scores, y = _sample(n_scores)
    as_numpy = {name: np.float64(value) for name, value in loss.get_params().items()}
    as_numpy.pop("squared", None)
    values, d_scores = clone(loss).set_params(**as_numpy).formula(scores.astype(dtype), y)
    assert values.dtype == d_scores.dtype == dtype
    assert values.shape == (40,)
    assert d_scores.shape == (40, n_scores)
    np.testing.assert_allclose(values, loss.formula(scores, y)[0], rtol=1e-4, atol=1e-5)


@every_loss
def test_nan_is_not_hidden(loss):
    """A NaN among the scores shows in the value, so that divergence can be seen."""
    for n_scores in (1, 3):
        scores = np.zeros((1, n_scores))
        scores[0, -1] = np.nan
        assert np.isnan(loss.formula(scores, np.array([1], dtype=np.int32))[0]).all()


@every_loss
def test_scores_are_not_written(loss):
    """The formula leaves its input as it was."""
    scores, y = _sample(3)
    scores.flags.writeable = False
    y.flags.writeable = False
    loss.formula(scores, y)


def _largest_curvature(loss, scores, y):
    """Return the largest eigenvalue of the second derivatives, by differences of the gradient."""
    n_scores = scores.shape[1]
    columns = []
    for k in range(n_scores):
        shift = np.zeros(n_scores)
        shift[k] = 1e-5
        columns.append(loss.formula(scores + shift, y)[1] - loss.formula(scores - shift, y)[1])
    hessians = np.stack(columns, axis=2) / 2e-5
    return np.linalg.eigvalsh((hessians + hessians.transpose(0, 2, 1)) / 2).max()


@pytest.mark.parametrize("n_scores", [1, 2, 3, 6])
@every_loss
def test_curvature_bounds_the_second_derivative(loss, n_scores):
    """No second derivative of a smooth loss exceeds the bound, and it is not far above them."""
    loss = loss.smoothed(loss.margin) if not loss.smooth else loss
    largest = 0.0
    for scale in (0.1, 1.0, 10.0):
        scores, y = _sample(n_scores, n_samples=400, scale=scale)
        if isinstance(loss, CrammerSinger) and loss.squared:
            # The bound of the squared hinge of Crammer and Singer holds up to this value.
            near = loss.formula(scores, y)[0] <= loss.margin**2
            scores, y = scores[near], y[near]
        if len(y):
            largest = max(largest, _largest_curvature(loss, scores, y))
    bound = loss.curvature(n_scores)
    assert largest <= bound * (1 + 1e-5)
    assert largest >= bound / 3


@every_loss
def test_curvature_of_a_kink_is_that_of_its_smoothing(loss):
    """A loss that is not smooth has the bound of the one smoothed by its margin."""
    if loss.smooth:
        assert loss.smoothed(0.1) is loss
    else:
        smooth = loss.smoothed(loss.margin)
        assert smooth.smooth
        assert type(smooth) is type(loss)
        smooth.check()
        for n_scores in (1, 5):
            assert loss.curvature(n_scores) == pytest.approx(smooth.curvature(n_scores))


@every_loss
def test_kernel_parameters_are_numbers(loss):
    """What the compiled twin is told are attributes that convert to floats."""
    assert all(np.isfinite(float(getattr(loss, name))) for name in loss.kernel.parameters)


@every_loss
def test_own_formula_loses_the_kernel(loss):
    """A subclass that redefines the formula is not served by the kernel of its parent."""

    class Doubled(type(loss)):
        def formula(self, scores, y, xp=np):
            values, d_scores = super().formula(scores, y, xp)
            return 2 * values, 2 * d_scores

    assert Doubled.kernel is None
    assert type(loss).kernel is not None
