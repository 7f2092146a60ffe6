"""Regions, zero lines and arrows agree with the scores."""

import numpy as np
import pytest
from matplotlib.path import Path

from sklinear_gd.demo.geometry import ARROW_LIMITS, SQUARE, clip, regions, zero_lines
from sklinear_gd.demo.settings import PLANE


def area(polygon):
    """Return a polygon's area by the shoelace formula."""
    x, y = polygon.T
    return 0.5 * abs(x @ np.roll(y, 1) - y @ np.roll(x, 1))


@pytest.mark.parametrize("n_scores", [1, 3, 5])
@pytest.mark.parametrize("seed", range(5))
def test_regions_are_where_a_class_wins(n_scores, seed):
    """A place lies in the region of the class with the highest score, and the regions tile."""
    rng = np.random.default_rng(seed)
    coef, intercept = rng.normal(size=(n_scores, 2)), 0.3 * rng.normal(size=n_scores)
    polygons = regions(coef, intercept)
    places = rng.uniform(-PLANE, PLANE, size=(200, 2))
    scores = places @ coef.T + intercept
    winners = (scores[:, 0] > 0).astype(int) if n_scores == 1 else scores.argmax(axis=1)
    for k, polygon in enumerate(polygons):
        inside = np.zeros(len(places), dtype=bool)
        if len(polygon) > 2:
            inside = Path(polygon).contains_points(places)
        np.testing.assert_array_equal(inside, winners == k)
    whole = sum(area(polygon) for polygon in polygons if len(polygon) > 2)
    assert whole == pytest.approx((2 * PLANE) ** 2)


def test_equal_scores_belong_to_the_first_class():
    """At zero weights the first class has everything, as in predict."""
    polygons = regions(np.zeros((3, 2)), np.zeros(3))
    assert [len(polygon) for polygon in polygons] == [4, 0, 0]


def test_zero_lines_and_arrows():
    """A line's ends have score 0 on the border; its arrow stands on it at a right angle."""
    rng = np.random.default_rng(0)
    coef, intercept = rng.normal(size=(4, 2)), 0.2 * rng.normal(size=4)
    for w, b, line in zip(coef, intercept, zero_lines(coef, intercept), strict=True):
        np.testing.assert_allclose(line.ends @ w + b, 0, atol=1e-12)
        assert np.abs(line.ends).max(axis=1) == pytest.approx([PLANE, PLANE])
        tail, head = line.arrow
        assert (head - tail) @ w > 0
        assert (head - tail) @ (line.ends[1] - line.ends[0]) == pytest.approx(0, abs=1e-12)
        low, high = ARROW_LIMITS
        assert low - 1e-12 <= np.hypot(*(head - tail)) <= high + 1e-12


@pytest.mark.parametrize(("w", "b"), [([0.0, 0.0], 1.0), ([0.1, 0.0], 5.0), ([0.0, 0.0], 0.0)])
def test_no_line_where_no_score_is_zero(w, b):
    """Without a zero in the square there is no line."""
    (line,) = zero_lines(np.array([w]), np.array([b]))
    assert np.isnan(line.ends).all()


def test_clip_keeps_one_side():
    """A square cut in the middle is half of it; a cut outside keeps all or nothing."""
    half = clip(SQUARE, np.array([1.0, 0.0]), 0.0)
    assert area(half) == pytest.approx(2 * PLANE**2)
    assert len(clip(SQUARE, np.array([0.0, 0.0]), -1.0)) == 0
    np.testing.assert_array_equal(clip(SQUARE, np.array([0.0, 0.0]), 1.0), SQUARE)
