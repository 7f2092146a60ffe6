"""The demo's ready data sets."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from sklinear_gd.demo.data_sets import DATA_SETS, load
from sklinear_gd.demo.settings import CLASSES, MAX_POINTS, PLANE


@pytest.mark.parametrize("name", DATA_SETS)
def test_points_lie_in_the_plane(name):
    """Few enough points, in the square, of classes from 0 on without a gap."""
    X, y = load(name)
    assert X.shape == (len(y), 2)
    assert len(y) <= MAX_POINTS
    assert np.abs(X).max() <= PLANE
    classes = np.unique(y)
    assert classes.tolist() == list(range(len(classes)))
    assert CLASSES[0] <= len(classes) <= CLASSES[1]
    np.testing.assert_array_equal(X, load(name)[0])


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("stanford", 1, 1),
        ("blobs", 0.9, 1),
        ("many_blobs", 0.9, 1),
        ("iris", 0.9, 1),
        ("rings", 0.3, 0.8),
    ],
)
def test_what_lines_can_separate(name, low, high):
    """Lines separate all sets but the ring around a disc."""
    X, y = load(name)
    assert low <= LogisticRegression(C=100).fit(X, y).score(X, y) <= high
