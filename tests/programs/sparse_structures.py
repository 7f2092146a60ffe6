"""Broken sparse matrices against both classifiers: the named corruptions, then random mutations.

A program, because a failure may be a crash: tests and the sanitizer build run it as a child::

    python -P tests/programs/sparse_structures.py SVMGDClassifier --mutations 1000 --seed 0

It prints a count of outcomes as JSON; what was neither refused with a ValueError nor right is
listed under "wrong".
"""

import argparse
import faulthandler
import json
import warnings

import numpy as np
from scipy import sparse

import sklinear_gd
from sklinear_gd.solvers import lbfgs

FIRST_SAMPLES, FEATURES = 300, 20
METHODS = ("fit", "partial_fit", "objective", "score", "predict", "decision_function")
MAKERS = (sparse.csr_array, sparse.csr_matrix, sparse.csc_array)
SECONDS = 20
# What trains on a mutated matrix: each calls other compiled code.
TRAINING = (
    {},
    {"optimizer": "sgd", "batch_size": 1},
    {"optimizer": "saga"},
    {"batch_size": "full"},
    {"solver": "lbfgs"},
    {"solver": "lbfgs", "smooth": True},
)


def _put(name, place, value):
    def corrupt(X):
        getattr(X, name)[place] = value

    return corrupt


def _cut(name):
    def corrupt(X):
        setattr(X, name, getattr(X, name)[:-1].copy())

    return corrupt


def _falling(X):
    X.indptr[5] = X.indptr[7] + 3


def _lying(X):
    X._shape = (X.shape[0] // 2, X.shape[1] // 2)


CORRUPTIONS = {
    "idx_out_of_range_small": _put("indices", 17, FIRST_SAMPLES),
    "idx_out_of_range_1e6": _put("indices", 17, 10**6),
    "idx_out_of_range_2e9": _put("indices", 17, 2 * 10**9),
    "idx_negative_1": _put("indices", 17, -1),
    "idx_negative_1e9": _put("indices", 17, -(10**9)),
    "indptr_decreasing": _falling,
    "indptr_mid_huge": _put("indptr", 9, 2 * 10**9),
    "indptr_last_too_big": _put("indptr", -1, 10**6),
    "indptr_first_nonzero": _put("indptr", 0, 2),
    "indptr_first_negative": _put("indptr", 0, -(10**6)),
    "indptr_short": _cut("indptr"),
    "data_shorter_than_indices": _cut("data"),
    "indices_shorter": _cut("indices"),
    "shape_lies": _lying,
    "indices_float": lambda X: setattr(X, "indices", X.indices.astype(float)),
}


def named(cls, wrong):
    """Every corruption in every method, solver, format and index type; returns the refusals."""
    rng = np.random.default_rng(0)
    dense = rng.normal(size=(FIRST_SAMPLES, FEATURES)) * (rng.random((FIRST_SAMPLES, 1)) < 0.5)
    dense[:, :3] += 1
    y = np.arange(FIRST_SAMPLES) % 3
    refused = 0
    for solver in ("gd", "lbfgs"):
        fitted = cls(solver=solver, max_iter=3, tol=None).fit(dense, y)
        for make in MAKERS:
            for index_dtype in (np.int32, np.int64):
                for name, corrupt in CORRUPTIONS.items():
                    X = make(dense)
                    X.indices, X.indptr = (a.astype(index_dtype) for a in (X.indices, X.indptr))
                    corrupt(X)
                    for method in METHODS:
                        if solver == "lbfgs" and method == "partial_fit":
                            continue
                        case = f"{name}, {make.__name__}, {index_dtype.__name__}, {method}"
                        outcome = _outcome(fitted, method, X, y)
                        refused += outcome == "ValueError"
                        if outcome != "ValueError":
                            wrong.append(f"{case}: {outcome}")
    return refused


def _outcome(clf, method, X, y):
    """The name of the error, "right", or what went wrong."""
    arrays = {name: getattr(X, name) for name in _array_names(X)}
    before = {name: array.copy() for name, array in arrays.items()}
    model = dict(vars(clf))
    faulthandler.dump_traceback_later(SECONDS, exit=True)
    arguments = (X,) if method in ("predict", "decision_function") else (X, y)
    try:
        found = getattr(clf, method)(*arguments)
    except (ValueError, TypeError) as error:
        outcome = type(error).__name__
        if any(vars(clf)[name] is not value for name, value in model.items()):
            outcome = "the estimator has changed"
    else:
        outcome = "right"
        if method == "decision_function" and not np.allclose(found, _expected(clf, X)):
            outcome = "wrong numbers"
    finally:
        faulthandler.cancel_dump_traceback_later()
    for name, array in arrays.items():
        if getattr(X, name) is not array or not np.array_equal(array, before[name]):
            outcome = f"X.{name} was changed"
    return outcome


def _array_names(X):
    return ("data", "row", "col") if X.format == "coo" else ("data", "indices", "indptr")


def _entries(X):
    """The entries (row, column, value) of X by its definition, one by one; None if it is broken."""
    n_rows, n_columns = X.shape
    indices = [getattr(X, name) for name in _array_names(X) if name != "data"]
    if any(array.dtype not in (np.int32, np.int64) for array in indices):
        return None
    if X.format == "coo":
        entries = list(zip(X.row.tolist(), X.col.tolist(), X.data.tolist(), strict=False))
        whole = len(X.row) == len(X.col) == len(X.data)
    else:
        columns = X.format == "csc"
        indptr, indices, data = X.indptr.tolist(), X.indices.tolist(), X.data.tolist()
        if len(indptr) != (n_columns if columns else n_rows) + 1 or indptr[0] != 0:
            return None
        if sorted(indptr) != indptr or indptr[-1] > min(len(indices), len(data)):
            return None
        entries, whole = [], True
        for major in range(len(indptr) - 1):
            for place in range(indptr[major], indptr[major + 1]):
                pair = (indices[place], major) if columns else (major, indices[place])
                entries.append((*pair, data[place]))
    inside = all(0 <= i < n_rows and 0 <= j < n_columns for i, j, _ in entries)
    return entries if whole and inside else None


def _expected(clf, X):
    dense = np.zeros(X.shape)
    for row, column, value in _entries(X):
        dense[row, column] += value
    scores = dense @ clf.coef_.T + clf.intercept_
    return scores[:, 0] if scores.shape[1] == 1 else scores


def _mutate(X, rng):
    """Change one of the arrays, or the shape, at random."""
    name = rng.choice([*_array_names(X), "shape"])
    if name == "shape":
        X._shape = tuple(max(1, size + int(rng.integers(-2, 3))) for size in X.shape)
        return
    array = getattr(X, name)
    kind = rng.choice(["value", "cut", "grow", "dtype"])
    if kind == "cut":
        array = array[: int(rng.integers(0, len(array) + 1))].copy()
    elif kind == "grow":
        array = np.append(array, array[:1]).astype(array.dtype)
    elif kind == "dtype" and name != "data":
        array = array.astype(rng.choice([np.int64, np.int32, np.int16, np.uint32, float]))
    elif len(array):
        array = array.copy()
        big = np.iinfo(array.dtype) if array.dtype.kind in "iu" else None
        values = [0, 1, 2, *X.shape] + ([] if big is None else [big.min, big.max, big.max // 2])
        array[rng.integers(len(array))] = rng.choice(np.array(values, dtype=object))
    setattr(X, name, array)


def _classifier(cls, rng):
    """One of the ways to train, at random."""
    params = dict(TRAINING[rng.integers(len(TRAINING))])
    if params.pop("smooth", False) and cls is sklinear_gd.SVMGDClassifier:
        params["loss"] = "squared_hinge"
    return cls(**params, max_iter=2, tol=None, random_state=0)


def mutated(cls, count, seed, wrong):
    """Random small matrices, mutated once to three times; returns a count of outcomes.

    Any size counts as large, so that L-BFGS works on vectors of its own, of wide matrices on the
    span of their rows.
    """
    lbfgs.MANY = 0
    rng = np.random.default_rng(seed)
    outcomes = {"ValueError": 0, "TypeError": 0, "right": 0}
    for number in range(count):
        shape = int(rng.integers(4, 9)), int(rng.integers(1, 6) * rng.choice([1, 5]))
        dense = rng.normal(size=shape) * (rng.random(shape) < 0.6)
        y = np.arange(shape[0]) % int(rng.integers(2, 4))
        clf = _classifier(cls, rng).fit(dense, y)
        dtype = rng.choice([np.float64, np.float32])
        X = rng.choice([*MAKERS, sparse.coo_array])(dense.astype(dtype))
        for _ in range(rng.integers(1, 4)):
            _mutate(X, rng)
        method = str(rng.choice([name for name in METHODS if hasattr(clf, name)]))
        sound = _entries(X) is not None
        outcome = _outcome(clf, method, X, y)
        if outcome not in outcomes or (not sound and outcome == "right"):
            wrong.append(f"mutation {number} of seed {seed}, {X.format}, {method}: {outcome}")
        else:
            outcomes[outcome] += 1
    return outcomes


def main():
    """Read the command line, run, print the counts."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("estimator", choices=["SVMGDClassifier", "SoftmaxGDClassifier"])
    parser.add_argument("--mutations", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    faulthandler.enable()
    warnings.simplefilter("ignore")
    cls = getattr(sklinear_gd, arguments.estimator)
    wrong = []
    refused = named(cls, wrong)
    outcomes = mutated(cls, arguments.mutations, arguments.seed, wrong)
    print(json.dumps({"named": refused, "mutated": outcomes, "wrong": wrong}))


if __name__ == "__main__":
    main()
