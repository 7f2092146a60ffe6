"""Rows of arrays of another namespace against those of a NumPy array."""

import numpy as np
import pytest

from sklinear_gd._namespaces import to_host
from sklinear_gd.designs import ArrayApiDesign, as_design
from sklinear_gd.designs.base import dropout_mask

# With the oldest dependencies, and without the GIL, the tests of designs run without the extra.
strict = pytest.importorskip("array_api_strict", reason="array-api-strict is not installed")
pytest.importorskip("array_api_compat", reason="array-api-compat is not installed")

ROWS = [np.array([3, 1, 1, 7]), np.arange(2, 9), np.arange(40)]
every_rows = pytest.mark.parametrize("rows", ROWS, ids=["gathered", "slice", "all"])


@pytest.fixture
def numbers():
    """X (40, 5), C-contiguous float64, with zeros and a large offset."""
    X = np.random.default_rng(0).normal(size=(40, 5))
    X[X < -1] = 0
    X[:, 2] += 1e6
    return X


@pytest.fixture(params=["float32", "float64"])
def pair(request, numbers):
    """The design on a device and that on the host, of one dtype."""
    X = numbers.astype(request.param)
    place = strict.Device("device1")
    return as_design(strict.asarray(X, device=place)), as_design(X)


def test_the_design_is_chosen(pair):
    """An array of another library gets the design that keeps its namespace, device and dtype."""
    design, host = pair
    assert isinstance(design, ArrayApiDesign)
    assert design.xp is strict
    assert design.device == strict.Device("device1")
    assert (design.shape, design.dtype) == (host.shape, host.dtype)
    assert design.mean_non_zeros == 5


@every_rows
def test_rows_are_those_of_the_host(pair, rows):
    """Rows, scores and pulled back derivatives agree, by numbers of the host or of the device."""
    design, host = pair
    W = np.arange(10, dtype=host.dtype).reshape(5, 2)
    d_scores = np.arange(2 * len(rows), dtype=host.dtype).reshape(-1, 2)
    expected = host.rows(rows)
    for index in (rows, design.index(rows), design.place(rows)):
        block = design.rows(index)
        np.testing.assert_array_equal(to_host(block.matrix), expected.matrix)
        found = to_host(block.scores(design.place(W)))
        np.testing.assert_allclose(found, expected.scores(W), rtol=1e-6)
        found = to_host(block.pull_back(design.place(d_scores)))
        np.testing.assert_allclose(found, expected.pull_back(d_scores), rtol=1e-6)


@every_rows
def test_dropped_entries_are_those_of_the_host(pair, rows):
    """The same features are dropped as on the host."""
    design, host = pair
    found = to_host(design.dropped(design.index(rows), 0.4, key=9).matrix)
    np.testing.assert_array_equal(found, host.dropped(rows, 0.4, key=9).matrix)


@pytest.mark.parametrize("key", [0, 3, (2**31 - 1) << 32])
def test_signed_words_give_the_same_mask(key):
    """Where a library has signed words only, the hash and its comparison are the same."""
    rows, columns = np.arange(500)[:, None], np.arange(7)[None, :]
    found = dropout_mask(strict.asarray(rows), strict.asarray(columns), 0.3, key, strict)
    np.testing.assert_array_equal(to_host(found), dropout_mask(rows, columns, 0.3, key))


@every_rows
def test_statistics_are_those_of_the_host(pair, rows):
    """Norms, moments, counts and contents agree with the host's."""
    design, host = pair
    weights = np.random.default_rng(1).random(len(rows))
    weights /= weights.sum()
    tolerance = {"rtol": 2e-6 if host.dtype == np.float32 else 1e-12}
    for found, expected in zip(design.norms(rows), host.norms(rows), strict=True):
        np.testing.assert_allclose(found, expected, **tolerance)
    for found, expected in zip(
        design.moments(rows, weights), host.moments(rows, weights), strict=True
    ):
        assert found.dtype == np.float64
        np.testing.assert_allclose(found, expected, **tolerance)
    assert design.count_non_zeros() == host.count_non_zeros()
    assert design.row_bytes(rows[0]) == host.row_bytes(rows[0])
    sample, index = design.sample(rows)
    np.testing.assert_array_equal(sample.rows(index).matrix, host.rows(rows).matrix)


@every_rows
def test_dense_blocks_cover_the_rows(pair, rows, monkeypatch):
    """The blocks are new float64 arrays that make up the rows."""
    design, host = pair
    monkeypatch.setattr(ArrayApiDesign, "enlarged", 1e-4)  # several blocks
    blocks = list(design.dense_blocks(rows))
    assert len(blocks) > 1
    for part, X in blocks:
        X *= 1.0
        assert X.dtype == strict.float64
        np.testing.assert_array_equal(to_host(X), host.rows(rows[part]).matrix)
