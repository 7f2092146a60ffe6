"""X and y as users give them, checked and converted: once, here.

scikit-learn's checks do most of it. What they let pass, what they say without a place and what
they print of the data is said here first: a message names rows and columns, never values.
"""

import numpy as np
from scipy import sparse
from sklearn import get_config
from sklearn.utils.validation import validate_data

from sklinear_gd._namespaces import follow_X, is_dispatched, namespace, without_gradient
from sklinear_gd.designs import as_csr, check_structure

CONVERTED = {
    "accept_sparse": "csr",
    "accept_large_sparse": True,
    "dtype": (np.float64, np.float32),
    "order": "C",
    "ensure_all_finite": False,  # checked below, with the place
}
# Numbers that one sum looks at: some 20 ms.
CHECKED_NUMBERS = 1 << 25
NO_LABELS = "no_validation"  # scikit-learn's word for "there is no y to check"


def check_data(estimator, X, y=NO_LABELS, *, reset, finite=True, first_row=0):
    """Check and convert X, and y where it is given.

    Parameters
    ----------
    estimator : LinearGDClassifier
        Gets ``n_features_in_`` and ``feature_names_in_``, or is asked for them.
    X : array-like or sparse matrix of shape (n_samples, n_features)
        Where scikit-learn's ``array_api_dispatch`` is on, arrays of other libraries stay in theirs.
    y : array-like of shape (n_samples,), optional
    reset : bool
        Whether the features are those of a first fit; otherwise they must be the known ones.
    finite : bool
        Whether to read all of X for what is not finite; False leaves that to the caller.
    first_row : int, default=0
        The number of the first row, for messages, where X is a block of something larger.

    Returns
    -------
    X : C-contiguous ndarray, CSR matrix or array of another library, float32 or float64
        The user's own object where it is one already.
    y : ndarray of shape (n_samples,)
        Only if it was given. On the host.

    Raises
    ------
    ValueError, TypeError
        For what cannot be used; the message names the argument, the place and the cure.
    """
    _refuse_masked_and_complex("X", X)
    _refuse_other_kinds(X)
    if sparse.issparse(X) and (X.format != "csr" or X.dtype not in CONVERTED["dtype"]):
        check_structure(X)  # the conversion follows the indices
        X = as_csr(X) if X.ndim == 2 else X
    labelled = not (isinstance(y, str) and y == NO_LABELS)
    y, converted = follow_X(y), CONVERTED
    if is_dispatched(X):
        X, xp = without_gradient(X), namespace(X)
        if xp.isdtype(X.dtype, "complex floating"):
            raise ValueError(_told_of_complex("X"))
        converted = {**CONVERTED, "accept_sparse": False, "dtype": (xp.float64, xp.float32)}
    if labelled and y is not None:
        _refuse_masked_and_complex("y", y)
        _check_labels(y, first_row)
    try:
        found = validate_data(estimator, X, y, reset=reset, **converted)
    except OverflowError:
        raise ValueError(
            "X holds an integer that is too large for a float64; scale or clip it first."
        ) from None
    except (ValueError, TypeError) as error:
        message = _told_of_conversion(str(error), X, y if labelled else None, first_row)
        if message is None:
            raise
        # Not chained: the original prints the data.
        kind = ValueError if isinstance(error, ValueError) else TypeError
        raise kind(message) from None
    if finite:
        check_finite(found[0] if labelled else found, first_row)
    return found


def check_rows(estimator, X):
    """Check and convert rows to predict, whose indices SciPy may follow; all but NaN, infinity."""
    X = check_data(estimator, X, reset=False, finite=False)
    if sparse.issparse(X):
        check_structure(X)
    return X


def _refuse_masked_and_complex(name, array):
    if isinstance(array, np.ma.MaskedArray) and np.ma.is_masked(array):
        mask = np.ma.getmaskarray(array)
        place = ", ".join(map(str, np.argwhere(mask)[0]))
        raise ValueError(
            f"{name} has {mask.sum()} masked entries, the first at [{place}]; fill them, e.g. with "
            f"{name}.filled(0) or an imputer, or leave their rows out."
        )
    dtype = getattr(array, "dtype", None)
    if isinstance(dtype, np.dtype) and dtype.kind == "c":
        raise ValueError(_told_of_complex(name))


def _refuse_other_kinds(X):
    """Refuse what holds dates, has named fields or more than two dimensions."""
    dtype = getattr(X, "dtype", None)
    if isinstance(dtype, np.dtype) and dtype.kind in "mM":
        raise ValueError(
            f"X holds dates or times ({dtype}), which have no scale; pass numbers, e.g. "
            "(X - X.min()) / np.timedelta64(1, 'D')."
        )
    if isinstance(dtype, np.dtype) and dtype.kind == "V":
        raise ValueError(
            f"X has the dtype {dtype}; pass a table of numbers, of named fields e.g. "
            "numpy.lib.recfunctions.structured_to_unstructured(X)."
        )
    if sparse.issparse(X) and X.ndim > 2:
        raise ValueError(f"X must be a 2D matrix of rows and columns; it has {X.ndim} dimensions.")


def _check_labels(y, first_row):
    """Name what keeps labels from being sorted, and where it is."""
    labels = np.asarray(y) if isinstance(y, list | tuple) or hasattr(y, "__array__") else None
    if labels is None or labels.ndim != 1:
        return
    if labels.dtype.kind in "TV":
        raise ValueError(
            f"y has the dtype {labels.dtype}; pass numbers or text, e.g. y.astype('U')."
        )
    if labels.dtype.kind in "fmM" and not np.isfinite(labels).all():
        place = int(np.argmin(np.isfinite(labels)))
        kind = "infinity" if labels.dtype.kind == "f" and np.isinf(labels[place]) else "NaN"
        raise ValueError(
            f"Input y contains {kind}, first at index {first_row + place}; leave such rows out."
        )
    if labels.dtype != object:
        return
    for place, label in enumerate(labels, first_row):
        if label is None:
            raise ValueError(f"y contains None at index {place}; leave such rows out.")
        if type(label).__name__ == "NAType" or label != label:
            raise ValueError(
                f"Input y contains NaN or NA, first at index {place}; leave such rows out."
            )
    kinds = sorted({type(label).__name__ for label in labels})
    if len(kinds) > 1:
        raise ValueError(
            f"y mixes labels of the types {', '.join(kinds)}, which have no common order; "
            "convert them to one type, e.g. with y.astype(str)."
        )
    if kinds and not issubclass(kind := type(labels[0]), str | bytes | list | tuple):
        raise ValueError(
            f"Unknown label type: y holds objects of the type {kind.__name__}; convert them, e.g. "
            f"with {'y.astype(int)' if issubclass(kind, int) else 'y.astype(str)'}."
        )


def _told_of_complex(name):
    return (
        f"Complex data not supported: {name} holds complex numbers; pass the real and the "
        "imaginary part as columns of their own, or the absolute values."
    )


def _told_of_conversion(message, X, y, first_row):
    """What to say in place of a message that prints data, or none of where it is; or None."""
    if "Complex data" in message:
        return _told_of_complex("y" if np.iscomplexobj(y) else "X")
    if "\narray=" in message:
        return (
            f"{message.partition(chr(10))[0]} X has the shape {np.shape(X)}. Reshape your data "
            "with X.reshape(-1, 1) if it has a single feature, or with X.reshape(1, -1) if it is a "
            "single sample."
        )
    if "inhomogeneous" in message:
        return (
            "X could not be converted to an array of numbers: its rows have different lengths, or "
            "hold sequences. Pass as many numbers in every row."
        )
    unclear = "could not convert", "float() argument", "promoted", "setting an array element"
    if any(part in message for part in unclear):
        return _told_of_no_number(X, first_row)
    return None


def _told_of_no_number(X, first_row):
    """Say where X holds what is no number; a number written as text counts as that number."""
    table = np.asarray(X, dtype=object)
    if table.ndim == 0:
        return f"X is a {type(X).__name__}; pass an array-like of shape (n_samples, n_features)."
    for row, values in enumerate(table, first_row):
        for column, value in enumerate(np.atleast_1d(values)):
            try:
                float(value)
            except (TypeError, ValueError):
                if isinstance(value, complex):
                    return _told_of_complex("X")
                place = f"in row {row}, column {column}"
                if isinstance(value, str | bytes):
                    return (
                        f"X holds text that could not be converted to a number {place}; encode "
                        "categories, e.g. with sklearn.preprocessing.OneHotEncoder."
                    )
                return (
                    f"X holds a {type(value).__name__} {place}; an argument must be a string or a "
                    "real number: convert its column, or leave it out."
                )
    return "X could not be converted to numbers; pass an array of floats."


def check_finite(X, first_row=0):
    """Refuse a matrix that holds NaN or infinity; the message names the place."""
    if get_config()["assume_finite"]:
        return
    if is_dispatched(X):
        return _check_finite_elsewhere(X)
    values = X.data if sparse.issparse(X) else X
    place = _place_of_wrong(values)
    if place is None:
        return
    value = values[place]
    if sparse.issparse(X):
        check_structure(X)
        if place[0] >= X.indptr[-1]:
            return  # spare room behind the last row
        row, column = np.searchsorted(X.indptr, place[0], side="right") - 1, X.indices[place[0]]
    else:
        row, column = place
    _refuse_value(value, first_row + row, column, X.dtype)


def _place_of_wrong(values):
    """The index of the first entry that is not finite, or None; a slice at a time, for Ctrl-C."""
    step = max(1, CHECKED_NUMBERS * len(values) // max(1, values.size))
    for start in range(0, len(values), step):
        part = values[start : start + step]
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(part.sum()):
                continue
        wrong = ~np.isfinite(part)
        if wrong.any():  # else only the sum was too large
            place = np.argwhere(wrong)[0]
            return start + place[0], *place[1:]
    return None


def _check_finite_elsewhere(X):
    xp = namespace(X)
    if bool(xp.isfinite(xp.sum(X))):
        return
    wrong = xp.reshape(xp.astype(~xp.isfinite(X), xp.int8), (-1,))
    place = int(xp.argmax(wrong))
    if bool(wrong[place]):
        row, column = divmod(place, X.shape[1])
        _refuse_value(float(X[row, column]), row, column, str(X.dtype).rpartition(".")[2])


def _refuse_value(value, row, column, dtype):
    problem = "NaN" if np.isnan(value) else f"infinity or a value too large for {dtype}"
    cure = "impute it, e.g. with sklearn.impute.SimpleImputer," if np.isnan(value) else "clip it"
    raise ValueError(
        f"Input X contains {problem}, first in row {row}, column {column}; {cure} or leave such "
        "rows out."
    )
