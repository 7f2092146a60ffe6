"""The fused loss and gradient against the formula of every loss."""

import numpy as np
import pytest

from sklinear_gd import kernels
from sklinear_gd.losses import LOSSES, CrammerSinger

pytestmark = pytest.mark.skipif(
    not kernels.available, reason="compiled kernels are not built or switched off"
)


def variants():
    """Every loss of the registry with every setting that the kernels tell apart."""
    settings = [{}, {"margin": 0.7, "squared": True}, {"margin": 1.3, "smoothing": 0.5}]
    for cls in dict.fromkeys(LOSSES.values()):
        names = cls().get_params()
        yield from (cls(**setting) for setting in settings if set(setting) <= set(names))
        if "label_smoothing" in names:
            yield cls(label_smoothing=0.1)
    yield CrammerSinger(squared=True, smoothing=0.4)


LOSS_VARIANTS = pytest.mark.parametrize("loss", list(variants()), ids=str)


def away_from_kinks(problem, index):
    """The rows whose losses rounding cannot push over a kink or make another class the worst."""
    scores = problem.scores(problem.params, index)
    own = np.take_along_axis(scores, problem.y[index, None] % problem.n_scores, axis=1)
    distances = [np.abs(np.abs(scores) - margin) for margin in (0.7, 1.0, 1.3)]
    distances += [np.abs(scores - own + margin) for margin in (0.7, 1.0, 1.3)]
    others = np.sort(np.where(scores == own, -np.inf, scores), axis=1)[:, -2:]
    gaps = others[:, -1] - others[:, 0] if others.shape[1] > 1 else np.ones(len(index))
    return index[(np.min(distances, axis=(0, 2)) > 1e-5) & (gaps > 1e-5)]


@LOSS_VARIANTS
def test_equals_the_formula(problem_of, storage, dtype, n_classes, loss):
    """Sum of losses and gradient are those of the formula, weighted, on some rows, added."""
    problem = problem_of(storage, dtype, n_classes)
    rows = np.random.default_rng(1).permutation(len(problem.y))[:83]
    rows = away_from_kinks(problem, rows)
    assert len(rows) > 70
    value, expected = problem.gradient(problem.params, rows, loss)
    gradient = np.zeros_like(problem.params)
    gradient[:, : problem.n_scores] = 0.5
    total = kernels.loss_gradient(
        params=problem.params, index=rows, scale=0.25, gradient=gradient, **problem.call(loss)
    )
    tolerance = 3e-5 if dtype == np.float32 else 1e-12
    assert total == pytest.approx(value, rel=tolerance)
    gradient[:, : problem.n_scores] -= 0.5
    np.testing.assert_allclose(gradient, expected / 4, atol=tolerance * np.abs(expected).max())
    assert not gradient[:, problem.n_scores :].any()


@LOSS_VARIANTS
def test_loss_alone(problem_of, storage, n_classes, loss):
    """Without an array for it the gradient is left out; no index means all rows, no weights 1."""
    problem = problem_of(storage, np.float64, n_classes, fit_intercept=False)
    problem.weights = np.ones(len(problem.y))
    value, _ = problem.gradient(problem.params, np.arange(len(problem.y)), loss)
    call = problem.call(loss) | {"weights": None}
    total = kernels.loss_gradient(
        params=problem.params, index=None, scale=1.0, gradient=None, **call
    )
    assert total == pytest.approx(value, rel=1e-12)


@LOSS_VARIANTS
def test_huge_scores(problem_of, dtype, n_classes, loss):
    """Scores of 1e4 and beyond neither overflow nor lose the loss; float32 rounds them to 1e-3."""
    problem = problem_of("dense", dtype, n_classes)
    params = problem.params * dtype(1e4)
    rows = np.arange(len(problem.y))
    value, expected = problem.gradient(params, rows, loss)
    gradient = np.zeros_like(params)
    total = kernels.loss_gradient(
        params=params, index=rows, scale=1.0, gradient=gradient, **problem.call(loss)
    )
    tolerance = 1e-2 if dtype == np.float32 else 1e-12
    assert total == pytest.approx(value, rel=tolerance)
    np.testing.assert_allclose(gradient, expected, atol=tolerance * np.abs(expected).max())


@LOSS_VARIANTS
def test_nan_shows(problem_of, dtype, n_classes, loss):
    """A NaN among the parameters reaches the loss: a wreck must not look like a perfect fit."""
    problem = problem_of("dense", dtype, n_classes)
    params = problem.params.copy()
    params[3, 0] = np.nan
    total = kernels.loss_gradient(
        params=params, index=None, scale=1.0, gradient=np.zeros_like(params), **problem.call(loss)
    )
    assert np.isnan(total)


@LOSS_VARIANTS
def test_many_blocks(problem_of, storage, loss):
    """Rows beyond one block are added up as well; a row of weight 0 adds nothing."""
    problem = problem_of(storage, np.float64, 3, n_rows=1307)
    problem.weights = problem.weights.copy()
    problem.weights[100:200] = 0
    rows = np.delete(np.arange(1307), np.s_[100:200])
    value, expected = problem.gradient(problem.params, rows, loss)
    gradient = np.zeros_like(problem.params)
    total = kernels.loss_gradient(
        params=problem.params, index=None, scale=1.0, gradient=gradient, **problem.call(loss)
    )
    assert total == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(gradient, expected, atol=1e-12 * np.abs(expected).max())
