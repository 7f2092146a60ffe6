"""Broken sparse structures are refused before anything follows their indices."""

import numpy as np
import pytest
from scipy import sparse

from sklinear_gd import SoftmaxGDClassifier
from sklinear_gd.designs import as_design, check_structure


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


def _lists(place, name, value):
    def make(X):
        X = sparse.lil_array(X)
        getattr(X, name)[place] = value
        return X

    return make


def _compressed(make_matrix, name, place, value):
    def make(X):
        X = make_matrix(X)
        getattr(X, name)[place] = value
        return X

    return make


def _coordinates(name, change):
    def make(X):
        X = sparse.coo_matrix(X)
        setattr(X, name, change(getattr(X, name)))
        return X

    return make


def _with_fewer_diagonals(X):
    X = sparse.dia_array(X)
    X.offsets = X.offsets[:-1]
    return X


OTHER_FORMATS = {
    "CSC": (_compressed(sparse.csc_array, "indices", 2, 4), "names row 4 in column 2, but X has 4"),
    "CSC counts": (_compressed(sparse.csc_array, "indptr", 2, 9), "falls after column 2"),
    "BSR": (
        _compressed(lambda X: sparse.bsr_array(X, blocksize=(2, 1)), "indices", 0, -2),
        "names block column -2 in block row 0",
    ),
    "COO row": (_coordinates("row", lambda a: a + 3), "X.row names row 4 in entry 1, but X has 4"),
    "COO column": (_coordinates("col", lambda a: -a), "X.col names column -1 in entry 0"),
    "COO lengths": (_coordinates("col", lambda a: a[:-1]), "X.col has 3 entries, X.data has 4"),
    "LIL values": (_lists(1, "data", [1.0] * 50), "2 columns in row 1, X.data has 50 values"),
    "LIL column": (_lists(1, "rows", [0, 10**6]), "names column 1000000 in row 1"),
    "DIA": (_with_fewer_diagonals, "X.offsets has"),
}


@pytest.mark.parametrize(("make", "message"), OTHER_FORMATS.values(), ids=OTHER_FORMATS)
def test_other_formats_are_checked_before_they_are_converted(make, message):
    """Training and prediction refuse a broken matrix of any format; SciPy would follow it."""
    sound = _sound().toarray()
    clf = SoftmaxGDClassifier(max_iter=2, tol=None).fit(sound, [0, 1, 0, 1])
    for method, arguments in (("fit", ([0, 1, 0, 1],)), ("predict", ())):
        with pytest.raises(ValueError, match=message):
            getattr(clf, method)(make(sound), *arguments)


def test_sound_structures_pass():
    """No rows with entries, empty rows, spare room at the end and unsorted columns are sound."""
    check_structure(_sound())
    check_structure(sparse.csr_array((3, 5)))
    spare = _sound()
    spare.indices = np.append(spare.indices, 99).astype(np.int32)
    spare.data = np.append(spare.data, 0.0)
    check_structure(spare)
    check_structure(sparse.csr_array((np.ones(2), [4, 0], [0, 2]), shape=(1, 5)))
    for name in ("csc", "bsr", "coo", "lil", "dok", "dia"):
        check_structure(_sound().asformat(name))
