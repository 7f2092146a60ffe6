"""The structure of a sparse matrix, checked before anything follows its indices."""

import numpy as np

from sklinear_gd.designs.conversion import slices

CURE = "Build the matrix anew, or call X.check_format() where it is made."


def check_structure(X):
    """Refuse a sparse matrix whose arrays do not fit together.

    SciPy's constructors let most broken structures pass, and following them, in SciPy's own
    conversions and products, too, reads or writes foreign memory. One pass over the indices costs
    a few per cent of one epoch. Nothing of X is changed.

    Parameters
    ----------
    X : sparse matrix or array
        Of any format; SciPy itself checks DOK when it converts it.

    Raises
    ------
    ValueError
        It says which array is wrong, and where.
    """
    if len(X.shape) != 2:
        return  # vectors are refused for their shape
    if X.format == "lil":
        _check_lists(X)
    elif X.format == "dia":
        _check_vector("X.offsets", X.offsets)
        if X.data.ndim != 2 or len(X.data) != len(X.offsets):
            raise ValueError(
                f"X.offsets has {len(X.offsets)} entries, X.data has {len(X.data)} diagonals. "
                "Build the matrix anew."
            )
    elif X.format == "coo":
        for name, noun, size in (("row", "row", X.shape[0]), ("col", "column", X.shape[1])):
            axis = getattr(X, name)
            _check_vector(f"X.{name}", axis)
            if len(axis) != len(X.data):
                raise ValueError(
                    f"X.{name} has {len(axis)} entries, X.data has {len(X.data)}. "
                    "Build the matrix anew."
                )
            _check_range(axis, size, noun, f"X.{name}", lambda place: f"entry {place}")
    elif X.format in ("csr", "csc", "bsr"):
        _check_compressed(X)


def _check_compressed(X):
    """CSR as it stands, CSC with rows and columns swapped, BSR with blocks for entries."""
    data, indices, indptr = X.data, X.indices, X.indptr
    n_major, n_minor = X.shape if X.format != "csc" else X.shape[::-1]
    major, minor = ("row", "column") if X.format != "csc" else ("column", "row")
    if X.format == "bsr":
        n_major, n_minor = n_major // data.shape[1], n_minor // data.shape[2]
        major, minor = "block row", "block column"
    _check_vector("X.indices", indices)
    _check_vector("X.indptr", indptr)
    if data.ndim != (3 if X.format == "bsr" else 1):
        raise ValueError(f"X.data has {data.ndim} dimensions. {CURE}")
    if len(indptr) != n_major + 1:
        raise ValueError(
            f"X.indptr has {len(indptr)} entries, but {n_major} {major}s need {n_major + 1}. {CURE}"
        )
    if indptr[0] != 0:
        raise ValueError(f"X.indptr must start with 0, it starts with {indptr[0]}. {CURE}")
    for own in slices(n_major):
        falls = np.flatnonzero(indptr[1:][own] < indptr[:-1][own])
        if len(falls):
            raise ValueError(f"X.indptr falls after {major} {own.start + falls[0]}. {CURE}")
    stored = int(indptr[-1])
    if stored > len(indices) or stored > len(data):
        raise ValueError(
            f"X.indptr counts {stored} entries, X has {len(indices)} indices and "
            f"{len(data)} values. {CURE}"
        )

    def place_name(place):
        return f"{major} {np.searchsorted(indptr, place, side='right') - 1}"

    _check_range(indices[:stored], n_minor, minor, "X.indices", place_name)


def _check_lists(X):
    """A list of columns and one of values for each row, equally long."""
    if len(X.rows) != X.shape[0] or len(X.data) != X.shape[0]:
        raise ValueError(
            f"X.rows and X.data have {len(X.rows)} and {len(X.data)} lists, but X has "
            f"{X.shape[0]} rows. Build the matrix anew."
        )
    for row, (columns, values) in enumerate(zip(X.rows, X.data, strict=True)):
        if len(columns) != len(values):
            raise ValueError(
                f"X.rows has {len(columns)} columns in row {row}, X.data has {len(values)} values. "
                "Build the matrix anew."
            )


def _check_vector(name, array):
    if array.ndim != 1 or array.dtype not in (np.dtype(np.int32), np.dtype(np.int64)):
        raise ValueError(
            f"{name} must be a vector of int32 or int64; it is {array.dtype} of shape "
            f"{array.shape}. {CURE}"
        )


def _check_range(index, size, noun, name, place_name):
    # As unsigned numbers negative ones are too large, too: one pass finds both.
    unsigned = index.view(f"u{index.dtype.itemsize}")
    for own in slices(len(index)):
        if unsigned[own].max() < size:
            continue
        place = own.start + int(np.argmax(unsigned[own] >= size))
        raise ValueError(
            f"{name} names {noun} {index[place]} in {place_name(place)}, but X has {size} {noun}s. "
            f"{CURE}"
        )
