"""Labels in slices: the classes and indices of all at once, and the same refusals."""

import warnings

import numpy as np
import pytest

from sklinear_gd import _labels
from sklinear_gd._labels import encode, find_classes

WORDS = np.array(["red", "green", "blue"])
Y = np.random.default_rng(0).integers(0, 3, size=50)
KINDS = {"int": 10 * Y, "text": WORDS[Y], "objects": WORDS[Y].astype(object), "bool": Y > 0}


@pytest.fixture(params=[1, 7, 50], autouse=True)
def slice_labels(request, monkeypatch):
    """Slices of one label, of a few, and of all."""
    monkeypatch.setattr(_labels, "SLICE_LABELS", request.param)


@pytest.mark.parametrize("y", KINDS.values(), ids=KINDS)
def test_classes_and_indices(y):
    """They are NumPy's unique labels and their places; rows that do not count have none."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        classes = find_classes(y)
    expected, index = np.unique(y, return_inverse=True)
    np.testing.assert_array_equal(classes, expected)
    np.testing.assert_array_equal(encode(y, classes), index)
    counts = y != classes[-1]
    if len(classes) > 2:
        np.testing.assert_array_equal(find_classes(y, counts), expected[:-1])
    np.testing.assert_array_equal(encode(y, classes, counts), np.where(counts, index, 0))


def test_what_is_refused():
    """Targets of a regression, labels without an order, one class, and an unknown label."""
    with pytest.raises(ValueError, match="continuous"):
        find_classes(Y + np.linspace(0.0, 0.5, 50))
    with pytest.raises(ValueError, match=r"mixes labels of the types int|label type"):
        find_classes(np.array([*Y[:49], "red"], dtype=object))
    with pytest.raises(ValueError, match="one class only"):
        find_classes(0 * Y)
    with pytest.raises(ValueError, match="index 145 that is not among the 3 classes"):
        encode(np.where(np.arange(50) == 45, 7, Y), np.arange(3), first_row=100)


def test_mostly_single_labels_are_remarked_upon():
    """scikit-learn's warning of as many classes as rows comes from slices, too."""
    with pytest.warns(UserWarning, match="unique classes"):
        find_classes(np.arange(50))
