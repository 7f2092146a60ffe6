"""Dask collections checked and converted, block by block and where the blocks lie."""

from collections import namedtuple

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from sklinear_gd._data import check_data
from sklinear_gd._labels import at_least_two, encode, sorted_unique
from sklinear_gd._weights import (
    check_block_of_weights,
    factors_of_sums,
    refuse_zero_products,
    refuse_zeros,
)
from sklinear_gd.designs import Parts, as_design
from sklinear_gd.distributed import to_blocks
from sklinear_gd.distributed.collections import header_of, rows_of
from sklinear_gd.objective import Objective, rounded_weights

# What is known of a block before it is checked, and what it holds then.
Facts = namedtuple("Facts", ["rows", "labels", "weights", "dtype"])
Checked = namedtuple("Checked", ["X", "y", "sample_weight", "first_row"])
# Of a checked block: all rows, stored entries, labels; the number of rows, the sum and the largest
# of the weights above 0 of each label.
Summary = namedtuple("Summary", ["size", "entries", "is_sparse", "labels", "rows", "sums", "most"])
LOST = (
    "X, y or sample_weight hold blocks that were put on one worker by client.scatter: were that "
    "worker lost, nothing could make them anew. Make the collection from its source, e.g. by "
    "dask.array.from_array or from_delayed, and client.persist it; or pass arrays in memory."
)


class BlockRows:
    """Rows of a Dask array or data frame, their labels and weights.

    One pass checks the blocks and finds their labels; the blocks stay with the workers.

    Parameters
    ----------
    estimator : LinearGDClassifier
    X, y, sample_weight
        As ``fit`` takes them; X is a collection.
    held : contextlib.ExitStack
        At its end the blocks are let go.
    reset : bool
    """

    def __init__(self, estimator, X, y, sample_weight, held, *, reset):
        if y is None:
            raise ValueError(
                f"This {type(estimator).__name__} estimator requires y to be passed, but the "
                "target y is None."
            )
        blocks = to_blocks(X, y, sample_weight, held)
        X = rows_of(X)
        validate_data(estimator, header_of(X), reset=reset, skip_check_array=True)
        self.n_features = X.shape[1]
        facts = blocks.map(_facts)
        _check_lengths(facts)
        if blocks.without_lineage():
            raise ValueError(LOST)
        kept = [k for k, block in enumerate(facts) if block.rows]
        if not kept:
            raise ValueError(
                f"Found array with 0 sample(s) (shape=(0, {self.n_features})) while a minimum of 1 "
                "is required."
            )
        dtypes = {block.dtype for block in facts if block.rows}
        self.dtype = np.dtype(np.float32 if dtypes == {np.dtype(np.float32)} else np.float64)
        first = np.cumsum([0, *(block.rows for block in facts)])
        self.n_rows, self.weighted = int(first[-1]), facts[kept[0]].weights is not None
        each = [(int(first[k]),) for k in kept]
        self.blocks = blocks.take(kept).transform(_checked, self.dtype, each=each)
        self.summaries = _without_error(self.blocks.map(_summary))
        refuse_zeros(any(summary.rows.any() for summary in self.summaries))

    def classes(self):
        """The sorted labels of the rows that count."""
        labels = [own.labels[own.rows > 0] for own in self.summaries]
        kinds = {own.dtype.kind for own in labels}
        if len(kinds) > 1 and not kinds <= set("biuf"):
            labels = [own.astype(object) for own in labels]
        return at_least_two(sorted_unique(np.concatenate(labels)))

    def objective(self, classes, class_weight, loss, penalty, alpha, **layout):
        """The objective F on these rows; see :meth:`Rows.objective`."""
        sums, most = np.zeros(len(classes)), np.zeros(len(classes))
        rows = np.zeros((len(self.blocks), len(classes)), dtype=np.int64)
        place = {label: k for k, label in enumerate(classes.tolist())}
        for own, summary in zip(rows, self.summaries, strict=True):
            for j, label in enumerate(summary.labels.tolist()):
                k = place.get(label)
                if k is None and summary.rows[j]:
                    _without_error(self.blocks.map(_unknown_label, classes))
                elif k is not None:
                    own[k] = summary.rows[j]
                    sums[k] += summary.sums[j]
                    most[k] = max(most[k], summary.most[j])
        factors = factors_of_sums(class_weight, classes, sums)
        counted = np.ones(len(classes), dtype=bool)
        if factors is not None:
            counted, most = factors > 0, most * factors
            refuse_zero_products((rows.sum(axis=0)[counted] > 0).any())
        rows = rows[:, counted].sum(axis=1)
        kept = np.flatnonzero(rows)
        blocks, whole, scaling = self.blocks.take(kept), int(rows.sum()), None
        if self.weighted or factors is not None:
            scaling = most.max(), 1.0
            mean = sum(blocks.map(_sum_of_weights, classes, factors, scaling)) / whole
            scaling = most.max(), mean
        own = [self.summaries[k] for k in kept]
        entries = sum(each.entries for each in own) / sum(each.size for each in own)
        is_sparse = any(each.is_sparse for each in own)
        model = loss, penalty, alpha, layout
        blocks = blocks.transform(
            _part, classes, factors, scaling, whole, model, each=[(k,) for k in range(len(kept))]
        )
        parts = Parts(blocks, rows[kept].tolist(), self.n_features, self.dtype, entries, is_sparse)
        design = as_design(parts)
        return Objective(design, None, None, loss, penalty, alpha, rows=range(whole), **layout)

    def accuracy(self, predict):
        """The share of the weight of the rows whose label ``predict(X)`` finds."""
        found = self.blocks.map(_correct, predict)
        correct, total = (sum(own) for own in zip(*found, strict=True))
        return correct / total


class _Block(ClassifierMixin, BaseEstimator):
    """What scikit-learn's checks want besides the rows."""


def _without_error(answers):
    """The answers of all blocks, or the error of the first that has one."""
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers


def _check_lengths(facts):
    for k, block in enumerate(facts):
        for name, length in (("y", block.labels), ("sample_weight", block.weights)):
            if length is not None and length != block.rows and np.ndim(length) == 0:
                raise ValueError(
                    f"Found input variables with inconsistent numbers of samples: block {k} of X "
                    f"has {block.rows} rows, that of {name} has {length}."
                )


def _facts(block):
    X, y, sample_weight = block
    weights = None
    if sample_weight is not None:
        weights = X.shape[0] if np.ndim(sample_weight) == 0 else len(sample_weight)
    dtypes = set(X.dtypes) if hasattr(X, "dtypes") else {X.dtype}
    narrow = dtypes == {np.dtype(np.float32)}
    dtype = np.dtype(np.float32 if narrow else np.float64)
    return Facts(X.shape[0], len(y), weights, dtype)


def _checked(block, first_row, dtype):
    """The block as kernels take it, or the error that says what is wrong with it, and where."""
    X, y, sample_weight = block
    try:
        X, y = check_data(_Block(), X, y, reset=True, first_row=first_row)
        sample_weight = check_block_of_weights(sample_weight, len(y), first_row)
        check_classification_targets(np.concatenate([y, y]))  # no warning of many classes
    except (ValueError, TypeError) as error:
        return error
    return Checked(X.astype(dtype, copy=False), y, sample_weight, first_row)


def _counts(block):
    return None if block.sample_weight is None else block.sample_weight > 0


def _summary(block):
    if isinstance(block, Exception):
        return block
    try:
        labels = sorted_unique(block.y)
    except ValueError as error:
        return error
    index = encode(block.y, labels)
    weights = np.ones(len(index)) if block.sample_weight is None else block.sample_weight
    rows = np.bincount(index[weights > 0], minlength=len(labels))
    most = np.zeros(len(labels))
    np.maximum.at(most, index, weights)
    is_sparse = sparse.issparse(block.X)
    entries = block.X.nnz if is_sparse else block.X.size
    sums = np.bincount(index, weights=weights, minlength=len(labels))
    return Summary(len(index), entries, is_sparse, labels, rows, sums, most)


def _unknown_label(block, classes):
    try:
        encode(block.y, classes, _counts(block), block.first_row)
    except ValueError as error:
        return error
    return None


def _weights(block, index, factors, scaling):
    """The weights of a block's rows, sample weight times class weight, with mean 1 over all."""
    weights = np.ones(len(index)) if block.sample_weight is None else block.sample_weight
    if factors is not None:
        weights = weights * factors[index]
    largest, mean = scaling
    return rounded_weights(weights, largest) / mean


def _sum_of_weights(block, classes, factors, scaling):
    index = encode(block.y, classes, _counts(block))
    return float(_weights(block, index, factors, scaling).sum())


def _part(block, number, classes, factors, scaling, whole, model):
    """The objective on a block's rows, as a part of the whole."""
    loss, penalty, alpha, layout = model
    index = encode(block.y, classes, _counts(block))
    weights = None if scaling is None else _weights(block, index, factors, scaling)
    rows = np.arange(len(index), dtype=np.intp)
    rows = rows if weights is None else np.flatnonzero(weights)
    part = Objective(as_design(block.X), index, None, loss, penalty, alpha, rows=rows, **layout)
    part.weights, part.whole, part.block = weights, whole, number
    return part


def _correct(block, predict):
    weights = np.ones(len(block.y)) if block.sample_weight is None else block.sample_weight
    return float(weights @ (predict(block.X) == block.y)), float(weights.sum())
