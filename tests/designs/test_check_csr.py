"""Broken CSR structures are refused before anything follows their indices."""

import numpy as np
import pytest
from scipy import sparse

from sklinear_gd import SoftmaxGDClassifier
from sklinear_gd.designs import as_design
from sklinear_gd.designs.csr import check_csr


def _sound():
    X = np.zeros((4, 5))
    X[0, 1], X[1, 4], X[1, 0], X[3, 2] = 1, 2, 3, 4
    return sparse.csr_array(X)


def _set(name, place, value):
    def corrupt(X):
        getattr(X, name)[place] = value

    return corrupt


def _cut(name):
    def corrupt(X):
        setattr(X, name, getattr(X, name)[:-1])

    return corrupt


def _falling(X):
    X.indptr = np.array([0, 3, 1, 3, 4])


CORRUPTIONS = {
    "column too large": (_set("indices", 2, 5), r"indices names column 5 in row 1"),
    "column negative": (_set("indices", 0, -1), r"indices names column -1 in row 0"),
    "counts fall": (_falling, "indptr falls after row 1"),
    "counts start late": (_set("indptr", 0, 1), "indptr must start with 0"),
    "counts start negative": (_set("indptr", 0, -3), "indptr must start with 0"),
    "too many entries counted": (_set("indptr", -1, 9), "counts 9 entries"),
    "too few counts": (_cut("indptr"), "indptr has 4 entries, but 4 rows need 5"),
    "too few columns": (_cut("indices"), "has 3 indices"),
    "too few values": (_cut("data"), "3 values"),
}


@pytest.mark.parametrize("make", [sparse.csr_array, sparse.csr_matrix])
@pytest.mark.parametrize("index_dtype", [np.int32, np.int64])
@pytest.mark.parametrize(("corrupt", "message"), CORRUPTIONS.values(), ids=CORRUPTIONS)
def test_a_broken_structure_is_named(corrupt, message, index_dtype, make):
    """The error says which array is wrong and where, and what to do."""
    X = make(_sound())
    X.indices, X.indptr = X.indices.astype(index_dtype), X.indptr.astype(index_dtype)
    corrupt(X)
    with pytest.raises(ValueError, match=message) as error:
        as_design(X)
    assert "check_format" in str(error.value)


@pytest.mark.parametrize("name", ["column too large", "column negative", "counts fall"])
def test_fit_refuses_a_broken_structure(name):
    """An estimator's fit raises ValueError, and stays unfitted."""
    X = _sound()
    CORRUPTIONS[name][0](X)
    clf = SoftmaxGDClassifier()
    with pytest.raises(ValueError, match=r"X\.ind"):
        clf.fit(X, [0, 1, 0, 1])
    assert not hasattr(clf, "coef_")


def test_sound_structures_pass():
    """No rows with entries, empty rows, spare room at the end and unsorted columns are sound."""
    check_csr(_sound())
    check_csr(sparse.csr_array((3, 5)))
    spare = _sound()
    spare.indices = np.append(spare.indices, 99).astype(np.int32)
    spare.data = np.append(spare.data, 0.0)
    check_csr(spare)
    check_csr(sparse.csr_array((np.ones(2), [4, 0], [0, 2]), shape=(1, 5)))
