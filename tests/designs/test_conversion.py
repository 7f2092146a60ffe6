"""Conversions in slices: SciPy's matrix, of SciPy's kind, and the given one as it was."""

import numpy as np
import pytest
from scipy import sparse

from sklinear_gd.designs import as_csr, conversion

KINDS = {
    "csc_array": sparse.csc_array,
    "csc_matrix": sparse.csc_matrix,
    "coo_array": sparse.coo_array,
    "coo_matrix": sparse.coo_matrix,
    "lil_array": sparse.lil_array,
}


@pytest.fixture(params=[1, 7, 10**6], autouse=True)
def slice_entries(request, monkeypatch):
    """Slices of one entry, of a few, and of all."""
    monkeypatch.setattr(conversion, "SLICE_ENTRIES", request.param)
    monkeypatch.setattr(conversion, "TRANSPOSED_ENTRIES", request.param)


def table(dtype):
    """Return a dense matrix (12, 9) with an empty row and column."""
    rng = np.random.default_rng(0)
    X = rng.integers(1, 9, size=(12, 9)) * (rng.random((12, 9)) < 0.4)
    X[4], X[:, 6] = 0, 0
    return X.astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, bool])
@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_as_csr(make, dtype):
    """The numbers are the same, in CSR of the same dtype, an array of an array."""
    X = make(table(dtype))
    found = as_csr(X)
    assert found.format == "csr"
    assert found.dtype == dtype
    assert isinstance(found, sparse.sparray) == isinstance(X, sparse.sparray)
    found.check_format(full_check=True)
    np.testing.assert_array_equal(found.toarray(), table(dtype))


@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("make", [sparse.csr_array, sparse.csr_matrix])
def test_transposed(make, index):
    """The transpose has the same entries, duplicates too, and the matrix stays as it was."""
    # Two entries of spare room behind the last row, which SciPy allows.
    data, columns = np.arange(1.0, 10.0), np.array([2, 0, 2, 1, 1, 3, 0, 0, 3], dtype=index)
    X = make((data, columns, np.array([0, 3, 3, 5, 7], dtype=index)), shape=(4, 4))
    before = X.data.copy(), X.indices.copy(), X.indptr.copy()
    found = conversion.transposed(X)
    assert found.format == "csr"
    assert found.nnz == X.nnz
    found.check_format(full_check=True)
    np.testing.assert_array_equal(found.toarray(), X.toarray().T)
    for array, copy in zip((X.data, X.indices, X.indptr), before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_no_entries():
    """Empty matrices are converted, too."""
    assert as_csr(sparse.csc_array((3, 5))).shape == (3, 5)
    assert conversion.transposed(sparse.csr_array((3, 5))).shape == (5, 3)
