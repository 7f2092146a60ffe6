"""Dask collections in and out: arrays and data frames as blocks of rows, predictions as arrays."""

import sys

import numpy as np

from sklinear_gd.distributed.blocks import Blocks
from sklinear_gd.distributed.executors import Cluster, InProcess


def is_collection(*values):
    """Whether any of these is a Dask collection; Dask is not imported to find that out."""
    dask = sys.modules.get("dask")
    return dask is not None and any(dask.is_dask_collection(value) for value in values)


def to_blocks(X, y, sample_weight, held):
    """Blocks of triples: rows, their labels and their weights.

    Parameters
    ----------
    X : dask.array.Array of shape (n, n_features) or dask.dataframe.DataFrame
        Sizes of the blocks may be unknown.
    y : dask.array.Array, dask.dataframe.Series or array-like of shape (n,)
    sample_weight : the same, a number, or None
    held : contextlib.ExitStack
        At its end the blocks are let go, and all that was made of them.

    Returns
    -------
    blocks : Blocks
        What they hold is as it came, of any dtype and storage.

    Raises
    ------
    ValueError, TypeError
        If the arguments are no rows and labels, or their blocks do not fit together.
    """
    if not is_collection(X):
        raise TypeError(
            "X is in memory, but y or sample_weight is a Dask collection; compute those first, "
            "e.g. y.compute()."
        )
    X = rows_of(X)
    columns = [_delayed(X)]
    n_blocks = len(columns[0])
    for name, value in (("y", y), ("sample_weight", sample_weight)):
        if value is None or np.ndim(value) == 0:
            columns.append([value] * n_blocks)
            continue
        own = _delayed(_aligned(name, value, X))
        if len(own) != n_blocks:
            raise ValueError(
                f"X has {n_blocks} blocks and {name} has {len(own)}; make both of the same "
                f"partitions, or compute their chunk sizes and rechunk {name}."
            )
        columns.append(own)
    executor = _executor()
    held.callback(executor.close)
    return Blocks(executor, executor.compute(list(zip(*columns, strict=True))))


def rows_of(X):
    """The collection, if it is one of rows: two-dimensional, all columns in one block."""
    if not _is_array(X) and not _is_frame(X):
        raise TypeError(
            f"X is a {type(X).__name__}; of Dask's collections pass an array or a data frame."
        )
    if X.ndim != 2:
        raise ValueError(
            f"Expected 2D array, got {X.ndim}D array instead: X must have the shape "
            "(n_samples, n_features)."
        )
    if _is_frame(X):
        return X
    if np.isnan(X.shape[1]):
        raise ValueError("X has an unknown number of columns; call X.compute_chunk_sizes() first.")
    return X if X.numblocks[1] == 1 else X.rechunk({1: X.shape[1]})


def header_of(X):
    """An empty table with the columns of X, whose names and number can be checked."""
    if _is_frame(X):
        import pandas

        return pandas.DataFrame(columns=X.columns)
    return np.empty((0, X.shape[1]))


def apply(X, function, example):
    """Blocks of predictions.

    Parameters
    ----------
    X : collection of rows
    function : callable
        From a block's rows, an array or sparse matrix, to an array.
    example : ndarray
        What the function returns for one row.

    Returns
    -------
    predictions : dask.array.Array
        Of the dtype of the example; its first axis is split like X.
    """
    X = rows_of(X)
    X = X.to_dask_array() if _is_frame(X) else X
    chunks = (X.chunks[0], *((size,) for size in example.shape[1:]))
    return X.map_blocks(
        _predicted,
        function=function,
        empty=example[:0],
        chunks=chunks,
        drop_axis=1 if example.ndim == 1 else None,
        meta=example[:0],
    )


def _predicted(X, function, empty):
    return function(X) if X.shape[0] else empty


def _is_array(value):
    module = sys.modules.get("dask.array")
    return module is not None and isinstance(value, module.Array)


def _is_frame(value):
    module = sys.modules.get("dask.dataframe")
    return module is not None and isinstance(value, module.DataFrame)


def _delayed(value):
    """A delayed object for each block of rows."""
    parts = value.to_delayed()
    return list(parts.ravel()) if isinstance(parts, np.ndarray) else list(parts)


def _aligned(name, value, X):
    """Labels or weights, split like X where that is known."""
    known = _is_array(X) and not np.isnan(X.shape[0])
    if is_collection(value):
        if not (known and _is_array(value)) or np.isnan(value.shape[0]):
            return value
        _check_length(name, value.shape[0], X.shape[0])
        return value if value.chunks[0] == X.chunks[0] else value.rechunk({0: X.chunks[0]})
    if not known:
        cure = "call X.compute_chunk_sizes() first"
        if not _is_array(X):
            cure = "pass X.to_dask_array(lengths=True) as X"
        raise ValueError(
            f"{name} is in memory, but the sizes of X's blocks are unknown; {cure}, or pass {name} "
            "as a Dask collection, e.g. as a column of the table that X comes from."
        )
    import dask.array

    value = np.asarray(value)
    _check_length(name, len(value), X.shape[0])
    return dask.array.from_array(value, chunks=(X.chunks[0], *((n,) for n in value.shape[1:])))


def _check_length(name, found, wanted):
    if found != wanted:
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples: X has {wanted} rows, "
            f"{name} has {found}."
        )


def _executor():
    """The cluster of the current client, or this process where there is none."""
    if "distributed" in sys.modules:
        import distributed

        try:
            return Cluster(distributed.default_client())
        except ValueError:
            pass
    return InProcess()
