"""The table of bad inputs: each is trained on well, or refused, or ends with a warning.

Never a crash, a hang, a model at chance level without a warning, or a number that is not finite.
"""

import faulthandler
import re
import sys
import tempfile
import warnings
from copy import copy
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning

from sklinear_gd import SoftmaxGDClassifier, SVMGDClassifier

CLASSES = [SVMGDClassifier, SoftmaxGDClassifier]
SECONDS = 20  # after so long a hang ends the test process with a traceback
SECRET = "s3cret"  # what messages must not print

CONTAINERS = {
    "C": np.ascontiguousarray,
    "F": np.asfortranarray,
    "CSR 32-bit": sparse.csr_array,
    "CSR 64-bit": lambda X: _with_long_indices(sparse.csr_array(X)),
    "CSC": sparse.csc_matrix,
}


def _with_long_indices(X):
    X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    return X


@dataclass
class Case:
    """One row of the table.

    ``make(X, y)`` returns what differs from the sound data: X, y, sample_weight, classes, params,
    method, rows to predict. ``accuracy`` is what a good fit reaches; with ``honest`` a
    ConvergenceWarning will do in its place; ``refused`` is the error's message.
    """

    make: object
    accuracy: float | None = None
    honest: bool = False
    refused: str | None = None
    warns: type | None = None
    own_container: bool = False
    solvers: tuple = ("gd", "lbfgs")
    dtypes: tuple = (np.float64, np.float32)
    error: tuple = field(default=(ValueError, TypeError))


def good(make, accuracy=0.85, **settings):
    """Trained on as if nothing were wrong."""
    return Case(make, accuracy=accuracy, **settings)


def honest(make, **settings):
    """Clearly better than guessing, or a warning."""
    return Case(make, honest=True, **settings)


def refused(make, message, **settings):
    """An error with this message, and the estimator as it was."""
    return Case(make, refused=message, **settings)


def _scaled(double, single, column=slice(None)):
    def make(X, y):
        X = X.copy()
        X[:, column] *= X.dtype.type(double if X.dtype == np.float64 else single)
        return {"X": X}

    return make


def _with(value, row=7, column=2):
    def make(X, y):
        X = X.copy()
        X[row, column] = value
        return {"X": X}

    return make


def _X(change):
    return lambda X, y: {"X": change(X)}


def _y(change):
    return lambda X, y: {"y": change(y)}


def _params(**params):
    return lambda X, y: {"params": params}


def _weights(change):
    return lambda X, y: {"sample_weight": change(np.ones(len(y)), y)}


def _rows(change):
    return lambda X, y: {"rows": change(X)}


def _put(array, place, value, dtype=None):
    array = np.array(array, dtype=dtype)
    array[place] = value
    return array


def _memmap(X):
    with tempfile.TemporaryFile() as file:
        X.tofile(file)
        file.flush()
        return np.memmap(file, dtype=X.dtype, mode="r", shape=X.shape)


def _read_only(X):
    X = sparse.csr_array(X)
    for array in (X.data, X.indices, X.indptr):
        array.flags.writeable = False
    return X


def _backwards(X, copies=1):
    """CSR with every row's columns in falling order, each entry in so many equal parts."""
    n, d = X.shape
    data = np.repeat(X[:, ::-1] / copies, copies, axis=1).ravel()
    indices = np.tile(np.repeat(np.arange(d)[::-1], copies), n)
    return sparse.csr_array((data, indices, np.arange(n + 1) * d * copies), shape=X.shape)


def _wide(X):
    """CSR with 2**40 columns: no machine holds the weights."""
    n, d = X.shape
    indices = np.tile(np.arange(d, dtype=np.int64), n)
    indptr = np.arange(n + 1, dtype=np.int64) * d
    return sparse.csr_matrix((X.ravel(), indices, indptr), shape=(n, 2**40))


def _objects(X):
    return X.astype(object)


WORDS = np.array(["red", "green", "blue"])

CASES = {
    # numbers
    "x_nan": refused(_with(np.nan), "X contains NaN, first in row 7, column 2"),
    "x_inf": refused(_with(np.inf), "X contains infinity.*row 7, column 2"),
    "scale_1e6": honest(_scaled(1e6, 1e6)),
    "scale_1e150": honest(_scaled(1e150, 1e18), refused="column"),
    "scale_1e300": refused(_scaled(1e300, 0), "column", dtypes=(np.float64,)),
    "one_col_1e300": refused(_scaled(1e300, 0, column=1), "column 1", dtypes=(np.float64,)),
    "scale_1e37": honest(_scaled(1e37, 1e37), refused="column"),
    "scale_1e-300": honest(_scaled(1e-300, 1e-36)),
    "f32_1e38": honest(_scaled(0, 1e37, column=0), refused="column", dtypes=(np.float32,)),
    "denormal": honest(_scaled(1e-310, 1e-40)),
    "constant_feature": good(_with(5.0, row=slice(None))),
    "all_constant": honest(_X(np.ones_like)),
    "all_zero_X": honest(_X(np.zeros_like)),
    "duplicate_columns": good(_X(lambda X: np.hstack([X, X]))),
    "const_large_offset_1e8": honest(_X(lambda X: X + X.dtype.type(1e8))),
    # shapes
    "one_class": refused(_y(np.zeros_like), "y holds one class only"),
    "empty_samples": refused(lambda X, y: {"X": X[:0], "y": y[:0]}, "0 sample"),
    "empty_features": refused(_X(lambda X: X[:, :0]), "0 feature"),
    "one_sample": refused(lambda X, y: {"X": X[:1], "y": y[:1]}, "one class|1 sample"),
    "two_samples_two_classes": good(lambda X, y: {"X": X[:2], "y": [0, 1]}),
    "nclasses_eq_nsamples": good(
        lambda X, y: {"X": X[:24], "y": np.arange(24)}, accuracy=0.2, warns=UserWarning
    ),
    "xy_length_mismatch": refused(_y(lambda y: y[:-1]), "inconsistent numbers of samples"),
    "predict_nan": refused(
        _rows(lambda X: _put(X, (3, 1), np.nan)), "X contains NaN, first in row 3, column 1"
    ),
    "predict_inf": refused(  # of both signs: their sum is no number
        _rows(lambda X: _put(_put(X, (3, 1), np.inf), (5, 0), -np.inf)),
        "X contains infinity.*row 3, column 1",
    ),
    "predict_more_features": refused(_rows(lambda X: np.hstack([X, X])), "8 features.*4 features"),
    "predict_empty": refused(_rows(lambda X: X[:0]), "0 sample"),
    # labels
    "y_nan": refused(_y(lambda y: _put(y, 5, np.nan, float)), "y contains NaN, first at index 5"),
    "y_none_obj": refused(
        _y(lambda y: _put(WORDS[y], 5, None, object)), "y contains None at index 5"
    ),
    "y_mixed_obj": refused(
        _y(lambda y: _put(WORDS[y], 5, 3, object)), "y mixes labels of the types int, str"
    ),
    "y_float_regress": refused(_y(lambda y: y + np.linspace(0, 0.5, len(y))), "continuous"),
    "y_str": good(_y(lambda y: WORDS[y])),
    "y_obj_str": good(_y(lambda y: WORDS[y].astype(object))),
    "y_bytes": refused(_y(lambda y: WORDS[y].astype(bytes)), "bytes"),
    "y_bool": good(_y(lambda y: y == 0)),
    "y_int_huge": good(_y(lambda y: y * 2**61)),
    "y_uint64_huge": good(_y(lambda y: y.astype(np.uint64) + np.uint64(2**63))),
    "y_column": good(_y(lambda y: y[:, None]), warns=DataConversionWarning),
    "y_onehot_2d": refused(_y(lambda y: np.eye(3)[y]), "1d array"),
    "y_pandas_na": refused(
        _y(lambda y: pd.Series(_put(y, 5, pd.NA, object), dtype="Int64")), "y contains NaN"
    ),
    "y_masked": refused(_y(lambda y: np.ma.masked_equal(y, 1)), "y has 30 masked entries"),
    "y_complex": refused(_y(lambda y: y + 1j), "Complex data not supported: y"),
    "y_complex_list": refused(_y(lambda y: (y + 1j).tolist()), "Complex data not supported: y"),
    # kinds of arrays
    "f16": good(_X(lambda X: X.astype(np.float16)), own_container=True),
    "f16_overflowed": refused(
        _X(lambda X: np.where(X == X.max(), np.inf, X).astype(np.float16)),
        "infinity",
        own_container=True,
    ),
    "longdouble": good(_X(lambda X: X.astype(np.longdouble)), own_container=True),
    "boolX": good(_X(lambda X: X > 0), accuracy=0.8),
    "int8X": good(_X(lambda X: np.round(X * 8).astype(np.int8))),
    "int64_big": honest(_X(lambda X: (X * 1e15).astype(np.int64))),
    "pyint_overflow_obj": refused(
        _X(lambda X: _put(_objects(X), (0, 0), 10**400)), "X.*too large", own_container=True
    ),
    "complexX": refused(_X(lambda X: X + 1j), "Complex data not supported: X"),
    "complexX_list": refused(
        _X(lambda X: (X + 1j).tolist()), "not 'complex'|Complex data", own_container=True
    ),
    "objX_numeric": good(_X(_objects), own_container=True),
    "strX_numeric": good(_X(lambda X: X.astype(str)), own_container=True),
    "strX_objects": good(_X(lambda X: _objects(X.astype(str))), own_container=True),
    "strX_words": refused(
        _X(lambda X: _put(_objects(X), (4, 3), SECRET)), "text.*row 4, column 3", own_container=True
    ),
    "bigendian": good(_X(lambda X: X.astype(X.dtype.newbyteorder(">"))), own_container=True),
    "noncontig_neg_stride": good(
        _X(lambda X: np.repeat(X, 2, axis=1)[::1, ::-2]), own_container=True
    ),
    "readonly_memmap": good(_X(_memmap), own_container=True),
    "readonly_sparse": good(_X(_read_only), own_container=True),
    "masked_array": refused(
        _X(lambda X: np.ma.masked_array(X, mask=_put(np.zeros(X.shape, bool), (6, 1), True))),
        r"X has 1 masked entries, the first at \[6, 1\]",
        own_container=True,
    ),
    "masked_nothing": good(_X(np.ma.masked_array), own_container=True),
    "np_matrix": refused(_X(lambda X: X.view(np.matrix)), "np.matrix", own_container=True),
    "dataframe_nullable": good(
        _X(lambda X: pd.DataFrame(X, columns=list("abcd")).convert_dtypes()), own_container=True
    ),
    "csr_unsorted": good(_X(_backwards), own_container=True),
    "csr_duplicates": good(_X(lambda X: _backwards(X, copies=3)), own_container=True),
    "csr_explicit_zeros": good(
        _X(lambda X: _backwards(np.where(X < 0, 0, X))), accuracy=0.75, own_container=True
    ),
    "wide_csr": refused(_X(_wide), "X has 1099511627776 columns", own_container=True),
    # weights
    "sw_negative": refused(_weights(lambda w, y: _put(w, 4, -1)), "negative at index 4"),
    "sw_all_negative": refused(_weights(lambda w, y: -w), "negative at index 0"),
    "sw_zero_all": refused(_weights(lambda w, y: 0 * w), "zero for every row"),
    "sw_zero_one_class": good(_weights(lambda w, y: w * (y != 2)), accuracy=0.6),
    "sw_nan": refused(_weights(lambda w, y: _put(w, 4, np.nan)), "NaN or infinite at index 4"),
    "sw_1e300": good(_weights(lambda w, y: 1e300 * w)),
    "sw_1e-300": good(_weights(lambda w, y: 1e-300 * w)),
    "sw_wrong_len": refused(_weights(lambda w, y: w[:-1]), r"expected \(90,\)"),
    "sw_text": refused(_weights(lambda w, y: [SECRET] * len(w)), "sample_weight must hold numbers"),
    "sw_complex": refused(_weights(lambda w, y: w + 1j), "sample_weight must hold real numbers"),
    "cw_missing_class": refused(_params(class_weight={7: 1.0}), "class_weight names the class 7"),
    "cw_negative": refused(_params(class_weight={0: -1.0}), r"class_weight\[0\]=-1.0"),
    # settings
    "huge_lr": honest(_params(learning_rate=1e10), solvers=("gd",)),
    "max_iter_1": good(_params(max_iter=1, tol=1e-4), accuracy=0.2, warns=ConvergenceWarning),
    "param_nan": refused(_params(alpha=np.nan), "alpha=nan"),
    "random_state_bad": refused(_params(random_state="x"), "seed"),
    "partial_fit_unseen_label": refused(
        lambda X, y: {"method": "partial_fit", "y": y + 1}, "index 2 .*3 classes", solvers=("gd",)
    ),
    "partial_fit_no_classes": refused(
        lambda X, y: {"method": "partial_fit", "fresh": True}, "classes must be", solvers=("gd",)
    ),
}


def _sound(dtype):
    """Three blobs in 4 dimensions: X (90, 4), y (90,) = 0, 1, 2, 0, 1, 2, ..."""
    rng = np.random.default_rng(3)
    y = np.arange(90) % 3
    centres = np.array([[3, 3, 0, -2], [-3, 2, 2, 3], [0, -3, -3, 1]])
    return (centres[y] + rng.normal(size=(90, 4))).astype(dtype), y


def _settings(solver):
    # Without tol nothing is said of epochs that ran out; what is wrong must be said all the same.
    return {"solver": solver, "max_iter": 25, "tol": None, "random_state": 0}


@pytest.fixture(scope="module", params=CLASSES, ids=lambda cls: cls.__name__)
def cls(request):
    """Return one of the two classifiers."""
    return request.param


@pytest.fixture(scope="module", params=["gd", "lbfgs"])
def model(request, cls):
    """Return a classifier, fitted to sound data, in a dict by dtype."""
    return {
        dtype: cls(**_settings(request.param)).fit(*_sound(dtype))
        for dtype in (np.float64, np.float32)
    }


@pytest.fixture
def watched():
    """End the process if the test hangs."""
    faulthandler.dump_traceback_later(SECONDS, exit=True, file=sys.__stderr__)
    yield
    faulthandler.cancel_dump_traceback_later()


def _run(clf, case, given):
    """Fit or predict as the case says; returns accuracy, chance and the warnings' classes."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if "rows" in given:
            clf.predict(given["rows"])
            clf.decision_function(given["rows"])
        else:
            arguments = {name: given[name] for name in ("sample_weight",) if name in given}
            getattr(clf, given.get("method", "fit"))(given["X"], given["y"], **arguments)
            predicted = clf.predict(given["X"])
            assert np.isfinite(clf.decision_function(given["X"])).all()
    for name in ("coef_", "intercept_", "objective_"):
        assert np.isfinite(getattr(clf, name)).all(), name
    y = np.ravel(given["y"])
    chance = np.unique(y, return_counts=True)[1].max() / len(y)
    return np.mean(predicted == y), chance, {warning.category for warning in caught}


def _check(clf, case, given):
    before = dict(vars(clf))
    try:
        accuracy, chance, categories = _run(clf, case, given)
    except case.error as error:
        assert case.refused, f"refused: {error!r}"
        _check_message(error, case.refused)
        assert vars(clf).keys() == before.keys()
        assert all(value is before[name] for name, value in vars(clf).items())
        return
    if case.honest:
        assert categories <= {ConvergenceWarning}
        assert accuracy > chance + 0.05 or ConvergenceWarning in categories, f"silent {accuracy}"
        return
    assert case.accuracy is not None, f"accepted, with an accuracy of {accuracy:.2f}"
    assert categories <= ({case.warns} if case.warns else set())
    assert accuracy >= case.accuracy


def _check_message(error, expected):
    """The message is the expected one, and neither it nor its cause prints data."""
    assert re.search(expected, str(error), re.DOTALL), str(error)
    while error is not None:
        assert SECRET not in str(error)
        assert "array(" not in str(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_no_input_breaks_a_fit(case, model):
    """Right, refused or with a warning, in every container and dtype; a refusal changes nothing."""
    for dtype in case.dtypes:
        if model[dtype].solver not in case.solvers:
            continue
        X, y = _sound(dtype)
        containers = {"own": lambda X: X} if case.own_container else CONTAINERS
        with np.errstate(all="ignore"):
            changed = case.make(X, y)
        for name, contain in containers.items():
            clf = copy(model[dtype])
            if changed.get("fresh"):
                clf = type(clf)(**clf.get_params())
            clf.set_params(**changed.get("params", {}))
            given = {"X": X, "y": y, **changed}
            place = "rows" if "rows" in given else "X"
            given[place] = contain(given[place])
            try:
                _check(clf, case, given)
            except Exception as error:
                error.add_note(f"{name}, {np.dtype(dtype)}")
                raise
