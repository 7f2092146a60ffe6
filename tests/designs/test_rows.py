"""Dense and CSR rows: what a design promises about any part of X."""

import numpy as np
import pytest
from scipy import sparse

from sklinear_gd.designs import CsrDesign, DenseDesign, as_design

INDICES = {
    "all": np.arange(30),
    "a run": np.arange(7, 19),
    "backwards": np.arange(30)[::-1],
    "scattered, one twice": np.array([28, 3, 3, 11]),
    "with a gap of the length of a run": np.array([0, 2, 2, 3]),
    "one": np.array([29]),
    "none": np.array([], dtype=np.intp),
}
FORMATS = {
    "dense": np.asarray,
    "csr_array": sparse.csr_array,
    "csr_matrix": sparse.csr_matrix,
    "csr_64": lambda X: _with_indices(sparse.csr_array(X), np.int64),
}
every_format = pytest.mark.parametrize("convert", FORMATS.values(), ids=FORMATS)
every_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def _with_indices(X, dtype):
    X.indices, X.indptr = X.indices.astype(dtype), X.indptr.astype(dtype)
    return X


def _matrix(dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(30, 8)) * (rng.random((30, 8)) < 0.4)
    X[4] = 0
    return X.astype(dtype)


def test_each_format_has_its_design():
    """Sparse matrices become CSR rows and arrays dense rows, of the same shape and dtype."""
    X = _matrix(np.float32)
    for convert, design_type in [(np.asarray, DenseDesign), (sparse.csr_array, CsrDesign)]:
        design = as_design(convert(X))
        assert type(design) is design_type
        assert design.shape == (30, 8)
        assert design.dtype == np.float32


def test_work_is_measured_in_stored_entries():
    """A dense row costs its features, a sparse row the mean number of stored entries."""
    X = _matrix()
    assert as_design(X).mean_non_zeros == 8
    assert as_design(sparse.csr_array(X)).mean_non_zeros == np.count_nonzero(X) / 30


@every_dtype
@every_format
@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_the_largest_entries_of_some_rows(convert, dtype, index):
    """Of each feature, in size; 0 where it has none."""
    X = _matrix(dtype)
    found = as_design(convert(X)).largest(index)
    np.testing.assert_array_equal(found, np.abs(X[index]).max(axis=0, initial=0))


@every_dtype
@every_format
@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_rows_multiply_like_the_matrix(convert, dtype, index):
    """Scores are X[index] W, and the pulled-back derivatives X[index]ᵀ D, in the dtype of X."""
    X = _matrix(dtype)
    rng = np.random.default_rng(1)
    W, D = rng.normal(size=(8, 3)).astype(dtype), rng.normal(size=(len(index), 3)).astype(dtype)
    block = as_design(convert(X)).rows(index)
    scores, gradient = block.scores(W), block.pull_back(D)
    assert scores.dtype == gradient.dtype == dtype
    tolerance = 1e-5 if dtype == np.float32 else 1e-12
    np.testing.assert_allclose(scores, X[index] @ W, atol=tolerance)
    np.testing.assert_allclose(gradient, X[index].T @ D, atol=tolerance)


@every_dtype
@every_format
@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_norms_of_rows(convert, dtype, index):
    """The two norms of a row are the sums of |x| and of x², in float64."""
    X = _matrix(dtype)
    absolute, squared = as_design(convert(X)).norms(index)
    assert absolute.dtype == squared.dtype == np.float64
    np.testing.assert_allclose(absolute, np.abs(X[index]).sum(axis=1), rtol=1e-6)
    np.testing.assert_allclose(squared, (X[index].astype(np.float64) ** 2).sum(axis=1), rtol=1e-12)


def test_norms_hold_few_float64_entries_at_a_time(monkeypatch):
    """Norms of many rows are those of each block of rows, whatever the block."""
    X = _matrix()
    monkeypatch.setattr("sklinear_gd.designs.dense.BLOCK_ENTRIES", 17)
    absolute, squared = as_design(X).norms(np.arange(30))
    np.testing.assert_allclose(absolute, np.abs(X).sum(axis=1))
    np.testing.assert_allclose(squared, (X**2).sum(axis=1))


def test_duplicates_add_up():
    """Entries of a CSR matrix at one place are summed, also under the norms."""
    X = sparse.csr_array((np.array([1.0, 2.0, 5.0]), [1, 1, 0], [0, 3]), shape=(1, 2))
    assert not X.has_canonical_format
    design = as_design(X)
    assert design.rows(np.array([0])).scores(np.eye(2)).tolist() == [[5.0, 3.0]]
    absolute, squared = design.norms(np.array([0]))
    assert (absolute[0], squared[0]) == (8.0, 34.0)
    assert X.nnz == 3  # the user's matrix is as it was


@every_format
def test_a_design_writes_nothing_into_the_matrix(convert):
    """Every method leaves the user's arrays bit for bit as they were."""
    X = convert(_matrix())
    arrays = [X] if isinstance(X, np.ndarray) else [X.data, X.indices, X.indptr]
    before = [array.copy() for array in arrays]
    for array in arrays:
        array.flags.writeable = False
    design, index = as_design(X), np.array([5, 0, 4])
    design.rows(index).scores(np.ones((8, 2)))
    design.dropped(index, 0.5, 1).pull_back(np.ones((3, 2)))
    design.norms(index)
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)
