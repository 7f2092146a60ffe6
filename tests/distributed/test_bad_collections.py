"""Collections that cannot be used: the message names the row in the whole."""

import dask
import dask.array
import dask.bag
import dask.dataframe
import numpy as np
import pandas
import pytest

from sklinear_gd import SoftmaxGDClassifier


def blocks(array, size=100):
    """Return a Dask array in blocks of rows."""
    return dask.array.from_array(array, chunks=(size, *array.shape[1:]))


def changed(array, place, value):
    """Return a copy with another value in one place."""
    array = array.copy()
    array[place] = value
    return array


def refused(X, y, *, error=ValueError, match, **keywords):
    """A fit is refused with this message and leaves no attribute."""
    model = SoftmaxGDClassifier()
    before = set(vars(model))
    with pytest.raises(error, match=match):
        model.fit(X, y, **keywords)
    assert set(vars(model)) == before


def test_the_first_bad_row_is_named(rows):
    """NaN and infinity are named by their row in the whole, the first of several blocks."""
    X, y = rows
    X = changed(changed(X, (350, 1), np.inf), (233, 4), np.nan)
    refused(blocks(X), blocks(y), match=r"NaN, first in row 233, column 4")
    refused(blocks(X)[234:], blocks(y)[234:], match=r"infinity .* in row 116, column 1")


def test_text_is_named_by_its_row(rows):
    """So is text among numbers."""
    X, y = rows
    X = changed(X.astype(object), (301, 2), "red")
    refused(blocks(X), blocks(y), match=r"text .* in row 301, column 2")


def test_bad_weights_are_named_by_their_row(rows):
    """So are weights, which may all be zero in a block, but not in all blocks."""
    X, y = rows
    weights = np.ones(400)
    for value, problem in ((-1.0, "negative"), (np.nan, "NaN or infinite")):
        bad = blocks(changed(weights, 222, value))
        refused(blocks(X), blocks(y), sample_weight=bad, match=f"{problem} at index 222")
    refused(blocks(X), blocks(y), sample_weight=blocks(0 * weights), match="zero for every row")


def test_bad_labels(rows):
    """Labels that are no classes, mixed, missing, or all the same."""
    X, y = rows
    refused(blocks(X), blocks(changed(y.astype(float), 301, np.nan)), match="NaN, first at.* 301")
    refused(blocks(X), blocks(y + 0.5), match="continuous")
    refused(blocks(X), blocks(0 * y), match="one class only")
    parts = [dask.delayed(part) for part in (y[:200], y[200:].astype(str))]
    parts = [dask.array.from_delayed(part, (200,), object) for part in parts]
    refused(blocks(X), dask.array.concatenate(parts), match="mixes labels")
    refused(blocks(X), None, match="requires y")


def test_an_unknown_label_is_named_by_its_row(rows):
    """partial_fit and objective name the row of a label that is none of the classes."""
    X, y = rows
    model = SoftmaxGDClassifier().partial_fit(blocks(X), blocks(y), classes=[0, 1, 2])
    other = blocks(changed(y, 277, 9))
    with pytest.raises(ValueError, match="index 277 that is not among"):
        model.partial_fit(blocks(X), other)
    with pytest.raises(ValueError, match="index 277 that is not among"):
        model.objective(blocks(X), other)


def test_lengths_that_differ(rows):
    """Known lengths are compared at once, unknown ones block by block."""
    X, y = rows
    refused(blocks(X), blocks(y[:-1]), match="X has 400 rows, y has 399")
    refused(blocks(X), y[:-1], match="X has 400 rows, y has 399")
    frame = dask.dataframe.from_pandas(pandas.DataFrame(X), npartitions=4)
    refused(frame, blocks(y, 200), match="X has 4 blocks and y has 2")
    refused(frame, blocks(y[:399], 100), match="block 3 of X has 100 rows, that of y has 99")
    refused(frame, y, match=r"y is in memory, but the sizes.*X\.to_dask_array\(lengths=True\)")


def test_other_collections(rows):
    """What are no rows: a bag, a vector, a collection of labels for rows in memory."""
    X, y = rows
    refused(dask.bag.from_sequence([1, 2]), y, error=TypeError, match="X is a Bag")
    refused(blocks(y), blocks(y), match="Expected 2D array, got 1D")
    refused(X, blocks(y), error=TypeError, match="compute those first")
    refused(blocks(X[:0]), blocks(y[:0]), match="0 sample")
    frame = dask.dataframe.from_pandas(pandas.DataFrame(X), npartitions=2)
    refused(frame.to_dask_array()[:, :0].T, y, match="unknown number of columns")
