"""The random mask of dropout, and rows under it."""

import numpy as np
import pytest
from scipy import sparse, stats

from sklinear_gd.designs import as_design
from sklinear_gd.designs.base import dropout_mask

ROWS, COLUMNS = np.arange(400)[:, None], np.arange(500)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_the_share_that_is_dropped(rate):
    """As many entries are dropped as a binomial variable of this rate lets expect."""
    dropped = np.count_nonzero(~dropout_mask(ROWS, COLUMNS, rate, key=3))
    assert stats.binomtest(dropped, ROWS.size * COLUMNS.size, rate).pvalue > 1e-4


def test_rate_zero_drops_nothing():
    """With rate 0 the mask is all true."""
    assert dropout_mask(ROWS, COLUMNS, 0.0, key=0).all()


def test_rows_and_columns_are_dropped_independently():
    """Counts by row and by column scatter as binomial counts do."""
    mask = dropout_mask(ROWS, COLUMNS, 0.3, key=11)
    for axis, size in [(0, 400), (1, 500)]:
        z = (mask.sum(axis=axis) - 0.7 * size) / np.sqrt(size * 0.3 * 0.7)
        assert stats.kstest(z, "norm").pvalue > 1e-4


@pytest.mark.parametrize("shift", [(0, 1), (1, 0), (1, 1), (1, -1)])
def test_neighbours_are_uncorrelated(shift):
    """An entry says nothing about its neighbours."""
    mask = dropout_mask(ROWS, COLUMNS, 0.5, key=7).astype(float) - 0.5
    moved = np.roll(mask, shift, axis=(0, 1))
    assert abs(np.mean(mask * moved)) < 0.25 * 4 / np.sqrt(mask.size)


def test_each_key_is_another_draw():
    """Masks of different keys, close or far apart, agree in half of the entries."""
    first = dropout_mask(ROWS, COLUMNS, 0.5, key=0)
    for key in (1, 2, 1 << 32, (5 << 32) + 1, 2**63 - 1):
        agree = np.count_nonzero(first == dropout_mask(ROWS, COLUMNS, 0.5, key=key))
        assert stats.binomtest(agree, first.size, 0.5).pvalue > 1e-4
    np.testing.assert_array_equal(first, dropout_mask(ROWS, COLUMNS, 0.5, key=0))


def test_the_mask_belongs_to_the_place_not_to_the_order():
    """The same entries have the same fate in whatever order and company they are visited."""
    whole = dropout_mask(ROWS, COLUMNS, 0.5, key=5)
    some = np.array([17, 3, 399])
    np.testing.assert_array_equal(dropout_mask(some[:, None], COLUMNS, 0.5, key=5), whole[some])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("index", [np.arange(20), np.array([4, 11, 2])], ids=["all", "some"])
def test_dense_and_sparse_rows_lose_the_same_features(index, dtype):
    """Dropped rows are mask * X / (1 - rate), dense and sparse alike, in the dtype of X."""
    X = np.random.default_rng(0).normal(size=(20, 6)).astype(dtype)
    X[X < -0.5] = 0
    mask = dropout_mask(index[:, None], np.arange(6), 0.4, key=9)
    expected = X[index] * mask * dtype(1 / 0.6)
    for matrix in (X, sparse.csr_array(X), sparse.csr_matrix(X)):
        block = as_design(matrix).dropped(index, 0.4, key=9)
        scores = block.scores(np.eye(6, dtype=dtype))
        assert scores.dtype == dtype
        np.testing.assert_allclose(scores, expected, rtol=1e-6)


def test_the_mean_over_draws_is_the_row():
    """Thanks to the factor 1 / (1 - rate), dropping leaves the expectation as it is."""
    X = np.array([[1.0, -2.0, 3.0]])
    design, index = as_design(X), np.array([0])
    draws = [design.dropped(index, 0.5, key).scores(np.eye(3)) for key in range(4000)]
    np.testing.assert_allclose(np.mean(draws, axis=0), X, rtol=0.08)
